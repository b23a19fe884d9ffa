//! Redision as a supplier. Its headers, envelope, signature and rule of used references are those of its payment API, seen in
//! public client code; the role itself, with its calls, codes and test numbers, is specified by us.

mod auth;
mod callback;
mod endings;
mod read;
mod say;
mod sells;
mod topup;

use actix_web::web::{self, ServiceConfig};

use crate::config::Account;
use crate::goods::Why;
use crate::goods::callback::Signed;
use crate::goods::catalogue::Goods;
use crate::goods::hours::Hours;
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::seller::Seller;
use crate::goods::serial::Made;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub struct Redision;

impl Seller for Redision {
    fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/api/v1/products", web::post().to(read::products))
            .route("/api/v1/balance", web::post().to(read::balance))
            .route("/api/v1/topup", web::post().to(topup::top_up))
            .route("/api/v1/check/{reference}", web::get().to(topup::check));
    }

    fn account(&self, n: &str) -> Account {
        let (key, secret) = (format!("appkey-{n}"), format!("appsecret-{n}"));
        // Told of successes only: `true` has failures called back, too.
        let fields = [("app_key", key.as_str()), ("app_secret", &secret), ("fail_callback", "false")];
        Account::test(&format!("app-{n}"), &fields)
    }

    fn share(&self, goods: &Goods) -> u64 {
        sells::share(goods)
    }

    fn code(&self, goods: &Goods, _provider: u64) -> String {
        sells::code(goods)
    }

    fn closed(&self, goods: &Goods) -> Option<Hours> {
        sells::closed(goods)
    }

    fn can_say(&self, why: Why) -> bool {
        say::can_say(why)
    }

    fn serial(&self, made: &Made, _reading: Reading) -> (String, Option<String>) {
        (say::serial(made), None)
    }

    /// Where the purchase asked for it. Failures are told to those only who asked for that, too.
    fn callback_url(&self, sandbox: &Sandbox, _state: &State, purchase: &Purchase) -> Option<String> {
        let account = sandbox.account(purchase.key.supplier, &purchase.key.account)?;
        let told = purchase.state == Delivery::Delivered || account.field("fail_callback") == "true";
        purchase.callback_url.clone().filter(|_| told)
    }

    fn callback(&self, sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
        callback::message(sandbox, purchase, signed)
    }

    fn accepts(&self, reply: &Reply) -> bool {
        (200..300).contains(&reply.status)
    }

    fn retries(&self, _reading: Reading) -> &'static [i64] {
        &callback::RETRY_AFTER_MS
    }
}

//! Digiflazz, after its public documents: price lists, balance, one address for purchases, bills and questions, signed webhooks.
//! A prepaid purchase is asked about by sending it again, which buys it where it never arrived, and anew after ninety days.
//! Not played: tickets of deposits, filtered lists, checks of a meter. What its replies to questions about bills hold besides,
//! and in which fields, is specified by us.

mod auth;
mod bill;
mod callback;
mod desc;
mod endings;
mod list;
mod read;
mod say;
mod sells;
mod transaction;

use actix_web::web::{self, ServiceConfig};

use crate::config::Account;
use crate::goods::Why;
use crate::goods::callback::Signed;
use crate::goods::catalogue::{Goods, Kind};
use crate::goods::hours::Hours;
use crate::goods::purchase::Purchase;
use crate::goods::seller::Seller;
use crate::goods::serial::Made;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub struct Digiflazz;

impl Seller for Digiflazz {
    fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/v1/price-list", web::post().to(read::price_list))
            .route("/v1/cek-saldo", web::post().to(read::balance))
            .route("/v1/transaction", web::post().to(transaction::transaction));
    }

    fn account(&self, n: &str) -> Account {
        let (key, secret) = (format!("dfkey-{n}"), format!("whsecret-{n}"));
        Account::test(&format!("digi-{n}"), &[("api_key", &key), ("webhook_secret", &secret)])
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
        say::rc(why).is_some()
    }

    /// How it writes players' ids is looked at in `transaction`.
    fn needs_number(&self, goods: &Goods) -> bool {
        !matches!(goods.kind, Kind::Game | Kind::Voucher)
    }

    fn serial(&self, made: &Made, reading: Reading) -> (String, Option<String>) {
        (say::serial(made, reading), None)
    }

    /// Its table says so of each code.
    fn books(&self, why: Why) -> bool {
        say::is_formed(why)
    }

    /// Where the purchase asked for it, else where the account's owner wrote.
    fn callback_url(&self, _sandbox: &Sandbox, state: &State, purchase: &Purchase) -> Option<String> {
        let usual = state.settings.supplier(purchase.key.supplier).callback_url.get(&purchase.key.account);
        purchase.callback_url.as_ref().or(usual).cloned()
    }

    fn callback(&self, sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
        callback::message(sandbox, purchase, signed)
    }

    fn accepts(&self, reply: &Reply) -> bool {
        (200..300).contains(&reply.status)
    }

    fn retries(&self, reading: Reading) -> &'static [i64] {
        reading.pick(callback::RETRY_AFTER_MS.as_slice(), &[])
    }
}

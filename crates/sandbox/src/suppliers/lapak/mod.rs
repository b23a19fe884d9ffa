//! Lapak Gaming, after the text of its public API collection: categories, products, balance, name check, order, status, and
//! its unsigned callback. Not played: grouped products, exchange rates, orders of more than one piece. Test codes are its own;
//! test user ids are specified by us.

mod auth;
mod callback;
mod endings;
mod order;
mod read;
mod say;
mod sells;

use actix_web::web::{self, ServiceConfig};

use crate::config::Account;
use crate::goods::Why;
use crate::goods::callback::Signed;
use crate::goods::catalogue::{Goods, Kind};
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::seller::Seller;
use crate::goods::serial::Made;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub struct Lapak;

impl Seller for Lapak {
    fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/api/category", web::get().to(read::categories))
            .route("/api/product", web::get().to(read::products))
            .route("/api/all-products", web::get().to(read::all_products))
            .route("/api/balance", web::get().to(read::balance))
            .route("/api/uid-check", web::post().to(read::uid_check))
            .route("/api/order", web::post().to(order::order))
            .route("/api/order_status", web::get().to(order::status));
    }

    /// Its name is its owner's word for it, since the key may change.
    fn account(&self, n: &str) -> Account {
        Account::test(&format!("lapak-{n}"), &[("secret_key", &format!("lgkey-{n}"))])
    }

    fn share(&self, goods: &Goods) -> u64 {
        sells::share(goods)
    }

    fn providers(&self, goods: &Goods) -> &'static [u64] {
        sells::providers(goods)
    }

    fn code(&self, goods: &Goods, provider: u64) -> String {
        sells::code(goods, provider)
    }

    fn can_say(&self, why: Why) -> bool {
        why == Why::Busy || say::code(why).is_some()
    }

    /// A voucher is for whoever has it.
    fn needs_number(&self, goods: &Goods) -> bool {
        goods.kind == Kind::Airtime || goods.id_parts > 0
    }

    /// What goes straight into a game or a phone has none.
    fn serial(&self, made: &Made, _reading: Reading) -> (String, Option<String>) {
        say::serial(made)
    }

    /// Where the order asked for it, else where the account's owner wrote on its dashboard. What is taken back later is not told.
    fn callback_url(&self, _sandbox: &Sandbox, state: &State, purchase: &Purchase) -> Option<String> {
        let usual = state.settings.supplier(purchase.key.supplier).callback_url.get(&purchase.key.account);
        let url = purchase.callback_url.as_ref().or(usual).cloned();
        url.filter(|_| purchase.state != Delivery::Reversed)
    }

    fn callback(&self, sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
        callback::message(sandbox, purchase, signed)
    }

    /// "Answer HTTP 200", say its documents.
    fn accepts(&self, reply: &Reply) -> bool {
        reply.status == 200
    }

    fn retries(&self, reading: Reading) -> &'static [i64] {
        reading.pick(callback::RETRY_AFTER_MS.as_slice(), &[])
    }
}

//! BillFazz. Hosts, paths, HTTP Basic and the fields of requests and lists are those seen in public client code; status words,
//! error codes, the rule of used references, callbacks and test numbers are specified by us.
//!
//! It sells pulsa, data and electricity tokens, and takes bills of electricity, BPJS and water: three of them in one payment, each with
//! its fee, by an inquiry that lives half an hour. The electricity bill is closed from 23:00 to 01:00 in Jakarta; its list does not
//! say so.

mod auth;
mod bill;
mod callback;
mod endings;
mod list;
mod order;
mod read;
mod say;
mod sells;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::config::Account;
use crate::faults::{At, Kind, Provider};
use crate::goods::callback::Signed;
use crate::goods::catalogue::Goods;
use crate::goods::ending::Ending;
use crate::goods::hours::Hours;
use crate::goods::purchase::Purchase;
use crate::goods::seller::Seller;
use crate::goods::serial::Made;
use crate::goods::{Refusal, Why};
use crate::guard;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub struct Billfazz;

impl Seller for Billfazz {
    /// What its own host has before these paths (`/sandbox/api/v1`) is part of the address a client is given.
    fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/products/client", web::get().to(list::products))
            .route("/prepaid/info", web::post().to(read::info))
            .route("/prepaid/payment", web::post().to(order::prepaid))
            .route("/postpaid/inquiry", web::post().to(bill::inquire))
            .route("/postpaid/payment", web::post().to(order::postpaid))
            .route("/orders", web::get().to(order::by_reference))
            .route("/orders/{order}", web::get().to(order::by_id))
            .route("/app/deposits/balance", web::get().to(read::balance));
    }

    fn account(&self, n: &str) -> Account {
        let (secret, callback) = (format!("secret-{n}"), format!("bfcb-{n}"));
        Account::test(&format!("client-{n}"), &[("secret", &secret), ("callback_secret", &callback)])
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
        say::code(why).is_some()
    }

    fn serial(&self, made: &Made, _reading: Reading) -> (String, Option<String>) {
        (say::serial(made), None)
    }

    /// Where the purchase asked for it.
    fn callback_url(&self, _sandbox: &Sandbox, state: &State, purchase: &Purchase) -> Option<String> {
        let told = ending(state, &purchase.target) != Some(Ending::CallbackNever);
        purchase.callback_url.clone().filter(|_| told)
    }

    fn callback(&self, sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
        callback::message(sandbox, purchase, signed)
    }

    fn copies(&self, state: &State, purchase: &Purchase) -> usize {
        if ending(state, &purchase.target) == Some(Ending::CallbackTwice) { 2 } else { 1 }
    }

    fn accepts(&self, reply: &Reply) -> bool {
        (200..300).contains(&reply.status)
    }

    fn retries(&self, _reading: Reading) -> &'static [i64] {
        &callback::RETRY_AFTER_MS
    }
}

/// What a number means, unless the account wants none of it.
fn ending(state: &State, target: &str) -> Option<Ending> {
    let wanted = state.settings.supplier(Provider::Billfazz).endings;
    Ending::of(endings::TABLE, target).filter(|_| wanted)
}

/// Why a number cannot be asked about.
fn inquiry_ending(state: &State, target: &str) -> Option<Refusal> {
    let wanted = state.settings.supplier(Provider::Billfazz).endings;
    Ending::of(endings::INQUIRIES, target).filter(|_| wanted).and_then(Ending::refusal)
}

/// Lets in who has the right key, between the faults of the call; says only what is on the disk.
async fn serve(
    request: &HttpRequest,
    sandbox: &Sandbox,
    at: &At<'_>,
    planned: [Option<Kind>; 2],
    answer: impl FnOnce(&Account, Option<Refusal>) -> HttpResponse,
) -> HttpResponse {
    guard::run_planned(request, sandbox, at, planned, |refused| async move {
        let answer = match auth::authorise(sandbox, request) {
            Ok(account) => answer(account, refused),
            Err(why) => return say::refused(&Refusal::Why(why)),
        };
        match sandbox.durable().await {
            Ok(()) => answer,
            Err(_broken) => guard::not_durable(),
        }
    })
    .await
}

/// As [`serve`], for what changes nothing: a fault that refuses, refuses before anything is looked up.
async fn look(
    request: &HttpRequest,
    sandbox: &Sandbox,
    at: &At<'_>,
    answer: impl FnOnce(&Account) -> HttpResponse,
) -> HttpResponse {
    let answer = |account: &Account, refused: Option<Refusal>| match refused {
        Some(refusal) => say::refused(&refusal),
        None => answer(account),
    };
    serve(request, sandbox, at, [None, None], answer).await
}

//! IAK's prepaid API, JSON only, after the supplier's public documents: balance, price list, top-up, status, inquiries,
//! callbacks; its bills are in `postpaid`, under a host of their own in life and the same address here. Accounts are told apart by `username`, each request is signed with md5(username + key + X).

mod auth;
mod callback;
mod inquiry;
mod postpaid;
mod read;
mod say;
mod sells;
mod topup;

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::Account;
use crate::goods::callback::Signed;
use crate::goods::catalogue::Goods;
use crate::goods::hours::Hours;
use crate::goods::purchase::{Purchase, PurchaseKey};
use crate::goods::seller::Seller;
use crate::goods::serial::Made;
use crate::goods::{Refusal, Why};
use crate::guard;
use crate::notices::{Message, Reply};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

pub struct Iak;

impl Seller for Iak {
    fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/api/check-balance", web::post().to(read::balance))
            .route("/api/pricelist", web::post().to(read::price_list))
            .route("/api/pricelist/{kind}", web::post().to(read::price_list))
            .route("/api/pricelist/{kind}/{operator}", web::post().to(read::price_list))
            .route("/api/top-up", web::post().to(topup::top_up))
            .route("/api/check-status", web::post().to(topup::check_status))
            .route("/api/check-operator", web::post().to(inquiry::operator))
            .route("/api/inquiry-pln", web::post().to(inquiry::pln))
            .route("/api/inquiry-ovo", web::post().to(inquiry::ovo))
            .route("/api/inquiry-game", web::post().to(inquiry::game))
            .route("/api/inquiry-game-server", web::post().to(inquiry::game_server))
            .route("/api/game/format", web::post().to(inquiry::game_format))
            .route("/api/v1/bill/check", web::post().to(postpaid::check))
            .route("/api/v1/bill/check/{kind}", web::post().to(postpaid::check))
            .default_service(web::to(wrong_path));
    }

    fn account(&self, n: &str) -> Account {
        Account::test(&format!("62800000{n}"), &[("api_key", &format!("testkey-{n}"))])
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

    /// Its documents publish some.
    fn sets_prices(&self) -> bool {
        true
    }

    fn can_say(&self, why: Why) -> bool {
        say::rc(why) != say::FAILED || why == Why::Failed || postpaid::can_say(why)
    }

    fn serial(&self, made: &Made, reading: Reading) -> (String, Option<String>) {
        say::serial(made, reading)
    }

    fn receipt(&self, made: &Made, _reading: Reading) -> (String, Option<String>) {
        (postpaid::receipt(made), None)
    }

    /// Of bills nobody is told.
    fn callback_url(&self, _sandbox: &Sandbox, state: &State, purchase: &Purchase) -> Option<String> {
        let urls = &state.settings.supplier(purchase.key.supplier).callback_url;
        urls.get(&purchase.key.account).filter(|_| purchase.bills.is_none()).cloned()
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

/// Every field any of the calls takes; which ones a call needs it checks itself.
#[derive(Deserialize)]
struct Ask {
    username: String,
    sign: String,
    #[serde(default)]
    ref_id: String,
    #[serde(default)]
    customer_id: String,
    #[serde(default)]
    product_code: String,
    #[serde(default)]
    game_code: String,
    #[serde(default)]
    status: String,
}

impl Ask {
    fn key(&self) -> PurchaseKey {
        PurchaseKey {
            supplier: crate::faults::Provider::Iak,
            account: self.username.clone(),
            reference: self.ref_id.clone(),
        }
    }
}

/// Why a request goes no further.
enum Denied {
    /// HTTP 400 and rc 107.
    Malformed(String),
    Code(String),
    TooMany,
}

impl Denied {
    /// What a reason is answered with.
    fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Why(Why::Busy) => Self::TooMany,
            Refusal::Why(Why::Malformed) => Self::Malformed("the request cannot be read".to_owned()),
            refusal => Self::Code(refusal.code(say::rc).to_owned()),
        }
    }

    fn answer(self) -> HttpResponse {
        match self {
            Self::Code(code) => data(json!({ "rc": code, "message": say::message(&code), "status": 2 })),
            Self::TooMany => HttpResponse::TooManyRequests().body("Too Many Requests"),
            Self::Malformed(detail) => HttpResponse::BadRequest().json(json!({ "data": {
                "rc": say::MALFORMED,
                "message": say::message(say::MALFORMED),
                "status": 2,
                "error_details": [detail],
            }})),
        }
    }
}

fn read_ask(body: &[u8]) -> Result<Ask, Denied> {
    serde_json::from_slice(body).map_err(|error| Denied::Malformed(error.to_string()))
}

fn wrong_path() -> Ready<HttpResponse> {
    ready(Denied::Code(say::PATH.to_owned()).answer())
}

/// Every JSON answer hangs under `data`.
fn data(value: Value) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "data": value }))
}

/// Sends an answer once what it says is on the disk.
async fn when_durable(sandbox: &Sandbox, answer: HttpResponse) -> HttpResponse {
    match sandbox.durable().await {
        Ok(()) => answer,
        Err(_broken) => guard::not_durable(),
    }
}

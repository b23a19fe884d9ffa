//! IAK's prepaid API, JSON only, after the supplier's public documents: balance, price list, top-up, status, inquiries,
//! callbacks. Accounts are told apart by `username`, each request is signed with md5(username + key + X).

pub mod callback;
mod catalogue;
pub mod fate;
mod inquiry;
mod number;
mod rc;
mod read;
mod sign;
mod topup;

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::IakAccount;
use crate::guard;
use crate::reading::Reading;
use crate::state::Sandbox;

pub fn routes(config: &mut ServiceConfig) {
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
        .default_service(web::to(wrong_path));
}

/// Specified by us: IAK publishes no limit.
const REQUESTS_PER_SECOND: usize = 10;

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

/// Why a request goes no further.
enum Denied {
    /// HTTP 400 and rc 107.
    Malformed(String),
    Code(&'static str),
    TooMany,
}

impl Denied {
    fn answer(self) -> HttpResponse {
        match self {
            Self::Code(code) => refusal(code),
            Self::TooMany => HttpResponse::TooManyRequests().body("Too Many Requests"),
            Self::Malformed(detail) => HttpResponse::BadRequest().json(json!({ "data": {
                "rc": rc::MALFORMED,
                "message": rc::message(rc::MALFORMED),
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
    ready(refusal(rc::PATH))
}

/// The account, when the signature over `x` is its own.
fn authorise<'a>(sandbox: &'a Sandbox, ask: &Ask, x: &str) -> Result<&'a IakAccount, Denied> {
    let account = sandbox.account(&ask.username).filter(|account| ask.sign == sign::sign(account, x));
    let account = account.ok_or(Denied::Code(rc::SIGN))?;
    if is_too_much(sandbox, account) { Err(Denied::TooMany) } else { Ok(account) }
}

/// Counts a request, in the reading that has a limit, and says whether it is one too many.
fn is_too_much(sandbox: &Sandbox, account: &IakAccount) -> bool {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    if state.settings.iak_reading == Reading::Likely {
        return false;
    }
    let asked = state.pacing.iak_asked_ms.entry(account.username.clone()).or_default();
    asked.retain(|at_ms| *at_ms > now_ms - 1_000);
    if asked.len() >= REQUESTS_PER_SECOND {
        return true;
    }
    asked.push_back(now_ms);
    false
}

/// An answer of nothing but a code.
fn refusal(code: &str) -> HttpResponse {
    data(json!({ "rc": code, "message": rc::message(code), "status": 2 }))
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

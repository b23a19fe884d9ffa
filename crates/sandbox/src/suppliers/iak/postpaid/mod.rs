//! IAK's postpaid API, after the supplier's public documents: one address, on which a word of the body selects the list, the
//! inquiry, the payment and the question. It answers at once and calls nobody back. Not played: receipts as documents, free
//! amounts, provinces, and bills of other kinds than electricity, health, water and internet.

mod desc;
mod inquiry;
mod list;
mod numbers;
mod pay;
mod say;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::Value;

use super::auth;
use crate::config::Account;
use crate::faults::Provider;
use crate::goods::purchase::PurchaseKey;
use crate::goods::{Refusal, Why};
use crate::state::Sandbox;

pub use say::{can_say, receipt};

/// Every field any of the commands takes; which ones one needs it checks itself.
#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    commands: String,
    username: String,
    sign: String,
    #[serde(default)]
    code: String,
    /// The customer's number, whatever is billed.
    #[serde(default)]
    hp: String,
    #[serde(default)]
    ref_id: String,
    /// A number, in whichever type.
    #[serde(default)]
    tr_id: Value,
    /// How many months of health insurance; a number, in whichever type.
    #[serde(default)]
    month: Value,
    #[serde(default)]
    status: String,
}

impl Ask {
    fn key(&self) -> PurchaseKey {
        PurchaseKey { supplier: Provider::Iak, account: self.username.clone(), reference: self.ref_id.clone() }
    }
}

pub async fn check(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else {
        return say::refused(&Refusal::Why(Why::Malformed), None);
    };
    match ask.commands.as_str() {
        "pricelist-pasca" => list::price_list(&request, &ask, &sandbox).await,
        "inq-pasca" => inquiry::inquire(&request, &ask, &sandbox).await,
        "pay-pasca" => pay::pay_bill(&request, &ask, &sandbox).await,
        "checkstatus" => pay::status(&request, &ask, &sandbox).await,
        _ => say::refused(&Refusal::Code(say::COMMAND.to_owned()), None),
    }
}

/// The account, when the signature over `x` is its own.
fn authorise<'a>(sandbox: &'a Sandbox, ask: &Ask, x: &str) -> Result<&'a Account, Refusal> {
    auth::signed_by(sandbox, &ask.username, &ask.sign, x).map_err(Refusal::Why)
}

/// A whole number, as a number or as its digits.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(digits) => digits.parse().ok(),
        value => value.as_u64(),
    }
}

//! The list of bills: `pricelist-pasca`.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::super::auth;
use super::{Ask, authorise, say};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::Kind;
use crate::goods::offers::{self, Offer};
use crate::guard;
use crate::state::Sandbox;

pub async fn price_list(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("iak.bill_list");
    let (account, wanted) = (ask.username.as_str(), request.match_info().get("kind"));
    let at = At { provider: Provider::Iak, call: Call::Pricelist, account, reference: "", product: "" };
    guard::run(request, sandbox, &at, |refused| {
        let answer = match refused.map_or_else(|| authorise(sandbox, ask, auth::PRICE_LIST), Err) {
            Ok(_) => say::data(&json!({ "pasca": rows(&ask.status, wanted) })),
            Err(refusal) => say::refused(&refusal, None),
        };
        std::future::ready(answer)
    })
    .await
}

fn rows(status: &str, wanted: Option<&str>) -> Vec<Value> {
    let bills = offers::of(Provider::Iak).iter().filter_map(|offer| Some((offer, word(offer.goods.kind)?)));
    let is_wanted = |(offer, kind): &(&Offer, &str)| {
        wanted.is_none_or(|wanted| wanted == *kind)
            && match status {
                "active" => offer.open,
                "non active" => !offer.open,
                _ => true,
            }
    };
    bills.filter(is_wanted).map(|(offer, kind)| row(offer, kind)).collect()
}

/// `type`; nothing, where nothing is owed.
fn word(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::PlnBill => Some("pln"),
        Kind::Bpjs => Some("bpjs"),
        Kind::Pdam => Some("pdam"),
        Kind::Internet => Some("internet"),
        Kind::Airtime | Kind::Data | Kind::PlnToken | Kind::Game | Kind::Voucher | Kind::EMoney => None,
    }
}

fn row(offer: &Offer, kind: &str) -> Value {
    let name = match offer.goods.kind {
        Kind::PlnBill => "PLN POSTPAID".to_owned(),
        Kind::Pdam => format!("PDAM {}", offer.goods.name.to_uppercase()),
        _ => offer.goods.name.to_uppercase(),
    };
    json!({
        "code": offer.code,
        "name": name,
        "status": if offer.open { 1 } else { 4 },
        "fee": offer.price,
        "komisi": say::commission(offer.goods),
        "type": kind,
        "category": "postpaid",
        "province": Value::Null,
    })
}

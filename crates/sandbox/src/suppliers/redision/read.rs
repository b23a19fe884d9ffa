//! Calls that change nothing: the price list and the balance.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{auth, say};
use crate::faults::{At, Call, Provider};
use crate::goods::Refusal;
use crate::goods::catalogue::{Amount, Kind};
use crate::goods::offers::{self, Offer, Written};
use crate::goods::words::dotted;
use crate::guard;
use crate::state::Sandbox;

/// All fields are optional, and so is the body.
#[derive(Default, Deserialize)]
struct Ask {
    category: Option<String>,
}

pub async fn products(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("redision.products");
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else { return say::malformed() };
    let category = ask.category.as_deref();
    answer(&request, &body, &sandbox, Call::Pricelist, |_| {
        let wanted = |offer: &&Offer| category.is_none_or(|category| category == word(offer.goods.kind));
        let rows: Vec<Value> = offers::of(Provider::Redision).iter().filter(wanted).map(row).collect();
        say::accepted(&json!({ "products": rows }))
    })
    .await
}

pub async fn balance(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("redision.balance");
    answer(&request, &body, &sandbox, Call::Balance, |account| {
        let balance = sandbox.state().books.deposits.left(Provider::Redision, account);
        say::accepted(&json!({ "balance": balance }))
    })
    .await
}

async fn answer(
    request: &HttpRequest,
    body: &[u8],
    sandbox: &Sandbox,
    call: Call,
    say: impl FnOnce(&str) -> HttpResponse,
) -> HttpResponse {
    let at = At { provider: Provider::Redision, call, account: auth::claimed(request), reference: "", product: "" };
    guard::run(request, sandbox, &at, |refused| {
        let answer = match (refused, auth::authorise(sandbox, request, &[body])) {
            (Some(refusal), _) => say::refused(&refusal),
            (None, Err(why)) => say::refused(&Refusal::Why(why)),
            (None, Ok(account)) => say(&account.name),
        };
        std::future::ready(answer)
    })
    .await
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Airtime => "airtime",
        Kind::Data => "data",
        Kind::EMoney => "emoney",
        Kind::PlnToken | Kind::Game | Kind::Voucher | Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => {
            "other"
        }
    }
}

fn row(offer: &Offer) -> Value {
    let goods = offer.goods;
    let amount = match goods.amount {
        Amount::Rupiah(rupiah) => dotted(rupiah),
        Amount::Quota { gb, days } => format!("{gb}GB {days}D"),
        Amount::Package(words) => words.to_owned(),
        Amount::Units(count, unit) => format!("{count} {unit}"),
        Amount::Owed => String::new(),
    };
    // What is off is closed, or in trouble.
    let status = match (offer.open, offer.code.len() % 2) {
        (true, _) => "open",
        (false, 0) => "closed",
        (false, _) => "disrupted",
    };
    let price = match offer.written {
        Written::Plainly => json!(offer.price),
        Written::WithDots => json!(dotted(offer.price)),
        Written::WithRp => json!(format!("Rp{}", dotted(offer.price))),
        Written::NotAtAll => Value::Null,
    };
    let (from, until) = offer.closed.map(|hours| hours.words()).unzip();
    json!({
        "sku": offer.code,
        "name": format!("{} {amount}", goods.name),
        "category": word(goods.kind),
        "operator": goods.brand,
        "price": price,
        "status": status,
        "cutoff_start": from,
        "cutoff_end": until,
    })
}

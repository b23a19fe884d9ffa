//! Calls that change nothing: the balance and the price list.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{Ask, Denied, auth, data, read_ask, say};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::{Amount, Kind};
use crate::goods::offers::{self, Offer, Written};
use crate::goods::words::dotted;
use crate::guard;
use crate::state::Sandbox;

pub async fn balance(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("iak.balance");
    let ask = match read_ask(&body) {
        Ok(ask) => ask,
        Err(denied) => return denied.answer(),
    };
    let (sandbox, ask) = (&sandbox, &ask);
    let at = at(Call::Balance, ask);
    guard::run(&request, sandbox, &at, |refused| async move {
        match (refused, auth::authorise(sandbox, ask, auth::BALANCE)) {
            (Some(refusal), _) => Denied::of(&refusal).answer(),
            (None, Err(denied)) => denied.answer(),
            (None, Ok(account)) => {
                let balance = sandbox.state().books.deposits.left(Provider::Iak, &account.name);
                data(json!({ "balance": balance, "message": say::message(say::SUCCESS), "rc": say::SUCCESS }))
            }
        }
    })
    .await
}

pub async fn price_list(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("iak.pricelist");
    let ask = match read_ask(&body) {
        Ok(ask) => ask,
        Err(denied) => return denied.answer(),
    };
    let (sandbox, ask, path) = (&sandbox, &ask, request.match_info());
    let at = at(Call::Pricelist, ask);
    guard::run(&request, sandbox, &at, |refused| async move {
        match (refused, auth::authorise(sandbox, ask, auth::PRICE_LIST)) {
            (Some(refusal), _) => Denied::of(&refusal).answer(),
            (None, Err(denied)) => denied.answer(),
            (None, Ok(_)) => list(sandbox, &ask.status, path.get("kind"), path.get("operator")),
        }
    })
    .await
}

fn at(call: Call, ask: &Ask) -> At<'_> {
    At { provider: Provider::Iak, call, account: &ask.username, reference: "", product: "" }
}

fn list(sandbox: &Sandbox, status: &str, kind: Option<&str>, operator: Option<&str>) -> HttpResponse {
    let wanted = |offer: &&Offer| {
        !offer.goods.kind.is_bill()
            && kind.is_none_or(|kind| kinds(offer.goods.kind).0 == kind)
            && operator.is_none_or(|operator| offer.goods.brand == operator)
            && match status {
                "active" => offer.open,
                "non active" => !offer.open,
                _ => true,
            }
    };
    let rows: Vec<Value> = offers::of(Provider::Iak).iter().filter(wanted).map(row).collect();
    let bare = {
        let settings = &sandbox.state().settings;
        settings.supplier(Provider::Iak).reading.pick(settings.iak_pricelist_bare, true)
    };
    if bare {
        return data(Value::Array(rows));
    }
    data(json!({ "pricelist": rows, "rc": say::SUCCESS, "message": say::message(say::SUCCESS) }))
}

/// `product_type` and `product_category`.
fn kinds(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Airtime => ("pulsa", "Pulsa"),
        Kind::Data => ("data", "Paket Data"),
        Kind::PlnToken => ("pln", "PLN"),
        Kind::Game => ("game", "Game"),
        Kind::Voucher => ("voucher", "Voucher"),
        Kind::EMoney => ("etoll", "E-Money"),
        // Bills are on a list of their own.
        Kind::PlnBill | Kind::Bpjs | Kind::Pdam | Kind::Internet => ("", ""),
    }
}

fn row(offer: &Offer) -> Value {
    let goods = offer.goods;
    let (kind, category) = kinds(goods.kind);
    let nominal = match goods.amount {
        Amount::Rupiah(rupiah) => rupiah.to_string(),
        Amount::Quota { gb, days } => format!("{gb} GB {days} Hari"),
        Amount::Package(words) => words.to_owned(),
        Amount::Units(count, unit) => format!("{count} {unit}"),
        Amount::Owed => String::new(),
    };
    let active_period = match goods.amount {
        Amount::Quota { days, .. } => days,
        Amount::Rupiah(_) if goods.kind == Kind::Airtime => 30,
        Amount::Rupiah(_) | Amount::Package(_) | Amount::Units(..) | Amount::Owed => 0,
    };
    let price = match offer.written {
        Written::Plainly => json!(offer.price),
        Written::WithDots => json!(dotted(offer.price)),
        Written::WithRp => json!(format!("Rp{}", dotted(offer.price))),
        Written::NotAtAll => Value::Null,
    };
    json!({
        "product_code": offer.code,
        "product_description": goods.name,
        "product_nominal": nominal,
        "product_details": format!("{} {nominal}", goods.name),
        "product_price": price,
        "product_type": kind,
        "active_period": active_period.to_string(),
        "status": if offer.open { "active" } else { "non active" },
        "icon_url": "-",
        "product_category": category,
    })
}

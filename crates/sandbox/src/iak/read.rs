//! Calls that change nothing: the balance and the price list.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::catalogue::{self, Product};
use super::{Ask, authorise, data, rc, read_ask, refusal, sign};
use crate::faults::{At, Call, Provider};
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
        match (refused, authorise(sandbox, ask, sign::BALANCE)) {
            (Some(code), _) => refusal(&code),
            (None, Err(denied)) => denied.answer(),
            (None, Ok(account)) => {
                let balance = sandbox.state().books.deposit(&account.username);
                data(json!({ "balance": balance, "message": rc::message(rc::SUCCESS), "rc": rc::SUCCESS }))
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
        match (refused, authorise(sandbox, ask, sign::PRICE_LIST)) {
            (Some(code), _) => refusal(&code),
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
    let wanted = |product: &&Product| {
        kind.is_none_or(|kind| product.kind.word() == kind)
            && operator.is_none_or(|operator| product.operator == operator)
            && match status {
                "active" => product.active,
                "non active" => !product.active,
                _ => true,
            }
    };
    let rows: Vec<Value> = catalogue::all().iter().filter(wanted).map(row).collect();
    let bare = {
        let settings = &sandbox.state().settings;
        settings.iak_reading.pick(settings.iak_pricelist_bare, true)
    };
    if bare {
        return data(Value::Array(rows));
    }
    data(json!({ "pricelist": rows, "rc": rc::SUCCESS, "message": rc::message(rc::SUCCESS) }))
}

fn row(product: &Product) -> Value {
    json!({
        "product_code": product.code,
        "product_description": product.description,
        "product_nominal": product.nominal,
        "product_details": product.details,
        "product_price": product.price,
        "product_type": product.kind.word(),
        "active_period": product.active_period,
        "status": if product.active { "active" } else { "non active" },
        "icon_url": "-",
        "product_category": product.category(),
    })
}

//! Buying and asking: `/api/top-up` and `/api/check-status`.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{Ask, Denied, auth, data, read_ask, say, when_durable};
use crate::faults::{At, Call, Provider};
use crate::goods::catalogue::{Amount, Kind};
use crate::goods::offers::{self, Offer};
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::{Order, Refusal, Why, buy, look, number};
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};

const LONGEST_REFERENCE: usize = 50;
const LONGEST_CUSTOMER: usize = 100;

pub async fn top_up(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("iak.topup");
    let ask = match read_ask(&body).and_then(complete) {
        Ok(ask) => ask,
        Err(denied) => return denied.answer(),
    };
    let (sandbox, ask) = (&sandbox, &ask);
    let at = at(Call::Topup, ask);
    guard::run(&request, sandbox, &at, |refused| async move {
        if let Err(denied) = auth::authorise(sandbox, ask, &ask.ref_id) {
            return denied.answer();
        }
        let answer = bought(sandbox, ask, refused);
        when_durable(sandbox, answer).await
    })
    .await
}

pub async fn check_status(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("iak.status");
    let ask = match read_ask(&body) {
        Ok(ask) => ask,
        Err(denied) => return denied.answer(),
    };
    let (sandbox, ask) = (&sandbox, &ask);
    let at = at(Call::Status, ask);
    guard::run(&request, sandbox, &at, |refused| async move {
        if let Err(denied) = auth::authorise(sandbox, ask, &ask.ref_id) {
            return denied.answer();
        }
        let now_ms = sandbox.now_ms();
        let mut state = sandbox.state();
        let found = look(sandbox, &mut state, &at);
        match (found, refused) {
            (_, Some(refusal)) => refuse(&state, ask, &refusal),
            (None, None) => refuse(&state, ask, &Refusal::Code(say::NO_TRANSACTION.to_owned())),
            (Some(purchase), None) => data(report(&state, &purchase, now_ms)),
        }
    })
    .await
}

/// All three fields there and of a sane size.
fn complete(ask: Ask) -> Result<Ask, Denied> {
    let within = |value: &str, longest| !value.is_empty() && value.len() <= longest;
    if !within(&ask.ref_id, LONGEST_REFERENCE) {
        return Err(Denied::Malformed("ref_id is missing or too long".to_owned()));
    }
    if !within(&ask.customer_id, LONGEST_CUSTOMER) {
        return Err(Denied::Malformed("customer_id is missing or too long".to_owned()));
    }
    if ask.product_code.is_empty() {
        return Err(Denied::Malformed("product_code is missing".to_owned()));
    }
    Ok(ask)
}

fn at(call: Call, ask: &Ask) -> At<'_> {
    At { provider: Provider::Iak, call, account: &ask.username, reference: &ask.ref_id, product: &ask.product_code }
}

/// A known reference is a status question.
fn bought(sandbox: &Sandbox, ask: &Ask, refused: Option<Refusal>) -> HttpResponse {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let offer = find_offer(ask, state.settings.supplier(Provider::Iak).reading);
    let key = ask.key();
    let order = Order {
        key: &key,
        product: &ask.product_code,
        target: &ask.customer_id,
        offer,
        at_most: None,
        callback_url: None,
        ending: None,
    };
    if let Err(refusal) = buy(sandbox, &mut state, &order, refused) {
        return refuse(&state, ask, &refusal);
    }
    match state.books.purchases.get(&key) {
        Some(purchase) => data(report(&state, purchase, now_ms)),
        None => refuse(&state, ask, &Refusal::Why(Why::Maintenance)),
    }
}

/// `pulsa10000` means the operator of the number.
fn find_offer(ask: &Ask, reading: Reading) -> Option<&'static Offer> {
    let Some(nominal) = ask.product_code.strip_prefix("pulsa") else {
        return offers::find(Provider::Iak, &ask.product_code).filter(|offer| !offer.goods.kind.is_bill());
    };
    let amount = Amount::Rupiah(nominal.parse().ok()?);
    let local = number::normal(&ask.customer_id).ok()?;
    let operator = number::operator(&local, reading)?;
    offers::of(Provider::Iak).iter().find(|offer| {
        let goods = offer.goods;
        goods.kind == Kind::Airtime && goods.brand == operator && goods.amount == amount
    })
}

fn report(state: &State, purchase: &Purchase, now_ms: i64) -> Value {
    let rc = say::rc_of(purchase);
    let mut answer = json!({
        "ref_id": purchase.key.reference,
        "status": say::status(purchase.state),
        "product_code": purchase.product,
        "customer_id": purchase.target,
        "price": purchase.price,
        "message": say::message(rc),
        "balance": state.books.deposits.left(Provider::Iak, &purchase.key.account),
        "tr_id": purchase.number,
        "rc": rc,
    });
    let (sn, pin) = purchase.visible(now_ms);
    if let Some(fields) = answer.as_object_mut() {
        if purchase.state == Delivery::Delivered {
            fields.insert("sn".to_owned(), json!(sn.unwrap_or("")));
        }
        if let Some(pin) = pin {
            fields.insert("pin".to_owned(), json!(pin));
        }
    }
    answer
}

fn refuse(state: &State, ask: &Ask, refusal: &Refusal) -> HttpResponse {
    let code = match Denied::of(refusal) {
        Denied::Code(code) => code,
        denied => return denied.answer(),
    };
    data(json!({
        "ref_id": ask.ref_id,
        "status": 2,
        "product_code": ask.product_code,
        "customer_id": ask.customer_id,
        "price": 0,
        "message": say::message(&code),
        "balance": state.books.deposits.left(Provider::Iak, &ask.username),
        "tr_id": 0,
        "rc": code,
    }))
}

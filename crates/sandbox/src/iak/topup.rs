//! Buying and asking: `/api/top-up` and `/api/check-status`.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::catalogue::{self, Product};
use super::{Ask, Denied, authorise, data, rc, read_ask, when_durable};
use crate::clock::taiwan;
use crate::faults::{At, Call, FORMING, Kind, Provider};
use crate::guard;
use crate::reading::Reading;
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::truth::{Delivery, Event, Fate, Key, MAX_RECORDS, Topup};

const LONGEST_REFERENCE: usize = 50;
const LONGEST_CUSTOMER: usize = 100;
/// Faults without a delay of their own, virtual.
const DEFAULT_PENDING_MS: u64 = 3_600_000;
const DEFAULT_AFTERWARDS_MS: u64 = 600_000;
/// The fault `price_change` adds a twentieth, at least this, whole rupiah.
const LEAST_PRICE_CHANGE: i64 = 100;

pub async fn top_up(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("iak.topup");
    let ask = match read_ask(&body).and_then(complete) {
        Ok(ask) => ask,
        Err(denied) => return denied.answer(),
    };
    let (sandbox, ask) = (&sandbox, &ask);
    let at = at(Call::Topup, ask);
    guard::run(&request, sandbox, &at, |refused| async move {
        if let Err(denied) = authorise(sandbox, ask, &ask.ref_id) {
            return denied.answer();
        }
        let answer = buy(sandbox, ask, &at, refused);
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
        if let Err(denied) = authorise(sandbox, ask, &ask.ref_id) {
            return denied.answer();
        }
        let now_ms = sandbox.now_ms();
        let mut state = sandbox.state();
        let hidden = state.faults.draw(&at, &[Kind::NotFound]).has(Kind::NotFound);
        let key = (ask.username.clone(), ask.ref_id.clone());
        let known = state.books.topups.contains_key(&key);
        if known {
            let (account, reference) = key.clone();
            sandbox.record(&mut state, Event::TopupChecked { account, reference });
        }
        match state.books.topups.get(&key) {
            Some(topup) if refused.is_none() && !hidden => data(report(&state, topup, now_ms)),
            _ => data(refused_as(&state, ask, refused.as_deref().unwrap_or(rc::NO_TRANSACTION))),
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

/// A known reference is a status question; a new one is checked and, if nothing is wrong, bought and pending.
fn buy(sandbox: &Sandbox, ask: &Ask, at: &At<'_>, refused: Option<String>) -> HttpResponse {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let key = (ask.username.clone(), ask.ref_id.clone());
    if state.books.topups.contains_key(&key) {
        let (account, reference) = key.clone();
        sandbox.record(&mut state, Event::TopupAsked { account, reference });
    } else {
        let checked = match refused {
            Some(code) => Err(code),
            None => check(&state, ask, now_ms).map_err(str::to_owned),
        };
        match checked {
            Err(code) => return data(refused_as(&state, ask, &code)),
            Ok(product) => form(sandbox, &mut state, ask, product, at, now_ms),
        }
    }
    match state.books.topups.get(&key) {
        Some(topup) => data(report(&state, topup, now_ms)),
        None => data(refused_as(&state, ask, rc::MAINTENANCE)),
    }
}

fn check(state: &State, ask: &Ask, now_ms: i64) -> Result<&'static Product, &'static str> {
    if state.books.topups.len() >= MAX_RECORDS {
        return Err(rc::MAINTENANCE);
    }
    let reading = state.settings.iak_reading;
    let product = find_product(ask, reading).ok_or(rc::NO_PRODUCT)?;
    if !product.active {
        return Err(rc::PRODUCT_OFF);
    }
    product.check_customer(&ask.customer_id, reading)?;
    if !state.settings.iak_multiple_transactions && bought_today(state, ask, now_ms) {
        return Err(rc::REPEAT);
    }
    if state.books.deposit(&ask.username) < product.price {
        return Err(rc::DEPOSIT);
    }
    Ok(product)
}

/// `pulsa10000` means the operator of the number.
fn find_product(ask: &Ask, reading: Reading) -> Option<&'static Product> {
    let Some(nominal) = ask.product_code.strip_prefix("pulsa") else {
        return catalogue::find(&ask.product_code);
    };
    let local = super::number::normal(&ask.customer_id).ok()?;
    let operator = super::number::operator(&local, reading)?;
    catalogue::all().iter().find(|product| {
        product.operator == operator && product.kind == catalogue::Kind::Pulsa && product.nominal == nominal
    })
}

/// Same number, same product, same day in Jakarta, not failed. Walks all top-ups: only when the account asks for it.
fn bought_today(state: &State, ask: &Ask, now_ms: i64) -> bool {
    let today = jakarta_day(now_ms);
    state.books.topups.values().any(|topup| {
        topup.username == ask.username
            && topup.customer == ask.customer_id
            && topup.product == ask.product_code
            && topup.state != Delivery::Failed
            && jakarta_day(topup.formed_ms) == today
    })
}

/// Jakarta is one hour behind Taiwan.
fn jakarta_day(at_ms: i64) -> String {
    taiwan(at_ms - 3_600_000, "%Y%m%d")
}

fn form(sandbox: &Sandbox, state: &mut State, ask: &Ask, product: &Product, at: &At<'_>, now_ms: i64) {
    let drawn = state.faults.draw(at, FORMING);
    let change = (product.price / 20).max(LEAST_PRICE_CHANGE);
    let price = product.price + if drawn.has(Kind::PriceChange) { change } else { 0 };
    let extra = drawn.delay_ms(Kind::PendingFor, DEFAULT_PENDING_MS);
    let wait = extra.or(state.settings.iak_final_delay_ms);
    let fails = drawn.get(Kind::Fail).or_else(|| drawn.get(Kind::FailThenSuccess));
    let fate = Fate {
        fail_rc: fails.map(|rule| rule.rc.clone().unwrap_or_else(|| rc::FAILED.to_owned())),
        reverse_after_ms: drawn.delay_ms(Kind::LateReversal, DEFAULT_AFTERWARDS_MS),
        recover_after_ms: drawn.delay_ms(Kind::FailThenSuccess, DEFAULT_AFTERWARDS_MS),
        serial_after_ms: drawn.delay_ms(Kind::SerialLate, DEFAULT_AFTERWARDS_MS),
    };
    let topup = Topup {
        username: ask.username.clone(),
        reference: ask.ref_id.clone(),
        tr_id: state.books.topups.len() as u64 + 10_001,
        product: ask.product_code.clone(),
        customer: ask.customer_id.clone(),
        price,
        state: Delivery::Pending,
        rc: rc::PENDING.to_owned(),
        sn: None,
        pin: None,
        formed_ms: now_ms,
        due_ms: wait.map(|wait| now_ms.saturating_add(wait)),
        fate,
        settled_ms: None,
        asked: 1,
        checks: 0,
        callback_open: false,
    };
    if let Some(due_ms) = topup.due_ms {
        let key: Key = (topup.username.clone(), topup.reference.clone());
        state.schedule.at(due_ms, Job::Settle(key));
    }
    sandbox.record(state, Event::TopupFormed { topup: Box::new(topup) });
}

/// IAK's number for a state: 0 pending, 1 delivered, 2 failed or taken back.
pub fn status_number(state: Delivery) -> u8 {
    match state {
        Delivery::Pending => 0,
        Delivery::Delivered => 1,
        Delivery::Failed | Delivery::Reversed => 2,
    }
}

/// The serial and pin a client may see now.
pub fn visible(topup: &Topup, now_ms: i64) -> (Option<&str>, Option<&str>) {
    let shown_from = topup.settled_ms.unwrap_or(0) + topup.fate.serial_after_ms.unwrap_or(0);
    if topup.state == Delivery::Delivered && now_ms >= shown_from {
        (topup.sn.as_deref(), topup.pin.as_deref())
    } else {
        (None, None)
    }
}

fn report(state: &State, topup: &Topup, now_ms: i64) -> Value {
    let mut answer = json!({
        "ref_id": topup.reference,
        "status": status_number(topup.state),
        "product_code": topup.product,
        "customer_id": topup.customer,
        "price": topup.price,
        "message": rc::message(&topup.rc),
        "balance": state.books.deposit(&topup.username),
        "tr_id": topup.tr_id,
        "rc": topup.rc,
    });
    let (sn, pin) = visible(topup, now_ms);
    if let Some(fields) = answer.as_object_mut() {
        if topup.state == Delivery::Delivered {
            fields.insert("sn".to_owned(), json!(sn.unwrap_or("")));
        }
        if let Some(pin) = pin {
            fields.insert("pin".to_owned(), json!(pin));
        }
    }
    answer
}

fn refused_as(state: &State, ask: &Ask, code: &str) -> Value {
    json!({
        "ref_id": ask.ref_id,
        "status": 2,
        "product_code": ask.product_code,
        "customer_id": ask.customer_id,
        "price": 0,
        "message": rc::message(code),
        "balance": state.books.deposit(&ask.username),
        "tr_id": 0,
        "rc": code,
    })
}

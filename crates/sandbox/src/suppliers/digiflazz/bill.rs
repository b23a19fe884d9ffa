//! Bills: asked, paid and asked about under one reference.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::transaction::{Ask, answered, ending, reading};
use super::{auth, desc, endings, say};
use crate::clock::jakarta;
use crate::faults::{Call, Provider};
use crate::goods::bills::{self, Debt};
use crate::goods::catalogue::Kind;
use crate::goods::ending::Ending;
use crate::goods::inquiries::Inquiry;
use crate::goods::offers::{self, Offer};
use crate::goods::{Dues, Order, Refusal, Why, fate, look, pay};
use crate::guard;
use crate::state::{Sandbox, State};

/// Bills of electricity one payment takes.
const MOST_PLN_BILLS: usize = 3;
/// Its own fee for one bill; what it leaves us of it makes the list's price.
pub const ADMIN: i64 = 3_000;

pub async fn inquire(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("digiflazz.bill_inquiry");
    let at = ask.at(Call::BillInquiry);
    guard::run(request, sandbox, &at, |refused| async move {
        let signed = auth::authorise(sandbox, &ask.username, &ask.sign, &ask.ref_id).map_err(Refusal::Why);
        let answer = signed.and_then(|_| refused.map_or_else(|| asked(sandbox, ask), Err));
        answered(sandbox, ask, answer).await
    })
    .await
}

fn asked(sandbox: &Sandbox, ask: &Ask) -> Result<HttpResponse, Refusal> {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let (offer, debt) = owed(&state, ask, now_ms)?;
    let mut reply = say::found(ask.about(&state), cost(offer, &debt));
    if let Some(fields) = reply.as_object_mut() {
        fields.insert("customer_name".to_owned(), json!(debt.holder));
        fields.insert("admin".to_owned(), json!(ADMIN * many(&debt)));
        fields.insert("selling_price".to_owned(), json!(debt.amount() + debt.penalty() + ADMIN * many(&debt)));
        let all = bills::owed(offer.goods, &ask.customer_no, &state.books.paid_bills, now_ms).bills.len();
        fields.insert("desc".to_owned(), desc::of(offer, &debt, all));
    }
    let (product, target) = (ask.buyer_sku_code.clone(), ask.customer_no.clone());
    let inquiry = Inquiry { product, target, debt, asked_ms: now_ms, known_ms: now_ms };
    if state.inquiries.keep(ask.key(), inquiry) { Ok(say::data(&reply)) } else { Err(Refusal::Why(Why::Maintenance)) }
}

fn many(debt: &Debt) -> i64 {
    i64::try_from(debt.bills.len()).unwrap_or(0)
}

/// What leaves the deposit, whole rupiah.
fn cost(offer: &Offer, debt: &Debt) -> i64 {
    debt.amount() + debt.penalty() + offer.price * many(debt)
}

/// What the number owes, as much of it as one payment takes.
fn owed(state: &State, ask: &Ask, now_ms: i64) -> Result<(&'static Offer, Debt), Refusal> {
    let key = ask.key();
    let other = |inquiry: &Inquiry| inquiry.product != ask.buyer_sku_code || inquiry.target != ask.customer_no;
    if state.books.purchases.contains_key(&key) || state.inquiries.find(&key).is_some_and(other) {
        return Err(Refusal::Why(Why::Duplicate));
    }
    let offer = offers::find(Provider::Digiflazz, &ask.buyer_sku_code).filter(|offer| offer.goods.kind.is_bill());
    let offer = offer.filter(|offer| offer.open).ok_or(Refusal::Why(Why::UnknownProduct))?;
    if offer.closed.is_some_and(|hours| hours.include(now_ms)) {
        return Err(Refusal::Why(Why::CutOff));
    }
    offer.goods.check_target(&ask.customer_no, reading(state)).map_err(Refusal::Why)?;
    let mut debt = bills::owed(offer.goods, &ask.customer_no, &state.books.paid_bills, now_ms);
    if offer.goods.kind == Kind::PlnBill {
        debt.bills.truncate(MOST_PLN_BILLS);
    }
    if debt.bills.is_empty() { Err(Refusal::Why(Why::BillPaid)) } else { Ok((offer, debt)) }
}

pub async fn pay_bill(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("digiflazz.bill_payment");
    let at = ask.at(Call::Topup);
    guard::run(request, sandbox, &at, |refused| async move {
        let signed = auth::authorise(sandbox, &ask.username, &ask.sign, &ask.ref_id).map_err(Refusal::Why);
        let answer = signed.and_then(|_| paid(sandbox, ask, refused));
        answered(sandbox, ask, answer).await
    })
    .await
}

fn paid(sandbox: &Sandbox, ask: &Ask, refused: Option<Refusal>) -> Result<HttpResponse, Refusal> {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let key = ask.key();
    let known = state.books.purchases.get(&key).map(|purchase| ask.means(purchase));
    let asked = state.inquiries.find(&key).cloned();
    let meant = |inquiry: &Inquiry| inquiry.product == ask.buyer_sku_code && inquiry.target == ask.customer_no;
    // A payment that is known needs its inquiry no more.
    let debt = match (known, asked) {
        (Some(true), _) => Debt { holder: "", bills: Vec::new() },
        (None, Some(inquiry)) if meant(&inquiry) => {
            // Of one day, as elsewhere; specified by us.
            let day = |at_ms| jakarta(at_ms, "%Y%m%d");
            if day(inquiry.asked_ms) != day(now_ms) {
                return Err(Refusal::Why(Why::InquiryExpired));
            }
            inquiry.debt
        }
        (None, None) => return Err(Refusal::Code(say::NOT_FOUND.to_owned())),
        (Some(false), _) | (None, Some(_)) => return Err(Refusal::Why(Why::Duplicate)),
    };
    let ending = ending(&state, ask);
    let offer = offers::find(Provider::Digiflazz, &ask.buyer_sku_code);
    let order = Order {
        key: &key,
        product: &ask.buyer_sku_code,
        target: &ask.customer_no,
        offer,
        at_most: ask.max_price,
        callback_url: ask.cb_url.clone(),
        ending,
    };
    let dues = Dues { periods: debt.periods(), total: offer.map_or(0, |offer| cost(offer, &debt)) };
    pay(sandbox, &mut state, &order, &dues, refused)?;
    drop(state);
    if known.is_none() && ending.is_some_and(endings::is_at_once) {
        fate::click(sandbox, &key, ending == Some(Ending::AtOnce));
    }
    let state = sandbox.state();
    let purchase = state.books.purchases.get(&key).ok_or(Refusal::Why(Why::Maintenance))?;
    Ok(say::data(&say::report(purchase, ask.about(&state), reading(&state), sandbox.now_ms())))
}

/// Of a bill that was asked and not paid it finds nothing.
pub async fn status(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("digiflazz.bill_status");
    let at = &ask.at(Call::Status);
    guard::run(request, sandbox, at, |refused| async move {
        let signed = auth::authorise(sandbox, &ask.username, &ask.sign, &ask.ref_id).map_err(Refusal::Why);
        let answer = signed.and_then(|_| match refused {
            Some(refusal) => Err(refusal),
            None => {
                let now_ms = sandbox.now_ms();
                let mut state = sandbox.state();
                let found = look(sandbox, &mut state, at).filter(|purchase| purchase.bills.is_some());
                let found = found.ok_or(Refusal::Code(say::NOT_FOUND.to_owned()))?;
                Ok(say::data(&say::report(&found, ask.about(&state), reading(&state), now_ms)))
            }
        });
        answered(sandbox, ask, answer).await
    })
    .await
}

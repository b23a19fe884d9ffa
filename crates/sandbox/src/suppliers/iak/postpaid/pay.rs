//! Paying and asking: `pay-pasca` and `checkstatus`. A payment names its inquiry's number, a question its reference.

use actix_web::{HttpRequest, HttpResponse};

use super::super::{auth, when_durable};
use super::numbers::{self, Stage};
use super::say::{self, About, Statement};
use super::{Ask, authorise, whole};
use crate::clock::jakarta;
use crate::faults::{At, Call, Provider};
use crate::goods::bills;
use crate::goods::catalogue::{Goods, Kind};
use crate::goods::ending::Ending;
use crate::goods::inquiries::Inquiry;
use crate::goods::offers;
use crate::goods::purchase::{Purchase, PurchaseKey};
use crate::goods::{Dues, Order, Refusal, Why, fate, look, pay};
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};

const AT_ONCE: Ending = Ending::Then { delivered: true, after_ms: 0 };
const FAILS_AT_ONCE: Ending = Ending::Then { delivered: false, after_ms: 0 };

/// What a number makes of its payment.
enum Course {
    Usual,
    /// Answered with this code, and nothing formed.
    Refused(String),
    /// Pending, and over in the supplier's usual time.
    Pending,
    /// Formed and failed, with this code.
    Fails(String),
    /// Answered with this code, from which nobody knows how it ends.
    Unclear(String),
}

impl Course {
    fn of(code: Option<String>) -> Self {
        let Some(code) = code else { return Self::Usual };
        match code.as_str() {
            "39" | "05" | "201" => Self::Pending,
            "07" | "33" | say::FAILED | "38" => Self::Fails(code),
            "91" | "92" | "103" | "105" => Self::Unclear(code),
            _ => Self::Refused(code),
        }
    }

    /// What "nobody knows" hides is not known either: failed, or paid.
    fn ending(&self, reading: Reading) -> Option<Ending> {
        match self {
            Self::Usual | Self::Fails(_) => Some(AT_ONCE),
            Self::Unclear(_) => Some(reading.pick(FAILS_AT_ONCE, AT_ONCE)),
            Self::Pending | Self::Refused(_) => None,
        }
    }
}

pub async fn pay_bill(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("iak.bill_payment");
    let tr_id = whole(&ask.tr_id).unwrap_or(0);
    let asked = inquiry(&sandbox.state(), &ask.username, tr_id);
    let (reference, product, number) = asked.as_ref().map_or(("", "", ""), |(key, inquiry)| {
        (key.reference.as_str(), inquiry.product.as_str(), inquiry.target.as_str())
    });
    let at = At { provider: Provider::Iak, call: Call::Topup, account: &ask.username, reference, product };
    let about = About { product, number, reference, status: None };
    let (asked, about) = (&asked, &about);
    guard::run(request, sandbox, &at, |refused| async move {
        let answer = match (authorise(sandbox, ask, &tr_id.to_string()), asked) {
            (Err(refusal), _) => Err(refusal),
            (Ok(_), None) => Err(Refusal::Code(say::NO_TRANSACTION.to_owned())),
            (Ok(_), Some((key, inquiry))) => paid(sandbox, key, inquiry, tr_id, refused),
        };
        when_durable(sandbox, answer.unwrap_or_else(|refusal| say::refused(&refusal, Some(about)))).await
    })
    .await
}

fn inquiry(state: &State, account: &str, tr_id: u64) -> Option<(PurchaseKey, Inquiry)> {
    let (key, inquiry) = state.inquiries.numbered(Provider::Iak, tr_id)?;
    Some((key.clone(), inquiry.clone())).filter(|(key, _)| key.account == account)
}

fn paid(
    sandbox: &Sandbox,
    key: &PurchaseKey,
    inquiry: &Inquiry,
    tr_id: u64,
    refused: Option<Refusal>,
) -> Result<HttpResponse, Refusal> {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let (reading, endings) = {
        let settings = state.settings.supplier(Provider::Iak);
        (settings.reading, settings.endings)
    };
    let course = Course::of(numbers::code(&inquiry.target, Stage::Payment).filter(|_| endings));
    let known = state.books.purchases.contains_key(key);
    let day = |at_ms| jakarta(at_ms, "%Y%m%d");
    let stale = (day(inquiry.asked_ms) != day(now_ms)).then_some(Refusal::Why(Why::InquiryExpired));
    let own = if let Course::Refused(code) = &course { Some(Refusal::Code(code.clone())) } else { None };
    let offer = offers::find(Provider::Iak, &inquiry.product);
    let total = offer.map_or(0, |offer| say::Sums::of(offer, &inquiry.debt, reading).selling_price());
    let order = Order {
        key,
        product: &inquiry.product,
        target: &inquiry.target,
        offer,
        at_most: None,
        callback_url: None,
        ending: course.ending(reading),
    };
    let dues = Dues { periods: inquiry.debt.periods(), total };
    pay(sandbox, &mut state, &order, &dues, refused.or(own).or(stale))?;
    if let Course::Fails(code) = &course {
        fate::fail(sandbox, &mut state, key, Refusal::Code(code.clone()));
    }
    let due_now = |purchase: &Purchase| purchase.due_ms == Some(purchase.formed_ms);
    let settles = state.books.purchases.get(key).is_some_and(due_now);
    drop(state);
    // Its end is said at once.
    if settles {
        fate::settle(sandbox, key);
    }
    match course {
        Course::Unclear(code) if !known => Err(Refusal::Code(code)),
        _ => report(&sandbox.state(), key, tr_id, sandbox.now_ms()).ok_or(Refusal::Why(Why::Maintenance)),
    }
}

/// How a payment stands. The bills are those of its inquiry, while that is remembered.
fn report(state: &State, key: &PurchaseKey, tr_id: u64, now_ms: i64) -> Option<HttpResponse> {
    let purchase = state.books.purchases.get(key)?;
    let reading = state.settings.supplier(Provider::Iak).reading;
    let offer = offers::find(Provider::Iak, &purchase.product)?;
    let debt = state.inquiries.find(key).map(|inquiry| inquiry.debt.clone());
    let statement = Statement {
        offer,
        number: &purchase.target,
        reference: &key.reference,
        tr_id,
        debt: &debt.unwrap_or_else(|| say::debt_paid(offer, purchase)),
        left_over: left_over(state, offer.goods, purchase, now_ms),
        sums: say::Sums::paid(offer, purchase, reading),
    };
    let balance = state.books.deposits.left(Provider::Iak, &key.account);
    Some(say::data(&say::paid(purchase, &statement, balance, reading, now_ms)))
}

/// Bills of electricity that this payment left for another.
fn left_over(state: &State, goods: &Goods, purchase: &Purchase, now_ms: i64) -> usize {
    let paid = purchase.bills.as_ref().filter(|_| goods.kind == Kind::PlnBill);
    let Some(paid) = paid else { return 0 };
    let owed = bills::owed(goods, &purchase.target, &state.books.paid_bills, now_ms);
    owed.bills.iter().filter(|bill| !paid.periods.contains(&bill.period)).count()
}

pub async fn status(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("iak.bill_status");
    let (account, reference) = (ask.username.as_str(), ask.ref_id.as_str());
    let at = At { provider: Provider::Iak, call: Call::Status, account, reference, product: "" };
    guard::run(request, sandbox, &at, |refused| {
        let found = match (authorise(sandbox, ask, auth::STATUS), refused) {
            (Err(refusal), _) | (Ok(_), Some(refusal)) => Err((refusal, None)),
            (Ok(_), None) => standing(sandbox, ask, &at),
        };
        let answer = found.unwrap_or_else(|(refusal, status)| {
            let about = About { product: "", number: "", reference, status };
            say::refused(&refusal, Some(&about))
        });
        std::future::ready(answer)
    })
    .await
}

/// A payment; or that none was received, of an inquiry that is known. How the documents word that for each is not certain.
fn standing(sandbox: &Sandbox, ask: &Ask, at: &At<'_>) -> Result<HttpResponse, (Refusal, Option<u8>)> {
    let key = ask.key();
    let mut state = sandbox.state();
    let found = look(sandbox, &mut state, at).filter(|purchase| purchase.bills.is_some());
    let tr_id = state.inquiries.number_of(&key).or(found.as_ref().map(|purchase| purchase.number)).unwrap_or(0);
    let reading = state.settings.supplier(Provider::Iak).reading;
    match (found, tr_id) {
        (Some(_), tr_id) => report(&state, &key, tr_id, sandbox.now_ms()).ok_or((Refusal::Why(Why::Maintenance), None)),
        (None, 0) => Err((Refusal::Code(say::NO_TRANSACTION.to_owned()), None)),
        (None, _) => Err((Refusal::Code(reading.pick(say::NOT_PAID, say::NO_TRANSACTION).to_owned()), Some(0))),
    }
}

//! What somebody owes: `inq-pasca`. It uses a reference up, and is good for the rest of the day in Jakarta.

use actix_web::{HttpRequest, HttpResponse};

use super::numbers::{self, Stage};
use super::say::{self, About, Statement, Sums};
use super::{Ask, authorise, whole};
use crate::faults::{At, Call, Provider};
use crate::goods::bills::{self, Debt};
use crate::goods::catalogue::Kind;
use crate::goods::inquiries::Inquiry;
use crate::goods::offers::{self, Offer};
use crate::goods::{Refusal, Why};
use crate::guard;
use crate::reading::Reading;
use crate::state::{Sandbox, State};

const LONGEST_REFERENCE: usize = 50;

pub async fn inquire(request: &HttpRequest, ask: &Ask, sandbox: &Sandbox) -> HttpResponse {
    let _answering = sandbox.answering("iak.bill_inquiry");
    let (account, reference, product) = (ask.username.as_str(), ask.ref_id.as_str(), ask.code.as_str());
    let at = At { provider: Provider::Iak, call: Call::BillInquiry, account, reference, product };
    guard::run(request, sandbox, &at, |refused| {
        let found = authorise(sandbox, ask, reference).and_then(|_| match refused {
            Some(refusal) => Err(refusal),
            None => asked(sandbox, ask),
        });
        let about = About { product, number: &ask.hp, reference, status: None };
        std::future::ready(found.unwrap_or_else(|refusal| say::refused(&refusal, Some(&about))))
    })
    .await
}

fn asked(sandbox: &Sandbox, ask: &Ask) -> Result<HttpResponse, Refusal> {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let reading = state.settings.supplier(Provider::Iak).reading;
    let (offer, debt, left_over) = owed(&state, ask, now_ms)?;
    let inquiry = Inquiry {
        product: ask.code.clone(),
        target: ask.hp.clone(),
        debt: debt.clone(),
        asked_ms: now_ms,
        known_ms: now_ms,
    };
    let tr_id = state.inquiries.keep_numbered(ask.key(), inquiry).ok_or(Refusal::Why(Why::Maintenance))?;
    let sums = Sums::of(offer, &debt, reading);
    let statement = Statement { offer, number: &ask.hp, reference: &ask.ref_id, tr_id, debt: &debt, left_over, sums };
    Ok(say::data(&statement.reply(say::SUCCESS, reading)))
}

/// What the number owes, as much of it as one payment takes, and how many bills are left over.
fn owed(state: &State, ask: &Ask, now_ms: i64) -> Result<(&'static Offer, Debt, usize), Refusal> {
    let settings = state.settings.supplier(Provider::Iak);
    let is_plain = ask.ref_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain || !(1..=LONGEST_REFERENCE).contains(&ask.ref_id.len()) {
        return Err(Refusal::Code(say::BAD_REFERENCE.to_owned()));
    }
    let key = ask.key();
    if state.inquiries.find(&key).is_some() || state.books.purchases.contains_key(&key) {
        return Err(Refusal::Why(Why::Duplicate));
    }
    if let Some(code) = numbers::code(&ask.hp, Stage::Inquiry).filter(|_| settings.endings) {
        return Err(Refusal::Code(code));
    }
    let offer = offers::find(Provider::Iak, &ask.code).filter(|offer| offer.goods.kind.is_bill());
    let offer = offer.ok_or(Refusal::Why(Why::UnknownProduct))?;
    if !offer.open {
        return Err(Refusal::Why(Why::Closed));
    }
    if offer.closed.is_some_and(|hours| hours.include(now_ms)) {
        return Err(Refusal::Why(Why::CutOff));
    }
    offer.goods.check_target(&ask.hp, settings.reading).map_err(Refusal::Why)?;
    let (debt, left_over) = unpaid(state, ask, offer, settings.reading, now_ms)?;
    if debt.bills.is_empty() { Err(Refusal::Why(Why::BillPaid)) } else { Ok((offer, debt, left_over)) }
}

fn unpaid(state: &State, ask: &Ask, offer: &Offer, reading: Reading, now_ms: i64) -> Result<(Debt, usize), Refusal> {
    let (goods, paid) = (offer.goods, &state.books.paid_bills);
    let mut debt = bills::owed(goods, &ask.hp, paid, now_ms);
    let all = debt.bills.len();
    match goods.kind {
        Kind::PlnBill => debt.bills.truncate(say::MOST_PLN_BILLS),
        // Whether months can be paid ahead when nothing is owed is not known.
        Kind::Bpjs if all > 0 || reading == Reading::Other => {
            let months = if ask.month.is_null() { Some(1) } else { whole(&ask.month) };
            let months = months.and_then(|months| u8::try_from(months).ok()).filter(|months| (1..=12).contains(months));
            let months = months.ok_or(Refusal::Why(Why::Malformed))?;
            return Ok((bills::oldest(goods, &ask.hp, paid, now_ms, months), 0));
        }
        _ => {}
    }
    let left_over = all - debt.bills.len();
    Ok((debt, left_over))
}

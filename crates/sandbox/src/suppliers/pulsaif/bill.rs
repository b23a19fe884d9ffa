//! Bills: a pair of products. `CEKPLN` is bought for nothing, under a reference of its own, and its serial says what is owed;
//! `BYRPLN` pays what is owed at that moment. Specified by us.

use super::say::{self, About};
use super::trx::midnight;
use super::{Ask, endings};
use crate::faults::{At, Kind, Provider};
use crate::goods::bills::{self, Debt};
use crate::goods::ending::Ending;
use crate::goods::inquiries::Inquiry;
use crate::goods::offers::{self, Offer};
use crate::goods::words::dotted;
use crate::goods::{Dues, Refusal, Why};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

/// Bills one payment takes, oldest first.
const MOST_BILLS: usize = 3;
/// The fault `pending_for` without a delay of its own.
const DEFAULT_PENDING_MS: u64 = 3_600_000;

/// What a code for inquiries asks about.
pub fn offer(product: &str) -> Option<&'static Offer> {
    let bill = product.strip_prefix("CEK")?;
    offers::find(Provider::Pulsaif, &format!("BYR{bill}")).filter(|offer| offer.goods.kind.is_bill())
}

/// What a number means to an inquiry, unless the account wants none of it.
pub fn ending(state: &State, target: &str) -> Option<Ending> {
    let wanted = state.settings.supplier(Provider::Pulsaif).endings;
    Ending::of(endings::INQUIRIES, target).filter(|_| wanted)
}

/// What a payment pays now; nothing, where nothing is owed.
pub fn dues(state: &State, offer: &Offer, target: &str, now_ms: i64) -> Option<Dues> {
    let debt = owed(state, offer, target, now_ms);
    let total = debt.amount() + debt.penalty() + offer.price;
    if debt.bills.is_empty() { None } else { Some(Dues { periods: debt.periods(), total }) }
}

fn owed(state: &State, offer: &Offer, target: &str, now_ms: i64) -> Debt {
    let mut debt = bills::owed(offer.goods, target, &state.books.paid_bills, now_ms);
    debt.bills.truncate(MOST_BILLS);
    debt
}

/// Asks what is owed, or says that this was asked.
pub fn inquired(sandbox: &Sandbox, ask: &Ask, at: &At<'_>, ending: Option<Ending>, refused: Option<Refusal>) -> String {
    let (now_ms, mut state) = (sandbox.now_ms(), sandbox.state());
    let about = About { reference: at.reference, product: at.product, dest: ask.get("dest") };
    let reading = state.settings.supplier(Provider::Pulsaif).reading;
    // A code that asks is bought like any other: whether it is sold once a day, too, is not known.
    let of_today = || {
        let since_ms = midnight(now_ms);
        state.inquiries.asked_since(Provider::Pulsaif, at.account, at.product, ask.get("dest"), since_ms)
    };
    let of_today = || of_today().filter(|_| reading == Reading::Other);
    if let Some(earlier) = state.inquiries.find(&ask.key()).or_else(of_today) {
        let about = About { product: &earlier.product, dest: &earlier.target, ..about };
        let known = now_ms >= earlier.known_ms;
        let (status, serial) = if known { ("Sukses", Some(serial(&earlier.debt))) } else { ("Menunggu Jawaban", None) };
        return say::done_before(&about, earlier.asked_ms, status, serial.as_deref());
    }
    let left = state.books.deposits.left(Provider::Pulsaif, at.account);
    let refused = refused.or_else(|| ending.and_then(Ending::refusal));
    let debt = refused.map_or_else(|| look_up(&state, at.product, ask.get("dest"), now_ms).map_err(Refusal::Why), Err);
    let debt = match debt {
        Ok(debt) => debt,
        Err(refusal) => return say::refused(&about, &refusal, left, reading),
    };
    let waits = state.faults.draw(at, &[Kind::PendingFor]).delay_ms(Kind::PendingFor, DEFAULT_PENDING_MS).unwrap_or(0);
    let inquiry = Inquiry {
        product: at.product.to_owned(),
        target: ask.get("dest").to_owned(),
        debt,
        asked_ms: now_ms,
        known_ms: now_ms.saturating_add(waits),
    };
    let line = how_it_stands(&inquiry, &about, left, now_ms);
    if !state.inquiries.keep(ask.key(), inquiry) {
        return say::refused(&about, &Refusal::Why(Why::Maintenance), left, reading);
    }
    if ending == Some(Ending::UnknownWords) { say::unknown(&about) } else { line }
}

/// What became of an inquiry.
pub fn checked(state: &State, ask: &Ask, now_ms: i64) -> String {
    let left = state.books.deposits.left(Provider::Pulsaif, ask.member());
    let (product, dest) = (ask.product(), ask.get("dest"));
    let about = About { reference: ask.get("refID"), product: &product, dest };
    let found = state.inquiries.find(&ask.key());
    let found = found.filter(|inquiry| inquiry.product == product && inquiry.target == dest);
    found.map_or_else(|| say::not_found(about.reference, dest), |inquiry| how_it_stands(inquiry, &about, left, now_ms))
}

fn how_it_stands(inquiry: &Inquiry, about: &About<'_>, left: i64, now_ms: i64) -> String {
    if now_ms < inquiry.known_ms {
        say::accepted(about, inquiry.asked_ms, 0, left)
    } else {
        say::delivered(about, Some(&serial(&inquiry.debt)), 0, left)
    }
}

fn look_up(state: &State, product: &str, target: &str, now_ms: i64) -> Result<Debt, Why> {
    let offer = offer(product).ok_or(Why::UnknownProduct)?;
    if offer.closed.is_some_and(|hours| hours.include(now_ms)) {
        return Err(Why::CutOff);
    }
    offer.goods.check_target(target, state.settings.supplier(Provider::Pulsaif).reading)?;
    let debt = owed(state, offer, target, now_ms);
    if debt.bills.is_empty() { Err(Why::BillPaid) } else { Ok(debt) }
}

/// `NAME/PERIOD/LEMBAR/TOTAL:302.500`: the total is what the biller wants, without the fee of a payment.
fn serial(debt: &Debt) -> String {
    let total = dotted(debt.amount() + debt.penalty());
    format!("{}/{}/{}/TOTAL:{total}", debt.holder, debt.span(), debt.bills.len())
}

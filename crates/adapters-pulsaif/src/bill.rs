//! What is owed, by the product that asks (`CEKPLN` for `BYRPLN`); specified by us. It is bought at price 0 under our reference
//! with a `C` behind it, and its serial says whose bill it is and how much: `NAME/PERIOD/BILLS/TOTAL:302.500`. Nothing of it
//! is needed to pay.

use adapters_kit::bills::{COUNT_LIMIT, one_month, other_months};
use adapters_kit::{SHOWN_LIMIT, is_line, rupiah};
use domain::catalogue::Category;
use domain::fulfilment::Cause;
use domain::supply::end_of_day;
use domain::{Bill, BillLine, Currency, Moment, Money, Private, Reference};
use ports::bill::{BillAnswer, BillHandle, BillQuery, NotOwed, Owed};

use crate::codes::{Reason, reason};
use crate::error::Doubt;
use crate::map::{self, About};
use crate::parse::{Said, State};

/// What pays begins so.
pub const PAY: &str = "BYR";
/// What asks begins so.
pub const ASK: &str = "CEK";

/// What asks for what this product pays. Nothing: this adapter has no answer to such a question. How many months are wanted cannot
/// be said.
pub fn asking_product(query: &BillQuery) -> Option<String> {
    let biller = query.code.strip_prefix(PAY).filter(|_| query.category.is_bill() && one_month(query))?;
    (query.category != Category::Internet).then(|| format!("{ASK}{biller}"))
}

/// The reference an inquiry is asked under.
pub fn asking_reference(reference: &Reference) -> String {
    format!("{reference}C")
}

/// What the reply must be put together with.
pub struct Asked {
    /// What we pay for a payment beside the debt.
    pub fee: Money,
    pub months: Option<u8>,
}

/// What one reply came to.
#[derive(Debug)]
pub enum Heard {
    Answer(BillAnswer),
    /// It is being looked up: ask again.
    Wait,
}

/// Judges the reply to an inquiry, or to a check of one.
pub fn read(by: map::Asked, about: &About<'_>, asked: &Asked, http: u16, body: &[u8], now: Moment) -> Heard {
    map::said(about, http, body).and_then(|said| judge(by, about, asked, &said, now)).unwrap_or_else(unclear)
}

fn judge(by: map::Asked, about: &About<'_>, asked: &Asked, said: &Said<'_>, now: Moment) -> Result<Heard, Doubt> {
    match said {
        Said::Accepted { .. } => Ok(Heard::Wait),
        Said::Delivered { serial, .. } => owed(asked, *serial, now, true),
        Said::Repeated { at, state, serial } => match state {
            // Asked about earlier today, where that counts as the same purchase: it may be paid since. A check tells our own
            // question so, too.
            State::Delivered => {
                map::check_today(*at, now)?;
                let ours = by == map::Asked::Check && map::check_time(about.reference, *at, now).is_ok();
                owed(asked, *serial, now, ours)
            }
            State::Waiting => {
                map::check_time(about.reference, *at, now)?;
                Ok(Heard::Wait)
            }
            State::Failed => Err(Doubt::UnknownReason),
        },
        Said::Failed { reason: text } => match reason(text) {
            Reason::Paid => Ok(Heard::Answer(BillAnswer::NotOwed(NotOwed::Paid))),
            Reason::Number => Ok(Heard::Answer(BillAnswer::NotOwed(NotOwed::UnknownTarget))),
            known @ (Reason::Deposit | Reason::Product | Reason::Trouble) => Ok(refused(known.cause(), known.code())),
            Reason::Other => Err(Doubt::UnknownReason),
        },
        Said::Absent => Err(Doubt::Absent),
        Said::NotLetIn(door) => Ok(refused(Cause::Account, map::closed(*door))),
    }
}

fn owed(asked: &Asked, serial: Option<&str>, now: Moment, fresh: bool) -> Result<Heard, Doubt> {
    let told = serial.and_then(told).ok_or(Doubt::NoBill)?;
    if let Some(refused) = other_months(asked.months, Some(told.count)) {
        return Ok(Heard::Answer(refused));
    }
    let debt = map::rupiah(told.total)?;
    let cost = debt.checked_add(asked.fee).or(Err(Doubt::BadAmounts))?;
    let none = Money::zero(Currency::Idr);
    let bill = Bill {
        holder: Private::new(told.holder),
        lines: vec![BillLine { period: told.period.to_owned(), amount: debt, penalty: none }],
        debt,
        admin: none,
        count: told.count,
        // It does not say.
        remaining: None,
        months: asked.months,
    };
    let handle = BillHandle(String::new());
    Ok(Heard::Answer(BillAnswer::Owed(Owed { bill, cost, handle, until: end_of_day(now), fresh })))
}

struct Told<'a> {
    holder: &'a str,
    period: &'a str,
    count: u16,
    total: i64,
}

/// Cut from the right: a name may hold a slash.
fn told(serial: &str) -> Option<Told<'_>> {
    let mut parts = serial.rsplitn(4, '/').map(str::trim);
    let (total, count, period, holder) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let total = rupiah::units(total.strip_prefix("TOTAL:")?).filter(|total| *total > 0)?;
    let plain = count.bytes().all(|b| b.is_ascii_digit());
    let count = count.parse().ok().filter(|count| plain && (1..=COUNT_LIMIT).contains(count))?;
    let shown = |text: &str| !text.is_empty() && is_line(text, SHOWN_LIMIT);
    (shown(holder) && shown(period)).then_some(Told { holder, period, count, total })
}

fn refused(cause: Cause, code: &str) -> Heard {
    Heard::Answer(BillAnswer::Refused { cause, code: code.to_owned() })
}

fn unclear(doubt: Doubt) -> Heard {
    Heard::Answer(BillAnswer::Unclear { why: doubt.to_string() })
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;

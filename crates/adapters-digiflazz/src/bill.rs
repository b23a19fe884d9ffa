//! What is owed: asked, paid and asked about under one reference (Digiflazz docs, `inq-pasca`), so that there is no handle. Which fields
//! say whose it is, how much and for what (`customer_name`, `admin`, `selling_price`, `desc`), and that it is paid on the day it was
//! asked for: specified by us.

use adapters_kit::bills::{COUNT_LIMIT, one_month, other_months};
use adapters_kit::{Object, SHOWN_LIMIT, Scalar, filled, is_line, rupiah, word};
use domain::fulfilment::Cause;
use domain::supply::end_of_day;
use domain::{Bill, BillLine, Currency, Moment, Money, Private};
use ports::bill::{BillAnswer, BillHandle, BillQuery, NotOwed, Owed};

use crate::codes::Meaning;
use crate::error::Doubt;
use crate::map::{self, About};
use crate::wire::{self, Desc, Detail, Told};

/// Whether such a question can be put. How many months are wanted cannot be said.
pub fn can_ask(query: &BillQuery) -> bool {
    query.category.is_bill() && one_month(query)
}

/// Judges the reply to an inquiry; never fails, never panics.
pub fn read(about: &About<'_>, months: Option<u8>, http: u16, body: &[u8], now: Moment) -> BillAnswer {
    judge(about, months, http, body, now).unwrap_or_else(|doubt| BillAnswer::Unclear { why: doubt.to_string() })
}

fn judge(about: &About<'_>, months: Option<u8>, http: u16, body: &[u8], now: Moment) -> Result<BillAnswer, Doubt> {
    let said = map::said(http, body)?;
    let code = word(&said.rc);
    let not_owed = |why| Ok(BillAnswer::NotOwed(why));
    match (map::checked(about, http, &said)?, said.rc.as_str()) {
        (Meaning::Success, _) => owed(months, &wire::data(body).and_then(wire::read)?, now),
        (Meaning::NoBill, _) => not_owed(NotOwed::NotYet),
        (Meaning::Failed(Cause::Customer), "52" | "54" | "57") => not_owed(NotOwed::UnknownTarget),
        (Meaning::Failed(Cause::Customer), _) => not_owed(NotOwed::NotPayable),
        // An inquiry forms nothing, and its biller is closed for the night.
        (Meaning::Failed(_), "58") => Ok(BillAnswer::Refused { cause: Cause::Closed, code }),
        (Meaning::Declined(cause), _) => Ok(BillAnswer::Refused { cause, code }),
        (Meaning::Failed(_) | Meaning::Pending | Meaning::Unknown | Meaning::Unsure, _) => Err(Doubt::OutOfPlace(code)),
    }
}

fn owed(months: Option<u8>, told: &Told, now: Moment) -> Result<BillAnswer, Doubt> {
    let holder = told.customer_name.trim();
    if holder.is_empty() || !is_line(holder, SHOWN_LIMIT) {
        return Err(Doubt::Incomplete);
    }
    let none = Money::zero(Currency::Idr);
    let admin = told.admin.as_ref().map_or(Ok(none), amount)?;
    let cost = amount(&told.price)?;
    let debt = amount(&told.selling_price)?.checked_sub(admin).or(Err(Doubt::BadAmounts))?;
    if debt.minor() <= 0 || cost.is_zero() {
        return Err(Doubt::BadAmounts);
    }
    let desc = told.desc.as_ref().map(|Object(desc)| desc);
    let detail = desc.map_or(&[][..], |desc| desc.detail.as_slice());
    let (count, remaining) = numbers(desc, detail.len())?;
    if let Some(refused) = other_months(months, count) {
        return Ok(refused);
    }
    let count = count.unwrap_or(1);
    let lines = lines(detail, count, debt)?;
    let bill = Bill { holder: Private::new(holder), lines, debt, admin, count, remaining, months };
    let (handle, until) = (BillHandle(String::new()), end_of_day(now));
    Ok(BillAnswer::Owed(Owed { bill, cost, handle, until, fresh: true }))
}

fn amount(scalar: &Scalar) -> Result<Money, Doubt> {
    rupiah::money(scalar).ok_or(Doubt::BadAmounts)
}

/// Bills in this payment, and those left for another one. Where it does not say the first, its lines are counted, if it has any.
fn numbers(desc: Option<&Desc>, lines: usize) -> Result<(Option<u16>, Option<u16>), Doubt> {
    let number = |field: Option<&Scalar>| match filled(field) {
        None => Ok(None),
        Some(text) => text.parse().ok().filter(|n| *n <= COUNT_LIMIT).map(Some).ok_or(Doubt::BadAmounts),
    };
    let count = number(desc.and_then(|desc| desc.lembar_tagihan.as_ref()))?;
    let remaining = number(desc.and_then(|desc| desc.lembar_tagihan_sisa.as_ref()))?;
    let lines = Some(u16::try_from(lines).or(Err(Doubt::BadAmounts))?).filter(|lines| *lines > 0);
    if count == Some(0) { Err(Doubt::BadAmounts) } else { Ok((count.or(lines), remaining)) }
}

/// One line per bill, where it tells each. A single one is the whole debt.
fn lines(detail: &[Object<Detail>], count: u16, debt: Money) -> Result<Vec<BillLine>, Doubt> {
    let none = Money::zero(Currency::Idr);
    let mut lines = Vec::new();
    for Object(one) in detail {
        let Some(period) = filled(one.periode.as_ref()).filter(|period| is_line(period, SHOWN_LIMIT)) else {
            return Ok(Vec::new());
        };
        let bill = match one.nilai_tagihan.as_ref() {
            Some(bill) => amount(bill)?,
            None if detail.len() == 1 => debt,
            None => return Ok(Vec::new()),
        };
        let penalty = one.denda.as_ref().map_or(Ok(none), amount)?;
        lines.push(BillLine { period, amount: bill, penalty });
    }
    let sum = Money::sum(lines.iter().flat_map(|line| [line.amount, line.penalty]), Currency::Idr);
    let whole = lines.len() < usize::from(count) || sum.is_ok_and(|sum| sum == debt);
    if whole && lines.len() <= usize::from(count) { Ok(lines) } else { Err(Doubt::BadAmounts) }
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;

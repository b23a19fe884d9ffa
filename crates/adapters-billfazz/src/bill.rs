//! What is owed (specified by us): which bills are asked for, and what the reply says. Pure and suspicious: a bill that is not
//! whole, not of the number and product asked for, or whose amounts do not add up is no bill.

use adapters_kit::{Object, SHOWN_LIMIT, Scalar, filled, is_line, rupiah, word};
use domain::catalogue::Category;
use domain::{Bill, BillLine, Currency, Moment, Money, Private};
use ports::bill::{BillAnswer, BillHandle, BillQuery, Owed};

use crate::error::Doubt;
use crate::map;
use crate::wire;

/// Longer than any id of an inquiry.
const HANDLE_LIMIT: usize = 128;
/// Bills of a lifetime; a longer list is no list of bills.
const BILLS_LIMIT: usize = 600;

/// Whether BillFazz has bills of this kind.
pub const fn pays(category: Category) -> bool {
    matches!(category, Category::PlnBill | Category::Bpjs | Category::Pdam)
}

/// Months are chosen of health insurance only.
pub fn months(query: &BillQuery) -> Option<u8> {
    query.months.filter(|_| query.category == Category::Bpjs)
}

/// What a whole reply says; never fails, never panics.
pub fn read(query: &BillQuery, http: u16, body: &[u8]) -> BillAnswer {
    let told = match http {
        200 | 201 => wire::content::<wire::Bill>(body).and_then(|bill| owed(query, &bill)).map(BillAnswer::Owed),
        _ => not_owed(http, body),
    };
    told.unwrap_or_else(|doubt| BillAnswer::Unclear { why: doubt.to_string() })
}

fn not_owed(http: u16, body: &[u8]) -> Result<BillAnswer, Doubt> {
    let (meaning, refusal) = map::error(http, body)?;
    match (meaning.not_owed(), meaning.refuses_purchase()) {
        (Some(not_owed), _) => Ok(BillAnswer::NotOwed(not_owed)),
        (None, Some(cause)) => Ok(BillAnswer::Refused { cause, code: refusal.code }),
        (None, None) => Err(Doubt::OutOfPlace(word(&refusal.code))),
    }
}

fn owed(query: &BillQuery, bill: &wire::Bill) -> Result<Owed, Doubt> {
    if filled(Some(&bill.product_code)).as_deref() != Some(query.code.as_str()) {
        return Err(Doubt::OtherProduct);
    }
    // A number that came as a JSON number has lost its zeros.
    let bare = |number: &str| number.trim_start_matches('0').to_owned();
    if filled(Some(&bill.destination_no)).is_none_or(|number| bare(&number) != bare(query.target.expose())) {
        return Err(Doubt::OtherTarget);
    }
    let handle = filled(Some(&bill.inquiry_id)).filter(|id| id.len() <= HANDLE_LIMIT && is_line(id, HANDLE_LIMIT));
    let holder = filled(Some(&bill.customer_name)).filter(|name| is_line(name, SHOWN_LIMIT));
    let until = bill.expires_at.parse::<Moment>().ok();
    let (Some(handle), Some(holder), Some(until)) = (handle, holder, until) else { return Err(Doubt::Unreadable) };

    let (admin, penalty) = (optional(bill.admin_fee.as_ref())?, optional(bill.penalty.as_ref())?);
    let (billed, cost) = (amount(&bill.bill_amount)?, amount(&bill.total_amount)?);
    let debt = sum([billed, penalty])?;
    let lines = lines(&bill.bills)?;
    let adds_up = sum(lines.iter().map(|line| line.amount))? == billed
        && sum(lines.iter().map(|line| line.penalty))? == penalty
        && sum([debt, admin])? == cost;
    if !adds_up || debt.is_zero() {
        return Err(Doubt::BadSum);
    }
    let count = u16::try_from(lines.len()).or(Err(Doubt::Unreadable))?;
    // How many bills are left for another payment it does not say.
    let bill = Bill { holder: Private::new(holder), lines, debt, admin, count, remaining: None, months: months(query) };
    Ok(Owed { bill, cost, handle: BillHandle(handle), until, fresh: true })
}

fn lines(periods: &[Object<wire::Period>]) -> Result<Vec<BillLine>, Doubt> {
    if !(1..=BILLS_LIMIT).contains(&periods.len()) {
        return Err(Doubt::Unreadable);
    }
    let line = |Object(own): &Object<wire::Period>| {
        let period =
            filled(Some(&own.period)).filter(|period| is_line(period, SHOWN_LIMIT)).ok_or(Doubt::Unreadable)?;
        Ok(BillLine { period, amount: amount(&own.amount)?, penalty: optional(own.penalty.as_ref())? })
    };
    periods.iter().map(line).collect()
}

fn amount(scalar: &Scalar) -> Result<Money, Doubt> {
    rupiah::money(scalar).ok_or(Doubt::BadAmount)
}

/// What is left out is none: the sum tells whether that is true.
fn optional(scalar: Option<&Scalar>) -> Result<Money, Doubt> {
    scalar.map_or(Ok(Money::zero(Currency::Idr)), amount)
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, Doubt> {
    Money::sum(amounts, Currency::Idr).or(Err(Doubt::BadSum))
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;

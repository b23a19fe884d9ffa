//! What IAK's postpaid replies mean. Pure and suspicious, as with prepaid: the reply must name our inquiry, code and status field
//! must agree, and whatever is not documented is unclear.

use adapters_kit::{SHOWN_LIMIT, Scalar, filled, is_line, rupiah, word};
use domain::fulfilment::{Answer, BILL_NOT_PAYABLE, BILL_NOT_YET, Cause, TARGET_REJECTED};
use domain::supply::end_of_day;
use domain::{Bill, BillLine, Moment, Money, Private, Reference};
use ports::bill::{BillAnswer, BillHandle, Owed};
use serde_json::Value;

use super::codes::{self, Inquired, Paid, Status};
use super::wire::{self, Reply};
use crate::error::Doubt;

/// Most bills of one payment: a few years of months. More is no list of bills.
const MOST_BILLS: u16 = 100;
/// The longest receipt number is 32 hexadecimal digits; the rest is room.
const RECEIPT_LIMIT: usize = 200;
/// Of the numbers that IAK gives inquiries; a longer one is none.
const TR_ID_DIGITS: usize = 18;

/// The inquiry or payment a reply must speak of.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    pub code: &'a str,
    pub number: &'a Private,
    /// Of a payment: the inquiry that is paid.
    pub tr_id: Option<u64>,
}

/// What an inquiry found; never fails, never panics. `months`: as many as were asked for.
pub fn inquired(about: About<'_>, months: Option<u8>, now: Moment, http: u16, body: &[u8]) -> BillAnswer {
    let judged = read(http, body).and_then(|reply| {
        let rc = reply.rc().ok_or(Doubt::NoCode)?;
        let meaning = codes::inquired(rc).ok_or_else(|| Doubt::UnknownCode(word(rc)))?;
        check_names(about, &reply, meaning == Inquired::Owed)?;
        match meaning {
            Inquired::Owed => owed(&reply, months, now).map(BillAnswer::Owed),
            Inquired::NotOwed(why) => Ok(BillAnswer::NotOwed(why)),
            Inquired::Refused(cause) => Ok(BillAnswer::Refused { cause, code: rc.to_owned() }),
            Inquired::Nothing => Err(Doubt::OutOfPlace(word(rc))),
        }
    });
    judged.unwrap_or_else(|doubt| BillAnswer::Unclear { why: doubt.to_string() })
}

/// What became of a payment, by its own reply; never fails, never panics.
pub fn paid(about: About<'_>, http: u16, body: &[u8]) -> Answer {
    let judged = read(http, body).and_then(|reply| {
        let rc = reply.rc().ok_or(Doubt::NoCode)?;
        let meaning = codes::paid(rc).ok_or_else(|| Doubt::UnknownCode(word(rc)))?;
        let formed = matches!(meaning, Paid::Delivered | Paid::Processing | Paid::Failed);
        check_names(about, &reply, formed)?;
        // A payment's reply is documented without one; a contradiction is one all the same.
        let agrees = |status: &str| filled(reply.status.as_ref()).is_none_or(|given| given == status);
        let code = rc.to_owned();
        match meaning {
            Paid::Delivered if agrees("1") => delivered(&reply),
            Paid::Processing if agrees("3") => pending(&reply),
            Paid::Failed if agrees("2") => Ok(Answer::Failed { cause: Cause::Supplier, code }),
            Paid::Delivered | Paid::Processing | Paid::Failed => Err(Doubt::Contradiction(word(rc))),
            Paid::Refused(cause) => Ok(Answer::Refused { cause, code }),
            Paid::NotYet => Ok(refused(Cause::Customer, BILL_NOT_YET)),
            Paid::NotPayable => Ok(refused(Cause::Supplier, BILL_NOT_PAYABLE)),
            Paid::NotServed => Ok(refused(Cause::Supplier, TARGET_REJECTED)),
            Paid::Unclear => Err(Doubt::OutOfPlace(word(rc))),
        }
    });
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

fn refused(cause: Cause, code: &str) -> Answer {
    Answer::Refused { cause, code: code.to_owned() }
}

/// What became of a payment, by checkstatus; never fails, never panics.
pub fn status(about: About<'_>, http: u16, body: &[u8]) -> Answer {
    let judged = read(http, body).and_then(|reply| {
        let rc = reply.rc().ok_or(Doubt::NoCode)?;
        let meaning = codes::status(rc).ok_or_else(|| Doubt::UnknownCode(word(rc)))?;
        let tells = matches!(meaning, Status::Delivered | Status::Processing | Status::Failed);
        check_names(about, &reply, tells)?;
        if meaning == Status::NotPaid && filled(reply.ref_id.as_ref()).is_none() {
            return Err(Doubt::OtherReference);
        }
        let given = filled(reply.status.as_ref());
        match (meaning, given.as_deref()) {
            (Status::Delivered, Some("1")) => delivered(&reply),
            (Status::Processing, Some("3")) => pending(&reply),
            (Status::Failed, Some("2")) => Ok(Answer::Failed { cause: Cause::Supplier, code: rc.to_owned() }),
            (Status::NotPaid, Some("0")) | (Status::NoInquiry, None | Some("0" | "2")) => Ok(Answer::NotFound),
            (Status::Nothing, _) => Err(Doubt::OutOfPlace(word(rc))),
            _ => Err(Doubt::Contradiction(word(rc))),
        }
    });
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

fn read(http: u16, body: &[u8]) -> Result<Reply, Doubt> {
    if http == 200 { wire::reply(body) } else { Err(Doubt::Http(http)) }
}

/// What a reply names must be ours. One that speaks of what is owed or of a payment must name reference and product.
fn check_names(about: About<'_>, reply: &Reply, must: bool) -> Result<(), Doubt> {
    let ours = |given: Option<String>, own: &str| match given {
        Some(given) => given == own,
        None => !must,
    };
    if !ours(filled(reply.ref_id.as_ref()), about.reference.as_str()) {
        return Err(Doubt::OtherReference);
    }
    if !ours(filled(reply.code.as_ref()), about.code) {
        return Err(Doubt::OtherProduct);
    }
    // A number that came as a JSON number has lost its zeros; refusals name none, or 0.
    let bare = |number: &str| number.trim_start_matches('0').to_owned();
    let number = filled(reply.hp.as_ref()).map(|given| bare(&given)).filter(|given| !given.is_empty());
    if number.is_some_and(|given| given != bare(about.number.expose())) {
        return Err(Doubt::OtherTarget);
    }
    let inquiry = filled(reply.tr_id.as_ref()).filter(|given| given != "0");
    if about.tr_id.is_some_and(|own| inquiry.is_some_and(|given| given != own.to_string())) {
        return Err(Doubt::OtherReference);
    }
    Ok(())
}

/// A bill that can be paid on this day (IAK docs, code 04).
fn owed(reply: &Reply, months: Option<u8>, now: Moment) -> Result<Owed, Doubt> {
    let handle = filled(reply.tr_id.as_ref()).filter(|id| tr_id(id).is_some()).ok_or(Doubt::NoInquiryId)?;
    let (debt, admin) = (amount(reply.nominal.as_ref())?, amount(reply.admin.as_ref())?);
    let (price, cost) = (amount(reply.price.as_ref())?, amount(reply.selling_price.as_ref())?);
    let adds_up = debt.checked_add(admin) == Ok(price);
    if debt.is_zero() || cost.is_zero() || !adds_up {
        return Err(Doubt::BadPrice);
    }
    let details = details(reply.desc.as_ref());
    let lines: Option<Vec<BillLine>> = details.iter().map(line).collect();
    let bill = Bill {
        holder: Private::new(shown(reply.tr_name.as_ref()).unwrap_or_default()),
        // Half a list would be a wrong one: the sum alone is told then.
        lines: lines.unwrap_or_default(),
        debt,
        admin,
        count: count(reply, &details, months)?,
        remaining: said(reply.desc.as_ref(), "lembar_tagihan_sisa")?,
        months,
    };
    Ok(Owed { bill, cost, handle: BillHandle(handle), until: end_of_day(now), fresh: true })
}

/// IAK's number of an inquiry, as its payment names it.
pub fn tr_id(handle: &str) -> Option<u64> {
    let plain = (1..=TR_ID_DIGITS).contains(&handle.len()) && handle.bytes().all(|b| b.is_ascii_digit());
    handle.parse().ok().filter(|id| plain && *id > 0)
}

/// As many as are told one by one; else as the reply says; months where they were asked for; else one.
fn count(reply: &Reply, details: &[&Value], months: Option<u8>) -> Result<u16, Doubt> {
    let desc = reply.desc.as_ref();
    let told = match u16::try_from(details.len()) {
        Ok(0) => said(desc, "lembar_tagihan")?.or(said(desc, "bill_quantity")?).or(months.map(u16::from)).unwrap_or(1),
        Ok(told) => told,
        Err(_) => return Err(Doubt::Unreadable),
    };
    if (1..=MOST_BILLS).contains(&told) { Ok(told) } else { Err(Doubt::Unreadable) }
}

/// The bills one by one: of electricity and internet under `tagihan`, of water under `bill`.
fn details(desc: Option<&Value>) -> Vec<&Value> {
    let list = |name: &str| desc?.get(name)?.get("detail")?.as_array();
    list("tagihan").or_else(|| list("bill")).map(|lines| lines.iter().collect()).unwrap_or_default()
}

fn line(detail: &&Value) -> Option<BillLine> {
    let either = |own: &str, other: &str| scalar(detail, own).or_else(|| scalar(detail, other));
    let money = |scalar: Option<Scalar>| scalar.map_or(Some(Money::zero(domain::Currency::Idr)), |s| rupiah::money(&s));
    let amount = rupiah::money(&either("nilai_tagihan", "bill_amount")?)?;
    let other = money(scalar(detail, "misc_amount"))?;
    Some(BillLine {
        period: shown(either("periode", "period").as_ref())?,
        amount: amount.checked_add(other).ok()?,
        penalty: money(either("denda", "penalty"))?,
    })
}

fn scalar(object: &Value, name: &str) -> Option<Scalar> {
    serde_json::from_value(object.get(name)?.clone()).ok()
}

/// A number of bills, written as number or text. One that is there and is none makes the whole doubtful.
fn said(desc: Option<&Value>, name: &str) -> Result<Option<u16>, Doubt> {
    let Some(value) = desc.and_then(|desc| desc.get(name)).filter(|value| !value.is_null()) else { return Ok(None) };
    let text = serde_json::from_value::<Scalar>(value.clone()).ok().and_then(|scalar| filled(Some(&scalar)));
    let number = text.and_then(|text| text.parse::<u16>().ok()).filter(|number| *number <= MOST_BILLS);
    number.map(Some).ok_or(Doubt::Unreadable)
}

fn amount(scalar: Option<&Scalar>) -> Result<Money, Doubt> {
    scalar.and_then(rupiah::money).ok_or(Doubt::BadPrice)
}

/// What left our deposit; nothing where it is not told.
fn taken(reply: &Reply) -> Result<Option<Money>, Doubt> {
    match &reply.selling_price {
        None => Ok(None),
        Some(scalar) => rupiah::money(scalar).map(Some).ok_or(Doubt::BadPrice),
    }
}

fn delivered(reply: &Reply) -> Result<Answer, Doubt> {
    let receipt = filled(reply.noref.as_ref()).or_else(|| filled(reply.no_ref.as_ref()));
    let serial = receipt.filter(|text| is_line(text, RECEIPT_LIMIT)).map(Private::new);
    Ok(Answer::Delivered { serial, price: taken(reply)?, supplier_ref: supplier_ref(reply) })
}

fn pending(reply: &Reply) -> Result<Answer, Doubt> {
    Ok(Answer::Pending { supplier_ref: supplier_ref(reply), price: taken(reply)? })
}

fn supplier_ref(reply: &Reply) -> Option<String> {
    filled(reply.tr_id.as_ref()).filter(|id| tr_id(id).is_some())
}

/// A text that may be shown anywhere: one line, not too long.
fn shown(scalar: Option<&Scalar>) -> Option<String> {
    filled(scalar).filter(|text| is_line(text, SHOWN_LIMIT))
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

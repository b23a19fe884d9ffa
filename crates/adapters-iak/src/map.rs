//! What IAK's replies mean. Pure and suspicious: the result code and the status field must agree, the reply must name
//! our purchase, and whatever is not documented is [`Answer::Unclear`].

use adapters_kit::{filled, rupiah, word};
use domain::fulfilment::{Answer, Cause, pln_token, with_pin};
use domain::{Money, Private, Reference};

use crate::codes::{Meaning, meaning};
use crate::error::Doubt;
use crate::wire::{self, Transaction};

/// IAK's transaction numbers have some ten digits; a longer text is none.
const TR_ID_LIMIT: usize = 32;
/// The longest documented serial has some sixty characters. A longer text is none: the serial is asked for again.
const SERIAL_LIMIT: usize = 1_000;

/// What the text under judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The reply to a top-up.
    TopUp,
    /// The reply to check-status.
    Status,
    /// A callback.
    Callback,
}

/// The purchase a reply must speak of.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    /// The product code; a callback comes unasked and brings its own.
    pub code: Option<&'a str>,
}

/// Judges a reply or callback; never fails, never panics.
pub fn answer(asked: Asked, about: About<'_>, http: u16, body: &[u8]) -> Answer {
    let judged = match http {
        200 => wire::transaction(body).and_then(|transaction| judge(asked, about, &transaction)),
        400 if asked == Asked::TopUp => {
            wire::transaction(body).and_then(|transaction| bad_request(about, &transaction))
        }
        other => Err(Doubt::Http(other)),
    };
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

/// HTTP 400 to a top-up is documented as "failed, see `error_details`". With a code, the code is judged, and only a
/// refusal fits. Without one our request was malformed: ours to mend, another supplier may serve. A 400 without
/// `error_details` is some proxy's and proves nothing; neither does one to a status question.
fn bad_request(about: About<'_>, transaction: &Transaction) -> Result<Answer, Doubt> {
    if !transaction.error_details.as_ref().is_some_and(says_something) {
        return Err(Doubt::Http(400));
    }
    if transaction.rc.is_none() {
        check_names(Asked::TopUp, about, transaction, false)?;
        return Ok(Answer::Refused { cause: Cause::Us, code: "http_400".to_owned() });
    }
    match judge(Asked::TopUp, about, transaction)? {
        refusal @ (Answer::Refused { .. } | Answer::Failed { .. }) => Ok(refusal),
        Answer::Delivered { .. } | Answer::Pending { .. } | Answer::Unclear { .. } | Answer::NotFound => {
            Err(Doubt::Http(400))
        }
    }
}

fn says_something(details: &serde_json::Value) -> bool {
    use serde_json::Value;
    match details {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Judges what a transaction says.
pub fn judge(asked: Asked, about: About<'_>, transaction: &Transaction) -> Result<Answer, Doubt> {
    let rc = transaction.rc().ok_or(Doubt::NoCode)?;
    let meaning = meaning(rc).ok_or_else(|| Doubt::UnknownCode(word(rc)))?;
    check_names(asked, about, transaction, meaning.is_about_purchase())?;
    check_status(transaction, rc, meaning)?;
    let code = rc.to_owned();
    match (meaning, asked) {
        (Meaning::Delivered, _) => delivered(transaction),
        (Meaning::Processing, _) => {
            Ok(Answer::Pending { supplier_ref: supplier_ref(transaction), price: price(transaction)? })
        }
        (Meaning::FailedAtOperator, _) => Ok(Answer::Failed { cause: Cause::Supplier, code }),
        (Meaning::Declined(cause) | Meaning::TurnedAway(cause), Asked::TopUp) => Ok(Answer::Refused { cause, code }),
        (Meaning::Declined(cause), Asked::Status | Asked::Callback) => Ok(Answer::Failed { cause, code }),
        (Meaning::NoSuchTransaction, Asked::Status) => Ok(Answer::NotFound),
        (Meaning::NoSuchTransaction, Asked::TopUp | Asked::Callback)
        | (Meaning::TurnedAway(_), Asked::Status | Asked::Callback) => Err(Doubt::OutOfPlace(code)),
    }
}

/// The reference and product a reply names must be ours. One that speaks of a purchase must name them; only a declined
/// top-up may leave the product out. In a status reply the product proves that IAK looked the purchase up, since the
/// question did not hold it.
fn check_names(asked: Asked, about: About<'_>, transaction: &Transaction, must: bool) -> Result<(), Doubt> {
    match filled(transaction.ref_id.as_ref()) {
        Some(given) if given == about.reference.as_str() => {}
        None if !must => {}
        Some(_) | None => return Err(Doubt::OtherReference),
    }
    let Some(code) = about.code else { return Ok(()) };
    match filled(transaction.product_code.as_ref()) {
        Some(given) if given == code => Ok(()),
        None if !must || (asked == Asked::TopUp && said_failed(transaction)) => Ok(()),
        Some(_) | None => Err(Doubt::OtherProduct),
    }
}

fn said_failed(transaction: &Transaction) -> bool {
    filled(transaction.status.as_ref()).is_some_and(|status| status == "2")
}

fn check_status(transaction: &Transaction, rc: &str, meaning: Meaning) -> Result<(), Doubt> {
    match filled(transaction.status.as_ref()) {
        Some(status) if status == meaning.status() => Ok(()),
        None if !meaning.is_about_purchase() => Ok(()),
        Some(_) | None => Err(Doubt::Contradiction(word(rc))),
    }
}

fn delivered(transaction: &Transaction) -> Result<Answer, Doubt> {
    Ok(Answer::Delivered {
        serial: serial(transaction),
        price: price(transaction)?,
        supplier_ref: supplier_ref(transaction),
    })
}

fn price(transaction: &Transaction) -> Result<Option<Money>, Doubt> {
    match &transaction.price {
        None => Ok(None),
        Some(scalar) => rupiah::money(scalar).map(Some).ok_or(Doubt::BadPrice),
    }
}

/// IAK's `tr_id`, if it is a plain number or word.
pub fn supplier_ref(transaction: &Transaction) -> Option<String> {
    filled(transaction.tr_id.as_ref())
        .filter(|id| id.len() <= TR_ID_LIMIT && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// What the customer gets. A PLN product has its token or nothing yet; some game vouchers have a serial and a pin, and
/// the buyer needs both. Any other shape is taken as it is: it is shown whole.
fn serial(transaction: &Transaction) -> Option<Private> {
    let sn = filled(transaction.sn.as_ref());
    let is_pln = filled(transaction.product_code.as_ref()).is_some_and(|code| is_pln_token(&code));
    let text = match (sn, filled(transaction.pin.as_ref())) {
        (sn, _) if is_pln => sn.filter(|sn| pln_token(sn).is_some()),
        (Some(sn), Some(pin)) => Some(with_pin(&sn, &pin)),
        (sn, pin) => sn.or(pin),
    };
    text.filter(|text| text.len() <= SERIAL_LIMIT).map(Private::new)
}

/// IAK's electricity products are `hpln20000` and the like.
fn is_pln_token(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    code.starts_with("hpln") || code.starts_with("pln")
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

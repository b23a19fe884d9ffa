//! What Redision's replies mean. Pure and suspicious: envelope, result code and status code must agree, a reply about a purchase
//! must name ours, and whatever is not in the tables of `codes` is [`Answer::Unclear`].

use adapters_kit::{Scalar, filled, rupiah, word};
use domain::fulfilment::{Answer, Cause};
use domain::{Money, Private, Reference};

use crate::codes::{Meaning, State, meaning, state};
use crate::error::Doubt;
use crate::wire::{self, Callback, Transaction};

/// Longer than any number of a transaction.
const SUPPLIER_REF_LIMIT: usize = 64;
/// Longer than any serial. A longer text is none: the serial is asked for again.
const SERIAL_LIMIT: usize = 1_000;

/// What the text under judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The reply to a purchase.
    TopUp,
    /// The reply to a question about one.
    Check,
}

/// Judges a reply; never fails, never panics.
pub fn answer(asked: Asked, reference: &Reference, http: u16, body: &[u8]) -> Answer {
    judge(asked, reference, http, body).unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

/// Whatever was asked: it answers nobody now.
pub fn is_busy(http: u16, body: &[u8]) -> bool {
    let said = wire::envelope(body).ok().and_then(|envelope| meaning(&envelope.retcode));
    said.is_some_and(|meaning| meaning == Meaning::TurnedAway(Cause::Busy) && meaning.fits(http))
}

fn judge(asked: Asked, reference: &Reference, http: u16, body: &[u8]) -> Result<Answer, Doubt> {
    // A server's error page is told as what it is.
    if !matches!(http, 200 | 400 | 401 | 403 | 404) {
        return Err(Doubt::Http(http));
    }
    let envelope = wire::envelope(body)?;
    let code = envelope.retcode.as_str();
    let meaning = meaning(code).ok_or_else(|| Doubt::UnknownCode(word(code)))?;
    if !meaning.fits(http) {
        return Err(Doubt::Http(http));
    }
    if envelope.success != (meaning == Meaning::Accepted) {
        return Err(Doubt::Contradiction(word(code)));
    }
    let transaction: Option<Transaction> = envelope.data()?;
    let named = transaction.as_ref().and_then(|own| filled(own.merchant_transaction_id.as_ref()));
    if named.as_ref().is_some_and(|named| named != reference.as_str()) {
        return Err(Doubt::OtherReference);
    }
    let transaction = transaction.unwrap_or_default();
    let code = code.to_owned();
    match (meaning, asked) {
        (Meaning::Accepted, _) if named.is_some() => stated(&transaction),
        (Meaning::Declined(cause), Asked::Check) if named.is_some() => match stated(&transaction)? {
            Answer::Failed { .. } => Ok(Answer::Failed { cause, code }),
            _ => Err(Doubt::Contradiction(code)),
        },
        (Meaning::Accepted | Meaning::Declined(_), Asked::Check) | (Meaning::Accepted, Asked::TopUp) => {
            Err(Doubt::OtherReference)
        }
        // What was not formed has neither a state nor a number.
        (Meaning::Declined(cause) | Meaning::TurnedAway(cause), Asked::TopUp) if !is_formed(&transaction) => {
            Ok(Answer::Refused { cause, code })
        }
        (Meaning::NoSuchTransaction, Asked::Check) if !is_formed(&transaction) => Ok(Answer::NotFound),
        (Meaning::Declined(_) | Meaning::TurnedAway(_), Asked::TopUp) => Err(Doubt::Contradiction(code)),
        (Meaning::NoSuchTransaction | Meaning::TurnedAway(_) | Meaning::Unknown, _) => Err(Doubt::OutOfPlace(code)),
    }
}

fn is_formed(transaction: &Transaction) -> bool {
    let fields = [&transaction.status_code, &transaction.reference_id, &transaction.serial_number];
    fields.into_iter().any(|field| filled(field.as_ref()).is_some())
}

fn stated(transaction: &Transaction) -> Result<Answer, Doubt> {
    let status_code = filled(transaction.status_code.as_ref()).ok_or(Doubt::Unreadable)?;
    let state = state(&status_code).ok_or_else(|| Doubt::UnknownState(word(&status_code)))?;
    in_state(
        state,
        status_code,
        &Told {
            price: transaction.price.as_ref(),
            serial: transaction.serial_number.as_ref(),
            supplier_ref: transaction.reference_id.as_ref(),
        },
    )
}

/// What a callback claims: its code and its word must agree.
pub fn claim(callback: &Callback) -> Result<Answer, Doubt> {
    let status_code = filled(Some(&callback.status_code)).ok_or(Doubt::Unreadable)?;
    let state = state(&status_code).ok_or_else(|| Doubt::UnknownState(word(&status_code)))?;
    if callback.status != state.word() {
        return Err(Doubt::Contradiction(word(&status_code)));
    }
    if filled(callback.currency.as_ref()).is_some_and(|currency| currency != "IDR") {
        return Err(Doubt::BadPrice);
    }
    in_state(
        state,
        status_code,
        &Told {
            price: callback.amount.as_ref(),
            serial: callback.serial_number.as_ref(),
            supplier_ref: callback.reference_id.as_ref(),
        },
    )
}

struct Told<'a> {
    price: Option<&'a Scalar>,
    serial: Option<&'a Scalar>,
    supplier_ref: Option<&'a Scalar>,
}

/// Nothing was taken for what failed: its price is not even read.
fn in_state(state: State, code: String, told: &Told<'_>) -> Result<Answer, Doubt> {
    let supplier_ref = supplier_ref(told.supplier_ref);
    Ok(match state {
        State::Delivered => Answer::Delivered { serial: serial(told.serial), price: price(told.price)?, supplier_ref },
        State::Pending => Answer::Pending { supplier_ref, price: price(told.price)? },
        State::Failed => Answer::Failed { cause: Cause::Supplier, code },
    })
}

fn price(price: Option<&Scalar>) -> Result<Option<Money>, Doubt> {
    price.map(|price| rupiah::money(price).ok_or(Doubt::BadPrice)).transpose()
}

fn serial(serial: Option<&Scalar>) -> Option<Private> {
    filled(serial).filter(|text| text.len() <= SERIAL_LIMIT).map(Private::new)
}

/// Redision's number of a transaction, if it is a plain number or word.
pub fn supplier_ref(id: Option<&Scalar>) -> Option<String> {
    let plain = |id: &String| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    filled(id).filter(|id| id.len() <= SUPPLIER_REF_LIMIT && plain(id))
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

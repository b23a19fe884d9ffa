//! What Lapak's replies mean. Pure and suspicious: code, order and its one transaction must agree, the reply must not name
//! another reference, and whatever is not documented is [`Answer::Unclear`].

use adapters_kit::{Scalar, filled, rupiah, word};
use domain::fulfilment::{Answer, Cause, with_pin};
use domain::{Money, Private, Reference};

use crate::codes::{Meaning, meaning};
use crate::error::Doubt;
use crate::wire::{OrderData, Reply, Transaction, pin_and_serial};

/// Lapak's order numbers have some twenty letters and digits; a longer text is none.
const TID_LIMIT: usize = 32;
/// A voucher with its pin and serial has less than a hundred characters. A longer text is none: it is asked for again.
const VOUCHER_LIMIT: usize = 1_000;
/// Our word for being turned away by its number alone.
const TOO_MANY: &str = "HTTP_429";

/// What the text under judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The reply to an order.
    Order,
    /// The reply to a status question.
    Status,
    /// A callback; its body is that of a status reply (Lapak docs).
    Callback,
}

/// Judges a reply; never fails, never panics.
pub fn answer(asked: Asked, reference: &Reference, http: u16, body: &[u8]) -> Answer {
    let judged = match http {
        429 if asked == Asked::Order => Ok(Answer::Refused { cause: Cause::Busy, code: TOO_MANY.to_owned() }),
        200 | 400 | 401 => Reply::read(body).and_then(|reply| judge(asked, reference, http, &reply)),
        other => Err(Doubt::Http(other)),
    };
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

/// Judges what a whole reply says.
pub fn judge(asked: Asked, reference: &Reference, http: u16, reply: &Reply<'_>) -> Result<Answer, Doubt> {
    let shown = word(&reply.code);
    match meaning(&reply.code).ok_or_else(|| Doubt::UnknownCode(shown.clone()))? {
        Meaning::Success if http == 200 => {
            let data = reply.data::<OrderData>()?;
            check_reference(reference, &data)?;
            match asked {
                Asked::Order => accepted(&data),
                Asked::Status | Asked::Callback => state(&data),
            }
        }
        Meaning::Success => Err(Doubt::Http(http)),
        Meaning::Declined(cause) if asked == Asked::Order => {
            about_nothing(reference, reply)?;
            Ok(Answer::Refused { cause, code: reply.code.clone() })
        }
        Meaning::NoSuchOrder if asked == Asked::Status => {
            about_nothing(reference, reply)?;
            Ok(Answer::NotFound)
        }
        Meaning::Declined(_) | Meaning::NoSuchOrder | Meaning::Unsure => Err(Doubt::OutOfPlace(shown)),
    }
}

/// Accepted is not delivered (Lapak docs). Without a number of theirs nobody knows whether there is an order.
fn accepted(data: &OrderData) -> Result<Answer, Doubt> {
    let supplier_ref = Some(tid(data).ok_or(Doubt::NoTransaction)?);
    let price = data.total_price.as_ref().map(whole_rupiah).transpose()?;
    Ok(Answer::Pending { supplier_ref, price })
}

/// The state of the one article that was ordered. It stands twice, and must be the same.
fn state(data: &OrderData) -> Result<Answer, Doubt> {
    let supplier_ref = tid(data).ok_or(Doubt::NoTransaction)?;
    let [transaction] = data.transactions.as_deref().unwrap_or_default() else {
        return Err(Doubt::NotOneTransaction);
    };
    let transaction = Transaction::read(transaction)?;
    let said = |field: Option<&Scalar>| filled(field).ok_or_else(|| Doubt::UnknownStatus("?".to_owned()));
    let status = said(data.status.as_ref())?;
    if said(transaction.status.as_ref())? != status {
        return Err(Doubt::MixedStates);
    }
    match status.as_str() {
        "SUCCESS" => Ok(Answer::Delivered {
            serial: voucher(transaction.voucher_code.as_ref()),
            price: None,
            supplier_ref: Some(supplier_ref),
        }),
        "PENDING" => Ok(Answer::Pending { supplier_ref: Some(supplier_ref), price: None }),
        "REFUNDED" => Ok(Answer::Failed { cause: Cause::Supplier, code: status }),
        // Unknown words mean "wait" (Lapak docs).
        other => Err(Doubt::UnknownStatus(word(other))),
    }
}

/// A refusal that names an order contradicts itself.
fn about_nothing(reference: &Reference, reply: &Reply<'_>) -> Result<(), Doubt> {
    let data = reply.data_if_any::<OrderData>()?;
    check_reference(reference, &data)?;
    let names_an_order = data.tid.is_some() || data.transactions.is_some_and(|list| !list.is_empty());
    if names_an_order { Err(Doubt::Contradiction(word(&reply.code))) } else { Ok(()) }
}

/// Replies need not name our reference, and where one does it must be ours.
fn check_reference(reference: &Reference, data: &OrderData) -> Result<(), Doubt> {
    let ours = data.references().all(|given| given == reference.as_str());
    if ours { Ok(()) } else { Err(Doubt::OtherReference) }
}

/// Lapak's number of the order, if it is a plain number or word.
pub fn tid(data: &OrderData) -> Option<String> {
    filled(data.tid.as_ref()).filter(|id| id.len() <= TID_LIMIT && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn whole_rupiah(scalar: &Scalar) -> Result<Money, Doubt> {
    rupiah::money(scalar).ok_or(Doubt::BadPrice)
}

/// What the customer gets. The documented form is taken apart, any other shown whole; nothing yet is awaited.
fn voucher(code: Option<&Scalar>) -> Option<Private> {
    let text = filled(code).filter(|text| text.len() <= VOUCHER_LIMIT)?;
    Some(Private::new(match pin_and_serial(&text) {
        Some((pin, serial)) => with_pin(serial, pin),
        None => text,
    }))
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

//! What Digiflazz's replies mean. Pure and suspicious: code and status must agree, the reply must name our transaction, and whatever
//! is not documented is [`Answer::Unclear`].

use adapters_kit::{filled, rupiah, word};
use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause, pln_token};
use domain::{Money, Private, Reference};

use crate::codes::{Meaning, meaning};
use crate::error::Doubt;
use crate::wire::{self, Said};

/// The longest documented serial has some sixty characters. A longer text is none: it is asked for again.
const SERIAL_LIMIT: usize = 1_000;
/// Their own number of a transaction is a hash.
const TRX_ID_LIMIT: usize = 40;

/// What the text under judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The reply to a prepaid purchase.
    Purchase,
    /// The reply to the payment of a bill.
    Payment,
    /// The reply to a question about either.
    Question,
    Webhook,
}

/// Which transaction it must be about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    /// Nothing: a webhook, of which only the signature tells whose it is.
    pub code: Option<&'a str>,
    pub category: Option<Category>,
}

/// Judges a reply; never fails, never panics.
pub fn answer(asked: Asked, about: &About<'_>, http: u16, body: &[u8]) -> Answer {
    let judged = said(http, body).and_then(|said| judge(asked, about, http, &said));
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

/// With which status a refusal comes is not documented; nothing else comes with 400.
pub fn said(http: u16, body: &[u8]) -> Result<Said, Doubt> {
    match http {
        200 | 400 => wire::data(body).and_then(wire::read),
        other => Err(Doubt::Http(other)),
    }
}

/// Whatever was asked: they are asked too often.
pub fn is_too_many(http: u16, body: &[u8]) -> bool {
    said(http, body).is_ok_and(|said| meaning(&said.rc) == Some(Meaning::Declined(Cause::Busy)))
}

/// Judges what a whole reply says.
pub fn judge(asked: Asked, about: &About<'_>, http: u16, said: &Said) -> Result<Answer, Doubt> {
    let code = word(&said.rc);
    let meaning = checked(about, http, said)?;
    match (meaning, asked) {
        (Meaning::Success, _) => done(asked, about, said),
        (Meaning::Pending, _) => Ok(Answer::Pending { supplier_ref: trx_id(said), price: price(said)? }),
        (Meaning::Failed(cause), _) => Ok(Answer::Failed { cause, code }),
        (Meaning::Declined(cause), Asked::Purchase | Asked::Payment) => Ok(Answer::Refused { cause, code }),
        (Meaning::Unknown, Asked::Purchase) => Ok(Answer::Failed { cause: Cause::Supplier, code }),
        (Meaning::Unknown, Asked::Payment) => Ok(Answer::Refused { cause: Cause::Supplier, code }),
        (Meaning::Unknown, Asked::Question) => Ok(Answer::NotFound),
        (Meaning::Declined(_), Asked::Question | Asked::Webhook)
        | (Meaning::Unknown, Asked::Webhook)
        // "Paid, or not out yet": it may be paid by us.
        | (Meaning::NoBill | Meaning::Unsure, _) => Err(Doubt::OutOfPlace(code)),
    }
}

/// An inquiry is done without a serial and bears the same reference: without one no bill is held to be paid. What a webhook speaks of
/// may be such a one: it proves nothing then.
fn done(asked: Asked, about: &About<'_>, said: &Said) -> Result<Answer, Doubt> {
    let (price, supplier_ref) = (price(said)?, trx_id(said));
    let says_nothing = !has_serial(said);
    let is_bill = about.category.is_some_and(Category::is_bill);
    match asked {
        Asked::Payment if says_nothing => Ok(Answer::Pending { supplier_ref, price }),
        Asked::Question if says_nothing && is_bill => Err(Doubt::NoSerial),
        Asked::Purchase | Asked::Payment | Asked::Question | Asked::Webhook => {
            Ok(Answer::Delivered { serial: serial(about.category, said.sn.as_deref()), price, supplier_ref })
        }
    }
}

pub fn has_serial(said: &Said) -> bool {
    said.sn.as_deref().is_some_and(|sn| !sn.trim().is_empty())
}

/// What the code means, if everything in the reply agrees with it.
pub fn checked(about: &About<'_>, http: u16, said: &Said) -> Result<Meaning, Doubt> {
    let meaning = meaning(&said.rc).ok_or_else(|| Doubt::UnknownCode(word(&said.rc)))?;
    let (status, must_name) = match meaning {
        Meaning::Success => ("Sukses", true),
        Meaning::Pending => ("Pending", true),
        Meaning::Failed(_) | Meaning::Unknown | Meaning::NoBill => ("Gagal", true),
        // What was turned away at the door may name nothing.
        Meaning::Declined(_) | Meaning::Unsure => ("Gagal", false),
    };
    let agrees = said.status.as_deref().map_or(!must_name, |given| given == status);
    if !agrees {
        return Err(Doubt::Contradiction(word(&said.rc)));
    }
    if http != 200 && matches!(meaning, Meaning::Success | Meaning::Pending) {
        return Err(Doubt::Http(http));
    }
    if !said.ref_id.as_deref().map_or(!must_name, |named| named == about.reference.as_str()) {
        return Err(Doubt::OtherReference);
    }
    let named = said.buyer_sku_code.as_deref();
    let same = about.code.is_none_or(|code| named.map_or(!must_name, |named| named == code));
    if same { Ok(meaning) } else { Err(Doubt::OtherProduct) }
}

fn price(said: &Said) -> Result<Option<Money>, Doubt> {
    said.price.as_ref().map(|price| rupiah::money(price).ok_or(Doubt::BadPrice)).transpose()
}

/// Nothing yet: it is asked for again. What is no electricity token yet is none; a webhook does not say what was bought, and
/// only tokens have parts.
fn serial(category: Option<Category>, sn: Option<&str>) -> Option<Private> {
    let sn = sn.map(str::trim).filter(|sn| !sn.is_empty() && sn.len() <= SERIAL_LIMIT)?;
    let is_token = match category {
        Some(category) => category == Category::PlnToken,
        None => sn.contains('/'),
    };
    (!is_token || pln_token(sn).is_some()).then(|| Private::new(sn))
}

/// Their number, if it is a plain number or word.
pub fn trx_id(said: &Said) -> Option<String> {
    let plain = |id: &String| id.len() <= TRX_ID_LIMIT && id.bytes().all(|b| b.is_ascii_alphanumeric());
    filled(said.trx_id.as_ref()).filter(plain)
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

//! What BillFazz's replies about orders mean. Pure and suspicious: HTTP status and error code must fit each other, an order must
//! be ours and of our product, and whatever is not in the table of `codes` is [`Answer::Unclear`].

use adapters_kit::{Scalar, filled, rupiah, word};
use domain::catalogue::Category;
use domain::fulfilment::{Answer, pln_token};
use domain::{Money, Private, Reference};
use serde_json::Value;

use crate::codes::{self, Meaning, meaning};
use crate::error::Doubt;
use crate::wire::{self, Order};

/// Longer than any order's id.
const ORDER_ID_LIMIT: usize = 64;
/// Longer than any serial. A longer text is none: the serial is asked for again.
const SERIAL_LIMIT: usize = 1_000;

/// What the text under judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The reply to a purchase of prepaid goods.
    Purchase,
    /// The reply to a bill's payment.
    Payment,
    /// The reply to a question about either.
    Status,
}

/// The purchase a reply must speak of. A callback comes unasked and says neither.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    pub code: Option<&'a str>,
    pub category: Option<Category>,
}

/// Judges a reply; never fails, never panics.
pub fn answer(asked: Asked, about: About<'_>, http: u16, body: &[u8]) -> Answer {
    let judged = match (http, asked) {
        // A new order is 201, or 200: client code does not tell.
        (201, Asked::Purchase | Asked::Payment) | (200, _) => {
            wire::content::<Order<'_>>(body).and_then(|order| judge(about, &order))
        }
        _ => refused(asked, about.reference, http, body),
    };
    judged.unwrap_or_else(|doubt| Answer::Unclear { why: doubt.to_string() })
}

fn refused(asked: Asked, reference: &Reference, http: u16, body: &[u8]) -> Result<Answer, Doubt> {
    let (meaning, refusal) = error(http, body)?;
    if filled(refusal.ref_id.as_ref()).is_some_and(|named| named != reference.as_str()) {
        return Err(Doubt::OtherReference);
    }
    let code = refusal.code;
    let cause = match asked {
        Asked::Purchase => meaning.refuses_purchase(),
        Asked::Payment => meaning.refuses_payment(),
        Asked::Status if meaning == Meaning::NoSuchOrder => return Ok(Answer::NotFound),
        Asked::Status => None,
    };
    match cause {
        Some(cause) => Ok(Answer::Refused { cause, code }),
        None => Err(Doubt::OutOfPlace(code)),
    }
}

/// An error that is in the table and tells of no order.
pub fn error(http: u16, body: &[u8]) -> Result<(Meaning, wire::Refusal), Doubt> {
    if !(400..600).contains(&http) {
        return Err(Doubt::Http(http));
    }
    // A proxy's page is told as what it is.
    let refusal = wire::refusal(body).or(Err(Doubt::Http(http)))?;
    let meaning = meaning(http, &refusal.code).ok_or_else(|| Doubt::UnknownCode(http, word(&refusal.code)))?;
    if refusal.tells_an_order() {
        return Err(Doubt::OutOfPlace(refusal.code));
    }
    Ok((meaning, refusal))
}

/// Judges what an order says.
pub fn judge(about: About<'_>, order: &Order<'_>) -> Result<Answer, Doubt> {
    if filled(order.ref_id.as_ref()).is_none_or(|named| named != about.reference.as_str()) {
        return Err(Doubt::OtherReference);
    }
    let product = filled(order.product_code.as_ref());
    if about.code.is_some() && product.as_deref() != about.code {
        return Err(Doubt::OtherProduct);
    }
    let status = filled(order.status.as_ref()).ok_or(Doubt::Unreadable)?;
    let error_code = filled(order.error_code.as_ref());
    match (status.to_ascii_lowercase().as_str(), &error_code) {
        ("success" | "pending", Some(_)) => Err(Doubt::Contradiction(word(&status))),
        ("success", None) => Ok(Answer::Delivered {
            serial: serial(order, about.category),
            price: price(order)?,
            supplier_ref: order_id(order),
        }),
        ("pending", None) => Ok(Answer::Pending { supplier_ref: order_id(order), price: price(order)? }),
        // Nothing was taken for it: its price is not even read.
        ("failed", code) => {
            let (cause, code) = codes::failed(code.as_deref());
            Ok(Answer::Failed { cause, code })
        }
        _ => Err(Doubt::UnknownState(word(&status))),
    }
}

fn price(order: &Order<'_>) -> Result<Option<Money>, Doubt> {
    order.price.as_ref().map(|price| rupiah::money(price).ok_or(Doubt::BadAmount)).transpose()
}

/// BillFazz's id of an order, if it is a plain number or word.
pub fn order_id(order: &Order<'_>) -> Option<String> {
    let plain = |id: &String| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    filled(order.order_id.as_ref()).filter(|id| id.len() <= ORDER_ID_LIMIT && plain(id))
}

/// What the customer gets: of electricity its token or nothing yet, of all else the serial. Who does not know what was bought
/// takes a token for one, and nothing for a serial: it may be another number of electricity whose token is not there yet.
fn serial(order: &Order<'_>, category: Option<Category>) -> Option<Private> {
    let text = match category {
        None | Some(Category::PlnToken) => electricity(order),
        Some(_) => filled(order.sn.as_ref()),
    };
    text.filter(|text| text.len() <= SERIAL_LIMIT).map(Private::new)
}

/// `token/name/tariff/power/kWh`, as all suppliers' are read here.
fn electricity(order: &Order<'_>) -> Option<String> {
    let is_token = |text: &String| pln_token(text).is_some();
    let Some(token) = filled(order.token.as_ref()).filter(is_token) else {
        return filled(order.sn.as_ref()).filter(is_token);
    };
    let detail = order.detail();
    let power = filled(detail.power.as_ref()).map(in_volt_amperes);
    let rest: Vec<String> =
        [filled(detail.tariff.as_ref()), power, detail.kwh.as_ref().and_then(number)].into_iter().flatten().collect();
    // The name has its place, whether it is told or not.
    let name = filled(detail.customer_name.as_ref());
    match (name, rest.is_empty()) {
        (None, true) => Some(token),
        (Some(name), true) => Some(format!("{token}/{name}")),
        (name, false) => Some(format!("{token}/{}/{}", name.unwrap_or_default(), rest.join("/"))),
    }
}

/// `900` alone would be read as kWh.
fn in_volt_amperes(power: String) -> String {
    if power.bytes().all(|b| b.is_ascii_digit()) { power + "VA" } else { power }
}

fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => filled(Some(&Scalar::Text(text.clone()))),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;

//! The JSON of IAK's prepaid API v2 (IAK docs, "core"): request bodies written, replies read. Nothing is judged here.
//! No type here is printable: they hold numbers, serials and signatures in clear.

use adapters_kit::{Object, Scalar, object};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Doubt;

/// Fields whose values are hidden before anything is kept: requests, replies and callbacks. `hp` is the customer's number
/// in callbacks of accounts of the first API, and in bills; `noref` is the receipt of one.
pub const PRIVATE_FIELDS: &[&str] = &[
    "username",
    "sign",
    "customer_id",
    "hp",
    "sn",
    "pin",
    "activation_code",
    "name",
    "meter_no",
    "subscriber_id",
    "tr_name",
    "noref",
    "no_ref",
    "address",
    "alamat",
];

/// What a reply or callback tells to be private, in the forms in which its other fields may repeat it.
pub fn private_values(body: &[u8]) -> Vec<SecretString> {
    adapters_kit::private_values(PRIVATE_FIELDS, body)
}

/// The body of `POST /api/top-up`.
pub fn top_up(username: &str, reference: &str, target: &str, code: &str, sign: &str) -> Vec<u8> {
    body(&json!({
        "username": username, "ref_id": reference, "customer_id": target, "product_code": code, "sign": sign,
    }))
}

/// The body of `POST /api/check-status`.
pub fn check_status(username: &str, reference: &str, sign: &str) -> Vec<u8> {
    body(&json!({ "username": username, "ref_id": reference, "sign": sign }))
}

/// The body of `POST /api/pricelist`, asking for everything: what is switched off must be known to be off.
pub fn price_list(username: &str, sign: &str) -> Vec<u8> {
    body(&json!({ "username": username, "sign": sign, "status": "all" }))
}

/// The body of `POST /api/check-balance`.
pub fn check_balance(username: &str, sign: &str) -> Vec<u8> {
    body(&json!({ "username": username, "sign": sign }))
}

/// The body of an inquiry with these fields.
pub fn inquiry(username: &str, fields: &[(&'static str, &str)], sign: &str) -> Vec<u8> {
    let all = [("username", username), ("sign", sign)].into_iter().chain(fields.iter().copied());
    body(&Value::Object(all.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()))
}

fn body(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// One transaction, as top-up, check-status and callback tell it. A field given twice makes the body unreadable.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Transaction {
    pub ref_id: Option<Scalar>,
    pub status: Option<Scalar>,
    pub product_code: Option<Scalar>,
    pub customer_id: Option<Scalar>,
    pub price: Option<Scalar>,
    pub sn: Option<Scalar>,
    pub pin: Option<Scalar>,
    pub tr_id: Option<Scalar>,
    pub rc: Option<Scalar>,
    pub sign: Option<Scalar>,
    /// Beside HTTP status 400; its shape is not documented.
    pub error_details: Option<Value>,
}

impl Transaction {
    /// The result code. Documented as text; a number has lost its zeros and is not guessed at.
    pub fn rc(&self) -> Option<&str> {
        match &self.rc {
            Some(Scalar::Text(rc)) => Some(rc),
            Some(Scalar::Whole(_) | Scalar::Fraction) | None => None,
        }
    }
}

/// A reply to check-balance.
#[derive(Deserialize)]
pub struct Balance {
    pub rc: Option<Scalar>,
    pub balance: Option<Scalar>,
}

/// A reply to any inquiry: each has some of these.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct InquiryReply {
    pub rc: Option<Scalar>,
    pub status: Option<Scalar>,
    pub customer_id: Option<Scalar>,
    pub name: Option<Scalar>,
    pub meter_no: Option<Scalar>,
    pub subscriber_id: Option<Scalar>,
    pub segment_power: Option<Scalar>,
    /// A player's name.
    pub username: Option<Scalar>,
    /// Lines not yet looked at.
    pub servers: Option<Value>,
    #[serde(rename = "formatGameId")]
    pub format: Option<Scalar>,
    pub operator: Option<Scalar>,
}

/// What came instead of or beside a price list.
pub enum Prices {
    /// Lines not yet looked at, so that a broken one costs itself alone.
    Lines(Vec<Value>),
    /// No list, but a result code.
    Code(String),
}

/// One line of the price list.
#[derive(Deserialize)]
pub struct PriceLine {
    pub product_code: Scalar,
    /// The operator, game or biller.
    pub product_description: Scalar,
    pub product_nominal: Option<Scalar>,
    pub product_details: Option<Scalar>,
    pub product_price: Scalar,
    pub product_type: Option<Scalar>,
    pub product_category: Option<Scalar>,
    pub status: Option<Scalar>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

/// Reads the object that a reply holds under `data`.
pub fn data<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Doubt> {
    enveloped(body).map(|Object(fields)| fields)
}

fn enveloped<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Doubt> {
    object::<Envelope<T>>(body).map(|envelope| envelope.data).ok_or(Doubt::Unreadable)
}

/// Reads `{"data":{…}}` of top-up, check-status and callback.
pub fn transaction(body: &[u8]) -> Result<Transaction, Doubt> {
    data(body)
}

/// Reads the reply of check-balance.
pub fn balance(body: &[u8]) -> Result<Balance, Doubt> {
    data(body)
}

/// Reads the reply to an inquiry.
pub fn inquiry_reply(body: &[u8]) -> Result<InquiryReply, Doubt> {
    data(body)
}

/// Reads a price list in both known shapes: lines straight under `data` (the docs' sample) or under
/// `data.pricelist` (the official SDK), there with a result code beside them.
pub fn prices(body: &[u8]) -> Result<Prices, Doubt> {
    let mut fields = match enveloped::<Value>(body)? {
        Value::Array(lines) => return Ok(Prices::Lines(lines)),
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(Doubt::Unreadable),
    };
    match (fields.remove("rc"), fields.remove("pricelist")) {
        (Some(Value::String(rc)), _) if rc != "00" => Ok(Prices::Code(rc)),
        (_, Some(Value::Array(lines))) => Ok(Prices::Lines(lines)),
        _ => Err(Doubt::Unreadable),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;

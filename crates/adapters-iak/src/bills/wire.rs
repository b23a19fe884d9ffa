//! The JSON of IAK's postpaid API (IAK docs): request bodies written, replies read. Nothing is judged here. No type here is
//! printable: they hold names, numbers and receipts in clear.

use adapters_kit::Scalar;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Doubt;
use crate::wire::data;

/// The body that asks for the list, with what is switched off: that must be known to be off.
pub fn list(username: &str, sign: &str) -> Vec<u8> {
    body(json!({ "commands": "pricelist-pasca", "username": username, "sign": sign, "status": "all" }))
}

/// The body that asks what is owed. `months`: for BPJS.
pub fn inquiry(username: &str, code: &str, number: &str, reference: &str, months: Option<u8>, sign: &str) -> Vec<u8> {
    let mut fields = json!({
        "commands": "inq-pasca", "username": username, "code": code, "hp": number, "ref_id": reference, "sign": sign,
    });
    if let (Some(months), Some(fields)) = (months, fields.as_object_mut()) {
        fields.insert("month".to_owned(), json!(months));
    }
    body(fields)
}

/// The body that pays what an inquiry found.
pub fn payment(username: &str, tr_id: u64, sign: &str) -> Vec<u8> {
    body(json!({ "commands": "pay-pasca", "username": username, "tr_id": tr_id, "sign": sign }))
}

/// The body that asks how a payment stands.
pub fn check_status(username: &str, reference: &str, sign: &str) -> Vec<u8> {
    body(json!({ "commands": "checkstatus", "username": username, "ref_id": reference, "sign": sign }))
}

fn body(fields: Value) -> Vec<u8> {
    fields.to_string().into_bytes()
}

/// What inquiry, payment and checkstatus answer; each has some of these. A field given twice makes the body unreadable.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Reply {
    pub tr_id: Option<Scalar>,
    pub code: Option<Scalar>,
    /// The customer's number.
    pub hp: Option<Scalar>,
    pub tr_name: Option<Scalar>,
    pub period: Option<Scalar>,
    /// What the biller asks.
    pub nominal: Option<Scalar>,
    pub admin: Option<Scalar>,
    pub ref_id: Option<Scalar>,
    pub response_code: Option<Scalar>,
    /// `nominal` and `admin`.
    pub price: Option<Scalar>,
    /// What leaves our deposit: `price` without our commission.
    pub selling_price: Option<Scalar>,
    pub status: Option<Scalar>,
    /// The biller's receipt number. An XML sample of the docs spells it the second way.
    pub noref: Option<Scalar>,
    pub no_ref: Option<Scalar>,
    /// By product; not yet looked at.
    pub desc: Option<Value>,
}

impl Reply {
    /// The response code. Documented as text; a number has lost its zeros and is not guessed at.
    pub fn rc(&self) -> Option<&str> {
        match &self.response_code {
            Some(Scalar::Text(rc)) => Some(rc),
            Some(Scalar::Whole(_) | Scalar::Fraction) | None => None,
        }
    }
}

/// Reads `{"data":{…},"meta":[]}`.
pub fn reply(body: &[u8]) -> Result<Reply, Doubt> {
    data(body)
}

/// What came instead of or beside a list.
pub enum Bills {
    /// Lines not yet looked at, so that a broken one costs itself alone.
    Lines(Vec<Value>),
    /// No list, but a response code.
    Code(String),
}

/// Reads a list: lines under `data.pasca`.
pub fn bills(body: &[u8]) -> Result<Bills, Doubt> {
    let mut fields: serde_json::Map<String, Value> = data(body)?;
    match (fields.remove("response_code").or_else(|| fields.remove("rc")), fields.remove("pasca")) {
        (Some(Value::String(rc)), _) if rc != "00" => Ok(Bills::Code(rc)),
        (_, Some(Value::Array(lines))) => Ok(Bills::Lines(lines)),
        _ => Err(Doubt::Unreadable),
    }
}

/// One line of the list.
#[derive(Deserialize)]
pub struct BillLine {
    pub code: Scalar,
    pub name: Scalar,
    /// 1 on, 4 off.
    pub status: Option<Scalar>,
    /// What IAK puts on top, for each bill or each payment [unsure].
    pub fee: Scalar,
    /// What it leaves us of that.
    pub komisi: Option<Scalar>,
    pub r#type: Option<Scalar>,
}

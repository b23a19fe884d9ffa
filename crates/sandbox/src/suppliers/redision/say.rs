//! Redision's words: the envelope, its codes, states and serials. HTTP statuses are those seen where any were (400 for a used
//! reference and a wrong prefix, 401 for a wrong signature, 500 for a failed charge); the rest is specified by us.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use super::endings;
use crate::goods::ending::Ending;
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::{Made, fours};
use crate::goods::{Refusal, Why};

const ACCEPTED: &str = "0000";
const NOT_FOUND: &str = "E0030";
const UPSTREAM: &str = "E0050";

/// What it says to that; nothing, where it has no word.
fn retcode(why: Why) -> Option<&'static str> {
    match why {
        Why::UnknownClient => Some("E0001"),
        Why::Credentials => Some("E0002"),
        Why::Address => Some("E0003"),
        Why::OtherOperator => Some("E0010"),
        Why::UnknownProduct | Why::Closed | Why::CutOff => Some("E0011"),
        Why::Price => Some("E0012"),
        Why::Deposit => Some("E0015"),
        Why::WrongNumber | Why::NumberTooLong | Why::Blocked => Some("E0020"),
        Why::Duplicate => Some("E0023"),
        Why::Busy | Why::Maintenance => Some("E0099"),
        Why::UnknownCode => Some("E9999"),
        Why::WrongPlayer | Why::WrongUserId | Why::Repeat | Why::Malformed | Why::Failed => None,
        Why::BillPaid | Why::BillNotFound | Why::InquiryExpired => None,
    }
}

pub fn can_say(why: Why) -> bool {
    retcode(why).is_some()
}

fn message(retcode: &str) -> &'static str {
    match retcode {
        ACCEPTED => "success",
        "E0001" => "unknown client",
        "E0002" => "invalid bodysign",
        "E0003" => "ip not allowed",
        "E0010" => "prefix does not fit the sku",
        "E0011" => "sku is closed",
        "E0012" => "price is above max_price",
        "E0015" => "insufficient deposit",
        "E0020" => "invalid number",
        "E0023" => "duplicate merchant_transaction_id",
        NOT_FOUND => "transaction not found",
        UPSTREAM => "charging request failed",
        "E0099" => "maintenance",
        _ => "error",
    }
}

pub fn accepted(data: &Value) -> HttpResponse {
    envelope(StatusCode::OK, ACCEPTED, data)
}

pub fn refused(refusal: &Refusal) -> HttpResponse {
    let code = match refusal {
        Refusal::Why(why) => retcode(*why).unwrap_or("E9999"),
        Refusal::Code(code) => code,
    };
    let status = match code {
        "E0001" | "E0002" | "E0003" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    envelope(status, code, &Value::Null)
}

pub fn not_found() -> HttpResponse {
    envelope(StatusCode::BAD_REQUEST, NOT_FOUND, &Value::Null)
}

/// Nobody knows what became of it.
pub fn upstream_error() -> HttpResponse {
    envelope(StatusCode::INTERNAL_SERVER_ERROR, UPSTREAM, &Value::Null)
}

pub fn malformed() -> HttpResponse {
    HttpResponse::BadRequest().body("bad request")
}

/// How a purchase stands, as `check` says it.
pub fn report(purchase: &Purchase, now_ms: i64) -> HttpResponse {
    let (serial, _) = purchase.visible(now_ms);
    let failed = match &purchase.failed {
        Some(Refusal::Why(why)) => retcode(*why),
        Some(Refusal::Code(code)) => Some(code.as_str()),
        None => None,
    };
    let code = failed.unwrap_or(ACCEPTED);
    let data = json!({
        "reference_id": reference_id(purchase),
        "merchant_transaction_id": purchase.key.reference,
        "status_code": status_code(purchase),
        "price": purchase.price,
        "serial_number": serial,
        "reason": failed.map(message),
    });
    envelope(StatusCode::OK, code, &data)
}

pub fn reference_id(purchase: &Purchase) -> String {
    format!("RD{:010}", purchase.number)
}

pub fn status_code(purchase: &Purchase) -> u16 {
    let paid_first = matches!(Ending::of(endings::TABLE, &purchase.target), Some(Ending::PaidFirst { .. }));
    match purchase.state {
        Delivery::Pending if paid_first => 1003,
        Delivery::Pending => 1001,
        Delivery::Delivered => 1000,
        Delivery::Failed | Delivery::Reversed => 1005,
    }
}

pub fn serial(made: &Made) -> String {
    match made {
        Made::Number(digits) | Made::Wallet { digits, .. } => digits.clone(),
        Made::Token { digits, .. } => fours(digits),
        Made::Code { letters, .. } | Made::Voucher { letters, .. } => letters.clone(),
    }
}

fn envelope(status: StatusCode, retcode: &str, data: &Value) -> HttpResponse {
    HttpResponseBuilder::new(status).json(json!({
        "success": retcode == ACCEPTED,
        "retcode": retcode,
        "message": message(retcode),
        "data": data,
    }))
}

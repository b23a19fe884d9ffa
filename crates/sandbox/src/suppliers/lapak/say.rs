//! Lapak Gaming's words: codes, states, what is delivered (its documents). Which HTTP status comes with a code they do not say
//! for each; where they do not, specified by us.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::{Made, fours};
use crate::goods::{Refusal, Why};
use crate::reading::Reading;

const SUCCESS: &str = "SUCCESS";
const UNAUTHORIZED: &str = "UNAUTHORIZED";
const NOT_ALLOWED: &str = "NOT_ALLOWED";
const SYSTEM_ERROR: &str = "SYSTEM_ERROR";
const UNKNOWN_ERROR: &str = "UNKNOWN_ERROR";
pub const NOT_FOUND: &str = "TID_NOT_FOUND";
pub const USER_ID_EMPTY: &str = "USER_ID_EMPTY";
pub const USER_ID_CONTAIN_SPACE: &str = "USER_ID_CONTAIN_SPACE";
pub const INVALID_USER: &str = "INVALID_USER_ID_OR_ADDITIONAL_ID";
pub const CATEGORY_NOT_FOUND: &str = "CATEGORY_NOT_FOUND";
pub const INACTIVE: &str = "INACTIVE";

/// What it says to that; nothing, where it has no word, or says it by the HTTP status.
pub fn code(why: Why) -> Option<&'static str> {
    match why {
        Why::UnknownProduct => Some("PRODUCT_NOT_FOUND"),
        Why::Closed => Some("PRODUCT_EMPTY"),
        Why::Maintenance => Some("PROVIDER_INACTIVE"),
        Why::WrongNumber | Why::NumberTooLong | Why::OtherOperator | Why::WrongPlayer | Why::WrongUserId => {
            Some(INVALID_USER)
        }
        Why::Deposit => Some("INSUFFICIENT_BALANCE"),
        Why::Price => Some("PRICE_NOT_MATCH"),
        Why::Credentials | Why::UnknownClient => Some(UNAUTHORIZED),
        Why::Address => Some(NOT_ALLOWED),
        Why::Malformed => Some("BAD_REQUEST"),
        Why::UnknownCode => Some("SOMETHING_NEW"),
        Why::Busy | Why::Blocked | Why::Repeat | Why::Duplicate | Why::CutOff | Why::Failed => None,
        Why::BillPaid | Why::BillNotFound | Why::InquiryExpired => None,
    }
}

pub fn success(data: &Value) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "code": SUCCESS, "data": data }))
}

pub fn refused(refusal: &Refusal, reading: Reading) -> HttpResponse {
    let code = match refusal {
        Refusal::Why(Why::Busy) => return HttpResponse::TooManyRequests().body("Too Many Requests"),
        Refusal::Why(why) => code(*why).unwrap_or(UNKNOWN_ERROR),
        Refusal::Code(code) => code,
    };
    let status = match code {
        UNAUTHORIZED | NOT_ALLOWED => StatusCode::UNAUTHORIZED,
        SYSTEM_ERROR | UNKNOWN_ERROR => StatusCode::INTERNAL_SERVER_ERROR,
        _ => reading.pick(StatusCode::BAD_REQUEST, StatusCode::OK),
    };
    HttpResponseBuilder::new(status).json(json!({ "code": code, "data": Value::Null }))
}

/// How an order stands, as `order_status` and the callback say it.
pub fn report(purchase: &Purchase, now_ms: i64) -> Value {
    let status = match purchase.state {
        Delivery::Pending => "PENDING",
        Delivery::Delivered => SUCCESS,
        Delivery::Failed | Delivery::Reversed => "REFUNDED",
    };
    let note = match (&purchase.failed, purchase.state) {
        (Some(Refusal::Code(code)), _) => code,
        (Some(Refusal::Why(_)), _) => "stok habis",
        (None, Delivery::Delivered) => "sent",
        (None, _) => "",
    };
    let transaction = json!({
        "id": purchase.number,
        "status": status,
        "note": note,
        "voucher_code": voucher_code(purchase, now_ms),
    });
    json!({ "code": SUCCESS, "data": { "tid": tid(purchase), "status": status, "transactions": [transaction] } })
}

/// Free text, with a tab in it.
fn voucher_code(purchase: &Purchase, now_ms: i64) -> String {
    match purchase.visible(now_ms) {
        (Some(serial), Some(pin)) => format!("PIN : {pin}\tSerial : {serial}"),
        (Some(serial), None) => serial.to_owned(),
        (None, _) => String::new(),
    }
}

pub fn tid(purchase: &Purchase) -> String {
    format!("RA{:012}", purchase.number)
}

pub fn serial(made: &Made) -> (String, Option<String>) {
    match made {
        Made::Number(_) | Made::Token { .. } | Made::Wallet { .. } => (String::new(), None),
        Made::Code { letters, .. } => (fours(letters), None),
        Made::Voucher { letters, .. } => {
            let digits = letters.bytes().map(|letter| char::from(b'0' + letter % 10)).collect();
            (digits, Some(letters.clone()))
        }
    }
}

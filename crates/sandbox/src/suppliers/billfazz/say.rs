//! BillFazz's words: error codes and their HTTP statuses, orders, serials; specified by us.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::faults::Provider;
use crate::goods::catalogue::Kind;
use crate::goods::offers::{self, Offer};
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::{self, Made};
use crate::goods::{Refusal, Why, bills};
use crate::reading::Reading;

const INTERNAL: &str = "INTERNAL";
const NO_ORDER: &str = "ORDER_NOT_FOUND";
const MISMATCH: &str = "REF_MISMATCH";
const DUPLICATE: &str = "DUPLICATE_REF";
const BUSY: &str = "TOO_MANY_REQUESTS";
/// Seconds, with [`BUSY`].
const PAUSE_S: &str = "10";
/// Of every household.
const TARIFF: &str = "R1M";
const POWER: &str = "900VA";

/// What it says to that; nothing, where it has no word.
pub fn code(why: Why) -> Option<&'static str> {
    match why {
        Why::UnknownClient | Why::Credentials => Some("INVALID_CREDENTIAL"),
        Why::Address => Some("IP_NOT_ALLOWED"),
        Why::WrongNumber | Why::NumberTooLong | Why::OtherOperator | Why::Blocked => Some("INVALID_DESTINATION"),
        Why::UnknownProduct => Some("PRODUCT_NOT_FOUND"),
        Why::Closed => Some("PRODUCT_INACTIVE"),
        Why::Maintenance => Some("PRODUCT_PROBLEM"),
        Why::Deposit => Some("INSUFFICIENT_DEPOSIT"),
        Why::BillPaid => Some("BILL_ALREADY_PAID"),
        Why::BillNotFound => Some("BILL_NOT_FOUND"),
        Why::InquiryExpired => Some("INQUIRY_EXPIRED"),
        Why::CutOff => Some("CUTOFF"),
        Why::Busy => Some(BUSY),
        Why::Duplicate => Some(DUPLICATE),
        Why::UnknownCode => Some("SOMETHING_NEW"),
        Why::WrongPlayer | Why::WrongUserId | Why::Repeat | Why::Price | Why::Malformed | Why::Failed => None,
    }
}

fn status(code: &str) -> StatusCode {
    match code {
        "INVALID_CREDENTIAL" => StatusCode::UNAUTHORIZED,
        "INSUFFICIENT_DEPOSIT" => StatusCode::PAYMENT_REQUIRED,
        "IP_NOT_ALLOWED" => StatusCode::FORBIDDEN,
        "PRODUCT_NOT_FOUND" | "BILL_NOT_FOUND" | NO_ORDER => StatusCode::NOT_FOUND,
        DUPLICATE | MISMATCH => StatusCode::CONFLICT,
        "INQUIRY_EXPIRED" => StatusCode::GONE,
        BUSY => StatusCode::TOO_MANY_REQUESTS,
        "PRODUCT_PROBLEM" | "CUTOFF" => StatusCode::SERVICE_UNAVAILABLE,
        INTERNAL => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn message(code: &str) -> String {
    code.to_lowercase().replace('_', " ")
}

fn error(code: &str, order: Option<Value>) -> HttpResponse {
    let mut body = json!({ "code": code, "message": message(code) });
    if let (Some(order), Some(fields)) = (order, body.as_object_mut()) {
        fields.insert("order".to_owned(), order);
    }
    let mut reply = HttpResponseBuilder::new(status(code));
    if code == BUSY {
        reply.insert_header((RETRY_AFTER, PAUSE_S));
    }
    reply.json(body)
}

fn word(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::Why(why) => code(*why).unwrap_or(INTERNAL),
        Refusal::Code(code) => code,
    }
}

pub fn refused(refusal: &Refusal) -> HttpResponse {
    error(word(refusal), None)
}

/// A reference that was used: for the same, with what became of it; for something else, without.
pub fn duplicate(original: Option<Value>) -> HttpResponse {
    error(if original.is_some() { DUPLICATE } else { MISMATCH }, original)
}

pub fn no_order() -> HttpResponse {
    error(NO_ORDER, None)
}

/// Nobody knows what became of it.
pub fn internal() -> HttpResponse {
    error(INTERNAL, None)
}

pub fn malformed() -> HttpResponse {
    HttpResponse::BadRequest().body("bad request")
}

/// An order that was just made.
pub fn created(order: Value, reading: Reading) -> HttpResponse {
    match reading {
        Reading::Likely => HttpResponse::Created().json(order),
        Reading::Other => HttpResponse::Ok().json(json!({ "data": order })),
    }
}

/// An order somebody asked for by its reference.
pub fn found(order: Value, reading: Reading) -> HttpResponse {
    HttpResponse::Ok().json(reading.pick(order.clone(), json!({ "data": [order] })))
}

/// An order as it stands.
pub fn order(purchase: &Purchase, reading: Reading, now_ms: i64) -> Value {
    let offer = offers::find(Provider::Billfazz, &purchase.product);
    let (serial, _) = purchase.visible(now_ms);
    let is_token = offer.is_some_and(|offer| offer.goods.kind == Kind::PlnToken);
    let status = match purchase.state {
        Delivery::Pending => "pending",
        Delivery::Delivered => "success",
        Delivery::Failed | Delivery::Reversed => "failed",
    };
    let failed = purchase.failed.as_ref();
    let failed = failed.filter(|refusal| !matches!(refusal, Refusal::Why(why) if code(*why).is_none())).map(word);
    json!({
        "orderId": order_id(purchase),
        "refId": purchase.key.reference,
        "productCode": purchase.product,
        "destinationNo": purchase.target,
        "price": purchase.price,
        "adminPrice": offer.map_or(0, |offer| admin(offer, purchase)),
        "status": reading.pick(status.to_owned(), status.to_uppercase()),
        // A token has a number of its own besides.
        "sn": if is_token { serial.map(|_| format!("{:012}", purchase.number)) } else { serial.map(str::to_owned) },
        "token": serial.filter(|_| is_token),
        "detail": offer.filter(|_| is_token && serial.is_some()).map(|offer| meter(offer, purchase, now_ms)),
        "message": failed.map_or_else(|| status.to_owned(), message),
        "errorCode": failed,
        "createdAt": rfc3339(purchase.formed_ms),
        "updatedAt": rfc3339(purchase.settled_ms.unwrap_or(purchase.formed_ms)),
    })
}

fn admin(offer: &Offer, purchase: &Purchase) -> i64 {
    let bills = purchase.bills.as_ref().map_or(0, |bills| bills.periods.len());
    offer.price * i64::try_from(bills).unwrap_or(0)
}

fn meter(offer: &Offer, purchase: &Purchase, now_ms: i64) -> Value {
    let made = serial::make(&purchase.key, Some(offer), now_ms);
    let kwh = if let Made::Token { kwh, .. } = made { Some(kwh) } else { None };
    json!({
        "customerName": bills::holder(bills::ELECTRICITY, &purchase.target),
        "tariff": TARIFF,
        "power": POWER,
        "kwh": kwh,
    })
}

/// Who has a number. What the name is called is not known.
pub fn holder(holder: &str, kind: Kind, target: &str, reading: Reading) -> Value {
    let of_meters = |word: &'static str| Some(word).filter(|_| kind == Kind::PlnToken);
    json!({
        (reading.pick("customerName", "name")): holder,
        "destinationNo": target,
        "tariff": of_meters(TARIFF),
        "power": of_meters(POWER),
    })
}

pub fn order_id(purchase: &Purchase) -> String {
    format!("BF{:010}", purchase.number)
}

pub fn serial(made: &Made) -> String {
    match made {
        Made::Number(digits) | Made::Token { digits, .. } | Made::Wallet { digits, .. } => digits.clone(),
        Made::Code { letters, .. } | Made::Voucher { letters, .. } => letters.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_status_that_was_specified() {
        for (why, expected) in [
            (Why::Credentials, 401),
            (Why::Deposit, 402),
            (Why::Address, 403),
            (Why::UnknownProduct, 404),
            (Why::BillNotFound, 404),
            (Why::Duplicate, 409),
            (Why::InquiryExpired, 410),
            (Why::WrongNumber, 422),
            (Why::Closed, 422),
            (Why::BillPaid, 422),
            (Why::Busy, 429),
            (Why::Maintenance, 503),
            (Why::CutOff, 503),
        ] {
            assert_eq!(refused(&Refusal::Why(why)).status(), expected, "{why:?}");
        }
        assert_eq!((internal().status().as_u16(), no_order().status().as_u16()), (500, 404));
        assert_eq!(refused(&Refusal::Why(Why::Busy)).headers().get("retry-after").unwrap(), "10");
    }
}

//! BillFazz's JSON: request bodies written, replies read. Fields of requests and of the price list were seen in public client
//! code; orders, bills and errors are specified by us. Nothing is judged here. No type here is printable: they hold numbers,
//! names and serials in clear.

use adapters_kit::{Object, Scalar, object};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::Doubt;

/// Fields whose values are hidden before anything is kept: requests, replies and callbacks.
pub const PRIVATE_FIELDS: &[&str] = &["destinationNo", "customerName", "name", "sn", "token"];

/// What a reply or callback tells to be private, in the forms in which its other fields may repeat it.
pub fn private_values(body: &[u8]) -> Vec<SecretString> {
    adapters_kit::private_values(PRIVATE_FIELDS, body)
}

pub const PREPAID_INFO: &str = "/prepaid/info";
pub const PREPAID_PAYMENT: &str = "/prepaid/payment";
pub const POSTPAID_INQUIRY: &str = "/postpaid/inquiry";
pub const POSTPAID_PAYMENT: &str = "/postpaid/payment";
pub const BALANCE: &str = "/app/deposits/balance";

/// Where the list of one kind is.
pub const fn products_path(postpaid: bool) -> &'static str {
    if postpaid { "/products/client?type=postpaid" } else { "/products/client?type=prepaid" }
}

/// Where an order is asked about by our reference, which has letters and digits only.
pub fn order_path(reference: &str) -> String {
    format!("/orders?refId={reference}")
}

/// The body of a purchase.
pub fn prepaid_payment(destination: &str, reference: &str, code: &str, callback_url: &str) -> Vec<u8> {
    body(&json!({
        "destinationNo": destination, "refId": reference, "productCode": code, "callbackUrl": callback_url,
    }))
}

/// The body of the question what is owed. `month`: how many months, of health insurance.
pub fn postpaid_inquiry(destination: &str, code: &str, month: Option<u8>) -> Vec<u8> {
    match month {
        Some(month) => body(&json!({ "destinationNo": destination, "productCode": code, "month": month })),
        None => body(&json!({ "destinationNo": destination, "productCode": code })),
    }
}

/// The body of a bill's payment.
pub fn postpaid_payment(inquiry: &str, reference: &str, callback_url: &str) -> Vec<u8> {
    body(&json!({ "inquiryId": inquiry, "refId": reference, "callbackUrl": callback_url }))
}

/// The body of the question whose meter or wallet this is.
pub fn prepaid_info(destination: &str, kind: &str) -> Vec<u8> {
    body(&json!({ "destinationNo": destination, "type": kind }))
}

fn body(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// One order, as a payment, a question about it and a callback tell it. A field given twice makes the body unreadable.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Order<'a> {
    pub order_id: Option<Scalar>,
    pub ref_id: Option<Scalar>,
    pub product_code: Option<Scalar>,
    /// What leaves our deposit; of a bill with its fee.
    pub price: Option<Scalar>,
    pub status: Option<Scalar>,
    pub sn: Option<Scalar>,
    /// Of electricity.
    pub token: Option<Scalar>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    pub error_code: Option<Scalar>,
}

/// What is told of an electricity customer beside the token.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Detail {
    pub customer_name: Option<Scalar>,
    pub tariff: Option<Scalar>,
    pub power: Option<Scalar>,
    /// A number with a fraction, or a text.
    pub kwh: Option<Value>,
}

impl Order<'_> {
    /// Nothing in it is needed: what is of another shape is let be.
    pub fn detail(&self) -> Detail {
        self.detail.and_then(|text| object(text.get().as_bytes())).unwrap_or_default()
    }
}

/// An error, with what would contradict that nothing was formed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    pub code: String,
    #[serde(default)]
    pub ref_id: Option<Scalar>,
    #[serde(default)]
    order_id: Option<Value>,
    #[serde(default)]
    order: Option<Value>,
}

impl Refusal {
    /// Whether an order is told beside.
    pub const fn tells_an_order(&self) -> bool {
        self.order_id.is_some() || self.order.is_some()
    }
}

/// What is owed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    pub inquiry_id: Scalar,
    pub product_code: Scalar,
    pub destination_no: Scalar,
    pub customer_name: Scalar,
    pub bill_amount: Scalar,
    pub admin_fee: Option<Scalar>,
    pub penalty: Option<Scalar>,
    pub total_amount: Scalar,
    pub bills: Vec<Object<Period>>,
    pub expires_at: String,
}

/// One of the bills that are paid together.
#[derive(Deserialize)]
pub struct Period {
    pub period: Scalar,
    pub amount: Scalar,
    pub penalty: Option<Scalar>,
}

/// Whose meter or wallet it is: the field's name is not known for sure.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Info {
    pub destination_no: Option<Scalar>,
    pub customer_name: Option<Scalar>,
    pub name: Option<Scalar>,
}

#[derive(Deserialize)]
pub struct Balance {
    pub balance: Option<Scalar>,
}

/// A price list. Its lines are not yet looked at, so that a broken one costs itself alone.
#[derive(Deserialize)]
pub struct Products {
    pub data: Vec<Value>,
}

/// One line of the price list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceLine {
    pub code: Scalar,
    pub name: Scalar,
    pub description: Option<Scalar>,
    #[serde(rename = "type")]
    pub kind: Scalar,
    pub operator_code: Scalar,
    pub admin_price: Option<Scalar>,
    pub sell_price: Option<Scalar>,
    pub active: Option<Value>,
    pub problem: Option<Value>,
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// Reads what stands bare, under `data`, or as the only one of a list there. Client code does not tell which it is.
pub fn content<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Doubt> {
    let wrapped: Wrapped<'de> = object(body).ok_or(Doubt::Unreadable)?;
    let inner = wrapped.data.map_or(body, |data| data.get().as_bytes());
    if !inner.starts_with(b"[") {
        return object(inner).ok_or(Doubt::Unreadable);
    }
    let all: Vec<&'de RawValue> = serde_json::from_slice(inner).or(Err(Doubt::Unreadable))?;
    match all.as_slice() {
        [one] => object(one.get().as_bytes()).ok_or(Doubt::Unreadable),
        _ => Err(Doubt::Unreadable),
    }
}

/// Reads an error, which must be the whole body.
pub fn refusal(body: &[u8]) -> Result<Refusal, Doubt> {
    object(body).ok_or(Doubt::Unreadable)
}

/// Reads a price list.
pub fn products(body: &[u8]) -> Result<Products, Doubt> {
    object(body).ok_or(Doubt::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: Vec<u8>) -> String {
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn requests_carry_exactly_the_fields_seen() {
        let url = "https://shop.example/webhooks/billfazz/callback";
        assert_eq!(
            text(prepaid_payment("081234567890", "R", "TLKM5", url)),
            format!(r#"{{"callbackUrl":"{url}","destinationNo":"081234567890","productCode":"TLKM5","refId":"R"}}"#)
        );
        assert_eq!(
            text(postpaid_payment("i-1", "R", url)),
            format!(r#"{{"callbackUrl":"{url}","inquiryId":"i-1","refId":"R"}}"#)
        );
        assert_eq!(
            text(postpaid_inquiry("8800112233445", "BPJSKS", Some(3))),
            r#"{"destinationNo":"8800112233445","month":3,"productCode":"BPJSKS"}"#
        );
        assert_eq!(
            text(postpaid_inquiry("530000000001", "PLN", None)),
            r#"{"destinationNo":"530000000001","productCode":"PLN"}"#
        );
        assert_eq!(text(prepaid_info("12345678901", "pln")), r#"{"destinationNo":"12345678901","type":"pln"}"#);
        assert_eq!(order_path("R"), "/orders?refId=R");
    }

    #[test]
    fn an_order_is_read_bare_under_data_and_alone_in_a_list() {
        let reference = |body: &str| {
            let order = content::<Order<'_>>(body.as_bytes()).ok()?;
            order.ref_id.and_then(|own| own.text().map(std::borrow::Cow::into_owned))
        };
        for body in [
            r#"{"refId":"R"}"#,
            r#"{"data":{"refId":"R"}}"#,
            r#"{"data":[{"refId":"R"}],"meta":{}}"#,
            r#"{"refId":"R","data":null}"#,
        ] {
            assert_eq!(reference(body).as_deref(), Some("R"), "{body}");
        }
        for body in [
            "",
            "[]",
            r#"[{"refId":"R"}]"#,
            r#"{"data":[]}"#,
            r#"{"data":[{"refId":"R"},{"refId":"R"}]}"#,
            r#"{"data":[["bf-1","R","TLKM5"]]}"#,
            r#"{"data":"R"}"#,
            r#"{"data":7}"#,
            r#"{"refId":"A","refId":"R"}"#,
            r#"{"data":{"refId":"A","refId":"R"}}"#,
            r#"{"data":{"refId":"A"},"data":{"refId":"R"}}"#,
            r#"{"refId":["R"]}"#,
            "{\"refId\":\"R\"} x",
        ] {
            assert_eq!(reference(body), None, "{body}");
        }
    }
}

//! Redision's JSON: request bodies written, the envelope and what is in it read. The envelope is that of its payment API, seen
//! in public client code; the calls are specified by us. Nothing is judged here. No type here is printable: they hold numbers
//! and serials in clear.

use adapters_kit::{Scalar, object};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::Doubt;

pub const PRODUCTS: &str = "/api/v1/products";
pub const TOPUP: &str = "/api/v1/topup";
pub const BALANCE: &str = "/api/v1/balance";

/// Fields whose values are hidden before anything is kept: requests, replies and callbacks. In a callback `user_id`,
/// `user_mdn` and `customer_name` are the customer's, and `app_id` is our account.
pub const PRIVATE_FIELDS: &[&str] = &[
    "msisdn",
    "user_id",
    "user_mdn",
    "customer_name",
    "serial_number",
    "app_id",
    "client_appkey",
    "appkey",
    "bodysign",
];

/// What a reply or callback tells to be private, in the forms in which its other fields may repeat it.
pub fn private_values(body: &[u8]) -> Vec<SecretString> {
    adapters_kit::private_values(PRIVATE_FIELDS, body)
}

/// Where a purchase is asked about.
pub fn check_path(reference: &str) -> String {
    format!("/api/v1/check/{reference}")
}

/// The body of a call that asks for everything.
pub fn nothing() -> Vec<u8> {
    body(&json!({}))
}

/// The body of a purchase. `max_price`: whole rupiah, above which nothing is bought.
pub fn top_up(reference: &str, sku: &str, msisdn: &str, max_price: i64, notification_url: &str) -> Vec<u8> {
    body(&json!({
        "merchant_transaction_id": reference, "sku": sku, "msisdn": msisdn, "max_price": max_price,
        "notification_url": notification_url,
    }))
}

fn body(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Any reply. A field given twice makes it unreadable, here and in what is in it.
#[derive(Deserialize)]
pub struct Envelope<'a> {
    pub success: bool,
    pub retcode: String,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// What is in it. Nothing, where it is left out, null, or the empty list that PHP makes of nothing.
    pub fn data<'de, T: Deserialize<'de>>(&'de self) -> Result<Option<T>, Doubt> {
        match self.data.map(RawValue::get) {
            None | Some("null" | "[]") => Ok(None),
            Some(text) => object(text.as_bytes()).map(Some).ok_or(Doubt::Unreadable),
        }
    }
}

pub fn envelope(body: &[u8]) -> Result<Envelope<'_>, Doubt> {
    object(body).ok_or(Doubt::Unreadable)
}

/// One purchase, as a purchase and a check tell it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Transaction {
    pub merchant_transaction_id: Option<Scalar>,
    pub reference_id: Option<Scalar>,
    pub status_code: Option<Scalar>,
    pub price: Option<Scalar>,
    pub serial_number: Option<Scalar>,
}

/// A callback, as far as it is read. Its amount is a number for some merchants and a text for others.
#[derive(Deserialize)]
pub struct Callback {
    pub merchant_transaction_id: String,
    pub status_code: Scalar,
    pub status: String,
    #[serde(default)]
    pub amount: Option<Scalar>,
    #[serde(default)]
    pub currency: Option<Scalar>,
    #[serde(default)]
    pub reference_id: Option<Scalar>,
    #[serde(default)]
    pub serial_number: Option<Scalar>,
    /// Some have it.
    #[serde(default)]
    pub app_id: Option<Scalar>,
}

pub fn callback(body: &[u8]) -> Result<Callback, Doubt> {
    object(body).ok_or(Doubt::Unreadable)
}

/// A price list. Its lines are not yet looked at, so that a broken one costs itself alone.
#[derive(Deserialize)]
pub struct Products {
    pub products: Vec<Value>,
}

/// One line of the price list.
#[derive(Deserialize)]
pub struct PriceLine {
    pub sku: Scalar,
    pub name: Scalar,
    pub category: Scalar,
    pub operator: Scalar,
    pub price: Option<Scalar>,
    pub status: Option<Scalar>,
    pub cutoff_start: Option<Scalar>,
    pub cutoff_end: Option<Scalar>,
}

#[derive(Deserialize)]
pub struct Balance {
    pub balance: Option<Scalar>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_carry_exactly_the_specified_fields() {
        let text = |body: Vec<u8>| String::from_utf8(body).unwrap();
        assert_eq!(
            text(top_up("R", "TS10", "081234567890", 10_350, "https://shop.example/webhooks/redision/callback")),
            r#"{"max_price":10350,"merchant_transaction_id":"R","msisdn":"081234567890","notification_url":"https://shop.example/webhooks/redision/callback","sku":"TS10"}"#
        );
        assert_eq!(text(nothing()), "{}");
        assert_eq!(check_path("R"), "/api/v1/check/R");
    }

    #[test]
    fn a_field_given_twice_is_unreadable_wherever_it_stands() {
        for body in [
            r#"{"success":false,"success":true,"retcode":"0000"}"#,
            r#"{"success":true,"retcode":"E0012","retcode":"0000"}"#,
            r#"{"success":true,"retcode":"0000","data":{"status_code":1005},"data":{"status_code":1000}}"#,
        ] {
            assert!(envelope(body.as_bytes()).is_err(), "{body}");
        }
        let inner = envelope(br#"{"success":true,"retcode":"0000","data":{"status_code":1005,"status_code":1000}}"#);
        assert!(inner.unwrap().data::<Transaction>().is_err());
    }

    /// serde fills a structure from a list as well.
    #[test]
    fn a_list_is_no_reply() {
        assert!(envelope(br#"[false,"E0030",null]"#).is_err());
        assert!(callback(br#"["AAAAAAAAAAAAAAAAAAA2",1000,"success","10350","IDR","RD1","77",null]"#).is_err());
    }

    #[test]
    fn nothing_in_it_is_written_in_three_ways() {
        for body in [
            r#"{"success":false,"retcode":"E0030"}"#,
            r#"{"success":false,"retcode":"E0030","data":null}"#,
            r#"{"success":false,"retcode":"E0030","data":[]}"#,
        ] {
            assert!(envelope(body.as_bytes()).unwrap().data::<Transaction>().unwrap().is_none(), "{body}");
        }
        for body in
            [r#"{"success":false,"retcode":"E0030","data":7}"#, r#"{"success":false,"retcode":"E0030","data":"x"}"#]
        {
            assert!(envelope(body.as_bytes()).unwrap().data::<Transaction>().is_err(), "{body}");
        }
    }
}

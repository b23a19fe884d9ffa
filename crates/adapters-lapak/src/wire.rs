//! The JSON of Lapak's reseller API (Lapak docs): request bodies written, replies read. Nothing is judged here.
//! No type here is printable: they hold players, numbers and voucher codes in clear.

use adapters_kit::{Object, Scalar, filled, object};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::Doubt;

/// Fields whose values are hidden before anything is kept. `note` is free text.
pub const PRIVATE_FIELDS: &[&str] = &["user_id", "additional_id", "voucher_code", "note", "name"];
/// Those of them whose values are looked for in the rest of a reply as well.
const VALUE_FIELDS: &[&str] = &["user_id", "additional_id", "voucher_code", "name"];
/// Of a private value that is looked for elsewhere: a shorter one stands in every text by chance.
const SHORTEST_VALUE: usize = 4;

/// Lapak sells in several countries; we sell what is for this one.
pub const COUNTRY: &str = "id";
/// Word of a reply to anything that worked.
pub const SUCCESS: &str = "SUCCESS";

/// One order. Optional fields are left out, as the docs' own sample does.
pub struct Order<'a> {
    pub user_id: &'a str,
    /// Zone or server.
    pub additional_id: Option<&'a str>,
    pub code: &'a str,
    pub reference: &'a str,
    /// Whole rupiah. With it, the order is refused if the price is another.
    pub price: Option<i64>,
    pub callback_url: &'a str,
    pub end_user_ip: Option<String>,
}

/// The body of `POST /api/order`. Always one article: several may be delivered in part.
pub fn order(order: &Order<'_>) -> Vec<u8> {
    let mut fields = json!({
        "user_id": order.user_id, "count_order": 1, "product_code": order.code, "country_code": COUNTRY,
        "partner_reference_id": order.reference, "override_callback_url": order.callback_url,
    });
    let optional = [
        ("additional_id", order.additional_id.map(Value::from)),
        ("price", order.price.map(Value::from)),
        ("end_user_ip_address", order.end_user_ip.clone().map(Value::from)),
    ];
    if let Value::Object(fields) = &mut fields {
        fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    body(&fields)
}

/// The body of `POST /api/uid-check`.
pub fn uid_check(category: &str, user_id: &str, additional_id: Option<&str>) -> Vec<u8> {
    body(&json!({ "category_code": category, "user_id": user_id, "additional_id": additional_id.unwrap_or_default() }))
}

fn body(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Any reply and callback. A field given twice makes it unreadable.
#[derive(Deserialize)]
pub struct Reply<'a> {
    pub code: String,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl<'a> Reply<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Doubt> {
        object(bytes).ok_or(Doubt::Unreadable)
    }

    /// What the reply is about.
    pub fn data<T: Deserialize<'a>>(&self) -> Result<T, Doubt> {
        let raw = self.data.ok_or(Doubt::Unreadable)?;
        object(raw.get().as_bytes()).ok_or(Doubt::Unreadable)
    }

    /// The same where refusals have none: they come with `null`, an empty list or nothing.
    pub fn data_if_any<T: Deserialize<'a> + Default>(&self) -> Result<T, Doubt> {
        match self.data {
            Some(raw) if raw.get().starts_with('{') => self.data(),
            Some(_) | None => Ok(T::default()),
        }
    }
}

/// What replies to an order and to a status question, and callbacks, say of an order.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OrderData {
    /// Their number of the order.
    pub tid: Option<Scalar>,
    pub total_price: Option<Scalar>,
    pub status: Option<Scalar>,
    /// Not yet looked at.
    pub transactions: Option<Vec<Box<RawValue>>>,
    /// Ours. The docs' samples have neither of the two; a client reads the second.
    pub partner_reference_id: Option<Scalar>,
    pub reference_id: Option<Scalar>,
}

impl OrderData {
    /// Our references, as far as the reply names any.
    pub fn references(&self) -> impl Iterator<Item = String> + '_ {
        [&self.partner_reference_id, &self.reference_id].into_iter().filter_map(|field| filled(field.as_ref()))
    }
}

/// One article of an order.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Transaction {
    pub status: Option<Scalar>,
    /// Free text; nothing for what is delivered to a player.
    pub voucher_code: Option<Scalar>,
}

impl Transaction {
    pub fn read(raw: &RawValue) -> Result<Self, Doubt> {
        object(raw.get().as_bytes()).ok_or(Doubt::Unreadable)
    }
}

#[derive(Deserialize)]
pub struct BalanceData {
    pub balance: Scalar,
}

#[derive(Deserialize)]
pub struct PlayerData {
    pub name: Scalar,
}

/// Lines not yet looked at, so that a broken one costs itself alone.
#[derive(Deserialize)]
pub struct CategoriesData {
    pub categories: Vec<Value>,
}

/// See [`CategoriesData`].
#[derive(Deserialize)]
pub struct ProductsData {
    pub products: Vec<Value>,
}

/// A game, an operator, a shop.
#[derive(Deserialize)]
pub struct CategoryLine {
    pub code: Scalar,
    pub name: Scalar,
    pub variant: Option<Scalar>,
    /// Whether a player can be asked about.
    pub check_id: Option<Value>,
    pub country_code: Option<Scalar>,
    /// What the customer is asked for.
    pub forms: Vec<Object<Form>>,
}

#[derive(Deserialize)]
pub struct Form {
    pub name: String,
}

/// One line of the price list.
#[derive(Deserialize)]
pub struct ProductLine {
    pub code: Scalar,
    pub category_code: Scalar,
    pub name: Scalar,
    pub provider_code: Option<Scalar>,
    pub price: Option<Scalar>,
    pub country_code: Option<Scalar>,
    pub status: Option<Scalar>,
}

/// The pin and the serial of `PIN : xxx<TAB>Serial : yyy` (Lapak docs, order status).
pub fn pin_and_serial(code: &str) -> Option<(&str, &str)> {
    let (pin, serial) = code.split_once('\t')?;
    Some((labelled("PIN", pin)?, labelled("Serial", serial)?))
}

fn labelled<'t>(label: &str, text: &'t str) -> Option<&'t str> {
    let value = text.trim().strip_prefix(label)?.trim_start().strip_prefix(':')?.trim();
    (!value.is_empty() && !value.contains('\t')).then_some(value)
}

/// The values of the private fields of a reply or callback, and of a code its pin and its serial, which other fields may repeat.
pub fn private_values(body: &[u8]) -> Vec<SecretString> {
    let mut values = adapters_kit::private_values(VALUE_FIELDS, body);
    let codes = values.iter().filter_map(|value| pin_and_serial(value.expose_secret()));
    let parts = codes.flat_map(|(pin, serial)| [pin, serial]).filter(|part| part.len() >= SHORTEST_VALUE);
    let parts: Vec<SecretString> = parts.map(SecretString::from).collect();
    values.extend(parts);
    values
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;

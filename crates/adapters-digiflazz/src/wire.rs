//! The JSON of Digiflazz's API (Digiflazz docs): request bodies written, replies read. Nothing is judged here. No type here is
//! printable: they hold numbers, serials and names in clear.

use adapters_kit::{Object, Scalar, object};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::Doubt;

/// Fields whose values are hidden before anything is kept.
pub const PRIVATE_FIELDS: &[&str] = &["username", "sign", "customer_no", "customer_name", "sn", "alamat"];
/// Those of them whose values are looked for in the rest of a reply as well.
const VALUE_FIELDS: &[&str] = &["customer_no", "customer_name", "sn"];

/// What a reply or callback tells to be private, in the forms in which its other fields may repeat it.
pub fn private_values(body: &[u8]) -> Vec<SecretString> {
    adapters_kit::private_values(VALUE_FIELDS, body)
}

/// What is to be done with a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Bought, or asked about where it is known.
    Prepaid,
    InquireBill,
    PayBill,
    BillStatus,
}

impl Command {
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Prepaid => None,
            Self::InquireBill => Some("inq-pasca"),
            Self::PayBill => Some("pay-pasca"),
            Self::BillStatus => Some("status-pasca"),
        }
    }
}

/// The body of `POST /transaction`.
pub struct Transaction<'a> {
    pub command: Command,
    pub username: &'a str,
    pub sign: &'a str,
    pub code: &'a str,
    pub target: &'a str,
    pub reference: &'a str,
    /// Whole rupiah: dearer it is refused.
    pub max_price: Option<i64>,
    /// Where the outcome is told.
    pub cb_url: Option<&'a str>,
    pub testing: bool,
}

impl Transaction<'_> {
    /// Fields that say nothing are left out. `allow_dot`: players have one between their parts.
    pub fn body(&self) -> Vec<u8> {
        let mut fields = json!({
            "username": self.username, "sign": self.sign, "buyer_sku_code": self.code, "customer_no": self.target,
            "ref_id": self.reference,
        });
        let optional = [
            ("commands", self.command.word().map(Value::from)),
            ("max_price", self.max_price.map(Value::from)),
            ("cb_url", self.cb_url.map(Value::from)),
            ("allow_dot", self.target.contains('.').then_some(Value::Bool(true))),
            ("testing", self.testing.then_some(Value::Bool(true))),
        ];
        if let Value::Object(fields) = &mut fields {
            fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        fields.to_string().into_bytes()
    }
}

/// The body of a reading: `cmd` says of what.
pub fn reading(username: &str, sign: &str, cmd: &str) -> Vec<u8> {
    json!({ "username": username, "sign": sign, "cmd": cmd }).to_string().into_bytes()
}

/// Every reply and webhook.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

/// What is in the envelope.
pub fn data(body: &[u8]) -> Result<&RawValue, Doubt> {
    object::<Envelope<'_>>(body).map(|envelope| envelope.data).ok_or(Doubt::Unreadable)
}

/// An object in the envelope. A field given twice makes it unreadable.
pub fn read<'a, T: Deserialize<'a>>(data: &'a RawValue) -> Result<T, Doubt> {
    object(data.get().as_bytes()).ok_or(Doubt::Unreadable)
}

/// What is said of a transaction, and why anything is refused.
#[derive(Deserialize)]
pub struct Said {
    pub rc: String,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub ref_id: Option<String>,
    #[serde(default)]
    pub buyer_sku_code: Option<String>,
    #[serde(default)]
    pub price: Option<Scalar>,
    #[serde(default)]
    pub sn: Option<String>,
    /// Theirs. Only in webhooks.
    #[serde(default)]
    pub trx_id: Option<Scalar>,
}

/// What is said of a bill besides.
#[derive(Deserialize)]
pub struct Told {
    pub customer_name: String,
    pub price: Scalar,
    /// Debt and fee.
    pub selling_price: Scalar,
    #[serde(default)]
    pub admin: Option<Scalar>,
    #[serde(default)]
    pub desc: Option<Object<Desc>>,
}

#[derive(Deserialize)]
pub struct Desc {
    /// Bills in this payment.
    #[serde(default)]
    pub lembar_tagihan: Option<Scalar>,
    /// Bills left for another one.
    #[serde(default)]
    pub lembar_tagihan_sisa: Option<Scalar>,
    #[serde(default)]
    pub detail: Vec<Object<Detail>>,
}

/// One period of a bill.
#[derive(Deserialize)]
pub struct Detail {
    #[serde(default)]
    pub periode: Option<Scalar>,
    #[serde(default)]
    pub nilai_tagihan: Option<Scalar>,
    #[serde(default)]
    pub denda: Option<Scalar>,
}

#[derive(Deserialize)]
pub struct Balance {
    pub deposit: Scalar,
}

/// One line of a price list.
#[derive(Deserialize)]
pub struct ProductLine {
    pub category: Scalar,
    pub brand: Scalar,
    pub product_name: Scalar,
    pub buyer_sku_code: Scalar,
    #[serde(default, rename = "type")]
    pub kind: Option<Scalar>,
    #[serde(default)]
    pub desc: Option<Scalar>,
    #[serde(default)]
    pub price: Option<Scalar>,
    /// Of a bill: the fee, and what of it is left to us.
    #[serde(default)]
    pub admin: Option<Scalar>,
    #[serde(default)]
    pub commission: Option<Scalar>,
    #[serde(default)]
    pub buyer_product_status: bool,
    #[serde(default)]
    pub seller_product_status: bool,
    #[serde(default)]
    pub unlimited_stock: Option<bool>,
    #[serde(default)]
    pub stock: Option<Scalar>,
    #[serde(default)]
    pub start_cut_off: Option<String>,
    #[serde(default)]
    pub end_cut_off: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(command: Command) -> Transaction<'static> {
        Transaction {
            command,
            username: "digi-0001",
            sign: "s",
            code: "tsel-10",
            target: "081234567890",
            reference: "R1",
            max_price: None,
            cb_url: None,
            testing: false,
        }
    }

    fn written(transaction: &Transaction<'_>) -> Value {
        serde_json::from_slice(&transaction.body()).unwrap()
    }

    #[test]
    fn a_purchase_is_written_as_documented_and_says_no_more_than_it_must() {
        let plain = json!({
            "username": "digi-0001", "sign": "s", "buyer_sku_code": "tsel-10", "customer_no": "081234567890", "ref_id": "R1",
        });
        assert_eq!(written(&transaction(Command::Prepaid)), plain);
        let all = Transaction {
            target: "156378300.8483",
            max_price: Some(10_250),
            cb_url: Some("https://shop.example/x"),
            testing: true,
            ..transaction(Command::Prepaid)
        };
        let more = written(&all);
        assert_eq!(
            (&more["max_price"], &more["allow_dot"], &more["testing"]),
            (&json!(10_250), &json!(true), &json!(true))
        );
        assert_eq!(more["cb_url"], "https://shop.example/x");
        for (command, word) in [
            (Command::InquireBill, "inq-pasca"),
            (Command::PayBill, "pay-pasca"),
            (Command::BillStatus, "status-pasca"),
        ] {
            assert_eq!(written(&transaction(command))["commands"], word);
        }
    }
}

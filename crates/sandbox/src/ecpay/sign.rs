//! CheckMacValue with SHA-256 (ECPay AIO documents). Pure.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Form;
use crate::config::EcpayMerchant;
use crate::reading::Reading;

/// Fields that never count.
const UNSIGNED: [&str; 3] = ["CheckMacValue", "HashKey", "HashIV"];

/// The upper-case hex value over all fields, whatever their order.
pub fn check_mac_value(form: &Form, merchant: &EcpayMerchant, reading: Reading) -> String {
    let mut fields: Vec<_> = form.iter().filter(|(key, _)| !UNSIGNED.contains(&key.as_str())).collect();
    fields.sort_by_key(|(key, _)| key.to_ascii_lowercase());
    let mut text = format!("HashKey={}", merchant.hash_key);
    for (key, value) in fields {
        text.push('&');
        text.push_str(key);
        text.push('=');
        text.push_str(value);
    }
    text.push_str("&HashIV=");
    text.push_str(&merchant.hash_iv);
    hex::encode_upper(Sha256::digest(encode_lower(&text, reading)))
}

/// Whether the form carries the value its fields ask for.
pub fn is_signed(form: &Form, merchant: &EcpayMerchant, reading: Reading) -> bool {
    super::field(form, "CheckMacValue") == check_mac_value(form, merchant, reading)
}

/// The form with its value at the end.
pub fn signed(mut form: Form, merchant: &EcpayMerchant, reading: Reading) -> Form {
    let value = check_mac_value(&form, merchant, reading);
    form.push(("CheckMacValue".to_owned(), value));
    form
}

/// .NET's UrlEncode, then everything in lower case.
fn encode_lower(text: &str, reading: Reading) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')' => encoded.push(char::from(byte)),
            b'\'' | b'~' if reading == Reading::Other => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte.to_ascii_lowercase())),
            // Writing into a String cannot fail.
            _ => drop(write!(encoded, "%{byte:02x}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_vector_is_reproduced() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/ecpay_checkmac.json")).unwrap();
        let vectors = vectors.as_array().unwrap();
        assert!(vectors.len() >= 15, "only {} vectors", vectors.len());
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap().to_owned();
            let merchant =
                EcpayMerchant { merchant_id: String::new(), hash_key: text("hash_key"), hash_iv: text("hash_iv") };
            let form: Form = vector["params"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
                .collect();
            assert_eq!(check_mac_value(&form, &merchant, Reading::Likely), text("check_mac_value"), "{}", text("id"));
            assert!(is_signed(&signed(form, &merchant, Reading::Likely), &merchant, Reading::Likely));
        }
    }

    #[test]
    fn punctuation_is_encoded_as_dot_net_does() {
        let encoded = |reading| encode_lower("-_.!*()~' /:+&=#%\"<>,;?@[]{}|\\^`$", reading);
        assert_eq!(
            encoded(Reading::Likely),
            "-_.!*()%7e%27+%2f%3a%2b%26%3d%23%25%22%3c%3e%2c%3b%3f%40%5b%5d%7b%7d%7c%5c%5e%60%24"
        );
        assert_eq!(encoded(Reading::Other), encoded(Reading::Likely).replace("%7e%27", "~'"));
    }

    #[test]
    fn the_order_of_fields_does_not_matter_and_a_changed_value_does() {
        let merchant = EcpayMerchant::public_test();
        let form = |amount: &str| vec![("b".to_owned(), amount.to_owned()), ("A".to_owned(), String::new())];
        let mut turned = form("1");
        turned.reverse();
        let value = |form: &Form| check_mac_value(form, &merchant, Reading::Likely);
        assert_eq!(value(&form("1")), value(&turned));
        assert_ne!(value(&form("1")), value(&form("2")));
    }
}

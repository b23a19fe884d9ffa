//! Messages of ECPay written by the tests themselves, signed by an own reading of the recipe.

use sha2::{Digest, Sha256};

pub const HASH_KEY: &str = "pwFHCqoQZGmho4w6";
pub const HASH_IV: &str = "EkRm7iFT261dpevs";

/// Fields in the order they are sent.
pub type Fields = Vec<(String, String)>;

/// The fields with these values changed or added.
pub fn with(fields: &Fields, changes: &[(&str, &str)]) -> Fields {
    let mut fields = fields.clone();
    for (name, value) in changes {
        match fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => field.1 = (*value).to_owned(),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    fields
}

pub fn without(fields: &Fields, name: &str) -> Fields {
    fields.iter().filter(|(n, _)| n != name).cloned().collect()
}

pub fn signed(fields: &Fields, key: &str, iv: &str) -> Fields {
    let mut fields = without(fields, "CheckMacValue");
    let mut sorted = fields.clone();
    sorted.sort_by_key(|(name, _)| name.to_lowercase());
    let list: Vec<String> = sorted.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let text = format!("HashKey={key}&{}&HashIV={iv}", list.join("&"));
    let encoded: String = text
        .bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_ascii_lowercase().to_string(),
            _ => format!("%{byte:02x}"),
        })
        .collect();
    fields.push(("CheckMacValue".to_owned(), hex::encode_upper(Sha256::digest(encoded))));
    fields
}

/// As a notice is sent.
pub fn form(fields: &Fields) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

/// As a query is answered.
pub fn reply(fields: &Fields) -> String {
    fields.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
}

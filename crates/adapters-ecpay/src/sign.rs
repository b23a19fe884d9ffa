//! `CheckMacValue`, the keyed hash ECPay puts on every AIO message (SHA-256, `EncryptType=1`). Not here: the MD5 recipe
//! of other ECPay services, and what a signed message means.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::wire::Fields;

/// The field that carries the signature, itself not signed.
pub const CHECK_MAC_VALUE: &str = "CheckMacValue";

/// Signs and verifies with one merchant's key pair. ECPay keeps a single pair alive at a time.
#[derive(Debug, Clone)]
pub struct Signer {
    hash_key: SecretString,
    hash_iv: SecretString,
}

impl Signer {
    pub fn new(hash_key: SecretString, hash_iv: SecretString) -> Self {
        Self { hash_key, hash_iv }
    }

    /// The signature over all given fields but itself (ECPay AIO docs, CheckMacValue): sorted by name without regard
    /// to case, joined unescaped between key and IV, encoded the .NET way, lower-cased, hashed, upper-case hex.
    ///
    /// Lower-casing makes messages that differ only in letter case share a signature. Whoever reads a verified message
    /// must compare names exactly and accept only values of one case.
    pub fn check_mac_value<'a>(&self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut signed: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name != CHECK_MAC_VALUE).collect();
        signed.sort_by_key(|(name, _)| name.to_ascii_lowercase());

        let mut text = format!("HashKey={}", self.hash_key.expose_secret());
        for (name, value) in signed {
            text.extend(["&", name, "=", value]);
        }
        text.extend(["&HashIV=", self.hash_iv.expose_secret()]);
        hex::encode_upper(Sha256::digest(encode(&text)))
    }

    /// Whether the fields carry their own right signature. Compares in constant time; lower-case hex is not a signature.
    pub fn verifies(&self, fields: &Fields) -> bool {
        let Ok(Some(given)) = fields.optional(CHECK_MAC_VALUE) else { return false };
        self.check_mac_value(fields.iter()).as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// .NET's URL encoding, lower-cased: a space is `+`, and `- _ . ! * ( )` stay as they are.
fn encode(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.to_ascii_lowercase().replace("%21", "!").replace("%28", "(").replace("%29", ")")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Vector {
        id: String,
        method: String,
        hash_key: String,
        hash_iv: String,
        params: BTreeMap<String, String>,
        check_mac_value: String,
    }

    fn signer(key: &str, iv: &str) -> Signer {
        Signer::new(key.into(), iv.into())
    }

    #[test]
    fn every_published_and_captured_sha256_vector_is_reproduced() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/fixtures/ecpay_checkmac.json")).unwrap();
        let sha256: Vec<_> = vectors.iter().filter(|v| v.method == "SHA256").collect();
        assert!(sha256.len() >= 15, "the fixture shrank to {}", sha256.len());
        for v in sha256 {
            let fields = v.params.iter().map(|(n, value)| (n.as_str(), value.as_str()));
            assert_eq!(signer(&v.hash_key, &v.hash_iv).check_mac_value(fields), v.check_mac_value, "{}", v.id);
        }
    }

    #[test]
    fn the_encoding_is_the_one_of_dot_net() {
        assert_eq!(
            encode("-_.!*()~' /:+&=#%\"<>,;?@[]{}|\\^`$"),
            "-_.!*()%7e%27+%2f%3a%2b%26%3d%23%25%22%3c%3e%2c%3b%3f%40%5b%5d%7b%7d%7c%5c%5e%60%24"
        );
    }

    #[test]
    fn a_signature_is_itself_not_signed_and_must_be_upper_case() {
        let signer = signer("pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs");
        let mac = signer.check_mac_value([("RtnCode", "1"), ("CheckMacValue", "anything")]);
        assert_eq!(mac, signer.check_mac_value([("RtnCode", "1")]));
        let verifies = |body: String| signer.verifies(&Fields::from_form(body.as_bytes()).unwrap());
        assert!(verifies(format!("RtnCode=1&CheckMacValue={mac}")));
        assert!(!verifies(format!("RtnCode=1&CheckMacValue={}", mac.to_lowercase())));
        assert!(!verifies(format!("RtnCode=1&checkMacValue={mac}")));
        assert!(!verifies("RtnCode=1&CheckMacValue=".to_owned()));
        assert!(!verifies("RtnCode=1".to_owned()));
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", signer("pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs"));
        assert!(!shown.contains("pwFH") && !shown.contains("EkRm"), "{shown}");
    }

    proptest! {
        #[test]
        fn the_order_of_fields_does_not_matter(
            fields in prop::collection::btree_map("[a-z]{1,6}", ".{0,12}", 0..8)
        ) {
            let signer = signer("pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs");
            let there: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            prop_assert_eq!(
                signer.check_mac_value(there.iter().copied()),
                signer.check_mac_value(there.iter().rev().copied())
            );
        }
    }
}

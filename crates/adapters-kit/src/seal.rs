//! Keyed hashes of messages, and how one that came is compared. A supplier's recipe (which text, which header, whether
//! something stands before the hash) is its adapter's.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ports::settings::{BadSetting, RawSettings};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A change of secret needs two at a time; two more for a change that was begun twice.
const LIVE_LIMIT: usize = 4;
/// Twice a SHA-256 in hex: a longer text is something else pasted.
const LENGTH_LIMIT: usize = 128;
/// Bytes of SHA-256's block.
const BLOCK: usize = 64;

/// Compares without telling by its duration where the difference lies.
pub fn same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

/// HMAC-SHA256 over the parts in their order, as lower-case hex.
pub fn hmac_hex(secret: &SecretString, parts: &[&[u8]]) -> String {
    hex::encode(hmac(secret, parts))
}

/// HMAC-SHA256 over the parts in their order, as base64 with `-` and `_`, its `=` kept.
pub fn hmac_b64url(secret: &SecretString, parts: &[&[u8]]) -> String {
    URL_SAFE.encode(hmac(secret, parts))
}

/// HMAC-SHA256 (RFC 2104) over the parts in their order. Its key is brought to the length of a block here, so that there
/// is no key it could refuse.
pub fn hmac(secret: &SecretString, parts: &[&[u8]]) -> [u8; 32] {
    let key = secret.expose_secret().as_bytes();
    let hashed = Sha256::digest(key);
    let short = if key.len() > BLOCK { &hashed[..] } else { key };
    let mut block = [0; BLOCK];
    block.iter_mut().zip(short).for_each(|(place, byte)| *place = *byte);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// The secrets a supplier may sign with just now: one, or the old and the new one while it is changed. Never none, never
/// an empty one.
#[derive(Clone)]
pub struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Reads a setting that must be there: secrets separated by commas.
    ///
    /// # Errors
    /// It is missing, one of the secrets is empty or has a space, or they are too many.
    pub fn read(raw: &RawSettings, name: &str) -> Result<Self, BadSetting> {
        let problem = "must be one to four secrets of visible ASCII characters, separated by commas";
        Self::parse(raw.required(name)?).ok_or_else(|| raw.bad(name, problem))
    }

    /// `new,old`. Nothing, unless every one of them is a secret.
    pub fn parse(list: &SecretString) -> Option<Self> {
        let secrets: Vec<&str> = list.expose_secret().split(',').map(str::trim).collect();
        let good = secrets.len() <= LIVE_LIMIT && secrets.iter().all(|secret| is_secret(secret));
        good.then(|| Self(secrets.into_iter().map(SecretString::from).collect()))
    }

    /// The only one. Nothing, where it is no secret.
    pub fn one(secret: &SecretString) -> Option<Self> {
        is_secret(secret.expose_secret()).then(|| Self(vec![secret.clone()]))
    }

    /// Whether one of them makes this seal. Tries all, whichever fits, in the same time; an empty seal is none.
    pub fn vouch_for(&self, given: &str, seal: impl Fn(&SecretString) -> String) -> bool {
        let fits = self.0.iter().map(|secret| same(&seal(secret), given)).fold(false, |any, fits| any | fits);
        fits && !given.is_empty()
    }

    /// All of them, for whoever hides them.
    pub fn all(&self) -> &[SecretString] {
        &self.0
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

fn is_secret(text: &str) -> bool {
    (1..=LENGTH_LIMIT).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn secrets(list: &str) -> Option<Secrets> {
        Secrets::parse(&SecretString::from(list))
    }

    /// Computed by running other code; the keys are made up.
    #[test]
    fn computed_vectors_hold() {
        let body = br#"{"merchant_transaction_id":"r1","amount":10000}"#;
        let sealed = hmac_b64url(&"appsecret-0001".into(), &[body]);
        assert_eq!(sealed, "9wN3N_VKuMG04--Z_Rcp8__5KTzNmXXeqZJ_U4XXkfc=");

        let parts: [&[u8]; 3] = [b"1790000000", b".", br#"{"orderId":"o1","refId":"r1","status":"success"}"#];
        let hex = "d911aa50c739aeaa34cff513b1701b80152ef1b4cbb1cb32131e42a550843315";
        assert_eq!(hmac_hex(&"bfcb-0001".into(), &parts), hex);
    }

    /// The first is test case 2 of RFC 4231.
    #[test]
    fn keys_shorter_as_long_as_and_longer_than_a_block_are_taken() {
        for (key, message, expected) in [
            (
                "Jefe".to_owned(),
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            ("k".repeat(64), "body", "2e213d30b446410b3c21ed0982394dd2add15ccc4da5abab1cac32e7fd6eb01f"),
            ("k".repeat(100), "body", "a3306f78bc603683d9d9d98b9304be3e3e99497c42e660d7b00f6698b0df4e89"),
        ] {
            assert_eq!(hmac_hex(&key.into(), &[message.as_bytes()]), expected);
        }
    }

    #[test]
    fn a_seal_is_compared_whole_and_exactly() {
        let good = "dd99aaa46c38ad3a9ca5c24f8f9c54e8";
        assert!(same(good, good));
        for bad in ["", "dd99", "DD99AAA46C38AD3A9CA5C24F8F9C54E8", "dd99aaa46c38ad3a9ca5c24f8f9c54e80"] {
            assert!(!same(good, bad), "{bad}");
        }
    }

    #[test]
    fn while_a_secret_is_changed_both_are_good_and_no_other() {
        let live = secrets("new-0002, old-0001").unwrap();
        let seal = |secret: &SecretString| hmac_hex(secret, &[b"body"]);
        for good in ["old-0001", "new-0002"] {
            assert!(live.vouch_for(&seal(&good.into()), seal), "{good}");
        }
        for bad in ["other", "", "new-0002, old-0001"] {
            assert!(!live.vouch_for(&seal(&bad.into()), seal), "{bad}");
        }
        assert!(!live.vouch_for("", seal));
        assert!(!live.vouch_for("", |_| String::new()), "whatever the recipe, an empty seal is none");
    }

    #[test]
    fn no_list_with_an_empty_secret_is_a_list() {
        for bad in ["", " ", ",", "a,", ",a", "a,,b", "a, ,b", "a b", "a\u{e9}", "1,2,3,4,5", &"x".repeat(129)] {
            assert!(secrets(bad).is_none(), "{bad}");
        }
        assert_eq!(secrets("1,2,3,4").unwrap().all().len(), 4);
        assert_eq!(Secrets::one(&"a,b".into()).unwrap().all().len(), 1, "a comma is a letter of it");
        assert!(Secrets::one(&"".into()).is_none());
    }

    #[test]
    fn a_setting_that_is_missing_or_wrong_is_named_and_not_repeated() {
        for value in ["", "planted,", "planted planted"] {
            let values = BTreeMap::from([("CALLBACK_SECRETS".to_owned(), SecretString::from(value))]);
            let error = Secrets::read(&RawSettings::new("SUPPLIER_X_", values), "CALLBACK_SECRETS").unwrap_err();
            assert_eq!(error.variable, "SUPPLIER_X_CALLBACK_SECRETS");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn debug_shows_how_many_and_none() {
        assert_eq!(format!("{:?}", secrets("planted,also").unwrap()), "Secrets(2)");
    }

    proptest! {
        #[test]
        fn any_change_of_body_or_seal_breaks_it(body in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let live = secrets("secret-0001").unwrap();
            let seal_of = |body: &[u8]| hmac_b64url(&"secret-0001".into(), &[body]);
            let good = seal_of(&body);
            prop_assert!(live.vouch_for(&good, |secret| hmac_b64url(secret, &[&body])));

            let mut other = body.clone();
            if !other.is_empty() {
                let at = at.index(other.len());
                other[at] ^= 1 << bit;
                prop_assert!(!live.vouch_for(&good, |secret| hmac_b64url(secret, &[&other])));
            }
            let mut forged = good.clone().into_bytes();
            let at = at.index(forged.len());
            forged[at] ^= 1;
            let forged = String::from_utf8(forged).unwrap();
            prop_assert!(!live.vouch_for(&forged, |secret| hmac_b64url(secret, &[&body])));
        }

        #[test]
        fn cutting_a_message_into_parts_changes_nothing(body in any::<Vec<u8>>(), at in any::<prop::sample::Index>()) {
            let (head, tail) = body.split_at(at.index(body.len() + 1));
            let secret = SecretString::from("secret-0001");
            prop_assert_eq!(hmac_hex(&secret, &[head, tail]), hmac_hex(&secret, &[&body]));
        }
    }
}

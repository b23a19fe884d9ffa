//! The live signing keys: one, or two while they are being changed.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

/// HS256 wants a key at least as long as its hash (RFC 7518 §3.2).
const MIN_KEY_BYTES: usize = 32;
/// Long enough for a date; the id goes with every token.
const MAX_ID: usize = 16;
/// The signing key and the one it replaced.
const MAX_KEYS: usize = 2;

/// One or two keys with their ids. The first signs, all verify. Written `k1:base64` or `k1:base64,k0:base64`.
#[derive(Clone)]
pub struct JwtKeys(Vec<Key>);

#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) signs: EncodingKey,
    pub(super) verifies: DecodingKey,
}

/// What is wrong with the text of the keys. Holds nothing of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadJwtKeys {
    #[error("must hold one or two keys, separated by a comma")]
    Count,
    #[error("must hold each key as `id:base64`, the id of 1 to 16 letters and digits")]
    Form,
    #[error("must hold keys of at least 32 bytes, in base64")]
    Key,
    #[error("must hold keys with different ids")]
    SameId,
}

impl JwtKeys {
    /// Reads `id:base64`, one or two of them; the first signs.
    pub fn parse(text: &SecretString) -> Result<Self, BadJwtKeys> {
        let parts: Vec<&str> = text.expose_secret().split(',').map(str::trim).collect();
        if parts.len() > MAX_KEYS {
            return Err(BadJwtKeys::Count);
        }
        let keys = parts.into_iter().map(key).collect::<Result<Vec<_>, _>>()?;
        if let [first, second] = keys.as_slice()
            && first.id == second.id
        {
            return Err(BadJwtKeys::SameId);
        }
        Ok(Self(keys))
    }

    /// The key that signs: `parse` makes no empty set.
    pub(super) fn signing(&self) -> Option<&Key> {
        self.0.first()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }
}

fn key(text: &str) -> Result<Key, BadJwtKeys> {
    let (id, secret) = text.split_once(':').ok_or(BadJwtKeys::Form)?;
    if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(BadJwtKeys::Form);
    }
    let Ok(secret) = BASE64_STANDARD.decode(secret) else { return Err(BadJwtKeys::Key) };
    if secret.len() < MIN_KEY_BYTES {
        return Err(BadJwtKeys::Key);
    }
    Ok(Key { id: id.to_owned(), signs: EncodingKey::from_secret(&secret), verifies: DecodingKey::from_secret(&secret) })
}

impl fmt::Debug for JwtKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    const B: &str = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";

    fn parsed(text: &str) -> Result<JwtKeys, BadJwtKeys> {
        JwtKeys::parse(&SecretString::from(text))
    }

    #[test]
    fn one_or_two_keys_are_taken_and_the_first_signs() {
        assert_eq!(parsed(&format!("k1:{A}")).unwrap().signing().unwrap().id, "k1");
        let two = parsed(&format!("k1:{A}, k0:{B}")).unwrap();
        assert_eq!(two.signing().unwrap().id, "k1");
        assert!(two.by_id("k0").is_some());
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, expected) in [
            (String::new(), BadJwtKeys::Form),
            (A.to_owned(), BadJwtKeys::Form),
            (format!(":{A}"), BadJwtKeys::Form),
            (format!("k 1:{A}"), BadJwtKeys::Form),
            ("k1:".to_owned(), BadJwtKeys::Key),
            ("k1:QUFB".to_owned(), BadJwtKeys::Key),
            ("k1:not base64".to_owned(), BadJwtKeys::Key),
            (format!("k1:{A},k1:{B}"), BadJwtKeys::SameId),
            (format!("k1:{A},k2:{B},k3:{A}"), BadJwtKeys::Count),
        ] {
            assert_eq!(parsed(&text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn keys_are_never_printed() {
        let keys = parsed(&format!("k1:{A}")).unwrap();
        assert_eq!(format!("{keys:?}"), r#"["k1"]"#);
    }
}

//! Personal data at rest: AES-256-GCM, sealed to the row and column it belongs to, and a mark by which an equal target is
//! found again. Keys can be rotated: new values use the first key, old values name theirs.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{CustomerId, OrderId, Private, ProductId};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// AES-256.
const KEY_BYTES: usize = 32;
/// A key's id stands before every value it sealed: a word, not a sentence.
const KEY_ID_LIMIT: usize = 16;
/// Of an HMAC-SHA256: as many as an id has, and only marks of one customer are compared.
const MARK_BYTES: usize = 16;
/// GCM's own nonce size. Random: 2^32 values per key are safe (NIST SP 800-38D), rotate before.
const NONCE_BYTES: usize = 12;

/// The keys of this installation: the first seals, all open.
#[derive(Clone)]
pub struct CipherKeys {
    current: Key,
    older: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    cipher: Aes256Gcm,
    /// Another key for marks, derived from this one.
    marks: Hmac<Sha256>,
}

impl fmt::Debug for CipherKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older: Vec<&str> = self.older.iter().map(|key| key.id.as_str()).collect();
        write!(f, "CipherKeys(current {}, older {older:?})", self.current.id)
    }
}

impl CipherKeys {
    /// Reads `k1:<base64 of 32 bytes>,k0:<base64>`: the current key, then older ones.
    ///
    /// # Errors
    /// Words for the setting's line; they never hold key material.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys = text.split(',').map(|part| Key::parse(part.trim())).collect::<Result<Vec<_>, _>>()?.into_iter();
        let current = keys.next().ok_or("must hold at least one key")?;
        let older: Vec<Key> = keys.collect();
        let mut ids: Vec<&str> = older.iter().chain([&current]).map(|key| key.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > older.len() { Ok(Self { current, older }) } else { Err("names a key id twice".into()) }
    }

    /// `k1.`, nonce and ciphertext. `None`: the cipher refused, as it does with more than 64 GiB. The column is then left
    /// empty, and the database takes no row with an empty one.
    pub(crate) fn seal(&self, plain: &[u8], place: &Place<'_>) -> Option<Vec<u8>> {
        let mut whole = format!("{}.", self.current.id).into_bytes();
        whole.extend(self.current.seal(plain, place)?);
        Some(whole)
    }

    /// Opens what [`Self::seal`] made at the same place. The error never holds what was sealed.
    pub(crate) fn open(&self, sealed: &[u8], place: &Place<'_>) -> Result<Vec<u8>, String> {
        let mut parts = sealed.splitn(2, |byte| *byte == b'.');
        let (id, sealed) = parts.next().zip(parts.next()).ok_or_else(|| place.bad("is not sealed"))?;
        self.known(id, place)?.open(sealed, place)
    }

    /// The same where a text was sealed.
    pub(crate) fn open_text(&self, sealed: &[u8], place: &Place<'_>) -> Result<String, String> {
        String::from_utf8(self.open(sealed, place)?).map_err(|_not_text| place.bad("is not text"))
    }

    fn known(&self, id: &[u8], place: &Place<'_>) -> Result<&Key, String> {
        let key = self.all().find(|key| key.id.as_bytes() == id);
        key.ok_or_else(|| place.bad("is sealed with a key that is not known"))
    }

    /// The mark a new row gets.
    pub(crate) fn mark(&self, customer: CustomerId, product: &ProductId, target: &Private) -> Vec<u8> {
        self.current.mark(customer, product, target)
    }

    /// Every mark an existing row may have.
    pub(crate) fn marks(&self, customer: CustomerId, product: &ProductId, target: &Private) -> Vec<Vec<u8>> {
        self.all().map(|key| key.mark(customer, product, target)).collect()
    }

    /// Every mark of a bill of this number, under each key, so that a change of keys lets nobody by.
    pub(crate) fn bill_marks(&self, product: &ProductId, target: &Private) -> Vec<Vec<u8>> {
        self.all().map(|key| key.bill_mark(product, target)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl Key {
    fn parse(part: &str) -> Result<Self, String> {
        let (id, text) = part.split_once(':').ok_or("must be a list of id:base64")?;
        let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if id.is_empty() || id.len() > KEY_ID_LIMIT || !plain {
            return Err(format!("has a key id that is not 1 to {KEY_ID_LIMIT} characters of a-z and 0-9"));
        }
        let bytes = STANDARD.decode(text).map_err(|_not_base64| format!("key {id} is not base64"))?;
        let bytes: [u8; KEY_BYTES] =
            bytes.try_into().map_err(|_wrong_length| format!("key {id} is not {KEY_BYTES} bytes"))?;
        let marks = hmac(&hmac_of(&hmac(&bytes)?, b"seberang target mark"))?;
        Ok(Self { id: id.to_owned(), cipher: Aes256Gcm::new(&bytes.into()), marks })
    }

    /// The nonce and what it sealed.
    fn seal(&self, plain: &[u8], place: &Place<'_>) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let aad = place.aad();
        let payload = Payload { msg: plain, aad: aad.as_bytes() };
        let mut sealed = nonce.to_vec();
        sealed.extend(self.cipher.encrypt(&Nonce::from(nonce), payload).ok()?);
        Some(sealed)
    }

    fn open(&self, sealed: &[u8], place: &Place<'_>) -> Result<Vec<u8>, String> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| place.bad("is too short"))?;
        let aad = place.aad();
        let opened = self.cipher.decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: aad.as_bytes() });
        opened.map_err(|_forged| place.bad("does not belong to its row, or its key is wrong"))
    }

    /// Customer and product are part of it, so equal numbers of two customers have nothing in common.
    fn mark(&self, customer: CustomerId, product: &ProductId, target: &Private) -> Vec<u8> {
        self.mark_of(&format!("{customer}|{product}|{}", target.expose()))
    }

    /// Whoever asks: a bill is the biller's. Anybody with the key could tell from it whether two people pay one bill.
    fn bill_mark(&self, product: &ProductId, target: &Private) -> Vec<u8> {
        self.mark_of(&format!("bill|{product}|{}", target.expose()))
    }

    fn mark_of(&self, text: &str) -> Vec<u8> {
        let mut mark = hmac_of(&self.marks, text.as_bytes());
        mark.truncate(MARK_BYTES);
        mark
    }
}

fn hmac(key: &[u8]) -> Result<Hmac<Sha256>, String> {
    use hmac::KeyInit;
    Hmac::new_from_slice(key).map_err(|_any_length_fits| "cannot be used as a key".to_owned())
}

fn hmac_of(key: &Hmac<Sha256>, text: &[u8]) -> Vec<u8> {
    let mut mac = key.clone();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Where a sealed text lives. It opens nowhere else.
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) row: &'a str,
    pub(crate) column: &'static str,
}

impl Place<'_> {
    fn aad(&self) -> String {
        format!("{}|{}|{}", self.table, self.row, self.column)
    }

    fn bad(&self, why: &str) -> String {
        format!("{} {why}", self.column)
    }
}

/// The key of an order's child row, as its sealed columns are bound to it.
pub(crate) fn child_row(order: OrderId, n: u16) -> String {
    format!("{order}/{n}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const K0: &str = "k0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const K1: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn place<'a>(row: &'a str) -> Place<'a> {
        Place { table: "item", row, column: "target" }
    }

    #[test]
    fn a_sealed_text_opens_only_in_its_row_and_column() {
        let keys = CipherKeys::parse(K1).unwrap();
        let sealed = keys.seal(b"081234567890", &place("a/0")).unwrap();
        assert!(sealed.starts_with(b"k1.") && !sealed.windows(4).any(|bytes| bytes == b"0812"), "{sealed:?}");
        assert_eq!(keys.open_text(&sealed, &place("a/0")), Ok("081234567890".into()));
        assert!(keys.open(&sealed, &place("a/1")).is_err());
        let other = Place { table: "item", row: "a/0", column: "serial" };
        assert!(keys.open(&sealed, &other).is_err());
        assert_ne!(Some(sealed), keys.seal(b"081234567890", &place("a/0")), "two sealings never look the same");
        assert!(keys.open(b"k1", &place("a/0")).is_err() && keys.open(b"k1.", &place("a/0")).is_err());
        let no_text = keys.seal(&[255], &place("a/0")).unwrap();
        assert!(keys.open(&no_text, &place("a/0")).is_ok() && keys.open_text(&no_text, &place("a/0")).is_err());
    }

    #[test]
    fn after_a_rotation_old_texts_open_and_new_ones_use_the_new_key() {
        let before = CipherKeys::parse(K0).unwrap();
        let sealed = before.seal(b"token", &place("a/0")).unwrap();
        let after = CipherKeys::parse(&format!("{K1}, {K0}")).unwrap();
        assert_eq!(after.open(&sealed, &place("a/0")), Ok(b"token".to_vec()));
        assert!(after.seal(b"token", &place("a/0")).unwrap().starts_with(b"k1."));
        assert!(CipherKeys::parse(K1).unwrap().open(&sealed, &place("a/0")).is_err(), "the key is gone");
    }

    #[test]
    fn equal_targets_have_equal_marks_under_any_known_key() {
        let customer = CustomerId::new(uuid::Uuid::from_u128(1));
        let product: ProductId = "pulsa-5000".parse().unwrap();
        let target = Private::new("081234567890");
        let before = CipherKeys::parse(K0).unwrap().mark(customer, &product, &target);
        let after = CipherKeys::parse(&format!("{K1},{K0}")).unwrap();
        assert!(after.marks(customer, &product, &target).contains(&before));
        assert_ne!(after.mark(customer, &product, &target), before);
        assert_ne!(after.mark(CustomerId::new(uuid::Uuid::from_u128(2)), &product, &target), before);
    }

    #[test]
    fn a_bill_has_one_mark_whoever_asks_and_is_found_under_any_known_key() {
        let product: ProductId = "pln-bill".parse().unwrap();
        let number = Private::new("530000000001");
        let before = CipherKeys::parse(K0).unwrap().bill_marks(&product, &number);
        let after = CipherKeys::parse(&format!("{K1},{K0}")).unwrap();
        let marks = after.bill_marks(&product, &number);
        assert_eq!((before.len(), marks.len()), (1, 2));
        assert!(marks.contains(&before[0]));
        let others = after.bill_marks(&product, &Private::new("530000000002"));
        assert!(others.iter().all(|other| !marks.contains(other)));
        let of_a_customer = after.marks(CustomerId::new(uuid::Uuid::from_u128(1)), &product, &number);
        assert!(of_a_customer.iter().all(|other| !marks.contains(other)));
    }

    #[test]
    fn a_wrong_setting_is_refused_without_repeating_the_key() {
        for bad in ["", "k1", "k1:abc", "K1:AAAA", "k1:AAAA", ":AAAA", &format!("{K0},{K0}")] {
            let words = CipherKeys::parse(bad).unwrap_err();
            assert!(!words.contains("AAAA"), "{words}");
        }
        assert!(!format!("{:?}", CipherKeys::parse(K0).unwrap()).contains("AAAA"));
    }
}

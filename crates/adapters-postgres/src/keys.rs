//! Long keys as they are stored: the first 128 bits of their SHA-256. Nobody reads them back, and of two different ones it is
//! never the same: of a million million keys the chance is one in 10^14 that any two are. Not here: what a key says.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A key that is taken at most once.
pub(crate) fn key_id(key: &str) -> Uuid {
    digest(&[key])
}

/// A request that may be repeated: its scope and the client's key, apart.
pub(crate) fn answer_id(scope: &str, key: &str) -> Uuid {
    digest(&[scope, "\0", key])
}

fn digest(parts: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let whole: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    Uuid::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_key_is_the_start_of_its_hash_and_keeps_its_parts_apart() {
        // As PostgreSQL says it: left(encode(sha256('abc'), 'hex'), 32).
        assert_eq!(key_id("abc").simple().to_string(), "ba7816bf8f01cfea414140de5dae2223");
        assert_ne!(key_id("money:ecpay:1:T1"), key_id("money:ecpay:1:T2"));
        assert_ne!(answer_id("a", "bc"), answer_id("ab", "c"));
        assert_eq!(answer_id("a", "bc"), answer_id("a", "bc"));
    }
}

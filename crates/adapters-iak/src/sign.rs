//! IAK's signature (IAK docs, "signature"): md5 over user name, key and one word per call. It proves who asks and
//! nothing else: neither the body of a request nor what a callback says is covered.

use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};

/// The signed word of a price-list request.
pub const PRICE_LIST: &str = "pl";
/// The signed word of a balance request.
pub const BALANCE: &str = "bl";
/// The signed word of a check-operator request.
pub const OPERATOR: &str = "op";
/// The signed word of a question about the payment of a bill.
pub const BILL_STATUS: &str = "cs";

/// Lower-case hex md5 of `username`, key and `what`, without separators. `what` is a call's fixed word, or the
/// reference for top-up, check-status, callback and the inquiry about a bill, the inquiry's number for the payment of
/// one, the customer's or the game's code for an inquiry.
pub fn sign(username: &str, api_key: &SecretString, what: &str) -> String {
    let mut hash = Md5::new();
    hash.update(username);
    hash.update(api_key.expose_secret());
    hash.update(what);
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors_hold() {
        let key = SecretString::from("testkey-0001");
        for (what, expected) in [
            ("order001", "dd99aaa46c38ad3a9ca5c24f8f9c54e8"),
            (PRICE_LIST, "5b3567a93123761f3cd33d6c1f54e697"),
            (BALANCE, "fcb032241faa7adb84893cfce22064fd"),
            (OPERATOR, "7cd10a2e57aa468370ed412e0b7713d0"),
            (BILL_STATUS, "726c8aa0f44402824c83ee66ed32e6f3"),
            ("12345678901", "56659d02f2a924aa9cf13344b525f2f1"),
            ("103", "c3a8233c593169072d01dd14e9bceb54"),
        ] {
            assert_eq!(sign("628000000001", &key, what), expected, "{what}");
        }
    }
}

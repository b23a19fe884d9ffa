//! IAK's signature: lower-case hex md5 of username, key and a word of the call (IAK documents). Pure.

use md5::{Digest, Md5};

use crate::config::IakAccount;

pub const PRICE_LIST: &str = "pl";
pub const BALANCE: &str = "bl";
pub const OPERATOR: &str = "op";

pub fn sign(account: &IakAccount, x: &str) -> String {
    digest(&[&account.username, &account.api_key, x])
}

/// The md5 of the parts, one after the other; also what serials are made from.
pub fn digest(parts: &[&str]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part.as_bytes());
    }
    hex::encode(md5.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_computed_vectors() {
        let account = IakAccount::test("628000000001", "testkey-0001");
        for (x, expected) in [
            ("order001", "dd99aaa46c38ad3a9ca5c24f8f9c54e8"),
            ("pl", "5b3567a93123761f3cd33d6c1f54e697"),
            ("bl", "fcb032241faa7adb84893cfce22064fd"),
            ("op", "7cd10a2e57aa468370ed412e0b7713d0"),
            ("cs", "726c8aa0f44402824c83ee66ed32e6f3"),
            ("12345678901", "56659d02f2a924aa9cf13344b525f2f1"),
            ("103", "c3a8233c593169072d01dd14e9bceb54"),
        ] {
            assert_eq!(sign(&account, x), expected, "{x}");
        }
    }
}

//! Digiflazz's signatures, as it documents them: md5 of username, key and a word of the call, and HMAC-SHA1 over the bytes of
//! what it sends.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;

use crate::config::Account;
use crate::faults::Provider;
use crate::goods::Why;
use crate::state::Sandbox;

pub const PRICE_LIST: &str = "pricelist";
pub const BALANCE: &str = "depo";

pub fn sign(account: &Account, x: &str) -> String {
    let mut md5 = Md5::new();
    for part in [account.name.as_str(), account.field("api_key"), x] {
        md5.update(part.as_bytes());
    }
    hex::encode(md5.finalize())
}

/// What stands in `X-Hub-Signature`.
pub fn hub_signature(secret: &str, bytes: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(bytes);
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

/// The account, when the signature over `x` is its own.
///
/// # Errors
/// What is wrong with the credentials.
pub fn authorise<'a>(sandbox: &'a Sandbox, username: &str, signed: &str, x: &str) -> Result<&'a Account, Why> {
    let account = sandbox.account(Provider::Digiflazz, username).ok_or(Why::UnknownClient)?;
    if signed == sign(account, x) { Ok(account) } else { Err(Why::Credentials) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_s_signature_is_that_of_the_computed_vector() {
        let signed = hub_signature("whsecret-0001", br#"{"data":{"ref_id":"r1","status":"Sukses","rc":"00"}}"#);
        assert_eq!(signed, "sha1=b1d687a4005adb32f8169ee33bb256e82f4ed812");
    }

    #[test]
    fn a_request_s_signature_is_md5_of_username_key_and_word() {
        let account = Account::test("628000000001", &[("api_key", "testkey-0001")]);
        assert_eq!(sign(&account, "order001"), "dd99aaa46c38ad3a9ca5c24f8f9c54e8", "the same as IAK's");
    }
}

//! Digiflazz's signatures (Digiflazz docs): md5 of user name, key and a word of the call, and HMAC-SHA1 over the bytes of a webhook.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;

use crate::config::Config;

/// The word of a price list; of a purchase it is our reference.
pub const PRICE_LIST: &str = "pricelist";
/// The word of a question for the balance.
pub const BALANCE: &str = "depo";
/// The header a webhook's seal stands in.
pub const HEADER: &str = "x-hub-signature";
/// Bytes of SHA-1's block.
const BLOCK: usize = 64;

/// The `sign` of a request, lower-case hex.
pub fn request(config: &Config, word: &str) -> String {
    let parts = [config.username.expose_secret(), config.api_key.expose_secret(), word];
    hex::encode(Md5::digest(parts.concat()))
}

/// What stands in [`HEADER`]: `sha1=` and lower-case hex.
pub fn webhook(secret: &SecretString, body: &[u8]) -> String {
    let key = secret.expose_secret().as_bytes();
    // A key is brought to the length of a block here (RFC 2104), so that there is none it could refuse.
    let hashed = Sha1::digest(key);
    let short = if key.len() > BLOCK { &hashed[..] } else { key };
    let mut block = [0; BLOCK];
    block.iter_mut().zip(short).for_each(|(place, byte)| *place = *byte);
    let mut mac = Hmac::<Sha1>::new(&block.into());
    mac.update(body);
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::settings;

    /// Computed by running other code; IAK's recipe is the same, and so are its published results.
    #[test]
    fn a_request_is_signed_as_computed() {
        let account = [("USERNAME", "628000000001"), ("API_KEY", "testkey-0001")];
        let config = Config::read(&settings(&account)).unwrap();
        assert_eq!(request(&config, "order001"), "dd99aaa46c38ad3a9ca5c24f8f9c54e8");
        assert_ne!(request(&config, PRICE_LIST), request(&config, BALANCE));
    }

    /// The second is test case 2 of RFC 2202, the third has a key longer than a block.
    #[test]
    fn a_webhook_is_sealed_as_computed() {
        let body = br#"{"data":{"ref_id":"r1","status":"Sukses","rc":"00"}}"#;
        assert_eq!(webhook(&"whsecret-0001".into(), body), "sha1=b1d687a4005adb32f8169ee33bb256e82f4ed812");
        let sealed = webhook(&"Jefe".into(), b"what do ya want for nothing?");
        assert_eq!(sealed, "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(webhook(&"k".repeat(80).into(), b"body"), "sha1=6c1ea2d5d700e36e87cbe598466b07d49680f1bc");
    }
}

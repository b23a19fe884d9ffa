//! Redision's signature (seen in public client code): HMAC-SHA256 over the very bytes of the body, as base64 with `-` and `_`,
//! its `=` kept. A GET has no body: its path and query are signed, without the host and whatever folder the host puts before
//! them (specified by us).

use adapters_kit::seal::hmac_b64url;
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;

/// The header of the signature, of ours and of theirs.
pub const BODYSIGN: &str = "bodysign";

/// Who asks, and that it is really us.
pub fn headers(config: &Config, signed: &[u8]) -> Vec<(&'static str, SecretString)> {
    vec![
        ("appid", SecretString::from(config.account.as_str())),
        ("appkey", SecretString::from(config.app_key.expose_secret())),
        (BODYSIGN, SecretString::from(bodysign(&config.app_secret, signed))),
    ]
}

pub fn bodysign(secret: &SecretString, signed: &[u8]) -> String {
    hmac_b64url(secret, &[signed])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::settings;

    #[test]
    fn the_computed_vector_holds() {
        let body = br#"{"merchant_transaction_id":"r1","amount":10000}"#;
        let signed = "9wN3N_VKuMG04--Z_Rcp8__5KTzNmXXeqZJ_U4XXkfc=";
        assert_eq!(bodysign(&"appsecret-0001".into(), body), signed);

        let headers = headers(&Config::read(&settings(&[])).unwrap(), body);
        let shown: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
        assert_eq!(shown, [("appid", "app-0001"), ("appkey", "appkey-0001"), ("bodysign", signed)]);
    }
}

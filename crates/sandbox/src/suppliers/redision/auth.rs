//! Redision's signature: base64 of HMAC-SHA256 over the very bytes sent, with `-` and `_`, and its `=` kept (seen in public
//! client code). A GET signs its path and query; specified by us.

use actix_web::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Account;
use crate::faults::Provider;
use crate::goods::Why;
use crate::state::Sandbox;

pub fn sign(secret: &str, bytes: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(bytes);
    URL_SAFE.encode(mac.finalize().into_bytes())
}

/// Who asks, by the header, before anything is checked.
pub fn claimed(request: &HttpRequest) -> &str {
    header(request, "appid")
}

/// The account that signed these bytes.
///
/// # Errors
/// What is wrong with the credentials.
pub fn authorise<'a>(sandbox: &'a Sandbox, request: &HttpRequest, signed: &[&[u8]]) -> Result<&'a Account, Why> {
    let account = sandbox.account(Provider::Redision, claimed(request));
    let account =
        account.filter(|account| account.field("app_key") == header(request, "appkey")).ok_or(Why::UnknownClient)?;
    let given = header(request, "bodysign");
    let right = signed.iter().any(|bytes| sign(account.field("app_secret"), bytes) == given);
    if right { Ok(account) } else { Err(Why::Credentials) }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_computed_vector() {
        let signed = sign("appsecret-0001", br#"{"merchant_transaction_id":"r1","amount":10000}"#);
        assert_eq!(signed, "9wN3N_VKuMG04--Z_Rcp8__5KTzNmXXeqZJ_U4XXkfc=");
    }
}

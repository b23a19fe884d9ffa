//! What BillFazz posts to the address an order named: the order as it stands, signed over the time and the very bytes; specified
//! by us. Every further try is signed anew, at its own time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::say;
use crate::faults::Provider;
use crate::goods::callback::Signed;
use crate::goods::purchase::Purchase;
use crate::notices::Message;
use crate::state::Sandbox;

/// Four more tries.
pub const RETRY_AFTER_MS: [i64; 4] = [60_000, 300_000, 1_800_000, 7_200_000];

pub fn message(sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
    let account = sandbox.account(Provider::Billfazz, &purchase.key.account)?;
    let url = purchase.callback_url.clone()?;
    let now_ms = sandbox.now_ms();
    let reading = sandbox.state().settings.supplier(Provider::Billfazz).reading;
    let body = say::order(purchase, reading, now_ms).to_string();
    let timestamp = (now_ms / 1_000).to_string();
    let secret = match signed {
        Signed::Rightly => account.field("callback_secret"),
        Signed::Wrongly => "not-the-secret",
    };
    let headers = vec![
        ("X-Billfazz-Signature", format!("sha256={}", sign(secret, &timestamp, &body))),
        ("X-Billfazz-Timestamp", timestamp),
    ];
    Some(Message { method: reqwest::Method::POST, url, content_type: "application/json", headers, body })
}

/// Hex of HMAC-SHA256 over `timestamp.body`.
fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_computed_vector() {
        let signed = sign("bfcb-0001", "1790000000", r#"{"orderId":"o1","refId":"r1","status":"success"}"#);
        assert_eq!(signed, "d911aa50c739aeaa34cff513b1701b80152ef1b4cbb1cb32131e42a550843315");
    }
}

//! How BillFazz and we know each other: HTTP Basic from us (seen in public client code), an HMAC over time and body from them
//! (specified by us).

use adapters_kit::seal::hmac_hex;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use domain::Moment;
use secrecy::{ExposeSecret, SecretString};

/// When a callback was signed, in seconds since 1970.
pub const TIMESTAMP: &str = "x-billfazz-timestamp";
pub const SIGNATURE: &str = "x-billfazz-signature";
/// How far the time of a callback may be from ours: an older one is somebody's copy. Each retry is signed anew.
pub const SKEW: TimeDelta = TimeDelta::seconds(300);

/// The value of `Authorization`.
pub fn basic(key: &str, secret: &SecretString) -> SecretString {
    format!("Basic {}", STANDARD.encode(format!("{key}:{}", secret.expose_secret()))).into()
}

/// `sha256=` and the HMAC over the timestamp as it was sent, a point, and the raw body.
pub fn seal(secret: &SecretString, timestamp: &str, body: &[u8]) -> String {
    format!("sha256={}", hmac_hex(secret, &[timestamp.as_bytes(), b".", body]))
}

/// Whether it was signed just now. A time that is not written in digits is none.
pub fn is_fresh(timestamp: &str, now: Moment) -> bool {
    let plain = (1..=12).contains(&timestamp.len()) && timestamp.bytes().all(|b| b.is_ascii_digit());
    let signed = timestamp.parse().ok().filter(|_| plain).and_then(|seconds| Moment::from_timestamp(seconds, 0));
    signed.is_some_and(|signed| now.signed_duration_since(signed).abs() <= SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_vectors_hold() {
        let basic = basic("client-0001", &"secret-0001".into());
        assert_eq!(basic.expose_secret(), "Basic Y2xpZW50LTAwMDE6c2VjcmV0LTAwMDE=");
        let seal = seal(&"bfcb-0001".into(), "1790000000", br#"{"orderId":"o1","refId":"r1","status":"success"}"#);
        assert_eq!(seal, "sha256=d911aa50c739aeaa34cff513b1701b80152ef1b4cbb1cb32131e42a550843315");
    }

    #[test]
    fn a_signature_lives_five_minutes_either_way() {
        let now = Moment::from_timestamp(1_790_000_000, 0).unwrap();
        for fresh in ["1790000000", "1789999700", "1790000300"] {
            assert!(is_fresh(fresh, now), "{fresh}");
        }
        for stale in [
            "1789999699",
            "1790000301",
            "0",
            "",
            "-1790000000",
            "+1790000000",
            " 1790000000",
            "1790000000.0",
            "179000000000000",
            "1790000000000",
            "now",
        ] {
            assert!(!is_fresh(stale, now), "{stale}");
        }
        assert!(!is_fresh("1789999700", now + TimeDelta::milliseconds(1)));
    }
}

//! Access tokens for as many customers as there are orders. Signing in is not what is measured, and a program per token would
//! take minutes.

use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use crate::error::BenchError;

/// For the server: `id:base64`, good for a bench and nothing else.
pub const JWT_KEYS: &str = "bench:YmVuY2gtb25seS1qd3Qta2V5LTAxMjM0NTY3ODlhYmM=";
/// Longer than any bench.
const LIFE: Duration = Duration::from_secs(24 * 3_600);

/// Signs them.
pub struct Signer {
    key: EncodingKey,
    header: Header,
    from: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    role: &'static str,
    aud: &'static str,
    iat: u64,
    exp: u64,
}

impl Signer {
    /// With the bench's key, from now on.
    ///
    /// # Errors
    /// Never: the key is as it must be.
    pub fn new() -> Result<Self, BenchError> {
        let (id, secret) = JWT_KEYS.split_once(':').unwrap_or_default();
        let key = EncodingKey::from_base64_secret(secret).map_err(unsigned)?;
        Ok(Self { key, header: Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::HS256) }, from: now_s() })
    }

    /// The token of the n-th customer.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn customer(&self, n: u64) -> Result<String, BenchError> {
        let sub = format!("0199aa00-0000-7000-8000-{n:012x}");
        let (iat, exp) = (self.from, self.from + LIFE.as_secs());
        let claims = Claims { sub: &sub, role: "customer", aud: "seberang", iat, exp };
        encode(&self.header, &claims, &self.key).map_err(unsigned)
    }
}

fn unsigned(error: jsonwebtoken::errors::Error) -> BenchError {
    BenchError::Expected(format!("a token could not be signed: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "the servers of a bench go by the system's clock")]
fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_has_a_token_of_their_own() {
        let signer = Signer::new().unwrap();
        let (one, other) = (signer.customer(1).unwrap(), signer.customer(2).unwrap());
        assert_eq!(one.split('.').count(), 3);
        assert!(one != other && one == signer.customer(1).unwrap());
    }
}

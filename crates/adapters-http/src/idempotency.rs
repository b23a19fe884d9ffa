//! Idempotency-Key: the same key and body get the same answer, byte for byte; another body is refused.
//! The keys are kept by the store, in the commit they belong to.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use domain::Order;
use engine::{Rendered, Request};
use sha2::{Digest, Sha256};

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Problem;

pub const HEADER: &str = "Idempotency-Key";
/// A UUID has 36; longer than this is no name for a request.
const MAX_LENGTH: usize = 100;

/// The key a client chose for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut given = headers.get_all(HEADER);
        let wrong = |code, detail| {
            Err(Problem::bad_request("idempotency_key_required", "An Idempotency-Key is needed")
                .field(HEADER, code, detail))
        };
        match (given.next(), given.next()) {
            (None, _) => wrong("required", "choose a fresh one for each thing you want done"),
            (Some(_), Some(_)) => wrong("duplicate", "it is given twice"),
            (Some(value), None) => match value.to_str() {
                Ok(text) if (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) => {
                    Ok(Self(text.to_owned()))
                }
                _ => wrong("invalid", "1 to 100 visible ASCII characters without spaces"),
            },
        }
    }
}

impl FromRequest for Key {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = request.extensions().get::<Self>().cloned();
        ready(key.ok_or_else(|| Problem::internal(&"a route without a key asks for one")))
    }
}

/// A request that may be repeated, as the engine wants to know it.
pub struct Once {
    pub scope: String,
    pub key: String,
    pub hash: [u8; 32],
}

impl Once {
    /// The scope is who asks for what: method and path, since the path names the order.
    pub fn new(request: &HttpRequest, caller: &Caller, key: Key, body: &Body) -> Self {
        Self {
            scope: format!("{} {} {}", caller.principal(), request.method(), request.path()),
            key: key.0,
            hash: Sha256::digest(&body.bytes).into(),
        }
    }

    pub fn request<'a>(&'a self, render: &'a (dyn Fn(&Order) -> Rendered + Send + Sync)) -> Request<'a> {
        Request { scope: &self.scope, key: &self.key, hash: self.hash, render }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn told(values: &[&[u8]]) -> Result<Key, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HeaderName::from_static("idempotency-key"), HeaderValue::from_bytes(value).unwrap());
        }
        Key::of(&headers).map_err(|problem| {
            assert_eq!(problem.status.as_u16(), 400);
            assert_eq!(problem.errors[0].field, HEADER);
            match problem.errors[0].code.as_str() {
                "required" => "required",
                "duplicate" => "duplicate",
                _ => "invalid",
            }
        })
    }

    #[test]
    fn a_key_is_needed_once_and_in_plain_letters() {
        assert_eq!(told(&[b"6e0d4f5c-1111"]), Ok(Key("6e0d4f5c-1111".into())));
        assert_eq!(told(&[]), Err("required"));
        assert_eq!(told(&[b"a", b"b"]), Err("duplicate"));
        for wrong in [&b""[..], b"a b", b"\xff", &[b'a'; 101]] {
            assert_eq!(told(&[wrong]), Err("invalid"));
        }
        assert!(told(&[&[b'a'; 100]]).is_ok());
    }
}

//! HTTP Basic: the client's key as user, its secret as password (seen in public client code).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::Account;
use crate::faults::Provider;
use crate::goods::Why;
use crate::state::Sandbox;

/// Who asks, before anything is checked.
pub fn claimed(request: &HttpRequest) -> String {
    credentials(request).map_or_else(String::new, |(key, _)| key)
}

/// The account these credentials are of.
///
/// # Errors
/// What is wrong with them.
pub fn authorise<'a>(sandbox: &'a Sandbox, request: &HttpRequest) -> Result<&'a Account, Why> {
    let (key, secret) = credentials(request).ok_or(Why::Credentials)?;
    let account = sandbox.account(Provider::Billfazz, &key).ok_or(Why::UnknownClient)?;
    if account.field("secret") == secret { Ok(account) } else { Err(Why::Credentials) }
}

fn credentials(request: &HttpRequest) -> Option<(String, String)> {
    read(request.headers().get(AUTHORIZATION)?.to_str().ok()?)
}

fn read(header: &str) -> Option<(String, String)> {
    let plain = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).ok()?).ok()?;
    plain.split_once(':').map(|(key, secret)| (key.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_the_computed_vector_says() {
        let vector = read("Basic Y2xpZW50LTAwMDE6c2VjcmV0LTAwMDE=");
        assert_eq!(vector, Some(("client-0001".to_owned(), "secret-0001".to_owned())));
        for odd in ["", "Basic", "Basic !", "Bearer Y2xpZW50LTAwMDE6c2VjcmV0LTAwMDE=", "Basic Y2xpZW50"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}

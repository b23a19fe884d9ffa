//! Who may ask Lapak Gaming, and how often: a key behind `Bearer`, 500 requests in ten seconds from one address, 50 of them for
//! products (its documents).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::config::Account;
use crate::faults::Provider;
use crate::goods::Why;
use crate::state::Sandbox;

const WINDOW_MS: i64 = 10_000;
const REQUESTS: usize = 500;
const PRODUCT_READS: usize = 50;

/// What a request is counted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// For all requests alone.
    Usual,
    /// For products, too.
    ProductRead,
}

/// Whose key it is.
pub fn claimed<'a>(sandbox: &'a Sandbox, request: &HttpRequest) -> Option<&'a Account> {
    let given = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let key = given.strip_prefix("Bearer ")?;
    sandbox.accounts_of(Provider::Lapak).iter().find(|account| account.field("secret_key") == key)
}

/// Whose key it is, in the truth's words; nobody's is empty.
pub fn name<'a>(sandbox: &'a Sandbox, request: &HttpRequest) -> &'a str {
    claimed(sandbox, request).map_or("", |account| account.name.as_str())
}

/// The account that may ask this now.
///
/// # Errors
/// Why it may not.
pub fn authorise<'a>(sandbox: &'a Sandbox, request: &HttpRequest, counted: Counted) -> Result<&'a Account, Why> {
    let from = request.peer_addr().map_or_else(String::new, |peer| peer.ip().to_string());
    let now_ms = sandbox.now_ms();
    let pacing = &mut sandbox.state().pacing;
    let mut is_too_much = |kind: &str, most| pacing.is_too_much(Provider::Lapak, kind, most, WINDOW_MS, now_ms);
    let read = counted == Counted::ProductRead;
    if is_too_much(&from, REQUESTS) || read && is_too_much(&format!("{from} products"), PRODUCT_READS) {
        return Err(Why::Busy);
    }
    claimed(sandbox, request).ok_or(Why::Credentials)
}

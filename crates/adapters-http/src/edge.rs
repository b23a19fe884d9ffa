//! What every request passes first and last: its id, its line in the log where it failed, its numbers, the headers of every answer, and the one
//! shape of every error.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use bytes::Bytes;
use tracing::Instrument;
use uuid::Uuid;

use crate::body::Unread;
use crate::metrics::HttpMetrics;
use crate::places;
use crate::problem::{Problem, head_too_large, of_status};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What a caller may choose as an id: not so short that many choose the same, and a UUID fits.
const REQUEST_ID_LENGTH: std::ops::RangeInclusive<usize> = 8..=64;
/// A page that is none needs nothing from anywhere.
const NOTHING_ELSE: &str = "default-src 'none'; frame-ancestors 'none'";
/// Bytes of address, query and headers together. A browser's cookies and the longest token stay below half of it.
pub const HEAD_CAP: usize = 16 * 1024;
/// Stands in the route of a path that ends in a secret.
const TOKEN: &str = "{token}";
/// Longest path in the log: twice our longest.
const PATH_CAP: usize = 200;

pub async fn edge<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let payload = request.take_payload();
    request.extensions_mut().insert(Unread(payload));
    let id = request_id(request.headers());
    if let Err(full) = places::take(request.request()) {
        return Ok(turned_away(request, &full, &id).await);
    }
    let began = Instant::now();
    let method = request.method().clone();
    let path: String = request.path().chars().take(PATH_CAP).collect();
    let metrics = request.app_data::<web::Data<HttpMetrics>>().cloned();

    let span = tracing::info_span!("request", request.id = %id);
    let response = if head_size(&request) > HEAD_CAP {
        request.error_response(head_too_large())
    } else {
        next.call(request).instrument(span.clone()).await?.map_into_boxed_body()
    };
    places::served(&response);
    let mut response = span.in_scope(|| worded(response, &id));
    dress(response.headers_mut(), &id);

    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16();
    let elapsed = began.elapsed();
    if let Some(metrics) = metrics {
        metrics.count(method.as_str(), &route, status, elapsed);
    }
    // A path that leads nowhere may hold anything, and one with a token a secret; they are not logged.
    let kept = route != "unmatched" && !route.contains(TOKEN) && is_plain(&path);
    let path = if kept { path.as_str() } else { "-" };
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    // What went well is counted; a line for each would be most of the log.
    match response.status() {
        status if status.is_server_error() => {
            tracing::warn!(request.id = %id, %method, path, status = status.as_u16(), elapsed_ms, "answered");
        }
        status if status.is_client_error() => {
            tracing::info!(request.id = %id, %method, path, status = status.as_u16(), elapsed_ms, "answered");
        }
        status => tracing::debug!(request.id = %id, %method, path, status = status.as_u16(), elapsed_ms, "answered"),
    }
    Ok(holding_unread(response))
}

/// Counted, and not in the log: there they would drown what they come from.
async fn turned_away(request: ServiceRequest, full: &Problem, id: &str) -> ServiceResponse<BoxBody> {
    // One turn, in which a body that is there already is read: else the connection could not be used again, and whoever
    // comes back costs a new one.
    tokio::task::yield_now().await;
    let mut response = request.into_response(full.respond(id));
    dress(response.headers_mut(), id);
    holding_unread(response)
}

fn head_size(request: &ServiceRequest) -> usize {
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let address = request.path().len() + request.query_string().len();
    headers.sum::<usize>() + address
}

/// An answer that holds on to what was not read of its request until it is out; see [`Unread`].
struct Holding {
    body: BoxBody,
    _unread: Unread,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

fn holding_unread(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let unread = response.request().extensions_mut().remove::<Unread>();
    match unread {
        None | Some(Unread(Payload::None)) => response,
        Some(unread) => response.map_body(|_, body| BoxBody::new(Holding { body, _unread: unread })),
    }
}

/// An error becomes a problem with the request's id; whatever else the framework refused gets our words too.
fn worded(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let problem = response.response().error().map(|error| match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => of_status(error.as_response_error().status_code()),
    });
    match problem {
        None => response,
        Some(problem) => {
            let (request, _) = response.into_parts();
            ServiceResponse::new(request, problem.respond(id))
        }
    }
}

fn dress(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for (name, usual) in [(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, NOTHING_ELSE)] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(usual));
        }
    }
}

/// Whether a path holds ids and words only. More than five digits in a part of it may be somebody's number.
fn is_plain(path: &str) -> bool {
    let few_digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count() <= 5;
    path.split('/').all(|part| few_digits(part) || Uuid::parse_str(part).is_ok())
}

/// The caller's own id when it is plain and short, so that their log and ours can be read together.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        REQUEST_ID_LENGTH.contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let given = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).filter(sane);
    given.map_or_else(fresh_id, str::to_owned)
}

#[expect(clippy::disallowed_methods, reason = "an id in the log decides nothing")]
fn fresh_id() -> String {
    Uuid::now_v7().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(given: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_str(given).unwrap());
        request_id(&headers)
    }

    #[test]
    fn a_path_with_a_number_in_it_is_not_logged() {
        assert!(is_plain("/v1/orders/0199aa00-0000-7000-8000-000000000001/items/12/resolve"));
        for odd in ["/v1/orders/081234567890", "/v1/orders/%30%38%31%32", "/webhooks/6281234/x"] {
            assert!(!is_plain(odd), "{odd}");
        }
    }

    #[test]
    fn a_callers_id_is_kept_only_when_it_is_harmless() {
        assert_eq!(id_for("trace-0001"), "trace-0001");
        for odd in ["short", "with space here", "{\"a\":\"injection\"}", &"a".repeat(65)] {
            assert_ne!(id_for(odd), odd);
            assert!(Uuid::parse_str(&id_for(odd)).is_ok());
        }
    }
}

//! Notices of providers: the raw bytes go to the adapter that can verify them, its answer goes back word for word.
//! The engine acknowledges only what is stored.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use engine::{Engine, NoticeAnswer};
use ports::notice::{NoticeReply, RawNotice};
use secrecy::SecretString;

use crate::answer::Handled;
use crate::body::Body;
use crate::problem::{Problem, no_route};
use crate::query::path;

/// A notice of a payment gateway or a supplier.
///
/// The answer is in the provider's own form. Providers that sign nothing send to `/webhooks/{provider}/{kind}/{token}`, by GET or
/// POST: the secret end of the address is set there.
#[utoipa::path(
    post, path = "/webhooks/{provider}/{kind}", tag = "webhooks",
    params(
        ("provider" = String, Path, description = "The gateway or supplier as this installation names it"),
        ("kind" = String, Path, description = "The provider's kind of notice"),
    ),
    request_body(content = String, description = "As the provider sends it, at most 64 KiB", content_type = "*/*"),
    responses(
        (status = 200, description = "Stored; the provider may stop", body = String, content_type = "text/plain"),
        (status = 429, description = "Not believed, like too many others from there; Retry-After says when to come again"),
    ),
)]
pub async fn receive(request: HttpRequest, body: Body, engine: web::Data<Engine>) -> Handled {
    let provider: String = path(&request, "provider")?;
    let kind: String = path(&request, "kind")?;
    let raw = raw(&request, body);
    let answered = engine.notice(&provider, &kind, &raw).await;
    fail::fail_point!("http.before_ack");
    match answered {
        NoticeAnswer::Reply(reply) => Ok(answer(reply)),
        NoticeAnswer::TooMany { retry_after_s } => Err(too_many(retry_after_s)),
        NoticeAnswer::UnknownProvider => Err(no_route()),
    }
}

/// A notice of a provider that signs nothing.
///
/// The end of the address is its secret; everything else is as at `/webhooks/{provider}/{kind}`.
#[utoipa::path(
    post, path = "/webhooks/{provider}/{kind}/{token}", tag = "webhooks",
    params(
        ("provider" = String, Path, description = "The supplier as this installation names it"),
        ("kind" = String, Path, description = "The provider's kind of notice"),
        ("token" = String, Path, description = "The secret that was set with the provider"),
    ),
    request_body(content = String, description = "As the provider sends it, at most 64 KiB", content_type = "*/*"),
    responses((status = 200, description = "Stored; the provider may stop", body = String, content_type = "text/plain")),
)]
pub async fn receive_by_token(request: HttpRequest, body: Body, engine: web::Data<Engine>) -> Handled {
    receive(request, body, engine).await
}

/// The same by GET, in the query.
#[utoipa::path(
    get, path = "/webhooks/{provider}/{kind}/{token}", tag = "webhooks",
    params(
        ("provider" = String, Path, description = "The supplier as this installation names it"),
        ("kind" = String, Path, description = "The provider's kind of notice"),
        ("token" = String, Path, description = "The secret that was set with the provider"),
    ),
    responses((status = 200, description = "Stored; the provider may stop", body = String, content_type = "text/plain")),
)]
pub async fn receive_by_get(request: HttpRequest, body: Body, engine: web::Data<Engine>) -> Handled {
    receive(request, body, engine).await
}

/// A message as it came.
pub fn raw(request: &HttpRequest, body: Body) -> RawNotice {
    RawNotice {
        headers: headers(request),
        query: request.query_string().to_owned(),
        body: body.bytes,
        peer: request.peer_addr().map(|peer| peer.ip()),
        token: request.match_info().get("token").map(SecretString::from),
    }
}

/// Names are lower-case already. A value that is not text means nothing to any provider of ours.
fn headers(request: &HttpRequest) -> Vec<(String, String)> {
    let text = request.headers().iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
    text.map(|(name, value)| (name.as_str().to_owned(), value.to_owned())).collect()
}

/// No provider of ours takes this for a reason to stop.
fn too_many(retry_after_s: u32) -> Problem {
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_rejected", "Too many notices were rejected");
    Problem { retry_after_s: Some(retry_after_s), ..problem.detail("only a notice that is signed correctly is taken") }
}

fn answer(reply: NoticeReply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).content_type(reply.content_type).body(reply.body)
}

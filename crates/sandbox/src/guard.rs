//! Faults of the way: what happens to a request before and after it is worked on. Knows no provider.

use std::io::ErrorKind;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::faults::{AFTER, At, BEFORE, Kind, Rule};
use crate::goods::Refusal;
use crate::spoil::spoil;
use crate::state::Sandbox;

/// Longer than any client's patience, short enough for a test.
const DEFAULT_LATENCY_MS: u64 = 2_000;
/// Longer than any client is let wait.
const SILENCE: Duration = Duration::from_secs(90);
/// Between two looks whether a client still waits.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Marks the address we redirected to, to see who follows.
const REDIRECTED: &str = "redirected=1";
const UNAVAILABLE_PAGE: &str = "<html><body><h1>Service temporarily unavailable</h1></body></html>";

/// A second handle on the connection a request came over.
pub struct Connection(TcpStream);

/// Keeps the handle with each accepted connection.
pub fn remember_connection(io: &dyn std::any::Any, extensions: &mut actix_web::dev::Extensions) {
    let duplicate =
        io.downcast_ref::<actix_web::rt::net::TcpStream>().and_then(|stream| stream.as_fd().try_clone_to_owned().ok());
    if let Some(duplicate) = duplicate {
        extensions.insert(Connection(TcpStream::from(duplicate)));
    }
}

/// As [`run_planned`], where nothing is planned.
pub async fn run<F, Fut>(request: &HttpRequest, sandbox: &Sandbox, at: &At<'_>, form: F) -> HttpResponse
where
    F: FnOnce(Option<Refusal>) -> Fut,
    Fut: Future<Output = HttpResponse>,
{
    run_planned(request, sandbox, at, [None, None], form).await
}

/// Counts a call, draws its transport faults of a call and works on it between them. `form` gets what a `refuse` fault says and must
/// then form nothing. The request was real from here on: what `form` did stays done whatever the client sees.
/// What a test number plans before and after happens where no rule hits.
pub async fn run_planned<F, Fut>(
    request: &HttpRequest,
    sandbox: &Sandbox,
    at: &At<'_>,
    planned: [Option<Kind>; 2],
    form: F,
) -> HttpResponse
where
    F: FnOnce(Option<Refusal>) -> Fut,
    Fut: Future<Output = HttpResponse>,
{
    sandbox.state().arrivals.count(at);
    let followed = request.query_string().contains(REDIRECTED);
    if followed {
        sandbox.state().faults.count(Kind::RedirectFollowed);
    }
    let before = sandbox.state().faults.draw_one(at, BEFORE);
    let [planned_before, planned_after] = planned;
    let refused = match before.as_ref().map(|rule| rule.kind).or(planned_before) {
        Some(Kind::DropBefore) => return hang_up(request),
        Some(Kind::SilenceBefore) => return be_silent(request).await,
        Some(Kind::ErrorBefore) => return server_error(),
        Some(Kind::Redirect307) if !followed => return redirect_to_itself(request),
        Some(Kind::Refuse) => before.and_then(|rule| rule.refusal()),
        _ => None,
    };
    let answer = form(refused).await;
    let latency = sandbox.draw(at, &[Kind::Latency]).delay_ms(Kind::Latency, DEFAULT_LATENCY_MS);
    // The answer waits, not the work: a client that gives up has still bought something.
    if let Some(delay) = latency {
        tokio::time::sleep(Duration::from_millis(delay.unsigned_abs())).await;
    }
    let after = sandbox.state().faults.draw_one(at, AFTER);
    match after.as_ref().map(|rule| rule.kind).or(planned_after) {
        Some(Kind::DropAfter) => hang_up(request),
        Some(Kind::SilenceAfter) => be_silent(request).await,
        Some(Kind::ErrorAfter) => server_error(),
        Some(Kind::Html) => html(StatusCode::OK, UNAVAILABLE_PAGE),
        Some(Kind::Garbage) => HttpResponse::Ok().content_type("application/json").body(r#"{"data":{"ref_id":"#),
        Some(Kind::Empty) => HttpResponse::Ok().finish(),
        Some(kind) => spoil(answer, kind, at.reference, after.as_ref().and_then(Rule::rewrites)).await,
        None => answer,
    }
}

fn redirect_to_itself(request: &HttpRequest) -> HttpResponse {
    let location = format!("{}?{REDIRECTED}", request.path());
    HttpResponse::TemporaryRedirect().insert_header((LOCATION, location)).finish()
}

/// Closes the socket under the connection, so that not one byte of the answer reaches the client.
pub fn hang_up(request: &HttpRequest) -> HttpResponse {
    let closed = request.conn_data::<Connection>().map(|connection| connection.0.shutdown(Shutdown::Both));
    if !matches!(closed, Some(Ok(()))) {
        tracing::warn!(?closed, "a connection to be dropped could not be closed");
    }
    HttpResponse::Ok().force_close().finish()
}

/// Says nothing for as long as the client waits for it.
async fn be_silent(request: &HttpRequest) -> HttpResponse {
    let began = Instant::now();
    while began.elapsed() < SILENCE && still_waits(request) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    hang_up(request)
}

/// Nobody reads what may come on this connection, but its end: the handle shares the server's, which never waits for bytes.
fn still_waits(request: &HttpRequest) -> bool {
    let Some(Connection(stream)) = request.conn_data() else { return false };
    match stream.peek(&mut [0]) {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

/// What any server says when it fails, to people.
pub fn server_error() -> HttpResponse {
    html(StatusCode::INTERNAL_SERVER_ERROR, "<html><body><h1>500 Internal Server Error</h1></body></html>")
}

/// The books could not be written: nothing may be claimed.
pub fn not_durable() -> HttpResponse {
    HttpResponseBuilder::new(StatusCode::SERVICE_UNAVAILABLE).finish()
}

pub fn html(status: StatusCode, text: impl Into<String>) -> HttpResponse {
    HttpResponseBuilder::new(status).content_type("text/html; charset=utf-8").body(text.into())
}

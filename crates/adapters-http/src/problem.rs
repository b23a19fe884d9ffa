//! RFC 9457 problem details: the one shape of every error this API answers.
//! Which error becomes which problem is in `errors`; nothing internal reaches a `detail`.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use domain::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::MoneyDto;

pub const PROBLEM_JSON: &str = "application/problem+json";

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: `items[0].target`, a header's, query parameter's or path parameter's name, or `body`.
    pub field: String,
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// An error on its way to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    pub title: &'static str,
    pub detail: Box<str>,
    pub errors: Vec<FieldError>,
    /// Seconds after which the same request may succeed.
    pub retry_after_s: Option<u32>,
    /// The methods a known path does take.
    pub allow: Option<Box<str>>,
    /// The total as it is now, when another was expected.
    pub total: Option<Money>,
    /// The rest of the request was not read: the connection cannot be used again.
    pub close: bool,
}

/// The body of a problem.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// `urn:seberang:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    /// A stable word for programs.
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// The total as it is now (code `total_changed`).
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<MoneyDto>,
    /// Name this when you ask us about it.
    request_id: &'a str,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
            detail: title.into(),
            errors: Vec::new(),
            retry_after_s: None,
            allow: None,
            total: None,
            close: false,
        }
    }

    pub fn bad_request(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, title)
    }

    /// Well-formed, but a value cannot be taken.
    pub fn invalid(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
    }

    pub fn conflict(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    pub fn not_found(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, title)
    }

    pub fn unavailable(code: &'static str, title: &'static str, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, title) }
    }

    /// A fault of ours. `why` is for the log only.
    pub fn internal(why: &dyn fmt::Display) -> Self {
        tracing::error!(%why, "a request failed for a reason of ours");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
    }

    pub fn detail(self, detail: impl Into<Box<str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    pub fn field(mut self, field: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
        self
    }

    pub fn closing(self) -> Self {
        Self { close: true, ..self }
    }

    /// The response, with the id under which it is in our log.
    pub fn respond(&self, request_id: &str) -> HttpResponse {
        let body = ProblemBody {
            kind: format!("urn:seberang:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            errors: &self.errors,
            total: self.total.map(MoneyDto::from),
            request_id,
        };
        let mut response = HttpResponse::build(self.status);
        response.content_type(PROBLEM_JSON);
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((header::ALLOW, &**allow));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        if self.close {
            response.force_close();
        }
        response.body(crate::answer::json_text(&body))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// The edge renders it again with the request's id.
    fn error_response(&self) -> HttpResponse {
        self.respond("")
    }
}

/// What the framework itself refused, in our words.
pub fn of_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => no_route(),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, "too_large", "The request is too large").closing(),
        StatusCode::REQUEST_TIMEOUT => Problem::new(status, "too_slow", "The request came too slowly").closing(),
        status if status.is_client_error() => Problem::new(status, "bad_request", "The request cannot be read"),
        status => Problem::internal(&status),
    }
}

pub fn head_too_large() -> Problem {
    Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", "The request's head is too large")
        .detail("address and headers may have 16 KiB together")
        .closing()
}

pub fn no_route() -> Problem {
    Problem::not_found("no_such_route", "There is nothing at this address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_is_wrong_where_and_under_which_id() {
        let problem = Problem::invalid("bad_target", "The goods cannot be sent there").field(
            "items[1].target",
            "taiwanese_number",
            "a Taiwanese number",
        );
        let response = problem.respond("r-1");
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(response.headers().get("content-type").unwrap(), PROBLEM_JSON);
        let body = actix_web::body::MessageBody::try_into_bytes(response.into_body()).ok().unwrap();
        insta::assert_snapshot!(std::str::from_utf8(&body).unwrap(), @r#"{"type":"urn:seberang:problem:bad_target","title":"The goods cannot be sent there","status":422,"code":"bad_target","detail":"The goods cannot be sent there","errors":[{"field":"items[1].target","code":"taiwanese_number","detail":"a Taiwanese number"}],"request_id":"r-1"}"#);
    }

    #[test]
    fn headers_tell_when_to_come_again_how_to_log_in_and_what_is_allowed() {
        let busy = Problem::unavailable("unavailable", "Try again", 5).respond("r");
        assert_eq!(busy.headers().get("retry-after").unwrap(), "5");
        let stranger = Problem::new(StatusCode::UNAUTHORIZED, "x", "y").respond("r");
        assert_eq!(stranger.headers().get("www-authenticate").unwrap(), "Bearer");
        let mut wrong = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "x", "y");
        wrong.allow = Some("GET, POST".into());
        assert_eq!(wrong.respond("r").headers().get("allow").unwrap(), "GET, POST");
    }

    #[test]
    fn a_fault_of_ours_tells_the_client_nothing() {
        let problem = Problem::internal(&"password authentication failed for user seberang");
        assert!(!problem.detail.contains("password"));
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

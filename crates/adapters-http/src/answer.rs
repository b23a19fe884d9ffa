//! Answers that are not problems.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use domain::Order;
use engine::{Acted, Answer, Rendered};
use serde::Serialize;

/// What a handler answers.
pub type Handled = Result<HttpResponse, crate::problem::Problem>;

pub const REPLAY_HEADER: &str = "Idempotent-Replay";

/// Our answers are plain structs with text keys: writing them as JSON cannot fail.
pub fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written");
        "null".to_owned()
    })
}

pub fn ok<T: Serialize>(value: &T) -> Handled {
    Ok(HttpResponse::Ok().content_type("application/json").body(json_text(value)))
}

/// A body under its tag, or only "nothing has changed" to a client that has seen this tag.
pub fn tagged(request: &HttpRequest, tag: &str, body: impl FnOnce() -> String) -> HttpResponse {
    let etag = format!("\"{tag}\"");
    let seen = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if seen.is_some_and(|seen| matches_etag(seen, &etag)) {
        return HttpResponse::NotModified().insert_header((ETAG, etag)).finish();
    }
    HttpResponse::Ok().insert_header((ETAG, etag)).content_type("application/json").body(body())
}

/// RFC 9110 §13.1.2: a list, compared weakly, or `*`.
fn matches_etag(seen: &str, etag: &str) -> bool {
    seen.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// An answer from the engine: fresh, or word for word the one given before.
pub fn kept(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    if answer.replayed {
        response.insert_header((REPLAY_HEADER, "true"));
    }
    response.body(answer.body)
}

/// The answer to an act, rendered from the order when nothing was kept.
pub fn acted(acted: Acted, render: &dyn Fn(&Order) -> Rendered) -> HttpResponse {
    match acted {
        Acted::Applied { answer: Some(answer), .. } | Acted::Replayed(answer) => kept(answer),
        Acted::Applied { order, answer: None } | Acted::AlreadyApplied(order) => {
            let Rendered { status, body } = render(&order);
            kept(Answer { status, body, replayed: false })
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_etag_is_found_in_any_form_a_client_may_send_it() {
        for seen in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
            assert!(matches_etag(seen, "\"3\""), "{seen}");
        }
        for other in ["\"33\"", "3", "", "\"2\""] {
            assert!(!matches_etag(other, "\"3\""), "{other}");
        }
    }

    #[test]
    fn who_has_seen_it_gets_no_body_and_everybody_gets_the_tag() {
        let told = |seen: &str| {
            let request = TestRequest::default().insert_header((IF_NONE_MATCH, seen)).to_http_request();
            let response = tagged(&request, "3", || "{}".to_owned());
            assert_eq!(response.headers().get(ETAG).unwrap(), "\"3\"");
            let status = response.status().as_u16();
            (status, response.into_body().try_into_bytes().ok().unwrap().len())
        };
        assert_eq!(told("\"3\""), (304, 0));
        assert_eq!(told("\"2\""), (200, 2));
    }
}

//! Answers that are not problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
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

pub fn json<T: Serialize>(status: StatusCode, value: &T) -> HttpResponse {
    HttpResponse::build(status).content_type("application/json").body(json_text(value))
}

pub fn ok<T: Serialize>(value: &T) -> Handled {
    Ok(json(StatusCode::OK, value))
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

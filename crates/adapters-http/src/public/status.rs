//! Where the customer's browser comes back to from a gateway's page, and the page that shows how the payment stands. Nothing here
//! changes anything: what a browser carries is no source of truth.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::Reference;
use engine::{ActError, Engine};

use super::status_page::{Standing, response};
use crate::answer::Handled;
use crate::body::Body;
use crate::dto::Language;
use crate::problem::{Problem, no_route};
use crate::query::path;
use crate::webhooks::raw;

/// The browser is back from the gateway's page.
///
/// What it carries must be signed by the gateway; it is then sent on to the page of its checkout.
#[utoipa::path(
    post, path = "/pay/{gateway}/return", tag = "paying", operation_id = "return_from_gateway",
    params(
        ("gateway" = String, Path, description = "The gateway as this installation names it"),
        ("lang" = Option<String>, Query, description = "id, zh-TW or en"),
    ),
    request_body(content = String, description = "As the gateway's page sends it", content_type = "*/*"),
    responses(
        (status = 303, description = "To the page of the checkout"),
        (status = 400, description = "Not signed by the gateway", body = String, content_type = "text/html"),
    ),
)]
pub async fn returned(request: HttpRequest, body: Body, engine: web::Data<Engine>) -> Handled {
    let gateway: String = path(&request, "gateway")?;
    let language = language(&request);
    match engine.returned(&gateway, &raw(&request, body)) {
        None => Err(no_route()),
        Some(Err(_rejected)) => Ok(response(StatusCode::BAD_REQUEST, Standing::Unreadable, language)),
        // Relative to this address, whatever stands before it.
        Some(Ok(reference)) => {
            let page = format!("{reference}?lang={}", language.tag());
            Ok(HttpResponse::SeeOther().insert_header((LOCATION, page)).finish())
        }
    }
}

/// How a checkout stands, for the person who has its link.
#[utoipa::path(
    get, path = "/pay/{gateway}/{reference}", tag = "paying", operation_id = "show_payment",
    params(
        ("gateway" = String, Path, description = "The gateway as this installation names it"),
        ("reference" = String, Path, description = "The checkout's reference"),
        ("lang" = Option<String>, Query, description = "id, zh-TW or en"),
    ),
    responses(
        (status = 200, description = "A page without anything personal", body = String, content_type = "text/html"),
        (status = 404, description = "There is no such checkout", body = String, content_type = "text/html"),
    ),
)]
pub async fn show(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let language = language(&request);
    let unknown = || Ok(response(StatusCode::NOT_FOUND, Standing::Unreadable, language));
    let gateway: String = path(&request, "gateway")?;
    let Ok(reference) = path::<Reference>(&request, "reference") else { return unknown() };
    match engine.order_of_checkout(&gateway, &reference).await {
        Ok(order) => match Standing::of(&order, &reference) {
            Some(standing) => Ok(response(StatusCode::OK, standing, language)),
            None => unknown(),
        },
        Err(ActError::NotFound) => unknown(),
        Err(error) => Err(Problem::from(error)),
    }
}

/// As the link asks; Indonesian where it does not, like the rest of the shop.
fn language(request: &HttpRequest) -> Language {
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    match query.find(|(name, _)| name == "lang").as_ref().map(|(_, tag)| tag.as_ref()) {
        Some("zh-TW") => Language::Chinese,
        Some("en") => Language::English,
        Some(_) | None => Language::Indonesian,
    }
}

//! The description of a listener's API, and the page that shows it. Everything is inside the binary.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_swagger_ui::Config;

use crate::answer::Handled;
use crate::problem::{Problem, no_route};
use crate::routes::mount;

/// The page brings its own scripts and styles, some of them inline, and asks nobody else.
const PAGE_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// The description as text, made once.
pub struct Description(pub String);

pub fn configure(config: &mut web::ServiceConfig) {
    mount(config, "/openapi.json", vec![web::get().to(openapi)]);
    mount(config, "/docs", vec![web::get().to(to_page)]);
    mount(config, "/docs/{file:.*}", vec![web::get().to(page)]);
}

async fn openapi(description: web::Data<Description>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description.0.clone())
}

/// The page's own links are relative to the folder.
async fn to_page() -> HttpResponse {
    HttpResponse::build(StatusCode::PERMANENT_REDIRECT).insert_header((LOCATION, "/docs/")).finish()
}

async fn page(request: HttpRequest) -> Handled {
    let file = request.match_info().get("file").unwrap_or_default();
    // "none": no badge of an outside validator.
    let config = Config::new(["/openapi.json"]).validator_url("none");
    let served = utoipa_swagger_ui::serve(file, Arc::new(config)).map_err(|error| Problem::internal(&error))?;
    let served = served.ok_or_else(no_route)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY)).content_type(served.content_type);
    Ok(response.body(served.bytes.into_owned()))
}

//! The customers' and providers' listener.

mod catalogue;
mod checkouts;
mod events;
mod form_page;
mod inquiries;
mod orders;
mod status;
mod status_page;

use actix_web::web::{ServiceConfig, get, post};
use utoipa::OpenApi;

use crate::openapi::Conventions;
use crate::routes::{PUBLIC, mount};
use crate::{docs, health, webhooks};

pub fn configure(config: &mut ServiceConfig) {
    mount(config, "/healthz", vec![get().to(health::healthz)]);
    mount(config, "/readyz", vec![get().to(health::readyz)]);
    docs::configure(config);
    mount(config, "/webhooks/{provider}/{kind}", vec![post().to(webhooks::receive)]);
    let unsigned = vec![get().to(webhooks::receive_by_get), post().to(webhooks::receive_by_token)];
    mount(config, "/webhooks/{provider}/{kind}/{token}", unsigned);
    mount(config, "/pay/{gateway}/return", vec![post().to(status::returned)]);
    mount(config, "/pay/{gateway}/{reference}", vec![get().to(status::show)]);
    mount(config, "/v1/catalogue", vec![get().to(catalogue::list)]);
    mount(config, "/v1/quotes", vec![post().to(catalogue::quote)]);
    mount(config, "/v1/inquiries", vec![post().to(inquiries::ask)]);
    mount(config, "/v1/orders", vec![get().to(orders::list), post().to(orders::place)]);
    mount(config, "/v1/orders/{id}", vec![get().to(orders::read)]);
    mount(config, "/v1/orders/{id}/events", vec![get().to(events::watch)]);
    mount(config, "/v1/orders/{id}/cancel", vec![post().to(orders::cancel)]);
    mount(config, "/v1/orders/{id}/checkouts", vec![post().to(checkouts::open)]);
    mount(config, "/v1/orders/{id}/payment-methods", vec![get().to(checkouts::methods)]);
}

const CONVENTIONS: Conventions = Conventions(PUBLIC);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Seberang",
        description = "Indonesian top-ups and bills, paid in Taiwan. Errors are RFC 9457 problems with a stable `code`.",
    ),
    paths(
        health::healthz, health::readyz, webhooks::receive, webhooks::receive_by_token, webhooks::receive_by_get, status::returned, status::show, catalogue::list,
        catalogue::quote, inquiries::ask, orders::list, orders::place, orders::read, events::watch, orders::cancel,
        checkouts::open, checkouts::methods,
    ),
    modifiers(&CONVENTIONS),
)]
pub struct Api;

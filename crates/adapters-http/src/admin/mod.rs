//! The staff's listener.

mod alerts;
mod audit;
mod desk;
mod orders;
mod prices;
mod review;
mod suppliers;

use actix_web::web::{ServiceConfig, get, post, put};
use utoipa::OpenApi;

use crate::openapi::Conventions;
use crate::routes::{ADMIN, mount};
use crate::{docs, health, metrics};

pub fn configure(config: &mut ServiceConfig) {
    mount(config, "/healthz", vec![get().to(health::healthz)]);
    mount(config, "/metrics", vec![get().to(metrics::metrics)]);
    docs::configure(config);
    mount(config, "/v1/admin/orders", vec![get().to(orders::list)]);
    mount(config, "/v1/admin/orders/{id}", vec![get().to(orders::story)]);
    mount(config, "/v1/admin/orders/{id}/items/{n}/resolve", vec![post().to(review::resolve_item)]);
    mount(config, "/v1/admin/orders/{id}/payments/{n}/resolve", vec![post().to(review::resolve_payment)]);
    mount(config, "/v1/admin/orders/{id}/payments/{n}/cancel", vec![post().to(review::cancel)]);
    mount(config, "/v1/admin/orders/{id}/refunds/{n}/confirm", vec![post().to(review::confirm_refund)]);
    mount(config, "/v1/admin/orders/{id}/refunds/{n}/reject", vec![post().to(review::reject_refund)]);
    mount(config, "/v1/admin/orders/{id}/refunds/{n}/retry", vec![post().to(review::retry_refund)]);
    mount(config, "/v1/admin/orders/{id}/disputes", vec![post().to(review::report_dispute)]);
    mount(config, "/v1/admin/orders/{id}/tasks/revive", vec![post().to(review::revive)]);
    mount(config, "/v1/admin/alerts", vec![get().to(alerts::alerts)]);
    mount(config, "/v1/admin/alerts/{id}/close", vec![post().to(alerts::close)]);
    mount(config, "/v1/admin/price-book", vec![get().to(prices::price_book), put().to(prices::set_price_book)]);
    mount(config, "/v1/admin/promos/{code}", vec![get().to(prices::promo), put().to(prices::put_promo)]);
    mount(config, "/v1/admin/staff-acts", vec![get().to(audit::staff_acts)]);
    mount(config, "/v1/admin/notices", vec![get().to(audit::notices)]);
    mount(config, "/v1/admin/notices/rejected", vec![get().to(audit::rejected_notices)]);
    mount(config, "/v1/admin/suppliers", vec![get().to(suppliers::suppliers)]);
    mount(config, "/v1/admin/suppliers/{id}/release", vec![post().to(suppliers::release)]);
    mount(config, "/v1/admin/products/{id}/sellers", vec![get().to(suppliers::sellers)]);
    mount(config, "/v1/admin/switches", vec![post().to(suppliers::switch_off)]);
    mount(config, "/v1/admin/switches/{id}/end", vec![post().to(suppliers::switch_on)]);
    mount(config, "/v1/admin/catalogue/sync", vec![post().to(prices::sync)]);
}

const CONVENTIONS: Conventions = Conventions(ADMIN);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Seberang for staff",
        description = "Orders with their whole story, decisions, prices. Never reachable from outside.",
    ),
    paths(
        health::healthz, metrics::metrics, orders::list, orders::story, review::resolve_item, review::resolve_payment,
        review::cancel, review::confirm_refund, review::reject_refund, review::retry_refund, review::report_dispute,
        review::revive,
        alerts::alerts, alerts::close, prices::price_book, prices::set_price_book, prices::promo, prices::put_promo,
        prices::sync, suppliers::suppliers, suppliers::release, suppliers::sellers, suppliers::switch_off, suppliers::switch_on, audit::staff_acts, audit::notices, audit::rejected_notices,
    ),
    modifiers(&CONVENTIONS),
)]
pub struct Api;

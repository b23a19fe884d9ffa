//! Probes: whether the process lives, and whether it should get traffic.

use actix_web::web::{self, ServiceConfig, get};
use engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Handled, ok};
use crate::errors::not_ready;
use crate::metrics;
use crate::routes::mount;

/// The routes of a process that only works.
pub fn configure(config: &mut ServiceConfig) {
    mount(config, "/healthz", vec![get().to(healthz)]);
    mount(config, "/readyz", vec![get().to(readyz)]);
    mount(config, "/metrics", vec![get().to(metrics::metrics)]);
}

/// A probe's answer.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok` or `ready`.
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Health)))]
pub async fn healthz() -> Handled {
    ok(&Health { status: "ok" })
}

/// The database answers, its schema is current and next month's partitions exist.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses((status = 200, body = Health), (status = 503, description = "Send traffic elsewhere")),
)]
pub async fn readyz(engine: web::Data<Engine>) -> Handled {
    match engine.ready().await {
        Ok(()) => ok(&Health { status: "ready" }),
        Err(error) => Err(not_ready(&error)),
    }
}

//! `seberang serve`: the APIs, and the work unless others do it.

use std::sync::Arc;

use adapters_http::HttpSettings;
use engine::Workers;

use super::{CommandError, refuse_old_schema, told_to_stop};
use crate::config::{Config, Stage};
use crate::settings::Environment;
use crate::wiring;

pub async fn run(env: &Environment, with_tasks: bool) -> Result<(), CommandError> {
    let config = Config::read(env)?;
    let engine = wiring::engine(&config, env).await?;
    refuse_old_schema(&engine).await?;
    let bound = adapters_http::bind(
        HttpSettings {
            public_addr: config.http_addr,
            admin_addr: config.admin_addr,
            workers: config.http_workers,
            jwt: config.jwt_keys,
            dev: config.stage == Stage::Dev,
        },
        Arc::clone(&engine),
    )?;
    tracing::info!(public = %bound.public, admin = %bound.admin, tasks = with_tasks, "serving");
    let workers = with_tasks.then(|| Workers::start(&engine));
    let stop = async {
        told_to_stop().await;
        // At once, and not when the last request has been answered.
        if let Some(workers) = &workers {
            workers.claim_no_more();
        }
    };
    let served = bound.run(stop).await;
    if let Some(workers) = workers {
        workers.stop().await;
    }
    tracing::info!("stopped");
    Ok(served?)
}

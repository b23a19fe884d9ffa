//! `seberang work`: only the tasks, with probes and metrics on `ADMIN_ADDR`.

use engine::Workers;

use super::{CommandError, refuse_old_schema, told_to_stop};
use crate::config::Config;
use crate::settings::Environment;
use crate::wiring;

pub async fn run(env: &Environment) -> Result<(), CommandError> {
    let config = Config::read(env)?;
    let engine = wiring::engine(&config, env).await?;
    refuse_old_schema(&engine).await?;
    let probes = adapters_http::bind_probes(config.admin_addr, config.jwt_keys, &engine)?;
    let workers = Workers::start(&engine);
    tracing::info!(admin = %probes.addr, "working");
    let stop = async {
        told_to_stop().await;
        workers.claim_no_more();
    };
    let served = probes.run(stop).await;
    workers.stop().await;
    tracing::info!("stopped");
    Ok(served?)
}

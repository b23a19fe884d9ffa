//! `seberang work`: only the tasks.

use engine::Workers;

use super::{CommandError, refuse_old_schema, told_to_stop};
use crate::config::Config;
use crate::settings::Environment;
use crate::wiring;

pub async fn run(env: &Environment) -> Result<(), CommandError> {
    let config = Config::read(env)?;
    let engine = wiring::engine(&config, env).await?;
    refuse_old_schema(&engine).await?;
    let workers = Workers::start(&engine);
    tracing::info!("working");
    told_to_stop().await;
    workers.stop().await;
    tracing::info!("stopped");
    Ok(())
}

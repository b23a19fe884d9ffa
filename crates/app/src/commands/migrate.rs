//! `seberang migrate`: the schema, under a lock, so that any number of processes may try.

use super::CommandError;
use crate::config;
use crate::settings::Environment;

pub async fn run(env: &Environment) -> Result<(), CommandError> {
    let url = config::database_url(env)?;
    let applied = adapters_postgres::migrate(&url).await?;
    if applied.is_empty() {
        println!("the schema is current");
    }
    for name in applied {
        println!("applied {name}");
    }
    Ok(())
}

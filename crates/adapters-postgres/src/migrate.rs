//! Brings the schema up to date. The steps are in `migrations/` and part of the binary.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::dial::Dial;
use crate::store::MONTHS_AHEAD;

/// All steps, oldest first.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Any number; all processes that migrate must take the same one.
const LOCK: i64 = 0x5ebe_7a46;

/// Why the schema could not be brought up to date. Nothing half is left: each step is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Nothing was run: it may be tried again.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The steps before it are done, this one is not; trying again begins with it.
    #[error("a step failed: {0}")]
    Step(String),
}

/// Runs the steps that are missing, one process at a time, and makes the partitions of the months ahead. Returns the names
/// of the steps it ran. Needs a multi-thread runtime.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(url: &str) -> Result<Vec<String>, MigrateError> {
    let step = |error: diesel::result::Error| MigrateError::Step(error.to_string());
    let dial = Dial::parse(url).map_err(|error| MigrateError::Unreachable(error.to_string()))?;
    let mut connection = dial.open().await.map_err(|error| MigrateError::Unreachable(error.to_string()))?;
    // Held until the connection ends.
    connection.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await.map_err(step)?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let ran = harness
        .run_pending_migrations(MIGRATIONS)
        .map_err(|error| MigrateError::Step(error.to_string()))?
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut connection = harness.into_inner();
    // The machine's own time: the schedule that runs on business time goes on from here.
    connection
        .batch_execute(&format!("SELECT make_partitions(clock_timestamp(), {MONTHS_AHEAD})"))
        .await
        .map_err(step)?;
    Ok(ran)
}

/// The versions this binary knows. The error says why they cannot be told: then nobody may call the schema current.
pub(crate) fn known_versions() -> Result<Vec<String>, String> {
    let migrations: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(|error| format!("the embedded migrations cannot be read: {error}"))?;
    if migrations.is_empty() {
        return Err("no migration is embedded".to_owned());
    }
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

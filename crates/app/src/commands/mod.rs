//! The commands of the program.

mod migrate;
mod serve;
mod token;
mod work;

use clap::{Parser, Subcommand};
use ports::settings::BadSetting;
use ports::tasks::NotReady;

use crate::settings::Environment;
use crate::{logging, wiring::WiringError};

/// Cross-border commerce between Taiwan and Indonesia: one backend, several duties.
#[derive(Debug, Parser)]
#[command(name = "seberang", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves both APIs and, unless told not to, works on tasks.
    Serve {
        /// Only serve; other processes do the work.
        #[arg(long)]
        no_tasks: bool,
    },
    /// Works on tasks without serving.
    Work,
    /// Brings the database's schema up to date.
    Migrate,
    /// Prints an access token (dev only).
    Token(token::TokenArgs),
}

/// Why a command ended badly. Printed as one line.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Setting(#[from] BadSetting),
    #[error(transparent)]
    Wiring(#[from] WiringError),
    #[error("the schema could not be brought up to date: {0}")]
    Migrate(#[from] adapters_postgres::MigrateError),
    #[error(transparent)]
    Serve(#[from] adapters_http::ServeError),
    #[error("the runtime could not be started: {0}")]
    Runtime(std::io::Error),
    #[error("{0}")]
    Refused(String),
}

/// Runs one command to its end.
///
/// # Errors
/// What stopped it, in one line.
pub fn run(cli: Cli) -> Result<(), CommandError> {
    let env = Environment::of_process();
    logging::start(&env)?;
    #[cfg(feature = "test-hooks")]
    crate::hooks::install()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve { no_tasks } => serve::run(&env, !no_tasks).await,
            Command::Work => work::run(&env).await,
            Command::Migrate => migrate::run(&env).await,
            Command::Token(args) => token::run(&env, &args),
        }
    })
}

/// A schema that is behind would fail in the middle of things. A database that is away is only waited for.
async fn refuse_old_schema(engine: &engine::Engine) -> Result<(), CommandError> {
    match engine.ready().await {
        Err(NotReady::SchemaBehind) => Err(CommandError::Refused(NotReady::SchemaBehind.to_string())),
        Ok(()) | Err(NotReady::PartitionMissing | NotReady::Unavailable(_)) => Ok(()),
    }
}

/// Ctrl-C or a polite kill.
async fn told_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        // Without the signal there is still Ctrl-C.
        Err(_) => return tokio::signal::ctrl_c().await.unwrap_or_default(),
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

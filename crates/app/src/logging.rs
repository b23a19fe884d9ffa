//! Logs: to standard error, as text for people or JSON for machines.

use tracing_subscriber::EnvFilter;

use crate::settings::{self, Environment, bad};
use ports::settings::BadSetting;

/// Starts logging for the whole process.
///
/// # Errors
/// A setting that is no filter or no format.
pub fn start(env: &Environment) -> Result<(), BadSetting> {
    let filter = EnvFilter::try_new(env.text_or_example(&settings::LOG))
        .map_err(|error| bad(&settings::LOG, format!("is no filter: {error}")))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match env.text_or_example(&settings::LOG_FORMAT) {
        "text" => logs.with_ansi(false).try_init(),
        "json" => logs.json().try_init(),
        _ => return Err(bad(&settings::LOG_FORMAT, "must be `text` or `json`")),
    };
    // Already started: a test runs two commands in one process.
    started.unwrap_or_default();
    Ok(())
}

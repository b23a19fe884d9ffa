//! The `sandbox` binary: settings from the environment, one server, until told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use sandbox::{Clock, Reading, SandboxConfig};
use tracing_subscriber::EnvFilter;

const DEFAULT_ADDR: &str = "127.0.0.1:8090";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("{line}");
            ExitCode::FAILURE
        }
    }
}

/// Every error is one line that names the variable to change.
async fn run() -> Result<(), String> {
    let handle = sandbox::start(settings()?).await.map_err(|error| error.to_string())?;
    println!("sandbox listening on {}", handle.base_url());
    for url in handle.supplier_urls() {
        println!("a supplier of its own at {url}");
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| format!("cannot listen for SIGTERM: {error}"))?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    handle.stop().await;
    Ok(())
}

fn settings() -> Result<SandboxConfig, String> {
    let addr = variable("SANDBOX_ADDR").unwrap_or_else(|| DEFAULT_ADDR.to_owned());
    let addr: SocketAddr =
        addr.parse().map_err(|error| format!("SANDBOX_ADDR={addr} is not an address like 127.0.0.1:8090: {error}"))?;
    let clock = variable("SEBERANG_CLOCK").unwrap_or_else(|| "system".to_owned());
    let clock = Clock::parse(&clock).map_err(|error| format!("SEBERANG_CLOCK: {error}"))?;
    let truth_file = variable("SANDBOX_TRUTH_FILE")
        .map_or_else(|| std::env::temp_dir().join("seberang-sandbox-truth.jsonl"), PathBuf::from);
    let mut config = SandboxConfig::new(addr, truth_file, clock);
    config.ecpay_reading = reading("SANDBOX_ECPAY_READING")?;
    for (supplier, own) in &mut config.suppliers {
        let supplier = supplier.to_uppercase();
        own.reading = reading(&format!("SANDBOX_{supplier}_READING"))?;
        let Some(url) = variable(&format!("SANDBOX_{supplier}_CALLBACK_URL")) else { continue };
        own.accounts.iter_mut().for_each(|account| account.callback_url = Some(url.clone()));
    }
    Ok(config)
}

fn reading(name: &str) -> Result<Reading, String> {
    let Some(word) = variable(name) else { return Ok(Reading::default()) };
    word.parse().map_err(|problem| format!("{name}: {problem}"))
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

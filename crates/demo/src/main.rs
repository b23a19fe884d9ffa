//! The `demo` program: for people until Ctrl-C, or headless with a report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use demo::DemoError;
use demo::headless::{Ran, Run};
use demo::oracle::Counter;
use demo::report::Report;
use demo::trouble::{self, Trouble};
use demo::world::{EVERYBODY, Reading};
use demo::{headless, interactive};
use tokio::signal::unix::{SignalKind, signal};

/// Findings printed; the counters tell the rest.
const FINDINGS_SHOWN: usize = 30;
/// What a shell reports for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Starts PostgreSQL, the sandbox of all providers and the server with a seeded catalogue.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Cli {
    /// Drive orders, report, end.
    #[arg(long)]
    headless: bool,
    /// How many orders.
    #[arg(long, default_value_t = 300)]
    orders: usize,
    /// Which faults happen when.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The report as one JSON object, alone on stdout.
    #[arg(long)]
    json: bool,
    /// Switch one rule off: dedupe, reserve_first, version or unknown_is_failed. Needs a server built for tests.
    #[arg(long = "break", value_name = "RULE", requires = "headless")]
    broken: Option<String>,
    /// How the providers answer what their documents leave open: likely or other.
    #[arg(long, default_value = "likely")]
    reading: Reading,
    /// Who sells to the shop: `id` or `id:kind`, comma-separated.
    #[arg(long, value_delimiter = ',', default_values = EVERYBODY)]
    suppliers: Vec<String>,
    /// A supplier that is in trouble all the time: redision=down (or slow, lying, broke); may be said several times.
    #[arg(long = "trouble", value_name = "SUPPLIER=TROUBLE", value_parser = trouble::parse)]
    troubles: Vec<(String, Trouble)>,
    /// The `seberang` program; by default the one beside this program.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Server processes over one database.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    servers: u8,
    /// Where the server writes; by default a file that goes with the demo.
    #[arg(long)]
    log: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::select! {
        done = run(&cli) => done,
        () = told_to_stop() => {
            // Dropping the run stopped everything it had started.
            return if cli.headless { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS };
        }
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Exit codes.
const PASSED: u8 = 0;
const FAILED: u8 = 1;
/// A rule was broken and the counter that must show it did not rise.
const BLIND: u8 = 2;

async fn run(cli: &Cli) -> Result<u8, DemoError> {
    let server = match &cli.server {
        Some(server) => server.clone(),
        None => beside_us()?,
    };
    if !cli.headless {
        return interactive::run(server, &cli.suppliers, cli.log.clone()).await.map(|()| PASSED);
    }
    let ran = headless::run(&Run {
        server,
        servers: usize::from(cli.servers),
        orders: cli.orders,
        seed: cli.seed,
        broken: cli.broken.clone(),
        suppliers: cli.suppliers.clone(),
        troubles: cli.troubles.clone(),
        reading: cli.reading,
        log_file: cli.log.clone(),
    })
    .await?;
    print(cli, &ran)?;
    Ok(match &cli.broken {
        // A run with a broken rule proves that the oracle sees; it never passes.
        Some(rule) if !ran.report.shows_harm_of(rule) => BLIND,
        Some(_) => FAILED,
        None if ran.passed() => PASSED,
        None => FAILED,
    })
}

fn print(cli: &Cli, ran: &Ran) -> Result<(), DemoError> {
    let report = &ran.report;
    if cli.json {
        let json = serde_json::to_string(report).map_err(|error| DemoError::Expected(error.to_string()))?;
        println!("{json}");
    } else {
        println!("{report}");
    }
    for finding in ran.findings.iter().take(FINDINGS_SHOWN) {
        eprintln!("{}: order {}: {}", finding.counter.name(), finding.order, finding.words);
    }
    let more = ran.findings.len().saturating_sub(FINDINGS_SHOWN);
    if more > 0 {
        eprintln!("and {more} more");
    }
    for words in ran.broken_off.iter().take(FINDINGS_SHOWN) {
        eprintln!("broken off: {words}");
    }
    for kind in report.faults_missing() {
        eprintln!("the fault {kind} never happened");
    }
    for name in report.methods_missing() {
        eprintln!("nobody paid by {name}");
    }
    if let Some(rule) = &cli.broken {
        let risen: Vec<String> =
            report.counters().iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name}={n}")).collect();
        if report.shows_harm_of(rule) {
            eprintln!("with {rule} broken, as it must: {}", risen.join(" "));
        } else {
            let words = "was the server built with app/test-hooks?";
            let harm = Report::harm_of(rule).map_or("nothing", Counter::name);
            eprintln!("BLIND: {rule} was to be broken, and {harm} did not rise: {words}");
        }
    }
    Ok(())
}

fn beside_us() -> Result<PathBuf, DemoError> {
    let me = std::env::current_exe().map_err(|source| DemoError::Io { doing: "find this program".into(), source })?;
    Ok(me.with_file_name("seberang"))
}

/// Ctrl-C or a polite kill.
async fn told_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without it there is still Ctrl-C.
        return tokio::signal::ctrl_c().await.unwrap_or_default();
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

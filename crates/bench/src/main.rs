//! The `bench` program: what PostgreSQL can do for our rows, what we do with them, and what it costs, in one run. `cargo xtask
//! bench` builds the shipped server and starts it. Progress on stderr, the report alone on stdout.

/// A line for the person who waits.
macro_rules! progress {
    ($($words:tt)*) => { eprintln!("bench: {}", format_args!($($words)*)) };
}

mod accept;
mod arrivals;
mod cpu;
mod crowd;
mod db;
mod error;
mod floors;
mod flow;
mod line;
mod lines;
mod machine;
mod parts;
mod report;
mod shop;
mod stage;
mod stats;
mod token;
mod truth;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::BenchError;
use crate::parts::{Pace, Part};
use crate::report::Report;
use crate::stage::Programs;

/// What a shell reports for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Measures the server beside what PostgreSQL itself can do.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Cli {
    /// The report as one JSON object.
    #[arg(long)]
    json: bool,
    /// Short slices and small tables: five minutes instead of twenty.
    #[arg(long)]
    quick: bool,
    /// One part; may be said several times. All of them without it.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Tables of 1 and 10 million orders instead of 100 thousand and 1 million; filling them takes half an hour.
    #[arg(long, conflicts_with = "quick")]
    large: bool,
    /// The `seberang` program.
    #[arg(long)]
    server: PathBuf,
    /// Where the server writes; by default a file that goes with each part.
    #[arg(long)]
    log: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::select! {
        done = run(&cli) => done,
        // Dropping the run stops everything it had started.
        () = told_to_stop() => return ExitCode::from(INTERRUPTED),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<(), BenchError> {
    let pace = Pace::new(cli.quick, cli.large);
    let programs = Programs { server: cli.server.clone(), log: cli.log.clone() };
    let report: Report = parts::run(programs, pace, &cli.only).await?;
    if cli.json {
        let json = serde_json::to_string(&report).map_err(|error| BenchError::Expected(error.to_string()))?;
        println!("{json}");
    } else {
        print!("{report}");
    }
    if report.failed.is_empty() { Ok(()) } else { Err(BenchError::Expected(report.failed.join("; "))) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["bench", "--server", "x", "--only", "pipeline", "--only", "size"]).unwrap();
        assert_eq!(cli.only, [Part::Pipeline, Part::Size]);
    }
}

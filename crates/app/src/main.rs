//! The `seberang` program.

use std::process::ExitCode;

use app::commands::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line: what stops the start names its variable.
            eprintln!("seberang: {error}");
            ExitCode::FAILURE
        }
    }
}

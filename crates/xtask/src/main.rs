//! `cargo xtask`: what a developer and the CI run. Besides clap only the standard library is behind it, so that it builds
//! quickly on a fresh machine; the work is done by the programs it starts.

mod bench;
mod bounded;
mod cargo;
mod conformance;
mod demo;
mod deps;
mod new_supplier;
mod shipped;
mod soak;
mod steps;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands: try it, check it, prepare the machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything and try it: PostgreSQL, the sandbox of all providers, and the server
    #[command(long_about = demo::ABOUT, after_long_help = demo::EXAMPLES)]
    Demo {
        /// Handed to the demo program as they are; see above
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
        flags: Vec<String>,
    },
    /// Run every check, stop at the first that fails, and say how long each took
    #[command(long_about = test::about())]
    Test,
    /// Measure the server beside what PostgreSQL itself can do
    #[command(long_about = bench::ABOUT, after_long_help = bench::EXAMPLES)]
    Bench {
        /// Handed to the bench program as they are; see above
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
        flags: Vec<String>,
    },
    /// Run suppliers' contract suites and print what they report
    #[command(long_about = conformance::ABOUT, after_long_help = conformance::EXAMPLES)]
    Conformance {
        /// As settings name its kind, e.g. iak; all when left out
        supplier: Option<String>,
        /// As JSON, alone on stdout
        #[arg(long)]
        json: bool,
    },
    /// Make the crate of a new supplier, and its two lines
    #[command(long_about = new_supplier::ABOUT, after_long_help = new_supplier::EXAMPLES)]
    NewSupplier {
        /// As settings will name its kind: letters and digits
        name: String,
        /// Leave `.env.example` for later: nothing is compiled
        #[arg(long)]
        no_env: bool,
    },
    /// Run the long crash, race and soak tests, which `test` only has a short share of
    #[command(long_about = soak::ABOUT)]
    Soak,
    /// Look for what the build and the tests need, and install what is missing
    #[command(long_about = deps::ABOUT)]
    Deps,
    /// Prove that the program for use has nothing in it that is made for tests
    #[command(long_about = shipped::ABOUT)]
    Shipped,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo { flags } => demo::run(&flags),
        Command::Test => test::run(),
        Command::Bench { flags } => bench::run(&flags),
        Command::Conformance { supplier, json } => conformance::run(supplier.as_deref(), json),
        Command::NewSupplier { name, no_env } => new_supplier::run(&name, no_env),
        Command::Soak => soak::run(),
        Command::Deps => deps::run(),
        Command::Shipped => shipped::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_of_the_demo_and_the_bench_are_not_ours_to_judge() {
        let cli = Cli::try_parse_from(["cargo xtask", "demo", "--headless", "--orders", "300", "--json"]).unwrap();
        let Command::Demo { flags } = cli.command else { panic!("not the demo") };
        assert_eq!(flags, ["--headless", "--orders", "300", "--json"]);
        let cli = Cli::try_parse_from(["cargo xtask", "bench", "--quick", "--only", "pipeline"]).unwrap();
        let Command::Bench { flags } = cli.command else { panic!("not the bench") };
        assert_eq!(flags, ["--quick", "--only", "pipeline"]);
    }
}

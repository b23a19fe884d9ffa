//! `cargo xtask demo`: prepares the machine, builds, and becomes the demo program.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{cargo, succeed, target_folder, typed};
use crate::deps;

pub(crate) const ABOUT: &str = "\
Installs what is missing (or prints the exact line), builds the release programs, and starts PostgreSQL, the sandbox of \
all providers and the server with a seeded catalogue. It prints the URLs and a curl that works; Ctrl-C stops everything.

With --headless it orders by itself instead, through injected faults, until no order is open, compares what the providers \
really charged and delivered with the books, and exits with an error unless they agree.

Flags of the demo:
  --headless    drive orders, report, end
  --orders N    how many
  --seed S      which faults happen when; the same seed gives the same run
  --json        the report as one JSON object, alone on stdout
  --reading R   how the providers answer what their documents leave open: likely or other
  --break RULE  switch one rule off in a build made for tests; the report must then show the harm: dedupe in
                charged_twice, reserve_first and unknown_is_failed in bought_twice, version in truth_mismatches";

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask demo
  cargo xtask demo --headless --orders 300 --seed 1 --json
  cargo xtask demo --headless --orders 300 --seed 1 --json --break dedupe";

const BUILD: &[&str] = &["build", "--release", "-p", "app", "-p", "demo", "--bins"];
/// Switchable rules and fail points, which no shipped program has. Built apart, so that nobody takes it for one.
const BREAKABLE: &[&str] = &["--features", "app/test-hooks"];
/// The folder in cargo's own where that is built.
const BREAKABLE_FOLDER: &str = "test-hooks";

pub(crate) fn run(flags: &[String]) -> Result<(), String> {
    deps::run()?;
    let programs = build(breaks_a_rule(flags))?;
    let mut demo = Command::new(programs.join("demo"));
    demo.args(flags).arg("--server").arg(programs.join("seberang"));
    // The demo takes our place: Ctrl-C, its exit code and its output need nobody in between.
    Err(format!("cannot start {}: {}", programs.join("demo").display(), demo.exec()))
}

fn breaks_a_rule(flags: &[String]) -> bool {
    flags.iter().any(|flag| flag == "--break" || flag.starts_with("--break="))
}

/// Builds the programs and says in which folder they are.
fn build(breakable: bool) -> Result<PathBuf, String> {
    let target = target_folder()?;
    if !breakable {
        succeed(cargo(BUILD), &typed(BUILD))?;
        return Ok(target.join("release"));
    }
    let apart = target.join(BREAKABLE_FOLDER);
    let folder = apart.display().to_string();
    let args = [BUILD, BREAKABLE, &["--target-dir", &folder]].concat();
    succeed(cargo(&args), &typed(&args))?;
    Ok(apart.join("release"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_broken_rule_asks_for_the_test_build() {
        let flags = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(breaks_a_rule(&flags(&["--headless", "--break", "dedupe"])));
        assert!(breaks_a_rule(&flags(&["--break=version"])));
        assert!(!breaks_a_rule(&flags(&["--headless", "--orders", "300"])));
    }
}

//! `cargo xtask bench`: builds what is shipped, and becomes the bench program.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::cargo::{cargo, succeed, target_folder, typed};
use crate::deps;

pub(crate) const ABOUT: &str = "\
Builds the release programs and measures the server beside what PostgreSQL itself can do on this machine: whole orders per \
second, orders and notices accepted, waits at half load, one supplier or promo code for everybody, far too many orders, counts \
per order, reading of large tables, memory, cold start. Everything interleaved in one run of about twenty minutes; each number \
stands beside its budget. The tables on stdout are those of docs/PERFORMANCE.md.

Rates are reported, never asserted. It fails when the database would forget what it acknowledged, when a backlog stays, or when \
truth and books differ. Nothing else should run on the machine meanwhile; how much else ran is in the tables.

Flags of the bench:
  --json       the report as one JSON object, alone on stdout
  --quick      short slices and small tables, about five minutes: for a look, not for a document
  --only PART  floors, pipeline, rates, promo, supplier, overload, counts, size, process or idiomatic; may be said several times
  --large      read tables of 1 and 10 million orders instead of 100 thousand and 1 million (half an hour more)
  --log FILE   where the server writes";

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask bench
  cargo xtask bench --quick --only pipeline
  cargo xtask bench --json --large";

/// Without a feature made for tests: what is measured is what is shipped.
const BUILD: &[&str] = &["build", "--release", "-p", "app", "-p", "bench", "--bins"];

pub(crate) fn run(flags: &[String]) -> Result<(), String> {
    deps::run()?;
    succeed(cargo(BUILD), &typed(BUILD))?;
    let programs = target_folder()?.join("release");
    let mut bench = Command::new(programs.join("bench"));
    bench.args(flags).arg("--server").arg(programs.join("seberang"));
    // The bench takes our place: Ctrl-C, its exit code and its output need nobody in between.
    Err(format!("cannot start {}: {}", programs.join("bench").display(), bench.exec()))
}

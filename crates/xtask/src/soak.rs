//! `cargo xtask soak`: the tests that take longer than a check may.

use crate::cargo::{cargo, succeed, typed};
use crate::deps;
use crate::steps::PROGRAMS;

pub(crate) const ABOUT: &str = "\
Run the end-to-end tests whose name contains `soak` at full length: fifty kills of the server and five of PostgreSQL under load, \
300 orders through every kind of fault, a crowd that offers five times too much for a minute and another of five thousand \
at once, and a fault at every n-th statement and call of an order, alone and among twenty. `cargo xtask test` runs a short share of each. The tests learn it from SEBERANG_SOAK=1. \
Before them the model walks its larger worlds, which takes minutes.";

/// The walks too long for a check. The same selection as in `test`, so that nothing is compiled anew.
const WALK: &[&str] = &["test", "--workspace", "--all-features", "--test", "model", "--", "--ignored", "--nocapture"];
const SOAK: &[&str] =
    &["test", "--workspace", "--all-features", "--test", "it", "--", "soak", "--include-ignored", "--nocapture"];

pub(crate) fn run() -> Result<(), String> {
    deps::run()?;
    succeed(cargo(PROGRAMS.args), &typed(PROGRAMS.args))?;
    succeed(cargo(WALK), &typed(WALK))?;
    let mut tests = cargo(SOAK);
    tests.env("SEBERANG_SOAK", "1");
    succeed(tests, &format!("SEBERANG_SOAK=1 {}", typed(SOAK)))
}

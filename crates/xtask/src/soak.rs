//! `cargo xtask soak`: the tests that take longer than a check may.

use crate::cargo::{cargo, succeed, typed};
use crate::deps;
use crate::steps::PROGRAMS;

pub(crate) const ABOUT: &str = "\
Run the end-to-end tests whose name contains `soak` at full length: kills of the server and of PostgreSQL, races between \
servers, days of clock. `cargo xtask test` runs a short share of each.

They are told by the environment: SEBERANG_SOAK=1, and SEBERANG_SOAK_MINUTES with --minutes.";

/// The same selection as in `test`, so that nothing is compiled anew.
const SOAK: &[&str] = &["test", "--workspace", "--all-features", "--test", "it", "--", "soak", "--nocapture"];

pub(crate) fn run(minutes: Option<u32>) -> Result<(), String> {
    deps::run()?;
    succeed(cargo(PROGRAMS.args), &typed(PROGRAMS.args))?;
    let mut tests = cargo(SOAK);
    tests.env("SEBERANG_SOAK", "1");
    let mut shown = "SEBERANG_SOAK=1 ".to_owned();
    if let Some(minutes) = minutes {
        tests.env("SEBERANG_SOAK_MINUTES", minutes.to_string());
        shown.push_str(&format!("SEBERANG_SOAK_MINUTES={minutes} "));
    }
    succeed(tests, &(shown + &typed(SOAK)))
}

//! Runs the suite for one supplier, and leaves its report for `cargo xtask conformance`.

use std::path::Path;

use ports::conformance::Report;

use crate::lab::must;
use crate::subject::Subject;
use crate::world::World;

/// Where the report goes: `….json` for programs, `….tsv` a line per group, else for people.
const FILE: &str = "CONFORMANCE_REPORT";

/// Runs every case and ends the test when one failed.
///
/// Returns the names of those that are not possible at this supplier: the test says which they may be.
#[expect(clippy::disallowed_methods, reason = "how `cargo xtask conformance` asks a test for its report")]
pub async fn conformance(subject: &'static Subject) -> Vec<String> {
    let world = World::start(subject).await;
    let report = ports::conformance::supplier(&world).await;
    world.lab.stop().await;
    if let Some(file) = std::env::var_os(FILE) {
        must("the report is written", std::fs::write(&file, written(&report, Path::new(&file))));
    }
    assert!(report.passed(), "{report}");
    println!("{report}");
    report.unsupported().map(|case| case.name.clone()).collect()
}

fn written(report: &Report, file: &Path) -> String {
    match file.extension().and_then(|end| end.to_str()) {
        Some("json") => report.to_json().to_string(),
        Some("tsv") => report.to_table(),
        _ => report.to_string(),
    }
}

//! The bench as a program reads it: one JSON object alone on stdout, with the tables that were asked for. Not here: how fast
//! anything is.

use std::process::Command;

use serde_json::Value;

use crate::programs;

#[test]
fn the_bench_prints_one_json_object_with_the_tables_asked_for() {
    let mut bench = Command::new(programs::bench());
    // The part that takes least time: starts of the server.
    bench.arg("--server").arg(programs::server()).args(["--quick", "--json", "--only", "process"]);
    let output = bench.output().unwrap();
    let progress = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{progress}");
    assert!(progress.contains("--- Process"), "{progress}");

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["quick"], true);
    assert!(report["machine"]["cores"].as_u64().is_some_and(|cores| cores > 0), "{report}");
    let tables = report["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 1, "{report}");
    assert_eq!(tables[0]["title"], "The process");
    let measures = tables[0]["measures"].as_array().unwrap();
    let with_a_budget: Vec<&Value> = measures.iter().filter(|measure| !measure["bar"].is_null()).collect();
    assert_eq!(with_a_budget.len(), 2, "{report}");
    for measure in with_a_budget {
        let (value, most) = (measure["value"].as_f64().unwrap(), measure["bar"]["at_most"].as_f64().unwrap());
        assert!(value > 0.0, "{measure}");
        assert_eq!(measure["met"], value <= most, "{measure}");
    }
}

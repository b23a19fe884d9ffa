//! `cargo xtask conformance`: runs the contract suite of one supplier's adapter, or of all, and prints what it reports. The suite
//! is a test of the adapter; it leaves its report in the file that `CONFORMANCE_REPORT` names, in the form of its ending.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::cargo::{cargo, target_folder, typed};

pub(crate) const ABOUT: &str = "\
Runs the contract suite of a supplier's adapter over the sandbox and prints what each case showed: passed, not possible at this \
supplier and why, or FAILED and what did not hold. Without a name it runs all suppliers' and prints a table of groups by supplier; \
a number in brackets is of cases that are not possible there.";

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask conformance iak
  cargo xtask conformance iak --json
  cargo xtask conformance";

/// What an adapter that has a suite has.
const SUBJECT: &str = "tests/sockets/subject.rs";
const FAMILY: &str = "adapters-";

pub(crate) fn run(supplier: Option<&str>, json: bool) -> Result<(), String> {
    let all = suppliers(&crates_folder()?)?;
    match supplier {
        Some(one) if all.iter().any(|supplier| supplier == one) => {
            let ran = run_one(one, if json { "json" } else { "txt" })?;
            println!("{}", ran.report.trim_end());
            ran.verdict
        }
        Some(other) => Err(format!("no suite of `{other}`; there are: {}", all.join(", "))),
        None => run_all(&all, json),
    }
}

fn run_all(suppliers: &[String], json: bool) -> Result<(), String> {
    let ran = suppliers.iter().map(|supplier| run_one(supplier, if json { "json" } else { "tsv" }));
    let ran = ran.collect::<Result<Vec<Ran>, String>>()?;
    let reports: Vec<&str> = ran.iter().map(|ran| ran.report.as_str()).collect();
    if json {
        println!("[{}]", reports.join(","));
    } else {
        print!("{}", table(suppliers, &reports));
    }
    ran.into_iter().try_for_each(|ran| ran.verdict)
}

/// What came of one suite.
struct Ran {
    report: String,
    verdict: Result<(), String>,
}

/// Runs one suite; what cargo says of it goes to the terminal, away from the report.
fn run_one(supplier: &str, form: &str) -> Result<Ran, String> {
    let folder = target_folder()?.join("conformance");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let file = folder.join(format!("{supplier}.{form}"));
    // A report of another day is none.
    if file.exists() {
        fs::remove_file(&file).map_err(|error| format!("cannot remove {}: {error}", file.display()))?;
    }
    let package = format!("{FAMILY}{supplier}");
    let args = [
        "test",
        "--quiet",
        "-p",
        &package,
        "--all-features",
        "--test",
        "sockets",
        "--",
        "--exact",
        "subject::conformance",
    ];
    let shown = typed(&args);
    let mut command = cargo(&args);
    command.env("CONFORMANCE_REPORT", &file).stderr(Stdio::inherit());
    let ran = command.output().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let Ok(report) = fs::read_to_string(&file) else {
        return Err(format!("`{shown}` left no report\n{said}"));
    };
    let verdict = if ran.status.success() { Ok(()) } else { Err(format!("`{shown}` failed\n{said}")) };
    Ok(Ran { report, verdict })
}

/// Where this program's source lies, every crate lies.
fn crates_folder() -> Result<PathBuf, String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.map(Path::to_path_buf).ok_or_else(|| "xtask lies in no folder".to_owned())
}

/// All that have a suite, by name.
fn suppliers(crates: &Path) -> Result<Vec<String>, String> {
    let unread = |error| format!("cannot read {}: {error}", crates.display());
    let mut suppliers = Vec::new();
    for entry in fs::read_dir(crates).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = entry.file_name().into_string().unwrap_or_default();
        if let Some(supplier) = name.strip_prefix(FAMILY)
            && entry.path().join(SUBJECT).exists()
        {
            suppliers.push(supplier.to_owned());
        }
    }
    suppliers.sort_unstable();
    Ok(suppliers)
}

/// A row per group, a column per supplier. All suites have the same groups.
fn table(suppliers: &[String], reports: &[&str]) -> String {
    let columns: Vec<Vec<(&str, String)>> =
        reports.iter().map(|report| report.lines().filter_map(cell).collect()).collect();
    let mut text = format!("{:28}", "");
    suppliers.iter().for_each(|supplier| {
        let _ = write!(text, " {supplier:>16}");
    });
    text.push('\n');
    for (row, (group, _)) in columns.first().into_iter().flatten().enumerate() {
        let _ = write!(text, "{group:28}");
        for column in &columns {
            let _ = write!(text, " {:>16}", column.get(row).map_or("", |(_, cell)| cell.as_str()));
        }
        text.push('\n');
    }
    text
}

/// `refusals⇥12⇥2⇥0`: the group, and `12 (2)`.
fn cell(line: &str) -> Option<(&str, String)> {
    let mut fields = line.split('\t');
    let (group, passed, not_possible, failed) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let mut cell = passed.to_owned();
    if not_possible != "0" {
        let _ = write!(cell, " ({not_possible})");
    }
    if failed != "0" {
        let _ = write!(cell, " {failed} FAILED");
    }
    Some((group, cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suppliers_with_a_suite_are_found() {
        let found = suppliers(&crates_folder().unwrap()).unwrap();
        assert!(found.contains(&"iak".to_owned()), "{found:?}");
        assert!(!found.contains(&"ecpay".to_owned()) && !found.contains(&"kit".to_owned()), "{found:?}");
    }

    #[test]
    fn a_name_nobody_has_is_told_with_those_there_are() {
        let told = run(Some("nobody"), false).unwrap_err();
        assert!(told.contains("nobody") && told.contains("iak"), "{told}");
    }

    #[test]
    fn the_table_has_a_row_per_group_and_a_column_per_supplier() {
        let reports = ["refusals\t12\t2\t0\nreads\t5\t0\t0\n", "refusals\t14\t0\t0\nreads\t3\t1\t1\n"];
        let text = table(&["foo".to_owned(), "bar".to_owned()], &reports);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["foo", "bar"]);
        assert_eq!(rows[1], ["refusals", "12", "(2)", "14"]);
        assert_eq!(rows[2], ["reads", "5", "3", "(1)", "1", "FAILED"]);
    }
}

//! What a suite found, case by case, in words a person can act on.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

/// Longest time one case may take. The world's adapters should have deadlines of a second or so.
const CASE_LIMIT: Duration = Duration::from_secs(60);

/// The provider cannot be brought into this situation; the reason is printed with the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported(pub &'static str);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// What did not hold, one line each.
    Failed(Vec<String>),
    Unsupported(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Cases of a kind; nothing where a suite has none.
    pub group: &'static str,
    pub name: String,
    pub verdict: Verdict,
    /// What there was to see, in a line.
    pub saw: String,
}

/// Every case of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Whose it is; nothing where there is only one.
    pub of: String,
    pub cases: Vec<Case>,
    pub took: Duration,
    group: &'static str,
}

/// Cases that ended so, of one group or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub passed: usize,
    pub not_possible: usize,
    pub failed: usize,
}

impl Report {
    /// An empty one about this provider.
    pub(super) fn about(of: String) -> Self {
        Self { of, ..Self::default() }
    }

    /// No case failed. Unsupported ones do not count: only optional cases can be.
    pub fn passed(&self) -> bool {
        !self.cases.is_empty() && self.failed().next().is_none()
    }

    pub fn failed(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| matches!(case.verdict, Verdict::Failed(_)))
    }

    pub fn unsupported(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| matches!(case.verdict, Verdict::Unsupported(_)))
    }

    /// The groups in their order, each with how its cases ended.
    pub fn groups(&self) -> Vec<(&'static str, Count)> {
        let mut groups: Vec<(&'static str, Count)> = Vec::new();
        for case in &self.cases {
            match groups.last_mut() {
                Some((group, count)) if *group == case.group => count.add(&case.verdict),
                _ => groups.push((case.group, Count::of([case]))),
            }
        }
        groups
    }

    /// The whole report for programs.
    pub fn to_json(&self) -> Value {
        let case = |(n, case): (usize, &Case)| {
            let findings = if let Verdict::Failed(findings) = &case.verdict { findings.clone() } else { Vec::new() };
            let reason = if let Verdict::Unsupported(reason) = &case.verdict { Some(reason) } else { None };
            json!({
                "number": n + 1, "group": case.group, "name": case.name, "verdict": case.verdict.word(),
                "saw": case.saw, "findings": findings, "reason": reason,
            })
        };
        let count = Count::of(&self.cases);
        json!({
            "supplier": self.of,
            "passed": count.passed, "not_possible": count.not_possible, "failed": count.failed,
            "seconds": self.took.as_secs_f64(),
            "cases": self.cases.iter().enumerate().map(case).collect::<Vec<Value>>(),
        })
    }

    /// One line per group: its name, how many passed, are not possible, failed; with tabs between.
    pub fn to_table(&self) -> String {
        let line = |(group, count): (&str, Count)| {
            format!("{group}\t{}\t{}\t{}\n", count.passed, count.not_possible, count.failed)
        };
        self.groups().into_iter().map(line).collect()
    }

    /// The cases from here on are of this group.
    pub(super) fn begin(&mut self, group: &'static str) {
        self.group = group;
    }

    /// Runs one case, for at most [`CASE_LIMIT`].
    pub(super) async fn run(
        &mut self,
        name: String,
        optional: bool,
        case: impl Future<Output = Result<Findings, Unsupported>>,
    ) {
        let began = Instant::now();
        let (verdict, saw) = match tokio::time::timeout(CASE_LIMIT, case).await {
            Err(_) => (Verdict::Failed(vec![format!("did not end within {} s", CASE_LIMIT.as_secs())]), Vec::new()),
            Ok(Err(Unsupported(reason))) if optional && !reason.is_empty() => {
                (Verdict::Unsupported(reason), Vec::new())
            }
            Ok(Err(Unsupported(reason))) => {
                (Verdict::Failed(vec![format!("this case must be shown, but: {reason}")]), Vec::new())
            }
            Ok(Ok(findings)) if findings.failed.is_empty() => (Verdict::Passed, findings.saw),
            Ok(Ok(findings)) => (Verdict::Failed(findings.failed), findings.saw),
        };
        self.took += began.elapsed();
        self.cases.push(Case { group: self.group, name, verdict, saw: saw.join("; ") });
    }
}

impl Verdict {
    /// A stable word for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Unsupported(_) => "not_possible",
        }
    }
}

impl Count {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut count = Self::default();
        cases.into_iter().for_each(|case| count.add(&case.verdict));
        count
    }

    const fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Unsupported(_) => self.not_possible += 1,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count { passed, not_possible, failed } = Count::of(&self.cases);
        let of = if self.of.is_empty() { "the suite" } else { &self.of };
        let seconds = self.took.as_secs_f64();
        writeln!(
            f,
            "{of}: {} cases, {passed} passed, {not_possible} not possible here, {failed} FAILED ({seconds:.1} s)",
            self.cases.len()
        )?;
        let mut group = "";
        for (n, case) in self.cases.iter().enumerate() {
            if case.group != group {
                group = case.group;
                writeln!(f, "{group}")?;
            }
            write_case(f, n + 1, case)?;
        }
        Ok(())
    }
}

fn write_case(f: &mut fmt::Formatter<'_>, number: usize, case: &Case) -> fmt::Result {
    let (word, said) = match &case.verdict {
        Verdict::Passed => ("passed", case.saw.as_str()),
        Verdict::Unsupported(reason) => ("not possible", *reason),
        Verdict::Failed(_) => ("FAILED", case.saw.as_str()),
    };
    let colon = if said.is_empty() { "" } else { ": " };
    writeln!(f, "  {word:12}  {number:>2} {}{colon}{said}", case.name)?;
    if let Verdict::Failed(findings) = &case.verdict {
        for finding in findings {
            writeln!(f, "                - {finding}")?;
        }
    }
    Ok(())
}

/// What did not hold in one case, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Findings {
    failed: Vec<String>,
    saw: Vec<String>,
}

impl Findings {
    /// A case with very many findings has one cause; the first ones show it.
    const MOST: usize = 10;

    pub(super) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds && self.failed.len() < Self::MOST {
            self.failed.push(otherwise());
        }
    }

    /// For the report: what a person would want to see of a case that passed.
    pub(super) fn saw(&mut self, what: impl Into<String>) {
        self.saw.push(what.into());
    }

    /// Says which secret is seen, by its place in the world's list, never by its text.
    pub(super) fn expect_no_secret(&mut self, secrets: &[String], place: &str, text: &str) {
        for (n, secret) in secrets.iter().enumerate() {
            let seen = !secret.is_empty() && text.contains(secret.as_str());
            self.expect(!seen, || format!("secret no. {n} of the world is in clear in {place}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let case =
            |group, name: &str, verdict, saw: &str| Case { group, name: name.to_owned(), verdict, saw: saw.to_owned() };
        let cases = vec![
            case("refusals", "Throttled", Verdict::Passed, "Refused(Busy), 0 formed, 1 request"),
            case("refusals", "CutOff", Verdict::Unsupported("no word for it"), ""),
            case("reads", "Balance", Verdict::Failed(vec!["it fell".to_owned()]), ""),
        ];
        Report { of: "foo".to_owned(), cases, took: Duration::from_millis(3_400), group: "" }
    }

    #[test]
    fn a_person_reads_it_group_by_group() {
        let text = "foo: 3 cases, 1 passed, 1 not possible here, 1 FAILED (3.4 s)\n\
                    refusals\n  passed         1 Throttled: Refused(Busy), 0 formed, 1 request\n  \
                    not possible   2 CutOff: no word for it\nreads\n  FAILED         3 Balance\n                \
                    - it fell\n";
        assert_eq!(report().to_string(), text);
    }

    #[test]
    fn programs_read_the_same() {
        let told = report().to_json();
        assert_eq!((&told["failed"], &told["cases"][2]["number"]), (&json!(1), &json!(3)));
        assert_eq!(told["cases"][1]["reason"], "no word for it");
        assert_eq!(told["cases"][2]["findings"], json!(["it fell"]));
        assert_eq!(report().to_table(), "refusals\t1\t1\t0\nreads\t0\t0\t1\n");
    }
}

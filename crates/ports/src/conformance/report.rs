//! What a suite found, case by case, in words a person can act on.

use std::fmt;
use std::time::Duration;

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
    pub name: String,
    pub verdict: Verdict,
}

/// Every case of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub cases: Vec<Case>,
}

impl Report {
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

    /// Runs one case, for at most [`CASE_LIMIT`].
    pub(super) async fn run(
        &mut self,
        name: String,
        optional: bool,
        case: impl Future<Output = Result<Findings, Unsupported>>,
    ) {
        let verdict = match tokio::time::timeout(CASE_LIMIT, case).await {
            Err(_) => Verdict::Failed(vec![format!("did not end within {} s", CASE_LIMIT.as_secs())]),
            Ok(Err(Unsupported(reason))) if optional && !reason.is_empty() => Verdict::Unsupported(reason),
            Ok(Err(Unsupported(reason))) => {
                Verdict::Failed(vec![format!("every provider must show this case, but: {reason}")])
            }
            Ok(Ok(findings)) if findings.0.is_empty() => Verdict::Passed,
            Ok(Ok(findings)) => Verdict::Failed(findings.0),
        };
        self.cases.push(Case { name, verdict });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            match &case.verdict {
                Verdict::Passed => writeln!(f, "passed       {}", case.name)?,
                Verdict::Unsupported(reason) => writeln!(f, "unsupported  {}: {reason}", case.name)?,
                Verdict::Failed(findings) => {
                    writeln!(f, "FAILED       {}", case.name)?;
                    for finding in findings {
                        writeln!(f, "             - {finding}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What did not hold in one case.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<String>);

impl Findings {
    /// A case with very many findings has one cause; the first ones show it.
    const MOST: usize = 10;

    pub(super) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds && self.0.len() < Self::MOST {
            self.0.push(otherwise());
        }
    }

    /// Says which secret is seen, by its place in the world's list, never by its text.
    pub(super) fn expect_no_secret(&mut self, secrets: &[String], place: &str, text: &str) {
        for (n, secret) in secrets.iter().enumerate() {
            let seen = !secret.is_empty() && text.contains(secret.as_str());
            self.expect(!seen, || format!("secret no. {n} of the world is in clear in {place}"));
        }
    }
}

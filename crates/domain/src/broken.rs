//! Rules that a test build can switch off, to prove that the checks notice. Only with the feature `test-hooks`: a build for
//! use has neither the switch nor the branches that ask it.

use crate::wire_words;

/// A rule whose absence must be noticed by the oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// What happened once is not booked again.
    Dedupe,
    /// A purchase is written down before it is sent.
    ReserveFirst,
    /// A decision holds only for the version it was made on.
    Version,
    /// Not knowing is not failing.
    UnknownIsFailed,
}

wire_words!(Rule {
    Dedupe = "dedupe",
    ReserveFirst = "reserve_first",
    Version = "version",
    UnknownIsFailed = "unknown_is_failed",
});

static BROKEN: std::sync::Mutex<Option<Rule>> = std::sync::Mutex::new(None);

/// Switches one rule off for this process.
pub fn break_rule(rule: Option<Rule>) {
    if let Ok(mut broken) = BROKEN.lock() {
        *broken = rule;
    }
}

/// Whether a rule is switched off.
pub fn is_broken(rule: Rule) -> bool {
    BROKEN.lock().is_ok_and(|broken| *broken == Some(rule))
}

//! Rules that a test build can switch off, to prove that the checks notice. A build without the `test-hooks` feature has
//! no switch: every answer is a constant `false`.

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

#[cfg(feature = "test-hooks")]
static BROKEN: std::sync::Mutex<Option<Rule>> = std::sync::Mutex::new(None);

/// Switches one rule off for this process.
#[cfg(feature = "test-hooks")]
pub fn break_rule(rule: Option<Rule>) {
    if let Ok(mut broken) = BROKEN.lock() {
        *broken = rule;
    }
}

/// Whether a rule is switched off.
#[cfg(feature = "test-hooks")]
pub fn is_broken(rule: Rule) -> bool {
    BROKEN.lock().is_ok_and(|broken| *broken == Some(rule))
}

/// Never, in a build for use.
#[cfg(not(feature = "test-hooks"))]
pub const fn is_broken(_rule: Rule) -> bool {
    false
}

//! Compares what the providers really did with what the books say, row by row. Pure: everything is read before.
//!
//! The counters are those of the headless report. References tie both sides together: a checkout's at the gateway, an
//! attempt's at a supplier.

mod books;
mod evidence;
mod goods;
mod money;
mod served;

#[cfg(test)]
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use evidence::{Evidence, OrderEvidence, Sources, gather};

/// The statuses after which nothing happens by itself.
pub const FINAL: [&str; 4] = ["success", "failed", "expired", "cancelled"];
/// Parked with a person.
pub const REVIEW: &str = "review";

/// What may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// Orders whose customer paid more than the books hold, or whose money was booked twice as the payment.
    ChargedTwice,
    /// Items that really were delivered more than once.
    BoughtTwice,
    /// Charges, purchases or acknowledged requests the books know nothing of.
    Lost,
    /// Minor units by which the ledger does not balance.
    LedgerImbalance,
    /// Any other difference between truth and books.
    TruthMismatches,
    /// Orders that are neither final nor in review.
    Open,
    /// Items nobody delivered, and orders nobody took, although a supplier that was well all the time had them and was not asked.
    Unserved,
}

impl Counter {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ChargedTwice,
        Self::BoughtTwice,
        Self::Lost,
        Self::LedgerImbalance,
        Self::TruthMismatches,
        Self::Open,
        Self::Unserved,
    ];

    /// As in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChargedTwice => "charged_twice",
            Self::BoughtTwice => "bought_twice",
            Self::Lost => "lost",
            Self::LedgerImbalance => "ledger_imbalance",
            Self::TruthMismatches => "truth_mismatches",
            Self::Open => "open",
            Self::Unserved => "unserved",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it counts as.
    pub counter: Counter,
    /// The order, or empty when no order is known.
    pub order: String,
    /// In words, for a person; nothing personal.
    pub words: String,
}

/// What the oracle says.
#[derive(Debug, Default)]
pub struct Verdict {
    counts: BTreeMap<Counter, u64>,
    /// Everything found.
    pub findings: Vec<Finding>,
    /// Orders by status. An order that is not there has the status `missing`.
    pub statuses: BTreeMap<String, u64>,
    /// Orders with a refund that finance must pay.
    pub refund_due: u64,
    /// Orders whose counter went up already: some counters count orders, not findings.
    counted: BTreeSet<(Counter, String)>,
}

impl Verdict {
    /// How much of it.
    pub fn count(&self, counter: Counter) -> u64 {
        self.counts.get(&counter).copied().unwrap_or(0)
    }

    /// Money was taken that the books do not have.
    pub fn misses_money(&self) -> bool {
        self.count(Counter::ChargedTwice) > 0 || self.count(Counter::Lost) > 0
    }

    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        Counter::ALL.iter().all(|counter| self.count(*counter) == 0)
    }

    fn find(&mut self, counter: Counter, order: &str, words: impl Into<String>) {
        self.add(counter, 1, order, words);
    }

    fn add(&mut self, counter: Counter, much: u64, order: &str, words: impl Into<String>) {
        *self.counts.entry(counter).or_insert(0) += much;
        self.findings.push(Finding { counter, order: order.to_owned(), words: words.into() });
    }

    /// For counters that count orders or items (`what`) once, whatever number of reasons there are.
    fn find_once(&mut self, counter: Counter, order: &str, what: &str, words: impl Into<String>) {
        if self.counted.insert((counter, format!("{order} {what}"))) {
            self.find(counter, order, words);
        }
    }
}

/// Judges a run.
pub fn judge(evidence: &Evidence) -> Verdict {
    let mut verdict = Verdict::default();
    books::judge(evidence, &mut verdict);
    money::judge(evidence, &mut verdict);
    goods::judge(evidence, &mut verdict);
    served::judge(evidence, &mut verdict);
    // The gravest first: a reader may see only the beginning.
    verdict.findings.sort_by_key(|finding| finding.counter);
    verdict
}

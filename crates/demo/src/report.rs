//! The report of a headless run: one JSON object, or a table for people, and whether the run passed.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::faults::{ENOUGH_ORDERS, KINDS};
use crate::methods::WAYS;
use crate::oracle::{Counter, OrderEvidence, Verdict};
use crate::outside::Delivery;
use crate::view::Product;

/// What a run came to. The first six states add up to `orders`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Orders placed.
    pub orders: u64,
    /// At least one item was delivered.
    pub success: u64,
    /// Nothing was delivered; the money goes back.
    pub failed: u64,
    /// Never paid.
    pub expired: u64,
    /// Changed their mind.
    pub cancelled: u64,
    /// Parked with a person.
    pub review: u64,
    /// Neither final nor in review.
    pub open: u64,
    /// Orders with a refund that finance must pay.
    pub refund_due: u64,
    /// Orders charged more than the books hold.
    pub charged_twice: u64,
    /// Items bought more than once.
    pub bought_twice: u64,
    /// Charges, purchases and acknowledged requests the books know nothing of.
    pub lost: u64,
    /// Minor units by which the ledger does not balance.
    pub ledger_imbalance: u64,
    /// Any other difference between truth and books.
    pub truth_mismatches: u64,
    /// Items nobody delivered, and orders nobody took, that a supplier in no trouble could have served.
    pub unserved: u64,
    /// Orders that were not taken because something in them was not for sale at the moment.
    pub turned_away: u64,
    /// Customers who left without an order because nobody told what they owe.
    pub left: u64,
    /// Items delivered, by the kind of goods.
    pub by_goods: BTreeMap<String, u64>,
    /// What became of the purchases at each kind of supplier.
    pub by_supplier: BTreeMap<String, Purchases>,
    /// How often each kind of fault happened.
    pub faults: BTreeMap<String, u64>,
    /// How often each way to pay brought money.
    pub methods: BTreeMap<String, u64>,
    /// Real time of the whole run.
    pub seconds: f64,
}

/// Purchases as the supplier counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Purchases {
    pub delivered: u64,
    pub failed: u64,
    /// Delivered, and taken back.
    pub reversed: u64,
    pub pending: u64,
}

/// What was counted beside the oracle's verdict; as in [`Report`].
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub turned_away: u64,
    pub left: u64,
    pub by_goods: BTreeMap<String, u64>,
    pub by_supplier: BTreeMap<String, Purchases>,
    pub faults: BTreeMap<String, u64>,
    pub methods: BTreeMap<String, u64>,
    pub seconds: f64,
}

/// Items delivered by the category of their product.
pub fn by_goods(orders: &[OrderEvidence], products: &[Product]) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    let items = orders.iter().filter_map(|order| order.story.as_ref()).flat_map(|story| &story.order.items);
    for item in items.filter(|item| item.state == "delivered") {
        let product = products.iter().find(|product| product.id == item.product);
        let category = product.map_or("unknown", |product| product.category.as_str());
        *all.entry(category.to_owned()).or_insert(0) += 1;
    }
    all
}

/// By the kind of the supplier, of all purchases that were formed.
pub fn by_supplier(deliveries: &[Delivery]) -> BTreeMap<String, Purchases> {
    let mut all: BTreeMap<String, Purchases> = BTreeMap::new();
    for delivery in deliveries {
        let own = all.entry(delivery.provider.clone()).or_default();
        match delivery.state.as_str() {
            "delivered" => own.delivered += 1,
            "failed" => own.failed += 1,
            "reversed" => own.reversed += 1,
            _ => own.pending += 1,
        }
    }
    all
}

impl Report {
    /// Puts the oracle's words into the report's.
    pub fn new(verdict: &Verdict, counts: Counts) -> Self {
        let Counts { turned_away, left, by_goods, by_supplier, faults, methods, seconds } = counts;
        let status = |name: &str| verdict.statuses.get(name).copied().unwrap_or(0);
        Self {
            orders: verdict.statuses.values().sum(),
            success: status("success"),
            failed: status("failed"),
            expired: status("expired"),
            cancelled: status("cancelled"),
            review: status("review"),
            open: verdict.count(Counter::Open),
            refund_due: verdict.refund_due,
            charged_twice: verdict.count(Counter::ChargedTwice),
            bought_twice: verdict.count(Counter::BoughtTwice),
            lost: verdict.count(Counter::Lost),
            ledger_imbalance: verdict.count(Counter::LedgerImbalance),
            truth_mismatches: verdict.count(Counter::TruthMismatches),
            unserved: verdict.count(Counter::Unserved),
            turned_away,
            left,
            by_goods,
            by_supplier,
            faults,
            methods,
            seconds: (seconds * 10.0).round() / 10.0,
        }
    }

    /// The counters that must be 0, by name.
    pub const fn counters(&self) -> [(&'static str, u64); 7] {
        [
            ("charged_twice", self.charged_twice),
            ("bought_twice", self.bought_twice),
            ("lost", self.lost),
            ("ledger_imbalance", self.ledger_imbalance),
            ("truth_mismatches", self.truth_mismatches),
            ("open", self.open),
            ("unserved", self.unserved),
        ]
    }

    /// The counter that shows the harm of a broken rule; `None` for a word that is no rule.
    pub fn harm_of(rule: &str) -> Option<Counter> {
        match rule {
            // Booked again: more than one receipt of one payment.
            "dedupe" => Some(Counter::ChargedTwice),
            // Nothing tells that it was sent, so it is sent again.
            "reserve_first" => Some(Counter::BoughtTwice),
            // Two decisions on one version: the later one overwrites what the earlier one had learned of the truth.
            "version" => Some(Counter::TruthMismatches),
            // Bought elsewhere although it was delivered.
            "unknown_is_failed" => Some(Counter::BoughtTwice),
            _ => None,
        }
    }

    /// Whether a run with this rule broken shows what it must.
    pub fn shows_harm_of(&self, rule: &str) -> bool {
        let harm = Self::harm_of(rule).map_or("", Counter::name);
        self.counters().iter().any(|(name, count)| *name == harm && *count > 0)
    }

    /// Kinds of faults that should have happened in a run of this length and did not.
    pub fn faults_missing(&self) -> Vec<&'static str> {
        if self.orders < ENOUGH_ORDERS as u64 {
            return Vec::new();
        }
        KINDS.into_iter().filter(|kind| self.faults.get(*kind).copied().unwrap_or(0) == 0).collect()
    }

    /// Ways to pay by which money should have come in a run of this length and did not.
    pub fn methods_missing(&self) -> Vec<&'static str> {
        if self.orders < ENOUGH_ORDERS as u64 {
            return Vec::new();
        }
        let unused = |name: &&str| self.methods.get(*name).copied().unwrap_or(0) == 0;
        WAYS.into_iter().map(|way| way.name).filter(unused).collect()
    }

    /// Nothing is wrong, and a run that is long enough saw every kind of fault and every way to pay.
    pub fn passed(&self) -> bool {
        let agrees = self.counters().iter().all(|(_, count)| *count == 0);
        agrees && self.faults_missing().is_empty() && self.methods_missing().is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>8}  orders in {} s", self.orders, self.seconds)?;
        for (name, count) in [
            ("success", self.success),
            ("failed", self.failed),
            ("expired", self.expired),
            ("cancelled", self.cancelled),
            ("review", self.review),
            ("refund_due", self.refund_due),
            ("turned_away", self.turned_away),
            ("left", self.left),
        ] {
            writeln!(f, "{count:>8}  {name}")?;
        }
        writeln!(f, "\nmust be 0:")?;
        for (name, count) in self.counters() {
            writeln!(f, "{count:>8}  {name}")?;
        }
        writeln!(f, "\ndelivered:")?;
        for (goods, count) in &self.by_goods {
            writeln!(f, "{count:>8}  {goods}")?;
        }
        writeln!(f, "\nat the suppliers:")?;
        for (kind, own) in &self.by_supplier {
            let Purchases { delivered, failed, reversed, pending } = own;
            writeln!(f, "{delivered:>8}  {kind} delivered, {failed} failed, {reversed} taken back, {pending} pending")?;
        }
        writeln!(f, "\nfaults that happened:")?;
        for (kind, count) in &self.faults {
            writeln!(f, "{count:>8}  {kind}")?;
        }
        writeln!(f, "\npaid by:")?;
        for (name, count) in &self.methods {
            writeln!(f, "{count:>8}  {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(orders: u64) -> Report {
        let mut verdict = Verdict::default();
        verdict.statuses.insert("success".to_owned(), orders);
        let by_supplier = BTreeMap::from([("iak".to_owned(), Purchases { delivered: orders, ..Purchases::default() })]);
        let counts = Counts {
            by_supplier,
            faults: KINDS.map(|kind| (kind.to_owned(), 1)).into(),
            methods: WAYS.map(|way| (way.name.to_owned(), 1)).into(),
            seconds: 1.23,
            ..Counts::default()
        };
        Report::new(&verdict, counts)
    }

    #[test]
    fn the_json_has_the_agreed_keys_and_no_others() {
        let json = serde_json::to_value(report(3)).unwrap();
        let mut keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let mut agreed = [
            "orders",
            "success",
            "failed",
            "expired",
            "cancelled",
            "review",
            "open",
            "refund_due",
            "charged_twice",
            "bought_twice",
            "lost",
            "ledger_imbalance",
            "truth_mismatches",
            "unserved",
            "turned_away",
            "left",
            "by_goods",
            "by_supplier",
            "faults",
            "methods",
            "seconds",
        ];
        agreed.sort_unstable();
        assert_eq!(keys, agreed);
    }

    #[test]
    fn each_counter_fails_the_run() {
        assert!(report(300).passed());
        let spoils: [fn(&mut Report); 7] = [
            |r| r.charged_twice = 1,
            |r| r.bought_twice = 1,
            |r| r.lost = 1,
            |r| r.ledger_imbalance = 1,
            |r| r.truth_mismatches = 1,
            |r| r.open = 1,
            |r| r.unserved = 1,
        ];
        for spoil in spoils {
            let mut report = report(300);
            spoil(&mut report);
            assert!(!report.passed(), "{report}");
        }
    }

    #[test]
    fn a_broken_rule_shows_in_its_own_counter_and_in_no_other() {
        let mut overwritten = report(60);
        overwritten.truth_mismatches = 3;
        assert!(overwritten.shows_harm_of("version"));
        for rule in ["dedupe", "reserve_first", "unknown_is_failed", "versions", ""] {
            assert!(!overwritten.shows_harm_of(rule), "{rule}");
        }
        assert!(!report(60).shows_harm_of("version"));
    }

    #[test]
    fn a_fault_that_never_happened_fails_a_long_run_only() {
        for (orders, passed) in [(199, true), (200, false)] {
            let mut report = report(orders);
            report.faults.remove("late_reversal");
            assert_eq!(report.passed(), passed);
        }
    }

    #[test]
    fn a_way_nobody_paid_by_fails_a_long_run_only() {
        for (orders, missing) in [(199, &[][..]), (200, &["all_cvs"])] {
            let mut report = report(orders);
            report.methods.remove("all_cvs");
            assert_eq!((report.methods_missing().as_slice(), report.passed()), (missing, missing.is_empty()));
        }
    }
}

//! The books alone: every order there and closed, its history without a gap, its ledger balanced, its acknowledged
//! requests kept.

use std::collections::{BTreeMap, HashMap};

use super::{Counter, Evidence, FINAL, OrderEvidence, REVIEW, Verdict};
use crate::api::Acknowledged;
use crate::view::{LedgerLine, Story};

/// What a customer has paid for and neither got nor is owed back must be nothing once the order is closed; so must money
/// nobody can explain.
const EMPTY_AT_THE_END: [&str; 2] = ["customer_liability", "suspense"];
/// Items that nothing more happens to by itself. The commit that ends the last one also ends the payment.
const ITEM_OVER: [&str; 4] = ["delivered", "failed", "cancelled", "reversed"];
/// Refunds that nobody has to pay any more.
const REFUND_OVER: [&str; 2] = ["succeeded", "cancelled"];

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for order in &evidence.orders {
        let Some(story) = &order.story else {
            count_status(verdict, "missing");
            verdict.find(Counter::Open, &order.id, "the order is not there");
            continue;
        };
        let status = story.order.status.as_str();
        count_status(verdict, status);
        if !FINAL.contains(&status) && status != REVIEW {
            verdict.find(Counter::Open, &order.id, format!("it is {status}"));
        }
        if status == "paid" && story.order.items.iter().all(|item| ITEM_OVER.contains(&item.state.as_str())) {
            let words = "it is paid, and no item of it is open: one write buried another";
            verdict.find(Counter::TruthMismatches, &order.id, words);
        }
        if story.order.refunds.iter().any(|refund| refund.state == "manual") {
            verdict.refund_due += 1;
        }
        history(order, story, verdict);
        ledger(order, story, verdict);
    }
    acknowledged(evidence, verdict);
}

fn count_status(verdict: &mut Verdict, status: &str) {
    *verdict.statuses.entry(status.to_owned()).or_insert(0) += 1;
}

fn history(order: &OrderEvidence, story: &Story, verdict: &mut Verdict) {
    let versions = story.timeline.iter().map(|change| change.version);
    if !versions.eq(1..=story.order.version) {
        let words = format!("version {} has {} rows of history", story.order.version, story.timeline.len());
        verdict.find(Counter::TruthMismatches, &order.id, words);
    }
    match &order.own {
        Some(own) if own.version == story.order.version && own.status == story.order.status => {}
        Some(_) => verdict.find(Counter::TruthMismatches, &order.id, "its customer sees another state than staff"),
        None => verdict.find(Counter::TruthMismatches, &order.id, "its customer cannot see it"),
    }
}

fn ledger(order: &OrderEvidence, story: &Story, verdict: &mut Verdict) {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for line in lines(story) {
        *sums.entry(&line.amount.currency).or_insert(0) += line.amount.minor;
    }
    for (currency, sum) in sums.into_iter().filter(|(_, sum)| *sum != 0) {
        let words = format!("its ledger lines sum to {sum} minor units of {currency}");
        verdict.add(Counter::LedgerImbalance, sum.unsigned_abs(), &order.id, words);
    }
    refunds(order, story, verdict);
    if !FINAL.contains(&story.order.status.as_str()) {
        return;
    }
    for account in EMPTY_AT_THE_END {
        let left = balance(story, account);
        if left != 0 {
            let words = format!("it is {} with {left} minor units left in {account}", story.order.status);
            verdict.find(Counter::TruthMismatches, &order.id, words);
        }
    }
}

/// What the books owe back must have refunds that somebody will pay, to the cent.
fn refunds(order: &OrderEvidence, story: &Story, verdict: &mut Verdict) {
    let owed: i64 = -balance(story, "refunds_payable");
    let unpaid = story.order.refunds.iter().filter(|refund| !REFUND_OVER.contains(&refund.state.as_str()));
    let unpaid: i64 = unpaid.map(|refund| refund.amount.minor).sum();
    if owed != unpaid {
        let words = format!("{owed} minor units are owed back, its unpaid refunds come to {unpaid}");
        verdict.find(Counter::TruthMismatches, &order.id, words);
    }
}

/// What an account holds of an order. Each of those asked for here has one currency.
fn balance(story: &Story, account: &str) -> i64 {
    lines(story).filter(|line| line.account == account).map(|line| line.amount.minor).sum()
}

/// Every line of an order's ledger.
pub fn lines(story: &Story) -> impl Iterator<Item = &LedgerLine> {
    story.timeline.iter().flat_map(|change| &change.ledger)
}

fn acknowledged(evidence: &Evidence, verdict: &mut Verdict) {
    let stories: HashMap<&str, &Story> =
        evidence.orders.iter().filter_map(|order| Some((order.id.as_str(), order.story.as_ref()?))).collect();
    for done in &evidence.acknowledged {
        let (order, kept, what) = match done {
            Acknowledged::Placed { order } => (order, stories.contains_key(order.as_str()), "order"),
            Acknowledged::Opened { order, reference } => {
                let story = stories.get(order.as_str());
                let kept = story.is_some_and(|s| s.order.checkouts.iter().any(|c| c.reference == *reference));
                (order, kept, "checkout")
            }
            Acknowledged::Cancelled { order } => {
                let story = stories.get(order.as_str());
                let mut changes = story.iter().flat_map(|story| &story.timeline).flat_map(|change| &change.changes);
                (order, changes.any(|change| change.to == "cancelled"), "cancellation")
            }
        };
        if !kept {
            verdict.find(Counter::Lost, order, format!("an acknowledged {what} is not there"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{charge, ledger, paid_and_delivered, verdict_of};
    use super::*;
    use crate::view::Refund;

    #[test]
    fn a_run_in_which_all_is_well_has_nothing_to_say() {
        let verdict = verdict_of(&paid_and_delivered());
        assert!(verdict.is_clean(), "{:?}", verdict.findings);
        assert_eq!(verdict.statuses, BTreeMap::from([("success".to_owned(), 1)]));
    }

    #[test]
    fn an_order_that_is_neither_final_nor_in_review_is_open() {
        for (status, open) in [("pending", 1), ("paid", 1), ("review", 0), ("expired", 0)] {
            let mut evidence = paid_and_delivered();
            evidence.orders[0].story.as_mut().unwrap().order.status = status.to_owned();
            evidence.orders[0].own.as_mut().unwrap().status = status.to_owned();
            assert_eq!(verdict_of(&evidence).count(Counter::Open), open, "{status}");
        }
    }

    #[test]
    fn an_order_that_stays_paid_though_all_its_items_are_over_differs_from_the_truth() {
        for (state, differs) in [("delivered", 1), ("failed", 1), ("in_progress", 0), ("review", 0)] {
            let mut evidence = paid_and_delivered();
            let order = &mut evidence.orders[0].story.as_mut().unwrap().order;
            let before = verdict_of(&paid_and_delivered()).count(Counter::TruthMismatches);
            order.status = "paid".to_owned();
            order.items[0].state = state.to_owned();
            let said = verdict_of(&evidence).findings.into_iter().filter(|f| f.words.contains("no item of it is open"));
            assert_eq!((before, said.count()), (0, differs), "{state}");
        }
    }

    #[test]
    fn an_acknowledged_order_that_is_not_there_is_lost() {
        let mut evidence = paid_and_delivered();
        evidence.orders[0].story = None;
        let verdict = verdict_of(&evidence);
        assert!(verdict.count(Counter::Lost) >= 1);
        assert_eq!((verdict.count(Counter::Open), verdict.statuses["missing"]), (1, 1));
    }

    #[test]
    fn an_acknowledged_checkout_or_cancellation_without_a_row_is_lost() {
        for done in [
            Acknowledged::Opened { order: "o1".to_owned(), reference: "C9".to_owned() },
            Acknowledged::Cancelled { order: "o1".to_owned() },
        ] {
            let mut evidence = paid_and_delivered();
            evidence.acknowledged.push(done);
            assert_eq!(verdict_of(&evidence).count(Counter::Lost), 1);
        }
    }

    #[test]
    fn a_ledger_that_does_not_balance_is_counted_in_minor_units_of_every_currency() {
        let mut evidence = paid_and_delivered();
        let story = evidence.orders[0].story.as_mut().unwrap();
        let ledger = &mut story.timeline[1].ledger;
        let fee = |minor, currency: &str| LedgerLine {
            template: "x".to_owned(),
            subject: "x".to_owned(),
            account: "gateway_fees".to_owned(),
            amount: crate::view::Money { minor, currency: currency.to_owned() },
        };
        ledger.extend([fee(-3, "TWD"), fee(5, "IDR")]);
        assert_eq!(verdict_of(&evidence).count(Counter::LedgerImbalance), 8);
    }

    #[test]
    fn a_gap_in_the_history_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.orders[0].story.as_mut().unwrap().order.version += 1;
        evidence.orders[0].own.as_mut().unwrap().version += 1;
        assert_eq!(verdict_of(&evidence).count(Counter::TruthMismatches), 1);
    }

    #[test]
    fn money_owed_back_without_a_refund_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.truth.charges.push(charge("C2", 30_000));
        let story = evidence.orders[0].story.as_mut().unwrap();
        let mut second = story.order.checkouts[0].clone();
        (second.reference, second.transaction) = ("C2".to_owned(), Some("T-C2".to_owned()));
        story.order.checkouts.push(second);
        let owed = [
            ledger("receipt_in_suspense", "C2", "gateway_receivable:ecpay", "suspense", 30_000, "TWD"),
            ledger("refund_owed", "refund 0", "suspense", "refunds_payable", 30_000, "TWD"),
        ];
        story.timeline[1].ledger.extend(owed.into_iter().flatten());
        assert_eq!(verdict_of(&evidence).count(Counter::TruthMismatches), 1);

        let mut refund = |state: &str, minor| {
            let amount = crate::view::Money { minor, currency: "TWD".to_owned() };
            evidence.orders[0].story.as_mut().unwrap().order.refunds = vec![Refund { state: state.to_owned(), amount }];
            verdict_of(&evidence).count(Counter::TruthMismatches)
        };
        assert_eq!((refund("manual", 30_000), refund("manual", 29_900), refund("cancelled", 30_000)), (0, 1, 1));
    }

    #[test]
    fn money_of_a_closed_order_that_is_neither_earned_nor_owed_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        let story = evidence.orders[0].story.as_mut().unwrap();
        for change in &mut story.timeline {
            change.ledger.retain(|line| line.template != "sale");
        }
        let verdict = verdict_of(&evidence);
        assert_eq!((verdict.count(Counter::TruthMismatches), verdict.count(Counter::LedgerImbalance)), (1, 0));
    }
}

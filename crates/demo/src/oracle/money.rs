//! Money in: every charge of the gateway against the receipts of its checkout.

use std::collections::{BTreeMap, HashMap};

use super::books::lines;
use super::{Counter, Evidence, OrderEvidence, Verdict};
use crate::outside::Charge;
use crate::view::{StaffCheckout, Story};

/// The bookings of money that came in, and the accounts that say whose it is. The gateway's side of them also holds fees.
const RECEIPT: &str = "receipt";
const RECEIPTS: [&str; 2] = [RECEIPT, "receipt_in_suspense"];
const OWNERS: [&str; 2] = ["customer_liability", "suspense"];

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let real = evidence.truth.charges.iter().filter(|charge| !charge.simulated);
    let charges: HashMap<&str, &Charge> = real.map(|charge| (charge.reference.as_str(), charge)).collect();
    let mut known = 0;
    for order in &evidence.orders {
        let Some(story) = &order.story else { continue };
        known += story.order.checkouts.iter().filter(|c| charges.contains_key(c.reference.as_str())).count();
        sums(order, story, &charges, verdict);
        for checkout in &story.order.checkouts {
            compare(order, story, checkout, charges.get(checkout.reference.as_str()).copied(), verdict);
        }
    }
    if known < charges.len() {
        strangers(evidence, &charges, verdict);
    }
}

/// What the order's customer paid in all, against what the books hold; and one receipt per payment.
fn sums(order: &OrderEvidence, story: &Story, charges: &HashMap<&str, &Charge>, verdict: &mut Verdict) {
    let checkouts = &story.order.checkouts;
    let taken: i64 = checkouts
        .iter()
        .filter_map(|checkout| charges.get(checkout.reference.as_str()))
        .map(|charge| charge.amount_minor - charge.refunded_minor)
        .sum();
    let held: i64 = checkouts.iter().map(|checkout| booked(story, &checkout.reference)).sum();
    if taken > held {
        let words = format!("{taken} minor units were taken, {held} are booked");
        verdict.find_once(Counter::ChargedTwice, &order.id, "", words);
    }
    let payment_of: HashMap<&str, u16> = checkouts.iter().map(|c| (c.reference.as_str(), c.payment)).collect();
    let mut receipts: BTreeMap<u16, u32> = BTreeMap::new();
    for line in lines(story).filter(|line| line.template == RECEIPT && line.account == OWNERS[0]) {
        if let Some(payment) = payment_of.get(line.subject.as_str()) {
            *receipts.entry(*payment).or_insert(0) += 1;
        }
    }
    for (payment, count) in receipts.into_iter().filter(|(_, count)| *count > 1) {
        let words = format!("payment {payment} has {count} receipts");
        verdict.find_once(Counter::ChargedTwice, &order.id, "", words);
    }
}

/// What the books took in for one reference, in minor units.
fn booked(story: &Story, reference: &str) -> i64 {
    let receipts = lines(story).filter(|line| {
        line.subject == reference
            && RECEIPTS.contains(&line.template.as_str())
            && OWNERS.contains(&line.account.as_str())
    });
    // Owners are credited, and credits are negative.
    -receipts.map(|line| line.amount.minor).sum::<i64>()
}

fn compare(
    order: &OrderEvidence,
    story: &Story,
    checkout: &StaffCheckout,
    charge: Option<&Charge>,
    verdict: &mut Verdict,
) {
    let booked = booked(story, &checkout.reference);
    let mut differs = |words: String| {
        verdict.find(Counter::TruthMismatches, &order.id, format!("checkout {}: {words}", checkout.reference));
    };
    match charge {
        None if booked != 0 => differs(format!("{booked} minor units are booked, nothing was charged")),
        None => {}
        Some(_) if booked == 0 => {
            let words = format!("the charge of checkout {} is not booked", checkout.reference);
            verdict.find(Counter::Lost, &order.id, words);
        }
        Some(charge) => {
            if booked != charge.amount_minor {
                differs(format!("{booked} minor units are booked, {} were charged", charge.amount_minor));
            }
            if checkout.transaction.as_deref() != Some(&charge.transaction) {
                differs("another transaction is noted".to_owned());
            }
            let received = checkout.received.as_ref().map(|money| (money.minor, money.currency.as_str()));
            if received != Some((charge.amount_minor, &charge.currency)) {
                differs("another amount is noted".to_owned());
            }
        }
    }
}

/// Charges whose reference no order has.
fn strangers(evidence: &Evidence, charges: &HashMap<&str, &Charge>, verdict: &mut Verdict) {
    let stories = || evidence.orders.iter().filter_map(|order| order.story.as_ref());
    for reference in charges.keys() {
        let known = stories().flat_map(|story| &story.order.checkouts).any(|c| c.reference == *reference);
        if !known {
            verdict.find(Counter::Lost, "", format!("no order knows the charge of {reference}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{charge, ledger, paid_and_delivered, verdict_of};
    use super::*;
    use crate::view::{Money, Refund};

    #[test]
    fn a_second_charge_that_is_not_booked_is_charged_twice_and_lost() {
        let mut evidence = paid_and_delivered();
        let story = evidence.orders[0].story.as_mut().unwrap();
        let mut second = story.order.checkouts[0].clone();
        (second.reference, second.transaction, second.received) = ("C2".to_owned(), None, None);
        story.order.checkouts.push(second);
        evidence.truth.charges.push(charge("C2", 30_000));
        let verdict = verdict_of(&evidence);
        assert_eq!((verdict.count(Counter::ChargedTwice), verdict.count(Counter::Lost)), (1, 1));
    }

    #[test]
    fn a_second_charge_held_in_suspense_with_its_refund_is_no_harm() {
        let mut evidence = paid_and_delivered();
        evidence.truth.charges.push(charge("C2", 30_000));
        let story = evidence.orders[0].story.as_mut().unwrap();
        let mut second = story.order.checkouts[0].clone();
        (second.reference, second.transaction) = ("C2".to_owned(), Some("T-C2".to_owned()));
        story.order.checkouts.push(second);
        story.timeline[1].ledger.extend(ledger(
            "receipt_in_suspense",
            "C2",
            "gateway_receivable:ecpay",
            "suspense",
            30_000,
            "TWD",
        ));
        story.timeline[1].ledger.extend(ledger(
            "refund_owed",
            "refund 0",
            "suspense",
            "refunds_payable",
            30_000,
            "TWD",
        ));
        let amount = Money { minor: 30_000, currency: "TWD".to_owned() };
        story.order.refunds.push(Refund { state: "manual".to_owned(), amount });
        let verdict = verdict_of(&evidence);
        assert!(verdict.is_clean(), "{:?}", verdict.findings);
    }

    #[test]
    fn one_payment_with_two_receipts_is_charged_twice() {
        let mut evidence = paid_and_delivered();
        let story = evidence.orders[0].story.as_mut().unwrap();
        story.timeline[1].ledger.extend(ledger(
            "receipt",
            "C1",
            "gateway_receivable:ecpay",
            "customer_liability",
            30_000,
            "TWD",
        ));
        assert_eq!(verdict_of(&evidence).count(Counter::ChargedTwice), 1);
    }

    #[test]
    fn a_charge_that_no_order_knows_is_lost() {
        let mut evidence = paid_and_delivered();
        evidence.truth.charges.push(charge("C9", 100));
        assert_eq!(verdict_of(&evidence).count(Counter::Lost), 1);
    }

    #[test]
    fn the_test_button_takes_no_money() {
        let mut evidence = paid_and_delivered();
        let mut simulated = charge("C9", 100);
        simulated.simulated = true;
        evidence.truth.charges.push(simulated);
        assert!(verdict_of(&evidence).is_clean());
    }

    #[test]
    fn another_amount_or_transaction_than_the_truth_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.truth.charges[0].transaction = "other".to_owned();
        assert_eq!(verdict_of(&evidence).count(Counter::TruthMismatches), 1);

        let mut evidence = paid_and_delivered();
        evidence.truth.charges[0].amount_minor -= 100;
        let verdict = verdict_of(&evidence);
        // Booked, and noted with the checkout.
        assert_eq!((verdict.count(Counter::TruthMismatches), verdict.count(Counter::ChargedTwice)), (2, 0));
    }

    #[test]
    fn money_in_the_books_that_nobody_paid_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.truth.charges.clear();
        assert_eq!(verdict_of(&evidence).count(Counter::TruthMismatches), 1);
    }
}

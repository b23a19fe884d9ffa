//! Goods out: every purchase at a supplier against the attempt that made it and the item it was for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::books::lines;
use super::{Counter, Evidence, OrderEvidence, Verdict};
use crate::outside::Delivery;
use crate::view::{Attempt, StaffItem, Story};

/// An item: its order's place in the evidence, and its number.
type ItemKey = (usize, u16);

/// Item states in which the customer has nothing of it.
const WITHOUT_GOODS: [&str; 4] = ["queued", "failed", "cancelled", "reversed"];

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let truth: HashMap<&str, &Delivery> =
        evidence.truth.deliveries.iter().map(|delivery| (delivery.reference.as_str(), delivery)).collect();
    let attempts = attempts(evidence);
    bought_twice(evidence, &attempts, verdict);
    for _ in 0..evidence.redirects_followed {
        verdict.find(Counter::TruthMismatches, "", "a redirect of a provider was followed");
    }
    for delivery in &evidence.truth.deliveries {
        match attempts.get(delivery.reference.as_str()) {
            None => {
                let words = format!("no order knows the purchase {} ({})", delivery.reference, delivery.state);
                verdict.find(Counter::Lost, "", words);
            }
            Some(((at, _), attempt)) => {
                if let Some((order, story)) = order_at(evidence, *at) {
                    compare(order, story, attempt, delivery, verdict);
                }
            }
        }
    }
    for order in &evidence.orders {
        let Some(story) = &order.story else { continue };
        for attempt in &story.order.attempts {
            // Reserved and refused ones need not have reached the supplier.
            let told = ["done", "pending", "failed", "reversed"].contains(&attempt.state.as_str());
            if told && !truth.contains_key(attempt.reference.as_str()) {
                let words = format!("attempt {} is {}, the supplier knows nothing", attempt.reference, attempt.state);
                verdict.find(Counter::TruthMismatches, &order.id, words);
            }
        }
        for item in &story.order.items {
            compare_item(order, story, item, &truth, verdict);
        }
    }
}

fn attempts(evidence: &Evidence) -> HashMap<&str, (ItemKey, &Attempt)> {
    let mut found = HashMap::new();
    for (at, story) in evidence.orders.iter().enumerate().filter_map(|(at, order)| Some((at, order.story.as_ref()?))) {
        found.extend(story.order.attempts.iter().map(|a| (a.reference.as_str(), ((at, a.item), a))));
    }
    found
}

fn order_at(evidence: &Evidence, at: usize) -> Option<(&OrderEvidence, &Story)> {
    let order = evidence.orders.get(at)?;
    order.story.as_ref().map(|story| (order, story))
}

/// Purchases of one item that took money and were not taken back. One the books do not know counts by its target, which
/// no two items of a run share.
fn bought_twice(evidence: &Evidence, attempts: &HashMap<&str, (ItemKey, &Attempt)>, verdict: &mut Verdict) {
    let by_target = by_target(evidence);
    let mut bought: BTreeMap<ItemKey, u32> = BTreeMap::new();
    for delivery in evidence.truth.deliveries.iter().filter(|d| is_bought(d)) {
        let known = attempts.get(delivery.reference.as_str()).map(|(item, _)| *item);
        if let Some(item) = known.or_else(|| by_target.get(&who(&delivery.target)).copied()) {
            *bought.entry(item).or_insert(0) += 1;
        }
    }
    for ((at, item), times) in bought.into_iter().filter(|(_, times)| *times > 1) {
        let order = evidence.orders.get(at).map_or("", |order| order.id.as_str());
        verdict.find(Counter::BoughtTwice, order, format!("item {item} was bought {times} times"));
    }
}

fn by_target(evidence: &Evidence) -> HashMap<String, ItemKey> {
    let mut items = HashMap::new();
    let mut shared = HashSet::new();
    for (at, own) in evidence.orders.iter().enumerate().filter_map(|(at, order)| Some((at, order.own.as_ref()?))) {
        for item in &own.items {
            if items.insert(who(&item.target), (at, item.no)).is_some() {
                shared.insert(who(&item.target));
            }
        }
    }
    items.retain(|target, _| !shared.contains(target));
    items
}

/// A player and a server stay apart, unless the supplier writes them as one word.
fn is_same(ordered: &str, delivered: &str) -> bool {
    let is_between = |c: char| !c.is_ascii_alphanumeric();
    if delivered.contains(is_between) {
        let parts = |target: &str| -> Vec<String> { target.split(is_between).map(str::to_owned).collect() };
        return parts(ordered) == parts(delivered);
    }
    who(ordered) == delivered
}

/// A player and a server are put together in each supplier's own way: only letters and digits count.
fn who(target: &str) -> String {
    target.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn is_bought(delivery: &Delivery) -> bool {
    delivery.state == "delivered" || delivery.state == "pending"
}

fn compare(order: &OrderEvidence, story: &Story, attempt: &Attempt, delivery: &Delivery, verdict: &mut Verdict) {
    let mut differs = |words: String| {
        verdict.find(Counter::TruthMismatches, &order.id, format!("attempt {}: {words}", attempt.reference));
    };
    if !fits(&attempt.state, &delivery.state) {
        differs(format!("it is {} in the books and {} in truth", attempt.state, delivery.state));
    }
    if attempt.code != delivery.product {
        differs(format!("{} is noted, {} was bought", attempt.code, delivery.product));
    }
    let item = order.own.as_ref().and_then(|own| own.items.iter().find(|item| item.no == attempt.item));
    // A code goes to nobody: there the reference stands in the target's place.
    let to_nobody = delivery.target == delivery.reference;
    if !to_nobody && item.is_some_and(|item| !is_same(&item.target, &delivery.target)) {
        differs("somebody else got the goods".to_owned());
    }
    let price = if delivery.state == "delivered" { delivery.price_minor } else { 0 };
    let booked = paid_to_supplier(story, &attempt.reference, &delivery.currency);
    if booked != price {
        differs(format!("{booked} minor units left the deposit in the books, {price} in truth"));
    }
}

/// A purchase that came to nothing at the supplier may be called refused, failed or taken back here.
fn fits(books: &str, truth: &str) -> bool {
    match truth {
        "delivered" => books == "done",
        "failed" | "reversed" => ["refused", "failed", "reversed"].contains(&books),
        "pending" => ["reserved", "pending", "unknown"].contains(&books),
        _ => false,
    }
}

fn paid_to_supplier(story: &Story, reference: &str, currency: &str) -> i64 {
    let deposit = lines(story).filter(|line| {
        line.subject == reference && line.account.starts_with("supplier_deposit:") && line.amount.currency == currency
    });
    // The deposit is credited, and credits are negative.
    -deposit.map(|line| line.amount.minor).sum::<i64>()
}

/// What the customer has against what was delivered for it.
fn compare_item(
    order: &OrderEvidence,
    story: &Story,
    item: &StaffItem,
    truth: &HashMap<&str, &Delivery>,
    verdict: &mut Verdict,
) {
    let mut differs = |words: &str| {
        verdict.find(Counter::TruthMismatches, &order.id, format!("item {} is {}, {words}", item.no, item.state));
    };
    let attempts = || story.order.attempts.iter().filter(|attempt| attempt.item == item.no);
    let delivery = |attempt: &Attempt| truth.get(attempt.reference.as_str()).copied();
    if item.state == "delivered" {
        let live = attempts().find(|attempt| Some(attempt.no) == item.live_attempt).and_then(delivery);
        match live.filter(|delivery| delivery.state == "delivered") {
            None => differs("nothing was delivered"),
            Some(delivery) if item.serial_pending && delivery.serial.is_some() => {
                differs("its serial never came");
            }
            Some(delivery) => {
                let own = order.own.as_ref().and_then(|own| own.items.iter().find(|own| own.no == item.no));
                if own.is_some_and(|own| !same_serial(own.serial.as_deref(), delivery.serial.as_deref())) {
                    differs(&format!("its customer sees another serial than {} delivered", delivery.provider));
                }
            }
        }
    }
    if WITHOUT_GOODS.contains(&item.state.as_str()) {
        let kept = attempts().filter_map(delivery).filter(|delivery| delivery.state == "delivered");
        for delivery in kept {
            // Delivered when it was no longer wanted: known, and booked as a loss.
            let lost =
                |line: &crate::view::LedgerLine| line.template == "purchase_lost" && line.subject == delivery.reference;
            if !lines(story).any(lost) {
                differs("and was delivered all the same");
            }
        }
    }
}

/// The truth has what counts: of a game voucher the serial without the pin that is shown behind `PIN`, of an electricity token the
/// digits without the name and tariff that some suppliers tell apart from it.
fn same_serial(shown: Option<&str>, truth: Option<&str>) -> bool {
    match (shown, truth) {
        (Some(shown), Some(truth)) => shown
            .strip_prefix(truth)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(" PIN ") || rest.starts_with('/')),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{delivery, ledger, paid_and_delivered, verdict_of};
    use super::*;

    fn mismatches(evidence: &Evidence) -> u64 {
        verdict_of(evidence).count(Counter::TruthMismatches)
    }

    #[test]
    fn an_item_delivered_by_two_attempts_is_bought_twice() {
        let mut evidence = paid_and_delivered();
        let story = evidence.orders[0].story.as_mut().unwrap();
        let mut second = story.order.attempts[0].clone();
        (second.no, second.reference) = (1, "A2".to_owned());
        story.order.attempts.push(second);
        story.timeline[1].ledger.extend(ledger(
            "purchase",
            "A2",
            "cost_of_goods",
            "supplier_deposit:iak",
            1_000_000,
            "IDR",
        ));
        evidence.truth.deliveries.push(delivery("A2", "081200000001"));
        assert_eq!(verdict_of(&evidence).count(Counter::BoughtTwice), 1);

        // The second supplier took it back: no harm.
        evidence.truth.deliveries[1].state = "reversed".to_owned();
        assert_eq!(verdict_of(&evidence).count(Counter::BoughtTwice), 0);
    }

    #[test]
    fn a_purchase_nobody_wrote_down_is_lost_and_counts_for_the_item_with_its_target() {
        let mut evidence = paid_and_delivered();
        evidence.truth.deliveries.push(delivery("A9", "081200000001"));
        let verdict = verdict_of(&evidence);
        assert_eq!((verdict.count(Counter::BoughtTwice), verdict.count(Counter::Lost)), (1, 1));

        evidence.truth.deliveries[1].target = "081299999999".to_owned();
        let verdict = verdict_of(&evidence);
        assert_eq!((verdict.count(Counter::BoughtTwice), verdict.count(Counter::Lost)), (0, 1));
    }

    #[test]
    fn each_differing_field_of_a_purchase_is_a_mismatch() {
        type Spoil = fn(&mut Delivery);
        let spoils: [(&str, Spoil); 4] = [
            ("price", |d| d.price_minor += 100),
            ("product", |d| d.product = "other".to_owned()),
            ("target", |d| d.target = "081200000002".to_owned()),
            ("serial", |d| d.serial = Some("other".to_owned())),
        ];
        for (field, spoil) in spoils {
            let mut evidence = paid_and_delivered();
            spoil(&mut evidence.truth.deliveries[0]);
            assert_eq!(mismatches(&evidence), 1, "{field}");
        }
    }

    #[test]
    fn a_player_on_a_server_is_the_same_however_a_supplier_writes_both() {
        let mut evidence = paid_and_delivered();
        for item in &mut evidence.orders[0].own.as_mut().unwrap().items {
            item.target = "27596164|2164".to_owned();
        }
        for (delivered, differs) in
            [("27596164.2164", 0), ("275961642164", 0), ("27596164.2165", 1), ("2759616.42164", 1), ("275961642165", 1)]
        {
            evidence.truth.deliveries[0].target = delivered.to_owned();
            assert_eq!(mismatches(&evidence), differs, "{delivered}");
        }
    }

    #[test]
    fn a_delivery_called_failed_is_a_mismatch_of_attempt_item_and_price() {
        let mut evidence = paid_and_delivered();
        evidence.truth.deliveries[0].state = "failed".to_owned();
        assert_eq!(mismatches(&evidence), 3);
    }

    #[test]
    fn an_item_called_failed_although_it_was_delivered_is_a_mismatch_unless_booked_as_lost() {
        let mut evidence = paid_and_delivered();
        let story = evidence.orders[0].story.as_mut().unwrap();
        story.order.items[0].state = "failed".to_owned();
        assert_eq!(mismatches(&evidence), 1);
        let story = evidence.orders[0].story.as_mut().unwrap();
        for line in story.timeline.iter_mut().flat_map(|change| &mut change.ledger) {
            if line.template == "purchase" {
                line.template = "purchase_lost".to_owned();
            }
        }
        assert_eq!(mismatches(&evidence), 0);
    }

    #[test]
    fn an_attempt_the_supplier_never_saw_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.truth.deliveries.clear();
        // The attempt, and the item that has no delivery.
        assert_eq!(mismatches(&evidence), 2);
        let story = evidence.orders[0].story.as_mut().unwrap();
        story.order.attempts[0].state = "refused".to_owned();
        story.order.items[0].state = "failed".to_owned();
        assert_eq!(mismatches(&evidence), 0);
    }

    #[test]
    fn a_serial_is_the_same_with_and_without_its_pin() {
        assert!(same_serial(Some("ABCD PIN 123"), Some("ABCD")));
        assert!(same_serial(Some("ABCD"), Some("ABCD")));
        assert!(!same_serial(Some("ABCDE"), Some("ABCD")));
        assert!(!same_serial(None, Some("ABCD")));
    }

    #[test]
    fn a_followed_redirect_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.redirects_followed = 2;
        assert_eq!(mismatches(&evidence), 2);
    }

    #[test]
    fn a_serial_that_never_came_is_a_mismatch() {
        let mut evidence = paid_and_delivered();
        evidence.orders[0].story.as_mut().unwrap().order.items[0].serial_pending = true;
        assert_eq!(mismatches(&evidence), 1);
    }
}

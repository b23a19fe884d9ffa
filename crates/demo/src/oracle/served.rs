//! Goods not delivered: whether somebody who was well could have. A supplier in trouble may cost money, never a customer's order.

use super::{Counter, Evidence, Verdict};
use crate::view::{Attempt, StaffItem};

/// The item's failure when nobody could be asked any more.
const NOBODY: &str = "unavailable";

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for order in &evidence.orders {
        let Some(story) = &order.story else { continue };
        for item in story.order.items.iter().filter(|item| item.failure.as_deref() == Some(NOBODY)) {
            if let Some(supplier) = not_asked(evidence, item, &story.order.attempts) {
                let words = format!("item {} ({}) was delivered by nobody; {supplier} has it", item.no, item.product);
                verdict.find(Counter::Unserved, &order.id, words);
            }
        }
    }
    for products in &evidence.turned_away {
        if products.iter().all(|product| well(evidence, product).next().is_some()) {
            let words = format!("an order of {} was not taken, and all of it could be had", products.join(", "));
            verdict.find(Counter::Unserved, "", words);
        }
    }
}

/// A supplier that was well, has the item at a price that loses nothing, and was never tried for it.
fn not_asked<'a>(evidence: &'a Evidence, item: &StaffItem, attempts: &[Attempt]) -> Option<&'a str> {
    let tried = |supplier: &str| attempts.iter().any(|attempt| attempt.item == item.no && attempt.supplier == supplier);
    let mut sellers = well(evidence, &item.product);
    sellers.find(|(supplier, cost)| *cost <= item.max_cost.minor && !tried(supplier)).map(|(supplier, _)| supplier)
}

/// Suppliers in no trouble that list the product, with what they take for it in minor units.
fn well<'a>(evidence: &'a Evidence, product: &str) -> impl Iterator<Item = (&'a str, i64)> {
    let sellers = evidence.sellers.get(product).into_iter().flatten();
    sellers
        .filter(|seller| seller.listed && !evidence.in_trouble.contains(&seller.supplier))
        .map(|seller| (seller.supplier.as_str(), seller.cost.minor))
}

#[cfg(test)]
mod tests {
    use super::super::stage::{paid_and_delivered, verdict_of};
    use super::*;
    use crate::view::{Money, Seller};

    fn sold_by(supplier: &str, rupiah: i64) -> Seller {
        let cost = Money { minor: rupiah * 100, currency: "IDR".to_owned() };
        Seller { supplier: supplier.to_owned(), cost, listed: true }
    }

    /// Tried at IAK, and delivered by nobody.
    fn failed(sellers: &[Seller]) -> Evidence {
        let mut evidence = paid_and_delivered();
        let item = &mut evidence.orders[0].story.as_mut().unwrap().order.items[0];
        (item.state, item.failure) = ("failed".to_owned(), Some(NOBODY.to_owned()));
        let product = item.product.clone();
        evidence.sellers.insert(product, sellers.to_vec());
        evidence
    }

    fn unserved(evidence: &Evidence) -> u64 {
        verdict_of(evidence).count(Counter::Unserved)
    }

    #[test]
    fn an_item_counts_when_somebody_well_had_it_in_time_and_was_not_asked() {
        assert_eq!(unserved(&failed(&[sold_by("iak", 10_000)])), 0, "was asked");
        assert_eq!(unserved(&failed(&[sold_by("lapak", 99_000)])), 0, "too dear");
        let one = failed(&[sold_by("iak", 10_000), sold_by("lapak", 10_100)]);
        assert_eq!(unserved(&one), 1);
        let mut in_trouble = one.clone();
        in_trouble.in_trouble.insert("lapak".to_owned());
        assert_eq!(unserved(&in_trouble), 0);
        let mut customer = one;
        customer.orders[0].story.as_mut().unwrap().order.items[0].failure = Some("wrong_target".to_owned());
        assert_eq!(unserved(&customer), 0, "nobody could");
    }

    #[test]
    fn a_refused_order_counts_when_all_of_it_could_be_had() {
        let mut evidence = paid_and_delivered();
        evidence.turned_away = vec![vec!["a".to_owned(), "b".to_owned()]];
        evidence.sellers.insert("a".to_owned(), vec![sold_by("iak", 10_000)]);
        assert_eq!(unserved(&evidence), 0, "nobody sells b");
        evidence.sellers.insert("b".to_owned(), vec![sold_by("lapak", 10_000)]);
        assert_eq!(unserved(&evidence), 1);
    }
}

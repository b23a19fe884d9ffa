//! What is bought again under a reference that was used before, where a supplier lets that happen. The truth tells the two
//! apart by a mark behind the second, so that no books know it and every comparison finds it. Pure.

use super::purchase::PurchaseKey;
use crate::books::Books;

/// Never part of a reference somebody chose.
const MARK: char = '~';

/// The name of one more purchase under this reference; the reference itself, while it is not used.
pub fn next(books: &Books, key: PurchaseKey) -> PurchaseKey {
    let is_free = |name: &PurchaseKey| !books.purchases.contains_key(name);
    if is_free(&key) { key } else { (2..).map(|n| marked(&key, n)).find(is_free).unwrap_or(key) }
}

/// The name of the latest purchase under this reference.
pub fn latest(books: &Books, key: PurchaseKey) -> Option<PurchaseKey> {
    let mut latest = None;
    let mut name = key.clone();
    let mut n = 1;
    while books.purchases.contains_key(&name) {
        n += 1;
        latest = Some(name);
        name = marked(&key, n);
    }
    latest
}

fn marked(key: &PurchaseKey, n: u64) -> PurchaseKey {
    PurchaseKey { reference: format!("{}{MARK}{n}", key.reference), ..key.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Provider;
    use crate::goods::purchase::{Delivery, Fate, Purchase};

    fn key(reference: &str) -> PurchaseKey {
        PurchaseKey { supplier: Provider::Lapak, account: "a".to_owned(), reference: reference.to_owned() }
    }

    fn bought(books: &mut Books, key: PurchaseKey) {
        let purchase = Purchase {
            key: key.clone(),
            number: 1,
            product: "p".to_owned(),
            target: "t".to_owned(),
            callback_url: None,
            price: 1,
            state: Delivery::Pending,
            failed: None,
            serial: None,
            pin: None,
            formed_ms: 0,
            due_ms: None,
            fate: Fate::default(),
            settled_ms: None,
            asked: 1,
            checks: 0,
            callback_open: false,
            bills: None,
        };
        books.purchases.insert(key, purchase);
    }

    #[test]
    fn each_further_purchase_has_a_name_of_its_own_and_the_latest_is_found() {
        let mut books = Books::default();
        assert!(latest(&books, key("R1")).is_none());
        for name in ["R1", "R1~2", "R1~3"] {
            let free = next(&books, key("R1"));
            assert_eq!(free.reference, name);
            bought(&mut books, free);
            assert_eq!(latest(&books, key("R1")).map(|key| key.reference).as_deref(), Some(name));
        }
        assert_eq!(next(&books, key("R2")).reference, "R2");
    }
}

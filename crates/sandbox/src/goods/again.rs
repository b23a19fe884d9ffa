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

//! What is left of each account's money. Pure.

use std::collections::HashMap;

use crate::faults::Provider;

/// Whole rupiah by supplier and account.
#[derive(Default)]
pub struct Deposits(HashMap<(Provider, String), i64>);

impl Deposits {
    pub fn set(&mut self, supplier: Provider, account: &str, rupiah: i64) {
        self.0.insert((supplier, account.to_owned()), rupiah);
    }

    pub fn left(&self, supplier: Provider, account: &str) -> i64 {
        self.0.get(&(supplier, account.to_owned())).copied().unwrap_or(0)
    }

    /// Takes out; a negative amount is given back.
    pub fn take(&mut self, supplier: Provider, account: &str, rupiah: i64) {
        *self.0.entry((supplier, account.to_owned())).or_insert(0) -= rupiah;
    }
}

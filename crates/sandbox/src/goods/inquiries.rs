//! What was asked about bills, for as long as it may be paid by the name the answer had. Nothing is owed or paid by asking; a
//! restart forgets it.

use std::collections::HashMap;

use super::bills::Debt;
use super::purchase::PurchaseKey;
use crate::faults::Provider;
use crate::truth::MAX_RECORDS;

/// The number of the first inquiry, where they have numbers.
const FIRST_NUMBER: u64 = 9_900_001;

/// One question about bills, and its answer.
#[derive(Clone)]
pub struct Inquiry {
    /// The supplier's code of the bill.
    pub product: String,
    pub target: String,
    pub debt: Debt,
    pub asked_ms: i64,
    /// When the answer is there.
    pub known_ms: i64,
}

/// By supplier, account and the name one of both sides gave it.
#[derive(Default)]
pub struct Inquiries {
    by_name: HashMap<PurchaseKey, (Inquiry, Option<u64>)>,
    /// Those that have a number of the supplier's, too.
    numbers: HashMap<u64, PurchaseKey>,
}

impl Inquiries {
    /// Keeps one; not in a full book, so that a forgotten soak run cannot eat the machine.
    pub fn keep(&mut self, key: PurchaseKey, inquiry: Inquiry) -> bool {
        self.put(key, inquiry, None)
    }

    fn put(&mut self, key: PurchaseKey, inquiry: Inquiry, number: Option<u64>) -> bool {
        let room = self.by_name.len() < MAX_RECORDS;
        if room {
            self.by_name.insert(key, (inquiry, number));
        }
        room
    }

    /// The same, and the number it has from now on.
    pub fn keep_numbered(&mut self, key: PurchaseKey, inquiry: Inquiry) -> Option<u64> {
        let number = FIRST_NUMBER + self.numbers.len() as u64;
        let kept = self.put(key.clone(), inquiry, Some(number));
        kept.then(|| {
            self.numbers.insert(number, key);
            number
        })
    }

    pub fn find(&self, key: &PurchaseKey) -> Option<&Inquiry> {
        self.by_name.get(key).map(|(inquiry, _)| inquiry)
    }

    /// The first of an account about this bill that was asked since a moment.
    pub fn asked_since(
        &self,
        supplier: Provider,
        account: &str,
        product: &str,
        target: &str,
        since_ms: i64,
    ) -> Option<&Inquiry> {
        let own = self.by_name.iter().filter(|(key, _)| key.supplier == supplier && key.account == account);
        let same = own.map(|(_, (inquiry, _))| inquiry).filter(|i| i.product == product && i.target == target);
        same.filter(|inquiry| inquiry.asked_ms >= since_ms).min_by_key(|inquiry| inquiry.asked_ms)
    }

    pub fn number_of(&self, key: &PurchaseKey) -> Option<u64> {
        self.by_name.get(key).and_then(|(_, number)| *number)
    }

    pub fn numbered(&self, supplier: Provider, number: u64) -> Option<(&PurchaseKey, &Inquiry)> {
        let key = self.numbers.get(&number).filter(|key| key.supplier == supplier)?;
        Some((key, self.find(key)?))
    }

    /// How many there are: what the next may be called by.
    pub fn count(&self) -> usize {
        self.by_name.len()
    }
}

//! What was asked about bills, for as long as it may be paid by the name the answer had. Nothing is owed or paid by asking; a
//! restart forgets it.

use std::collections::HashMap;

use super::bills::Debt;
use super::purchase::PurchaseKey;
use crate::truth::MAX_RECORDS;

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
pub struct Inquiries(HashMap<PurchaseKey, Inquiry>);

impl Inquiries {
    /// Keeps one; not in a full book, so that a forgotten soak run cannot eat the machine.
    pub fn keep(&mut self, key: PurchaseKey, inquiry: Inquiry) -> bool {
        let room = self.0.len() < MAX_RECORDS;
        if room {
            self.0.insert(key, inquiry);
        }
        room
    }

    pub fn find(&self, key: &PurchaseKey) -> Option<&Inquiry> {
        self.0.get(key)
    }

    /// How many there are: what the next may be called by.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

//! How often what was asked for: every request that could be read, counted before any fault, so that a test can tell a client
//! that asked twice from an answer that came twice.

use std::collections::{BTreeMap, HashMap};

use crate::faults::{At, Call, Provider};
use crate::truth::MAX_RECORDS;

#[derive(Default)]
pub struct Arrivals(HashMap<(Provider, String), BTreeMap<Call, u64>>);

impl Arrivals {
    /// Counts one. A full book counts no new reference, so that a forgotten soak run cannot eat the machine.
    pub fn count(&mut self, at: &At<'_>) {
        let key = (at.provider, at.reference.to_owned());
        if self.0.len() < MAX_RECORDS || self.0.contains_key(&key) {
            *self.0.entry(key).or_default().entry(at.call).or_insert(0) += 1;
        }
    }

    /// The requests about a reference, by call.
    pub fn about(&self, provider: Provider, reference: &str) -> BTreeMap<Call, u64> {
        self.0.get(&(provider, reference.to_owned())).cloned().unwrap_or_default()
    }
}

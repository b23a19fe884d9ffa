//! Which arms of the machines a test run has reached. A build without the `test-hooks` feature records nothing.

use crate::machine::Machine;

#[cfg(feature = "test-hooks")]
mod recorder {
    use std::collections::hash_map::DefaultHasher;
    use std::collections::{BTreeSet, HashSet};
    use std::hash::{Hash, Hasher};
    use std::mem::discriminant;
    use std::sync::Mutex;

    use super::Machine;

    static SEEN: Mutex<Option<HashSet<u64>>> = Mutex::new(None);
    static HITS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

    /// The arm's name: `Payment: Pending, PaidMatching`.
    pub fn name<M: Machine>(state: M, event: M::Event) -> String {
        format!("{}: {state:?}, {event:?}", M::NAME)
    }

    pub(crate) fn hit<M: Machine>(state: M, event: M::Event) {
        let mut hasher = DefaultHasher::new();
        (M::NAME, discriminant(&state), discriminant(&event)).hash(&mut hasher);
        let new = SEEN.lock().is_ok_and(|mut seen| seen.get_or_insert_default().insert(hasher.finish()));
        if new && let Ok(mut hits) = HITS.lock() {
            hits.insert(name(state, event));
        }
    }

    /// All arms reached in this process.
    pub fn reached() -> BTreeSet<String> {
        HITS.lock().map(|hits| hits.clone()).unwrap_or_default()
    }
}

#[cfg(feature = "test-hooks")]
pub(crate) use recorder::hit;
#[cfg(feature = "test-hooks")]
pub use recorder::{name, reached};

/// Nothing, in a build for use.
#[cfg(not(feature = "test-hooks"))]
pub(crate) fn hit<M: Machine>(_state: M, _event: M::Event) {}

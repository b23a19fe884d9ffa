//! What the store did since it was opened, for metrics and for tests that count round trips.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts only ever grow.
#[derive(Debug, Default)]
pub struct Counters {
    round_trips: AtomicU64,
    commits: AtomicU64,
    stale: AtomicU64,
    duplicates: AtomicU64,
    deadlocks: AtomicU64,
    serialization_failures: AtomicU64,
    key_races: AtomicU64,
    rejected: AtomicU64,
    splits: AtomicU64,
    lost_connections: AtomicU64,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident, $count:ident;)+) => {
        impl Counters {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> u64 {
                    self.$name.load(Ordering::Relaxed)
                }
                pub(crate) fn $count(&self) {
                    self.$name.fetch_add(1, Ordering::Relaxed);
                }
            )+
        }
    };
}

counters! {
    /// Waits for the database: a group of pipelined statements is one.
    round_trips, count_round_trip;
    /// Orders created or changed.
    commits, count_commit;
    /// Commits refused because the order had moved on.
    stale, count_stale;
    /// Commits refused because their key was taken.
    duplicates, count_duplicate;
    /// Statements rolled back by a deadlock (40P01), and run again.
    deadlocks, count_deadlock;
    /// Statements rolled back by a serialization failure (40001), and run again.
    serialization_failures, count_serialization_failure;
    /// Statements rolled back because another one wrote the same key at the same moment, and run again.
    key_races, count_key_race;
    /// Changes that the database refused for what they say: a fault of ours, each of them.
    rejected, count_rejected;
    /// Batches divided to find the member that cannot be stored.
    splits, count_split;
    /// Connections that broke under a statement.
    lost_connections, count_lost_connection;
}

impl Counters {
    /// Statements rolled back because of a neighbour, and run again.
    pub fn conflicts(&self) -> u64 {
        self.deadlocks() + self.serialization_failures() + self.key_races()
    }
}

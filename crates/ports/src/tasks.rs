//! The queue of tasks, and the schedules. Leases run on the database's clock; due times on business time.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::task::Queue;
use domain::{Alert, Moment, OrderId, TaskKind};
use uuid::Uuid;

use crate::store::{StoredAlert, Unavailable};

/// Proof of a claim; every write by the holder is fenced with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken(pub Uuid);

/// A task in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    pub order: OrderId,
    pub kind: TaskKind,
    pub run_at: Moment,
    /// Failed tries so far.
    pub attempts: u16,
    pub token: LeaseToken,
    /// When the lease certainly still holds, on this process's own monotonic clock.
    pub until: Instant,
}

/// The queue.
///
/// MUST: give a task to one holder at a time; give it again once its lease has run out; fence every write of a holder by
/// its token, so that one who lost the lease changes nothing.
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// Takes up to `limit` due tasks. `token` is fresh; each task gets one of its own, made from it: what is written with
    /// one task's lease leaves the others in their holder's hands.
    async fn claim(
        &self,
        queue: Queue,
        limit: u16,
        lease: Duration,
        token: LeaseToken,
        now: Moment,
    ) -> Result<Vec<Leased>, Unavailable>;
    /// Puts a task back for later and counts a failed try. `false`: the lease was lost.
    async fn retry_later(&self, task: &Leased, run_at: Moment, error: &str) -> Result<bool, Unavailable>;
    /// Puts a task back for later without counting a try (no permit, shutting down).
    async fn hand_back(&self, task: &Leased, run_at: Moment) -> Result<bool, Unavailable>;
    /// Gives a task up: kept as `dead`, with an alert.
    async fn bury(&self, task: &Leased, error: &str, now: Moment) -> Result<bool, Unavailable>;
    /// An operator has a dead task tried again. `false`: there is no such dead task.
    async fn revive(&self, order: OrderId, kind: &TaskKind, now: Moment) -> Result<bool, Unavailable>;
    /// The earliest due time of a live task, and how many live tasks there are.
    async fn outlook(&self) -> Result<Outlook, Unavailable>;
}

/// What lies ahead in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    pub live: u64,
    pub leased: u64,
    pub dead: u64,
    pub next_due: Option<Moment>,
    /// Business time of the oldest due task, for lag metrics.
    pub oldest_due: Option<Moment>,
}

/// Work that recurs, whatever number of processes run.
///
/// MUST: let one process do one slot; let another do it when the first died; never go back to an older slot.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// `true`: this process does the slot, within the lease.
    async fn begin(&self, name: &str, slot: i64, lease: Duration, token: LeaseToken) -> Result<bool, Unavailable>;
    async fn finish(&self, name: &str, slot: i64, token: LeaseToken) -> Result<bool, Unavailable>;
}

/// What keeps the store healthy.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Makes the partitions of this month and the next three.
    async fn make_partitions(&self, now: Moment) -> Result<(), Unavailable>;
    /// Looks for what must not be (orders without a task, overdue and dead tasks, a ledger that does not sum to zero) and
    /// raises alerts. Returns how many it found, by kind.
    async fn sweep(&self, now: Moment) -> Result<Vec<Alert>, Unavailable>;
    /// Deletes stored answers older than `before`.
    async fn forget_answers(&self, before: Moment) -> Result<u64, Unavailable>;
    /// `Ok` when the schema is current, and next month's partitions exist.
    async fn ready(&self, now: Moment) -> Result<(), NotReady>;
    async fn alerts(&self, open_only: bool, before: Option<i64>, limit: u16) -> Result<Vec<StoredAlert>, Unavailable>;
    async fn close_alert(&self, id: i64, by: &str, now: Moment) -> Result<bool, Unavailable>;
    /// What this process has asked of the store since it started: name, what it counts, how many.
    fn counted(&self) -> Vec<(&'static str, &'static str, u64)>;
}

/// Why this instance should get no traffic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    #[error("the schema is behind: run `seberang migrate`")]
    SchemaBehind,
    #[error("next month's partitions are missing")]
    PartitionMissing,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

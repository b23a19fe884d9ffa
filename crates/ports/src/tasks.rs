//! The queue of tasks, and the schedules. Leases run on the database's clock; due times on business time.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::task::Queue;
use domain::{Alert, Moment, OrderId, TaskKind};
use uuid::Uuid;

use crate::store::{StaffAct, StoredAlert, Unavailable};

/// Proof of a lease; every write by the holder is fenced with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseToken(pub Uuid);

/// A task in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// Whose task it is.
    pub order: OrderId,
    /// What is to be done.
    pub kind: TaskKind,
    /// When it was due, in business time.
    pub run_at: Moment,
    /// Failed tries so far.
    pub attempts: u16,
    /// This task's own.
    pub token: LeaseToken,
    /// The order's version when the task was taken: what is older than this knows less than the task does.
    pub version: i32,
    /// When the lease certainly still holds, on this process's own monotonic clock.
    pub until: Instant,
}

/// The queue.
///
/// MUST: give a task to one holder at a time; give it again once its lease has run out; fence every write of a holder by
/// its token, so that one who lost the lease changes nothing; let no task that cannot be read hold up another.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// Takes up to `limit` due tasks. `token` is fresh; each task gets one of its own, made from it: what is written with
    /// one task's lease leaves the others in their holder's hands. A task that cannot be read is not among them: it is
    /// buried, and whoever knows its kind may revive it. Unavailable: what was taken comes back when its lease runs out.
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
    /// A member of staff has a dead task tried again, at once and as if for the first time. `false`: there is no such dead
    /// task; then the act is not stored either. Of two at once one is told `true`.
    async fn revive(&self, order: OrderId, kind: &TaskKind, act: &StaffAct) -> Result<bool, Unavailable>;
    /// The earliest due time of a live task, and how many live tasks there are.
    async fn outlook(&self) -> Result<Outlook, Unavailable>;
}

/// What lies ahead in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    /// Tasks to be done, now or later, in somebody's hands or not.
    pub live: u64,
    /// Those of them in somebody's hands.
    pub leased: u64,
    /// Tasks given up.
    pub dead: u64,
    /// When the next live task is due, in somebody's hands or not.
    pub next_due: Option<Moment>,
    /// When the oldest live task that nobody holds is due, for lag metrics.
    pub oldest_due: Option<Moment>,
}

/// Work that recurs, whatever number of processes run. A slot is a period of business time, counted from the epoch.
///
/// MUST: let one process at a time do the work of a name; let another do a slot when the first one died in it; give out
/// neither the slot finished last nor the one before it, since clocks differ a little. A slot further back is given out:
/// time went back, and what a wrong clock did far ahead holds nothing up. So a slot may be done again, and its work must
/// bear that.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Schedules: Send + Sync {
    /// `true`: this process does the slot, within the lease. `false`: it was finished, or the next one was begun, or some
    /// slot of this name is in somebody's hands. Unavailable: the slot may be held until the lease is over.
    async fn begin(&self, name: &str, slot: i64, lease: Duration, token: LeaseToken) -> Result<bool, Unavailable>;
    /// The slot is done for good. `false`: the lease was lost, or it was finished before; nothing changes.
    async fn finish(&self, name: &str, slot: i64, token: LeaseToken) -> Result<bool, Unavailable>;
}

/// What keeps the store healthy. All of it may be run twice, and by several processes at once.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Makes the partitions of this month and the next three.
    ///
    /// MUST: leave those that are there; move to a new one the rows that wait for it elsewhere; leave each partition made
    /// whole or not at all when it dies.
    async fn make_partitions(&self, now: Moment) -> Result<(), Unavailable>;
    /// Looks for what must not be and raises an alert for each: orders without a live task, parts of orders without the
    /// task they need, tasks overdue and dead, partitions missing. Returns what it found.
    ///
    /// MUST: name exactly the orders that are not final and have no live task; name, by the missing task's key, what the
    /// domain's rules give a task and has none, though its order be final; look at the parts of orders younger
    /// than two days each time, and of those that are not final each time; look at all other orders a
    /// day's worth at a time, each day in its turn: all of them within a day of sweeps every ten minutes while they are of
    /// no more days than that, and never more because there are more; count what is open already
    /// instead of raising it anew; find a bounded number of each kind, so that one fault does not hide the others.
    async fn sweep(&self, now: Moment) -> Result<Vec<Alert>, Unavailable>;
    /// Deletes stored answers older than `before`, and says how many. What a run that dies leaves, the next one deletes.
    ///
    /// MUST: leave every younger answer; hold up no request.
    async fn forget_answers(&self, before: Moment) -> Result<u64, Unavailable>;
    /// `Ok` when the schema is current, and next month's partitions exist. Changes nothing.
    async fn ready(&self, now: Moment) -> Result<(), NotReady>;
    /// Alerts with an id below `before`, newest first; at most `limit`, and never more than 200.
    async fn alerts(&self, open_only: bool, before: Option<i64>, limit: u16) -> Result<Vec<StoredAlert>, Unavailable>;
    /// Closes an alert in the name of who acts. `false`: there is no such open alert; then the act is not stored either.
    ///
    /// MUST: leave it closed; when the same thing is raised again, that is a new alert. Of two who close it at once one is
    /// told `true`.
    async fn close_alert(&self, id: i64, act: &StaffAct) -> Result<bool, Unavailable>;
    /// Raises an alert that is about no order, such as a supplier's account.
    ///
    /// MUST: while the same kind about the same subject is open, count that one up and take the new detail.
    async fn raise(&self, alert: &Alert, now: Moment) -> Result<(), Unavailable>;
    /// Stores an act that no other call stores: one without a single write of ours. The same id again changes nothing.
    async fn record_act(&self, act: &StaffAct) -> Result<(), Unavailable>;
    /// Acts with an id below `after`, newest (largest id) first; at most `limit`, and never more than 200.
    async fn staff_acts(&self, after: Option<Uuid>, limit: u16) -> Result<Vec<StaffAct>, Unavailable>;
    /// What this process has asked of the store since it started, the counts of one name together.
    fn counted(&self) -> Vec<Counted>;
}

/// One count, as a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Ends in `_total`.
    pub name: &'static str,
    /// What is counted.
    pub help: &'static str,
    /// Tells counts of one name apart.
    pub label: Option<(&'static str, &'static str)>,
    /// Only ever grows.
    pub count: u64,
}

/// Why this instance should get no traffic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It holds fewer steps than this binary knows. One that is ahead is fine.
    #[error("the schema is behind: run `seberang migrate`")]
    SchemaBehind,
    /// Rows of next month would go to where they have to be moved from.
    #[error("next month's partitions are missing")]
    PartitionMissing,
    /// Nothing is known.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

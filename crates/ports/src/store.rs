//! Orders at rest. One commit is one statement; no open transaction crosses this port.

use std::time::Duration;

use async_trait::async_trait;
use domain::order::{ChangeSet, NewOrder};
use domain::{Alert, CustomerId, DedupeKey, Moment, Order, OrderId, OrderStatus, TaskKind};
use uuid::Uuid;

use crate::exchange::Exchange;
use crate::notice::NoticeRecord;
use crate::tasks::LeaseToken;

/// The store did not answer, or not in time. What was asked for may or may not have happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable: {0}")]
pub struct Unavailable(pub String);

/// Everything that one decision writes, together or not at all.
#[derive(Debug, Clone)]
pub struct Commit {
    /// What was decided, and on which version.
    pub change: ChangeSet,
    /// The committing worker's leases: tasks they hold are released unless the change says `hold`.
    pub leases: Vec<LeaseToken>,
    /// Tasks that the change puts, and that the committer takes in hand with it.
    pub takes: Vec<Take>,
    /// Kept as evidence under the version that the commit makes.
    pub exchanges: Vec<Exchange>,
    /// Stored with the change; a notice known already does not hinder it.
    pub notice: Option<NoticeRecord>,
    /// The answer to keep for a repeated request. Taken already: the commit is `AnswerExists`.
    pub answer: Option<StoredAnswer>,
}

/// A task to be leased by the commit that puts it: nobody need look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// One that the change puts, and does not hold.
    pub kind: TaskKind,
    /// Fresh.
    pub token: LeaseToken,
    /// How long.
    pub lease: Duration,
}

/// Those of a commit's [`Take`]s that were got. The rest is in somebody's hands.
pub type Taken = Vec<LeaseToken>;

/// Why a commit did not happen. Never silent: a member that the store does not report on is `Stale`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Decided on an older version: load and decide again.
    #[error("the order has moved on")]
    Stale,
    /// The change's key is taken, by this order or another: what it stands for has happened.
    #[error("{0} was taken before")]
    Duplicate(DedupeKey),
    /// It never was: orders are not deleted.
    #[error("there is no such order")]
    NotFound,
    /// A request with this Idempotency-Key was answered before.
    #[error("this request was answered before")]
    AnswerExists,
    /// The store refuses what the change says: a limit of its own, a value it cannot hold. Nothing was written, and the same
    /// change is refused again. A fault of ours that a person must see. Holds no stored value.
    #[error("the store refuses the change: {0}")]
    Rejected(String),
    /// It may or may not have happened.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The answer to one request with an Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Principal and route.
    pub scope: String,
    /// The Idempotency-Key as the caller sent it.
    pub key: String,
    /// SHA-256 of the request body.
    pub request_hash: [u8; 32],
    /// The order that the request made or changed.
    pub order: OrderId,
    /// The HTTP status to answer with again.
    pub status: u16,
    /// The body to answer with again; sealed at rest.
    pub body: String,
    /// When it was answered: it is forgotten some days later.
    pub at: Moment,
}

/// A new order to store.
#[derive(Debug, Clone)]
pub struct Create {
    /// The order with its first history row.
    pub new: NewOrder,
    /// Its key admits the order: taken already, nothing is stored.
    pub answer: StoredAnswer,
    /// Nothing is stored if the customer ordered one of these products for the same target since then. `None`: the customer
    /// knows.
    pub unless_since: Option<Moment>,
}

/// Why an order was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// Ask for the stored answer.
    #[error("this request was answered before")]
    AnswerExists,
    /// The same was ordered lately; nothing is stored, the answer neither.
    #[error("the same was ordered lately")]
    Repeated,
    /// An order of somebody, perhaps the same customer, has one of these bills and is not over; nothing is stored, the answer
    /// neither.
    #[error("the bill is in an order that is not over")]
    BillTaken,
    /// There is no such promo; nothing is stored, the answer neither.
    #[error("the promo code is unknown")]
    PromoUnknown,
    /// Its limit is reached; nothing is stored, the answer neither.
    #[error("the promo code is used up")]
    PromoSpent,
    /// The store refuses what the order says: a limit of its own, a value it cannot hold. Nothing was written, and the same
    /// order is refused again. A fault of ours that a person must see. Holds no stored value.
    #[error("the store refuses the order: {0}")]
    Rejected(String),
    /// It may or may not have happened: the stored answer tells.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why an order cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It never was: orders are not deleted.
    #[error("there is no such order")]
    NotFound,
    /// A stored row that the domain does not understand: a bug or a damaged key.
    #[error("the order's rows cannot be read: {0}")]
    Corrupt(String),
    /// Nothing is known.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// One line of a list of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSummary {
    /// The order.
    pub id: OrderId,
    /// Who ordered.
    pub customer: CustomerId,
    /// When, in business time.
    pub created_at: Moment,
    /// Where it stands, as of its last commit.
    pub status: OrderStatus,
    /// What the customer is charged.
    pub total: domain::Money,
    /// How many.
    pub items: u16,
}

/// One page of a list of orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderPage {
    /// Newest first. May be fewer than were asked for, or none, and still have another page behind them.
    pub orders: Vec<OrderSummary>,
    /// The last order that was looked at, when there may be more behind it.
    pub next: Option<OrderId>,
}

/// Which orders to list; newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderFilter {
    /// Only this customer's.
    pub customer: Option<CustomerId>,
    /// Only orders that stand so.
    pub status: Option<OrderStatus>,
    /// Only orders older than this one.
    pub before: Option<OrderId>,
    /// At most so many, and never more than 200.
    pub limit: u16,
}

/// What was stored around an order, for the operator: each list oldest first, and no more than the newest thousand of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Story {
    /// What changed at each version, by whom and why.
    pub history: Vec<domain::HistoryEntry>,
    /// What was said to providers and what they answered.
    pub exchanges: Vec<StoryExchange>,
    /// What was booked.
    pub ledger: Vec<StoryLine>,
    /// What providers told us.
    pub notices: Vec<StoryNotice>,
    /// What a person was told, open and closed.
    pub alerts: Vec<StoredAlert>,
    /// What is still to be done.
    pub tasks: Vec<StoryTask>,
}

/// An exchange with the version whose commit stored it. The rest is as in [`Exchange`]; `sent` is [`crate::Sent`]'s word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryExchange {
    /// The version that its commit made.
    pub version: i32,
    /// The supplier's or gateway's id.
    pub provider: String,
    /// Our name for the call.
    pub call: String,
    /// When the call began, in business time.
    pub at: Moment,
    /// Until the whole answer was there, or hope was given up.
    pub elapsed_ms: u32,
    /// How far it got.
    pub sent: String,
    /// Redacted.
    pub request: String,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// Redacted; the transport's words when nothing came.
    pub response: String,
}

/// A ledger line with the version whose commit booked it: debits positive, credits negative. All lines of a version sum to
/// zero in each currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    /// The version that its commit made.
    pub version: i32,
    /// In business time.
    pub at: Moment,
    /// The posting it is part of (`receipt`, `sale`).
    pub template: String,
    /// What was booked: an item, a refund, a reference.
    pub subject: String,
    /// The account of the ledger.
    pub account: String,
    /// Positive: debit. Negative: credit.
    pub amount: domain::Money,
}

/// A verified notice, redacted, under its key that is unique forever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryNotice {
    /// When it was stored, in business time.
    pub at: Moment,
    /// The supplier's or gateway's id.
    pub provider: String,
    /// The provider's kind of notice.
    pub kind: String,
    /// As in [`NoticeRecord::key`].
    pub key: String,
    /// Redacted.
    pub body: String,
}

/// A task that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryTask {
    /// A [`domain::TaskKind`] as text, unless this server does not know it.
    pub key: String,
    /// When it is due.
    pub run_at: Moment,
    /// Failed tries so far.
    pub attempts: u16,
    /// Given up: it waits to be revived.
    pub dead: bool,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// An alert as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlert {
    /// Later ones have larger ids.
    pub id: i64,
    /// The word of a [`domain::AlertKind`].
    pub kind: String,
    /// The order it is about, if it is about one.
    pub order: Option<OrderId>,
    /// As in [`Alert`].
    pub subject: String,
    /// As it was raised last.
    pub detail: String,
    /// When it was raised first.
    pub raised_at: Moment,
    /// When it was raised last.
    pub last_at: Moment,
    /// How often it was raised since it is open.
    pub times: i32,
    /// The login name of who closed it; `None` while it is open.
    pub closed_by: Option<String>,
}

/// What a member of staff did outside an order's own history: an alert closed, a price set. Stored in the statement that
/// does it, kept forever, never changed. Nothing personal but the login name.
///
/// One that exceeds a limit below is refused by the store, and what it speaks of is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAct {
    /// A fresh UUIDv7. The same id is the same act, however often it is sent.
    pub id: Uuid,
    /// Business time.
    pub at: Moment,
    /// The login name: 1 to [`Self::ACTOR_LIMIT`] characters.
    pub actor: String,
    /// What was done, as a word (`close_alert`): 1 to [`Self::ACT_LIMIT`] characters.
    pub act: String,
    /// What it was done to (`alert 17`): 1 to [`Self::SUBJECT_LIMIT`] characters.
    pub subject: String,
    /// The new value, or a remark: up to [`Self::DETAIL_LIMIT`] characters.
    pub detail: String,
}

impl StaffAct {
    /// As long as a token's login name can be.
    pub const ACTOR_LIMIT: usize = 64;
    /// Longer than any word of ours.
    pub const ACT_LIMIT: usize = 64;
    /// An order's id with the longest task key, twice over.
    pub const SUBJECT_LIMIT: usize = 160;
    /// A price book as JSON takes a sixth of it.
    pub const DETAIL_LIMIT: usize = 4000;
}

/// Orders at rest.
///
/// MUST:
/// * apply each commit whole or not at all, and only on the version it was decided on;
/// * answer every member of a batch, in order, from what the database returned; a member not reported is `Stale`;
/// * take each key at most once, forever, and burn none for a commit that did not happen;
/// * lease a task to a commit that takes it, unless it is in other hands;
/// * let members of a batch fail alone;
/// * encrypt targets, bills and serials, and write no personal data elsewhere.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Stores new orders, each with its tasks, history, ledger lines (a free order has none) and promo use.
    /// A promo is admitted exactly up to its limit. A repeated Idempotency-Key stores nothing, and is told before a bill that is
    /// taken, and that before a repeated order.
    ///
    /// MUST: of the orders with one bill, the same product for the same number, whoever ordered, let one at a time be not final.
    async fn create(&self, batch: Vec<Create>) -> Vec<Result<(), CreateError>>;
    /// Applies decisions, each on its own, and answers each in its place. Unavailable: it may or may not have happened; the
    /// same commit again is then `Stale`, `Duplicate` or `AnswerExists`, or happens now.
    async fn commit(&self, batch: Vec<Commit>) -> Vec<Result<Taken, CommitError>>;
    /// The order as some one commit left it, never half of two.
    async fn load(&self, id: OrderId) -> Result<Order, LoadError>;
    /// At which version each of these orders stands. One that does not exist is left out; one named twice is told once.
    ///
    /// MUST: be one look, whatever the number of orders, and tell only versions that a `load` from now on sees.
    async fn versions(&self, ids: &[OrderId]) -> Result<Vec<(OrderId, i32)>, Unavailable>;
    /// Which order holds a key (a reference, a transaction). Exact match.
    async fn holder_of(&self, key: &DedupeKey) -> Result<Option<OrderId>, Unavailable>;
    /// Stores a notice that changes no order (a repetition, an unknown reference), with an alert if there is one.
    /// A known notice is left as it is.
    async fn park(
        &self,
        notice: NoticeRecord,
        order: Option<OrderId>,
        alert: Option<Alert>,
        now: Moment,
    ) -> Result<(), Unavailable>;
    /// The answer kept for an Idempotency-Key; `None` when there is none, or it was forgotten.
    async fn stored_answer(&self, scope: &str, key: &str) -> Result<Option<StoredAnswer>, Unavailable>;
    /// Stored notices about a reference of ours or one we never made, newest first; at most `limit`, and never more than 200.
    async fn notices_about(&self, reference: &domain::Reference, limit: u16) -> Result<Vec<StoryNotice>, Unavailable>;
    /// Summaries, newest first.
    ///
    /// MUST: cost the same however many orders there are, also where few or none fit: a page may end before it is full.
    async fn list(&self, filter: &OrderFilter) -> Result<OrderPage, Unavailable>;
    /// What was stored around an order; empty when there is no such order.
    async fn story(&self, id: OrderId) -> Result<Story, Unavailable>;
}

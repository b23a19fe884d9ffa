//! Orders at rest. One commit is one statement; no open transaction crosses this port.

use async_trait::async_trait;
use domain::order::{ChangeSet, NewOrder};
use domain::{Alert, CustomerId, DedupeKey, Moment, Order, OrderId, OrderStatus, ProductId};

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
    pub change: ChangeSet,
    /// The committing worker's lease: tasks it holds are released unless the change says `hold`.
    pub lease: Option<LeaseToken>,
    pub exchanges: Vec<Exchange>,
    /// Stored with the change; a notice known already does not hinder it.
    pub notice: Option<NoticeRecord>,
    /// The answer to keep for a repeated request. Taken already: the commit is `AnswerExists`.
    pub answer: Option<StoredAnswer>,
}

/// Why a commit did not happen. Never silent: a member that the store does not report on is `Stale`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Decided on an older version: load and decide again.
    #[error("the order has moved on")]
    Stale,
    #[error("{0} was taken before")]
    Duplicate(DedupeKey),
    #[error("there is no such order")]
    NotFound,
    /// A request with this Idempotency-Key was answered before.
    #[error("this request was answered before")]
    AnswerExists,
    /// It may or may not have happened.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The answer to one request with an Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Principal and route.
    pub scope: String,
    pub key: String,
    /// SHA-256 of the request body.
    pub request_hash: [u8; 32],
    pub order: OrderId,
    pub status: u16,
    pub body: String,
    pub at: Moment,
}

/// A new order to store.
#[derive(Debug, Clone)]
pub struct Create {
    pub new: NewOrder,
    pub answer: StoredAnswer,
}

/// Why an order was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    #[error("this request was answered before")]
    AnswerExists,
    #[error("the promo code is unknown")]
    PromoUnknown,
    #[error("the promo code is used up")]
    PromoSpent,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why an order cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("there is no such order")]
    NotFound,
    /// A stored row that the domain does not understand: a bug or a damaged key.
    #[error("the order's rows cannot be read: {0}")]
    Corrupt(String),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// One line of a list of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSummary {
    pub id: OrderId,
    pub customer: CustomerId,
    pub created_at: Moment,
    pub status: OrderStatus,
    pub total: domain::Money,
    pub items: u16,
}

/// Which orders to list; newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderFilter {
    pub customer: Option<CustomerId>,
    pub status: Option<OrderStatus>,
    /// Only orders older than this one.
    pub before: Option<OrderId>,
    pub limit: u16,
}

/// What was stored around an order, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Story {
    pub history: Vec<domain::HistoryEntry>,
    pub exchanges: Vec<StoryExchange>,
    pub ledger: Vec<StoryLine>,
    pub notices: Vec<StoryNotice>,
    pub alerts: Vec<StoredAlert>,
    pub tasks: Vec<StoryTask>,
}

/// An exchange with the version whose commit stored it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryExchange {
    pub version: i32,
    pub provider: String,
    pub call: String,
    pub at: Moment,
    pub elapsed_ms: u32,
    pub sent: String,
    pub request: String,
    pub status: Option<u16>,
    pub response: String,
}

/// A ledger line with the version whose commit booked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    pub version: i32,
    pub at: Moment,
    pub template: String,
    pub subject: String,
    pub account: String,
    pub amount: domain::Money,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryNotice {
    pub at: Moment,
    pub provider: String,
    pub kind: String,
    pub key: String,
    pub body: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryTask {
    pub key: String,
    pub run_at: Moment,
    pub attempts: u16,
    pub dead: bool,
    pub last_error: Option<String>,
}

/// An alert as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlert {
    pub id: i64,
    pub kind: String,
    pub order: Option<OrderId>,
    pub subject: String,
    pub detail: String,
    pub raised_at: Moment,
    pub last_at: Moment,
    pub times: i32,
    pub closed_by: Option<String>,
}

/// Orders at rest.
///
/// MUST:
/// * apply each commit whole or not at all, and only on the version it was decided on;
/// * answer every member of a batch, in order, from what the database returned; a member not reported is `Stale`;
/// * take each key at most once, forever, and burn none for a commit that did not happen;
/// * let members of a batch fail alone;
/// * encrypt targets and serials, and write no personal data elsewhere.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Stores new orders, each with its tasks, history, ledger lines (a free order has none) and promo use.
    /// A promo is admitted exactly up to its limit. A repeated Idempotency-Key stores nothing.
    async fn create(&self, batch: Vec<Create>) -> Vec<Result<(), CreateError>>;
    async fn commit(&self, batch: Vec<Commit>) -> Vec<Result<(), CommitError>>;
    async fn load(&self, id: OrderId) -> Result<Order, LoadError>;
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
    async fn stored_answer(&self, scope: &str, key: &str) -> Result<Option<StoredAnswer>, Unavailable>;
    /// Whether the customer ordered one of these (product, target) pairs since `since`.
    async fn ordered_since(
        &self,
        customer: CustomerId,
        pairs: &[(ProductId, domain::Private)],
        since: Moment,
    ) -> Result<bool, Unavailable>;
    async fn list(&self, filter: &OrderFilter) -> Result<Vec<OrderSummary>, Unavailable>;
    async fn story(&self, id: OrderId) -> Result<Story, Unavailable>;
}

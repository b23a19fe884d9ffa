//! The rules of the business, pure: no I/O, no clock, no randomness, no async. Time and ids come in as
//! arguments, decisions go out as data ([`ChangeSet`]).
//!
//! A folder or file per subject; every state machine is one exhaustive `match (state, event)`.
//! What must not live here: anything that knows of HTTP, SQL, a provider's wire format or a task runner.

pub mod alert;
pub mod arms;
pub mod bill;
#[cfg(feature = "test-hooks")]
pub mod broken;
pub mod catalogue;
pub mod fulfilment;
pub mod history;
pub mod ids;
pub mod instructions;
pub mod ledger;
pub mod machine;
pub mod money;
pub mod order;
pub mod payment;
pub mod pricing;
pub mod private;
pub mod refund;
pub mod schedule;
pub mod supply;
pub mod task;

pub use alert::{Alert, AlertKind};
pub use bill::{Bill, BillLine};
pub use history::{Actor, Change, HistoryEntry, HistoryRow};
pub use ids::{
    Account, AttemptNo, CustomerId, DedupeKey, GatewayId, ItemNo, OrderId, PaymentNo, ProductId, Reference, RefundNo,
    SupplierId,
};
pub use instructions::{Instructions, PayCode};
pub use money::{Currency, Money, MoneyError, Rounding};
pub use order::{ChangeSet, Decision, Event, Order, OrderStatus, Refusal, What, decide};
pub use private::Private;
pub use task::{Task, TaskKind};

/// A moment of business time. The engine's clock makes them, never this crate.
pub type Moment = chrono::DateTime<chrono::Utc>;

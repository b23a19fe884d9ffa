//! The story of an order: one row per version, written in the commit that made the version.

use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::ids::{CustomerId, GatewayId, SupplierId};

/// Who caused a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Customer(CustomerId),
    /// A member of staff, by login name.
    Operator(String),
    Gateway(GatewayId),
    Supplier(SupplierId),
    /// A task of ours.
    Engine,
}

impl Actor {
    pub fn as_text(&self) -> String {
        match self {
            Self::Customer(id) => format!("customer:{id}"),
            Self::Operator(name) => format!("operator:{name}"),
            Self::Gateway(id) => format!("gateway:{id}"),
            Self::Supplier(id) => format!("supplier:{id}"),
            Self::Engine => "engine".to_owned(),
        }
    }
}

/// One thing that changed its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `payment 0`, `item 1`, `attempt 2`, `refund 0`, `checkout …`.
    pub subject: String,
    /// Empty for something new.
    pub from: String,
    pub to: String,
}

/// One version of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    pub version: i32,
    pub at: Moment,
    pub actor: String,
    /// The event's name.
    pub cause: &'static str,
    pub changes: Vec<Change>,
    /// A sentence for the operator; nothing personal.
    pub note: String,
}

/// One version of an order as read back from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    pub version: i32,
    pub at: Moment,
    pub actor: String,
    pub cause: String,
    pub changes: Vec<Change>,
    pub note: String,
}

//! One purchase at a supplier, as it stands. Plain data.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::faults::Provider;

/// What tells a purchase from all others.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct PurchaseKey {
    pub supplier: Provider,
    pub account: String,
    pub reference: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Pending,
    Delivered,
    Failed,
    Reversed,
}

impl Delivery {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
        }
    }

    /// Whether the price is out of the deposit in this state.
    pub fn holds_money(self) -> bool {
        matches!(self, Self::Pending | Self::Delivered)
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Purchase {
    pub key: PurchaseKey,
    /// The supplier's own number.
    pub number: u64,
    /// The supplier's code, as it was asked for.
    pub product: String,
    pub target: String,
    /// Where it asked to be called back; at some suppliers that is a matter of the account.
    pub callback_url: Option<String>,
    /// Whole rupiah taken from the deposit.
    pub price: i64,
    pub state: Delivery,
    /// Why it failed; nothing while it has not.
    pub failed: Option<Refusal>,
    /// In the supplier's words.
    pub serial: Option<String>,
    pub pin: Option<String>,
    pub formed_ms: i64,
    /// When it leaves `pending` by itself; a person decides when absent.
    pub due_ms: Option<i64>,
    pub fate: Fate,
    pub settled_ms: Option<i64>,
    /// Purchase requests seen with this reference.
    pub asked: u64,
    /// Status requests seen with this reference.
    pub checks: u64,
    /// A callback is neither acknowledged nor given up.
    pub callback_open: bool,
    /// What it pays, where something is owed.
    pub bills: Option<PaidBills>,
}

/// The bills one payment pays.
#[derive(Clone, Serialize, Deserialize)]
pub struct PaidBills {
    /// As the goods are named: `pdam/Kota Surabaya`.
    pub goods: String,
    pub number: String,
    /// Oldest first.
    pub periods: Vec<String>,
}

impl Purchase {
    /// The serial and pin a client may see now.
    pub fn visible(&self, now_ms: i64) -> (Option<&str>, Option<&str>) {
        let shown_from = self.settled_ms.unwrap_or(0) + self.fate.serial_after_ms.unwrap_or(0);
        if self.state == Delivery::Delivered && now_ms >= shown_from {
            (self.serial.as_deref(), self.pin.as_deref())
        } else {
            (None, None)
        }
    }
}

/// What will become of a purchase, decided when it is formed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Fate {
    /// Fails instead of being delivered.
    pub fails: Option<Refusal>,
    /// Delivered first, taken back this long after.
    pub reverse_after_ms: Option<i64>,
    /// Failed first, delivered this long after.
    pub recover_after_ms: Option<i64>,
    /// Delivered, but the serial shows only this long after.
    pub serial_after_ms: Option<i64>,
    /// Its token lacks a digit.
    #[serde(default)]
    pub serial_short: bool,
}

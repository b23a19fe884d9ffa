//! What is to be done about an order, and when. Tasks are part of the order: one row per key, written in the commit that
//! makes them needed, gone in the commit that makes them needless.

use std::fmt;
use std::str::FromStr;

use crate::Moment;
use crate::ids::{InvalidId, ItemNo, PaymentNo, Reference, RefundNo};

/// What a task is about. Its text is its key within the order: at most one live task per subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskKind {
    /// Ask the gateway about a pending payment; expire it when all is unpaid.
    Payment(PaymentNo),
    /// Ask the gateway about a checkout that its payment no longer waits for: an open page whose money may still come, or a
    /// notice that claims money beside the payment's own.
    Confirm(Reference),
    /// Buy the item, or ask about its live attempt.
    Item(ItemNo),
    /// Ask about an attempt that no longer decides its item.
    Recheck(Reference),
    /// Move a refund on, or remind finance of it.
    Refund(RefundNo),
    /// Remind an operator of what waits for a decision.
    Review,
}

/// Which pool of workers takes a task: one slow provider must not hold up the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    Gateway,
    Supplier,
    BackOffice,
}

impl Queue {
    pub const ALL: [Self; 3] = [Self::Gateway, Self::Supplier, Self::BackOffice];
}

crate::wire_words!(Queue { Gateway = "gateway", Supplier = "supplier", BackOffice = "back_office" });

impl TaskKind {
    pub const fn queue(&self) -> Queue {
        match self {
            Self::Payment(_) | Self::Confirm(_) => Queue::Gateway,
            Self::Item(_) | Self::Recheck(_) => Queue::Supplier,
            Self::Refund(_) | Self::Review => Queue::BackOffice,
        }
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(no) => write!(f, "payment:{no}"),
            Self::Confirm(reference) => write!(f, "confirm:{reference}"),
            Self::Item(no) => write!(f, "item:{no}"),
            Self::Recheck(reference) => write!(f, "recheck:{reference}"),
            Self::Refund(no) => write!(f, "refund:{no}"),
            Self::Review => f.write_str("review"),
        }
    }
}

impl FromStr for TaskKind {
    type Err = InvalidId;
    fn from_str(key: &str) -> Result<Self, InvalidId> {
        let bad = InvalidId { what: "task key", rule: "a kind and its subject" };
        let (kind, subject) = key.split_once(':').unwrap_or((key, ""));
        let no = || subject.parse::<u16>().map_err(|_not_a_number| bad.clone());
        match kind {
            "payment" => Ok(Self::Payment(PaymentNo(no()?))),
            "confirm" => Ok(Self::Confirm(subject.parse()?)),
            "item" => Ok(Self::Item(ItemNo(no()?))),
            "recheck" => Ok(Self::Recheck(subject.parse()?)),
            "refund" => Ok(Self::Refund(RefundNo(no()?))),
            "review" if subject.is_empty() => Ok(Self::Review),
            _ => Err(bad),
        }
    }
}

/// A live task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub kind: TaskKind,
    pub run_at: Moment,
}

/// What a commit does to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskChange {
    Put {
        task: Task,
        /// The committing worker keeps its lease on this task: it is about to send.
        hold: bool,
    },
    Remove(TaskKind),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back() {
        let reference: Reference = "ABCDEFGHIJKLMNOPQRST".parse().unwrap();
        for kind in [
            TaskKind::Payment(PaymentNo(0)),
            TaskKind::Confirm(reference.clone()),
            TaskKind::Item(ItemNo(7)),
            TaskKind::Recheck(reference),
            TaskKind::Refund(RefundNo(2)),
            TaskKind::Review,
        ] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for bad in ["", "item", "item:x", "item:-1", "review:1", "sleep:0", "confirm:abc"] {
            assert!(bad.parse::<TaskKind>().is_err(), "{bad}");
        }
    }
}

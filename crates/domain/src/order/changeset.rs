//! What a decision changes, as data: exactly the rows to write, in one statement.

use super::{Order, OrderStatus};
use crate::alert::Alert;
use crate::fulfilment::{Attempt, Item};
use crate::history::HistoryRow;
use crate::ids::{DedupeKey, OrderId};
use crate::ledger::Posting;
use crate::payment::{Checkout, Payment};
use crate::refund::Refund;
use crate::task::{TaskChange, TaskKind};

/// What happens to the order's use of its promo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromoChange {
    GiveBack {
        code: String,
    },
    /// Honoured although the limit may have been reached meanwhile.
    TakeAgain {
        code: String,
    },
}

/// One decision's effect. Rows are whole and hold their new values; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    pub order: OrderId,
    /// The version it was decided on; the commit makes it one more, or is `Stale`.
    pub decided_on: i32,
    /// Taken at most once, forever; already taken makes the commit `Duplicate`.
    pub key: Option<DedupeKey>,
    pub status: OrderStatus,
    pub promo: Option<PromoChange>,
    pub payments: Vec<Payment>,
    pub checkouts: Vec<Checkout>,
    pub items: Vec<Item>,
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    pub tasks: Vec<TaskChange>,
    pub history: HistoryRow,
    pub postings: Vec<Posting>,
    pub alerts: Vec<Alert>,
}

/// The rows of `after` that are new or differ from `before`.
pub(super) fn changed<T: Clone + PartialEq>(before: &[T], after: &[T]) -> Vec<T> {
    after.iter().filter(|row| !before.contains(row)).cloned().collect()
}

/// Tasks put, moved or gone. A held task is always put: the commit must keep its lease.
pub(super) fn task_changes(before: &Order, after: &Order, held: Option<&TaskKind>) -> Vec<TaskChange> {
    let put = after
        .tasks
        .iter()
        .filter(|task| held == Some(&task.kind) || !before.tasks.contains(task))
        .map(|task| TaskChange::Put { task: task.clone(), hold: held == Some(&task.kind) });
    let gone = before
        .tasks
        .iter()
        .filter(|task| after.task(&task.kind).is_none())
        .map(|task| TaskChange::Remove(task.kind.clone()));
    put.chain(gone).collect()
}

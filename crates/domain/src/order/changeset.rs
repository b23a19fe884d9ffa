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
    /// Each is taken at most once, forever; one that is taken already makes the commit `Duplicate`. Several are only ever
    /// references that we made for this very change, which nobody else can take.
    pub keys: Vec<DedupeKey>,
    pub status: OrderStatus,
    /// See [`Order::frees_bills`].
    pub frees_bills: bool,
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

/// What became of the order's use of its promo.
pub(super) fn promo_change(before: &Order, after: &Order) -> Option<PromoChange> {
    let code = after.terms.promo.as_ref()?.code.clone();
    match (before.promo_held, after.promo_held) {
        (true, false) => Some(PromoChange::GiveBack { code }),
        (false, true) => Some(PromoChange::TakeAgain { code }),
        (true, true) | (false, false) => None,
    }
}

/// Tasks put, moved or gone. A held task is always put: the commit must keep its lease.
pub(super) fn task_changes(before: &Order, after: &Order, held: &[TaskKind]) -> Vec<TaskChange> {
    let put = after
        .tasks
        .iter()
        .filter(|task| held.contains(&task.kind) || !before.tasks.contains(task))
        .map(|task| TaskChange::Put { task: task.clone(), hold: held.contains(&task.kind) });
    let gone = before
        .tasks
        .iter()
        .filter(|task| after.task(&task.kind).is_none())
        .map(|task| TaskChange::Remove(task.kind.clone()));
    put.chain(gone).collect()
}

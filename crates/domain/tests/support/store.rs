//! A store in miniature: the rows of a change written into the rows of an order.

use domain::order::PromoChange;
use domain::task::TaskChange;
use domain::{ChangeSet, Order};

/// The order after `change`, made of the rows the change names and nothing else.
pub fn apply(before: &Order, change: &ChangeSet) -> Order {
    let mut order = before.clone();
    order.version = change.decided_on + 1;
    put(&mut order.payments, &change.payments, |p| p.no);
    put(&mut order.checkouts, &change.checkouts, |c| c.reference.clone());
    put(&mut order.items, &change.items, |i| i.no);
    put(&mut order.attempts, &change.attempts, |a| a.no);
    put(&mut order.refunds, &change.refunds, |r| r.no);
    for task in &change.tasks {
        match task {
            TaskChange::Put { task, hold: _ } => put(&mut order.tasks, std::slice::from_ref(task), |t| t.kind.clone()),
            TaskChange::Remove(kind) => order.tasks.retain(|t| t.kind != *kind),
        }
    }
    order.tasks.sort_by(|a, b| a.kind.cmp(&b.kind));
    match &change.promo {
        Some(PromoChange::GiveBack { .. }) => order.promo_held = false,
        Some(PromoChange::TakeAgain { .. }) => order.promo_held = true,
        None => {}
    }
    order
}

fn put<T: Clone, K: PartialEq>(rows: &mut Vec<T>, changed: &[T], key: fn(&T) -> K) {
    for new in changed {
        match rows.iter_mut().find(|row| key(row) == key(new)) {
            Some(row) => *row = new.clone(),
            None => rows.push(new.clone()),
        }
    }
}

//! Several things of one kind that happened to an order at once, decided one after the other and written as one change.
//! Not here: what any of them means (`decide`).

use super::changeset::{changed, promo_change, task_changes};
use super::decide::{Applied, Decision, Refusal, decide};
use super::{ChangeSet, Event, Order};
use crate::Moment;
use crate::history::HistoryRow;
use crate::task::{TaskChange, TaskKind};

/// What became of one of several events.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is part of the change.
    Applied,
    /// As in [`Decision::AlreadyApplied`].
    AlreadyApplied,
    /// As in [`Decision::Refused`].
    Refused(Refusal),
}

/// What became of several events together.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    /// One change for all that applied. `None`: none did.
    pub applied: Option<Box<Applied>>,
    /// For each event in its place.
    pub outcomes: Vec<Outcome>,
}

/// Decides each event on the order as the ones before it left it. All must be of one kind and from one actor, for the
/// change has one line of history; one that differs from the first is refused and can be decided on its own.
pub fn decide_together(order: &Order, events: &[Event], now: Moment) -> Together {
    let mut applied: Option<Box<Applied>> = None;
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        if events.first().is_some_and(|first| first.what.name() != event.what.name() || first.actor != event.actor) {
            outcomes.push(Outcome::Refused(Refusal::NotNow("another kind of event is decided on its own")));
            continue;
        }
        let so_far = applied.as_ref().map_or(order, |applied| &applied.after);
        outcomes.push(match decide(so_far, event, now) {
            Decision::Applied(next) if clash(applied.as_deref(), &next) => {
                Outcome::Refused(Refusal::NotNow("a key from outside is taken on its own"))
            }
            Decision::Applied(next) => {
                applied = Some(match applied {
                    None => next,
                    Some(first) => Box::new(join(order, *first, *next)),
                });
                Outcome::Applied
            }
            Decision::AlreadyApplied => Outcome::AlreadyApplied,
            Decision::Refused(refusal) => Outcome::Refused(refusal),
        });
    }
    Together { applied, outcomes }
}

/// Of several keys none may be one that somebody else could take meanwhile.
fn clash(first: Option<&Applied>, next: &Applied) -> bool {
    let keys: Vec<_> = first.into_iter().chain([next]).flat_map(|applied| &applied.change.keys).collect();
    keys.len() > 1 && !keys.iter().all(|key| key.is_reference())
}

/// One change for two that were decided one after the other.
fn join(before: &Order, first: Applied, second: Applied) -> Applied {
    let mut after = second.after;
    after.version = first.after.version;
    let (first, second) = (first.change, second.change);
    let held: Vec<TaskKind> = [&first, &second].into_iter().flat_map(|change| held(&change.tasks)).collect();
    let change = ChangeSet {
        order: before.id,
        decided_on: before.version,
        keys: both(first.keys, second.keys),
        status: second.status,
        frees_bills: second.frees_bills,
        promo: promo_change(before, &after),
        payments: changed(&before.payments, &after.payments),
        checkouts: changed(&before.checkouts, &after.checkouts),
        items: changed(&before.items, &after.items),
        attempts: changed(&before.attempts, &after.attempts),
        refunds: changed(&before.refunds, &after.refunds),
        tasks: task_changes(before, &after, &held),
        history: HistoryRow {
            version: after.version,
            at: second.history.at,
            actor: second.history.actor,
            cause: second.history.cause,
            changes: both(first.history.changes, second.history.changes),
            note: both(noted(first.history.note), noted(second.history.note)).join("; "),
        },
        postings: both(first.postings, second.postings),
        alerts: both(first.alerts, second.alerts),
    };
    Applied { change, after }
}

fn both<T>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
    first.extend(second);
    first
}

fn noted(note: String) -> Vec<String> {
    if note.is_empty() { Vec::new() } else { vec![note] }
}

/// The tasks that a committing worker keeps its leases on.
fn held(tasks: &[TaskChange]) -> impl Iterator<Item = TaskKind> {
    tasks.iter().filter_map(|change| match change {
        TaskChange::Put { task, hold: true } => Some(task.kind.clone()),
        TaskChange::Put { hold: false, .. } | TaskChange::Remove(_) => None,
    })
}

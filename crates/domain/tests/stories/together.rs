//! Several things of one kind at once: one change, as if they had been told one after the other.

use domain::fulfilment::NewAttempt;
use domain::order::{Outcome, decide_together};
use domain::payment::Evidence;
use domain::task::TaskChange;
use domain::{Actor, Event, Order, Refusal, What};
use proptest::prelude::*;

use crate::store::apply;
use crate::story::{
    PULSA, Story, answered, delivered, failed, operator, pending, reference, refused, unclear, without_serial,
};

fn events(whats: &[What]) -> Vec<Event> {
    whats.iter().map(|what| Event { what: what.clone(), actor: Actor::Engine }).collect()
}

/// Told together, and told one after the other: the same order, books, alerts and words. Returns the outcomes.
fn same_as_in_turn(story: &mut Story, whats: &[What]) -> Vec<Outcome> {
    let before = story.order.clone();
    let told = decide_together(&before, &events(whats), story.now);
    let (mut postings, mut alerts, mut changes, mut keys) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (what, outcome) in whats.iter().zip(&told.outcomes) {
        if *outcome == Outcome::Applied {
            let change = story.applies(what.clone());
            postings.extend(change.postings);
            alerts.extend(change.alerts);
            changes.extend(change.history.changes);
            keys.extend(change.keys);
        }
    }
    match told.applied {
        None => assert_eq!(story.order, before),
        Some(applied) => {
            let change = &applied.change;
            assert_eq!((change.decided_on, change.history.version), (before.version, before.version + 1));
            let in_turn = Order { version: before.version + 1, ..story.order.clone() };
            assert_eq!(applied.after, in_turn);
            assert_eq!(apply(&before, change), in_turn, "the change is not the whole change");
            assert_eq!(change.status, story.order.status());
            assert_eq!((&change.postings, &change.alerts), (&postings, &alerts));
            assert_eq!((&change.history.changes, &change.keys), (&changes, &keys));
        }
    }
    told.outcomes
}

/// The n-th of several reservations that are made before any is committed.
fn reservation(story: &Story, n: usize, item: u16, supplier: &str) -> What {
    What::AttemptReserved(NewAttempt { reference: reference('P', n), ..story.new_attempt(item, supplier) })
}

#[test]
fn two_items_are_reserved_in_one_change_that_holds_both_tasks() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    let whats = [0, 1].map(|item| reservation(&s, item.into(), item, "iak"));
    let together = decide_together(&s.order, &events(&whats), s.now).applied.unwrap();
    let held = |change: &&TaskChange| matches!(change, TaskChange::Put { hold: true, .. });
    assert_eq!(together.change.tasks.iter().filter(held).count(), 2);
    assert_eq!(together.change.keys.len(), 2);
    assert_eq!(same_as_in_turn(&mut s, &whats), [Outcome::Applied, Outcome::Applied]);
}

#[test]
fn what_cannot_be_or_has_been_leaves_the_others_alone() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    let first = reservation(&s, 0, 0, "iak");
    let beside = reservation(&s, 1, 0, "iak-b");
    let second = reservation(&s, 2, 1, "iak");
    let outcomes = same_as_in_turn(&mut s, &[first.clone(), first, beside, second]);
    let alive = Outcome::Refused(Refusal::NotNow("an attempt of this item is alive"));
    assert_eq!(outcomes, [Outcome::Applied, Outcome::AlreadyApplied, alive, Outcome::Applied]);
}

#[test]
fn another_kind_another_actor_and_a_key_from_outside_are_decided_on_their_own() {
    let mut s = Story::placed(&[PULSA]);
    let (one, two) = (s.open(), s.open());
    let own = |words| Outcome::Refused(Refusal::NotNow(words));
    let alone = own("another kind of event is decided on its own");
    let paid = |reference, transaction| {
        let what = What::Paid(s.report(reference, transaction, Evidence::Query));
        Event { what, actor: Actor::Engine }
    };
    let reminder = Event { what: What::ReviewReminder, actor: Actor::Engine };
    let by_rina = Event { actor: operator("rina"), ..paid(&one, "T1") };
    let told = decide_together(&s.order, &[paid(&one, "T1"), reminder, by_rina], s.now);
    assert_eq!(told.outcomes, [Outcome::Applied, alone.clone(), alone]);
    let told = decide_together(&s.order, &[paid(&one, "T1"), paid(&two, "T2")], s.now);
    assert_eq!(told.outcomes, [Outcome::Applied, own("a key from outside is taken on its own")]);
    assert_eq!(told.applied.unwrap().change.keys.len(), 1);
}

#[test]
fn nothing_told_is_nothing_changed() {
    let s = Story::bought(&[PULSA]);
    let told = decide_together(&s.order, &[], s.now);
    assert_eq!((told.applied, told.outcomes), (None, Vec::new()));
}

fn any_answer() -> impl Strategy<Value = domain::fulfilment::Answer> {
    use domain::fulfilment::Cause;
    prop_oneof![
        Just(delivered()),
        Just(without_serial()),
        Just(pending()),
        Just(unclear()),
        Just(refused(Cause::Supplier)),
        Just(refused(Cause::Customer)),
        Just(refused(Cause::Repeat)),
        Just(failed(Cause::Supplier)),
    ]
}

proptest! {
    #[test]
    fn answers_that_come_together_mean_what_they_mean_in_turn(
        rounds in prop::collection::vec(prop::collection::vec((0..3_usize, any_answer()), 1..5), 1..4),
    ) {
        let mut s = Story::bought(&[PULSA, PULSA, PULSA]);
        let references: Vec<_> = (0..3).map(|item| s.reserve(item, "iak")).collect();
        for round in rounds {
            let whats: Vec<What> = round.iter().map(|(n, a)| answered(&references[*n], a.clone())).collect();
            same_as_in_turn(&mut s, &whats);
            s.minutes(1);
        }
    }
}

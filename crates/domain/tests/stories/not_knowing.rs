//! Attempts without an outcome: asked about, believed absent, called to a person.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::money::MoneyError;
use domain::order::ItemResolution;
use domain::schedule::{ABSENCE_GRACE, POLL_HORIZON, SEND_WINDOW, poll_delay, poll_wait};
use domain::{Currency, ItemNo, Private, Reference, Refusal, TaskKind, What};

use crate::story::{
    PULSA, Story, TRUST, Told, answered, asked_last, delivered, failed, idr, lost, operator, pending, unclear,
};

const ITEM: TaskKind = TaskKind::Item(ItemNo(0));
const NO_OFFER: What = What::NoOffer { item: ItemNo(0) };

fn in_review() -> (Story, Reference) {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, unclear());
    s.wait(POLL_HORIZON);
    s.answer(&reference, unclear());
    s.is("paid", "review", "");
    s.has_tasks("item:0 review");
    (s, reference)
}

#[test]
fn not_knowing_is_asked_on_the_ladder_and_after_a_day_a_person_looks() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, unclear());
    let began = s.now;
    let mut asked = 0;
    while s.order.items[0].state == domain::fulfilment::ItemState::InProgress {
        s.attempts("unknown");
        assert_eq!(s.due_in(&ITEM), poll_wait(asked, s.order.id));
        assert!(matches!(s.tell(NO_OFFER), Told::Refused(_)), "never failed over");
        s.wait(poll_wait(asked, s.order.id));
        s.answer(&reference, unclear());
        asked += 1;
    }
    assert!((30..=33).contains(&asked), "{asked}");
    assert!(s.now - began >= POLL_HORIZON);
    s.is("paid", "review", "");
    s.alerted("item_review");
    // Still asked: its late word settles the item without a person.
    s.has_tasks("item:0 review");
    s.answer(&reference, delivered());
    s.is("success", "delivered", "");
    s.has_tasks("");
}

#[test]
fn an_operator_knows_that_it_was_delivered() {
    let (mut s, reference) = in_review();
    let resolution = ItemResolution::Delivered { serial: Some(Private::new("SN-7")), price: idr(10_300), by: None };
    let by_engine = What::ItemResolved { item: ItemNo(0), resolution: resolution.clone(), evidence: "chat".into() };
    assert!(matches!(s.refused(by_engine), Refusal::NotNow(_)));
    let dollars = What::ItemResolved {
        item: ItemNo(0),
        resolution: ItemResolution::Delivered { serial: None, price: crate::story::twd(26), by: None },
        evidence: "chat".into(),
    };
    let told = s.tell_as(operator("rina"), dollars);
    assert_eq!(told, Told::Refused(Refusal::Money(MoneyError::CurrencyMismatch)));
    s.resolve_item(0, resolution);
    s.is("success", "delivered", "");
    s.attempts("done");
    s.has_tasks("");
    assert_eq!(s.books.on("supplier_deposit:iak", Currency::Idr), -1_030_000);
    // The supplier's own late word is no news.
    s.is_known(answered(&reference, Answer::Delivered { serial: None, price: None, supplier_ref: None }));
}

#[test]
fn an_operator_knows_that_it_failed() {
    let (mut s, reference) = in_review();
    s.resolve_item(0, ItemResolution::Failed);
    s.is("failed", "failed", "requested");
    s.attempts("refused");
    s.has_tasks("recheck refund:0");
    // And was wrong.
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
    s.has_tasks("");
}

#[test]
fn an_operator_sends_it_to_another_supplier() {
    let (mut s, _) = in_review();
    let bare = What::ItemResolved { item: ItemNo(0), resolution: ItemResolution::Retry, evidence: String::new() };
    assert_eq!(s.tell_as(operator("rina"), bare), Told::Refused(Refusal::Missing("evidence")));
    s.resolve_item(0, ItemResolution::Retry);
    s.is("paid", "queued", "");
    s.attempts("refused");
    s.has_tasks("item:0 recheck");
    s.deliver(0, "iak-b");
    s.is("success", "delivered", "");
    let told = s.tell_as(
        operator("rina"),
        What::ItemResolved { item: ItemNo(0), resolution: ItemResolution::Failed, evidence: "chat".into() },
    );
    assert_eq!(told, Told::Refused(Refusal::NotNow("the item is not in review")));
}

#[test]
fn in_review_a_late_no_waits_for_the_person() {
    let (mut s, reference) = in_review();
    s.answer(&reference, failed(Cause::Supplier));
    s.is("paid", "review", "");
    s.attempts("failed");
    s.has_tasks("review");
    s.resolve_item(0, ItemResolution::Failed);
    s.is("failed", "failed", "requested");
}

fn not_found(reference: &Reference, absence: bool) -> What {
    let trust = StatusTrust { absence, ..TRUST };
    What::Answered { reference: reference.clone(), answer: Answer::NotFound, trust, asked_at: asked_last() }
}

#[test]
fn not_found_is_believed_after_three_answers_over_ten_minutes_past_the_grace() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, unclear());
    s.wait(SEND_WINDOW + TRUST.request_timeout + ABSENCE_GRACE - TimeDelta::seconds(1));
    for _ in 0..5 {
        s.applies(not_found(&reference, true));
    }
    assert_eq!(s.order.attempts[0].not_found, 0, "within the grace it does not count");
    s.wait(TimeDelta::seconds(1));
    s.applies(not_found(&reference, true));
    s.minutes(9);
    s.applies(not_found(&reference, true));
    s.applies(not_found(&reference, true));
    s.attempts("unknown");
    assert_eq!(s.order.attempts[0].not_found, 3, "often enough, not long enough");
    s.minutes(1);
    s.applies(not_found(&reference, true));
    s.attempts("refused");
    s.is("paid", "queued", "");
    s.is_known(not_found(&reference, true));
}

#[test]
fn any_other_answer_starts_the_count_again() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, unclear());
    s.minutes(5);
    s.applies(not_found(&reference, true));
    s.minutes(6);
    s.applies(not_found(&reference, true));
    s.answer(&reference, unclear());
    s.minutes(6);
    s.applies(not_found(&reference, true));
    s.attempts("unknown");
    assert_eq!(s.order.attempts[0].not_found, 1);
}

#[test]
fn a_supplier_whose_absence_proves_nothing_is_never_believed() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, unclear());
    for _ in 0..23 {
        s.wait(TimeDelta::hours(1));
        s.applies(not_found(&reference, false));
        s.attempts("unknown");
    }
    s.wait(TimeDelta::hours(1));
    s.applies(not_found(&reference, false));
    s.is("paid", "review", "");
}

#[test]
fn what_was_once_pending_is_not_believed_absent() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, pending());
    for _ in 0..4 {
        s.minutes(20);
        s.applies(not_found(&reference, true));
    }
    s.attempts("pending");
    assert_eq!((s.order.attempts[0].not_found, s.order.attempts[0].cause), (0, None));
}

#[test]
fn a_reservation_whose_sender_is_gone_is_only_asked_about() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.applies(lost(&reference));
    s.attempts("unknown");
    s.is("paid", "in_progress", "");
    assert_eq!(s.due_in(&ITEM), poll_delay(0));
    s.is_known(lost(&reference));
    // The sender was only slow: its answer counts, whoever holds the lease.
    s.answer(&reference, delivered());
    s.is("success", "delivered", "");
    s.is_known(lost(&reference));
}

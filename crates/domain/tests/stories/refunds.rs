//! Every row of the refund's table, on the manual rail.

use chrono::TimeDelta;
use domain::fulfilment::{Cause, NewAttempt};
use domain::order::Claim;
use domain::schedule::{REFUND_HOLD, REFUND_HOLD_SPACING, REFUND_REMINDER, REFUND_SETTLE, refund_last_look};
use domain::{RefundNo, Refusal, TaskKind, What};

use crate::story::{
    DEAR, PULSA, Story, TRUST, Told, confirmed, delivered, due, failed as answer_of, operator, refused, rejected,
    unclear,
};

const REFUND: TaskKind = TaskKind::Refund(RefundNo(0));

fn failed(cost: i64) -> Story {
    let mut s = Story::bought(&[cost]);
    s.fail(0, "iak");
    s.is("failed", "failed", "requested");
    s
}

#[test]
fn a_refund_waits_for_late_goods_then_finance_pays_it_once() {
    let mut s = failed(PULSA);
    assert_eq!(s.due_in(&REFUND), REFUND_SETTLE);
    assert_eq!(s.refused(confirmed(0)), Refusal::NotNow("the refund was not under way"));
    s.last_words();
    s.minutes(5);
    assert_eq!(s.due_in(&REFUND), TimeDelta::zero());
    s.applies(due(0));
    s.is("failed", "failed", "manual");
    s.alerted("refund_due");
    assert_eq!(s.due_in(&REFUND), REFUND_REMINDER);
    s.wait(REFUND_REMINDER);
    s.applies(due(0));
    s.alerted("refund_due");
    let bare = What::RefundConfirmed { refund: RefundNo(0), evidence: String::new() };
    assert_eq!(s.refused(bare), Refusal::Missing("evidence"));
    s.applies_as(operator("rina"), confirmed(0));
    s.is("failed", "failed", "succeeded");
    s.has_tasks("");
    s.books_say(&[]);
    s.is_known(due(0));
    s.is_known(confirmed(0));
    let other_slip = What::RefundConfirmed { refund: RefundNo(0), evidence: "bank slip 882".into() };
    assert!(matches!(s.refused(other_slip), Refusal::NotNow(_)), "paid twice would vanish");
    assert_eq!(s.refused(rejected(0)), Refusal::NotNow("the refund was not under way"));
}

#[test]
fn before_the_money_leaves_every_supplier_is_asked_a_last_time() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, answer_of(Cause::Supplier));
    s.minutes(1);
    let second = s.fail(0, "iak-b");
    for reference in [&first, &second] {
        assert_eq!(s.due_in(&TaskKind::Recheck(reference.clone())), refund_last_look(REFUND_SETTLE));
    }
    s.wait(refund_last_look(REFUND_SETTLE));
    s.answer(&second, answer_of(Cause::Customer));
    s.has_tasks("recheck refund:0");
    // The first does not answer: the money waits, and the late delivery is found although its call was lost.
    s.answer(&first, unclear());
    s.wait(REFUND_SETTLE - refund_last_look(REFUND_SETTLE));
    s.applies(due(0));
    s.is("failed", "failed", "requested");
    assert_eq!(s.due_in(&REFUND), REFUND_HOLD_SPACING);
    s.answer(&first, delivered());
    s.is("success", "delivered", "cancelled");
    s.has_tasks("");
}

#[test]
fn a_refund_waits_as_long_as_the_slowest_supplier_that_may_have_delivered_needs() {
    let mut s = Story::bought(&[PULSA]);
    let slow = NewAttempt { settle: TimeDelta::hours(2), ..s.new_attempt(0, "slow") };
    let (first, never_formed) = (slow.reference.clone(), TimeDelta::hours(9));
    s.applies(What::AttemptReserved(slow));
    s.answer(&first, answer_of(Cause::Supplier));
    let turned_away = NewAttempt { settle: never_formed, ..s.new_attempt(0, "closed") };
    let second = turned_away.reference.clone();
    s.applies(What::AttemptReserved(turned_away));
    s.answer(&second, refused(Cause::Supplier));
    s.fail(0, "iak");
    s.is("failed", "failed", "requested");
    assert_eq!(s.due_in(&REFUND), TimeDelta::hours(2));
    assert_eq!(s.due_in(&TaskKind::Recheck(first)), refund_last_look(TimeDelta::hours(2)));
}

#[test]
fn a_call_before_the_last_look_does_not_take_its_place() {
    let mut s = failed(PULSA);
    let reference = s.order.attempts[0].reference.clone();
    s.minutes(5);
    s.applies(What::Nudged { reference: reference.clone(), claim: Claim::Delivered, vouched: false });
    assert_eq!(s.due_in(&TaskKind::Recheck(reference.clone())), TimeDelta::zero());
    s.applies(What::Answered {
        reference: reference.clone(),
        answer: answer_of(Cause::Customer),
        trust: TRUST,
        asked_at: s.now,
    });
    assert_eq!(s.due_in(&TaskKind::Recheck(reference)), refund_last_look(REFUND_SETTLE) - TimeDelta::minutes(5));
}

#[test]
fn a_supplier_that_never_answers_does_not_keep_the_money_for_ever() {
    let mut s = failed(PULSA);
    s.wait(REFUND_HOLD - TimeDelta::seconds(1));
    s.applies(due(0));
    s.is("failed", "failed", "requested");
    s.minutes(1);
    s.applies(due(0));
    s.is("failed", "failed", "manual");
}

#[test]
fn a_large_refund_needs_two_people() {
    let mut s = failed(DEAR);
    s.last_words();
    s.applies(due(0));
    assert_eq!(s.refused(confirmed(0)), Refusal::NotNow("only an operator can decide this"));
    s.applies_as(operator("rina"), confirmed(0));
    s.is("failed", "failed", "manual");
    s.has_tasks("refund:0");
    let again = s.tell_as(operator("rina"), confirmed(0));
    assert_eq!(again, Told::Refused(Refusal::SecondPersonNeeded));
    let other = What::RefundConfirmed { refund: RefundNo(0), evidence: "another slip".into() };
    let twice = s.tell_as(operator("budi"), other.clone());
    assert_eq!(twice, Told::Refused(Refusal::NotNow("the first of two people has other evidence")));
    // Whoever mistyped it can say so, and is still one person.
    s.applies_as(operator("rina"), other.clone());
    assert_eq!(s.tell_as(operator("rina"), other), Told::Refused(Refusal::SecondPersonNeeded));
    s.applies_as(operator("rina"), confirmed(0));
    s.is("failed", "failed", "manual");
    s.applies_as(operator("budi"), confirmed(0));
    s.is("failed", "failed", "succeeded");
    s.books_say(&[]);
}

#[test]
fn a_failed_refund_is_still_owed_and_can_be_tried_again() {
    let mut s = failed(DEAR);
    s.last_words();
    s.applies(due(0));
    s.applies_as(operator("rina"), confirmed(0));
    s.applies(rejected(0));
    s.is_known(rejected(0));
    s.is("failed", "failed", "failed");
    assert_eq!(s.due_in(&REFUND), REFUND_REMINDER);
    assert_eq!(s.order.refunds[0].confirmed_by, None, "the first of two people must look again");
    assert_eq!(s.books.on("refunds_payable", domain::Currency::Twd), -s.order.refunds[0].amount.minor());
    s.wait(REFUND_REMINDER);
    s.applies(due(0));
    s.alerted("refund_due refund_due");
    let retried = What::RefundRetried { refund: RefundNo(0) };
    s.applies(retried.clone());
    s.is_known(retried);
    assert_eq!(s.due_in(&REFUND), TimeDelta::zero());
    s.applies(due(0));
    s.is("failed", "failed", "manual");
    let retried = What::RefundRetried { refund: RefundNo(0) };
    assert_eq!(s.refused(retried), Refusal::NotNow("only a failed refund can be tried again"));
}

#[test]
fn an_unknown_refund_is_refused() {
    let mut s = failed(PULSA);
    assert_eq!(s.refused(due(7)), Refusal::NoSuch("refund"));
}

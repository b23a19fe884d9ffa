//! Every row of the refund's table, on the manual rail.

use chrono::TimeDelta;
use domain::schedule::{REFUND_REMINDER, REFUND_SETTLE};
use domain::{RefundNo, Refusal, TaskKind, What};

use crate::story::{DEAR, PULSA, Story, Told, confirmed, due, operator, rejected};

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
    s.wait(REFUND_SETTLE);
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
    assert_eq!(s.refused(rejected(0)), Refusal::NotNow("the refund was not under way"));
}

#[test]
fn a_large_refund_needs_two_people() {
    let mut s = failed(DEAR);
    s.applies(due(0));
    assert_eq!(s.refused(confirmed(0)), Refusal::NotNow("only an operator can decide this"));
    s.applies_as(operator("rina"), confirmed(0));
    s.is("failed", "failed", "manual");
    s.has_tasks("refund:0");
    let again = s.tell_as(operator("rina"), confirmed(0));
    assert_eq!(again, Told::Refused(Refusal::SecondPersonNeeded));
    s.applies_as(operator("budi"), confirmed(0));
    s.is("failed", "failed", "succeeded");
    s.books_say(&[]);
}

#[test]
fn a_failed_refund_is_still_owed_and_can_be_tried_again() {
    let mut s = failed(DEAR);
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

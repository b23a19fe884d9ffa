//! Notices of suppliers that prove little.

use chrono::TimeDelta;
use domain::fulfilment::Cause;
use domain::order::Claim;
use domain::schedule::{POLL_HORIZON, poll_delay};
use domain::{ItemNo, TaskKind, What};

use crate::story::{PULSA, Story, TRUST, delivered, failed, nudged, pending, unclear};

const ITEM: TaskKind = TaskKind::Item(ItemNo(0));

#[test]
fn a_call_that_comes_while_a_question_is_under_way_is_not_lost() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, pending());
    s.wait(poll_delay(0));
    let asked_at = s.now;
    s.wait(TimeDelta::milliseconds(200));
    s.applies(nudged(&reference, Claim::Delivered));
    // The answer was formed before the call.
    s.applies(What::Answered { reference: reference.clone(), answer: pending(), trust: TRUST, asked_at });
    assert_eq!(s.due_in(&ITEM), TimeDelta::zero());
    s.answer(&reference, delivered());
    s.is("success", "delivered", "");
}

#[test]
fn a_notice_without_proof_only_brings_the_next_question_forward() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.is_known(nudged(&reference, Claim::Delivered));
    s.answer(&reference, pending());
    s.answer(&reference, pending());
    s.applies(nudged(&reference, Claim::NotDelivered));
    assert_eq!(s.due_in(&ITEM), TimeDelta::zero());
    s.attempts("pending");
    s.is_known(nudged(&reference, Claim::Delivered));
    s.answer(&reference, failed(Cause::Customer));
    s.is_known(nudged(&reference, Claim::NotDelivered));
    s.is("failed", "failed", "requested");
    s.applies(nudged(&reference, Claim::Delivered));
    s.has_tasks("recheck refund:0");
    // No answer is no answer: it is asked again.
    s.answer(&reference, unclear());
    s.has_tasks("recheck refund:0");
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
    s.has_tasks("");
    s.is_known(nudged(&reference, Claim::Delivered));
    s.applies(nudged(&reference, Claim::NotDelivered));
    s.has_tasks("recheck");
    s.answer(&reference, delivered());
    s.has_tasks("");
}

#[test]
fn a_claim_the_supplier_never_answers_for_is_given_up_with_an_alert() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "iak");
    s.applies(nudged(&reference, Claim::Delivered));
    s.wait(POLL_HORIZON);
    s.answer(&reference, unclear());
    s.has_tasks("refund:0");
    s.alerted("item_review");
}

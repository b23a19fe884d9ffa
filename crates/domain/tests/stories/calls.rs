//! Notices of suppliers that prove little.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::order::{Claim, ItemResolution};
use domain::schedule::{ABSENCE_ANSWERS, ABSENCE_SPAN, POLL_HORIZON, RECEIPT_HORIZON, REFUND_HOLD, poll_delay};
use domain::{ItemNo, Moment, Reference, RefundNo, Refusal, TaskKind, What};

use crate::story::{
    PULSA, Story, TRUST, answered, asked_last, delivered, due, failed, nudged, pending, proved, refused, unclear,
};

const ITEM: TaskKind = TaskKind::Item(ItemNo(0));
const REFUND: TaskKind = TaskKind::Refund(RefundNo(0));

/// Of a supplier whose "not found" proves nothing.
fn not_found(reference: &Reference) -> What {
    let trust = StatusTrust { absence: false, ..TRUST };
    What::Answered { reference: reference.clone(), answer: Answer::NotFound, trust, asked_at: asked_last() }
}

/// An answer to a question that left then.
fn asked(reference: &Reference, answer: Answer, asked_at: Moment) -> What {
    What::Answered { reference: reference.clone(), answer, trust: TRUST, asked_at }
}

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
    s.applies(nudged(&reference, Claim::Delivered));
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

/// Who delivered it and now knows nothing of it gives no answer. The call that says so is not sent again.
#[test]
fn not_found_of_what_was_delivered_is_no_answer_to_a_call() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver(0, "billfazz");
    s.applies(nudged(&reference, Claim::NotDelivered));
    let question = TaskKind::Recheck(reference.clone());
    for answer in [unclear(), Answer::NotFound, Answer::NotFound] {
        s.answer(&reference, answer);
        s.is("success", "delivered", "");
        s.wait(s.due_in(&question));
    }
    s.answer(&reference, failed(Cause::Supplier));
    s.is("success", "reversed", "requested");
    s.applies(nudged(&reference, Claim::Delivered));
    s.answer(&reference, Answer::NotFound);
    assert!(s.due_in(&question) < TimeDelta::minutes(20), "it is asked again, and not only looked at a last time");
    s.wait(POLL_HORIZON);
    s.answer(&reference, Answer::NotFound);
    s.has_tasks("refund:0");
    s.alerted("taken_back item_review");
}

/// Who failed it may well forget it, but one "not found" may come from a copy that lags behind.
#[test]
fn not_found_of_what_failed_is_believed_when_it_was_said_for_a_while() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "billfazz");
    let question = TaskKind::Recheck(reference.clone());
    let next = |s: &Story| s.now + s.due_in(&question);
    let last_look = next(&s);
    s.applies(nudged(&reference, Claim::Delivered));
    let (asked_from, mut asked) = (s.now, 0);
    while next(&s) != last_look {
        s.wait(s.due_in(&question));
        s.answer(&reference, Answer::NotFound);
        asked += 1;
    }
    assert!(asked >= ABSENCE_ANSWERS && s.now - asked_from >= ABSENCE_SPAN, "{asked} questions");
    s.is("failed", "failed", "requested");
    s.alerted("");
}

#[test]
fn not_found_before_a_call_says_nothing_about_it() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "billfazz");
    let question = TaskKind::Recheck(reference.clone());
    let last_look = s.now + s.due_in(&question);
    s.applies(nudged(&reference, Claim::Delivered));
    for _ in 0..5 {
        s.wait(s.due_in(&question));
        s.answer(&reference, Answer::NotFound);
    }
    s.wait(TimeDelta::minutes(8));
    s.applies(nudged(&reference, Claim::Delivered));
    s.answer(&reference, Answer::NotFound);
    assert_ne!(s.now + s.due_in(&question), last_look, "it is asked again");
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
}

/// A call says it was delivered, and where "not found" proves nothing that does not say otherwise: a person does, before the money goes.
#[test]
fn not_found_that_proves_nothing_does_not_outweigh_a_call() {
    for refuses in [failed(Cause::Supplier), refused(Cause::Supplier)] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "lapak");
        s.answer(&reference, refuses);
        s.applies(What::NoOffer { item: ItemNo(0) });
        s.applies(nudged(&reference, Claim::Delivered));
        let (called_at, question) = (s.now, TaskKind::Recheck(reference.clone()));
        while s.order.task(&question).is_some() {
            s.alerted("");
            s.is("failed", "failed", "requested");
            s.works_next(not_found(&reference), &question);
        }
        assert!(s.now - called_at >= POLL_HORIZON);
        s.alerted("item_review");
        s.works_next(due(0), &REFUND);
        s.is("failed", "failed", "manual");
    }
}

/// Finance is told what a notice says, should the question hang beyond all patience.
#[test]
fn a_refund_that_no_longer_waits_for_an_answer_names_the_call() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "lapak");
    s.applies(nudged(&reference, Claim::Delivered));
    s.wait(REFUND_HOLD);
    let told = s.applies(due(0));
    s.is("failed", "failed", "manual");
    assert!(told.alerts[0].detail.ends_with("a notice says that the goods came"), "{:?}", told.alerts);
}

/// One "not found" may come from a copy that lags behind, whatever was said of the purchase before.
#[test]
fn not_found_outweighs_a_call_only_when_it_was_said_for_a_while() {
    let ends: [fn(&mut Story, &Reference); 3] = [
        |s, reference| drop(s.answer(reference, refused(Cause::Supplier))),
        |s, reference| drop(s.answer(reference, failed(Cause::Supplier))),
        |s, reference| {
            s.answer(reference, pending());
            s.wait(POLL_HORIZON);
            s.answer(reference, pending());
            s.resolve_item(0, ItemResolution::Failed);
        },
    ];
    for end in ends {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "iak");
        end(&mut s, &reference);
        s.applies(nudged(&reference, Claim::Delivered));
        let (called_at, mut said) = (s.now, 0);
        while s.order.attempts[0].contested {
            s.works_next(answered(&reference, Answer::NotFound), &TaskKind::Recheck(reference.clone()));
            said += 1;
        }
        assert!(said >= ABSENCE_ANSWERS && s.now - called_at >= ABSENCE_SPAN, "{said}");
    }
}

/// Who answers so about whatever it failed is asked for form's sake.
#[test]
fn not_found_that_proves_nothing_calls_nobody_about_what_only_failed() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "digiflazz");
    let (failed_at, question) = (s.now, TaskKind::Recheck(reference.clone()));
    while s.order.task(&question).is_some() {
        s.wait(s.due_in(&question));
        s.applies(not_found(&reference));
        assert!(s.now - failed_at < TimeDelta::hours(2), "it is not asked all day");
    }
    s.is("failed", "failed", "requested");
    s.alerted("");
}

/// The answer is older than the call that came meanwhile: told or not, and whatever it says, it settles nothing of it.
#[test]
fn an_answer_that_was_under_way_does_not_outweigh_a_call() {
    for older in [failed(Cause::Supplier), unclear(), Answer::NotFound] {
        for age in [TimeDelta::zero(), POLL_HORIZON] {
            let mut s = Story::bought(&[PULSA]);
            let reference = s.fail(0, "lapak");
            s.wait(age + s.due_in(&TaskKind::Recheck(reference.clone())));
            let asked_at = s.now;
            s.minutes(1);
            s.applies(nudged(&reference, Claim::Delivered));
            s.applies(asked(&reference, older.clone(), asked_at));
            assert_eq!(s.due_in(&TaskKind::Recheck(reference.clone())), TimeDelta::zero());
            assert!(s.order.attempts[0].contested && s.order.attempts[0].not_found == 0);
            s.alerted("");
        }
    }
}

/// The call came while the purchase was still open, and the answer that ends it had left before: nobody else is bought from until it was
/// asked again.
#[test]
fn an_older_answer_that_ends_an_attempt_is_doubted_when_a_call_came_meanwhile() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "lapak");
    s.answer(&reference, pending());
    s.wait(s.due_in(&ITEM));
    let asked_at = s.now;
    s.minutes(1);
    s.applies(nudged(&reference, Claim::Delivered));
    s.minutes(1);
    s.applies(asked(&reference, failed(Cause::Supplier), asked_at));
    s.attempts("failed");
    s.is("paid", "queued", "");
    let other = What::AttemptReserved(s.new_attempt(0, "iak"));
    assert_eq!(s.refused(other), Refusal::NotNow("an earlier attempt is in doubt"));
    for _ in 0..ABSENCE_ANSWERS + 2 {
        s.works_next(not_found(&reference), &TaskKind::Recheck(reference.clone()));
    }
    assert!(s.order.attempts[0].contested);
    s.answer(&reference, delivered());
    s.is("success", "delivered", "");
    s.has_tasks("");
    s.alerted("");
}

#[test]
fn an_older_answer_that_says_what_the_call_said_is_not_doubted() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "lapak");
    s.answer(&reference, pending());
    s.wait(s.due_in(&ITEM));
    let asked_at = s.now;
    s.minutes(1);
    s.applies(nudged(&reference, Claim::NotDelivered));
    s.applies(asked(&reference, failed(Cause::Supplier), asked_at));
    assert!(!s.order.attempts[0].contested);
    s.deliver(0, "iak");
    s.is("success", "delivered", "");
}

/// Suppliers call something failed, and delivered a moment later.
#[test]
fn of_several_calls_the_last_one_is_doubted_or_not() {
    for (calls, doubted) in [
        ([Claim::NotDelivered, Claim::Delivered], true),
        ([Claim::Delivered, Claim::NotDelivered], false),
        ([Claim::NotDelivered, Claim::Nothing], false),
    ] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "lapak");
        s.answer(&reference, pending());
        s.wait(s.due_in(&ITEM));
        let asked_at = s.now;
        for claim in calls {
            s.minutes(1);
            s.applies(nudged(&reference, claim));
        }
        s.applies(asked(&reference, failed(Cause::Supplier), asked_at));
        assert_eq!(s.order.attempts[0].contested, doubted, "{calls:?}");
    }
}

/// Delivered and taken back while the question was under way.
#[test]
fn an_older_delivery_is_doubted_when_a_call_said_meanwhile_that_there_is_none() {
    for (claim, doubted) in [(Claim::NotDelivered, true), (Claim::Delivered, false), (Claim::Nothing, false)] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "lapak");
        s.answer(&reference, pending());
        s.wait(s.due_in(&ITEM));
        let asked_at = s.now;
        s.minutes(1);
        s.applies(nudged(&reference, claim));
        s.applies(asked(&reference, delivered(), asked_at));
        s.is("success", "delivered", "");
        s.has_tasks(if doubted { "recheck" } else { "" });
        if doubted {
            s.answer(&reference, failed(Cause::Supplier));
            s.is("success", "reversed", "requested");
            s.alerted("taken_back");
        }
    }
}

/// Its receipt was waited for at the same time: that wait ends, and the claim's does not with it.
#[test]
fn a_call_about_what_lacks_its_serial_is_asked_about_until_somebody_knows() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver_without_serial("lapak");
    s.wait(RECEIPT_HORIZON - TimeDelta::minutes(1));
    s.applies(nudged(&reference, Claim::NotDelivered));
    s.has_tasks("item:0 recheck");
    let question = TaskKind::Recheck(reference.clone());
    let called_at = s.now;
    while s.order.task(&question).is_some() {
        s.alerted("");
        s.works_next(not_found(&reference), &question);
    }
    assert!(s.now - called_at >= POLL_HORIZON - RECEIPT_HORIZON);
    s.alerted("item_review");
    s.has_tasks("");
}

/// The answer with the serial is older than the call that says that it was taken back.
#[test]
fn a_serial_does_not_outweigh_a_call_that_came_after_it_was_asked_for() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver_without_serial("lapak");
    s.wait(s.due_in(&ITEM));
    let asked_at = s.now;
    s.minutes(1);
    s.applies(nudged(&reference, Claim::NotDelivered));
    s.applies(asked(&reference, delivered(), asked_at));
    s.has_tasks("recheck");
    s.answer(&reference, failed(Cause::Supplier));
    s.is("success", "reversed", "requested");
    s.alerted("taken_back");
}

/// Its purchase was asked about for so long that the next question was an hour away.
#[test]
fn a_call_starts_the_questions_anew() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    for _ in 0..9 {
        s.works_next(answered(&reference, pending()), &ITEM);
    }
    s.answer(&reference, failed(Cause::Supplier));
    s.applies(nudged(&reference, Claim::Delivered));
    s.answer(&reference, unclear());
    assert!(s.due_in(&TaskKind::Recheck(reference)) <= poll_delay(1), "and another supplier waits for it");
}

/// The call overtakes the answer to the purchase, which is lost: what was vouched for is never believed not to exist.
#[test]
fn a_vouched_call_that_comes_before_its_purchase_is_answered_is_remembered() {
    for told in [Claim::Nothing, Claim::Delivered, Claim::NotDelivered] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "iak");
        let call = What::Nudged { reference: reference.clone(), claim: told, vouched: true };
        s.applies(call.clone());
        s.attempts("pending");
        s.is_known(call);
        s.answer(&reference, unclear());
        s.attempts("pending");
        s.minutes(3);
        for _ in 0..4 {
            s.answer(&reference, Answer::NotFound);
            s.minutes(6);
        }
        s.attempts("pending");
        s.answer(&reference, delivered());
        s.is("success", "delivered", "");
    }
}

#[test]
fn a_proved_delivery_settles_what_is_open_and_what_was_never_formed() {
    for before in [None, Some(pending()), Some(unclear()), Some(refused(Cause::Supplier))] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "billfazz");
        if let Some(before) = before {
            s.answer(&reference, before);
        }
        s.applies(proved(&reference, delivered()));
        s.is("success", "delivered", "");
        s.is_known(proved(&reference, delivered()));
    }
}

/// The first copy of a call was turned away, and comes again half an hour later with what was true at first.
#[test]
fn an_old_delivery_that_is_signed_again_does_not_undo_that_it_was_taken_back() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver(0, "billfazz");
    s.answer(&reference, failed(Cause::Supplier));
    s.is("success", "reversed", "requested");
    s.minutes(20);
    s.applies(proved(&reference, delivered()));
    s.is("success", "reversed", "requested");
    assert_eq!(s.due_in(&TaskKind::Recheck(reference.clone())), TimeDelta::zero());
    s.answer(&reference, failed(Cause::Supplier));
    s.refund_back(0);
    s.is("success", "reversed", "succeeded");
}

#[test]
fn a_proved_delivery_of_what_failed_is_asked_about_and_believed_when_the_supplier_says_so() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "billfazz");
    s.applies(proved(&reference, delivered()));
    s.is("failed", "failed", "requested");
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
}

#[test]
fn a_claim_the_supplier_never_answers_for_is_given_up_with_an_alert() {
    for answer in [unclear(), Answer::NotFound] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.fail(0, "iak");
        s.applies(nudged(&reference, Claim::Delivered));
        s.wait(POLL_HORIZON);
        s.answer(&reference, answer);
        s.has_tasks("refund:0");
        s.alerted("item_review");
    }
}

//! Suppliers that never saw a purchase: passed over, tried again, given up.

use chrono::TimeDelta;
use domain::catalogue::Offer;
use domain::fulfilment::{Answer, Cause, Next, SupplierView, choose};
use domain::order::{Claim, ItemResolution};
use domain::schedule::{
    ABSENCE_SPAN, CLAIM_PATIENCE, LATE_LOOK, NOT_FORMED_WAITS, POLL_HORIZON, REFUND_SETTLE, refund_last_look,
};
use domain::{ItemNo, Reference, Refusal, TaskKind, What};

use crate::story::{PULSA, Story, answered, delivered, failed, idr, nudged, pending, refused, unclear};

fn not_sent() -> Answer {
    Answer::Refused { cause: Cause::NotFormed, code: "not_sent".into() }
}

fn offer(supplier: &str, cost: i64) -> Offer {
    let (product, supplier) = ("pulsa-10000".parse().unwrap(), supplier.parse().unwrap());
    Offer { product, supplier, code: "p".into(), cost: idr(cost), active: true, closed: None }
}

fn next(s: &Story, offers: &[Offer]) -> Next {
    let open = |(rank, offer): (usize, &Offer)| SupplierView {
        supplier: offer.supplier.clone(),
        rank: u16::try_from(rank).unwrap(),
        shut: None,
        too_dear: None,
        opened: None,
    };
    choose(&s.order, &s.order.items[0], offers, &offers.iter().enumerate().map(open).collect::<Vec<_>>(), s.now)
}

fn tries(s: &Story, offers: &[Offer]) -> String {
    match next(s, offers) {
        Next::Try(choice) => choice.offer.supplier.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_supplier_out_of_reach_is_passed_over_and_tried_again_later() {
    let mut s = Story::bought(&[PULSA]);
    let both = [offer("iak", PULSA), offer("iak-b", PULSA + 100)];
    assert_eq!(tries(&s, &both), "iak");
    let first = s.reserve(0, "iak");
    s.answer(&first, not_sent());
    s.is("paid", "queued", "");
    assert_eq!(tries(&s, &both), "iak-b");
    let Next::Wait(until) = next(&s, &both[..1]) else { panic!("nothing to wait for") };
    assert_eq!(until - s.now, NOT_FORMED_WAITS[0]);
    let early = s.new_attempt(0, "iak");
    assert_eq!(s.refused(What::AttemptReserved(early)), Refusal::NotNow("this supplier was tried"));
    s.wait(NOT_FORMED_WAITS[0]);
    assert_eq!(tries(&s, &both), "iak");
    s.deliver(0, "iak");
    s.is("success", "delivered", "");
    s.attempts("refused done");
}

/// The sender slept while others asked, which at some suppliers buys what was never sent.
#[test]
fn who_says_late_that_nothing_was_sent_is_believed_only_if_nobody_asked_meanwhile() {
    for (heard, state) in [(None, "refused"), (Some(unclear()), "unknown"), (Some(pending()), "pending")] {
        let mut s = Story::bought(&[PULSA]);
        let reference = s.reserve(0, "iak");
        s.applies(What::SenderLost { reference: reference.clone() });
        if let Some(heard) = heard {
            s.answer(&reference, heard);
        }
        s.answer(&reference, not_sent());
        s.attempts(state);
        s.is("paid", if state == "refused" { "queued" } else { "in_progress" }, "");
    }
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.applies(What::SenderLost { reference: reference.clone() });
    s.answer(&reference, delivered());
    s.tell(answered(&reference, not_sent()));
    s.attempts("done");
    s.is("success", "delivered", "");
}

#[test]
fn a_supplier_that_stays_out_of_reach_is_given_up() {
    let mut s = Story::bought(&[PULSA]);
    let only = [offer("iak", PULSA)];
    for wait in NOT_FORMED_WAITS {
        let reference = s.reserve(0, "iak");
        s.answer(&reference, not_sent());
        let Next::Wait(until) = next(&s, &only) else { panic!("given up early") };
        assert_eq!(until - s.now, wait);
        s.wait(wait);
    }
    let last = s.reserve(0, "iak");
    s.answer(&last, not_sent());
    assert_eq!(next(&s, &only), Next::Exhausted);
}

#[test]
fn a_supplier_that_turns_us_away_for_now_is_passed_over_and_tried_again_later() {
    for (cause, alert) in [
        (Cause::Busy, ""),
        (Cause::Closed, ""),
        (Cause::Price, ""),
        (Cause::Deposit, "supplier_account"),
        (Cause::Account, "supplier_account"),
    ] {
        let mut s = Story::bought(&[PULSA]);
        let both = [offer("iak", PULSA), offer("iak-b", PULSA + 100)];
        let first = s.reserve(0, "iak");
        s.answer(&first, refused(cause));
        s.is("paid", "queued", "");
        s.alerted(alert);
        assert_eq!(tries(&s, &both), "iak-b", "an outage costs money, never an order");
        let Next::Wait(until) = next(&s, &both[..1]) else { panic!("{cause}: nothing to wait for") };
        assert_eq!(until - s.now, NOT_FORMED_WAITS[0]);
        s.wait(NOT_FORMED_WAITS[0]);
        s.deliver(0, "iak");
        s.is("success", "delivered", "");
        s.attempts("refused done");
    }
}

#[test]
fn what_a_supplier_took_up_and_then_failed_was_a_try_whatever_it_failed_of() {
    for cause in [Cause::Busy, Cause::Closed, Cause::Price, Cause::Deposit, Cause::Account] {
        let mut s = Story::bought(&[PULSA]);
        let first = s.reserve(0, "iak");
        s.answer(&first, failed(cause));
        s.is("paid", "queued", "");
        s.wait(POLL_HORIZON);
        assert_eq!(next(&s, &[offer("iak", PULSA)]), Next::Exhausted, "{cause}");
    }
}

#[test]
fn what_a_supplier_refused_is_not_tried_there_again_however_often_it_was_out_of_reach() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, not_sent());
    s.wait(NOT_FORMED_WAITS[0]);
    let second = s.reserve(0, "iak");
    s.answer(&second, refused(Cause::Supplier));
    s.wait(POLL_HORIZON);
    assert_eq!(next(&s, &[offer("iak", PULSA)]), Next::Exhausted);
}

#[test]
fn at_another_price_the_same_supplier_is_tried_again_unless_it_is_too_dear_by_now() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Price));
    s.wait(NOT_FORMED_WAITS[0]);
    let most = s.order.items[0].max_cost.minor() / 100;
    assert_eq!(next(&s, &[offer("iak", most + 1)]), Next::Exhausted, "nobody sells at a loss");
    assert_eq!(tries(&s, &[offer("iak", most)]), "iak", "the new price still fits");
}

/// Believed absent after ten minutes of "not found".
fn believed_absent(s: &mut Story, supplier: &str) -> Reference {
    let reference = s.reserve(0, supplier);
    s.answer(&reference, unclear());
    s.minutes(2);
    for _ in 0..3 {
        s.answer(&reference, Answer::NotFound);
        s.minutes(5);
    }
    s.attempts_of(&reference, "refused");
    reference
}

#[test]
fn what_is_only_believed_absent_is_not_bought_there_again() {
    let mut s = Story::bought(&[PULSA]);
    believed_absent(&mut s, "iak");
    s.wait(POLL_HORIZON);
    assert_eq!(next(&s, &[offer("iak", PULSA)]), Next::Exhausted);
}

#[test]
fn what_is_only_believed_absent_is_looked_at_a_day_later_although_another_delivered() {
    let mut s = Story::bought(&[PULSA]);
    let first = believed_absent(&mut s, "iak");
    s.deliver(0, "iak-b");
    s.is("success", "delivered", "");
    s.has_tasks("recheck");
    let look = s.order.task(&TaskKind::Recheck(first.clone())).unwrap().run_at;
    assert_eq!(Some(look), s.order.attempts[0].closed_at.map(|closed_at| closed_at + LATE_LOOK));
    // A call meanwhile, answered unclearly and then with "not found" for a while, does not take its place.
    s.applies(nudged(&first, Claim::Delivered));
    s.answer(&first, unclear());
    let called_at = s.now;
    s.answer_contest(&first, &Answer::NotFound);
    assert!(s.now - called_at >= ABSENCE_SPAN, "one such answer may come from a copy that lags behind");
    assert_eq!(s.order.task(&TaskKind::Recheck(first.clone())).unwrap().run_at, look);
    s.now = look;
    s.answer(&first, delivered());
    s.alerted("late_delivery");
    s.has_tasks("");
}

#[test]
fn a_refund_looks_at_what_was_only_believed_absent_whatever_was_said_in_between() {
    let mut s = Story::bought(&[PULSA]);
    let first = believed_absent(&mut s, "iak");
    s.applies(nudged(&first, Claim::Delivered));
    s.answer(&first, unclear());
    s.answer_contest(&first, &Answer::NotFound);
    s.applies(What::NoOffer { item: ItemNo(0) });
    s.is("failed", "failed", "requested");
    assert_eq!(s.due_in(&TaskKind::Recheck(first)), refund_last_look(REFUND_SETTLE));
}

#[test]
fn what_an_operator_closed_is_looked_at_once_more_a_day_later() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, pending());
    s.wait(POLL_HORIZON - TimeDelta::minutes(1));
    s.answer(&first, unclear());
    s.minutes(1);
    s.answer(&first, unclear());
    s.is("paid", "review", "");
    s.alerted("item_review");
    s.resolve_item(0, ItemResolution::Retry);
    s.has_tasks("item:0 recheck");
    assert_eq!(s.due_in(&TaskKind::Recheck(first.clone())), LATE_LOOK);
    // Nobody waits for that look.
    assert_eq!(tries(&s, &[offer("iak-b", PULSA)]), "iak-b");
    s.deliver(0, "iak-b");
    s.wait(LATE_LOOK);
    s.answer(&first, delivered());
    s.alerted("late_delivery");
    s.has_tasks("");
}

/// Before its money goes back, and a day after.
#[test]
fn what_an_operator_failed_is_looked_at_twice() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.wait(POLL_HORIZON);
    s.answer(&first, unclear());
    s.resolve_item(0, ItemResolution::Failed);
    let closed = s.now;
    s.refund_back(0);
    assert_eq!(s.order.task(&TaskKind::Recheck(first.clone())).unwrap().run_at, closed + LATE_LOOK);
    s.now = closed + LATE_LOOK;
    s.answer(&first, failed(Cause::Supplier));
    s.has_tasks("");
}

#[test]
fn what_its_supplier_refused_itself_is_not_looked_at_again_whatever_an_operator_decides() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Repeat));
    s.resolve_item(0, ItemResolution::Retry);
    s.has_tasks("item:0");
}

#[test]
fn while_a_call_doubts_an_earlier_attempt_nothing_else_is_bought() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Supplier));
    s.applies(nudged(&first, Claim::Delivered));
    let other = [offer("iak-b", PULSA)];
    assert!(matches!(next(&s, &other), Next::Wait(_)));
    let early = s.new_attempt(0, "iak-b");
    assert_eq!(s.refused(What::AttemptReserved(early)), Refusal::NotNow("an earlier attempt is in doubt"));
    s.answer(&first, delivered());
    s.is("success", "delivered", "");
}

#[test]
fn a_doubt_nobody_answers_does_not_hold_the_item_for_ever() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Supplier));
    s.applies(nudged(&first, Claim::Delivered));
    let other = [offer("iak-b", PULSA)];
    let began = s.now;
    while matches!(next(&s, &other), Next::Wait(_)) {
        s.now = s.order.task(&TaskKind::Recheck(first.clone())).unwrap().run_at;
        s.answer(&first, unclear());
        assert!(s.now - began < TimeDelta::minutes(30), "still waiting");
    }
    assert_eq!(tries(&s, &other), "iak-b");
}

/// Its question was given up: it failed twelve times, and an operator is to see to it.
#[test]
fn a_doubt_that_nobody_asks_about_does_not_hold_the_item_for_ever() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Supplier));
    s.applies(nudged(&first, Claim::Delivered));
    let other = [offer("iak-b", PULSA)];
    s.wait(CLAIM_PATIENCE);
    assert!(matches!(next(&s, &other), Next::Wait(_)), "a slow answer is waited for");
    s.wait(TimeDelta::seconds(1));
    assert_eq!(tries(&s, &other), "iak-b");
    s.deliver(0, "iak-b");
    s.is("success", "delivered", "");
}

#[test]
fn a_signed_call_proves_that_the_supplier_knows_the_purchase() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, unclear());
    let vouched = What::Nudged { reference: first.clone(), claim: Claim::Nothing, vouched: true };
    s.applies(vouched);
    s.attempts("pending");
    s.minutes(2);
    for _ in 0..4 {
        s.answer(&first, Answer::NotFound);
        s.minutes(5);
    }
    s.attempts("pending");
}

//! Every row of the item's table, and the rules of attempts.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, NewAttempt, StatusTrust};
use domain::money::MoneyError;
use domain::order::{Claim, ItemResolution};
use domain::schedule::{ABSENCE_GRACE, POLL_HORIZON, SEND_WINDOW, poll_delay};
use domain::{Currency, ItemNo, Money, Private, Reference, Refusal, TaskKind, What};

use crate::story::{
    PULSA, Story, TRUST, Told, answered, confirmed, delivered, delivered_at, due, failed, idr, operator, pending,
    refused, unclear, without_serial,
};

const ITEM: TaskKind = TaskKind::Item(ItemNo(0));
const NO_OFFER: What = What::NoOffer { item: ItemNo(0) };

fn nudged(reference: &Reference, claim: Claim) -> What {
    What::Nudged { reference: reference.clone(), claim }
}

fn lost(reference: &Reference) -> What {
    What::SenderLost { reference: reference.clone() }
}

#[test]
fn an_attempt_is_reserved_with_its_key_and_the_task_is_held() {
    let mut s = Story::bought(&[PULSA]);
    let new = s.new_attempt(0, "iak");
    let change = s.applies(What::AttemptReserved(new.clone()));
    assert_eq!(change.key.unwrap().as_str(), format!("ref:iak:seberang:{}", new.reference));
    assert!(matches!(
        change.tasks.as_slice(),
        [domain::task::TaskChange::Put { task, hold: true }] if task.kind == ITEM
    ));
    s.is("paid", "in_progress", "");
    s.attempts("reserved");
    s.is_known(What::AttemptReserved(new));
    let other = s.new_attempt(0, "iak-b");
    assert!(matches!(s.refused(What::AttemptReserved(other)), Refusal::NotNow(_)));
    assert_eq!(s.refused(NO_OFFER), Refusal::NotNow("an attempt of this item is alive"));
}

#[test]
fn nothing_is_bought_unpaid_or_dearer_than_the_price_allows() {
    let mut s = Story::placed(&[PULSA]);
    let new = s.new_attempt(0, "iak");
    assert_eq!(s.refused(What::AttemptReserved(new)), Refusal::NotNow("the order is not paid"));
    assert_eq!(s.refused(NO_OFFER), Refusal::NotNow("the order is not paid"));
    let mut s = Story::bought(&[PULSA]);
    let most = s.order.items[0].max_cost;
    let dear = NewAttempt { cost: most.checked_add(idr(1)).unwrap(), ..s.new_attempt(0, "iak") };
    assert!(matches!(s.refused(What::AttemptReserved(dear)), Refusal::NotNow(_)));
    let yen = NewAttempt { cost: Money::from_minor(1, Currency::Jpy), ..s.new_attempt(0, "iak") };
    assert!(matches!(s.refused(What::AttemptReserved(yen)), Refusal::NotNow(_)));
    let dearest = NewAttempt { cost: most, ..s.new_attempt(0, "iak") };
    s.applies(What::AttemptReserved(dearest));
}

#[test]
fn pending_then_delivered() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, pending());
    s.is("paid", "in_progress", "");
    s.attempts("pending");
    assert_eq!(s.due_in(&ITEM), poll_delay(0));
    s.wait(poll_delay(0));
    s.answer(&reference, pending());
    assert_eq!(s.due_in(&ITEM), poll_delay(1));
    s.answer(&reference, delivered());
    s.is("success", "delivered", "");
    s.is_known(answered(&reference, delivered()));
    s.history_is("placed checkout_opened paid attempt_reserved answered answered answered");
}

#[test]
fn the_suppliers_fault_and_ours_try_the_next_supplier() {
    for (cause, alert) in [(Cause::Supplier, ""), (Cause::Us, "supplier_account")] {
        for answer in [refused(cause), failed(cause)] {
            let mut s = Story::bought(&[PULSA]);
            let first = s.reserve(0, "iak");
            s.answer(&first, answer.clone());
            s.is("paid", "queued", "");
            s.has_tasks("item:0");
            assert_eq!(s.due_in(&ITEM), TimeDelta::zero());
            s.alerted(alert);
            s.is_known(answered(&first, answer));
            let again = s.new_attempt(0, "iak");
            assert!(matches!(s.refused(What::AttemptReserved(again)), Refusal::NotNow(_)), "tried once only");
            s.deliver(0, "iak-b");
            s.is("success", "delivered", "");
        }
    }
}

#[test]
fn without_another_offer_the_item_fails() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Supplier));
    s.applies(NO_OFFER);
    s.is("failed", "failed", "requested");
    assert_eq!(s.order.items[0].failure.as_deref(), Some("unavailable"));
    s.is_known(NO_OFFER);
}

#[test]
fn the_customers_fault_fails_the_item_at_once() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, failed(Cause::Customer));
    s.is("paid", "failed queued", "");
    s.has_tasks("item:1");
    assert_eq!(s.order.items[0].failure.as_deref(), Some("target_rejected"));
}

#[test]
fn a_repeated_purchase_goes_to_a_person_and_never_to_another_supplier() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Repeat));
    s.is("paid", "review", "");
    s.has_tasks("review");
    s.alerted("item_review");
    assert_eq!(s.order.status(), domain::OrderStatus::Review);
    let other = s.new_attempt(0, "iak-b");
    assert!(matches!(s.refused(What::AttemptReserved(other)), Refusal::NotNow(_)));
}

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
        assert_eq!(s.due_in(&ITEM), poll_delay(asked));
        assert!(matches!(s.tell(NO_OFFER), Told::Refused(_)), "never failed over");
        s.wait(poll_delay(asked));
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
    let resolution = ItemResolution::Delivered { serial: Some(Private::new("SN-7")), price: idr(10_300) };
    let by_engine = What::ItemResolved { item: ItemNo(0), resolution: resolution.clone(), evidence: "chat".into() };
    assert!(matches!(s.refused(by_engine), Refusal::NotNow(_)));
    let dollars = What::ItemResolved {
        item: ItemNo(0),
        resolution: ItemResolution::Delivered { serial: None, price: crate::story::twd(26) },
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
    s.attempts("failed");
    s.has_tasks("refund:0");
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
    s.attempts("failed");
    s.has_tasks("item:0");
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
    What::Answered { reference: reference.clone(), answer: Answer::NotFound, trust }
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

#[test]
fn a_late_delivery_before_the_refund_is_sent_takes_the_refund_back() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "iak");
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
    s.has_tasks("");
    assert_eq!(s.order.items[0].failure, None);
    s.is_known(due(0));
    s.books_say(&[
        "cost_of_goods 10250.00 IDR",
        "gateway_receivable:ecpay 26.00 TWD",
        "sales -26.00 TWD",
        "supplier_deposit:iak -10250.00 IDR",
    ]);
}

#[test]
fn a_refund_in_the_hands_of_finance_may_have_been_paid_so_late_goods_are_a_loss() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "iak");
    s.applies(due(0));
    s.answer(&reference, delivered());
    s.is("failed", "failed", "manual");
    s.alerted("refund_due late_delivery");
    s.applies_as(operator("fina"), confirmed(0));
    s.is("failed", "failed", "succeeded");
    s.books_say(&["late_delivery_loss 10250.00 IDR", "supplier_deposit:iak -10250.00 IDR"]);
}

#[test]
fn a_late_delivery_after_the_refund_is_a_loss_and_never_a_second_refund() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "iak");
    s.refund_back(0);
    s.alerted("refund_due");
    s.answer(&reference, delivered());
    s.is("failed", "failed", "succeeded");
    s.attempts("done");
    s.alerted("late_delivery");
    s.books_say(&["late_delivery_loss 10250.00 IDR", "supplier_deposit:iak -10250.00 IDR"]);
    // The supplier takes it back: no loss any more.
    s.answer(&reference, failed(Cause::Supplier));
    s.attempts("reversed");
    s.is("failed", "failed", "succeeded");
    s.books_say(&[]);
}

#[test]
fn a_late_delivery_while_others_are_still_bought_delivers_the_item() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    let reference = s.fail(0, "iak");
    s.answer(&reference, delivered());
    s.is("paid", "delivered queued", "");
    s.fail(1, "iak");
    s.is("success", "delivered failed", "requested");
}

#[test]
fn a_late_delivery_of_a_queued_item_is_its_delivery() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, failed(Cause::Supplier));
    s.answer(&first, delivered());
    s.is("success", "delivered", "");
    s.has_tasks("");
}

#[test]
fn delivered_twice_is_booked_twice_and_sold_once() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, failed(Cause::Supplier));
    let second = s.reserve(0, "iak-b");
    s.answer(&first, delivered());
    s.is("success", "delivered", "");
    s.attempts("done reserved");
    // The other attempt may be on its way: it is asked about until its outcome is known.
    s.has_tasks("recheck");
    s.answer(&second, pending());
    s.has_tasks("recheck");
    s.answer(&second, delivered());
    s.is("success", "delivered", "");
    s.attempts("done done");
    s.has_tasks("");
    s.alerted("late_delivery");
    s.books_say(&[
        "cost_of_goods 10250.00 IDR",
        "gateway_receivable:ecpay 26.00 TWD",
        "late_delivery_loss 10250.00 IDR",
        "sales -26.00 TWD",
        "supplier_deposit:iak -10250.00 IDR",
        "supplier_deposit:iak-b -10250.00 IDR",
    ]);
}

#[test]
fn an_overtaken_attempt_without_outcome_is_called_once_a_day() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, failed(Cause::Supplier));
    let second = s.reserve(0, "iak-b");
    s.answer(&first, delivered());
    s.applies(lost(&second));
    s.wait(POLL_HORIZON);
    s.answer(&second, unclear());
    s.alerted("item_review");
    assert_eq!(s.due_in(&TaskKind::Recheck(second.clone())), POLL_HORIZON);
    s.answer(&second, failed(Cause::Customer));
    s.is("success", "delivered", "");
    s.has_tasks("");
}

#[test]
fn a_delivery_taken_back_is_refunded_once() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver(0, "iak");
    s.answer(&reference, failed(Cause::Supplier));
    s.is("success", "reversed", "requested");
    s.attempts("reversed");
    s.has_tasks("refund:0");
    s.alerted("taken_back");
    s.is_known(answered(&reference, failed(Cause::Supplier)));
    s.books_say(&["gateway_receivable:ecpay 26.00 TWD", "refunds_payable -26.00 TWD"]);
    // And delivered again before the refund went out.
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
    s.answer(&reference, failed(Cause::Supplier));
    s.is("success", "reversed", "cancelled requested");
    s.refund_back(1);
    s.books_say(&[]);
}

#[test]
fn a_delivery_taken_back_while_others_are_bought_is_refunded_with_them() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    let reference = s.deliver(0, "iak");
    s.answer(&reference, failed(Cause::Supplier));
    s.is("paid", "reversed queued", "");
    s.deliver(1, "iak");
    s.is("success", "reversed delivered", "requested");
}

#[test]
fn a_price_named_later_does_not_change_what_a_reversal_takes_back() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, without_serial());
    s.answer(&reference, delivered_at(11_000));
    s.answer(&reference, failed(Cause::Supplier));
    assert_eq!(s.books.on("supplier_deposit:iak", Currency::Idr), 0);
}

#[test]
fn a_price_above_the_list_is_booked_as_taken_and_called_out() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, delivered_at(10_400));
    s.is("success", "delivered", "");
    s.alerted("price_above_list");
    assert_eq!(s.books.on("cost_of_goods", Currency::Idr), 1_040_000);
}

#[test]
fn a_missing_serial_is_asked_for_and_never_refunded() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, without_serial());
    s.is("success", "delivered", "");
    assert!(s.order.items[0].serial_pending);
    s.has_tasks("item:0");
    assert_eq!(s.due_in(&ITEM), poll_delay(0));
    s.wait(poll_delay(0));
    s.answer(&reference, unclear());
    assert_eq!(s.due_in(&ITEM), poll_delay(1));
    s.answer(&reference, delivered());
    assert!(!s.order.items[0].serial_pending);
    s.has_tasks("");
    assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new("SN-0001")));
    s.is_known(answered(&reference, delivered()));
}

#[test]
fn a_serial_that_never_comes_is_given_up_after_a_day() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, without_serial());
    s.wait(POLL_HORIZON);
    s.answer(&reference, without_serial());
    s.is("success", "delivered", "");
    s.has_tasks("");
    s.alerted("item_review");
    // A notice brings it after all.
    s.applies(nudged(&reference, Claim::Delivered));
    s.has_tasks("recheck");
    s.answer(&reference, delivered());
    s.has_tasks("");
    assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new("SN-0001")));
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

#[test]
fn what_nobody_ordered_is_refused() {
    let mut s = Story::bought(&[PULSA]);
    let nowhere = crate::story::reference('X', 0);
    assert_eq!(s.refused(answered(&nowhere, delivered())), Refusal::NoSuch("attempt"));
    assert_eq!(s.refused(lost(&nowhere)), Refusal::NoSuch("attempt"));
    assert_eq!(s.refused(nudged(&nowhere, Claim::Nothing)), Refusal::NoSuch("attempt"));
    assert_eq!(s.refused(What::NoOffer { item: ItemNo(9) }), Refusal::NoSuch("item"));
}

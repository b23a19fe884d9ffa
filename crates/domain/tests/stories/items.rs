//! Every row of the item's table on its way to delivery, and what a delivery is worth.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause, NewAttempt, StatusTrust};
use domain::order::{Claim, ItemResolution};
use domain::schedule::{POLL_HORIZON, RECEIPT_HORIZON, poll_delay};
use domain::{Currency, ItemNo, Money, Private, Refusal, TaskKind, What};

use crate::story::{
    PULSA, Story, TRUST, Told, answered, asked_last, delivered, delivered_at, failed, idr, lost, nudged, operator,
    pending, proved, refused, unclear, without_serial,
};

const ITEM: TaskKind = TaskKind::Item(ItemNo(0));
const NO_OFFER: What = What::NoOffer { item: ItemNo(0) };

#[test]
fn an_attempt_is_reserved_with_its_key_and_the_task_is_held() {
    let mut s = Story::bought(&[PULSA]);
    let new = s.new_attempt(0, "iak");
    let change = s.applies(What::AttemptReserved(new.clone()));
    assert_eq!(change.keys[0].as_str(), format!("ref:iak:seberang:{}", new.reference));
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

/// Some suppliers never give one; and nobody needs it to have the goods.
#[test]
fn a_receipt_that_never_comes_is_asked_for_a_while_and_calls_nobody() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "lapak");
    s.answer(&reference, without_serial());
    let (delivered_at, mut asked) = (s.now, 0);
    while s.order.items[0].serial_pending {
        s.works_next(answered(&reference, without_serial()), &ITEM);
        asked += 1;
    }
    assert!(s.now - delivered_at >= RECEIPT_HORIZON && asked < 12, "{asked} questions");
    s.is("success", "delivered", "");
    s.has_tasks("");
    s.alerted("");
    // A notice brings it after all.
    s.applies(nudged(&reference, Claim::Delivered));
    s.has_tasks("recheck");
    s.answer(&reference, delivered());
    s.has_tasks("");
    assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new("SN-0001")));
}

const CODE: &str = "1234-5678-9012-3456-7890/BUDI/R1/900VA/33.7";

fn with_serial(serial: &str) -> Answer {
    Answer::Delivered { serial: Some(Private::new(serial)), price: None, supplier_ref: None }
}

/// The customer has nothing without it.
#[test]
fn a_code_that_never_comes_is_a_persons_after_a_day_who_gives_it() {
    let mut s = Story::bought_token();
    let reference = s.reserve(0, "iak");
    s.answer(&reference, without_serial());
    let delivered_at = s.now;
    while s.order.items[0].serial_pending {
        s.alerted("");
        s.works_next(answered(&reference, without_serial()), &ITEM);
    }
    assert!(s.now - delivered_at >= POLL_HORIZON);
    s.is("success", "delivered", "");
    s.has_tasks("");
    s.alerted("item_review");

    let told = |serial: Option<&str>| {
        let serial = serial.map(Private::new);
        ItemResolution::Delivered { serial, price: idr(10_250), by: None }
    };
    s.resolve_item(0, told(Some(CODE)));
    assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new(CODE)));
    assert_eq!(s.books.on("cost_of_goods", Currency::Idr), 1_025_000, "it is booked once");
    for (resolution, refusal) in [
        (told(Some("9999-5678-9012-3456-7890")), Refusal::NotNow("the item has its serial")),
        (told(Some("PROSES")), Refusal::Invalid("serial")),
        (told(None), Refusal::NotNow("the item is not in review")),
        (ItemResolution::Failed, Refusal::NotNow("the item is not in review")),
        (ItemResolution::Retry, Refusal::NotNow("the item is not in review")),
    ] {
        let what = What::ItemResolved { item: ItemNo(0), resolution, evidence: "chat".into() };
        assert_eq!(s.tell_as(operator("rina"), what), Told::Refused(refusal));
    }
}

/// Some games are sold as codes; who only tops players up gives none.
#[test]
fn a_game_without_a_code_is_a_persons_where_its_supplier_gives_codes() {
    for (game_codes, alerted) in [(true, "item_review"), (false, "")] {
        let mut s = Story::bought_game();
        let reference = s.deliver_without_serial("lapak");
        let trust = StatusTrust { game_codes, ..TRUST };
        let answer = without_serial();
        let what = What::Answered { reference, answer, trust, asked_at: asked_last() };
        while s.order.items[0].serial_pending {
            s.works_next(what.clone(), &ITEM);
        }
        s.alerted(alerted);
    }
}

/// What an operator says was delivered without saying what is asked for as any other.
#[test]
fn a_code_that_an_operator_does_not_tell_is_asked_for() {
    let mut s = Story::bought_token();
    let reference = s.reserve(0, "iak");
    s.answer(&reference, pending());
    s.wait(POLL_HORIZON);
    s.answer(&reference, pending());
    s.alerted("item_review");
    s.resolve_item(0, ItemResolution::Delivered { serial: None, price: idr(10_250), by: None });
    s.is("success", "delivered", "");
    assert!(s.order.items[0].serial_pending);
    s.works_next(answered(&reference, with_serial(CODE)), &ITEM);
    assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new(CODE)));
    s.has_tasks("");
}

/// Whoever refused it would refuse it again, and take back what the operator knows better.
#[test]
fn a_code_that_an_operator_does_not_tell_is_not_asked_of_who_refused_it() {
    let mut s = Story::bought_game();
    let reference = s.reserve(0, "iak");
    s.answer(&reference, refused(Cause::Repeat));
    s.alerted("item_review");
    s.resolve_item(0, ItemResolution::Delivered { serial: None, price: idr(10_250), by: None });
    s.is("success", "delivered", "");
    s.has_tasks("");
}

/// Some say that it is under way where the token will stand.
#[test]
fn what_is_no_token_yet_is_none_whoever_tells_it() {
    for early in ["PROSES", "-", "1234-5678", ""] {
        let mut s = Story::bought_token();
        let reference = s.reserve(0, "digiflazz");
        s.answer(&reference, pending());
        s.applies(proved(&reference, with_serial(early)));
        s.is("success", "delivered", "");
        assert!(s.order.items[0].serial_pending, "{early}");
        s.works_next(answered(&reference, with_serial(CODE)), &ITEM);
        assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new(CODE)));
        s.alerted("");
    }
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

//! Bills: what was owed when the customer looked is paid, or nothing is.

use chrono::TimeDelta;
use domain::fulfilment::{
    Answer, BILL_CHANGED, BILL_DEARER, BILL_NOT_ASKED, BILL_NOT_FRESH, BILL_NOT_PAYABLE, BILL_NOT_YET, BILL_PAID,
    Cause, TARGET_REJECTED,
};
use domain::order::{Claim, ItemResolution, PaymentResolution};
use domain::{Currency, ItemNo, OrderStatus, PaymentNo, Reference, Refusal, TaskKind, What};

use crate::story::{Story, Told, answered, delivered_at, due, idr, nudged, operator, pending, resolved, twd, unclear};

fn said(cause: Cause, code: &str) -> Answer {
    Answer::Refused { cause, code: code.to_owned() }
}

#[test]
fn an_order_keeps_what_its_customer_saw_to_be_owed_through_every_step() {
    let mut s = Story::bought_bill();
    let seen = s.order.items[0].bill.clone().unwrap();
    assert_eq!((seen.debt, seen.count), (idr(300_000), 1));
    let reference = s.reserve(0, "iak");
    s.answer(&reference, pending());
    s.minutes(1);
    s.answer(&reference, delivered_at(301_900));
    s.is("success", "delivered", "");
    assert_eq!(s.order.items[0].bill, Some(seen));
    s.alerted("");
}

#[test]
fn what_the_biller_says_of_it_meanwhile_fails_it_in_words_for_the_customer_and_the_money_goes_back() {
    for word in [BILL_PAID, BILL_NOT_PAYABLE, BILL_NOT_YET] {
        let mut s = Story::bought_bill();
        let reference = s.reserve(0, "iak");
        s.answer(&reference, said(Cause::Customer, word));
        s.is("failed", "failed", "requested");
        assert_eq!(s.order.items[0].failure.as_deref(), Some(word));
        s.refund_back(0);
        s.is("failed", "failed", "succeeded");
    }
}

/// Given up, it was free to be ordered again, and both orders would pay it.
#[test]
fn wrong_money_for_a_bill_that_was_given_up_is_never_accepted() {
    let mut s = Story::placed_bill();
    let checkout = s.open();
    s.applies(What::Cancelled { payment: PaymentNo(0) });
    s.pay_amount(&checkout, "T1", twd(20));
    s.is("review", "cancelled", "");
    for act in [PaymentResolution::Accept, PaymentResolution::Return] {
        let told = s.tell_as(operator("rina"), resolved(act));
        let refused = matches!(told, Told::Refused(Refusal::NotNow(why)) if why.contains("another order"));
        assert_eq!(refused, act == PaymentResolution::Accept);
    }
    s.is("failed", "cancelled", "requested");
}

#[test]
fn wrong_money_for_a_bill_that_was_not_given_up_may_be_accepted() {
    let mut s = Story::placed_bill();
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", twd(20));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("paid", "queued", "");
}

#[test]
fn any_other_word_of_a_supplier_is_no_word_for_customers() {
    let mut s = Story::bought_bill();
    let reference = s.reserve(0, "iak");
    s.answer(&reference, said(Cause::Customer, "13"));
    assert_eq!(s.order.items[0].failure.as_deref(), Some("target_rejected"));
}

#[test]
fn a_supplier_that_cannot_ask_now_is_asked_again_later_and_one_that_is_dearer_is_passed_over() {
    let mut s = Story::bought_bill();
    let reference = s.reserve(0, "iak");
    s.answer(&reference, said(Cause::Closed, "inquiry_unclear"));
    s.is("paid", "queued", "");
    let again = s.new_attempt(0, "iak");
    assert!(matches!(s.refused(What::AttemptReserved(again.clone())), Refusal::NotNow(_)), "not at once");
    s.wait(TimeDelta::seconds(30));
    s.applies(What::AttemptReserved(again.clone()));
    s.answer(&again.reference, said(Cause::Supplier, BILL_DEARER));
    s.is("paid", "queued", "");
    s.minutes(60);
    let third = s.new_attempt(0, "iak");
    assert!(matches!(s.refused(What::AttemptReserved(third)), Refusal::NotNow(_)), "it was tried");
    s.reserve(0, "billfazz");
}

/// A bill whose first payment nobody heard of again, believed never to have been formed.
fn concluded() -> (Story, Reference) {
    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, unclear());
    s.minutes(2);
    for _ in 0..3 {
        s.answer(&first, Answer::NotFound);
        s.minutes(6);
    }
    s.attempts("refused");
    s.alerted("");
    (s, first)
}

/// The first supplier's payment may have arrived after all: nobody else could have changed what is owed as likely as we.
#[test]
fn whatever_another_supplier_says_of_a_bill_after_one_that_was_never_heard_of_again_is_a_persons_and_no_refund() {
    let words = [
        BILL_PAID,
        // "Paid, or not out yet" is one word at one supplier.
        BILL_NOT_PAYABLE,
        BILL_CHANGED,
        // What one supplier says of a number that owes nothing.
        TARGET_REJECTED,
        "BILL_NOT_FOUND",
        "OTHER_MONTHS",
        "13",
        "60",
    ];
    let causes = [Cause::Customer, Cause::Supplier, Cause::Repeat];
    for (cause, word) in causes.into_iter().flat_map(|cause| words.map(|word| (cause, word))) {
        for answer in [said(cause, word), Answer::Failed { cause, code: word.to_owned() }] {
            let (mut s, first) = concluded();
            let second = s.reserve(0, "billfazz");
            s.answer(&second, answer);
            s.is("paid", "review", "");
            s.alerted("item_review");
            // The person asks the first supplier, who did pay it.
            s.answer(&first, delivered_at(301_900));
            s.is("success", "delivered", "");
        }
    }
}

/// The person finds that the first supplier did pay it: there it is booked, and what is looked at a day later is no loss.
#[test]
fn an_operator_names_the_attempt_that_paid_and_the_books_follow() {
    let (mut s, first) = concluded();
    let second = s.reserve(0, "billfazz");
    s.answer(&second, said(Cause::Customer, BILL_PAID));
    s.is("paid", "review", "");
    let price = idr(301_900);
    let by = |reference: &Reference| ItemResolution::Delivered { serial: None, price, by: Some(reference.clone()) };
    let unknown = What::ItemResolved {
        item: ItemNo(0),
        resolution: by(&crate::story::reference('X', 0)),
        evidence: "chat".into(),
    };
    let told = s.tell_as(operator("rina"), unknown);
    assert_eq!(told, Told::Refused(Refusal::NoSuch("attempt")));
    s.resolve_item(0, by(&first));
    s.is("success", "delivered", "");
    s.attempts("done refused");
    s.has_tasks("");
    assert_eq!(s.order.items[0].live_attempt, Some(s.order.attempts[0].no));
    assert_eq!(s.books.on("supplier_deposit:iak", Currency::Idr), -30_190_000);
    assert_eq!(s.books.on("supplier_deposit:billfazz", Currency::Idr), 0);
    // What the supplier itself says of it later is known.
    s.alerted("item_review");
    s.answer(&first, delivered_at(301_900));
    s.alerted("");
    assert_eq!(s.books.on("late_delivery_loss", Currency::Idr), 0);
}

/// The other one is still asked about: it may have paid as well.
#[test]
fn an_operator_may_name_an_earlier_attempt_while_the_last_one_is_open() {
    let (mut s, first) = concluded();
    let second = s.reserve(0, "billfazz");
    s.answer(&second, unclear());
    s.wait(domain::schedule::POLL_HORIZON);
    s.answer(&second, unclear());
    s.is("paid", "review", "");
    s.resolve_item(0, ItemResolution::Delivered { serial: None, price: idr(301_900), by: Some(first) });
    s.is("success", "delivered", "");
    s.attempts("done unknown");
    s.has_tasks("recheck");
    s.answer(&second, delivered_at(301_900));
    s.attempts("done done");
    assert_eq!(s.books.on("late_delivery_loss", Currency::Idr), 30_190_000);
}

/// Told by a supplier that remembers this morning: it says nothing of what we may have paid since.
#[test]
fn a_bill_as_it_was_earlier_is_a_persons_after_a_payment_that_may_exist_and_the_next_suppliers_before_one() {
    let (mut s, first) = concluded();
    let second = s.reserve(0, "pulsaif");
    s.answer(&second, said(Cause::Supplier, BILL_NOT_FRESH));
    s.is("paid", "review", "");
    s.alerted("item_review");
    s.answer(&first, delivered_at(301_900));
    s.is("success", "delivered", "");

    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, Answer::Failed { cause: Cause::Supplier, code: "37".into() });
    let second = s.reserve(0, "pulsaif");
    s.answer(&second, said(Cause::Supplier, BILL_NOT_FRESH));
    s.is("paid", "review", "");

    for last in [true, false] {
        let mut s = Story::bought_bill();
        let first = s.reserve(0, "pulsaif");
        s.answer(&first, said(Cause::Supplier, BILL_NOT_FRESH));
        s.is("paid", "queued", "");
        if last {
            s.applies(What::NoOffer { item: ItemNo(0) });
            s.is("failed", "failed", "requested");
            assert_eq!(s.order.items[0].failure.as_deref(), Some("unavailable"));
        } else {
            let second = s.reserve(0, "iak");
            s.answer(&second, delivered_at(301_900));
            s.is("success", "delivered", "");
        }
    }
}

/// Nobody asked the biller, or it is owed as it was: nothing was learnt about the first payment.
#[test]
fn who_turns_a_bill_away_before_its_biller_was_asked_is_passed_over_whatever_was_tried_before() {
    for (cause, word, alert) in [
        (Cause::Supplier, BILL_DEARER, ""),
        (Cause::Supplier, BILL_NOT_ASKED, ""),
        (Cause::Busy, "inquiry_unclear", ""),
        (Cause::NotFormed, "too_late_to_send", ""),
        (Cause::Price, "69", ""),
        (Cause::Deposit, "17", "supplier_account"),
        (Cause::Account, "100", "supplier_account"),
        (Cause::Us, "107", "supplier_account"),
    ] {
        let (mut s, _) = concluded();
        let second = s.reserve(0, "billfazz");
        s.answer(&second, said(cause, word));
        s.is("paid", "queued", "");
        s.alerted(alert);
        let third = s.reserve(0, "digiflazz");
        s.answer(&third, delivered_at(301_900));
        s.is("success", "delivered", "");
    }
}

#[test]
fn a_bill_found_paid_after_a_supplier_that_was_turned_away_was_paid_by_somebody_else() {
    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, said(Cause::Closed, "109"));
    let second = s.reserve(0, "billfazz");
    s.answer(&second, said(Cause::Customer, BILL_PAID));
    s.is("failed", "failed", "requested");
    assert_eq!(s.order.items[0].failure.as_deref(), Some(BILL_PAID));
}

/// Where the first supplier itself said that it failed, only "paid" may be our own doing.
#[test]
fn other_words_of_the_biller_hold_after_a_supplier_that_failed() {
    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, Answer::Failed { cause: Cause::Supplier, code: "37".into() });
    let second = s.reserve(0, "billfazz");
    s.answer(&second, said(Cause::Customer, BILL_NOT_PAYABLE));
    s.is("failed", "failed", "requested");
    assert_eq!(s.order.items[0].failure.as_deref(), Some(BILL_NOT_PAYABLE));
}

/// Paid, or not out yet: after a purchase that may still have arrived that is no luck of the customer's.
#[test]
fn a_word_that_may_mean_paid_is_a_persons_after_a_supplier_that_failed() {
    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, Answer::Failed { cause: Cause::Supplier, code: "37".into() });
    let second = s.reserve(0, "digiflazz");
    s.answer(&second, said(Cause::Customer, BILL_NOT_YET));
    s.is("paid", "review", "");
    s.alerted("item_review");
}

/// While a purchase that its supplier called failed may still arrive, nobody pays the bill again.
#[test]
fn a_bill_is_free_when_its_money_waits_for_nothing() {
    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, Answer::Failed { cause: Cause::Supplier, code: "37".into() });
    let over = s.applies(What::NoOffer { item: ItemNo(0) });
    assert_eq!((over.status, over.frees_bills), (OrderStatus::Failed, false));
    s.last_words();
    let paid_back = s.applies(due(0));
    assert_eq!((paid_back.status, paid_back.frees_bills), (OrderStatus::Failed, true));

    let mut s = Story::bought_bill();
    let refused = s.reserve(0, "iak");
    s.answer(&refused, said(Cause::Supplier, BILL_DEARER));
    let over = s.applies(What::NoOffer { item: ItemNo(0) });
    assert!(over.frees_bills, "nothing was formed");

    let mut s = Story::bought_bill();
    let refused = s.reserve(0, "iak");
    s.answer(&refused, said(Cause::Supplier, BILL_DEARER));
    s.applies(nudged(&refused, Claim::Delivered));
    let over = s.applies(What::NoOffer { item: ItemNo(0) });
    assert!(!over.frees_bills, "a notice says that it was");
    let settled = s.answer(&refused, said(Cause::Supplier, BILL_DEARER));
    assert!(settled.frees_bills);
}

/// No money waits, but the first payment may still arrive.
#[test]
fn a_bill_that_cost_nothing_is_free_when_its_suppliers_were_asked_a_last_time() {
    let mut s = Story::bought_free_bill();
    let failing = Answer::Failed { cause: Cause::Supplier, code: "37".into() };
    let first = s.reserve(0, "iak");
    s.answer(&first, failing.clone());
    let over = s.applies(What::NoOffer { item: ItemNo(0) });
    assert_eq!((over.status, over.frees_bills), (OrderStatus::Failed, false));
    s.is("failed", "failed", "");
    let asked = answered(&first, failing);
    let last = s.works_next(asked, &TaskKind::Recheck(first));
    assert!(last.frees_bills);
    s.has_tasks("");
}

/// One supplier takes four months of arrears at once, another three.
#[test]
fn a_bill_that_one_supplier_counts_otherwise_is_paid_at_one_that_counts_as_the_customer_saw() {
    for word in [BILL_CHANGED, BILL_NOT_PAYABLE, TARGET_REJECTED] {
        let mut s = Story::bought_bill();
        let first = s.reserve(0, "iak");
        s.answer(&first, said(Cause::Supplier, word));
        s.is("paid", "queued", "");
        let second = s.reserve(0, "digiflazz");
        s.answer(&second, delivered_at(301_900));
        s.is("success", "delivered", "");
        assert_eq!(s.order.items[0].failure, None);
    }
}

#[test]
fn when_nobody_is_left_the_customer_reads_what_was_last_said_of_the_bill() {
    for word in [BILL_CHANGED, BILL_NOT_PAYABLE, TARGET_REJECTED] {
        let mut s = Story::bought_bill();
        let first = s.reserve(0, "iak");
        s.answer(&first, said(Cause::Supplier, BILL_CHANGED));
        let second = s.reserve(0, "digiflazz");
        s.answer(&second, said(Cause::Supplier, word));
        let third = s.reserve(0, "pulsaif");
        s.answer(&third, said(Cause::Supplier, BILL_DEARER));
        s.applies(What::NoOffer { item: ItemNo(0) });
        s.is("failed", "failed", "requested");
        assert_eq!(s.order.items[0].failure.as_deref(), Some(word));
    }
    let mut s = Story::bought_bill();
    let only = s.reserve(0, "iak");
    s.answer(&only, said(Cause::Supplier, BILL_DEARER));
    s.applies(What::NoOffer { item: ItemNo(0) });
    assert_eq!(s.order.items[0].failure.as_deref(), Some("unavailable"));
}

#[test]
fn late_money_for_a_bill_goes_back_though_it_comes_within_the_hour() {
    let mut s = Story::placed_bill();
    let checkout = s.open();
    s.minutes(60);
    let asked = s.asked(None);
    s.applies(asked);
    s.is("expired", "cancelled", "");
    s.minutes(1);
    s.pay(&checkout, "T1");
    s.is("failed", "cancelled", "requested");
}

#[test]
fn a_person_who_looked_may_have_a_bill_tried_again() {
    let mut s = Story::bought_bill();
    let first = s.reserve(0, "iak");
    s.answer(&first, said(Cause::Repeat, "11"));
    s.is("paid", "review", "");
    s.resolve_item(0, ItemResolution::Retry);
    s.is("paid", "queued", "");
    s.reserve(0, "billfazz");
}

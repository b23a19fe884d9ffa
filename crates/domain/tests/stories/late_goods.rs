//! Goods that come after they were given up, twice, or are taken back.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Cause};
use domain::order::Claim;
use domain::schedule::{LATE_LOOK, POLL_HORIZON, REFUND_SETTLE};
use domain::{Currency, Private, Reference, TaskKind};

use crate::story::{
    PULSA, Story, answered, confirmed, delivered, due, failed, idr, lost, nudged, operator, pending, rejected, unclear,
    without_serial,
};

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
    s.last_words();
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

/// The customer holds the other one's goods: nothing goes back, and what was a loss is what was bought.
#[test]
fn of_two_deliveries_the_one_that_stays_is_the_customers() {
    for with_serial in [true, false] {
        let mut s = Story::bought(&[PULSA]);
        let first = s.reserve(0, "iak");
        s.answer(&first, failed(Cause::Supplier));
        let second = s.reserve(0, "iak-b");
        s.answer(&first, delivered());
        s.answer(&second, if with_serial { delivered() } else { without_serial() });
        s.alerted("late_delivery");
        s.answer(&first, failed(Cause::Supplier));
        s.is("success", "delivered", "");
        s.attempts("reversed done");
        s.alerted("taken_back");
        assert_eq!(s.order.items[0].live_attempt, Some(s.order.attempts[1].no));
        assert_eq!(s.order.items[0].serial_pending, !with_serial);
        s.has_tasks(if with_serial { "" } else { "item:0" });
        s.books_say(&[
            "cost_of_goods 10250.00 IDR",
            "gateway_receivable:ecpay 26.00 TWD",
            "sales -26.00 TWD",
            "supplier_deposit:iak-b -10250.00 IDR",
        ]);
        if !with_serial {
            s.answer(&second, delivered());
            s.has_tasks("");
        }
        // Delivered again it is once too often again; and taken back, the other one is still there.
        s.answer(&first, delivered());
        s.alerted("late_delivery");
        s.answer(&second, failed(Cause::Supplier));
        s.is("success", "delivered", "");
        assert_eq!(s.order.items[0].live_attempt, Some(s.order.attempts[0].no));
        s.answer(&first, failed(Cause::Supplier));
        s.is("success", "reversed", "requested");
        s.books_say(&["gateway_receivable:ecpay 26.00 TWD", "refunds_payable -26.00 TWD"]);
    }
}

/// A second delivery, under way when the first one came after all; nobody hears of it again.
fn overtaken(said: Option<Answer>) -> (Story, Reference) {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, failed(Cause::Supplier));
    let second = s.reserve(0, "iak-b");
    s.answer(&first, delivered());
    match said {
        Some(said) => drop(s.answer(&second, said)),
        None => drop(s.applies(lost(&second))),
    }
    (s, second)
}

/// The first delivery is taken back while the second purchase is under way: the money waits for its outcome.
#[test]
fn what_is_taken_back_beside_a_purchase_under_way_is_not_paid_back_before_its_outcome() {
    let (mut s, second) = overtaken(Some(pending()));
    let first = s.order.attempts[0].reference.clone();
    s.answer(&first, failed(Cause::Supplier));
    s.is("success", "reversed", "requested");
    s.alerted("taken_back");
    s.wait(REFUND_SETTLE);
    s.applies(due(0));
    s.is("success", "reversed", "requested");
    s.answer(&second, delivered());
    s.is("success", "delivered", "cancelled");
    assert_eq!(s.books.on("late_delivery_loss", Currency::Idr), 0);
}

#[test]
fn an_overtaken_attempt_without_outcome_is_a_persons_once_and_is_looked_at_a_last_time() {
    for (said, closed) in [(None, "refused"), (Some(pending()), "failed")] {
        let (mut s, second) = overtaken(said);
        let kind = TaskKind::Recheck(second.clone());
        s.answer(&second, unclear());
        s.alerted("");
        s.wait(POLL_HORIZON);
        s.answer(&second, unclear());
        s.alerted("item_review");
        s.attempts_of(&second, closed);
        s.is("success", "delivered", "");
        assert_eq!(s.due_in(&kind), LATE_LOOK);
        s.wait(LATE_LOOK);
        s.answer(&second, unclear());
        s.has_tasks("");
        s.alerted("");
    }
}

/// Nobody is told twice that nothing is known; that a notice claims a delivery is news.
#[test]
fn a_call_about_an_overtaken_attempt_that_was_given_up_is_a_persons_too() {
    for later in [TimeDelta::zero(), LATE_LOOK] {
        let (mut s, second) = overtaken(Some(pending()));
        s.wait(POLL_HORIZON);
        s.answer(&second, unclear());
        s.alerted("item_review");
        s.wait(later);
        s.applies(nudged(&second, Claim::Delivered));
        s.answer_contest(&second, &unclear());
        s.alerted("item_review");
        s.has_tasks("");
    }
}

/// What nobody waited for may be what the customer is owed now: its end is news again, before the money goes.
#[test]
fn what_was_given_up_is_a_persons_again_when_the_other_delivery_is_taken_back() {
    let (mut s, second) = overtaken(None);
    let first = s.order.attempts[0].reference.clone();
    s.wait(POLL_HORIZON);
    s.answer(&second, unclear());
    s.alerted("item_review");
    s.wait(LATE_LOOK - TimeDelta::minutes(10));
    s.answer(&first, failed(Cause::Supplier));
    s.alerted("taken_back");
    s.is("success", "reversed", "requested");
    s.works_next(answered(&second, unclear()), &TaskKind::Recheck(second.clone()));
    s.is("success", "reversed", "requested");
    s.alerted("item_review");
}

#[test]
fn an_overtaken_attempt_that_delivers_at_its_last_look_or_later_is_a_loss() {
    for later in [false, true] {
        let (mut s, second) = overtaken(None);
        s.wait(POLL_HORIZON);
        s.answer(&second, unclear());
        s.wait(LATE_LOOK);
        if later {
            s.answer(&second, Answer::NotFound);
            s.has_tasks("");
        }
        s.answer(&second, delivered());
        s.alerted("item_review late_delivery");
        s.is("success", "delivered", "");
        s.has_tasks("");
        assert_eq!(s.books.on("late_delivery_loss", Currency::Idr), 1_025_000);
    }
}

#[test]
fn a_delivery_taken_back_is_refunded_once() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver(0, "iak");
    s.answer(&reference, failed(Cause::Supplier));
    s.is("success", "reversed", "requested");
    s.attempts("reversed");
    s.has_tasks("recheck refund:0");
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
fn goods_that_come_in_a_review_use_the_promo_again() {
    let mut s = Story::placed_with(&[PULSA], Some(500));
    let checkout = s.open();
    s.pay(&checkout, "T1");
    let reference = s.fail(0, "iak");
    assert!(!s.order.promo_held);
    s.pay(&checkout, "T2");
    s.is("review", "failed", "requested requested");
    s.answer(&reference, delivered());
    assert!(s.order.promo_held);
    s.is("review", "delivered", "cancelled requested");
}

#[test]
fn goods_that_come_after_a_refund_bounced_are_the_customers() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.fail(0, "iak");
    s.last_words();
    s.applies(due(0));
    s.applies(rejected(0));
    s.answer(&reference, delivered());
    s.is("success", "delivered", "cancelled");
    s.has_tasks("");
}

#[test]
fn the_first_serial_stands_and_another_one_is_called_out() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.deliver(0, "iak");
    let other = Answer::Delivered { serial: Some(Private::new("0")), price: None, supplier_ref: None };
    s.answer(&reference, other);
    s.alerted("item_review");
    assert_eq!(s.order.attempts[0].artifacts.serial, Some(Private::new("SN-0001")));
}

#[test]
fn a_price_named_while_it_was_pending_is_booked() {
    let mut s = Story::bought(&[PULSA]);
    let reference = s.reserve(0, "iak");
    s.answer(&reference, Answer::Pending { supplier_ref: None, price: Some(idr(15_000)) });
    s.answer(&reference, without_serial());
    assert_eq!(s.books.on("supplier_deposit:iak", Currency::Idr), -1_500_000);
    s.alerted("price_above_list");
}

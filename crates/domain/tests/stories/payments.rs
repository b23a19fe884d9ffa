//! The payment's table from the first checkout to its end, late money included.

use chrono::TimeDelta;
use domain::fulfilment::Cause;
use domain::money::MoneyError;
use domain::order::PromoChange;
use domain::payment::{CheckoutState, Evidence, PaidReport};
use domain::schedule::{CHECKOUT_LIFE, CODE_QUESTIONS, MAX_CHECKOUTS, PAYMENT_QUERY_SPACING, PAYMENT_WINDOW};
use domain::{Money, PaymentNo, Refusal, TaskKind, What};

use crate::story::{PULSA, Story, charged_back, delivered, failed, reference, twd};

const PAYMENT: TaskKind = TaskKind::Payment(PaymentNo(0));
const CANCELLED: What = What::Cancelled { payment: PaymentNo(0) };

#[test]
fn an_order_is_paid_bought_and_delivered() {
    let mut s = Story::placed(&[PULSA]);
    s.is("pending", "queued", "");
    s.has_tasks("payment:0");
    assert_eq!(s.due_in(&PAYMENT), PAYMENT_WINDOW);
    let checkout = s.open();
    assert_eq!(s.due_in(&PAYMENT), PAYMENT_QUERY_SPACING);
    let change = s.pay(&checkout, "T1");
    assert_eq!(change.keys[0].as_str(), "money:ecpay:3002607:T1");
    s.is("paid", "queued", "");
    s.has_tasks("item:0");
    s.books_say(&["customer_liability -26.00 TWD", "gateway_receivable:ecpay 26.00 TWD"]);
    s.deliver(0, "iak");
    s.is("success", "delivered", "");
    s.attempts("done");
    s.has_tasks("");
    s.alerted("");
    s.history_is("placed checkout_opened paid attempt_reserved answered");
    s.books_say(&[
        "cost_of_goods 10250.00 IDR",
        "gateway_receivable:ecpay 26.00 TWD",
        "sales -26.00 TWD",
        "supplier_deposit:iak -10250.00 IDR",
    ]);
}

#[test]
fn the_fee_a_gateway_names_is_booked_with_the_receipt() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    let report = PaidReport { fee: Some(twd(1)), ..s.report(&checkout, "T1", Evidence::Query) };
    s.applies(What::Paid(report));
    s.books_say(&["customer_liability -26.00 TWD", "gateway_fees 1.00 TWD", "gateway_receivable:ecpay 25.00 TWD"]);
}

#[test]
fn instructions_are_kept_and_move_the_deadline() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open_for_code();
    assert_eq!(
        s.order.payments[0].deadline,
        s.now + CHECKOUT_LIFE + TimeDelta::days(2),
        "a code may come, and be paid"
    );
    let told = s.issued(&checkout, TimeDelta::hours(6));
    s.applies(told.clone());
    s.is("pending", "queued", "");
    assert!(s.order.checkouts[0].instructions.is_some());
    assert_eq!(s.order.payments[0].deadline, s.now + TimeDelta::hours(30), "the gateway's own expiry counts");
    assert_eq!(s.due_in(&PAYMENT), CODE_QUESTIONS, "its notice tells; asked rarely");
    s.is_known(told);
}

#[test]
fn a_declined_checkout_leaves_the_payment_open_for_a_new_reference() {
    let mut s = Story::placed(&[PULSA]);
    let first = s.open();
    let declined = What::CheckoutDeclined { reference: first.clone(), code: "10100058".into() };
    s.applies(declined.clone());
    s.is_known(declined.clone());
    s.is("pending", "queued", "");
    let second = s.open();
    assert_ne!(first, second);
    s.pay(&second, "T2");
    s.is("paid", "queued", "");
    assert_eq!(s.order.payments[0].paid_by, Some(second));
    s.is_known(declined);
}

#[test]
fn a_declined_reference_that_is_paid_after_all_counts() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.applies(What::CheckoutDeclined { reference: checkout.clone(), code: "10100058".into() });
    s.pay(&checkout, "T1");
    s.is("paid", "queued", "");
    assert_eq!(s.order.checkouts[0].state, CheckoutState::Paid);
}

#[test]
fn a_checkout_is_opened_once_in_the_price_window_and_not_too_often() {
    let mut s = Story::placed(&[PULSA]);
    for n in 0..MAX_CHECKOUTS {
        let new = s.new_checkout(n);
        s.applies(What::CheckoutOpened(new.clone()));
        s.is_known(What::CheckoutOpened(new));
    }
    let one_more = s.new_checkout(MAX_CHECKOUTS);
    let refusal = s.refused(What::CheckoutOpened(one_more));
    assert_eq!(refusal, Refusal::NotNow("too many checkouts were opened for this order"));

    let mut s = Story::placed(&[PULSA]);
    s.wait(PAYMENT_WINDOW - TimeDelta::seconds(1));
    s.open();
    assert_eq!(s.order.payments[0].deadline, s.now + CHECKOUT_LIFE + TimeDelta::minutes(10));
    s.wait(TimeDelta::seconds(1));
    let late = s.new_checkout(1);
    assert_eq!(s.refused(What::CheckoutOpened(late)), Refusal::NotNow("the price no longer holds; please order again"));
}

#[test]
fn a_paid_order_opens_no_checkout_and_cannot_be_cancelled() {
    let mut s = Story::bought(&[PULSA]);
    let new = s.new_checkout(1);
    assert_eq!(s.refused(What::CheckoutOpened(new)), Refusal::NotNow("the payment is not open"));
    assert_eq!(s.refused(CANCELLED), Refusal::NotNow("only an unpaid order can be cancelled"));
}

#[test]
fn an_order_expires_only_when_every_reference_was_asked() {
    let mut s = Story::placed_with(&[PULSA], Some(500));
    s.open();
    s.minutes(10);
    let asked = s.asked(None);
    s.applies(asked);
    assert_eq!(s.due_in(&PAYMENT), PAYMENT_QUERY_SPACING);
    s.minutes(40);
    let asked = s.asked(None);
    s.applies(asked);
    assert_eq!(s.due_in(&PAYMENT), TimeDelta::minutes(10), "asked at the deadline, not after it");
    s.minutes(10);
    // The gateway did not answer: stay.
    let unsure = s.asked(Some(TimeDelta::minutes(30)));
    s.applies(unsure);
    s.is("pending", "queued", "");
    assert_eq!(s.due_in(&PAYMENT), TimeDelta::minutes(30));
    // It answered for none of the references: stay.
    s.applies(What::GatewayAsked { payment: PaymentNo(0), unpaid: Vec::new(), retry_after: None });
    s.is("pending", "queued", "");
    let asked = s.asked(None);
    let change = s.applies(asked.clone());
    assert_eq!(change.promo, Some(PromoChange::GiveBack { code: "HEMAT".into() }));
    s.is("expired", "cancelled", "");
    // Its page may still be paid, and the notice lost: one more look while the money could still buy.
    s.has_tasks("confirm");
    s.books_say(&[]);
    s.is_known(asked);
}

#[test]
fn an_order_never_checked_out_expires_without_a_gateway() {
    let mut s = Story::placed(&[PULSA]);
    s.wait(PAYMENT_WINDOW);
    let asked = s.asked(None);
    s.applies(asked);
    s.is("expired", "cancelled", "");
}

#[test]
fn an_unpaid_order_is_cancelled_and_its_promo_given_back() {
    let mut s = Story::placed_with(&[PULSA, PULSA], Some(500));
    let change = s.applies(CANCELLED);
    assert_eq!(change.promo, Some(PromoChange::GiveBack { code: "HEMAT".into() }));
    s.is("cancelled", "cancelled cancelled", "");
    s.has_tasks("");
    s.is_known(CANCELLED);
}

#[test]
fn an_order_of_which_nothing_was_delivered_gives_its_promo_back_until_goods_come_late() {
    let mut s = Story::placed_with(&[PULSA], Some(500));
    let checkout = s.open();
    s.pay(&checkout, "T1");
    let reference = s.reserve(0, "iak");
    let change = s.answer(&reference, failed(Cause::Customer));
    assert_eq!(change.promo, Some(PromoChange::GiveBack { code: "HEMAT".into() }));
    let change = s.answer(&reference, delivered());
    assert_eq!(change.promo, Some(PromoChange::TakeAgain { code: "HEMAT".into() }));
    s.is("success", "delivered", "cancelled");
}

#[test]
fn late_money_for_an_expired_order_buys_it_and_the_promo_stays_honoured() {
    let mut s = Story::placed_with(&[PULSA], Some(500));
    let checkout = s.open();
    s.minutes(60);
    let asked = s.asked(None);
    s.applies(asked);
    s.minutes(60);
    let change = s.pay(&checkout, "T1");
    assert_eq!(change.promo, Some(PromoChange::TakeAgain { code: "HEMAT".into() }));
    s.is("paid", "queued", "");
    s.has_tasks("item:0");
    s.deliver(0, "iak");
    s.is("success", "delivered", "");
    s.books_say(&[
        "cost_of_goods 10250.00 IDR",
        "gateway_receivable:ecpay 21.00 TWD",
        "promo_expense 5.00 TWD",
        "sales -26.00 TWD",
        "supplier_deposit:iak -10250.00 IDR",
    ]);
}

#[test]
fn late_money_goes_back_when_the_price_is_too_old_or_the_customer_cancelled() {
    let mut late = Story::placed(&[PULSA]);
    let checkout = late.open();
    late.minutes(60);
    let asked = late.asked(None);
    late.applies(asked);
    late.wait(TimeDelta::hours(24));
    late.pay(&checkout, "T1");

    let mut cancelled = Story::placed(&[PULSA]);
    let checkout = cancelled.open();
    cancelled.applies(CANCELLED);
    cancelled.pay(&checkout, "T1");

    for mut s in [late, cancelled] {
        s.is("failed", "cancelled", "requested");
        s.has_tasks("refund:0");
        assert_eq!(s.due_in(&TaskKind::Refund(domain::RefundNo(0))), TimeDelta::zero());
        s.books_say(&["gateway_receivable:ecpay 26.00 TWD", "refunds_payable -26.00 TWD"]);
        s.refund_back(0);
        s.is("failed", "cancelled", "succeeded");
        s.has_tasks("");
        s.books_say(&[]);
    }
}

#[test]
fn all_items_failed_is_a_failed_order_and_everything_goes_back() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    s.fail(0, "iak");
    s.is("paid", "failed queued", "");
    s.fail(1, "iak");
    s.is("failed", "failed failed", "requested requested");
    s.has_tasks("recheck recheck refund:0 refund:1");
    s.books_say(&["gateway_receivable:ecpay 51.00 TWD", "refunds_payable -51.00 TWD"]);
}

#[test]
fn one_of_three_delivered_is_a_success_and_the_others_shares_go_back() {
    let mut s = Story::bought(&[PULSA, PULSA, PULSA]);
    s.fail(0, "iak");
    s.deliver(1, "iak");
    s.fail(2, "iak");
    s.is("success", "failed delivered failed", "requested requested");
    let amounts: Vec<Money> = s.order.refunds.iter().map(|r| r.amount).collect();
    assert_eq!(amounts, [twd(26), twd(25)], "whole units, by the stored split");
    s.refund_back(0);
    s.refund_back(1);
    s.is("success", "failed delivered failed", "succeeded succeeded");
    s.has_tasks("");
}

#[test]
fn an_order_that_costs_nothing_starts_paid_and_owes_nothing() {
    let mut s = Story::placed_with(&[PULSA, PULSA], Some(1_000_000));
    s.is("paid", "queued queued", "");
    s.has_tasks("item:0 item:1");
    s.deliver(0, "iak");
    s.fail(1, "iak");
    s.is("success", "delivered failed", "");
    s.has_tasks("");
    s.books_say(&[
        "cost_of_goods 10250.00 IDR",
        "promo_expense 25.49 TWD",
        "sales -25.49 TWD",
        "supplier_deposit:iak -10250.00 IDR",
    ]);
    assert_eq!(s.refused(CANCELLED), Refusal::NotNow("only an unpaid order can be cancelled"));
}

#[test]
fn the_same_transaction_again_changes_nothing_in_any_state() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    let paid = s.paid(&checkout, "T1");
    s.applies(paid.clone());
    s.is_known(paid.clone());
    s.deliver(0, "iak");
    s.is_known(paid.clone());
    s.applies(charged_back(&checkout, twd(26)));
    s.is_known(paid);
}

#[test]
fn a_simulated_payment_or_one_of_another_account_or_of_nothing_is_refused() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    let report = s.report(&checkout, "T1", Evidence::Notice);
    assert_eq!(s.refused(What::Paid(PaidReport { simulated: true, ..report.clone() })), Refusal::Simulated);
    let elsewhere = PaidReport { account: "2000132".parse().unwrap(), ..report.clone() };
    assert_eq!(s.refused(What::Paid(elsewhere)), Refusal::NoSuch("checkout"));
    let nothing = PaidReport { amount: twd(0), ..report.clone() };
    assert_eq!(s.refused(What::Paid(nothing)), Refusal::Money(MoneyError::OutOfRange));
    let unknown = PaidReport { reference: reference('X', 0), ..report };
    assert_eq!(s.refused(What::Paid(unknown)), Refusal::NoSuch("checkout"));
    s.is("pending", "queued", "");
}

#[test]
fn a_page_with_a_pressed_test_button_is_paid_only_by_a_notice_or_the_settlement() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    let simulated = What::Simulated { reference: checkout.clone() };
    s.applies(simulated.clone());
    s.is_known(simulated);
    let queried = What::Paid(s.report(&checkout, "T1", Evidence::Query));
    assert_eq!(s.refused(queried), Refusal::Simulated);
    s.is("pending", "queued", "");
    s.pay(&checkout, "T1");
    s.is("paid", "queued", "");
}

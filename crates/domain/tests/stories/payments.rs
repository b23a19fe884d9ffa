//! Every row of the payment's table.

use chrono::TimeDelta;
use domain::money::MoneyError;
use domain::order::{PaymentResolution, PromoChange};
use domain::payment::{CheckoutState, Evidence, NewCheckout, PaidReport, ReviewReason};
use domain::schedule::{CHECKOUT_LIFE, MAX_CHECKOUTS, PAYMENT_QUERY_SPACING, PAYMENT_WINDOW, REVIEW_REMINDER};
use domain::{Currency, ItemNo, Money, PaymentNo, Refusal, TaskKind, What};

use crate::story::{DEAR, PULSA, Story, Told, charged_back, delivered, due, operator, reference, resolved, twd};

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
    assert_eq!(change.key.unwrap().as_str(), "money:ecpay:3002607:T1");
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
    let checkout = s.open();
    let told =
        What::Instructions { reference: checkout, payable_until: s.now + TimeDelta::days(3), lag: TimeDelta::hours(1) };
    s.applies(told.clone());
    s.is("pending", "queued", "");
    assert_eq!(s.order.payments[0].deadline, s.now + TimeDelta::hours(73));
    assert_eq!(s.due_in(&PAYMENT), TimeDelta::hours(73));
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
    s.has_tasks("refund:0 refund:1");
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

fn mismatched(cost: i64, amount: Money) -> Story {
    let mut s = Story::placed_with(&[cost, cost], Some(500));
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", amount);
    s.is("review", "queued queued", "");
    s.has_tasks("review");
    s.alerted("amount_mismatch");
    let new = s.new_attempt(0, "iak");
    assert_eq!(s.refused(What::AttemptReserved(new)), Refusal::NotNow("the order is not paid"));
    let no_offer = What::NoOffer { item: ItemNo(0) };
    assert_eq!(s.refused(no_offer), Refusal::NotNow("the order is not paid"));
    s
}

#[test]
fn another_amount_is_never_bought_for_until_a_person_accepts_it() {
    let mut s = mismatched(PULSA, twd(40));
    s.books_say(&["gateway_receivable:ecpay 40.00 TWD", "suspense -40.00 TWD"]);
    assert_eq!(
        s.refused(resolved(PaymentResolution::Accept)),
        Refusal::NotNow("only an operator can decide this"),
        "the engine is no operator"
    );
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("paid", "queued queued", "");
    s.has_tasks("item:0 item:1");
    let shares: Vec<Money> = s.order.items.iter().map(|i| i.charged).collect();
    assert_eq!(shares, [twd(20), twd(20)], "what came is what is shared, and what could go back");
    s.fail(0, "iak");
    s.fail(1, "iak");
    s.is("failed", "failed failed", "requested requested");
    s.books_say(&["gateway_receivable:ecpay 40.00 TWD", "refunds_payable -40.00 TWD"]);
}

#[test]
fn too_much_money_is_accepted_as_the_agreed_price() {
    let mut s = mismatched(PULSA, twd(50));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.books_say(&["customer_liability -46.00 TWD", "gateway_receivable:ecpay 50.00 TWD", "write_off -4.00 TWD"]);
}

#[test]
fn mismatched_money_is_returned_whole() {
    let mut s = mismatched(PULSA, twd(40));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Return));
    s.is("failed", "cancelled cancelled", "requested");
    s.has_tasks("refund:0");
    s.refund_back(0);
    s.books_say(&[]);
}

#[test]
fn mismatched_money_nobody_claims_is_written_off() {
    let mut s = mismatched(PULSA, twd(40));
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "cancelled cancelled", "");
    s.has_tasks("");
    s.books_say(&["gateway_receivable:ecpay 40.00 TWD", "write_off -40.00 TWD"]);
}

#[test]
fn a_large_amount_is_decided_by_two_people_who_agree() {
    let mut s = mismatched(DEAR, twd(4_000));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("review", "queued queued", "");
    let again = s.tell_as(operator("rina"), resolved(PaymentResolution::Accept));
    assert_eq!(again, Told::Refused(Refusal::SecondPersonNeeded));
    s.applies_as(operator("budi"), resolved(PaymentResolution::Return));
    s.is("review", "queued queued", "");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Return));
    s.is("failed", "cancelled cancelled", "requested");
    s.has_tasks("refund:0");
}

#[test]
fn a_decision_needs_evidence_and_a_review() {
    let mut s = mismatched(PULSA, twd(40));
    let bare =
        What::PaymentResolved { payment: PaymentNo(0), resolution: PaymentResolution::Accept, evidence: " ".into() };
    assert_eq!(s.tell_as(operator("rina"), bare), Told::Refused(Refusal::Missing("evidence")));
    let mut s = Story::bought(&[PULSA]);
    let told = s.tell_as(operator("rina"), resolved(PaymentResolution::Accept));
    assert_eq!(told, Told::Refused(Refusal::NotNow("the payment is not in review")));
}

#[test]
fn money_of_another_currency_is_kept_as_it_came_and_can_only_go_back() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", Money::from_minor(120, Currency::Jpy));
    s.is("review", "queued", "");
    s.books_say(&["gateway_receivable:ecpay 120 JPY", "suspense -120 JPY"]);
    for name in ["rina", "budi"] {
        s.tell_as(operator(name), resolved(PaymentResolution::Accept));
    }
    s.is("review", "queued", "");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Return));
    s.applies_as(operator("budi"), resolved(PaymentResolution::Return));
    s.is("failed", "cancelled", "requested");
}

#[test]
fn mismatched_money_after_the_end_is_accepted_with_its_promo() {
    let mut s = Story::placed_with(&[PULSA], Some(500));
    let checkout = s.open();
    s.applies(CANCELLED);
    s.pay_amount(&checkout, "T1", twd(20));
    s.is("review", "cancelled", "");
    let change = s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    assert_eq!(change.promo, Some(PromoChange::TakeAgain { code: "HEMAT".into() }));
    s.is("paid", "queued", "");
    s.has_tasks("item:0");
}

#[test]
fn a_review_is_called_again_until_it_is_decided() {
    let mut s = mismatched(PULSA, twd(40));
    assert_eq!(s.due_in(&TaskKind::Review), REVIEW_REMINDER);
    s.wait(REVIEW_REMINDER);
    s.applies(What::ReviewReminder);
    s.alerted("review_waiting");
    assert_eq!(s.due_in(&TaskKind::Review), REVIEW_REMINDER);
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is_known(What::ReviewReminder);
}

fn paid_twice() -> (Story, domain::Reference) {
    let mut s = Story::placed(&[PULSA]);
    let (first, second) = (s.open(), s.open());
    s.pay(&first, "T1");
    (s, second)
}

#[test]
fn money_whose_notice_was_lost_is_found_although_another_page_was_paid() {
    let (mut s, unseen) = paid_twice();
    s.has_tasks("confirm item:0");
    assert_eq!(s.due_in(&TaskKind::Confirm(unseen.clone())), TimeDelta::minutes(60));
    s.deliver(0, "iak");
    s.wait(TimeDelta::minutes(60));
    s.applies(What::Paid(s.report(&unseen, "T0", Evidence::Query)));
    s.is("success", "delivered", "requested");
    s.alerted("paid_twice");
    s.refund_back(0);
    s.is("success", "delivered", "succeeded");
}

#[test]
fn money_whose_notice_was_lost_is_found_although_the_order_was_cancelled() {
    let mut s = Story::placed(&[PULSA]);
    let unseen = s.open();
    s.applies(What::Cancelled { payment: PaymentNo(0) });
    s.has_tasks("confirm");
    s.wait(TimeDelta::minutes(60));
    s.applies(What::SecondDenied { reference: unseen.clone() });
    assert_eq!(s.due_in(&TaskKind::Confirm(unseen.clone())), TimeDelta::hours(22));
    s.wait(TimeDelta::hours(22));
    s.applies(What::Paid(s.report(&unseen, "T0", Evidence::Query)));
    s.is("failed", "cancelled", "requested");
    s.has_tasks("refund:0");
}

#[test]
fn a_gateway_that_never_says_clearly_is_called_to_a_person() {
    let mut s = Story::placed(&[PULSA]);
    s.open();
    s.wait(TimeDelta::hours(26));
    let unsure = s.asked(Some(TimeDelta::minutes(30)));
    s.applies(unsure);
    s.is("pending", "queued", "");
    s.alerted("payment_unsure");
    assert_eq!(s.due_in(&PAYMENT), TimeDelta::hours(24), "asked on, but no oftener than a person looks");
}

#[test]
fn a_page_the_gateway_will_not_speak_of_is_asked_about_only_until_a_person_is_called() {
    let (mut s, open) = paid_twice();
    let unsure = || What::SecondUnsure { reference: open.clone(), retry_after: TimeDelta::minutes(30) };
    s.wait(TimeDelta::hours(46));
    s.applies(unsure());
    assert_eq!(s.due_in(&TaskKind::Confirm(open.clone())), TimeDelta::minutes(30));
    s.alerted("");
    s.wait(TimeDelta::hours(2));
    s.applies(unsure());
    s.alerted("payment_unsure");
    s.has_tasks("item:0");
    s.is_known(unsure());
}

#[test]
fn a_signed_claim_of_second_money_is_never_forgotten() {
    let (mut s, second) = paid_twice();
    s.pay(&second, "T2");
    s.wait(TimeDelta::hours(48));
    s.applies(What::SecondUnsure { reference: second.clone(), retry_after: TimeDelta::minutes(30) });
    s.alerted("payment_unsure");
    assert_eq!(s.due_in(&TaskKind::Confirm(second.clone())), TimeDelta::hours(24));
    s.applies(What::Paid(s.report(&second, "T2", Evidence::Query)));
    s.alerted("paid_twice");
}

#[test]
fn a_second_payment_told_by_notice_is_believed_when_the_gateway_confirms() {
    let (mut s, second) = paid_twice();
    s.pay(&second, "T2");
    s.is("paid", "queued", "");
    s.has_tasks("confirm item:0");
    s.books_say(&["customer_liability -26.00 TWD", "gateway_receivable:ecpay 26.00 TWD"]);
    let again = s.paid(&second, "T2");
    s.is_known(again.clone());
    s.applies(What::SecondUnsure { reference: second.clone(), retry_after: TimeDelta::minutes(30) });
    assert_eq!(s.due_in(&TaskKind::Confirm(second.clone())), TimeDelta::minutes(30));
    let queried = What::Paid(s.report(&second, "T2", Evidence::Query));
    s.applies(queried.clone());
    s.is("paid", "queued", "requested");
    s.has_tasks("item:0 refund:0");
    s.alerted("paid_twice");
    s.is_known(queried);
    s.is_known(again);
    s.refund_back(0);
    s.deliver(0, "iak");
    s.is("success", "delivered", "succeeded");
    assert_eq!(s.books.on("gateway_receivable:ecpay", Currency::Twd), 2_600);
}

#[test]
fn a_second_payment_the_gateway_denies_is_not_booked() {
    let (mut s, second) = paid_twice();
    s.pay(&second, "T2");
    let denied = What::SecondDenied { reference: second.clone() };
    s.applies(denied.clone());
    s.is("paid", "queued", "");
    s.alerted("paid_twice");
    s.is_known(denied.clone());
    // It is asked until its last look is over, then no more.
    s.has_tasks("confirm item:0");
    s.wait(TimeDelta::minutes(61));
    s.applies(denied.clone());
    s.wait(TimeDelta::hours(23));
    s.applies(denied.clone());
    s.has_tasks("item:0");
    s.is_known(denied);
    s.is_known(What::SecondUnsure { reference: second, retry_after: TimeDelta::minutes(1) });
    assert_eq!(s.books.on("gateway_receivable:ecpay", Currency::Twd), 2_600);
}

#[test]
fn a_second_payment_found_by_query_needs_no_second_word() {
    let (mut s, second) = paid_twice();
    s.deliver(0, "iak");
    let queried = What::Paid(s.report(&second, "T2", Evidence::Settlement));
    s.applies(queried);
    s.is("success", "delivered", "requested");
    s.has_tasks("refund:0");
}

#[test]
fn a_claim_under_a_wrong_number_counts_as_what_the_gateway_answers() {
    let (mut s, second) = paid_twice();
    s.pay(&second, "T2");
    let other_notice = s.paid(&second, "T3");
    s.is_known(other_notice);
    let queried = What::Paid(s.report(&second, "T3", Evidence::Query));
    s.applies(queried);
    s.is("paid", "queued", "requested");
    s.has_tasks("item:0 refund:0");
}

#[test]
fn money_that_comes_right_after_it_came_wrong_goes_back_by_itself() {
    let mut s = Story::placed(&[PULSA]);
    let (first, second) = (s.open(), s.open());
    s.pay_amount(&first, "T1", twd(25));
    let right = What::Paid(s.report(&second, "T2", Evidence::Query));
    s.applies(right);
    s.is("review", "queued", "requested");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Return));
    s.is("failed", "cancelled", "requested requested");
    let amounts: Vec<Money> = s.order.refunds.iter().map(|r| r.amount).collect();
    assert_eq!(amounts, [twd(26), twd(25)]);
    s.refund_back(0);
    s.refund_back(1);
    s.books_say(&[]);
}

#[test]
fn another_transaction_of_one_reference_is_reviewed_and_its_money_goes_back() {
    let mut s = Story::placed(&[PULSA, PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.deliver(0, "iak");
    let other = s.paid(&checkout, "T2");
    s.applies(other.clone());
    s.is("review", "delivered queued", "requested");
    s.has_tasks("refund:0 review");
    s.alerted("other_transaction");
    s.is_known(other.clone());
    // The refund is held until a person has looked.
    s.applies(due(0));
    s.is("review", "delivered queued", "requested");
    let third = s.paid(&checkout, "T3");
    s.applies(third);
    s.is("review", "delivered queued", "requested requested");
    let told = s.tell_as(operator("rina"), resolved(PaymentResolution::Return));
    assert!(matches!(told, Told::Refused(Refusal::NotNow(_))));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("paid", "delivered queued", "requested requested");
    s.deliver(1, "iak");
    s.refund_back(0);
    s.refund_back(1);
    s.is("success", "delivered delivered", "succeeded succeeded");
    s.is_known(other);
    assert_eq!(s.books.on("gateway_receivable:ecpay", Currency::Twd), 5_100);
}

#[test]
fn another_transaction_does_not_hide_that_the_first_money_was_wrong() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", twd(25));
    let other = s.paid(&checkout, "T2");
    s.applies(other);
    assert_eq!(s.order.payments[0].review, Some(ReviewReason::Mismatch));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Return));
    s.is("failed", "cancelled", "requested requested");
    s.refund_back(0);
    s.refund_back(1);
    s.books_say(&[]);
}

#[test]
fn another_transaction_after_everything_went_back_pays_nothing_back_twice() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.applies(CANCELLED);
    s.pay(&checkout, "T1");
    let other = s.paid(&checkout, "T2");
    s.applies(other);
    s.is("review", "cancelled", "requested requested");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("failed", "cancelled", "requested requested");
    s.refund_back(0);
    s.refund_back(1);
    s.books_say(&[]);
}

#[test]
fn a_dispute_that_is_won_leaves_everything_as_it_was() {
    let mut s = Story::placed(&[PULSA, PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.deliver(0, "iak");
    let reference = s.reserve(1, "iak");
    let disputed = charged_back(&checkout, twd(51));
    s.applies(disputed.clone());
    s.is_known(disputed.clone());
    s.is("review", "delivered in_progress", "");
    s.has_tasks("item:1 review");
    s.alerted("charged_back");
    // What is under way goes on.
    s.answer(&reference, delivered());
    s.is("review", "delivered delivered", "");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("success", "delivered delivered", "");
    s.has_tasks("");
    assert_eq!(s.books.on("gateway_receivable:ecpay", Currency::Twd), 5_100);
}

#[test]
fn a_dispute_holds_back_what_is_not_bought_yet() {
    let mut s = Story::placed(&[PULSA, PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.applies(charged_back(&checkout, twd(51)));
    s.has_tasks("review");
    let told = s.tell_as(operator("rina"), resolved(PaymentResolution::Return));
    assert!(matches!(told, Told::Refused(Refusal::NotNow(_))));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("paid", "queued queued", "");
    s.has_tasks("item:0 item:1");
}

#[test]
fn a_dispute_that_is_lost_pays_nothing_back_on_top() {
    let mut s = Story::placed(&[PULSA, PULSA, PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    let late = s.fail(0, "iak");
    s.deliver(1, "iak");
    s.fail(2, "iak");
    s.refund_back(1);
    s.is("success", "failed delivered failed", "requested succeeded");
    let disputed = charged_back(&checkout, twd(77));
    s.applies(disputed.clone());
    // Its refund is held while the dispute is open.
    s.applies(due(0));
    s.is("review", "failed delivered failed", "requested succeeded");
    s.alerted("refund_due charged_back");
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "failed delivered failed", "cancelled succeeded");
    s.has_tasks("");
    s.books_say(&[
        "chargeback_loss 51.00 TWD",
        "cost_of_goods 10250.00 IDR",
        "gateway_receivable:ecpay -25.00 TWD",
        "sales -26.00 TWD",
        "supplier_deposit:iak -10250.00 IDR",
    ]);
    // Told again, it is not lost again; and goods that come now are a loss of their own.
    let told = s.tell(disputed);
    assert!(matches!(told, Told::Refused(Refusal::NotNow(_))), "{told:?}");
    s.answer(&late, delivered());
    s.is("failed", "failed delivered failed", "cancelled succeeded");
    s.alerted("charged_back late_delivery");
}

#[test]
fn a_lost_dispute_before_anything_was_bought_loses_nothing() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.applies(charged_back(&checkout, twd(26)));
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "cancelled", "");
    s.books_say(&[]);
}

#[test]
fn a_dispute_waits_for_what_is_being_bought() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    let reference = s.reserve(0, "iak");
    s.applies(charged_back(&checkout, twd(26)));
    let told = s.tell_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    assert!(matches!(told, Told::Refused(Refusal::NotNow(_))));
    s.answer(&reference, delivered());
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "delivered", "");
    // Taken back by the supplier afterwards: the money is with the customer already.
    s.answer(&reference, crate::story::failed(domain::fulfilment::Cause::Supplier));
    s.is("failed", "reversed", "");
    s.books_say(&[]);
}

#[test]
fn only_whole_disputes_of_the_paying_checkout_are_booked() {
    let (mut s, second) = paid_twice();
    let queried = What::Paid(s.report(&second, "T2", Evidence::Query));
    s.applies(queried);
    for (checkout, amount) in [(second, twd(26)), (reference('C', 0), twd(10))] {
        let refusal = s.refused(charged_back(&checkout, amount));
        assert_eq!(refusal, Refusal::NotNow("only a dispute over the whole payment is booked here"));
    }
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    let refusal = s.refused(charged_back(&checkout, twd(26)));
    assert_eq!(refusal, Refusal::NotNow("no money came by this checkout"));
    s.pay_amount(&checkout, "T1", twd(20));
    let refusal = s.refused(charged_back(&checkout, twd(20)));
    assert_eq!(refusal, Refusal::NotNow("the open review must be decided first"));
}

#[test]
fn a_refund_goes_back_by_the_gateway_its_money_came_by() {
    let mut s = Story::placed(&[PULSA]);
    let spare = NewCheckout { gateway: "spare".parse().unwrap(), ..s.new_checkout(0) };
    s.applies(What::CheckoutOpened(spare.clone()));
    let checkout = s.open();
    s.pay(&checkout, "T1");
    let twice = PaidReport { gateway: spare.gateway, ..s.report(&spare.reference, "T2", Evidence::Query) };
    s.applies(What::Paid(twice));
    s.fail(0, "iak");
    s.refund_back(0);
    s.books_say(&["gateway_receivable:ecpay 26.00 TWD", "refunds_payable -26.00 TWD"]);
    s.refund_back(1);
    s.books_say(&[]);
}

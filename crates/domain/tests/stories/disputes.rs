//! Money the bank took back.

use domain::fulfilment::Cause;
use domain::order::PaymentResolution;
use domain::payment::{CheckoutState, Evidence, ReviewReason};
use domain::{Currency, Refusal, What};

use crate::second_money::paid_twice;
use crate::story::{
    PULSA, Story, Told, charged_back, delivered, disputed, due, failed, idr, operator, reference, rejected, resolved,
    twd,
};

#[test]
fn a_dispute_that_is_won_leaves_everything_as_it_was() {
    let mut s = Story::placed(&[PULSA, PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.deliver(0, "iak");
    let reference = s.reserve(1, "iak");
    let disputed = charged_back(&checkout, twd(51));
    s.applies(disputed.clone());
    s.is_not_booked_again(disputed.clone());
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
    s.is_not_booked_again(disputed);
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
fn a_dispute_of_a_part_or_of_a_second_payment_is_booked_and_finance_is_called() {
    let (mut s, second) = paid_twice();
    let queried = What::Paid(s.report(&second, "T2", Evidence::Query));
    s.applies(queried);
    s.alerted("paid_twice");
    let first = reference('C', 0);
    for (checkout, amount) in [(second, twd(26)), (first, twd(10))] {
        let dispute = charged_back(&checkout, amount);
        s.applies(dispute.clone());
        s.alerted("charged_back");
        s.is_not_booked_again(dispute);
        assert_eq!(s.order.checkout(&checkout).unwrap().disputed, Some(amount));
    }
    s.is("paid", "queued", "requested");
    assert_eq!(s.books.on("suspense", Currency::Twd), 3_600);
    // Whoever pays the second money back is told that the bank did so already.
    let warned = s.applies(due(0));
    assert!(warned.alerts[0].detail.contains("the bank took 26.00 TWD"), "{:?}", warned.alerts);
}

#[test]
fn a_dispute_beside_another_review_is_booked_and_the_review_keeps_its_reason() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", twd(20));
    s.alerted("amount_mismatch");
    s.applies(charged_back(&checkout, twd(20)));
    s.alerted("charged_back");
    s.is("review", "queued", "");
    assert_eq!(s.order.payments[0].review, Some(domain::payment::ReviewReason::Mismatch));
}

#[test]
fn a_dispute_over_money_that_never_came_is_refused() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    assert_eq!(s.refused(charged_back(&checkout, twd(26))), Refusal::NotNow("no money came by this checkout"));
    s.pay(&checkout, "T1");
    for amount in [twd(27), twd(0), idr(26)] {
        assert!(matches!(s.refused(charged_back(&checkout, amount)), Refusal::Money(_)));
    }
}

#[test]
fn a_second_dispute_of_the_same_money_is_another_case() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.applies(disputed(&checkout, twd(10), "case-1"));
    s.is("paid", "queued", "");
    // The rest follows: now the whole payment is disputed.
    s.applies(disputed(&checkout, twd(16), "case-2"));
    s.is("review", "queued", "");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.applies(disputed(&checkout, twd(26), "case-3"));
    s.is("review", "queued", "");
    s.is_not_booked_again(disputed(&checkout, twd(26), "case-3"));
}

#[test]
fn a_dispute_during_another_review_is_decided_after_it_and_before_anything_is_bought() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.pay(&checkout, "T2");
    s.applies(charged_back(&checkout, twd(26)));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("review", "queued", "requested");
    assert_eq!(s.order.payments[0].review, Some(ReviewReason::ChargedBack));
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "cancelled", "requested");
    assert_eq!(s.order.checkouts[0].state, CheckoutState::ChargedBack);
}

#[test]
fn wrong_money_that_the_bank_took_back_can_only_be_written_off() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", twd(20));
    s.applies(charged_back(&checkout, twd(20)));
    for resolution in [PaymentResolution::Accept, PaymentResolution::Return] {
        let told = s.tell_as(operator("rina"), resolved(resolution));
        assert!(matches!(told, Told::Refused(Refusal::NotNow(_))), "{told:?}");
    }
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "cancelled", "");
    s.books_say(&[]);
}

#[test]
fn a_refund_finance_could_not_pay_is_over_when_the_bank_paid_it() {
    let mut s = Story::bought(&[PULSA, PULSA]);
    s.deliver(0, "iak");
    s.fail(1, "iak");
    s.last_words();
    s.applies(due(0));
    let checkout = s.order.checkouts[0].reference.clone();
    s.applies(charged_back(&checkout, twd(51)));
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.is("failed", "delivered failed", "manual");
    // Whoever is reminded is told what the bank did.
    let reminded = s.applies(due(0));
    assert!(reminded.alerts[0].detail.contains("the bank took this money back"), "{:?}", reminded.alerts);
    s.applies(rejected(0));
    s.is("failed", "delivered failed", "cancelled");
    s.has_tasks("");
}

#[test]
fn goods_taken_back_after_a_lost_dispute_leave_nothing_owed() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    let reference = s.deliver(0, "iak");
    s.applies(charged_back(&checkout, twd(26)));
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    s.pay(&checkout, "T2");
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("failed", "delivered", "requested");
    s.answer(&reference, failed(Cause::Supplier));
    assert_eq!(s.books.on("customer_liability", Currency::Twd), 0);
}

#[test]
fn second_money_of_one_page_is_owed_although_the_first_was_lost_to_the_bank() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open();
    s.pay(&checkout, "T1");
    s.pay(&checkout, "T2");
    s.applies(charged_back(&checkout, twd(26)));
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.applies_as(operator("rina"), resolved(PaymentResolution::WriteOff));
    let called = s.applies(due(0));
    assert!(!called.alerts[0].detail.contains("bank"), "{:?}", called.alerts);
    s.applies(rejected(0));
    s.is("failed", "cancelled", "failed");
    s.has_tasks("refund:0");
    assert_eq!(s.books.on("refunds_payable", Currency::Twd), -2_600);
}

//! Money that came twice, or may have: claims, looks at open pages, other transactions.

use chrono::TimeDelta;
use domain::order::PaymentResolution;
use domain::payment::{Evidence, NewCheckout, PaidReport, ReviewReason};
use domain::{Currency, Money, PaymentNo, Refusal, TaskKind, What};

use crate::story::{PULSA, Story, Told, due, operator, resolved, twd};

const PAYMENT: TaskKind = TaskKind::Payment(PaymentNo(0));
const CANCELLED: What = What::Cancelled { payment: PaymentNo(0) };

pub fn paid_twice() -> (Story, domain::Reference) {
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

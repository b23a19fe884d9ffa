//! Money that is not the agreed money, and what people decide about it.

use domain::order::{PaymentResolution, PromoChange};
use domain::schedule::REVIEW_REMINDER;
use domain::{Currency, ItemNo, Money, PaymentNo, Refusal, TaskKind, What};

use crate::story::{DEAR, PULSA, Story, Told, operator, resolved, twd};

const CANCELLED: What = What::Cancelled { payment: PaymentNo(0) };

#[test]
fn wrong_money_sent_back_gives_the_promo_back() {
    let mut s = Story::placed_with(&[PULSA], Some(500));
    let checkout = s.open();
    s.pay_amount(&checkout, "T1", twd(20));
    let change = s.applies_as(operator("rina"), resolved(PaymentResolution::Return));
    assert_eq!(change.promo, Some(PromoChange::GiveBack { code: "HEMAT".into() }));
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
fn too_much_money_is_accepted_as_the_agreed_price_and_the_rest_goes_back() {
    let mut s = mismatched(PULSA, twd(50));
    let agreed = s.order.payments[0].amount;
    s.applies_as(operator("rina"), resolved(PaymentResolution::Accept));
    s.is("paid", "queued queued", "requested");
    assert_eq!(s.order.refunds[0].amount, twd(50).checked_sub(agreed).unwrap());
    s.books_say(&["customer_liability -46.00 TWD", "gateway_receivable:ecpay 50.00 TWD", "refunds_payable -4.00 TWD"]);
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

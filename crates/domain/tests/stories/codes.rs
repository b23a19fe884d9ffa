//! What is paid elsewhere: in time, after its expiry, long after, twice, on an order nobody wants any more.

use chrono::TimeDelta;
use domain::payment::{CheckoutState, Evidence};
use domain::schedule::{CHECKOUT_LIFE, CODE_QUESTIONS, LAST_LOOKS, PAGE_QUESTIONS, UNSURE_ALERT};
use domain::{Instructions, PayCode, PaymentNo, Private, Reference, TaskKind, What};

use crate::story::{PULSA, Story, twd};

const PAYMENT: TaskKind = TaskKind::Payment(PaymentNo(0));
const CANCELLED: What = What::Cancelled { payment: PaymentNo(0) };
const DAY: TimeDelta = TimeDelta::days(1);
const HOUR: TimeDelta = TimeDelta::hours(1);

/// An order with a code that can be paid for a day and is known a day later.
fn coded() -> (Story, Reference) {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open_for_code();
    let issued = s.issued(&checkout, DAY);
    s.applies(issued);
    (s, checkout)
}

fn confirm(reference: &Reference) -> TaskKind {
    TaskKind::Confirm(reference.clone())
}

#[test]
fn a_code_paid_at_its_last_moment_or_after_it_buys_while_the_order_waits_for_the_banks_word() {
    for wait in [DAY - TimeDelta::minutes(1), DAY + TimeDelta::minutes(1), DAY + DAY - TimeDelta::minutes(1)] {
        let (mut s, checkout) = coded();
        s.wait(wait);
        s.pay(&checkout, "T1");
        s.is("paid", "queued", "");
    }
}

#[test]
fn a_code_is_asked_about_rarely_and_surely_at_the_deadline() {
    let (mut s, _) = coded();
    let mut questions = 0;
    while s.order.payments[0].state == domain::payment::PaymentState::Pending {
        s.wait(s.due_in(&PAYMENT));
        let asked = s.asked(None);
        s.applies(asked);
        questions += 1;
    }
    assert_eq!(s.now - s.order.created_at, DAY + DAY, "at the gateway's expiry and the lag");
    assert_eq!(questions, 4);
    s.is("expired", "cancelled", "");
}

#[test]
fn money_after_the_deadline_of_a_code_goes_back() {
    let (mut s, checkout) = coded();
    s.wait(DAY + DAY);
    let asked = s.asked(None);
    s.applies(asked);
    s.is("expired", "cancelled", "");
    s.wait(HOUR);
    s.pay(&checkout, "T1");
    s.is("failed", "cancelled", "requested");
}

#[test]
fn what_the_page_advises_is_asked_until_a_code_is_there() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open_for_code();
    for question in PAGE_QUESTIONS {
        s.wait(s.due_in(&PAYMENT));
        assert_eq!(s.now - s.order.created_at, question);
        let asked = s.asked(None);
        s.applies(asked);
    }
    assert_eq!(s.due_in(&PAYMENT), CODE_QUESTIONS);
    let issued = s.issued(&checkout, HOUR);
    s.applies(issued);
    assert_eq!(s.due_in(&PAYMENT), CODE_QUESTIONS);
    assert_eq!(s.order.payments[0].deadline, s.now + HOUR + DAY);
}

#[test]
fn another_code_in_place_of_the_first_is_shown_and_the_longer_of_both_is_waited_for() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open_for_code();
    let first = s.issued(&checkout, DAY);
    s.applies(first);
    let known_by = s.order.checkouts[0].known_by;
    let code = PayCode::StoreCode(Private::new("LLL15091212345"));
    let instructions = Instructions { code, payable_until: s.now + HOUR };
    s.applies(What::Instructions { reference: checkout, instructions: instructions.clone(), lag: DAY });
    assert_eq!(s.order.checkouts[0].instructions, Some(instructions));
    assert_eq!((s.order.checkouts[0].known_by, s.order.payments[0].deadline), (known_by, known_by));
}

#[test]
fn a_code_told_after_its_money_or_after_the_end_changes_nothing() {
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open_for_code();
    s.pay(&checkout, "T1");
    let late = s.issued(&checkout, DAY);
    s.is_known(late.clone());
    s.deliver(0, "iak");
    s.is_known(late);
    let mut s = Story::placed(&[PULSA]);
    let checkout = s.open_for_code();
    s.applies(CANCELLED);
    let late = s.issued(&checkout, DAY);
    s.is_known(late);
}

#[test]
fn two_codes_of_one_order_are_paid_and_the_second_money_goes_back() {
    let (mut s, first) = coded();
    let second = s.open_for_code();
    let issued = s.issued(&second, DAY);
    s.applies(issued);
    s.wait(HOUR);
    s.pay(&first, "T1");
    s.pay(&second, "T2");
    assert_eq!(s.order.checkouts[1].state, CheckoutState::SecondClaimed);
    let confirmed = s.report(&second, "T2", Evidence::Query);
    s.applies(What::Paid(confirmed));
    s.is("paid", "queued", "requested");
    s.alerted("paid_twice");
}

#[test]
fn a_code_paid_with_another_amount_is_a_case() {
    let (mut s, checkout) = coded();
    s.wait(HOUR);
    s.pay_amount(&checkout, "T1", twd(25));
    s.is("review", "queued", "");
    s.alerted("amount_mismatch");
}

#[test]
fn the_code_of_a_cancelled_order_is_watched_until_its_money_must_be_known() {
    let (mut s, checkout) = coded();
    s.applies(CANCELLED);
    let denied = What::SecondDenied { reference: checkout.clone() };
    let known_by = s.order.checkouts[0].known_by;
    let [closed, bought] = LAST_LOOKS;
    for look in [closed, bought, known_by - s.order.created_at] {
        s.wait(s.due_in(&confirm(&checkout)));
        assert_eq!(s.now - s.order.created_at, look);
        s.tell(denied.clone());
    }
    s.has_tasks("");
    s.pay(&checkout, "T1");
    s.is("failed", "cancelled", "requested");
}

#[test]
fn a_code_the_gateway_will_not_speak_of_calls_a_person_a_day_after_its_money_must_be_known() {
    let (mut s, checkout) = coded();
    s.applies(CANCELLED);
    let known_by = s.order.checkouts[0].known_by;
    let unsure = What::SecondUnsure { reference: checkout.clone(), retry_after: HOUR };
    s.wait(known_by - s.now);
    s.applies(unsure.clone());
    s.alerted("");
    s.wait(UNSURE_ALERT);
    s.applies(unsure);
    s.alerted("payment_unsure");
    s.has_tasks("");
}

#[test]
fn a_page_opened_for_a_code_that_never_came_waits_as_long_as_one_could() {
    let mut s = Story::placed(&[PULSA]);
    s.open_for_code();
    assert_eq!(s.order.payments[0].deadline, s.now + CHECKOUT_LIFE + DAY + DAY);
}

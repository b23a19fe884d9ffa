//! Suppliers that never saw a purchase: passed over, tried again, given up.

use domain::catalogue::Offer;
use domain::fulfilment::{Answer, Cause, Next, choose};
use domain::schedule::{NOT_FORMED_WAITS, POLL_HORIZON};
use domain::{Refusal, What};

use crate::story::{PULSA, Story, idr, refused};

fn not_sent() -> Answer {
    Answer::Refused { cause: Cause::NotFormed, code: "not_sent".into() }
}

fn offer(supplier: &str, cost: i64) -> Offer {
    let (product, supplier) = ("pulsa-10000".parse().unwrap(), supplier.parse().unwrap());
    Offer { product, supplier, code: "p".into(), cost: idr(cost), active: true }
}

fn next(s: &Story, offers: &[Offer]) -> Next {
    choose(&s.order, &s.order.items[0], offers, s.now)
}

fn tries(s: &Story, offers: &[Offer]) -> String {
    match next(s, offers) {
        Next::Try(choice) => choice.offer.supplier.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_supplier_out_of_reach_is_passed_over_and_tried_again_later() {
    let mut s = Story::bought(&[PULSA]);
    let both = [offer("iak", PULSA), offer("iak-b", PULSA + 100)];
    assert_eq!(tries(&s, &both), "iak");
    let first = s.reserve(0, "iak");
    s.answer(&first, not_sent());
    s.is("paid", "queued", "");
    assert_eq!(tries(&s, &both), "iak-b");
    let Next::Wait(until) = next(&s, &both[..1]) else { panic!("nothing to wait for") };
    assert_eq!(until - s.now, NOT_FORMED_WAITS[0]);
    let early = s.new_attempt(0, "iak");
    assert_eq!(s.refused(What::AttemptReserved(early)), Refusal::NotNow("this supplier was tried"));
    s.wait(NOT_FORMED_WAITS[0]);
    assert_eq!(tries(&s, &both), "iak");
    s.deliver(0, "iak");
    s.is("success", "delivered", "");
    s.attempts("refused done");
}

#[test]
fn a_supplier_that_stays_out_of_reach_is_given_up() {
    let mut s = Story::bought(&[PULSA]);
    let only = [offer("iak", PULSA)];
    for wait in NOT_FORMED_WAITS {
        let reference = s.reserve(0, "iak");
        s.answer(&reference, not_sent());
        let Next::Wait(until) = next(&s, &only) else { panic!("given up early") };
        assert_eq!(until - s.now, wait);
        s.wait(wait);
    }
    let last = s.reserve(0, "iak");
    s.answer(&last, not_sent());
    assert_eq!(next(&s, &only), Next::Exhausted);
}

#[test]
fn what_a_supplier_refused_is_not_tried_there_again_however_often_it_was_out_of_reach() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, not_sent());
    s.wait(NOT_FORMED_WAITS[0]);
    let second = s.reserve(0, "iak");
    s.answer(&second, refused(Cause::Supplier));
    s.wait(POLL_HORIZON);
    assert_eq!(next(&s, &[offer("iak", PULSA)]), Next::Exhausted);
}

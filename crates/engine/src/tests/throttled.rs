//! A supplier that turns a call away because there are too many is left alone for a while, whatever the call was for.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::fulfilment::{Answer, AttemptState, ItemState};
use domain::{CustomerId, Private, What};
use ports::Exchange;
use ports::bill::BillAnswer;
use ports::inquiry::Inquiry;
use ports::supplier::ReadFailed;
use tokio::sync::Notify;

use super::buying::{LONG_LEASE, purchase_due, until};
use super::paying::committed_by;
use super::world::{
    BILL_TARGET, Ports, after, bill_product, delivered, exchange, listing, noon, paid, paid_bill, reserved, stocked,
    stocked_bill, supplier,
};
use crate::supply::Shrunk;
use crate::{AskBill, Engine, InquireError};

fn is_left_alone(engine: &Arc<Engine>) -> bool {
    engine.suppliers[&"iak".parse().unwrap()].permits.try_take(engine.clock.as_ref()).is_err()
}

/// What cannot be read, and whether its supplier wants to be left alone.
fn unread() -> [(ReadFailed, bool); 3] {
    [
        (ReadFailed::Busy("HTTP status 429".into()), true),
        (ReadFailed::Unavailable("no reply".into()), false),
        (ReadFailed::Unavailable("HTTP status 500".into()), false),
    ]
}

/// Nobody knows what a call came to, and whether its supplier wants to be left alone.
fn exchanges(call: &'static str) -> [(Exchange, bool); 2] {
    [(Exchange { status: Some(429), busy: true, ..exchange(call) }, true), (exchange(call), false)]
}

fn customer() -> CustomerId {
    CustomerId::new(uuid::Uuid::from_u128(1))
}

fn unclear() -> Answer {
    Answer::Unclear { why: "HTTP status 429".into() }
}

#[tokio::test]
async fn by_a_price_list() {
    for (why, alone) in unread() {
        let mut ports = Ports::new();
        ports.supplier().expect_price_list().times(1).returning(move |_| Err(why.clone()));
        let engine = ports.engine();
        assert_eq!(engine.read_lists(engine.suppliers.keys(), Shrunk::Taken).await, Ok(0));
        assert_eq!(is_left_alone(&engine), alone);
    }
}

#[tokio::test]
async fn by_a_balance() {
    for (why, alone) in unread() {
        let mut ports = Ports::new();
        ports.supplier().expect_balance().times(1).returning(move |_| Err(why.clone()));
        let engine = ports.engine();
        assert_eq!(engine.read_balances().await, Ok(()));
        assert_eq!(is_left_alone(&engine), alone);
    }
}

#[tokio::test]
async fn by_a_question_whose_number_it_is() {
    for (why, alone) in unread() {
        let mut ports = Ports::new();
        ports.supplier().expect_answers().return_const(true);
        ports.supplier().expect_inquire().times(1).returning(move |_, _| Err(why.clone()));
        let engine = ports.engine();
        let asked = engine.inquire(customer(), Inquiry::PlnMeter { number: Private::new("12345678901") }).await;
        assert_eq!(asked, Err(InquireError::Unavailable));
        assert_eq!(is_left_alone(&engine), alone);
    }
}

#[tokio::test]
async fn by_a_question_what_is_owed() {
    use domain::fulfilment::Cause::{Busy, Closed};
    let refused = |cause| BillAnswer::Refused { cause, code: "x".into() };
    let told = BillAnswer::Unclear { why: "x".into() };
    let mut cases = vec![(refused(Busy), exchange("bill"), true), (refused(Closed), exchange("bill"), false)];
    cases.extend(exchanges("bill").map(|(exchange, alone)| (told.clone(), exchange, alone)));
    for (said, exchange, alone) in cases {
        let mut ports = Ports::new();
        ports.catalogue.expect_find().returning(|_, _| Ok(vec![stocked_bill()]));
        let asked = ports.supplier().expect_inquire_bill().times(1);
        asked.returning(move |_, _| Some((said.clone(), exchange.clone())));
        let engine = ports.engine();
        let ask = AskBill { product: bill_product().id, target: Private::new(BILL_TARGET), months: None };
        assert_eq!(engine.inquire_bill(customer(), ask).await, Err(InquireError::Unavailable));
        assert_eq!(is_left_alone(&engine), alone);
    }
}

#[tokio::test]
async fn by_the_inquiry_before_a_payment() {
    for (exchange, alone) in exchanges("bill-inquiry") {
        let mut ports = purchase_due(LONG_LEASE, &paid_bill(), &stocked_bill());
        let said = BillAnswer::Unclear { why: "x".into() };
        let asked = ports.supplier().expect_inquire_bill().times(1);
        asked.returning(move |_, _| Some((said.clone(), exchange.clone())));
        assert_eq!(is_left_alone(&told(ports, "refused closed inquiry_unclear").await), alone);
    }
}

#[tokio::test]
async fn by_a_purchase_of_which_nobody_knows_what_came() {
    for (exchange, alone) in exchanges("top-up") {
        let mut ports = purchase_due(LONG_LEASE, &paid(), &stocked());
        ports.supplier().expect_purchase().times(1).returning(move |_, _| (unclear(), exchange.clone()));
        assert_eq!(is_left_alone(&told(ports, "unknown - HTTP status 429").await), alone);
    }
}

#[tokio::test]
async fn by_a_question_what_became_of_a_purchase() {
    for (exchange, alone) in exchanges("check-status") {
        let lost = What::SenderLost { reference: "BBBBBBBBBBBBBBBBBBBB".parse().unwrap() };
        let unknown = after(&after(&paid(), reserved()), lost);
        let mut ports = purchase_due(LONG_LEASE, &unknown, &stocked());
        ports.supplier().expect_status().times(1).returning(move |_, _| (unclear(), exchange.clone()));
        assert_eq!(is_left_alone(&told(ports, "unknown - HTTP status 429").await), alone);
    }
}

/// Left alone for ten seconds from then on, by whoever has nobody else. Nobody looks in between.
#[tokio::test]
async fn and_who_waits_for_it_comes_back_when_it_may_be_called() {
    let lost = What::SenderLost { reference: "BBBBBBBBBBBBBBBBBBBB".parse().unwrap() };
    let unknown = after(&after(&paid(), reserved()), lost);
    // It may be we who kept them waiting: an outage of ours is nobody's reason to send a crowd away.
    let after_an_outage = 50 * 60;
    for (order, begin, back) in
        [(paid(), 0, 10), (paid(), 6, 16), (unknown, 6, 16), (paid(), after_an_outage, after_an_outage + 10)]
    {
        let mut ports = purchase_due(LONG_LEASE, &order, &stocked());
        ports.clock.pass(begin);
        let over = Arc::new(Notify::new());
        let told = Arc::clone(&over);
        ports.tasks.expect_hand_back().times(1).returning(move |_, run_at| {
            assert_eq!(run_at, noon() + TimeDelta::seconds(back), "from {begin}");
            told.notify_one();
            Ok(true)
        });
        let engine = ports.engine();
        engine.suppliers[&"iak".parse().unwrap()].permits.pause(engine.clock.as_ref());
        until(engine, &over).await;
    }
}

/// What is left of the five seconds that are worth a wait is less than that.
#[tokio::test]
async fn and_whoever_else_sells_it_is_asked_at_once() {
    let mut ports = purchase_due(LONG_LEASE, &paid(), &stocked());
    ports.suppliers.push(supplier("bb"));
    ports.catalogue.checkpoint();
    ports.catalogue.expect_find().returning(|_, _| {
        let mut stocked = stocked();
        stocked.offers.push(listing("bb", "dearer", 10_401).offer);
        Ok(vec![stocked])
    });
    ports.suppliers[0].expect_purchase().times(0);
    ports.suppliers[1].expect_purchase().times(1).returning(|_, _| delivered());
    let over = Arc::new(Notify::new());
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(2).returning(move |batch| {
        if batch[0].change.attempts[0].state == AttemptState::Done {
            told.notify_one();
        }
        vec![Ok(vec![])]
    });
    let engine = ports.engine();
    engine.suppliers[&"iak".parse().unwrap()].permits.pause(engine.clock.as_ref());
    until(engine, &over).await;
}

/// Nobody waits for ever, and nobody is told nothing: after a quarter of a day the money goes back.
#[tokio::test]
async fn but_not_for_ever() {
    let mut ports = purchase_due(LONG_LEASE, &paid(), &stocked());
    ports.clock.pass(6 * 3_600);
    let over = Arc::new(Notify::new());
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(1).returning(move |batch| {
        assert_eq!(batch[0].change.items[0].state, ItemState::Failed);
        told.notify_one();
        vec![Ok(vec![])]
    });
    let engine = ports.engine();
    engine.suppliers[&"iak".parse().unwrap()].permits.pause(engine.clock.as_ref());
    until(engine, &over).await;
}

/// Runs until the answer is written, which must say this.
async fn told(ports: Ports, expected: &str) -> Arc<Engine> {
    let (told, calls, engine) = committed_by(ports).await;
    assert_eq!((told.as_str(), calls), (expected, 1));
    engine
}

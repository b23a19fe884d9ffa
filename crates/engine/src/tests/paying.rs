//! Paying a bill: it is asked for again under its reservation, and only what the customer saw is paid.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, AttemptState, Cause, NewAttempt};
use domain::supply::Seen;
use domain::{Bill, ItemNo, What};
use mockall::Sequence;
use ports::bill::{BillAnswer, BillHandle, NotOwed, Owed};
use ports::limits::{CallLimits, Rate};
use ports::{Clock, Exchange, Sent};
use tokio::sync::Notify;

use super::buying::{purchase_due, work};
use super::world::{BILL_TARGET, Ports, account, after, bill, exchange, idr, noon, owed, paid_bill, stocked_bill};
use crate::Engine;

/// Two calls of 30 s with a margin of 10 fit.
const LEASE: Duration = Duration::from_secs(85);

fn bill_due() -> Ports {
    purchase_due(LEASE, &paid_bill(), &stocked_bill())
}

/// What the supplier says of the bill that is asked for again.
fn says(ports: &mut Ports, said: Option<BillAnswer>) {
    let asked = ports.supplier().expect_inquire_bill().times(1);
    asked.returning(move |_, _| said.clone().map(|said| (said, exchange("bill-inquiry"))));
}

/// Runs until the answer is committed and returns the attempt's state, cause and word, and how many calls are kept with it.
async fn committed(ports: Ports) -> (String, usize) {
    let (told, calls, _) = committed_by(ports).await;
    (told, calls)
}

/// The same, with who did it.
pub(super) async fn committed_by(mut ports: Ports) -> (String, usize, Arc<Engine>) {
    let over = Arc::new(Notify::new());
    let told = Arc::new(std::sync::Mutex::new(None));
    let (done, tell) = (Arc::clone(&over), Arc::clone(&told));
    ports.orders.expect_commit().returning(move |batch| {
        let attempt = &batch[0].change.attempts[0];
        if attempt.state != AttemptState::Reserved {
            let cause = attempt.cause.map_or("-", Cause::as_str);
            let word = attempt.word.as_deref().unwrap_or("-");
            *tell.lock().unwrap() = Some((format!("{} {cause} {word}", attempt.state), batch[0].exchanges.len()));
            done.notify_one();
        }
        vec![Ok(vec![])]
    });
    let engine = work(ports, &over).await;
    let told = told.lock().unwrap().take().unwrap();
    (told.0, told.1, engine)
}

#[tokio::test]
async fn a_bill_is_reserved_asked_for_again_and_paid_by_what_was_answered_just_now() {
    let mut ports = bill_due();
    let mut order = Sequence::new();
    let over = Arc::new(Notify::new());
    let reference = Arc::new(std::sync::Mutex::new(None));
    let reserved = Arc::clone(&reference);
    ports.orders.expect_commit().times(1).in_sequence(&mut order).returning(move |batch| {
        let attempt = &batch[0].change.attempts[0];
        assert_eq!((attempt.state, attempt.cost), (AttemptState::Reserved, idr(301_900)));
        *reserved.lock().unwrap() = Some(attempt.reference.clone());
        vec![Ok(vec![])]
    });
    let own = Arc::clone(&reference);
    ports.supplier().expect_inquire_bill().times(1).in_sequence(&mut order).returning(move |query, _| {
        assert_eq!(Some(&query.reference), own.lock().unwrap().as_ref(), "under the reservation's own reference");
        assert_eq!((query.code.as_str(), query.target.expose()), ("PLNPOSTPAID", BILL_TARGET));
        assert_eq!((query.category, query.months), (Category::PlnBill, None));
        Some((owed(bill()), exchange("bill-inquiry")))
    });
    ports.supplier().expect_purchase().times(1).in_sequence(&mut order).returning(move |purchase, _| {
        assert_eq!(Some(&purchase.reference), reference.lock().unwrap().as_ref());
        assert_eq!(purchase.bill, Some(BillHandle("9900".into())));
        assert_eq!((purchase.cost, purchase.category), (idr(301_900), Category::PlnBill));
        let price = Some(idr(301_900));
        (Answer::Delivered { serial: None, price, supplier_ref: None }, exchange("bill-payment"))
    });
    let done = Arc::clone(&over);
    ports.orders.expect_commit().times(1).in_sequence(&mut order).returning(move |batch| {
        assert_eq!(batch[0].change.attempts[0].state, AttemptState::Done);
        let calls: Vec<&str> = batch[0].exchanges.iter().map(|said| said.call).collect();
        assert_eq!(calls, ["bill-inquiry", "bill-payment"], "both are evidence");
        done.notify_one();
        vec![Ok(vec![])]
    });
    work(ports, &over).await;
}

#[tokio::test]
async fn whatever_else_the_inquiry_says_nothing_is_paid_and_nothing_was_formed() {
    let later = |bill: Bill, until| {
        Some(BillAnswer::Owed(Owed { bill, cost: idr(301_900), handle: BillHandle("9900".into()), until, fresh: true }))
    };
    let dear = Some(BillAnswer::Owed(Owed {
        bill: bill(),
        cost: idr(400_000),
        handle: BillHandle("9900".into()),
        until: noon() + chrono::TimeDelta::hours(1),
        fresh: true,
    }));
    let Some(BillAnswer::Owed(of_this_morning)) = later(bill(), noon() + chrono::TimeDelta::hours(1)) else { panic!() };
    let of_this_morning = Some(BillAnswer::Owed(Owed { fresh: false, ..of_this_morning }));
    let refused = |cause, code: &str| Some(BillAnswer::Refused { cause, code: code.into() });
    for (said, expected) in [
        (Some(BillAnswer::NotOwed(NotOwed::Paid)), "refused customer bill_paid"),
        (Some(BillAnswer::NotOwed(NotOwed::NotYet)), "refused customer bill_not_yet"),
        (Some(BillAnswer::NotOwed(NotOwed::NotPayable)), "refused supplier bill_not_payable"),
        (Some(BillAnswer::NotOwed(NotOwed::UnknownTarget)), "refused supplier target_rejected"),
        (Some(owed(Bill { debt: idr(310_000), ..bill() })), "refused supplier bill_changed"),
        (Some(owed(Bill { count: 2, ..bill() })), "refused supplier bill_changed"),
        (dear, "refused supplier dearer_than_agreed"),
        (of_this_morning, "refused supplier asked_before"),
        (refused(Cause::Customer, "15"), "refused supplier target_rejected"),
        (refused(Cause::Busy, "110"), "refused busy 110"),
        (refused(Cause::Closed, "109"), "refused closed 109"),
        (refused(Cause::Deposit, "17"), "refused deposit 17"),
        (refused(Cause::Supplier, "106"), "refused supplier 106"),
        (Some(BillAnswer::Unclear { why: "timeout".into() }), "refused closed inquiry_unclear"),
        (later(bill(), noon()), "refused not_formed too_late_to_send"),
    ] {
        let mut ports = bill_due();
        says(&mut ports, said);
        ports.supplier().expect_purchase().times(0);
        ports.supplier().expect_status().times(0);
        assert_eq!(committed(ports).await, (expected.to_owned(), 1));
    }
    let mut ports = bill_due();
    says(&mut ports, None);
    ports.supplier().expect_purchase().times(0);
    assert_eq!(committed(ports).await, ("refused supplier not_asked_there".to_owned(), 0));
}

/// One biller that is away, or a bill that it does not take, says nothing about what else a supplier sells.
#[tokio::test]
async fn only_an_inquiry_that_found_nobody_there_is_the_suppliers_trouble() {
    let unclear = || BillAnswer::Unclear { why: "105".into() };
    let busy = BillAnswer::Refused { cause: Cause::Busy, code: "110".into() };
    let of = |sent, status| Exchange { sent, status, ..exchange("bill-inquiry") };
    for (said, trouble) in [
        (None, false),
        (Some((unclear(), of(Sent::Replied, Some(200)))), false),
        (Some((unclear(), of(Sent::Replied, Some(400)))), false),
        (Some((unclear(), of(Sent::Replied, Some(502)))), true),
        (Some((unclear(), of(Sent::Maybe, None))), true),
        (Some((unclear(), of(Sent::No, None))), true),
        (Some((busy, of(Sent::Replied, Some(200)))), true),
    ] {
        let mut ports = bill_due();
        let words = format!("{said:?}");
        ports.supplier().expect_inquire_bill().times(1).returning(move |_, _| said.clone());
        let (_, _, engine) = committed_by(ports).await;
        let slot = &engine.suppliers[&"iak".parse().unwrap()];
        assert_eq!(slot.permits.try_take(engine.clock.as_ref()).is_err(), trouble, "left alone: {words}");
        assert_eq!(slot.health.at_a_glance(noon()).1, 0, "nothing is waited for: {words}");
        // Four more troubles in a row would make five.
        for _ in 0..4 {
            let call = slot.health.enter(idr(1), noon()).unwrap();
            let _ = slot.health.heard(call, Seen::Trouble, noon());
        }
        assert_eq!(slot.health.shut(noon()).is_some(), trouble, "{words}");
    }
}

/// Its permit was for the inquiry.
#[tokio::test]
async fn a_payment_is_a_call_of_its_own_and_is_not_sent_faster_than_its_supplier_allows() {
    let mut ports = bill_due();
    let per = Duration::from_secs(1);
    ports.limits = CallLimits { concurrent: None, rate: Some(Rate { calls: std::num::NonZeroU16::MIN, per }) };
    let (clock, passing) = (Arc::clone(&ports.clock), Arc::clone(&ports.clock));
    ports.supplier().expect_inquire_bill().times(1).returning(move |_, _| {
        let clock = Arc::clone(&passing);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            clock.pass(2);
        });
        Some((owed(bill()), exchange("bill-inquiry")))
    });
    ports.supplier().expect_purchase().times(1).returning(move |_, _| {
        assert_eq!(clock.now(), noon() + TimeDelta::seconds(2), "not before its time");
        (Answer::Pending { supplier_ref: None, price: None }, exchange("bill-payment"))
    });
    assert_eq!(committed(ports).await, ("pending - -".to_owned(), 2));
}

#[tokio::test]
async fn a_bill_takes_two_of_the_calls_of_its_supplier() {
    let mut ports = bill_due();
    let rate = Some(Rate { calls: std::num::NonZeroU16::new(10).unwrap(), per: Duration::from_secs(60) });
    ports.limits = CallLimits { concurrent: None, rate };
    says(&mut ports, Some(owed(bill())));
    let sent = ports.supplier().expect_purchase().times(1);
    sent.returning(|_, _| (Answer::Pending { supplier_ref: None, price: None }, exchange("bill-payment")));
    let (told, calls, engine) = committed_by(ports).await;
    assert_eq!((told.as_str(), calls), ("pending - -", 2));
    let slot = &engine.suppliers[&"iak".parse().unwrap()];
    assert!(slot.permits.try_take(engine.clock.as_ref()).is_err(), "two at once are all there are");
}

#[tokio::test]
async fn a_payment_without_an_answer_is_unknown_and_both_calls_are_kept() {
    let mut ports = bill_due();
    says(&mut ports, Some(owed(bill())));
    let sent = ports.supplier().expect_purchase().times(1);
    sent.returning(|_, _| (Answer::Unclear { why: "timeout".into() }, exchange("bill-payment")));
    assert_eq!(committed(ports).await, ("unknown - timeout".to_owned(), 2));
}

#[tokio::test]
async fn nothing_is_reserved_on_a_lease_that_covers_one_call_only() {
    let mut ports = purchase_due(Duration::from_secs(65), &paid_bill(), &stocked_bill());
    ports.orders.expect_commit().times(0);
    ports.supplier().expect_inquire_bill().times(0);
    let over = Arc::new(Notify::new());
    let told = Arc::clone(&over);
    ports.tasks.expect_hand_back().times(1).returning(move |_, _| {
        told.notify_one();
        Ok(true)
    });
    work(ports, &over).await;
}

fn new_attempt() -> NewAttempt {
    NewAttempt {
        item: ItemNo(0),
        supplier: "iak".parse().unwrap(),
        account: account(),
        reference: "BBBBBBBBBBBBBBBBBBBB".parse().unwrap(),
        code: "PLNPOSTPAID".into(),
        cost: idr(301_900),
        reason: "cheapest".into(),
        settle: chrono::TimeDelta::minutes(30),
    }
}

/// Died after the reservation, or after the inquiry: nobody knows whether the payment left, so nobody asks what is owed, and
/// nobody pays.
#[tokio::test]
async fn a_dead_senders_bill_is_only_asked_about_and_never_paid_by_anybody_else() {
    let reserved = after(&paid_bill(), What::AttemptReserved(new_attempt()));
    let mut ports = purchase_due(LEASE, &reserved, &stocked_bill());
    ports.supplier().expect_inquire_bill().times(0);
    ports.supplier().expect_purchase().times(0);
    assert_eq!(committed(ports).await, ("unknown - -".to_owned(), 0));

    let unknown = after(&reserved, What::SenderLost { reference: new_attempt().reference });
    let mut ports = purchase_due(LEASE, &unknown, &stocked_bill());
    ports.supplier().expect_inquire_bill().times(0);
    ports.supplier().expect_purchase().times(0);
    ports.supplier().expect_status().times(1).returning(|query, _| {
        assert_eq!((query.category, &query.bill), (Category::PlnBill, &None));
        let price = Some(idr(301_900));
        (Answer::Delivered { serial: None, price, supplier_ref: None }, exchange("bill-status"))
    });
    assert_eq!(committed(ports).await, ("done - -".to_owned(), 1));
}

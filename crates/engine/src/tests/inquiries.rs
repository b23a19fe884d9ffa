//! Inquiries: who is asked, how long, how often, and what is never concluded from silence.

use std::sync::Arc;
use std::time::Duration;

use domain::catalogue::TargetError;
use domain::{CustomerId, Private};
use ports::inquiry::{Finding, Inquiry};
use ports::supplier::{MockSupplier, ReadFailed};

use super::world::{Ports, counted, supplier};
use crate::{Engine, InquireError};

fn customer(n: u128) -> CustomerId {
    CustomerId::new(uuid::Uuid::from_u128(n))
}

fn meter(number: &str) -> Inquiry {
    Inquiry::PlnMeter { number: Private::new(number) }
}

fn found() -> Finding {
    Finding::Name(Private::new("PT X"))
}

fn silent() -> ReadFailed {
    ReadFailed::Unavailable("no reply".into())
}

/// Suppliers that can answer, each with what it says.
fn engine(suppliers: Vec<(&'static str, Result<Finding, ReadFailed>)>) -> Arc<Engine> {
    let mut ports = Ports::new();
    ports.suppliers = suppliers.into_iter().map(|(id, says)| able(id, says)).collect();
    ports.engine()
}

fn able(id: &str, says: Result<Finding, ReadFailed>) -> MockSupplier {
    let mut supplier = supplier(id);
    supplier.expect_answers().return_const(true);
    supplier.expect_inquire().returning(move |_, _| says.clone());
    supplier
}

#[tokio::test]
async fn a_number_is_asked_about_in_the_form_in_which_it_would_be_bought_for() {
    let mut ports = Ports::new();
    ports.supplier().expect_answers().return_const(true);
    let asked = ports.supplier().expect_inquire().times(1);
    asked.withf(|inquiry, _| *inquiry == meter("12345678901")).returning(|_, _| Ok(found()));
    let engine = ports.engine();
    let told = engine.inquire(customer(1), meter(" 1234-5678 901")).await;
    assert_eq!(told, Ok((meter("12345678901"), found())));
    let labels = [("kind", "pln_meter"), ("outcome", "found")];
    assert_eq!(counted(&engine, "seberang_inquiries_total", &labels).await, 1);
}

#[tokio::test]
async fn what_cannot_be_a_target_is_told_before_anybody_is_asked_and_costs_nothing() {
    let mut ports = Ports::new();
    ports.suppliers = vec![supplier("iak")];
    let engine = ports.engine();
    let wallet = Inquiry::EWallet { brand: "OVO".into(), number: Private::new("0912345678") };
    let player = Inquiry::GamePlayer { brand: "Free Fire".into(), id: Private::new("a b") };
    let operator = Inquiry::Operator { number: Private::new("0712345678") };
    for _ in 0..30 {
        for (inquiry, reason) in [
            (meter("1234"), TargetError::NotAMeterNumber),
            (wallet.clone(), TargetError::TaiwaneseNumber),
            (player.clone(), TargetError::NotAnAccount),
            (operator.clone(), TargetError::NotAMobileNumber),
        ] {
            assert_eq!(engine.inquire(customer(1), inquiry).await, Err(InquireError::BadTarget(reason)));
        }
    }
}

#[tokio::test]
async fn the_next_supplier_is_asked_when_the_first_is_silent_and_a_definite_answer_is_the_last_word() {
    for (first, expected) in [
        (Ok(Finding::NoSuchTarget), Ok(Finding::NoSuchTarget)),
        (Ok(Finding::NoCheckNeeded), Ok(Finding::NoCheckNeeded)),
        (Ok(Finding::NotOffered), Ok(found())),
        (Err(silent()), Ok(found())),
    ] {
        let engine = engine(vec![("aa", first), ("bb", Ok(found()))]);
        let told = engine.inquire(customer(1), meter("12345678901")).await.map(|(_, finding)| finding);
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn silence_is_not_a_wrong_number() {
    for says in [vec![Err(silent())], vec![Err(silent()), Ok(Finding::NotOffered)]] {
        let suppliers = ["aa", "bb"].into_iter().zip(says).collect();
        let told = engine(suppliers).inquire(customer(1), meter("12345678901")).await;
        assert_eq!(told, Err(InquireError::Unavailable));
    }
    let none = engine(vec![("aa", Ok(Finding::NotOffered))]);
    assert_eq!(none.inquire(customer(1), meter("12345678901")).await, Err(InquireError::NotOffered));
}

#[tokio::test]
async fn where_nobody_can_answer_nobody_is_asked() {
    let mut ports = Ports::new();
    ports.supplier().expect_answers().return_const(false);
    let engine = ports.engine();
    for _ in 0..30 {
        assert_eq!(engine.inquire(customer(1), meter("12345678901")).await, Err(InquireError::NotOffered));
    }
}

#[tokio::test]
async fn nobody_walks_through_numbers_and_nobody_pays_for_others() {
    let engine = engine(vec![("aa", Ok(Finding::NoSuchTarget))]);
    let ask = async |who: u128, n: u64| engine.inquire(customer(who), meter(&format!("{n:011}"))).await;
    for n in 0..20 {
        assert!(ask(1, n).await.is_ok(), "{n}");
    }
    assert_eq!(ask(1, 20).await, Err(InquireError::TooMany { retry_after_s: 60 }));
    assert!(ask(2, 0).await.is_ok());
    let labels = [("outcome", "too_many")];
    assert_eq!(counted(&engine, "seberang_inquiries_total", &labels).await, 1);
}

#[tokio::test]
async fn a_supplier_that_refuses_our_credentials_calls_a_person_and_the_customer_hears_only_silence() {
    let mut ports = Ports::new();
    ports.suppliers = vec![able("iak", Err(ReadFailed::Unauthorised("result code 204".into())))];
    let raised = ports.upkeep.expect_raise().times(1);
    raised.withf(|alert, _| alert.subject == "iak" && alert.detail.contains("inquiry")).returning(|_, _| Ok(()));
    let told = ports.engine().inquire(customer(1), meter("12345678901")).await;
    assert_eq!(told, Err(InquireError::Unavailable));
}

/// It would take no call within the time that a turn is waited for: nobody waits then.
#[tokio::test]
async fn a_supplier_that_wants_to_be_left_alone_is_not_asked() {
    let mut ports = Ports::new();
    ports.suppliers = vec![supplier("aa"), able("bb", Err(silent())), able("cc", Ok(found()))];
    ports.suppliers[0].expect_answers().return_const(true);
    let engine = ports.engine();
    let left_alone = |id: &str| engine.suppliers[&id.parse().unwrap()].permits.pause(engine.clock.as_ref());
    left_alone("aa");
    assert!(engine.inquire(customer(1), meter("12345678901")).await.is_ok(), "two others were asked");
    let no_turn = async |id| {
        let labels = [("provider", id), ("call", "inquire"), ("outcome", "no_turn")];
        counted(&engine, "seberang_calls_total", &labels).await
    };
    assert_eq!(no_turn("aa").await, 1);
    left_alone("bb");
    left_alone("cc");
    assert_eq!(engine.inquire(customer(1), meter("12345678901")).await, Err(InquireError::Unavailable));
    assert_eq!((no_turn("bb").await, no_turn("cc").await), (1, 1));
}

/// What was paid for goes on: inquiries wait, and are given up, before they take the last permits.
#[tokio::test]
async fn a_busy_supplier_is_waited_for_a_while_and_no_longer() {
    let mut ports = Ports::new();
    ports.suppliers = vec![able("aa", Ok(found()))];
    ports.turn = Duration::from_millis(5);
    let engine = ports.engine();
    let slot = &engine.suppliers[&"aa".parse().unwrap()];
    let all = u32::try_from(slot.permits.calls.available_permits()).unwrap();
    let taken = slot.permits.calls.acquire_many(all).await.unwrap();
    assert_eq!(engine.inquire(customer(1), meter("12345678901")).await, Err(InquireError::Unavailable));
    let labels = [("call", "inquire"), ("outcome", "no_turn")];
    assert_eq!(counted(&engine, "seberang_calls_total", &labels).await, 1);
    drop(taken);
    assert!(engine.inquire(customer(1), meter("12345678901")).await.is_ok());
    assert!(slot.inquiries.available_permits() < slot.permits.calls.available_permits() / 2);
}

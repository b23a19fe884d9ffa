//! Suppliers that refuse our deposit or account: for whom they are held, and how each comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::fulfilment::{Cause, Shut};
use domain::supply::Hold;
use domain::{AlertKind, Money};
use ports::supplier::ReadFailed;
use ports::supply::SupplierState;

use super::buying::{LONG_LEASE, one_purchase_due, refused_once};
use super::health::{Shelf, at, id, round_until, shut, trouble};
use super::world::{Ports, idr, noon};
use crate::Engine;

#[tokio::test]
async fn a_person_ends_a_hold_that_no_balance_ends() {
    let shelf = Shelf::default();
    let mut supply = shelf.store();
    let held = shelf.clone();
    supply.expect_release().times(2).returning(move |supplier, act| {
        assert_eq!((act.actor.as_str(), act.act.as_str()), ("rina", "release_supplier"));
        let mut all = held.0.lock().unwrap();
        let state = all.iter_mut().find(|state| state.supplier == *supplier);
        Ok(state.and_then(|state| state.held.take()).is_some())
    });
    let engine = Ports { supply, ..Ports::new() }.engine();
    engine.suppliers[&id("iak")].health.refuse(Hold::Deposit, Some(idr(10_000)));
    round_until(&engine, || shelf.of("iak").is_some_and(|state| state.held.is_some())).await;
    assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
    assert_eq!(engine.release_supplier(&id("iak"), "rina").await, Ok(true));
    assert_eq!(shut(&engine, "iak"), None);
    assert_eq!(engine.release_supplier(&id("iak"), "rina").await, Ok(false));
}

/// An engine whose supplier has refused the purchase that is due, for this, which the others were told.
async fn refused(shelf: &Shelf, ports: Ports, cause: Cause) -> Arc<Engine> {
    let engine = refused_once(ports, cause).await;
    round_until(&engine, || shelf.of("iak").is_some_and(|state| state.held.is_some())).await;
    engine
}

/// An engine whose supplier, which told our balance before, has refused a purchase for our account; and what it says of the balance from
/// then on.
async fn refused_for_our_account(
    shelf: &Shelf,
    mut ports: Ports,
    balances: Vec<Result<Money, ReadFailed>>,
) -> Arc<Engine> {
    let known =
        SupplierState { version: 1, balance: Some((idr(50_000), at(-60))), ..SupplierState::unknown(id("iak")) };
    shelf.0.lock().unwrap().push(known);
    let times = balances.len();
    let mut balances = balances.into_iter();
    ports.supplier().expect_balance().times(times).returning(move |_| balances.next().unwrap());
    let engine = refused(shelf, ports, Cause::Account).await;
    assert_eq!(shelf.of("iak").unwrap().held.unwrap().hold, Hold::Account);
    assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
    engine
}

#[tokio::test]
async fn a_supplier_that_does_not_let_us_in_is_bought_from_again_when_it_does() {
    let shelf = Shelf::default();
    let mut ports = Ports { supply: shelf.store(), ..one_purchase_due(LONG_LEASE) };
    ports.upkeep.expect_raise().times(0);
    let not_let_in = || Err(ReadFailed::Unauthorised("result code 204".into()));
    let silence = Err(ReadFailed::Unavailable("no reply".into()));
    let balances = vec![not_let_in(), not_let_in(), silence, Ok(idr(50_000))];
    let engine = refused_for_our_account(&shelf, ports, balances).await;
    for _ in 0..3 {
        engine.look_at_held().await.unwrap();
        assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
        assert_eq!(shelf.of("iak").unwrap().balance, None, "it tells us nothing now");
    }
    engine.look_at_held().await.unwrap();
    assert_eq!(shut(&engine, "iak"), None);
    let state = shelf.of("iak").unwrap();
    assert_eq!((state.held, state.balance), (None, Some((idr(50_000), noon()))));
}

/// Its purchases said nothing clear (a bare 401 is no reply that names them); its balance says that it does not know us.
#[tokio::test]
async fn a_supplier_in_trouble_that_does_not_know_us_is_held_and_costs_no_more_orders() {
    let shelf = Shelf::default();
    let mut ports = Ports { supply: shelf.store(), ..Ports::new() };
    let clock = Arc::clone(&ports.clock);
    let known = Arc::new(AtomicBool::new(false));
    let knows = Arc::clone(&known);
    ports.supplier().expect_balance().returning(move |_| {
        if knows.load(Ordering::SeqCst) { Ok(idr(50_000)) } else { Err(ReadFailed::Unauthorised("401".into())) }
    });
    let raised = ports.upkeep.expect_raise().times(1);
    raised.withf(|alert, _| alert.kind == AlertKind::SupplierAccount).returning(|_, _| Ok(()));
    let engine = ports.engine();
    // It told our balance a minute ago.
    let told = SupplierState { balance: Some((idr(50_000), noon())), ..SupplierState::unknown(id("iak")) };
    shelf.0.lock().unwrap().push(told);
    trouble(&engine, "iak", 5);
    clock.pass(15);
    round_until(&engine, || shelf.of("iak").is_some_and(|state| state.held.is_some())).await;
    assert_eq!(shelf.of("iak").unwrap().held.unwrap().hold, Hold::Account);
    assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
    clock.pass(600);
    assert_eq!(shut(&engine, "iak"), Some(Shut::Held), "whatever its breaker says");
    assert_eq!(shelf.of("iak").unwrap().balance, None, "it tells us nothing now");
    known.store(true, Ordering::SeqCst);
    engine.look_at_held().await.unwrap();
    assert_ne!(shut(&engine, "iak"), Some(Shut::Held));
}

/// A balance that was told all along says nothing about purchases: order after order would be spent on it.
#[tokio::test]
async fn a_supplier_that_tells_our_balance_and_refuses_our_purchases_waits_for_a_person() {
    let shelf = Shelf::default();
    let mut supply = shelf.store();
    let held = shelf.clone();
    supply.expect_release().times(1).returning(move |_, _| {
        held.0.lock().unwrap().iter_mut().for_each(|state| state.held = None);
        Ok(true)
    });
    let mut ports = Ports { supply, ..one_purchase_due(LONG_LEASE) };
    let clock = Arc::clone(&ports.clock);
    let raised = ports.upkeep.expect_raise().times(1);
    let says = |alert: &domain::Alert| alert.kind == AlertKind::SupplierAccount && alert.detail.contains("by hand");
    raised.withf(move |alert, _| says(alert)).returning(|_, _| Ok(()));
    let engine = refused_for_our_account(&shelf, ports, vec![Ok(idr(50_000)); 4]).await;
    for _ in 0..3 {
        clock.pass(5);
        engine.look_at_held().await.unwrap();
        assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
    }
    engine.read_balances().await.unwrap();
    assert_eq!(engine.release_supplier(&id("iak"), "rina").await, Ok(true));
    assert_eq!(shut(&engine, "iak"), None);
}

/// The supplier of the buying stories refuses for want of a deposit.
#[tokio::test]
async fn a_refused_deposit_holds_a_supplier_for_all_until_there_is_enough() {
    let shelf = Shelf::default();
    let mut ports = Ports { supply: shelf.store(), ..one_purchase_due(LONG_LEASE) };
    ports.low_deposit = Some(idr(20_000));
    let mut balances = vec![idr(20_000), idr(19_999)];
    ports.supplier().expect_balance().times(2).returning(move |_| Ok(balances.pop().unwrap()));
    // Its order called a person: no look after that does.
    ports.upkeep.expect_raise().times(0);
    let engine = refused(&shelf, ports, Cause::Deposit).await;
    let held = shelf.of("iak").unwrap().held.unwrap();
    assert_eq!((held.hold, held.needed), (Hold::Deposit, Some(idr(10_400))));
    assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
    let cheaper = engine.suppliers[&id("iak")].health.enter(idr(10_399), noon());
    assert!(cheaper.is_ok(), "one large order takes it from no small one");
    assert_eq!(engine.suppliers[&id("iak")].health.enter(idr(10_400), noon()), Err("account_held"));

    engine.look_at_held().await.unwrap();
    assert_eq!(shut(&engine, "iak"), Some(Shut::Held), "enough for the order, and less than a person wants there");
    engine.look_at_held().await.unwrap();
    assert_eq!(shut(&engine, "iak"), None);
    let state = shelf.of("iak").unwrap();
    assert_eq!((state.held, state.balance), (None, Some((idr(20_000), noon()))));
}

/// The balance was asked for while there was enough, or while it knew us; the refusal came before its answer.
#[tokio::test]
async fn a_balance_that_is_older_than_the_refusal_lets_go_of_nobody() {
    for cause in [Cause::Deposit, Cause::Account] {
        let shelf = Shelf::default();
        let mut ports = Ports { supply: shelf.store(), ..one_purchase_due(LONG_LEASE) };
        let clock = Arc::clone(&ports.clock);
        ports.supplier().expect_balance().times(2).returning(|_| Ok(idr(50_000)));
        let engine = refused(&shelf, ports, cause).await;
        let later = |state: &mut SupplierState| state.held.as_mut().unwrap().since = at(1);
        shelf.0.lock().unwrap().iter_mut().for_each(later);
        engine.look_at_held().await.unwrap();
        assert_eq!(shut(&engine, "iak"), Some(Shut::Held));
        assert_eq!(shelf.of("iak").unwrap().balance, None, "it has not told us all along");
        clock.pass(1);
        engine.look_at_held().await.unwrap();
        assert_eq!(shut(&engine, "iak"), None);
    }
}

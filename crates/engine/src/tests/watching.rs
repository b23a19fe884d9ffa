//! Who watches an order hears of every change, whoever made it, and nobody else is asked about.

use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, Event, Order, OrderId, PaymentNo, What};
use futures_util::FutureExt;
use ports::store::{LoadError, Unavailable};
use uuid::Uuid;

use super::world::{Ports, counted, opened};
use crate::watch::{MAX_OF_CUSTOMER, MAX_WATCHERS};
use crate::{Acted, Engine, WatchRefused, Watcher};

/// Longer than any wait of a watcher that has something to see.
const PATIENCE: Duration = Duration::from_secs(5);

async fn hears(watcher: &mut Watcher) -> bool {
    tokio::time::timeout(PATIENCE, watcher.moved()).await.unwrap()
}

fn waits(watcher: &mut Watcher) -> bool {
    watcher.moved().now_or_never().is_none()
}

/// An order of somebody else.
fn other(n: u128) -> Order {
    let customer = domain::CustomerId::new(Uuid::from_u128(0xa000 + n));
    Order { id: OrderId::new(Uuid::from_u128(0xb000 + n)), customer, ..opened() }
}

fn watchers(engine: &Engine) -> u64 {
    engine.watch_metric().value
}

#[tokio::test]
async fn a_commit_of_this_process_is_heard_at_once() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened()));
    ports.orders.expect_commit().returning(|_| vec![Ok(vec![])]);
    let engine = ports.engine();
    let (mut watcher, mut elsewhere) = (engine.watch(&opened()).unwrap(), engine.watch(&other(1)).unwrap());
    assert!(waits(&mut watcher));
    let event = Event { what: What::Cancelled { payment: PaymentNo(0) }, actor: Actor::Customer(opened().customer) };
    let acted = engine.act(opened().id, event, None).await.unwrap();
    assert!(matches!(acted, Acted::Applied { .. }));
    assert!(hears(&mut watcher).await, "and the store was not asked");
    assert!(waits(&mut elsewhere), "nobody else's order moved");
    assert_eq!(counted(&engine, "seberang_commits_total", &[]).await, 1);
}

#[tokio::test]
async fn what_others_committed_is_asked_about_in_one_question_and_looked_at_once() {
    let mut ports = Ports::new();
    let newer = Order { version: 9, ..opened() };
    let (asked, looked_at) = (other(1).id, newer.clone());
    ports.orders.expect_versions().times(2).returning(move |ids| {
        let mut ids = ids.to_vec();
        ids.sort();
        let mut expected = [opened().id, asked];
        expected.sort();
        assert_eq!(ids, expected);
        Ok(vec![(opened().id, 7), (asked, 1)])
    });
    ports.orders.expect_load().times(1).returning(move |_| Ok(looked_at.clone()));
    let engine = ports.engine();
    assert_eq!(engine.ask_once().await, Ok(()), "nobody watches, nothing is asked");
    let (mut watcher, mut second) = (engine.watch(&opened()).unwrap(), engine.watch(&opened()).unwrap());
    let mut still = engine.watch(&Order { version: 1, ..other(1) }).unwrap();
    engine.ask_once().await.unwrap();
    assert!(hears(&mut watcher).await && hears(&mut second).await && waits(&mut still));
    assert_eq!(watcher.look().await.unwrap().version, 9);
    // Seen already: an answer that is older than what was looked at brings nothing back.
    engine.ask_once().await.unwrap();
    assert!(waits(&mut watcher));
    // Whoever comes with less than is known hears of it at once.
    let mut late = engine.watch(&opened()).unwrap();
    assert!(hears(&mut late).await);
    drop((watcher, second, still, late));
    assert_eq!(engine.ask_once().await, Ok(()), "nobody watches any more");
}

#[tokio::test]
async fn a_store_that_is_away_sends_no_watcher_away() {
    let mut ports = Ports::new();
    let mut answers = vec![Ok(vec![(opened().id, 7)]), Err(Unavailable("connection reset".into()))];
    ports.orders.expect_versions().times(2).returning(move |_| answers.pop().unwrap());
    let mut loads = vec![Ok(Order { version: 7, ..opened() }), Err(LoadError::Unavailable(Unavailable("x".into())))];
    ports.orders.expect_load().times(2).returning(move |_| loads.pop().unwrap());
    let engine = ports.engine();
    let mut watcher = engine.watch(&opened()).unwrap();
    assert!(engine.ask_once().await.is_err() && waits(&mut watcher));
    engine.ask_once().await.unwrap();
    assert!(hears(&mut watcher).await);
    assert!(watcher.look().await.is_err());
    assert!(hears(&mut watcher).await, "there is still something to see");
    assert_eq!(watcher.look().await.unwrap().version, 7);
}

#[tokio::test]
async fn places_are_bounded_for_one_and_for_all_and_given_back() {
    let engine = Ports::new().engine();
    let mine: Vec<Watcher> = (0..MAX_OF_CUSTOMER).map(|_| engine.watch(&opened()).unwrap()).collect();
    let refused = |engine: &Arc<Engine>, order: &Order| engine.watch(order).map(drop).unwrap_err();
    assert_eq!(refused(&engine, &opened()), WatchRefused::TooMany);
    let rest = u128::try_from(MAX_WATCHERS - MAX_OF_CUSTOMER).unwrap();
    let others: Vec<Watcher> = (0..rest).map(|n| engine.watch(&other(n)).unwrap()).collect();
    assert_eq!(refused(&engine, &other(rest)), WatchRefused::Full);
    assert_eq!(watchers(&engine), u64::try_from(MAX_WATCHERS).unwrap());
    drop(mine);
    assert!(engine.watch(&opened()).is_ok() && engine.watch(&other(rest)).is_ok());
    drop(others);
    assert_eq!(watchers(&engine), 0);
}

#[tokio::test]
async fn a_process_that_stops_lets_everybody_go() {
    let engine = Ports::new().engine();
    let mut watcher = engine.watch(&opened()).unwrap();
    let asking = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.ask_for_watchers().await }
    });
    engine.end_watches();
    assert!(!hears(&mut watcher).await);
    tokio::time::timeout(PATIENCE, asking).await.unwrap().unwrap();
    assert_eq!(engine.watch(&opened()).map(drop), Err(WatchRefused::Full));
}

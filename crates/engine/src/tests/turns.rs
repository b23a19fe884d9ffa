//! One decision about an order after the other, and what is remembered between them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::fulfilment::{Answer, NewAttempt};
use domain::task::Queue;
use domain::{Actor, Event, ItemNo, Order, Reference, TaskKind, What};
use ports::store::CommitError;
use ports::tasks::{LeaseToken, Leased};
use ports::{Exchange, Sent};
use tokio::sync::Notify;
use uuid::Uuid;

use super::world::{Ports, account, after, counted, idr, money, noon, opened, opened_with, paid, reference};
use crate::{ActError, Engine, Workers};

/// A story that takes longer has hung.
const PATIENCE: Duration = Duration::from_secs(20);

fn paid_event() -> Event {
    Event { what: What::Paid(money(&opened())), actor: Actor::Engine }
}

fn declined_event() -> Event {
    Event { what: What::CheckoutDeclined { reference: reference(), code: "10100248".into() }, actor: Actor::Engine }
}

#[tokio::test]
async fn what_happens_to_an_order_at_once_is_decided_one_after_the_other() {
    let mut ports = Ports::new();
    let decided_on = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&decided_on);
    ports.orders.expect_commit().times(2).returning(move |batch| {
        seen.lock().unwrap().extend(batch.iter().map(|commit| commit.change.decided_on));
        vec![Ok(vec![]); batch.len()]
    });
    let engine = ports.engine();
    let id = opened().id;
    // Both have it in hand before either is written.
    engine.memory.keep(&opened());
    let (declined, paid) = tokio::join!(engine.act(id, declined_event(), None), engine.act(id, paid_event(), None));
    assert!(declined.is_ok() && paid.is_ok(), "{declined:?} {paid:?}");
    let version = opened().version;
    assert_eq!(*decided_on.lock().unwrap(), [version, version + 1], "the second knew what the first had done");
    assert_eq!(counted(&engine, "seberang_commit_stale_total", &[]).await, 0);
}

#[tokio::test]
async fn who_waits_too_long_for_others_is_told_that_the_store_is_away() {
    let mut ports = Ports::new();
    ports.patience = Duration::from_millis(20);
    ports.orders.expect_load().returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(1).returning(|_| vec![Ok(vec![])]);
    let engine = ports.engine();
    let turn = engine.turns.of(opened().id, PATIENCE).await.unwrap();
    let refused = engine.act(opened().id, paid_event(), None).await;
    assert!(matches!(refused, Err(ActError::Unavailable(_))), "nothing was decided: {refused:?}");
    drop(turn);
    assert!(engine.act(opened().id, paid_event(), None).await.is_ok(), "the next one is served");
}

#[tokio::test]
async fn what_was_overtaken_by_another_process_is_still_decided_anew() {
    let mut ports = Ports::new();
    ports.orders.expect_load().times(2).returning(|_| Ok(opened()));
    let mut answers = vec![Ok(vec![]), Err(CommitError::Stale)];
    ports.orders.expect_commit().times(2).returning(move |_| vec![answers.pop().unwrap()]);
    let engine = ports.engine();
    assert!(engine.act(opened().id, paid_event(), None).await.is_ok());
    assert_eq!(counted(&engine, "seberang_commit_stale_total", &[]).await, 1);
}

#[tokio::test]
async fn a_remembered_order_is_not_loaded_and_an_older_one_is_not_remembered() {
    let engine = Ports::new().engine();
    engine.memory.keep(&paid());
    engine.memory.keep(&opened());
    assert_eq!(engine.known(paid().id).await.unwrap().order, paid());
    assert!(!engine.known(paid().id).await.unwrap().fresh, "another process may have moved it on");
    let since = engine.known_since(paid().id, paid().version).await.unwrap();
    assert_eq!((since.order, since.fresh), (paid(), true));
}

#[tokio::test]
async fn a_task_that_is_newer_than_what_is_remembered_waits_for_whoever_commits_the_order_here() {
    let engine = Ports::new().engine();
    engine.memory.keep(&opened());
    let turn = engine.turns.of(opened().id, PATIENCE).await.unwrap();
    let asking = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.known_since(paid().id, paid().version).await.unwrap().order }
    });
    tokio::task::yield_now().await;
    engine.memory.keep(&paid());
    drop(turn);
    assert_eq!(asking.await.unwrap(), paid(), "without a load");
}

#[tokio::test]
async fn a_task_that_is_newer_than_what_is_remembered_loads_what_another_process_committed() {
    let mut ports = Ports::new();
    ports.orders.expect_load().times(1).returning(|_| Ok(paid()));
    let engine = ports.engine();
    engine.memory.keep(&opened());
    assert_eq!(engine.known_since(paid().id, paid().version).await.unwrap().order, paid());
}

/// Two items, each with a purchase under way.
fn two_under_way() -> Order {
    let attempt = |item: u16, reference: Reference| NewAttempt {
        item: ItemNo(item),
        supplier: "iak".parse().unwrap(),
        account: account(),
        reference,
        code: "hcode".into(),
        cost: idr(10_400),
        reason: "cheapest".into(),
        settle: domain::schedule::REFUND_SETTLE,
    };
    let order = opened_with(2);
    let mut order = after(&order, What::Paid(money(&order)));
    for (item, letter) in [(0, "B"), (1, "C")] {
        let reference: Reference = letter.repeat(20).parse().unwrap();
        order = after(&order, What::AttemptReserved(attempt(item, reference.clone())));
        let trust = domain::fulfilment::StatusTrust {
            absence: true,
            game_codes: true,
            request_timeout: chrono::TimeDelta::seconds(30),
        };
        let answer = Answer::Pending { price: None, supplier_ref: None };
        order = after(&order, What::Answered { reference, answer, trust, asked_at: noon() });
    }
    order
}

fn asked(item: u16) -> Leased {
    Leased {
        order: two_under_way().id,
        kind: TaskKind::Item(ItemNo(item)),
        run_at: noon(),
        attempts: 0,
        version: 0,
        token: LeaseToken(Uuid::from_u128(1 + u128::from(item))),
        until: std::time::Instant::now() + Duration::from_secs(90),
    }
}

fn delivered() -> (Answer, Exchange) {
    let answer =
        Answer::Delivered { serial: Some(domain::Private::new("SN1")), price: Some(idr(10_400)), supplier_ref: None };
    let (provider, request, response) = ("iak".into(), String::new(), String::new());
    let sent = Sent::Replied;
    (
        answer,
        Exchange {
            provider,
            call: "check-status",
            at: noon(),
            elapsed_ms: 12,
            sent,
            request,
            status: Some(200),
            busy: false,
            response,
        },
    )
}

/// Somebody else's order is being written while the first answer comes; the second comes before that is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_that_come_while_the_store_is_busy_are_written_together() {
    let mut ports = Ports::new();
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    let mut due = Some(vec![asked(0), asked(1)]);
    let busy = Arc::new(Notify::new());
    let began = Arc::clone(&busy);
    let (answered, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let give = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let may = Arc::clone(&give);
    ports.tasks.expect_claim().returning(move |queue, _, _, _, _| {
        let now = queue == Queue::Supplier && may.load(std::sync::atomic::Ordering::SeqCst);
        Ok(if now { due.take().unwrap_or_default() } else { Vec::new() })
    });
    ports.orders.expect_load().returning(|_| Ok(two_under_way()));
    let (told, over) = (Arc::clone(&answered), Arc::new(Notify::new()));
    let mut first = true;
    ports.supplier().expect_status().times(2).returning(move |_, _| {
        // The first one is in hand when the second is asked.
        if !std::mem::take(&mut first) {
            told.notify_one();
        }
        delivered()
    });
    let (released, ended) = (Arc::clone(&second), Arc::clone(&over));
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sizes);
    let runtime = tokio::runtime::Handle::current();
    ports.orders.expect_commit().times(2).returning(move |batch| {
        let attempts = batch[0].change.attempts.len();
        seen.lock().unwrap().push((attempts, batch[0].exchanges.len()));
        if attempts == 0 {
            began.notify_one();
            tokio::task::block_in_place(|| runtime.block_on(released.notified()));
        } else {
            ended.notify_one();
        }
        vec![Ok(vec![]); batch.len()]
    });
    let engine: Arc<Engine> = ports.engine();
    let mut other = opened();
    other.id = "0199aa00-0000-7000-8000-00000000000b".parse().unwrap();
    engine.memory.keep(&other);
    let writing = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.act(other.id, declined_event(), None).await }
    });
    busy.notified().await;
    give.store(true, std::sync::atomic::Ordering::SeqCst);
    let workers = Workers::start(&engine);
    answered.notified().await;
    second.notify_one();
    tokio::time::timeout(PATIENCE, over.notified()).await.unwrap();
    assert!(writing.await.unwrap().is_ok());
    workers.stop().await;
    assert_eq!(*sizes.lock().unwrap(), [(0, 0), (2, 2)], "one commit, with what was said about both");
}

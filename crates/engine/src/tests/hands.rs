//! Tasks that a commit makes due: who works on them, and what becomes of them when the commit's end is not heard.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::task::Queue;
use domain::{Actor, Event, ItemNo, OrderId, TaskKind, What};
use ports::store::{Commit, CommitError, LoadError, Taken, Unavailable};
use ports::tasks::{LeaseToken, Leased};
use tokio::sync::Notify;
use uuid::Uuid;

use super::world::{Ports, delivered, money, noon, opened, paid, stocked};
use crate::{Engine, Limits, Workers};

/// A story that takes longer has hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ports where the order's page is open, and nothing ever lies in the queue.
fn nothing_queued() -> Ports {
    let mut ports = Ports::new();
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    ports.tasks.expect_claim().returning(|_, _, _, _, _| Ok(Vec::new()));
    ports.catalogue.expect_find().returning(|_, _| Ok(vec![stocked()]));
    ports.orders.expect_load().returning(|_| Ok(opened()));
    ports
}

fn pays() -> Event {
    Event { what: What::Paid(money(&opened())), actor: Actor::Engine }
}

/// All that the commit wants is given to it.
fn given(commit: &Commit) -> Result<Taken, CommitError> {
    Ok(commit.takes.iter().map(|take| take.token).collect())
}

fn wants_the_item(commit: &Commit) {
    let wanted: Vec<_> = commit.takes.iter().map(|take| (&take.kind, take.lease)).collect();
    assert_eq!(wanted, [(&TaskKind::Item(ItemNo(0)), Limits::default().lease)]);
}

/// The supplier delivers, and the story is over.
fn delivers(ports: &mut Ports, over: &Arc<Notify>) {
    let over = Arc::clone(over);
    ports.supplier().expect_purchase().times(1).returning(move |_, _| {
        over.notify_one();
        delivered()
    });
}

async fn is_over(over: &Notify) {
    assert!(tokio::time::timeout(PATIENCE, over.notified()).await.is_ok(), "the story did not come to its end");
}

/// A task of an order that there is no more.
fn waiting() -> Leased {
    Leased {
        order: "0199aa00-0000-7000-8000-00000000000b".parse().unwrap(),
        kind: TaskKind::Item(ItemNo(0)),
        run_at: noon(),
        attempts: 0,
        token: LeaseToken(Uuid::from_u128(1)),
        version: 0,
        until: Instant::now() + Limits::default().lease,
    }
}

/// The workers of a process that has looked into its queues, and found nothing.
async fn at_work(engine: &Arc<Engine>) -> Workers {
    let workers = Workers::start(engine);
    tokio::time::sleep(Duration::from_millis(20)).await;
    workers
}

#[tokio::test]
async fn what_a_commit_makes_due_is_worked_on_though_nobody_finds_it_in_the_queue() {
    let mut ports = nothing_queued();
    let over = Arc::new(Notify::new());
    delivers(&mut ports, &over);
    let leases = Arc::new(Mutex::new(Vec::new()));
    let with = Arc::clone(&leases);
    // The payment, the reservation, and what the supplier said.
    ports.orders.expect_commit().times(3).returning(move |batch| {
        let mut with = with.lock().unwrap();
        if with.is_empty() {
            wants_the_item(&batch[0]);
        }
        with.push(batch[0].leases.len());
        batch.iter().map(given).collect()
    });
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    engine.act(opened().id, pays(), None).await.unwrap();
    is_over(&over).await;
    workers.stop().await;
    assert_eq!(*leases.lock().unwrap(), [0, 1, 1], "the lease goes with what the task brought");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn it_is_worked_on_though_whoever_made_it_due_has_gone() {
    let mut ports = nothing_queued();
    let over = Arc::new(Notify::new());
    delivers(&mut ports, &over);
    // Nobody remembers the order as the payment left it.
    let loads = AtomicUsize::new(0);
    ports.orders.checkpoint();
    ports.orders.expect_load().returning(move |_| match loads.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(opened()),
        _ => Ok(paid()),
    });
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (told, may) = (Arc::clone(&begun), Arc::clone(&go));
    ports.orders.expect_commit().returning(move |batch| {
        told.notify_one();
        while !may.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        batch.iter().map(given).collect()
    });
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    let caller = Arc::clone(&engine);
    let paying = tokio::spawn(async move { caller.act(opened().id, pays(), None).await });
    begun.notified().await;
    paying.abort();
    assert!(paying.await.is_err());
    go.store(true, Ordering::SeqCst);
    is_over(&over).await;
    workers.stop().await;
}

#[tokio::test]
async fn what_is_in_other_hands_is_left_to_them() {
    let mut ports = nothing_queued();
    ports.supplier().expect_purchase().times(0);
    ports.orders.expect_commit().times(1).returning(|batch| {
        wants_the_item(&batch[0]);
        vec![Ok(vec![])]
    });
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    engine.act(opened().id, pays(), None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    workers.stop().await;
}

#[tokio::test]
async fn what_a_commit_of_unknown_outcome_may_have_taken_is_put_back_at_once() {
    let mut ports = nothing_queued();
    let over = Arc::new(Notify::new());
    ports.supplier().expect_purchase().times(0);
    ports.orders.expect_commit().times(1).returning(|batch| {
        wants_the_item(&batch[0]);
        vec![Err(Unavailable("connection reset".into()).into())]
    });
    let told = Arc::clone(&over);
    ports.tasks.expect_hand_back().times(1).returning(move |task, run_at| {
        assert_eq!((&task.kind, run_at), (&TaskKind::Item(ItemNo(0)), noon()));
        told.notify_one();
        Ok(true)
    });
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    engine.act(opened().id, pays(), None).await.unwrap_err();
    is_over(&over).await;
    workers.stop().await;
}

/// The commit happens after all, a while after its connection broke.
#[tokio::test]
async fn it_is_put_back_as_often_as_the_commit_may_still_be_running() {
    let mut ports = nothing_queued();
    let over = Arc::new(Notify::new());
    ports.orders.expect_commit().times(1).returning(|_| vec![Err(Unavailable("connection reset".into()).into())]);
    let told = Arc::clone(&over);
    let answers = Mutex::new(vec![Ok(true), Err(Unavailable("still away".into())), Ok(false)]);
    ports.tasks.expect_hand_back().times(3).returning(move |_, _| {
        let answer = answers.lock().unwrap().pop().unwrap();
        if answer == Ok(true) {
            told.notify_one();
        }
        answer
    });
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    engine.act(opened().id, pays(), None).await.unwrap_err();
    is_over(&over).await;
    workers.stop().await;
}

#[tokio::test]
async fn who_waits_in_the_queue_comes_before_what_has_just_become_due() {
    let mut ports = Ports::new();
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    // Each is buried, and there are always more.
    let (looked, found) = (Arc::new(Notify::new()), AtomicBool::new(false));
    let told = Arc::clone(&looked);
    ports.tasks.expect_claim().returning(move |queue, limit, _, _, _| {
        let many = queue == Queue::Supplier;
        if many && found.swap(true, Ordering::SeqCst) {
            told.notify_one();
        }
        Ok(if many { (0..limit).map(|_| waiting()).collect() } else { Vec::new() })
    });
    ports.tasks.expect_bury().returning(|_, _, _| Ok(true));
    let nobodys: OrderId = waiting().order;
    ports.orders.expect_load().returning(move |id| if id == nobodys { Err(LoadError::NotFound) } else { Ok(opened()) });
    ports.orders.expect_commit().times(1).returning(|batch| {
        assert_eq!(batch[0].takes, []);
        vec![Ok(vec![])]
    });
    let engine = ports.engine();
    let workers = Workers::start(&engine);
    looked.notified().await;
    engine.act(opened().id, pays(), None).await.unwrap();
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn a_hand_that_gets_free_finds_who_waits_in_the_queue() {
    let mut ports = Ports::new();
    ports.poll = PATIENCE * 10;
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    let (full, over) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, ended) = (Arc::clone(&full), Arc::clone(&over));
    let taken = AtomicUsize::new(0);
    ports.tasks.expect_claim().returning(move |queue, limit, _, _, _| {
        let all = Limits::default().tasks_per_queue;
        let before = if queue == Queue::Supplier { taken.fetch_add(usize::from(limit), Ordering::SeqCst) } else { all };
        match before + usize::from(limit) {
            _ if queue != Queue::Supplier => return Ok(Vec::new()),
            now if now == all => told.notify_one(),
            now if now > all => ended.notify_one(),
            _ => {}
        }
        Ok(if before < all { (0..limit).map(|_| waiting()).collect() } else { Vec::new() })
    });
    ports.tasks.expect_bury().returning(|_, _, _| Ok(true));
    let go = Arc::new(AtomicBool::new(false));
    let may = Arc::clone(&go);
    ports.orders.expect_load().returning(move |_| {
        while !may.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(LoadError::NotFound)
    });
    let engine = ports.engine();
    let workers = Workers::start(&engine);
    full.notified().await;
    go.store(true, Ordering::SeqCst);
    is_over(&over).await;
    workers.stop().await;
}

#[tokio::test]
async fn nothing_is_taken_where_nobody_works_or_all_are_about_to_stop() {
    let mut ports = nothing_queued();
    ports.orders.expect_commit().times(1).returning(|batch| {
        assert_eq!(batch[0].takes, []);
        vec![Ok(vec![])]
    });
    ports.engine().act(opened().id, pays(), None).await.unwrap();

    let mut ports = nothing_queued();
    ports.orders.expect_commit().times(1).returning(|batch| {
        assert_eq!(batch[0].takes, []);
        vec![Ok(vec![])]
    });
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    workers.claim_no_more();
    engine.act(opened().id, pays(), None).await.unwrap();
    workers.stop().await;
}

#[tokio::test]
async fn all_hands_are_free_again_when_the_work_is_done() {
    let mut ports = nothing_queued();
    let over = Arc::new(Notify::new());
    delivers(&mut ports, &over);
    ports.orders.expect_commit().returning(|batch| batch.iter().map(given).collect());
    let engine = ports.engine();
    let workers = at_work(&engine).await;
    engine.act(opened().id, pays(), None).await.unwrap();
    is_over(&over).await;
    let stopped = tokio::time::timeout(PATIENCE, workers.stop()).await;
    assert!(stopped.is_ok(), "a process stops when the last hand is free");
    let free = engine.hands.of(Queue::Supplier).free.available_permits();
    assert_eq!(free, Limits::default().tasks_per_queue);
}

//! Buying an item: who may send, when, and what happens to the task otherwise. The workers run as they do in a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Attempt, AttemptState, Cause, ItemState, StatusTrust};
use domain::order::Claim;
use domain::task::Queue;
use domain::{ItemNo, Order, Reference, TaskKind, What};
use mockall::Sequence;
use ports::catalogue::Stocked;
use ports::store::{CommitError, Unavailable};
use ports::supplier::MockSupplier;
use ports::tasks::{LeaseToken, Leased};
use tokio::sync::Notify;
use uuid::Uuid;

use super::world::{
    Ports, TARGET, after, counted, delivered, idr, listing, noon, paid, stocked, supplier, supplier_that,
};
use crate::{Engine, Workers};

/// A story that takes longer has hung.
const PATIENCE: Duration = Duration::from_secs(20);
/// A supplier's timeout in these stories is 30 s.
pub(super) const LONG_LEASE: Duration = Duration::from_secs(90);

/// Ports with one task to buy the order's item, held for `lease`.
pub(super) fn one_purchase_due(lease: Duration) -> Ports {
    purchase_due(lease, &paid(), &stocked())
}

/// The same of any order and product.
pub fn purchase_due(lease: Duration, order: &Order, stocked: &Stocked) -> Ports {
    let mut ports = Ports::new();
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    let given = AtomicBool::new(false);
    ports.tasks.expect_claim().returning(move |queue, _, _, _, _| {
        let mine = queue == Queue::Supplier && !given.swap(true, Ordering::SeqCst);
        Ok(if mine { vec![task(lease)] } else { Vec::new() })
    });
    let (order, stocked) = (order.clone(), stocked.clone());
    ports.catalogue.expect_find().returning(move |_, _| Ok(vec![stocked.clone()]));
    ports.orders.expect_load().returning(move |_| Ok(order.clone()));
    ports
}

fn task(lease: Duration) -> Leased {
    Leased {
        order: paid().id,
        kind: TaskKind::Item(ItemNo(0)),
        run_at: noon(),
        attempts: 0,
        version: 0,
        token: LeaseToken(Uuid::from_u128(1)),
        until: Instant::now() + lease,
    }
}

/// Runs the workers until the story says that it is over.
pub async fn work(ports: Ports, over: &Notify) -> Arc<Engine> {
    until(ports.engine(), over).await
}

/// The same of an engine that was prepared.
pub async fn until(engine: Arc<Engine>, over: &Notify) -> Arc<Engine> {
    let workers = Workers::start(&engine);
    let ended = tokio::time::timeout(PATIENCE, over.notified()).await;
    workers.stop().await;
    assert!(ended.is_ok(), "the story did not come to its end");
    engine
}

/// The workers of an engine whose supplier refuses the purchase that is due, for this.
pub async fn refused_once(mut ports: Ports, cause: Cause) -> Arc<Engine> {
    ports.supplier().expect_purchase().times(1).returning(move |_, _| {
        let (_, exchange) = delivered();
        (Answer::Refused { cause, code: "17".into() }, exchange)
    });
    let over = Arc::new(Notify::new());
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(2).returning(move |batch| {
        if batch[0].change.attempts[0].state == AttemptState::Refused {
            told.notify_one();
        }
        vec![Ok(vec![])]
    });
    ports.tasks.expect_hand_back().returning(|_, _| Ok(true));
    work(ports, &over).await
}

fn sends_nothing(supplier: &mut MockSupplier) {
    supplier.expect_purchase().times(0);
    supplier.expect_status().times(0);
}

/// The task is put back for later and the story is over.
fn is_put_back(ports: &mut Ports, over: &Arc<Notify>) {
    let over = Arc::clone(over);
    ports.tasks.expect_retry_later().times(1).returning(move |task, run_at, _| {
        assert_eq!(task.kind, TaskKind::Item(ItemNo(0)));
        assert!(run_at > noon());
        over.notify_one();
        Ok(true)
    });
}

#[tokio::test]
async fn a_purchase_leaves_only_after_its_reservation_is_committed_and_its_answer_is_kept() {
    let mut ports = one_purchase_due(LONG_LEASE);
    let over = Arc::new(Notify::new());
    let mut order = Sequence::new();
    ports.orders.expect_commit().times(1).in_sequence(&mut order).returning(|batch| {
        assert_eq!(batch[0].leases, [LeaseToken(Uuid::from_u128(1))]);
        let attempt = &batch[0].change.attempts[0];
        assert_eq!(attempt.state, AttemptState::Reserved);
        assert_eq!((attempt.code.as_str(), attempt.cost), ("hcode", idr(10_400)));
        vec![Ok(vec![])]
    });
    ports.supplier().expect_purchase().times(1).in_sequence(&mut order).returning(|purchase, _| {
        assert_eq!((purchase.code.as_str(), purchase.target.expose()), ("hcode", TARGET));
        delivered()
    });
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(1).in_sequence(&mut order).returning(move |batch| {
        assert_eq!(batch[0].change.attempts[0].state, AttemptState::Done);
        assert_eq!(batch[0].exchanges.len(), 1, "what was said is kept with what came of it");
        told.notify_one();
        vec![Ok(vec![])]
    });
    let engine = work(ports, &over).await;
    assert_eq!(counted(&engine, "seberang_calls_total", &[("provider", "iak"), ("outcome", "ok")]).await, 1);
    assert_eq!(counted(&engine, "seberang_tasks_total", &[("outcome", "committed")]).await, 1);
}

/// Who else could serve costs nothing: the order and the offers are read once, and two commits are made.
#[tokio::test]
async fn a_purchase_costs_the_store_the_same_however_many_suppliers_could_serve() {
    for others in [&[][..], &["bb", "cc", "dd", "ee", "ff"]] {
        let mut sold = stocked();
        sold.offers.extend(others.iter().map(|id| listing(id, "other", 10_390).offer));
        let mut ports = purchase_due(LONG_LEASE, &paid(), &sold);
        ports.suppliers.extend(others.iter().map(|id| supplier(id)));
        ports.catalogue.checkpoint();
        ports.catalogue.expect_find().times(1).returning(move |_, _| Ok(vec![sold.clone()]));
        ports.orders.checkpoint();
        ports.orders.expect_load().times(1).returning(|_| Ok(paid()));
        let over = Arc::new(Notify::new());
        let (told, commits) = (Arc::clone(&over), AtomicUsize::new(0));
        ports.orders.expect_commit().times(2).returning(move |_| {
            if commits.fetch_add(1, Ordering::SeqCst) == 1 {
                told.notify_one();
            }
            vec![Ok(vec![])]
        });
        // Of equal prices who stands first in the settings.
        let chosen = ports.suppliers.get_mut(usize::from(!others.is_empty())).unwrap();
        chosen.expect_purchase().times(1).returning(|_, _| delivered());
        work(ports, &over).await;
    }
}

#[tokio::test]
async fn a_reservation_of_unknown_outcome_is_not_sent_and_its_task_comes_again() {
    let mut ports = one_purchase_due(LONG_LEASE);
    let over = Arc::new(Notify::new());
    let away = CommitError::Unavailable(Unavailable("connection reset".into()));
    ports.orders.expect_commit().times(1).returning(move |_| vec![Err(away.clone())]);
    sends_nothing(ports.supplier());
    is_put_back(&mut ports, &over);
    let engine = work(ports, &over).await;
    assert_eq!(counted(&engine, "seberang_tasks_total", &[("outcome", "failed")]).await, 1);
}

#[tokio::test]
async fn an_order_that_keeps_moving_is_left_for_later_and_never_lost() {
    let mut ports = one_purchase_due(LONG_LEASE);
    let over = Arc::new(Notify::new());
    ports.orders.expect_commit().times(5).returning(|_| vec![Err(CommitError::Stale)]);
    sends_nothing(ports.supplier());
    is_put_back(&mut ports, &over);
    let engine = work(ports, &over).await;
    assert_eq!(counted(&engine, "seberang_commit_gave_up_total", &[]).await, 1);
}

#[tokio::test]
async fn nothing_is_reserved_on_a_lease_that_would_end_before_the_suppliers_answer() {
    let mut ports = one_purchase_due(Duration::from_secs(35));
    let over = Arc::new(Notify::new());
    ports.orders.expect_commit().times(0);
    sends_nothing(ports.supplier());
    let told = Arc::clone(&over);
    ports.tasks.expect_hand_back().times(1).returning(move |_, run_at| {
        assert_eq!(run_at, noon(), "at once, with a fresh lease");
        told.notify_one();
        Ok(true)
    });
    work(ports, &over).await;
}

/// The order was reserved by a process that died: whoever takes the task up writes that down and asks later.
#[tokio::test]
async fn a_reservation_of_somebody_else_is_never_sent() {
    let mut ports = one_purchase_due(LONG_LEASE);
    let over = Arc::new(Notify::new());
    let reserved = reserved();
    ports.orders.checkpoint();
    ports.orders.expect_load().returning(move |_| Ok(reserved.clone()));
    sends_nothing(ports.supplier());
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(1).returning(move |batch| {
        assert_eq!(batch[0].change.attempts[0].state, AttemptState::Unknown);
        told.notify_one();
        vec![Ok(vec![])]
    });
    work(ports, &over).await;
}

/// The order with its item's purchase written down.
fn reserved() -> Order {
    let new = domain::fulfilment::NewAttempt {
        item: ItemNo(0),
        supplier: "iak".parse().unwrap(),
        account: super::world::account(),
        reference: purchase(),
        code: "hcode".into(),
        cost: idr(10_400),
        reason: "cheapest".into(),
        settle: domain::schedule::REFUND_SETTLE,
    };
    after(&paid(), What::AttemptReserved(new))
}

fn purchase() -> Reference {
    "BBBBBBBBBBBBBBBBBBBB".parse().unwrap()
}

/// Ports of a supplier whose questions may buy, with this task about an order.
fn asked_about(order: Order, kind: TaskKind) -> Ports {
    let mut ports = Ports::new();
    ports.suppliers = vec![supplier_that("iak", true)];
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    let given = AtomicBool::new(false);
    ports.tasks.expect_claim().returning(move |queue, _, _, _, _| {
        let mine = queue == Queue::Supplier && !given.swap(true, Ordering::SeqCst);
        Ok(if mine { vec![Leased { kind: kind.clone(), ..task(LONG_LEASE) }] } else { Vec::new() })
    });
    ports.orders.expect_load().returning(move |_| Ok(order.clone()));
    ports
}

/// What was refused may never have been formed, and its item is bought elsewhere: the notice that claims otherwise cannot be checked.
#[tokio::test]
async fn where_asking_may_buy_nobody_asks_about_a_purchase_that_was_refused() {
    let refused = Answer::Refused { cause: Cause::Supplier, code: "43".into() };
    let trust = StatusTrust { absence: false, game_codes: true, request_timeout: TimeDelta::seconds(30) };
    let answered = What::Answered { reference: purchase(), answer: refused, trust, asked_at: noon() };
    let claimed = What::Nudged { reference: purchase(), claim: Claim::Delivered, vouched: false };
    let order = after(&after(&reserved(), answered), claimed);
    let mut ports = asked_about(order, TaskKind::Recheck(purchase()));
    sends_nothing(ports.supplier());
    let over = Arc::new(Notify::new());
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(1).returning(move |batch| {
        let attempt = &batch[0].change.attempts[0];
        assert_eq!(attempt.state, AttemptState::Refused);
        assert_eq!(attempt.word.as_deref(), Some("not asked: asking could buy"));
        assert!(batch[0].exchanges.is_empty(), "no call was made");
        told.notify_one();
        vec![Ok(vec![])]
    });
    work(ports, &over).await;
}

/// Its account was changed, or its supplier is gone: that is no reason to give the task up, which would leave the item where no
/// person can resolve it.
#[tokio::test]
async fn a_purchase_whose_account_is_not_here_goes_to_a_person_after_a_day() {
    let order = after(&reserved(), What::SenderLost { reference: purchase() });
    for (elsewhere, hours) in [(elsewhere("gone", "3002607"), 1), (elsewhere("iak", "another"), 24)] {
        let order = Order { attempts: vec![elsewhere(&order)], ..order.clone() };
        let mut ports = asked_about(order, TaskKind::Item(ItemNo(0)));
        sends_nothing(ports.supplier());
        ports.tasks.expect_retry_later().times(0);
        ports.clock.pass(hours * 3_600);
        let over = Arc::new(Notify::new());
        let told = Arc::clone(&over);
        ports.orders.expect_commit().times(1).returning(move |batch| {
            let change = &batch[0].change;
            let attempt = &change.attempts[0];
            assert_eq!(attempt.state, AttemptState::Unknown);
            assert_eq!(attempt.word.as_deref(), Some("not asked: its account is not here"));
            let reviewed = change.items.iter().any(|item| item.state == ItemState::Review);
            assert_eq!(reviewed, hours == 24, "{hours} h");
            told.notify_one();
            vec![Ok(vec![])]
        });
        work(ports, &over).await;
    }
}

/// The attempt of an order, as if it had been made there.
fn elsewhere(supplier: &'static str, account: &'static str) -> impl Fn(&Order) -> Attempt {
    move |order| {
        let (supplier, account) = (supplier.parse().unwrap(), account.parse().unwrap());
        Attempt { supplier, account, ..order.attempts[0].clone() }
    }
}

/// Should the question buy it, it buys what the item waits for.
#[tokio::test]
async fn where_asking_may_buy_a_purchase_that_is_waited_for_is_asked_about() {
    let order = after(&reserved(), What::SenderLost { reference: purchase() });
    let mut ports = asked_about(order, TaskKind::Item(ItemNo(0)));
    ports.supplier().expect_purchase().times(0);
    ports.supplier().expect_status().times(1).returning(|_, _| delivered());
    let over = Arc::new(Notify::new());
    let told = Arc::clone(&over);
    ports.orders.expect_commit().times(1).returning(move |batch| {
        assert_eq!(batch[0].change.attempts[0].state, AttemptState::Done);
        told.notify_one();
        vec![Ok(vec![])]
    });
    work(ports, &over).await;
}

#[tokio::test]
async fn a_process_that_was_told_to_stop_claims_no_more_though_nobody_waits_for_it_yet() {
    let mut ports = Ports::new();
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    let stopping = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stopping);
    let claims = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let count = Arc::clone(&claims);
    ports.tasks.expect_claim().returning(move |_, _, _, _, _| {
        count[usize::from(told.load(Ordering::SeqCst))].fetch_add(1, Ordering::SeqCst);
        Ok(Vec::new())
    });
    let engine = ports.engine();
    let workers = Workers::start(&engine);
    tokio::time::sleep(Duration::from_millis(20)).await;
    workers.claim_no_more();
    // Loops that are past their look may end their round.
    tokio::task::yield_now().await;
    stopping.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::time::timeout(PATIENCE, workers.stop()).await.unwrap();
    assert!(claims[0].load(Ordering::SeqCst) > 0);
    assert_eq!(claims[1].load(Ordering::SeqCst), 0, "it claims on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_every_look_finds_more_than_can_be_taken_the_process_is_behind() {
    let mut ports = Ports::new();
    ports.upkeep.expect_ready().returning(|_| Ok(()));
    ports.schedules.expect_begin().returning(|_, _, _, _| Ok(false));
    let rush = Arc::new(AtomicBool::new(true));
    let more = Arc::clone(&rush);
    ports.tasks.expect_claim().returning(move |queue, limit, _, _, _| {
        let many = queue == Queue::Supplier && more.load(Ordering::SeqCst);
        Ok(if many { vec![task(LONG_LEASE); usize::from(limit)] } else { Vec::new() })
    });
    ports.orders.expect_load().returning(|_| Err(ports::store::LoadError::NotFound));
    ports.tasks.expect_bury().returning(|_, _, _| Ok(true));
    let engine = ports.engine();
    assert!(!engine.pressure.is_behind(Instant::now()));
    let workers = Workers::start(&engine);
    let until = async |behind: bool| {
        let reached = async {
            while engine.pressure.is_behind(Instant::now()) != behind {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, reached).await.is_ok(), "behind: {behind}");
    };
    until(true).await;
    rush.store(false, Ordering::SeqCst);
    until(false).await;
    workers.stop().await;
}

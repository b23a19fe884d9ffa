//! Partitions ahead of time, the sweep, schedules, alerts.

use std::time::Duration;

use adapters_postgres::PgStore;
use domain::AlertKind;
use domain::task::Queue;
use ports::conformance::store::make::{create, customer, fresh, later, now, touch};
use ports::store::OrderStore;
use ports::tasks::{LeaseToken, NotReady, Schedules, TaskStore, Upkeep};

use super::database::TestDb;

const DAY: i64 = 24 * 3600;

fn token() -> LeaseToken {
    LeaseToken(fresh())
}

/// An order whose id is of another time than ours.
fn order_of(at: domain::Moment) -> ports::store::Create {
    let mut new = create(1, customer(), None).unwrap();
    let millis = u64::try_from(at.timestamp_millis()).unwrap();
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid();
    new.new.order.id = domain::OrderId::new(id);
    new.answer.order = new.new.order.id;
    new
}

async fn kinds(store: &PgStore) -> Vec<AlertKind> {
    let mut kinds: Vec<AlertKind> = store.sweep(now()).await.unwrap().into_iter().map(|alert| alert.kind).collect();
    kinds.sort();
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_seventy_days_and_after_a_year_there_is_a_place_for_everything() {
    let db = TestDb::new().await;
    let store = db.store().await;
    assert_eq!(store.ready(now()).await, Ok(()));
    let soon = later(now(), 70 * DAY);
    store.make_partitions(soon).await.unwrap();
    store.make_partitions(soon).await.unwrap();
    assert_eq!(store.ready(soon).await, Ok(()));
    let new = order_of(soon);
    let id = new.new.order.id;
    assert_eq!(store.create(vec![new]).await, [Ok(())]);
    assert_eq!(store.commit(vec![touch(id, 1, None)]).await, [Ok(())]);
    let lies_in =
        |id: domain::OrderId| format!("SELECT DISTINCT tableoid::regclass FROM history WHERE order_id = '{id}'");
    assert_eq!(db.ask(&lies_in(id)).await, [format!("history_{}", soon.format("%Y_%m"))]);

    // Nobody made the partitions of next year in time: rows go to the default, and to their place when it is made.
    let far = later(now(), 400 * DAY);
    assert_eq!(store.ready(far).await, Err(NotReady::PartitionMissing));
    let new = order_of(far);
    let id = new.new.order.id;
    assert_eq!(store.create(vec![new]).await, [Ok(())]);
    assert_eq!(db.ask(&lies_in(id)).await, ["history_default"]);
    assert_eq!(kinds(&store).await, [AlertKind::PartitionMissing]);
    store.make_partitions(far).await.unwrap();
    assert_eq!(db.ask(&lies_in(id)).await, [format!("history_{}", far.format("%Y_%m"))]);
    assert_eq!(kinds(&store).await, []);
    assert_eq!(store.story(id).await.unwrap().history.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_finds_what_must_not_be() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let new: Vec<_> = (0..3).map(|_| create(1, customer(), None).unwrap()).collect();
    let ids: Vec<_> = new.iter().map(|create| create.new.order.id).collect();
    let due = new[0].new.order.tasks[0].run_at;
    assert!(store.create(new).await.iter().all(Result::is_ok));
    assert_eq!(kinds(&store).await, []);

    let client = db.client().await;
    client.batch_execute(&format!("DELETE FROM task WHERE order_id = '{}'", ids[0])).await.unwrap();
    let tasks = store.claim(Queue::Gateway, 10, Duration::from_secs(60), token(), later(due, 60)).await.unwrap();
    let task = tasks.iter().find(|task| task.order == ids[1]).unwrap();
    assert!(store.bury(task, "gave up", now()).await.unwrap());
    let late = later(due, 16 * 60);
    let found = store.sweep(late).await.unwrap();
    let mut found: Vec<_> = found.iter().map(|alert| (alert.kind, alert.subject.as_str())).collect();
    found.sort();
    let expected = [
        (AlertKind::OrderWithoutTask, "order"),
        (AlertKind::OrderWithoutTask, "order"),
        (AlertKind::TaskOverdue, "payment:0"),
        (AlertKind::TaskDead, "payment:0"),
    ];
    assert_eq!(found, expected);

    let line = format!("INSERT INTO ledger_line VALUES ('{}', 1, 0, now(), 'receipt', 'x', 'sales', 5, 'TWD')", ids[2]);
    client.batch_execute(&line).await.unwrap();
    assert!(kinds(&store).await.contains(&AlertKind::LedgerImbalance));

    // Raised again while open: counted, not repeated. Closed, and raised again: a new one.
    let open = store.alerts(true, None, 100).await.unwrap();
    let missing = open.iter().find(|alert| alert.kind == "order_without_task" && alert.order == Some(ids[0])).unwrap();
    assert_eq!(missing.times, 2);
    assert!(store.close_alert(missing.id, "ops", late).await.unwrap());
    assert!(!store.close_alert(missing.id, "ops", late).await.unwrap());
    store.sweep(late).await.unwrap();
    let again = store.alerts(true, None, 100).await.unwrap();
    let again = again.iter().find(|alert| alert.kind == "order_without_task" && alert.order == Some(ids[0])).unwrap();
    assert!(again.id > missing.id && again.times == 1);
    let page = store.alerts(false, Some(again.id), 1).await.unwrap();
    assert!(page.len() == 1 && page[0].id < again.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_done_by_one_process_and_taken_over_when_it_dies() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (first, second, third) = (token(), token(), token());
    let long = Duration::from_secs(600);
    assert!(store.begin("sweep", 5, Duration::ZERO, first).await.unwrap());
    assert!(store.begin("sweep", 5, long, second).await.unwrap(), "the first one's lease is over");
    assert!(!store.begin("sweep", 5, long, third).await.unwrap(), "one process does it");
    assert!(!store.finish("sweep", 5, first).await.unwrap(), "the first one lost it");
    assert!(!store.begin("sweep", 6, long, third).await.unwrap(), "slots do not overlap");
    assert!(store.finish("sweep", 5, second).await.unwrap());
    assert!(!store.begin("sweep", 5, long, third).await.unwrap(), "it is done");
    assert!(!store.begin("sweep", 4, long, third).await.unwrap(), "time does not go back");
    assert!(store.begin("sweep", 9, Duration::ZERO, third).await.unwrap());
    assert!(!store.begin("sweep", 8, long, first).await.unwrap(), "nor to a slot before the last one begun");
    assert!(store.begin("other", 1, long, first).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_answers_are_forgotten() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let mut old = create(1, customer(), None).unwrap();
    old.answer.at = later(now(), -8 * DAY);
    let new = create(1, customer(), None).unwrap();
    let (old_answer, new_answer) = (old.answer.clone(), new.answer.clone());
    assert_eq!(store.create(vec![old, new]).await, [Ok(()), Ok(())]);
    assert_eq!(store.forget_answers(later(now(), -7 * DAY)).await, Ok(1));
    assert_eq!(store.stored_answer(&old_answer.scope, &old_answer.key).await, Ok(None));
    assert_eq!(store.stored_answer(&new_answer.scope, &new_answer.key).await, Ok(Some(new_answer)));
}

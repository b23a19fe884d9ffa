//! Partitions ahead of time, the sweep, schedules, alerts.

use std::time::Duration;

use adapters_postgres::PgStore;
use domain::AlertKind;
use domain::task::Queue;
use ports::conformance::store::make::{act, create, customer, fresh, later, now, touch};
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
    assert_eq!(store.commit(vec![touch(id, 1, None)]).await, [Ok(vec![])]);
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
        (AlertKind::OrderWithoutTask, "payment:0"),
        (AlertKind::TaskOverdue, "payment:0"),
        (AlertKind::TaskDead, "payment:0"),
    ];
    assert_eq!(found, expected);

    // Raised again while open: counted, not repeated. Closed, and raised again: a new one.
    store.sweep(late).await.unwrap();
    let open = store.alerts(true, None, 100).await.unwrap();
    let missing = open.iter().find(|alert| alert.subject == "order" && alert.order == Some(ids[0])).unwrap();
    assert_eq!(missing.times, 2);
    assert!(store.close_alert(missing.id, &act("close_alert")).await.unwrap());
    assert!(!store.close_alert(missing.id, &act("close_alert")).await.unwrap());
    store.sweep(late).await.unwrap();
    let again = store.alerts(true, None, 100).await.unwrap();
    let again = again.iter().find(|alert| alert.subject == "order" && alert.order == Some(ids[0])).unwrap();
    assert!(again.id > missing.id && again.times == 1);
    let page = store.alerts(false, Some(again.id), 1).await.unwrap();
    assert!(page.len() == 1 && page[0].id < again.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumped_seventy_days_ahead_and_back_stops_no_recurring_work() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let slot = |at: domain::Moment| at.timestamp().div_euclid(600);
    let long = Duration::from_secs(600);
    for at in [now(), later(now(), 70 * DAY), later(now(), 600), later(now(), 1200)] {
        let token = token();
        assert!(store.begin("sweep", slot(at), long, token).await.unwrap(), "{at}: nobody sweeps");
        assert!(store.finish("sweep", slot(at), token).await.unwrap());
    }
    assert_eq!(db.ask("SELECT last_slot FROM schedule").await, [slot(later(now(), 1200)).to_string()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_task_that_cannot_be_read_does_not_hold_up_those_claimed_with_it() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let new: Vec<_> = (0..5).map(|_| create(1, customer(), None).unwrap()).collect();
    let ids: Vec<_> = new.iter().map(|create| create.new.order.id).collect();
    let due = later(new[4].new.order.tasks[0].run_at, 1);
    assert!(store.create(new).await.iter().all(Result::is_ok));
    let damage = format!("UPDATE task SET key = 'teleport:7' WHERE order_id = '{}'", ids[2]);
    db.client().await.batch_execute(&damage).await.unwrap();

    let tasks = store.claim(Queue::Gateway, 10, Duration::ZERO, token(), due).await.unwrap();
    let mut worked: Vec<_> = tasks.iter().map(|task| task.order).collect();
    worked.sort();
    assert_eq!(worked, [ids[0], ids[1], ids[3], ids[4]]);
    let again = store.claim(Queue::Gateway, 10, Duration::from_secs(60), token(), due).await.unwrap();
    assert_eq!(again.len(), 4, "leases without length are over; what cannot be read does not come again");

    let outlook = store.outlook().await.unwrap();
    assert_eq!((outlook.live, outlook.dead), (4, 1));
    let story = store.story(ids[2]).await.unwrap();
    let error = "this server cannot read the task: key: ";
    assert!(story.tasks[0].dead && story.tasks[0].last_error.as_ref().unwrap().starts_with(error), "{:?}", story.tasks);
    let told: Vec<_> = story.alerts.iter().map(|a| (a.kind.as_str(), a.subject.as_str(), a.times)).collect();
    assert_eq!(told, [("task_dead", "teleport:7", 1)]);
    let swept = store.sweep(now()).await.unwrap();
    assert!(swept.iter().any(|alert| alert.kind == AlertKind::TaskDead && alert.subject == "teleport:7"));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_found_by_its_reference_whether_it_has_an_order_or_not() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let notice = |reference: &str, code: u8| ports::notice::NoticeRecord {
        key: format!("ecpay:return:{reference}:77:{code}:0"),
        provider: "ecpay".into(),
        kind: "return".into(),
        body: format!("RtnCode={code}"),
    };
    let (ours, other) = ("AAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBB");
    for (reference, code) in [(ours, 0), (other, 1), (ours, 1)] {
        store.park(notice(reference, code), None, None, later(now(), i64::from(code))).await.unwrap();
    }
    let found = store.notices_about(&ours.parse().unwrap(), 10).await.unwrap();
    let bodies: Vec<&str> = found.iter().map(|notice| notice.body.as_str()).collect();
    assert_eq!(bodies, ["RtnCode=1", "RtnCode=0"], "newest first, and nobody else's");
    assert_eq!(store.notices_about(&ours.parse().unwrap(), 1).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_about_no_order_is_one_row_until_it_is_closed() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let of = |subject: &str, detail: &str| domain::Alert {
        kind: AlertKind::SupplierAccount,
        subject: subject.to_owned(),
        detail: detail.to_owned(),
    };
    let began = now();
    let (first, other) = (of("iak", "low"), of("redision", "low"));
    let (a, b) = tokio::join!(store.raise(&first, began), store.raise(&other, began));
    assert_eq!((a, b), (Ok(()), Ok(())));
    let (refused, soon) = (of("iak", "refused"), later(began, 300));
    let (a, b) = tokio::join!(store.raise(&refused, soon), store.raise(&refused, soon));
    assert_eq!((a, b), (Ok(()), Ok(())));

    let open = store.alerts(true, None, 10).await.unwrap();
    assert_eq!(open.len(), 2);
    let iak = open.iter().find(|alert| alert.subject == "iak").unwrap();
    assert_eq!((iak.kind.as_str(), iak.order, iak.times), ("supplier_account", None, 3));
    assert_eq!((iak.detail.as_str(), iak.raised_at, iak.last_at), ("refused", began, soon));
    assert_eq!(store.close_alert(iak.id, &act("close_alert")).await, Ok(true));
    assert_eq!(store.raise(&refused, soon).await, Ok(()));
    let open = store.alerts(true, None, 10).await.unwrap();
    let again = open.iter().find(|alert| alert.subject == "iak").unwrap();
    assert!(again.id != iak.id && again.times == 1, "closed stays closed: {again:?}");
}

//! Batches: what they cost, and what one bad member does to the others.

use domain::{Currency, DedupeKey, Money};
use ports::conformance::store::make::{answer, commit, create, customer, touch};
use ports::store::{CommitError, CreateError, LoadError, OrderStore, Taken};
use ports::tasks::TaskStore;

use super::database::TestDb;
use adapters_postgres::PgStore;

async fn orders(store: &PgStore, count: usize) -> Vec<domain::OrderId> {
    let new: Vec<_> = (0..count).map(|_| create(2, customer(), None).unwrap()).collect();
    let ids = new.iter().map(|create| create.new.order.id).collect();
    assert!(store.create(new).await.iter().all(Result::is_ok));
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_costs_the_round_trips_of_one() {
    let db = TestDb::new().await;
    db.client().await.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    let store = db.store().await;
    let calls = async |marker: &str| -> i64 {
        let sql = format!(
            "SELECT coalesce(sum(calls), 0)::text FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid \
                           WHERE d.datname = current_database() AND query LIKE '{marker}%'"
        );
        db.ask(&sql).await[0].parse().unwrap()
    };
    for size in [1, 50] {
        let (trips, creates, commits) = (
            store.counters().round_trips(),
            calls("WITH member_in%kept AS (%INSERT INTO orders").await,
            calls("WITH member_in%UPDATE orders").await,
        );
        let ids = orders(&store, size).await;
        assert_eq!(store.counters().round_trips() - trips, 1, "create of {size}");
        let batch: Vec<_> = ids.iter().map(|id| touch(*id, 1, None)).collect();
        assert!(store.commit(batch).await.iter().all(Result::is_ok));
        assert_eq!(store.counters().round_trips() - trips, 2, "create and commit of {size}");
        assert_eq!(calls("WITH member_in%kept AS (%INSERT INTO orders").await - creates, 1);
        assert_eq!(calls("WITH member_in%UPDATE orders").await - commits, 1);
        store.load(ids[0]).await.unwrap();
        assert_eq!(store.counters().round_trips() - trips, 3, "and load");
    }
    assert_eq!(calls("SELECT version").await, 2 * 2, "an order is read with its version first and last");
    assert_eq!(store.counters().conflicts() + store.counters().splits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_cannot_be_stored_fails_alone() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let ids = orders(&store, 40).await;
    let mut batch: Vec<_> = ids.iter().map(|id| touch(*id, 1, None)).collect();
    let mut broken = store.load(ids[17]).await.unwrap().payments[0].clone();
    broken.amount = Money::from_minor(-1, Currency::Twd);
    batch[17].change.payments = vec![broken];
    let results = store.commit(batch).await;
    for (n, result) in results.iter().enumerate() {
        match n {
            17 => assert!(matches!(result, Err(CommitError::Rejected(_))), "{result:?}"),
            _ => assert_eq!(*result, Ok(vec![]), "member {n}"),
        }
    }
    assert_eq!(store.load(ids[17]).await.unwrap().version, 1);
    assert!(store.counters().splits() > 0);
    assert_eq!(store.counters().rejected(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_keys_in_one_batch_go_to_the_first() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let ids = orders(&store, 3).await;
    let key: DedupeKey = "money:ecpay:1:T1".parse().unwrap();
    // The first one is stale, so the second is the first that can take the key.
    let versions = [9, 1, 1];
    let batch = ids.iter().zip(versions).map(|(id, version)| touch(*id, version, Some(key.clone()))).collect();
    let expected = [Err(CommitError::Stale), Ok(vec![]), Err(CommitError::Duplicate(key.clone()))];
    assert_eq!(store.commit(batch).await, expected);
    assert_eq!(store.holder_of(&key).await, Ok(Some(ids[1])));

    let batch = ids.iter().zip([1, 2, 1]).map(|(id, version)| {
        let mut commit = touch(*id, version, None);
        commit.answer = Some(answer(*id, "one request"));
        commit
    });
    let results = store.commit(batch.collect()).await;
    let happened = results.iter().filter(|result| result.is_ok()).count();
    let answered = results.iter().filter(|result| **result == Err(CommitError::AnswerExists)).count();
    assert_eq!((happened, answered), (1, 2), "{results:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_somebody_answers_at_the_same_moment_is_told_so_and_its_neighbour_is_stored() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let new = || create(1, customer(), None).unwrap();
    let (first, mut again, neighbour) = (new(), new(), new());
    again.answer.key.clone_from(&first.answer.key);
    assert_eq!(store.create(vec![first]).await, [Ok(())]);
    let (other, looking) = (db.client().await, db.client().await);
    other.batch_execute("CREATE TABLE kept AS SELECT * FROM answer; DELETE FROM answer").await.unwrap();
    other.batch_execute("BEGIN; INSERT INTO answer SELECT * FROM kept").await.unwrap();
    let (results, ()) = tokio::join!(store.create(vec![again, neighbour]), async {
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while looking.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        other.batch_execute("COMMIT").await.unwrap();
    });
    assert_eq!(results, [Err(CreateError::AnswerExists), Ok(())]);
    assert_eq!((store.counters().key_races(), store.counters().rejected()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_row_that_cannot_be_read_is_named_and_not_shown() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let id = orders(&store, 1).await[0];
    let client = db.client().await;
    client.batch_execute("UPDATE item SET target = 'k9'::bytea || substr(target, 3) WHERE n = 0").await.unwrap();
    let words = match store.load(id).await {
        Err(LoadError::Corrupt(words)) => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(words, "target is sealed with a key that is not known");
    // Moved to another row, a sealed text does not open.
    client.batch_execute("UPDATE item SET target = (SELECT target FROM item WHERE n = 1) WHERE n = 0").await.unwrap();
    assert!(matches!(store.load(id).await, Err(LoadError::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_loses_and_regains_its_place_among_the_open_ones() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let id = orders(&store, 1).await[0];
    let open = async || db.ask("SELECT order_id FROM open_order").await.len();
    assert_eq!(open().await, 1);
    for (version, status, expected) in [
        (1, domain::OrderStatus::Paid, 1),
        (2, domain::OrderStatus::Success, 0),
        (3, domain::OrderStatus::Failed, 0),
        (4, domain::OrderStatus::Review, 1),
        (5, domain::OrderStatus::Review, 1),
    ] {
        let mut change = touch(id, version, None).change;
        change.status = status;
        assert_eq!(store.commit(vec![commit(change)]).await, [Ok(vec![])]);
        assert_eq!(open().await, expected, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_batch_is_nothing() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let trips = store.counters().round_trips();
    assert_eq!(store.create(Vec::new()).await, Vec::<Result<(), CreateError>>::new());
    assert_eq!(store.commit(Vec::new()).await, Vec::<Result<Taken, CommitError>>::new());
    assert_eq!(store.counters().round_trips(), trips);
    assert_eq!(store.outlook().await.unwrap().live, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_never_read_half_old_and_half_new() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let id = orders(&store, 1).await[0];
    let payment = store.load(id).await.unwrap().payments[0].clone();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for version in 1..=300 {
                let mut commit = touch(id, version, None);
                let received = Money::from_minor(i64::from(version), Currency::Twd);
                commit.change.payments = vec![domain::payment::Payment { received, ..payment.clone() }];
                assert_eq!(store.commit(vec![commit]).await, [Ok(vec![])]);
            }
        })
    };
    let mut seen = std::collections::BTreeSet::new();
    while !writer.is_finished() {
        match store.load(id).await {
            Ok(order) => {
                seen.insert(order.version);
                assert_eq!(order.payments[0].received.minor(), i64::from(order.version) - 1);
            }
            // It kept moving; that is said, not guessed.
            Err(LoadError::Unavailable(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    writer.await.unwrap();
    assert!(seen.len() > 10, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_run_again_and_counted() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let mut ids = orders(&store, 2).await;
    ids.sort();
    let stranger = db.client().await;
    let lock = |id| format!("SELECT FROM orders WHERE id = '{id}' FOR UPDATE");
    // It locks against the order of ids, which none of ours does.
    stranger.batch_execute("BEGIN; SET deadlock_timeout = '60s'").await.unwrap();
    stranger.batch_execute(&lock(ids[1])).await.unwrap();
    let commit = {
        let (store, batch) = (store.clone(), ids.iter().map(|id| touch(*id, 1, None)).collect());
        tokio::spawn(async move { store.commit(batch).await })
    };
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while db.ask(waits).await != ["1"] {
        tokio::task::yield_now().await;
    }
    stranger.batch_execute(&lock(ids[0])).await.unwrap();
    stranger.batch_execute("COMMIT").await.unwrap();
    assert_eq!(commit.await.unwrap(), [Ok(vec![]), Ok(vec![])]);
    assert_eq!((store.counters().deadlocks(), store.counters().conflicts()), (1, 1));
}

async fn three_at_once(store: &PgStore, id: domain::OrderId) {
    let (a, b, c) = tokio::join!(store.load(id), store.load(id), store.load(id));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_outlive_the_runtime_that_asked_for_them() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let id = orders(&store, 1).await[0];
    let worker = {
        let store = store.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(three_at_once(&store, id));
        })
    };
    tokio::task::spawn_blocking(|| worker.join().unwrap()).await.unwrap();
    three_at_once(&store, id).await;
    assert_eq!(store.counters().lost_connections(), 0);
}

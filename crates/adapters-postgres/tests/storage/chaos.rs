//! Many write at once in batches that overlap, some members cannot be stored, and connections are killed under them: what each
//! member was told is compared with what the books say of this very member.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Currency, DedupeKey, Money, OrderId};
use ports::conformance::store::make::{create, customer, touch};
use ports::store::{CommitError, OrderStore};
use tokio::task::JoinSet;

use super::database::TestDb;
use adapters_postgres::PgStore;

const ORDERS: usize = 40;
const WRITERS: usize = 6;
const ROUNDS: usize = 6;
/// Of the server's processes that serve us, at each strike.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.3";

struct Told {
    note: String,
    key: DedupeKey,
    result: Result<(), CommitError>,
}

async fn write(store: Arc<PgStore>, orders: Arc<Vec<OrderId>>, writer: usize) -> Vec<Told> {
    let mut told = Vec::new();
    for round in 0..ROUNDS {
        let mut batch = Vec::new();
        for (n, id) in orders.iter().cycle().skip(writer * 7 + round * 3).take(ORDERS / 2).enumerate() {
            let Ok(order) = store.load(*id).await else { continue };
            // Several writers want each key.
            let key: DedupeKey = format!("money:ecpay:1:T{}", (round * 17 + n * 5) % 300).parse().unwrap();
            let mut commit = touch(*id, order.version, Some(key));
            commit.change.history.note = format!("{writer}/{round}/{n}");
            if (writer + round + n).is_multiple_of(23) {
                let mut broken = order.payments[0].clone();
                broken.amount = Money::from_minor(-1, Currency::Twd);
                commit.change.payments = vec![broken];
            }
            batch.push(commit);
        }
        let notes: Vec<_> = batch.iter().map(|c| (c.change.history.note.clone(), c.change.keys[0].clone())).collect();
        let results = store.commit(batch).await;
        told.extend(notes.into_iter().zip(results).map(|((note, key), result)| Told {
            note,
            key,
            result: result.map(drop),
        }));
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_member_is_told_is_what_became_of_it_also_while_connections_die() {
    let db = TestDb::new().await;
    let store = Arc::new(db.store().await);
    let new: Vec<_> = (0..ORDERS).map(|_| create(1, customer(), None).unwrap()).collect();
    let orders: Arc<Vec<OrderId>> = Arc::new(new.iter().map(|create| create.new.order.id).collect());
    assert!(store.create(new).await.iter().all(Result::is_ok));
    let killer = db.client().await;
    let strikes = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(30)).await;
            killer.batch_execute(KILL).await.unwrap();
        }
    });
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(Arc::clone(&store), Arc::clone(&orders), writer));
    }
    let told: Vec<Told> = writers.join_all().await.into_iter().flatten().collect();
    strikes.abort();

    let mut booked: BTreeMap<String, usize> = BTreeMap::new();
    for note in db.ask("SELECT note FROM history WHERE cause = 'touched'").await {
        *booked.entry(note).or_default() += 1;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for Told { note, key, result } in &told {
        let times = booked.get(note).copied().unwrap_or(0);
        let (word, right) = match result {
            Ok(()) => ("done", times == 1),
            Err(CommitError::Unavailable(_)) => ("unknown", times <= 1),
            Err(CommitError::Stale) => ("stale", times == 0),
            Err(CommitError::Duplicate(_)) => ("duplicate", times == 0),
            Err(CommitError::Rejected(_)) => ("rejected", times == 0),
            Err(CommitError::NotFound | CommitError::AnswerExists) => ("absurd", false),
        };
        *counts.entry(word).or_default() += 1;
        assert!(right, "{note} with {key} was told {result:?}, and is there {times} times");
    }
    for word in ["done", "unknown", "stale", "duplicate"] {
        assert!(counts.contains_key(word), "{counts:?}");
    }
    for (n, id) in orders.iter().enumerate() {
        let rows = db.ask(&format!("SELECT count(*) FROM history WHERE order_id = '{id}'")).await;
        assert_eq!(rows[0], store.load(*id).await.unwrap().version.to_string(), "order {n}");
    }
    // New orders take no keys.
    assert_eq!(
        db.ask("SELECT count(*) FROM dedupe").await[0],
        booked.len().to_string(),
        "each key is held by a commit that happened, and only one"
    );
}

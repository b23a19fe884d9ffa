//! Many at once. What must hold afterwards is counted from what each of them was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::task::Queue;
use domain::{DedupeKey, OrderId};
use tokio::task::JoinSet;

use super::keys::key;
use super::leases::{LONG, token};
use super::make::{self, act, create, customer, fresh, later, touch};
use super::orders::{one, stored};
use super::{Case, Findings, Store, is_missing, line};
use crate::store::{CommitError, CreateError};

const COMMITTERS: u64 = 8;
const ROUNDS: u64 = 6;
const BATCH: usize = 40;
const ORDERS: usize = 60;

pub(super) async fn two_commits(store: &Store) -> Case {
    let mut found = Findings::default();
    for _ in 0..20 {
        let order = stored(store, 1).await?;
        let (a, b) = tokio::join!(one(store, touch(order.id, 1, None)), one(store, touch(order.id, 1, None)));
        let one_won = matches!((&a, &b), (Ok(_), Err(CommitError::Stale)) | (Err(CommitError::Stale), Ok(_)));
        found.expect(one_won, || format!("answered {a:?} and {b:?}"));
        let version = store.load(order.id).await.map_err(line)?.version;
        found.expect(version == 2, || format!("one commit happened, the version is {version}"));
    }
    Ok(found)
}

/// What one committer was told.
struct Told {
    order: OrderId,
    key: Option<DedupeKey>,
    result: Result<(), CommitError>,
}

/// Each committer sends batches over the same orders, from versions it believes in and with keys others also send.
async fn committer(store: Store, seed: u64, orders: Arc<Vec<OrderId>>, keys: Arc<Vec<DedupeKey>>) -> Vec<Told> {
    let mut told = Vec::new();
    let mut believed: BTreeMap<OrderId, i32> = BTreeMap::new();
    let mut dice = seed;
    let mut roll = move |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap_or(0) % below.max(1)
    };
    for _ in 0..ROUNDS {
        let start = roll(orders.len());
        let picked: Vec<OrderId> = orders.iter().cycle().skip(start).take(BATCH).copied().collect();
        let batch: Vec<_> = picked
            .iter()
            .map(|order| {
                let key = keys.get(roll(keys.len() * 2)).cloned();
                touch(*order, believed.get(order).copied().unwrap_or(1), key)
            })
            .collect();
        let results = store.commit(batch.clone()).await;
        for (commit, result) in batch.into_iter().zip(results) {
            let (order, seen) = (commit.change.order, commit.change.decided_on);
            match &result {
                Ok(_taken) => believed.insert(order, seen.saturating_add(1)),
                Err(CommitError::Stale) => {
                    let version = store.load(order).await.map_or(seen, |order| order.version);
                    believed.insert(order, version)
                }
                Err(_) => None,
            };
            told.push(Told { order, key: commit.change.keys.into_iter().next(), result: result.map(drop) });
        }
    }
    told
}

pub(super) async fn batches(store: &Store) -> Case {
    let mut found = Findings::default();
    let new = (0..ORDERS).map(|_| create(1, customer(), None)).collect::<Result<Vec<_>, _>>()?;
    let orders: Arc<Vec<OrderId>> = Arc::new(new.iter().map(|create| create.new.order.id).collect());
    store.create(new).await.into_iter().collect::<Result<Vec<()>, _>>().map_err(line)?;
    let keys = Arc::new((0..200).map(|_| key("race")).collect::<Result<Vec<_>, _>>()?);
    let mut committers = JoinSet::new();
    for seed in 0..COMMITTERS {
        committers.spawn(committer(Arc::clone(store), seed, Arc::clone(&orders), Arc::clone(&keys)));
    }
    let told: Vec<Told> = committers.join_all().await.into_iter().flatten().collect();
    let count = |wanted: fn(&Result<(), CommitError>) -> bool| told.iter().filter(|told| wanted(&told.result)).count();
    let (done, stale) = (count(Result::is_ok), count(|r| *r == Err(CommitError::Stale)));
    let duplicate = count(|r| matches!(r, Err(CommitError::Duplicate(_))));
    found.expect(done + stale + duplicate == told.len(), || "a member was answered with something else".into());
    found.expect(done > 0 && stale > 0 && duplicate > 0, || {
        format!("{done} done, {stale} stale, {duplicate} duplicate")
    });

    for order in orders.iter() {
        let happened = told.iter().filter(|told| told.order == *order && told.result.is_ok()).count();
        let version = store.load(*order).await.map_err(line)?.version;
        let history = store.story(*order).await.map_err(line)?.history.len();
        found.expect(usize::try_from(version) == Ok(happened + 1), || {
            format!("{happened} commits were answered Ok, the version is {version}")
        });
        found.expect(history == happened + 1, || format!("{history} history rows of {happened} commits"));
    }
    for key in keys.iter() {
        let winners: Vec<OrderId> =
            told.iter().filter(|t| t.result.is_ok() && t.key.as_ref() == Some(key)).map(|t| t.order).collect();
        let holder = store.holder_of(key).await.map_err(line)?;
        found.expect(winners == holder.into_iter().collect::<Vec<_>>(), || {
            format!("{key} is held by {holder:?}, and was granted to {winners:?}")
        });
    }
    Ok(found)
}

pub(super) async fn promo(store: &Store) -> Case {
    const LIMIT: usize = 7;
    let mut found = Findings::default();
    let promo = make::promo(1)?;
    store.put_promo(&promo, i32::try_from(LIMIT).map_err(line)?, &act("put_promo")).await.map_err(line)?;
    let mut makers = JoinSet::new();
    for _ in 0..6 {
        let batch = (0..5).map(|_| create(1, customer(), Some(promo.clone()))).collect::<Result<Vec<_>, _>>()?;
        let store = Arc::clone(store);
        makers.spawn(async move { store.create(batch).await });
    }
    let results: Vec<_> = makers.join_all().await.into_iter().flatten().collect();
    let admitted = results.iter().filter(|result| result.is_ok()).count();
    let spent = results.iter().filter(|result| **result == Err(CreateError::PromoSpent)).count();
    found.expect(admitted == LIMIT && spent == 30 - LIMIT, || format!("{admitted} admitted, {spent} refused"));
    let used = store.promo(&promo.code).await.map_err(line)?.map(|row| row.used);
    found.expect(used.map(usize::try_from) == Some(Ok(LIMIT)), || format!("{used:?} uses are counted"));
    Ok(found)
}

pub(super) async fn requests(store: &Store) -> Case {
    let mut found = Findings::default();
    let name = fresh().to_string();
    let mut makers = JoinSet::new();
    let mut ids = Vec::new();
    for _ in 0..8 {
        let mut new = create(2, customer(), None)?;
        new.answer.key.clone_from(&name);
        ids.push(new.new.order.id);
        let store = Arc::clone(store);
        makers.spawn(async move { store.create(vec![new]).await });
    }
    let results: Vec<_> = makers.join_all().await.into_iter().flatten().collect();
    let made = results.iter().filter(|result| result.is_ok()).count();
    let told = results.iter().filter(|result| **result == Err(CreateError::AnswerExists)).count();
    found.expect(made == 1 && told == 7, || format!("{results:?}"));
    let mut there = 0;
    for id in ids {
        there += usize::from(!is_missing(store, id).await);
    }
    found.expect(there == 1, || format!("{there} orders are there"));
    Ok(found)
}

pub(super) async fn claims(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let due = later(order.created_at, 7200);
    let mut claimers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(store);
        claimers.spawn(async move { store.claim(Queue::Gateway, 10_000, LONG, token(), due).await });
    }
    let mut holders = 0;
    for claimed in claimers.join_all().await {
        holders += claimed.map_err(line)?.iter().filter(|task| task.order == order.id).count();
    }
    found.expect(holders == 1, || format!("{holders} of eight claimed the task"));
    Ok(found)
}

//! Alerts, the sweep, and what is cleared away.

use std::sync::Arc;

use domain::task::TaskChange;
use domain::{Alert, AlertKind, Order, OrderId, PaymentNo, TaskKind, What};
use tokio::task::JoinSet;

use super::leases::{claim, token};
use super::make::{act, create, customer, fresh, later, now, touch};
use super::orders::{one, step, stored};
use super::{Case, Findings, Store, line};
use crate::notice::NoticeRecord;
use crate::store::StoredAlert;

const KIND: TaskKind = TaskKind::Payment(PaymentNo(0));
const DAY: i64 = 86_400;

/// Raises an alert about an order, and returns the one that is open then.
async fn raised(store: &Store, order: OrderId) -> Result<StoredAlert, String> {
    let alert = Alert { kind: AlertKind::UnknownReference, subject: "X".into(), detail: "nobody's".into() };
    let notice = NoticeRecord {
        key: fresh().to_string(),
        provider: "ecpay".into(),
        kind: "paid".into(),
        body: "RtnCode=1".into(),
    };
    store.park(notice, Some(order), Some(alert), now()).await.map_err(line)?;
    open_alerts(store, order).await?.pop().ok_or_else(|| "a raised alert is not open".into())
}

async fn open_alerts(store: &Store, order: OrderId) -> Result<Vec<StoredAlert>, String> {
    let open = store.alerts(true, None, 200).await.map_err(line)?;
    Ok(open.into_iter().filter(|alert| alert.order == Some(order)).collect())
}

pub(super) async fn closed(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?.id;
    let first = raised(store, order).await?;
    let counted = raised(store, order).await?;
    found.expect(counted.id == first.id && counted.times == 2, || format!("raised again while open: {counted:?}"));

    let mut closers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(store);
        closers.spawn(async move { store.close_alert(first.id, &act("close_alert")).await });
    }
    let mut told = 0;
    for closed in closers.join_all().await {
        told += usize::from(closed.map_err(line)?);
    }
    found.expect(told == 1, || format!("{told} of eight closed the alert"));
    let again = store.close_alert(first.id, &act("close_alert")).await.map_err(line)?;
    let nobodys = store.close_alert(i64::MAX, &act("close_alert")).await.map_err(line)?;
    found.expect(!again && !nobodys, || "an alert that is not open was closed".into());
    let open = open_alerts(store, order).await?;
    found.expect(open.is_empty(), || format!("a closed alert is open: {open:?}"));

    let next = raised(store, order).await?;
    found.expect(next.id > first.id && next.times == 1, || format!("raised after it was closed: {next:?}"));
    let all = store.alerts(false, Some(next.id), 200).await.map_err(line)?;
    let kept = all.iter().find(|alert| alert.id == first.id);
    found.expect(kept.is_some_and(|alert| alert.closed_by.as_deref() == Some("ops")), || {
        format!("it is kept as {kept:?}")
    });
    Ok(found)
}

pub(super) async fn about_no_order(store: &Store) -> Case {
    let mut found = Findings::default();
    let subject = fresh().to_string();
    let mut alert = Alert { kind: AlertKind::SupplierAccount, subject: subject.clone(), detail: "low".into() };
    store.raise(&alert, now()).await.map_err(line)?;
    alert.detail = "lower".into();
    store.raise(&alert, now()).await.map_err(line)?;
    let open = store.alerts(true, None, 200).await.map_err(line)?;
    let ours: Vec<_> = open.iter().filter(|alert| alert.subject == subject).collect();
    let told: Vec<_> = ours.iter().map(|a| (a.order, a.times, a.detail.as_str())).collect();
    found.expect(told == [(None, 2, "lower")], || format!("raised twice, stored as {told:?}"));
    Ok(found)
}

/// Which of these orders the sweep has an open alert about, and how often each was raised.
async fn stuck(store: &Store, orders: &[&Order]) -> Result<Vec<(OrderId, i32)>, String> {
    store.sweep(now()).await.map_err(line)?;
    let open = store.alerts(true, None, 200).await.map_err(line)?;
    let word = AlertKind::OrderWithoutTask.as_str();
    let times = |order: &OrderId| open.iter().find(|a| a.kind == word && a.order == Some(*order)).map(|a| a.times);
    Ok(orders.iter().filter_map(|order| times(&order.id).map(|n| (order.id, n))).collect())
}

pub(super) async fn swept(store: &Store) -> Case {
    let mut found = Findings::default();
    let (live, bare, dead, over) =
        (stored(store, 1).await?, stored(store, 1).await?, stored(store, 1).await?, stored(store, 1).await?);
    let mut commit = touch(bare.id, 1, None);
    commit.change.tasks = vec![TaskChange::Remove(KIND)];
    one(store, commit).await.map_err(line)?;
    let task = claim(store, &dead, std::time::Duration::ZERO, token()).await?.ok_or("a due task was not claimed")?;
    store.bury(&task, "gave up", now()).await.map_err(line)?;
    step(store, &over, What::Cancelled { payment: PaymentNo(0) }).await?;
    let mut commit = touch(over.id, 2, None);
    commit.change.status = domain::OrderStatus::Cancelled;
    commit.change.tasks = over.tasks.iter().map(|task| TaskChange::Remove(task.kind.clone())).collect();
    one(store, commit).await.map_err(line)?;

    let all = [&live, &bare, &dead, &over];
    let seen = stuck(store, &all).await?;
    found.expect(seen == [(bare.id, 1), (dead.id, 1)], || format!("stuck are bare and dead, seen {seen:?} of {all:?}"));
    let seen = stuck(store, &all).await?;
    found.expect(seen == [(bare.id, 2), (dead.id, 2)], || format!("swept again: {seen:?}"));
    let revived = store.revive(dead.id, &KIND, &act("revive_task")).await.map_err(line)?;
    let seen = stuck(store, &all).await?;
    found.expect(revived && seen == [(bare.id, 3), (dead.id, 2)], || format!("after one was helped: {seen:?}"));
    Ok(found)
}

pub(super) async fn forgotten(store: &Store) -> Case {
    let mut found = Findings::default();
    let (mut old, new) = (create(1, customer(), None)?, create(1, customer(), None)?);
    old.answer.at = later(now(), -30 * DAY);
    let answers = [old.answer.clone(), new.answer.clone()];
    let made = store.create(vec![old, new]).await;
    found.expect(made == [Ok(()), Ok(())], || format!("{made:?}"));
    let before = later(now(), -20 * DAY);
    let counts = (store.forget_answers(before).await.map_err(line)?, store.forget_answers(before).await.map_err(line)?);
    found.expect(counts == (1, 0), || format!("one answer was old, forgotten {counts:?}"));
    let mut kept = Vec::new();
    for answer in &answers {
        kept.push(store.stored_answer(&answer.scope, &answer.key).await.map_err(line)?.is_some());
    }
    found.expect(kept == [false, true], || format!("the old one and the new one are kept: {kept:?}"));
    Ok(found)
}

pub(super) async fn ready(store: &Store) -> Case {
    let mut found = Findings::default();
    for _ in 0..2 {
        store.make_partitions(now()).await.map_err(line)?;
        let ready = store.ready(now()).await;
        found.expect(ready == Ok(()), || format!("with its partitions made the store is {ready:?}"));
    }
    Ok(found)
}

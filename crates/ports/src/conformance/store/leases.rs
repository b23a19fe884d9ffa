//! Tasks: one holder at a time, fenced by its token. An expired lease is made by one of no length, so nothing waits.

use std::time::Duration;

use domain::task::{Queue, TaskChange};
use domain::{Order, PaymentNo, Task, TaskKind};

use super::make::{act, fresh, later, touch};
use super::orders::{one, stored};
use super::{Case, Findings, Store, line};
use crate::store::{CommitError, Take};
use crate::tasks::{LeaseToken, Leased};

pub(super) const LONG: Duration = Duration::from_secs(600);
const KIND: TaskKind = TaskKind::Payment(PaymentNo(0));
/// More than all orders of the suite have.
const ALL: u16 = 10_000;

pub(super) fn token() -> LeaseToken {
    LeaseToken(fresh())
}

/// Claims what is due when this order's payment task is, and picks out that task.
pub(super) async fn claim(
    store: &Store,
    order: &Order,
    lease: Duration,
    token: LeaseToken,
) -> Result<Option<Leased>, String> {
    let due = order.tasks.first().ok_or("a new order has a task")?.run_at;
    let tasks = store.claim(Queue::Gateway, ALL, lease, token, due).await.map_err(line)?;
    Ok(tasks.into_iter().find(|task| task.order == order.id))
}

/// The order's payment task, put again for the same time.
fn put(order: &Order, hold: bool) -> Result<TaskChange, String> {
    let run_at = order.tasks.first().ok_or("a new order has a task")?.run_at;
    Ok(TaskChange::Put { task: Task { kind: KIND, run_at }, hold })
}

pub(super) async fn fenced(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let early = store.claim(Queue::Gateway, ALL, LONG, token(), order.created_at).await.map_err(line)?;
    found.expect(early.iter().all(|task| task.order != order.id), || "a task was claimed before its time".into());
    let other_queue =
        store.claim(Queue::Supplier, ALL, LONG, token(), later(order.created_at, 7200)).await.map_err(line)?;
    found.expect(other_queue.iter().all(|task| task.order != order.id), || {
        "a task was claimed from another queue".into()
    });

    let lost = claim(store, &order, Duration::ZERO, token()).await?.ok_or("a due task was not claimed")?;
    let held = claim(store, &order, LONG, token()).await?.ok_or("an expired lease was not given again")?;
    found.expect(held.kind == KIND && held.attempts == 0, || format!("claimed {held:?}"));
    let third = claim(store, &order, LONG, token()).await?;
    found.expect(third.is_none(), || "a leased task was claimed".into());
    let writes = [
        store.retry_later(&lost, order.created_at, "late").await,
        store.hand_back(&lost, order.created_at).await,
        store.bury(&lost, "late", order.created_at).await,
    ];
    found.expect(writes == [Ok(false), Ok(false), Ok(false)], || format!("one who lost the lease wrote: {writes:?}"));

    let run_at = held.run_at;
    let done = store.retry_later(&held, run_at, "busy").await.map_err(line)?;
    found.expect(done, || "the holder could not put its task back".into());
    let again = claim(store, &order, LONG, token()).await?.ok_or("a task put back was not claimed")?;
    found.expect(again.attempts == 1, || format!("one failed try is counted as {}", again.attempts));
    let back = store.hand_back(&again, run_at).await.map_err(line)?;
    let last = claim(store, &order, LONG, token()).await?.ok_or("a task handed back was not claimed")?;
    found.expect(back && last.attempts == 1, || format!("handed back {back}, tries {}", last.attempts));
    let outlook = store.outlook().await.map_err(line)?;
    found.expect(outlook.live >= 1 && outlook.leased >= 1 && outlook.next_due.is_some(), || format!("{outlook:?}"));
    Ok(found)
}

pub(super) async fn released(store: &Store) -> Case {
    let mut found = Findings::default();
    // (the committer has the lease, what it says of the task, is the task free afterwards)
    let cases = [(true, None, true), (true, Some(false), true), (true, Some(true), false), (false, Some(false), false)];
    for (n, (holder, hold, free)) in cases.into_iter().enumerate() {
        let order = stored(store, 1).await?;
        let task = claim(store, &order, LONG, token()).await?.ok_or("a due task was not claimed")?;
        let mut commit = touch(order.id, 1, None);
        commit.leases = vec![if holder { task.token } else { token() }];
        commit.change.tasks = hold.map(|hold| put(&order, hold)).transpose()?.into_iter().collect();
        one(store, commit).await.map_err(line)?;
        let after = claim(store, &order, LONG, token()).await?;
        found.expect(after.is_some() == free, || format!("case {n}: the task is free: {}", after.is_some()));
        if !free {
            let kept = store.hand_back(&task, task.run_at).await.map_err(line)?;
            found.expect(kept, || format!("case {n}: the holder lost its lease"));
        }
    }
    let order = stored(store, 1).await?;
    let mut commit = touch(order.id, 1, None);
    commit.change.tasks = vec![TaskChange::Remove(KIND)];
    one(store, commit).await.map_err(line)?;
    let gone = claim(store, &order, LONG, token()).await?;
    found.expect(gone.is_none(), || "a removed task was claimed".into());
    let order = store.load(order.id).await.map_err(line)?;
    found.expect(order.tasks.is_empty(), || format!("a removed task is left: {:?}", order.tasks));
    Ok(found)
}

/// Who had the order's task before a commit that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// There was no such task.
    None,
    Nobody,
    Other,
    OtherTooLong,
    Committer,
}

pub(super) async fn taken(store: &Store) -> Case {
    let mut found = Findings::default();
    for before in [Before::None, Before::Nobody, Before::Other, Before::OtherTooLong, Before::Committer] {
        let order = stored(store, 1).await?;
        let mut version = 1;
        if before == Before::None {
            let mut commit = touch(order.id, version, None);
            commit.change.tasks = vec![TaskChange::Remove(KIND)];
            one(store, commit).await.map_err(line)?;
            version += 1;
        }
        let holder = match before {
            Before::None | Before::Nobody => None,
            Before::OtherTooLong => claim(store, &order, Duration::ZERO, token()).await?,
            Before::Other | Before::Committer => claim(store, &order, LONG, token()).await?,
        };
        let mine = token();
        let mut commit = touch(order.id, version, None);
        commit.change.tasks = vec![put(&order, false)?];
        commit.takes = vec![Take { kind: KIND, token: mine, lease: LONG }];
        commit.leases = holder.iter().filter(|_| before == Before::Committer).map(|task| task.token).collect();
        let mut stale = commit.clone();
        stale.change.decided_on = version + 7;
        let refused = one(store, stale).await;
        found.expect(refused == Err(CommitError::Stale), || format!("{before:?}: a stale commit: {refused:?}"));
        let taken = one(store, commit).await.map_err(line)?;
        let free = before != Before::Other;
        let expected = if free { vec![mine] } else { Vec::new() };
        found.expect(taken == expected, || format!("{before:?}: taken {taken:?}"));
        let other = claim(store, &order, LONG, token()).await?;
        found.expect(other.is_none(), || format!("{before:?}: the task was claimed by another"));
        let run_at = order.tasks.first().ok_or("a new order has a task")?.run_at;
        if let Some(before_it) = &holder {
            let kept = store.hand_back(before_it, run_at).await.map_err(line)?;
            found.expect(kept != free, || format!("{before:?}: the holder before still has it: {kept}"));
        }
        if free {
            let until = std::time::Instant::now() + LONG;
            let task = Leased { order: order.id, kind: KIND, run_at, attempts: 0, token: mine, version: 0, until };
            let kept = store.hand_back(&task, run_at).await.map_err(line)?;
            found.expect(kept, || format!("{before:?}: who took the task does not have it"));
        }
    }
    Ok(found)
}

/// Two tasks of one order that came with one claim are in two hands: what is written for one leaves the other held.
pub(super) async fn siblings(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let run_at = order.tasks.first().ok_or("a new order has a task")?.run_at;
    let mut commit = touch(order.id, 1, None);
    let second = Task { kind: TaskKind::Payment(PaymentNo(1)), run_at };
    commit.change.tasks = vec![TaskChange::Put { task: second, hold: false }];
    one(store, commit).await.map_err(line)?;
    let claimed = store.claim(Queue::Gateway, ALL, LONG, token(), run_at).await.map_err(line)?;
    let mut ours = claimed.into_iter().filter(|task| task.order == order.id);
    let (one_task, other) = ours.next().zip(ours.next()).ok_or("two due tasks were not claimed at once")?;
    let mut commit = touch(order.id, 2, None);
    commit.leases = vec![one_task.token];
    one(store, commit).await.map_err(line)?;
    let kept = store.hand_back(&other, run_at).await.map_err(line)?;
    found.expect(kept, || "a commit released a task that another worker holds".into());
    let again = store.claim(Queue::Gateway, ALL, LONG, token(), run_at).await.map_err(line)?;
    let leases: Vec<_> = again.into_iter().filter(|task| task.order == order.id).map(|task| task.token).collect();
    let mut commit = touch(order.id, 3, None);
    commit.leases = leases;
    one(store, commit).await.map_err(line)?;
    let again = store.claim(Queue::Gateway, ALL, LONG, token(), run_at).await.map_err(line)?;
    let free = again.into_iter().filter(|task| task.order == order.id).count();
    found.expect(free == 2, || format!("a commit for two tasks released {free}"));
    Ok(found)
}

pub(super) async fn buried(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let task = claim(store, &order, LONG, token()).await?.ok_or("a due task was not claimed")?;
    let none = store.revive(order.id, &KIND, &act("revive_task")).await.map_err(line)?;
    found.expect(!none, || "a live task was revived".into());
    let buried = store.bury(&task, "gave up", order.created_at).await.map_err(line)?;
    found.expect(buried, || "the holder could not give its task up".into());
    let dead = claim(store, &order, LONG, token()).await?;
    found.expect(dead.is_none(), || "a dead task was claimed".into());
    let story = store.story(order.id).await.map_err(line)?;
    let told: Vec<_> = story.tasks.iter().map(|task| (task.dead, task.last_error.as_deref())).collect();
    found.expect(told == [(true, Some("gave up"))], || format!("the story tells {told:?}"));
    let alerts: Vec<&str> = story.alerts.iter().map(|alert| alert.kind.as_str()).collect();
    found.expect(alerts == ["task_dead"], || format!("the alerts are {alerts:?}"));
    let read = store.load(order.id).await.map_err(line)?;
    found.expect(read.task(&KIND).is_some(), || "an order must still see that its dead task is there".into());
    let revived = store.revive(order.id, &KIND, &act("revive_task")).await.map_err(line)?;
    let again = claim(store, &order, LONG, token()).await?;
    found.expect(revived && again.is_some_and(|task| task.attempts == 0), || "the task was not revived".into());
    Ok(found)
}

//! Group commit: what waits together is written together, and everybody hears what became of their own.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Actor, Decision, Event, OrderId, What, decide};
use ports::store::{Commit, CommitError, MockOrderStore, Unavailable};
use ports::tasks::LeaseToken;

use super::world::{money, noon, opened};
use crate::group::{Decided, GroupCommit};
use crate::hands::Reached;

fn id(n: usize) -> OrderId {
    format!("0199aa00-0000-7000-8000-{n:012x}").parse().unwrap()
}

/// Order `n` becomes paid, and no worker has a free hand for it.
fn commit(n: usize) -> Decided {
    let mut order = opened();
    order.id = id(n);
    let event = Event { what: What::Paid(money(&order)), actor: Actor::Engine };
    let Decision::Applied(applied) = decide(&order, &event, noon()) else { panic!("not applied") };
    let reached = Reached::of(&Arc::default(), &applied.change, noon(), Duration::ZERO, token);
    let (leases, takes, exchanges) = (Vec::new(), reached.takes(), Vec::new());
    Decided { commit: Commit { change: applied.change, leases, takes, exchanges, notice: None, answer: None }, reached }
}

fn token() -> LeaseToken {
    LeaseToken(uuid::Uuid::from_u128(1))
}

/// A store whose statements end when the test says so, with the answer that the test gives for each member.
struct Slow {
    begun: Receiver<Vec<OrderId>>,
    end: Sender<Result<(), CommitError>>,
}

impl Slow {
    fn begins(&self) -> Vec<OrderId> {
        self.begun.recv_timeout(Duration::from_secs(10)).unwrap()
    }
}

fn slow() -> (Arc<GroupCommit>, Slow) {
    let (tell, begun) = channel();
    let (end, ended) = channel::<Result<(), CommitError>>();
    let (tell, ended) = (Mutex::new(tell), Mutex::new(ended));
    let mut store = MockOrderStore::new();
    store.expect_commit().returning(move |batch| {
        tell.lock().unwrap().send(batch.iter().map(|c| c.change.order).collect()).unwrap();
        let answer = tokio::task::block_in_place(|| ended.lock().unwrap().recv()).unwrap();
        batch.iter().map(|_| answer.clone().map(|()| vec![])).collect()
    });
    (Arc::new(GroupCommit::new(Arc::new(store))), Slow { begun, end })
}

fn send(group: &Arc<GroupCommit>, commit: Decided) -> tokio::task::JoinHandle<Result<(), CommitError>> {
    let group = Arc::clone(group);
    tokio::spawn(async move { group.commit(commit).await })
}

/// Sends one after the other and waits until all are in their lane.
async fn send_all(group: &Arc<GroupCommit>, orders: &[usize]) -> Vec<tokio::task::JoinHandle<Result<(), CommitError>>> {
    let before = group.waiting();
    let handles = orders.iter().map(|n| send(group, commit(*n))).collect();
    while group.waiting() < before + orders.len() {
        tokio::task::yield_now().await;
    }
    handles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_one_is_written_the_others_collect() {
    let (group, store) = slow();
    let first = send(&group, commit(0));
    assert_eq!(store.begins(), [id(0)], "an idle store is written to at once");
    let others = send_all(&group, &[1, 2, 3]).await;
    store.end.send(Ok(())).unwrap();
    assert_eq!(first.await.unwrap(), Ok(()));
    let batch = store.begins();
    assert_eq!(batch.len(), 3, "{batch:?}");
    store.end.send(Ok(())).unwrap();
    for other in others {
        assert_eq!(other.await.unwrap(), Ok(()));
    }
    assert_eq!(group.counted()[0], ("commit", 2, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_decisions_about_one_order_never_share_a_statement() {
    let (group, store) = slow();
    let first = send(&group, commit(0));
    store.begins();
    let others = send_all(&group, &[0, 1, 1]).await;
    store.end.send(Ok(())).unwrap();
    let mut second = store.begins();
    second.sort();
    assert_eq!(second, [id(0), id(1)]);
    store.end.send(Ok(())).unwrap();
    assert_eq!(store.begins(), [id(1)]);
    store.end.send(Err(CommitError::Stale)).unwrap();
    let mut answers = vec![first.await.unwrap()];
    for other in others {
        answers.push(other.await.unwrap());
    }
    answers.sort_by_key(Result::is_err);
    assert_eq!(answers, [Ok(()), Ok(()), Ok(()), Err(CommitError::Stale)]);
    assert_eq!(group.counted()[0], ("commit", 3, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_for_the_batch_to_be_over_waits_while_there_is_one() {
    let (group, store) = slow();
    group.batch_over().await;
    let first = send(&group, commit(0));
    store.begins();
    let waiting = tokio::spawn({
        let group = Arc::clone(&group);
        async move { group.batch_over().await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    store.end.send(Ok(())).unwrap();
    waiting.await.unwrap();
    assert_eq!(first.await.unwrap(), Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_for_a_batch_that_was_the_last_one() {
    let mut store = MockOrderStore::new();
    store.expect_commit().returning(|batch| vec![Ok(vec![]); batch.len()]);
    let group = Arc::new(GroupCommit::new(Arc::new(store)));
    for _ in 0..2_000 {
        let written = send(&group, commit(0));
        let looking = async {
            while !written.is_finished() {
                group.batch_over().await;
            }
        };
        let looked = tokio::time::timeout(Duration::from_secs(10), looking).await;
        assert!(looked.is_ok(), "waits for a batch that nobody writes");
        written.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_decision_is_written_after_all_when_the_one_before_it_was_not() {
    let (group, store) = slow();
    let first = send(&group, commit(0));
    store.begins();
    let second = send_all(&group, &[0]).await.remove(0);
    let away = CommitError::from(Unavailable("away".into()));
    store.end.send(Err(away.clone())).unwrap();
    assert_eq!(store.begins(), [id(0)]);
    store.end.send(Ok(())).unwrap();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (Err(away), Ok(())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_comes_when_too_many_wait_is_refused_at_once_and_nobody_else() {
    let (group, store) = slow();
    let first = send(&group, commit(0));
    store.begins();
    let waiting = send_all(&group, &(1..=2_000).collect::<Vec<_>>()).await;
    let refused = group.commit(commit(9_999)).await;
    assert_eq!(refused, Err(Unavailable("too much waits to be written".into()).into()));
    for _ in 0..11 {
        store.end.send(Ok(())).unwrap();
    }
    for written in std::iter::once(first).chain(waiting) {
        assert_eq!(written.await.unwrap(), Ok(()));
    }
    let sizes: Vec<usize> = store.begun.try_iter().map(|batch| batch.len()).collect();
    assert_eq!(sizes, [200; 10], "batches are bounded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_writing_that_breaks_off_is_of_unknown_outcome_and_who_waits_is_written() {
    let (go, begun) = channel::<()>();
    let begun = Mutex::new(begun);
    let mut store = MockOrderStore::new();
    store.expect_commit().times(1).returning(move |_| {
        tokio::task::block_in_place(|| begun.lock().unwrap().recv()).unwrap();
        panic!("a bug")
    });
    store.expect_commit().times(1).returning(|batch| vec![Ok(vec![]); batch.len()]);
    let group = Arc::new(GroupCommit::new(Arc::new(store)));
    let first = send(&group, commit(0));
    while group.counted()[0].1 == 0 {
        tokio::task::yield_now().await;
    }
    let waiting = send_all(&group, &[0, 1]).await;
    go.send(()).unwrap();
    assert!(matches!(first.await.unwrap(), Err(CommitError::Unavailable(_))));
    for written in waiting {
        assert_eq!(written.await.unwrap(), Ok(()));
    }
}

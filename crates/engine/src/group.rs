//! Group commit: while one batch is being written the next one collects. No timer: an idle store is written to at once, a
//! busy one in batches that grow with the load. Not here: what a batch's statement is, and how a member that spoils it is
//! found (the store's), nor what is decided.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::OrderId;
use ports::store::{Commit, CommitError, Create, CreateError, OrderStore, Unavailable};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::hands::Reached;

/// Members of one batch. At a hundred the gain of batching is spent (measured); twice that bounds a statement's size.
const BATCH_LIMIT: usize = 200;
/// Members that may wait in one lane: at a thousand orders a second about two seconds of work, and some 20 MB. Who comes
/// then hears that the store is busy, before anything was written.
const WAITING_LIMIT: usize = 2_000;

/// What is written in batches.
trait Member: Send + Sized + 'static {
    type Answer: Clone + Send + 'static;
    /// Members with one subject never share a batch: the later one was decided without knowing of the earlier.
    fn subject(&self) -> Option<OrderId>;
    fn write(store: &dyn OrderStore, batch: Vec<Self>) -> impl Future<Output = Vec<Self::Answer>> + Send;
    /// The answer to a member of which the store says nothing.
    fn unreported() -> Self::Answer;
    fn unavailable(why: &str) -> Self::Answer;
}

/// A commit with the hands that wait for what it makes due. Once it is written they get their tasks, whether or not anybody
/// still waits to hear of the commit.
pub(crate) struct Decided {
    pub(crate) commit: Commit,
    pub(crate) reached: Reached,
}

impl Member for Decided {
    type Answer = Result<(), CommitError>;
    fn subject(&self) -> Option<OrderId> {
        Some(self.commit.change.order)
    }
    async fn write(store: &dyn OrderStore, batch: Vec<Self>) -> Vec<Self::Answer> {
        let (commits, reached): (Vec<_>, Vec<_>) = batch.into_iter().map(|d| (d.commit, d.reached)).unzip();
        let answers = store.commit(commits).await;
        let settled = reached.into_iter().zip(answers).map(|(reached, answer)| {
            reached.settle(&answer);
            answer.map(drop)
        });
        settled.collect()
    }
    fn unreported() -> Self::Answer {
        Err(CommitError::Stale)
    }
    fn unavailable(why: &str) -> Self::Answer {
        Err(Unavailable(why.to_owned()).into())
    }
}

impl Member for Create {
    type Answer = Result<(), CreateError>;
    /// A new order is nobody else's.
    fn subject(&self) -> Option<OrderId> {
        None
    }
    async fn write(store: &dyn OrderStore, batch: Vec<Self>) -> Vec<Self::Answer> {
        store.create(batch).await
    }
    fn unreported() -> Self::Answer {
        Self::unavailable("the store did not say what became of the order")
    }
    fn unavailable(why: &str) -> Self::Answer {
        Err(Unavailable(why.to_owned()).into())
    }
}

/// The writes of one process. One lane for all commits: two made the batches half as large and the whole slower (measured).
pub(crate) struct GroupCommit {
    store: Arc<dyn OrderStore>,
    /// Writes outlive the callers, whose runtimes may be a web worker's only thread.
    runtime: Handle,
    commits: Arc<Lane<Decided>>,
    creates: Arc<Lane<Create>>,
}

impl GroupCommit {
    /// Writes on the current runtime.
    pub(crate) fn new(store: Arc<dyn OrderStore>) -> Self {
        Self { store, runtime: Handle::current(), commits: Arc::default(), creates: Arc::default() }
    }

    /// Answered when it is written. Two decisions about an order never race in this process: they are not in one batch, and
    /// one batch is written after the other.
    pub(crate) async fn commit(&self, decided: Decided) -> Result<(), CommitError> {
        self.write(&self.commits, decided).await
    }

    /// Answered when it is written.
    pub(crate) async fn create(&self, create: Create) -> Result<(), CreateError> {
        self.write(&self.creates, create).await
    }

    /// Puts a member into a lane and waits for its answer. Who gives up waiting leaves the member where it is: it is written,
    /// and so of unknown outcome to them.
    async fn write<M: Member>(&self, lane: &Arc<Lane<M>>, member: M) -> M::Answer {
        let (answer, answered) = oneshot::channel();
        let begins = {
            let mut queue = lane.queue();
            if queue.waiting.len() >= WAITING_LIMIT {
                return M::unavailable("too much waits to be written");
            }
            queue.waiting.push_back(Waiting { member, answer });
            !std::mem::replace(&mut queue.busy, true)
        };
        if begins {
            // A task of its own: the writing must not stop when this caller does.
            self.runtime.spawn(write_all(Arc::clone(&self.store), Arc::clone(lane)));
        }
        answered.await.unwrap_or_else(|_gone| M::unavailable("the writing broke off"))
    }

    /// When the batch of commits under way has been written; at once when there is none. What is only handed in then shares
    /// a commit with what else happened to its order meanwhile.
    pub(crate) async fn batch_over(&self) {
        // Before the look, so that an end in between is not missed.
        let ended = self.commits.ended.notified();
        if self.commits.queue().busy {
            ended.await;
        }
    }

    /// How many wait for the statements under way to end.
    pub(crate) fn waiting(&self) -> usize {
        self.commits.queue().waiting.len() + self.creates.queue().waiting.len()
    }

    /// Batches written and their members, of commits and of new orders.
    pub(crate) fn counted(&self) -> [(&'static str, u64, u64); 2] {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("commit", read(&self.commits.batches), read(&self.commits.members)),
            ("create", read(&self.creates.batches), read(&self.creates.members)),
        ]
    }
}

/// Members on their way into one statement after the other.
struct Lane<M: Member> {
    queue: Mutex<Queue<M>>,
    /// A batch has been written.
    ended: Notify,
    batches: AtomicU64,
    members: AtomicU64,
}

impl<M: Member> Default for Lane<M> {
    fn default() -> Self {
        let queue = Queue { waiting: VecDeque::new(), busy: false };
        Self { queue: Mutex::new(queue), ended: Notify::new(), batches: AtomicU64::new(0), members: AtomicU64::new(0) }
    }
}

struct Queue<M: Member> {
    waiting: VecDeque<Waiting<M>>,
    /// Somebody writes, and will take what waits.
    busy: bool,
}

struct Waiting<M: Member> {
    member: M,
    answer: oneshot::Sender<M::Answer>,
}

/// Writes batch after batch until nothing waits.
async fn write_all<M: Member>(store: Arc<dyn OrderStore>, lane: Arc<Lane<M>>) {
    while let Some(batch) = lane.next_batch() {
        let (members, replies): (Vec<M>, Vec<_>) = batch.into_iter().map(|w| (w.member, w.answer)).unzip();
        lane.batches.fetch_add(1, Ordering::Relaxed);
        lane.members.fetch_add(u64::try_from(members.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let (store, count) = (Arc::clone(&store), members.len());
        // A task of its own: should it break off, that is between it and its members, and the lane goes on.
        let written = tokio::spawn(async move { M::write(store.as_ref(), members).await }).await;
        let answers = written.unwrap_or_else(|_broken| vec![M::unavailable("the writing broke off"); count]);
        let mut answers = answers.into_iter();
        for reply in replies {
            let _nobody_waits_any_more = reply.send(answers.next().unwrap_or_else(M::unreported));
        }
    }
}

impl<M: Member> Lane<M> {
    fn queue(&self) -> MutexGuard<'_, Queue<M>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first of what waits, each subject once. `None`: nothing waits, and the lane is idle from now on.
    fn next_batch(&self) -> Option<Vec<Waiting<M>>> {
        let mut queue = self.queue();
        let mut seen = BTreeSet::new();
        let (mut batch, mut later) = (Vec::new(), VecDeque::new());
        while batch.len() < BATCH_LIMIT
            && let Some(waiting) = queue.waiting.pop_front()
        {
            match waiting.member.subject() {
                Some(subject) if !seen.insert(subject) => later.push_back(waiting),
                Some(_) | None => batch.push(waiting),
            }
        }
        later.append(&mut queue.waiting);
        queue.waiting = later;
        queue.busy = !batch.is_empty();
        // In the lock, so that nobody sees the lane busy with a batch whose end has been told.
        self.ended.notify_waiters();
        queue.busy.then_some(batch)
    }
}

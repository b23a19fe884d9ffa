//! The hands of a process: how many tasks of a queue are worked on at once, and how a task that a commit makes due gets
//! into one. Where a hand is free it is kept for the task while the commit is under way, which leases the task: nobody has
//! to look for it. Where none is, whoever is free next finds it in the queue. Not here: what is done with a task.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::order::ChangeSet;
use domain::task::{Queue, TaskChange};
use domain::{Moment, Task};
use ports::store::{CommitError, Take, Taken};
use ports::tasks::{LeaseToken, Leased};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// A task in a hand.
pub(crate) type InHand = (Leased, OwnedSemaphorePermit);

/// What a commit gave to the workers of a queue.
pub(crate) enum Handed {
    /// Tasks of one order, leased by the commit.
    Taken(Vec<InHand>),
    /// The commit's outcome is unknown: if it leased them, nobody works on them.
    Unsure(Vec<InHand>),
}

/// See the module. Shared by all who commit in this process.
#[derive(Default)]
pub(crate) struct Hands {
    gateway: Pool,
    supplier: Pool,
    back_office: Pool,
}

/// The hands for one queue.
pub(crate) struct Pool {
    /// None before the workers begin, and closed when they stop.
    pub(crate) free: Arc<Semaphore>,
    /// A task is due that nobody has taken. A hint only: the workers also look by themselves.
    pub(crate) due: Notify,
    /// More lies in the queue than could be taken: who waits there comes first.
    crowded: AtomicBool,
    /// Bounded by the hands: each task that is on its way has one.
    give: UnboundedSender<Handed>,
    /// Until the workers begin.
    given: Mutex<Option<UnboundedReceiver<Handed>>>,
}

impl Default for Pool {
    fn default() -> Self {
        let (give, given) = unbounded_channel();
        Self {
            free: Arc::new(Semaphore::new(0)),
            due: Notify::default(),
            crowded: AtomicBool::new(false),
            give,
            given: Mutex::new(Some(given)),
        }
    }
}

impl Pool {
    /// The workers begin, and take what is given from now on. `None`: they began before.
    pub(crate) fn open(&self, hands: usize) -> Option<UnboundedReceiver<Handed>> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.free.add_permits(hands);
        Some(given)
    }

    /// What a look into the queue found: whether there is more than could be taken.
    pub(crate) fn looked(&self, crowded: bool) {
        self.crowded.store(crowded, Ordering::Relaxed);
    }

    /// No task is in work or on its way.
    pub(crate) fn all_free(&self, hands: usize) -> bool {
        self.free.available_permits() >= hands
    }

    fn reach(&self) -> Option<OwnedSemaphorePermit> {
        let direct = !self.crowded.load(Ordering::Relaxed);
        direct.then(|| Arc::clone(&self.free).try_acquire_owned().ok()).flatten()
    }
}

impl Hands {
    pub(crate) fn of(&self, queue: Queue) -> &Pool {
        match queue {
            Queue::Gateway => &self.gateway,
            Queue::Supplier => &self.supplier,
            Queue::BackOffice => &self.back_office,
        }
    }

    /// Nothing more is given to the workers, who are about to stop.
    pub(crate) fn close(&self) {
        for queue in Queue::ALL {
            self.of(queue).free.close();
        }
    }

    /// Tasks were put that are due, and no hand is kept for them.
    pub(crate) fn look(&self, tasks: &[Task], now: Moment) {
        for task in tasks.iter().filter(|task| task.run_at <= now) {
            self.of(task.kind.queue()).due.notify_one();
        }
    }
}

/// What a commit makes due, each task with the hand that is kept for it if one was free.
pub(crate) struct Reached {
    hands: Arc<Hands>,
    lease: Duration,
    due: Vec<(Leased, Option<OwnedSemaphorePermit>)>,
}

impl Reached {
    /// `token` is fresh at each call.
    pub(crate) fn of(
        hands: &Arc<Hands>,
        change: &ChangeSet,
        now: Moment,
        lease: Duration,
        token: impl Fn() -> LeaseToken,
    ) -> Self {
        // Looked at before the database counts: our end of the lease is never later than its.
        let until = Instant::now() + lease;
        let put = change.tasks.iter().filter_map(|change| match change {
            TaskChange::Put { task, hold: false } if task.run_at <= now => Some(task),
            TaskChange::Put { .. } | TaskChange::Remove(_) => None,
        });
        let due = put.map(|task| {
            let leased = Leased {
                order: change.order,
                kind: task.kind.clone(),
                run_at: task.run_at,
                attempts: 0,
                token: token(),
                version: change.decided_on.saturating_add(1),
                until,
            };
            (leased, hands.of(task.kind.queue()).reach())
        });
        Self { hands: Arc::clone(hands), lease, due: due.collect() }
    }

    /// What the commit has to take for the hands.
    pub(crate) fn takes(&self) -> Vec<Take> {
        let kept = self.due.iter().filter(|(_, hand)| hand.is_some());
        kept.map(|(task, _)| Take { kind: task.kind.clone(), token: task.token, lease: self.lease }).collect()
    }

    /// Gives the workers what the commit took, and calls them for what it could not. A task that was to be taken and was not
    /// is in other hands, which will see what the commit did.
    pub(crate) fn settle(self, answer: &Result<Taken, CommitError>) {
        let got = |task: &Leased| match answer {
            Ok(taken) => taken.contains(&task.token),
            Err(error) => matches!(error, CommitError::Unavailable(_)),
        };
        let mut of_queue: BTreeMap<Queue, Vec<InHand>> = BTreeMap::new();
        for (task, hand) in self.due {
            let queue = task.kind.queue();
            match hand {
                Some(hand) if got(&task) => of_queue.entry(queue).or_default().push((task, hand)),
                None if answer.is_ok() => self.hands.of(queue).due.notify_one(),
                Some(_) | None => {}
            }
        }
        for (queue, tasks) in of_queue {
            let handed = if answer.is_ok() { Handed::Taken(tasks) } else { Handed::Unsure(tasks) };
            if self.hands.of(queue).give.send(handed).is_err() {
                // Only while the process stops. Whatever else it is, no more may be leased to nobody.
                self.hands.of(queue).free.close();
                tracing::error!(%queue, "nobody works on what commits take; it waits for its leases");
            }
        }
    }
}

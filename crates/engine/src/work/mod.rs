//! The task runner: claims due tasks, works on them with a bound, and stops gracefully.
//! What a task does is in the files beside this one; nothing here knows of payments or items.

pub(crate) mod bill;
#[cfg(feature = "test-hooks")]
mod broken;
mod buy;
mod item;
mod money;
mod office;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::task::Queue;
use domain::{Moment, OrderId, Refusal, TaskKind};
use ports::store::Unavailable;
use ports::tasks::{Leased, NotReady};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{TryAcquireError, watch};
use tokio::task::JoinSet;

use crate::hands::{Handed, InHand};
use crate::{ActError, Acted, Engine};

/// Failed tries after which a task is given up and a person called: with the waits between them most of an hour, longer than
/// a restart or a short outage.
const MAX_TRIES: u16 = 12;
/// The longest wait between two failed tries: an outage that ends is noticed soon enough.
const LONGEST_BACKOFF_S: i64 = 600;
/// Tasks taken in one claim: a quarter of what a process works on at once, so that the next claims find places, too.
const CLAIM_LIMIT: u16 = 128;
/// Before the store is asked again when it is away.
const STORE_AWAY_WAIT: Duration = Duration::from_secs(1);
/// Between two looks of a stopping process whether all hands are free again.
const STOP_LOOK: Duration = Duration::from_millis(20);
/// Between two tries to put back what a commit of unknown outcome may have taken…
const PUT_BACK_WAIT: Duration = Duration::from_secs(1);
/// …and how many there are: the commit may still be running, for as long as a statement may (10 s).
const PUT_BACK_TRIES: u32 = 12;
/// How long a stopping process waits for work in hand: a supplier's timeout twice (30 s each), the send window (5 s) and time
/// to store the answer (10 s).
const STOP_PATIENCE: Duration = Duration::from_secs(75);

/// What became of a task.
pub(crate) enum Worked {
    /// A commit moved or removed the task.
    Committed,
    /// Not before this moment; nothing was tried.
    Until(Moment),
    /// The decision changed nothing, though the task is there: look again later.
    Nothing,
}

pub(crate) type WorkResult = Result<Worked, ActError>;

/// The running workers of one process.
pub struct Workers {
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Workers {
    /// Starts two loops per queue, for what commits give and for what lies in the queue, one that minds the suppliers, and one for the recurring work.
    pub fn start(engine: &Arc<Engine>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut loops = JoinSet::new();
        for queue in Queue::ALL {
            loops.spawn(work_on(Arc::clone(engine), queue, stopped.clone()));
        }
        loops.spawn(Arc::clone(engine).go_rounds(stopped.clone()));
        let schedules = Arc::clone(engine);
        loops.spawn(async move { schedules.run_schedules(stopped).await });
        Self { engine: Arc::clone(engine), stop, loops }
    }

    /// Claims no more from now on, and takes no more from commits.
    pub fn claim_no_more(&self) {
        self.engine.hands.close();
        let _no_loop_left = self.stop.send(true);
    }

    /// Claims no more, lets what is in hand end, and returns. What does not end in time is left to its lease.
    pub async fn stop(mut self) {
        self.claim_no_more();
        let ended = tokio::time::timeout(STOP_PATIENCE, async { while self.loops.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!("work in hand did not end in time; its leases will run out");
        }
    }
}

/// One queue, until the process stops and all that is in hand has ended.
async fn work_on(engine: Arc<Engine>, queue: Queue, mut stop: watch::Receiver<bool>) {
    if queue_opens(&engine, &mut stop).await.is_none() {
        return;
    }
    let Some(given) = engine.hands.of(queue).open(engine.limits.tasks_per_queue) else {
        tracing::error!(%queue, "this process works on it already");
        return;
    };
    tokio::join!(run_given(&engine, queue, given, stop.clone()), run_queue(&engine, queue, stop));
}

async fn run_queue(engine: &Arc<Engine>, queue: Queue, mut stop: watch::Receiver<bool>) {
    let hands = engine.hands.of(queue);
    let mut running = JoinSet::new();
    let mut away = false;
    while !*stop.borrow() {
        // Registered before the look, so that a wake-up in between is not lost.
        let woken = hands.due.notified();
        let (asked, taken) = match claim(engine, queue).await {
            Ok(claimed) => claimed,
            Err(error) => {
                // Said once per outage, not once per look.
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!(%queue, %error, "tasks cannot be claimed; trying on");
                }
                pause(&mut stop, STORE_AWAY_WAIT).await;
                continue;
            }
        };
        if std::mem::take(&mut away) {
            tracing::info!(%queue, "tasks can be claimed again");
        }
        let full = asked > 0 && taken.len() == usize::from(asked);
        let crowded = hands.looked(full, asked == 0);
        if queue == Queue::Supplier {
            let waited = (asked > 0).then(|| longest_wait(&taken, engine.clock.now()));
            engine.pressure.looked(crowded, waited, Instant::now());
        }
        for tasks in by_order(taken) {
            running.spawn(Arc::clone(engine).work_in_hand(tasks));
        }
        while running.try_join_next().is_some() {}
        if full {
            continue;
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(engine.limits.poll) => {}
            // Who waits in the queue is not to wait for a look as well.
            _free = hands.free.acquire(), if asked == 0 => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Works on what commits of this process took.
async fn run_given(
    engine: &Arc<Engine>,
    queue: Queue,
    mut given: UnboundedReceiver<Handed>,
    mut stop: watch::Receiver<bool>,
) {
    let hands = engine.hands.of(queue);
    let mut running = JoinSet::new();
    // The hands are closed when the process stops, but a commit that is under way then still gives what it took.
    while !(*stop.borrow() && hands.all_free(engine.limits.tasks_per_queue)) {
        let stopping = *stop.borrow();
        tokio::select! {
            Some(handed) = given.recv() => match handed {
                Handed::Taken(tasks) => drop(running.spawn(Arc::clone(engine).work_in_hand(tasks))),
                Handed::Unsure(tasks) => drop(running.spawn(Arc::clone(engine).put_back(tasks))),
            },
            Some(_ended) = running.join_next() => {}
            () = tokio::time::sleep(STOP_LOOK), if stopping => {}
            _ = stop.wait_for(|stop| *stop), if !stopping => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Waits until the store is there with the schema this program knows. `None`: told to stop before.
async fn queue_opens(engine: &Engine, stop: &mut watch::Receiver<bool>) -> Option<()> {
    loop {
        match engine.ready().await {
            Ok(()) | Err(NotReady::PartitionMissing) => return Some(()),
            Err(NotReady::SchemaBehind | NotReady::Unavailable(_)) if *stop.borrow() => return None,
            Err(NotReady::SchemaBehind | NotReady::Unavailable(_)) => pause(stop, STORE_AWAY_WAIT).await,
        }
    }
}

async fn pause(stop: &mut watch::Receiver<bool>, wait: Duration) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Claims as many tasks as there are free hands. Says how many were asked for, too.
async fn claim(engine: &Engine, queue: Queue) -> Result<(u16, Vec<InHand>), Unavailable> {
    let hands = &engine.hands.of(queue).free;
    // Kept while the store is asked, so that no commit reaches for them.
    let (free, mut kept) = loop {
        let free = u16::try_from(hands.available_permits()).unwrap_or(CLAIM_LIMIT).min(CLAIM_LIMIT);
        match Arc::clone(hands).try_acquire_many_owned(free.into()) {
            Ok(kept) if free > 0 => break (free, kept),
            Ok(_) | Err(TryAcquireError::Closed) => return Ok((0, Vec::new())),
            // A commit was faster.
            Err(TryAcquireError::NoPermits) => {}
        }
    };
    engine.hands.of(queue).looks();
    let token = engine.fresh_token();
    let tasks = engine.stores.tasks.claim(queue, free, engine.limits.lease, token, engine.clock.now()).await?;
    Ok((free, tasks.into_iter().map_while(|task| Some((task, kept.split(1)?))).collect()))
}

/// How long the first of them was due.
fn longest_wait(taken: &[InHand], now: Moment) -> Duration {
    let first_due = taken.iter().map(|(task, _)| task.run_at).min();
    first_due.and_then(|due| (now - due).to_std().ok()).unwrap_or_default()
}

/// Tasks of one order are worked on together: what they write is one commit where it can be.
fn by_order(taken: Vec<InHand>) -> Vec<Vec<InHand>> {
    let mut orders: BTreeMap<OrderId, Vec<InHand>> = BTreeMap::new();
    for (task, hand) in taken {
        orders.entry(task.order).or_default().push((task, hand));
    }
    orders.into_values().collect()
}

impl Engine {
    async fn work_in_hand(self: Arc<Self>, in_hand: Vec<InHand>) {
        // What lost its lease on the way here is somebody else's by now.
        let held = in_hand.into_iter().filter(|(task, _)| !lease_left(task).is_zero());
        let (tasks, hands): (Vec<_>, Vec<_>) = held.unzip();
        self.work(&tasks).await;
        drop(hands);
    }

    /// What a commit of unknown outcome may have leased is free again soon: the commit may be running still, or the store be away
    /// for a moment. After that the leases run out.
    async fn put_back(self: Arc<Self>, in_hand: Vec<InHand>) {
        let mut tasks: Vec<Leased> = in_hand.into_iter().map(|(task, _hand)| task).collect();
        for _try in 0..PUT_BACK_TRIES {
            let mut open = Vec::new();
            for task in tasks {
                if self.stores.tasks.hand_back(&task, task.run_at).await != Ok(true) {
                    open.push(task);
                }
            }
            if open.is_empty() {
                return;
            }
            tasks = open;
            tokio::time::sleep(PUT_BACK_WAIT).await;
        }
    }

    /// Works on tasks of one order and queue, and sees that each is moved on, whatever happened.
    async fn work(&self, tasks: &[Leased]) {
        let goods = tasks.first().is_some_and(|task| task.kind.queue() == Queue::Supplier);
        let mut results = if goods { self.work_goods(tasks).await } else { BTreeMap::new() };
        for task in tasks {
            let result = match results.remove(&task.token) {
                Some(result) => result,
                None => self.dispatch(task).await,
            };
            self.settle(task, result).await;
        }
    }

    /// Moves a task on that no commit has moved.
    async fn settle(&self, task: &Leased, result: WorkResult) {
        let queue = task.kind.queue();
        let now = self.clock.now();
        let (word, kept) = match result {
            Ok(Worked::Committed) => ("committed", Ok(true)),
            Ok(Worked::Until(moment)) => ("waited", self.stores.tasks.hand_back(task, moment).await),
            // Whatever made the task is not moved by it: without a person that would go on for ever, in silence.
            Ok(Worked::Nothing) if task.attempts >= MAX_TRIES => {
                tracing::error!(order.id = %task.order, task = %task.kind, "the task changes nothing; given up");
                ("buried", self.stores.tasks.bury(task, "nothing to do, time and again", now).await)
            }
            Ok(Worked::Nothing) => {
                let later = now + self.backoff(task.attempts);
                ("nothing", self.stores.tasks.retry_later(task, later, "nothing to do").await)
            }
            Err(ActError::NotFound) => ("buried", self.stores.tasks.bury(task, "there is no such order", now).await),
            Err(error) if task.attempts >= MAX_TRIES => {
                tracing::error!(order.id = %task.order, task = %task.kind, %error, "task given up");
                ("buried", self.stores.tasks.bury(task, &words(&error), now).await)
            }
            Err(error) => {
                tracing::warn!(order.id = %task.order, task = %task.kind, %error, "task failed; tried again later");
                let later = now + self.backoff(task.attempts);
                ("failed", self.stores.tasks.retry_later(task, later, &words(&error)).await)
            }
        };
        self.counters.add("seberang_tasks_total", &[("queue", queue.as_str()), ("outcome", word)]);
        if let Err(error) = kept {
            // The lease runs out and somebody takes it up again.
            tracing::warn!(order.id = %task.order, task = %task.kind, %error, "the task could not be put back");
        }
    }

    async fn dispatch(&self, task: &Leased) -> WorkResult {
        match &task.kind {
            // Worked on together, before.
            TaskKind::Item(_) | TaskKind::Recheck(_) => Ok(Worked::Nothing),
            TaskKind::Payment(no) => self.work_payment(task, *no).await,
            TaskKind::Confirm(reference) => self.work_confirm(task, reference).await,
            TaskKind::Refund(no) => self.work_refund(task, *no).await,
            TaskKind::Review => self.work_review(task).await,
        }
    }

    /// 1 s, 2 s, 4 s … up to 10 minutes, each up to a quarter longer so that many do not come back at once.
    fn backoff(&self, attempts: u16) -> TimeDelta {
        let seconds = 1_i64 << attempts.min(9);
        let base = seconds.min(LONGEST_BACKOFF_S) * 1_000;
        let [byte, ..] = self.chance.bytes();
        TimeDelta::milliseconds(base + base * i64::from(byte) / 1_024)
    }
}

/// For the task row: never a provider's text, which may hold what must not be seen.
fn words(error: &ActError) -> String {
    match error {
        ActError::Refused(Refusal::Invariant(rule)) => format!("rule broken: {rule}"),
        other => other.to_string(),
    }
}

/// What a task's commit means for the task.
pub(crate) fn worked(acted: &Acted) -> Worked {
    match acted {
        Acted::Applied { .. } => Worked::Committed,
        Acted::AlreadyApplied(_) | Acted::Replayed(_) => Worked::Nothing,
    }
}

/// How long is left of a lease.
pub(crate) fn lease_left(task: &Leased) -> Duration {
    task.until.saturating_duration_since(std::time::Instant::now())
}

//! The task runner: claims due tasks, works on them with a bound, and stops gracefully.
//! What a task does is in the files beside this one; nothing here knows of payments or items.

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
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

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
/// How long a stopping process waits for work in hand: a supplier's longest timeout (60 s), the send window (5 s) and time
/// to store the answer (10 s).
const STOP_PATIENCE: Duration = Duration::from_secs(75);

/// What became of a task.
pub(crate) enum Worked {
    /// A commit moved or removed the task.
    Committed,
    /// Not now; nothing was tried.
    Wait(TimeDelta),
    /// The decision changed nothing, though the task is there: look again later.
    Nothing,
}

pub(crate) type WorkResult = Result<Worked, ActError>;

/// The running workers of one process.
pub struct Workers {
    stop: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Workers {
    /// Starts a loop per queue and one for the recurring work.
    pub fn start(engine: &Arc<Engine>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut loops = JoinSet::new();
        for queue in Queue::ALL {
            let (engine, stopped) = (Arc::clone(engine), stopped.clone());
            loops.spawn(async move { run_queue(engine, queue, stopped).await });
        }
        let engine = Arc::clone(engine);
        loops.spawn(async move { engine.run_schedules(stopped).await });
        Self { stop, loops }
    }

    /// Claims no more from now on.
    pub fn claim_no_more(&self) {
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

async fn run_queue(engine: Arc<Engine>, queue: Queue, mut stop: watch::Receiver<bool>) {
    if queue_opens(&engine, &mut stop).await.is_none() {
        return;
    }
    let permits = Arc::new(Semaphore::new(engine.limits.tasks_per_queue));
    let mut running = JoinSet::new();
    let mut away = false;
    while !*stop.borrow() {
        // Registered before the look, so that a wake-up in between is not lost.
        let woken = engine.wake.of(queue).notified();
        let (asked, taken) = match claim(&engine, queue, &permits).await {
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
        if queue == Queue::Supplier {
            let waited = (asked > 0).then(|| longest_wait(&taken, engine.clock.now()));
            engine.pressure.looked(full || asked == 0, waited, Instant::now());
        }
        for (tasks, permits) in by_order(taken) {
            let engine = Arc::clone(&engine);
            running.spawn(async move {
                engine.work(&tasks).await;
                drop(permits);
            });
        }
        while running.try_join_next().is_some() {}
        if full {
            continue;
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(engine.limits.poll) => {}
            _ = stop.wait_for(|stop| *stop) => {}
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

/// Claims as many tasks as there are free permits. Says how many were asked for, too.
async fn claim(
    engine: &Engine,
    queue: Queue,
    permits: &Arc<Semaphore>,
) -> Result<(u16, Vec<(Leased, OwnedSemaphorePermit)>), Unavailable> {
    let free = u16::try_from(permits.available_permits()).unwrap_or(CLAIM_LIMIT).min(CLAIM_LIMIT);
    if free == 0 {
        return Ok((0, Vec::new()));
    }
    let token = engine.fresh_token();
    let tasks = engine.stores.tasks.claim(queue, free, engine.limits.lease, token, engine.clock.now()).await?;
    let mut taken = Vec::with_capacity(tasks.len());
    for task in tasks {
        if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
            taken.push((task, permit));
        }
    }
    Ok((free, taken))
}

/// How long the first of them was due.
fn longest_wait(taken: &[(Leased, OwnedSemaphorePermit)], now: Moment) -> Duration {
    let first_due = taken.iter().map(|(task, _)| task.run_at).min();
    first_due.and_then(|due| (now - due).to_std().ok()).unwrap_or_default()
}

/// Tasks of one order are worked on together: what they write is one commit where it can be.
fn by_order(taken: Vec<(Leased, OwnedSemaphorePermit)>) -> Vec<(Vec<Leased>, Vec<OwnedSemaphorePermit>)> {
    let mut orders: BTreeMap<OrderId, (Vec<Leased>, Vec<OwnedSemaphorePermit>)> = BTreeMap::new();
    for (task, permit) in taken {
        let (tasks, permits) = orders.entry(task.order).or_default();
        tasks.push(task);
        permits.push(permit);
    }
    orders.into_values().collect()
}

impl Engine {
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
            Ok(Worked::Wait(wait)) => ("waited", self.stores.tasks.hand_back(task, now + wait).await),
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

//! The loop: load, decide, commit; again when somebody else was faster.

use std::time::{Duration, Instant};

use domain::order::{Applied, NewOrder};
use domain::{Alert, AlertKind, Decision, DedupeKey, Event, Moment, Order, OrderId, Refusal, decide};
use ports::Exchange;
use ports::notice::NoticeRecord;
use ports::store::{Commit, CommitError, StoredAnswer, Unavailable};
use ports::tasks::LeaseToken;

use crate::{ActError, Engine};

/// Decisions on one event before it is left for later: enough for 16 identical notices, too few to spin.
const MAX_TRIES: u32 = 5;
/// Somebody waits for the answer to a request, and nobody else will try it again: it goes on this long, as the API promises.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);
/// And no oftener than this: after the first few the waits are 64 ms on average, so the patience ends first.
const REQUEST_TRIES: u32 = 200;

/// A request that may be repeated: the same key and body get the same answer.
pub struct Request<'a> {
    /// Principal and route.
    pub scope: &'a str,
    /// As the client chose it.
    pub key: &'a str,
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    /// Words the answer from the order as it will be; stored in the same commit.
    pub render: &'a (dyn Fn(&Order) -> Rendered + Send + Sync),
}

/// An answer in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The HTTP status.
    pub status: u16,
    pub body: String,
}

/// An answer as given, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub replayed: bool,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq)]
pub enum Acted {
    /// It happened now. `answer` is what was stored for a repetition of the request.
    Applied { order: Box<Order>, answer: Option<Answer> },
    /// It had happened before; the order as it is.
    AlreadyApplied(Box<Order>),
    /// The same request was answered before, so.
    Replayed(Answer),
}

/// What is stored along with a decision.
#[derive(Default)]
pub(crate) struct Along<'a> {
    pub(crate) lease: Option<LeaseToken>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) notice: Option<NoticeRecord>,
    pub(crate) request: Option<&'a Request<'a>>,
}

impl Engine {
    /// Applies an event to an order, from a fresh load.
    pub async fn act(&self, id: OrderId, event: Event, request: Option<Request<'_>>) -> Result<Acted, ActError> {
        let along = Along { request: request.as_ref(), ..Along::default() };
        let order = self.stores.orders.load(id).await?;
        self.apply(order, &event, along).await
    }

    /// Applies an event to an order in hand. Loads it again whenever the commit says it has moved on.
    pub(crate) async fn apply(&self, order: Order, event: &Event, along: Along<'_>) -> Result<Acted, ActError> {
        let id = order.id;
        let cause = event.what.name();
        let mut order = order;
        let began = Instant::now();
        let tries = if along.request.is_some() { REQUEST_TRIES } else { MAX_TRIES };
        for attempt in 0..tries {
            if began.elapsed() > REQUEST_PATIENCE {
                break;
            }
            let now = self.clock.now();
            let applied = match decide(&order, event, now) {
                Decision::Applied(applied) => *applied,
                Decision::AlreadyApplied => {
                    self.counters.add("seberang_already_applied_total", &[("cause", cause)]);
                    return self.replayed_or(along.request, Acted::AlreadyApplied(Box::new(order))).await;
                }
                Decision::Refused(refusal) => return self.refused(id, cause, refusal, along.request).await,
            };
            let (commit, answer) = self.commit_of(&applied, &along, now);
            match self.commit_one(commit).await {
                Ok(()) => {
                    self.counters.add("seberang_commits_total", &[("cause", cause)]);
                    self.wake_for(&applied, now);
                    self.watches.moved(id, applied.after.version);
                    return Ok(Acted::Applied { order: Box::new(applied.after), answer });
                }
                Err(CommitError::Stale) => {
                    self.counters.add("seberang_commit_stale_total", &[("cause", cause)]);
                    tokio::time::sleep(self.jitter(attempt)).await;
                    order = self.stores.orders.load(id).await?;
                }
                Err(CommitError::Duplicate(key)) => return self.taken_before(id, cause, &key).await,
                Err(CommitError::AnswerExists) => {
                    let answer = self.stored(along.request).await?;
                    return answer.map(Acted::Replayed).ok_or(ActError::Conflict);
                }
                Err(CommitError::NotFound) => return Err(ActError::NotFound),
                Err(CommitError::Rejected(why)) => {
                    tracing::error!(order.id = %id, cause, why, "the store refuses what was decided");
                    self.counters.add("seberang_commit_rejected_total", &[("cause", cause)]);
                    return Err(ActError::Rejected(why));
                }
                Err(CommitError::Unavailable(Unavailable(why))) => {
                    self.counters.add("seberang_commit_unavailable_total", &[("cause", cause)]);
                    return Err(ActError::Unavailable(why));
                }
            }
        }
        self.counters.add("seberang_commit_gave_up_total", &[("cause", cause)]);
        Err(ActError::Conflict)
    }

    /// The domain said no. A request that was answered before gets that answer all the same.
    async fn refused(
        &self,
        id: OrderId,
        cause: &'static str,
        refusal: Refusal,
        request: Option<&Request<'_>>,
    ) -> Result<Acted, ActError> {
        self.counters.add("seberang_refused_total", &[("cause", cause)]);
        if let Refusal::Invariant(rule) = &refusal {
            tracing::error!(order.id = %id, cause, rule, "a decision would have broken a rule");
        }
        self.stored(request).await?.map(Acted::Replayed).ok_or(ActError::Refused(refusal))
    }

    /// An earlier life of this order holds the key: it has been booked. Another order's is a fault outside, and a person
    /// must hear of it.
    async fn taken_before(&self, id: OrderId, cause: &'static str, key: &DedupeKey) -> Result<Acted, ActError> {
        match self.stores.orders.holder_of(key).await? {
            Some(holder) if holder == id => tracing::debug!(order.id = %id, cause, %key, "taken before"),
            holder => {
                tracing::error!(order.id = %id, cause, %key, ?holder, "another order holds this key");
                let holder = holder.map_or_else(|| "nobody we know".to_owned(), |holder| format!("order {holder}"));
                let detail = format!("{cause}: {key} is held by {holder}, so it was not booked here");
                self.raise(AlertKind::UnknownReference, format!("order {id}"), detail).await?;
            }
        }
        self.counters.add("seberang_already_applied_total", &[("cause", cause)]);
        let order = self.stores.orders.load(id).await?;
        Ok(Acted::AlreadyApplied(Box::new(order)))
    }

    /// Raises an alert that no commit carries.
    pub(crate) async fn raise(&self, kind: AlertKind, subject: String, detail: String) -> Result<(), Unavailable> {
        self.stores.upkeep.raise(&Alert { kind, subject, detail }, self.clock.now()).await
    }

    fn commit_of(&self, applied: &Applied, along: &Along<'_>, now: Moment) -> (Commit, Option<Answer>) {
        let stored = along.request.map(|request| {
            let rendered = (request.render)(&applied.after);
            answer_row(request, applied.after.id, rendered, now)
        });
        let answer = stored.as_ref().map(|row| Answer { status: row.status, body: row.body.clone(), replayed: false });
        let commit = Commit {
            change: applied.change.clone(),
            lease: along.lease,
            exchanges: along.exchanges.clone(),
            notice: along.notice.clone(),
            answer: stored,
        };
        (commit, answer)
    }

    async fn commit_one(&self, commit: Commit) -> Result<(), CommitError> {
        let mut answers = self.stores.orders.commit(vec![commit]).await;
        // A store that reports nothing has not said "done".
        answers.pop().unwrap_or(Err(CommitError::Stale))
    }

    /// Wakes the workers of this process for tasks that are due at once.
    fn wake_for(&self, applied: &Applied, now: Moment) {
        for task in &applied.change.tasks {
            if let domain::task::TaskChange::Put { task, hold: false } = task
                && task.run_at <= now
            {
                self.wake.of(task.kind.queue()).notify_one();
            }
        }
    }

    pub(crate) fn wake_for_new(&self, new: &NewOrder) {
        for task in new.order.tasks.iter().filter(|t| t.run_at <= new.order.created_at) {
            self.wake.of(task.kind.queue()).notify_one();
        }
    }

    /// The answer given before to the same request, if there was one.
    pub(crate) async fn stored(&self, request: Option<&Request<'_>>) -> Result<Option<Answer>, ActError> {
        let Some(request) = request else { return Ok(None) };
        match self.stores.orders.stored_answer(request.scope, request.key).await? {
            None => Ok(None),
            Some(row) if row.request_hash != request.hash => Err(ActError::KeyReused),
            Some(row) => Ok(Some(Answer { status: row.status, body: row.body, replayed: true })),
        }
    }

    async fn replayed_or(&self, request: Option<&Request<'_>>, otherwise: Acted) -> Result<Acted, ActError> {
        Ok(self.stored(request).await?.map_or(otherwise, Acted::Replayed))
    }

    /// Up to 4, 8, 16… ms: those who collided come back apart.
    fn jitter(&self, attempt: u32) -> Duration {
        let [byte, ..] = self.chance.bytes();
        let most = 4_u64 << attempt.min(5);
        Duration::from_micros(most * 1000 * u64::from(byte) / 255)
    }
}

pub(crate) fn answer_row(request: &Request<'_>, order: OrderId, rendered: Rendered, at: Moment) -> StoredAnswer {
    StoredAnswer {
        scope: request.scope.to_owned(),
        key: request.key.to_owned(),
        request_hash: request.hash,
        order,
        status: rendered.status,
        body: rendered.body,
        at,
    }
}

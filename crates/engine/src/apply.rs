//! The loop: load, decide, commit; again when somebody else was faster.

use std::time::{Duration, Instant};

use domain::order::{Applied, OrderStatus, Outcome, Together, decide_together};
use domain::{Alert, AlertKind, DedupeKey, Event, Order, OrderId, Refusal};
use ports::Exchange;
use ports::store::{CommitError, Unavailable};
use ports::tasks::LeaseToken;

use crate::along::{Along, With};
use crate::group::Decided;
use crate::hands::Reached;
use crate::memory::Known;
use crate::turns::Turn;
use crate::{ActError, Engine};

/// Decisions on one event, each overtaken by another process, before it is left for later: too few to spin.
const MAX_TRIES: u32 = 5;
/// Nobody else will try a request again: it is decided anew as often as the patience lasts. After the first few the waits are
/// 64 ms on average, so this end is never reached.
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

/// One of several things that happened to an order at once, with the lease of the task that brought it and what was said to
/// a provider.
pub(crate) struct Part {
    pub(crate) event: Event,
    pub(crate) lease: LeaseToken,
    pub(crate) exchanges: Vec<Exchange>,
}

/// What became of events that were decided together.
struct Ran {
    /// As the events left it.
    order: Order,
    outcomes: Vec<Outcome>,
    answer: Option<Answer>,
}

impl Engine {
    /// Applies an event to an order.
    pub async fn act(&self, id: OrderId, event: Event, request: Option<Request<'_>>) -> Result<Acted, ActError> {
        let along = Along { request: request.as_ref(), ..Along::default() };
        let known = self.known(id).await?;
        self.apply(known, &event, along).await
    }

    /// Applies an event to an order in hand. Loads it again whenever the commit says it has moved on.
    pub(crate) async fn apply(&self, known: Known, event: &Event, along: Along<'_>) -> Result<Acted, ActError> {
        let id = known.order.id;
        let cause = event.what.name();
        let request = along.request;
        let with = With {
            leases: vec![along.lease.into_iter().collect()],
            exchanges: vec![along.exchanges],
            notice: along.notice,
            request,
        };
        let ran = self.run(known, std::slice::from_ref(event), &with).await;
        match ran {
            Ok(mut ran) => match ran.outcomes.pop() {
                Some(Outcome::Applied) => Ok(Acted::Applied { order: Box::new(ran.order), answer: ran.answer }),
                Some(Outcome::AlreadyApplied) => {
                    self.counters.add("seberang_already_applied_total", &[("cause", cause)]);
                    self.replayed_or(request, Acted::AlreadyApplied(Box::new(ran.order))).await
                }
                Some(Outcome::Refused(refusal)) => self.refused(id, cause, refusal, request).await,
                None => Err(ActError::Conflict),
            },
            Err(Stopped::AnswerExists) => {
                let answer = self.stored(request).await?;
                answer.map(Acted::Replayed).ok_or(ActError::Conflict)
            }
            Err(Stopped::Duplicate(key)) => self.taken_before(id, cause, &key).await,
            Err(Stopped::Error(error)) => Err(error),
        }
    }

    /// Applies several events of one kind to an order in hand, in one commit. Each is answered in its place.
    pub(crate) async fn apply_all(&self, known: Known, parts: Vec<Part>) -> Vec<Result<Acted, ActError>> {
        let id = known.order.id;
        let mut events = Vec::with_capacity(parts.len());
        let mut with = With { leases: Vec::new(), exchanges: Vec::new(), notice: None, request: None };
        for part in parts {
            events.push(part.event);
            with.leases.push(vec![part.lease]);
            with.exchanges.push(part.exchanges);
        }
        match self.run(known, &events, &with).await {
            Ok(ran) => {
                let mut acted = Vec::with_capacity(events.len());
                for (outcome, event) in ran.outcomes.into_iter().zip(&events) {
                    let cause = event.what.name();
                    acted.push(match outcome {
                        Outcome::Applied => Ok(Acted::Applied { order: Box::new(ran.order.clone()), answer: None }),
                        Outcome::AlreadyApplied => {
                            self.counters.add("seberang_already_applied_total", &[("cause", cause)]);
                            Ok(Acted::AlreadyApplied(Box::new(ran.order.clone())))
                        }
                        Outcome::Refused(refusal) => self.refused(id, cause, refusal, None).await,
                    });
                }
                acted
            }
            Err(stopped) => {
                let error = match stopped {
                    Stopped::Error(error) => error,
                    Stopped::Duplicate(key) => ActError::Rejected(format!("{key} is taken")),
                    Stopped::AnswerExists => ActError::Conflict,
                };
                events.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    /// Decides and commits until it holds. "It has happened" and "it cannot be" are believed of a fresh load only.
    async fn run(&self, known: Known, events: &[Event], with: &With<'_>) -> Result<Ran, Stopped> {
        let id = known.order.id;
        let cause = events.first().map_or("nothing", |event| event.what.name());
        let _turn = self.turn(id).await?;
        let began = Instant::now();
        let mut known = self.or_newer(known);
        let tries = if with.request.is_some() { REQUEST_TRIES } else { MAX_TRIES };
        let mut attempt = 0;
        while attempt < tries && began.elapsed() <= self.limits.patience {
            let now = self.clock.now();
            let Together { applied, outcomes } = decide_together(&known.order, events, now);
            if !known.fresh && outcomes.iter().any(|outcome| *outcome != Outcome::Applied) {
                known = self.fresh(id).await?;
                continue;
            }
            let Some(applied) = applied else { return Ok(Ran { order: known.order, outcomes, answer: None }) };
            let reached = Reached::of(&self.hands, &applied.change, now, self.limits.lease, || self.fresh_token());
            let (commit, answer) = with.commit_of(&applied, &outcomes, reached.takes(), now);
            match self.group.commit(Decided { commit, reached }).await {
                Ok(()) => {
                    self.remember(&applied);
                    self.saw(&applied);
                    for _applied in outcomes.iter().filter(|outcome| **outcome == Outcome::Applied) {
                        self.counters.add("seberang_commits_total", &[("cause", cause)]);
                    }
                    self.watches.moved(id, applied.after.version);
                    return Ok(Ran { order: applied.after, outcomes, answer });
                }
                Err(CommitError::Stale) => {
                    self.counters.add("seberang_commit_stale_total", &[("cause", cause)]);
                    tokio::time::sleep(self.jitter(attempt)).await;
                    attempt += 1;
                    known = self.newer_than(&known.order).await?;
                }
                Err(error) => {
                    match error {
                        CommitError::Unavailable(_) => self.memory.forget_orders(),
                        _ => self.memory.forget(id),
                    }
                    return Err(self.stopped(id, cause, error));
                }
            }
        }
        self.counters.add("seberang_commit_gave_up_total", &[("cause", cause)]);
        Err(ActError::Conflict.into())
    }

    /// `Ok(None)`: everybody decides at once, which only a broken rule allows.
    async fn turn(&self, id: OrderId) -> Result<Option<Turn<'_>>, ActError> {
        #[cfg(feature = "test-hooks")]
        if domain::broken::is_broken(domain::broken::Rule::Version) {
            return Ok(None);
        }
        let turn = self.turns.of(id, self.limits.patience).await;
        let busy = || ActError::Unavailable("others decide about this order, and the store is slow".to_owned());
        turn.map(Some).ok_or_else(busy)
    }

    fn remember(&self, applied: &Applied) {
        self.memory.keep(&applied.after);
        if matches!(applied.after.status(), OrderStatus::Success | OrderStatus::Failed) {
            self.pressure.half_done(Instant::now());
        }
        for key in applied.change.keys.iter().filter(|key| key.is_reference()) {
            self.memory.keep_holder(key.clone(), applied.after.id);
        }
    }

    fn stopped(&self, id: OrderId, cause: &'static str, error: CommitError) -> Stopped {
        match error {
            CommitError::Duplicate(key) => Stopped::Duplicate(key),
            CommitError::AnswerExists => Stopped::AnswerExists,
            CommitError::NotFound => ActError::NotFound.into(),
            CommitError::Rejected(why) => {
                tracing::error!(order.id = %id, cause, why, "the store refuses what was decided");
                self.counters.add("seberang_commit_rejected_total", &[("cause", cause)]);
                ActError::Rejected(why).into()
            }
            CommitError::Unavailable(Unavailable(why)) => {
                self.counters.add("seberang_commit_unavailable_total", &[("cause", cause)]);
                ActError::Unavailable(why).into()
            }
            CommitError::Stale => ActError::Conflict.into(),
        }
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
        match self.holder(key).await? {
            Some(holder) if holder == id && key.is_chargeback() => {
                return Err(ActError::Refused(Refusal::NotNow("this dispute was reported before")));
            }
            Some(holder) if holder == id => tracing::debug!(order.id = %id, cause, %key, "taken before"),
            holder => {
                tracing::error!(order.id = %id, cause, %key, ?holder, "another order holds this key");
                let holder = holder.map_or_else(|| "nobody we know".to_owned(), |holder| format!("order {holder}"));
                let detail = format!("{cause}: {key} is held by {holder}, so it was not booked here");
                self.raise(AlertKind::UnknownReference, format!("order {id}"), detail).await?;
            }
        }
        self.counters.add("seberang_already_applied_total", &[("cause", cause)]);
        Ok(Acted::AlreadyApplied(Box::new(self.fresh(id).await?.order)))
    }

    /// Raises an alert that no commit carries.
    pub(crate) async fn raise(&self, kind: AlertKind, subject: String, detail: String) -> Result<(), Unavailable> {
        self.stores.upkeep.raise(&Alert { kind, subject, detail }, self.clock.now()).await
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

/// Why a decision was not committed.
enum Stopped {
    Duplicate(DedupeKey),
    AnswerExists,
    Error(ActError),
}

impl<E: Into<ActError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

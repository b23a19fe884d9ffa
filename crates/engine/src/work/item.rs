//! The items of an order: what waits is bought, what is under way is asked about, and what is heard is stored. Whoever
//! finds a reservation that is not its own only asks.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Attempt, AttemptState, Item, ItemState, StatusTrust};
use domain::{Actor, Event, Moment, Reference, SupplierId, TaskKind, What};
use fail::fail_point;
use futures_util::stream::{FuturesUnordered, Stream, StreamExt};
use ports::supplier::Purchase;
use ports::tasks::{LeaseToken, Leased};
use ports::{Exchange, Sent};

use super::bill::trust_of;
use super::buy::Plan;
use super::{WorkResult, Worked, lease_left, worked};
use crate::along::Along;
use crate::apply::Part;
use crate::memory::Known;
use crate::signs::is_busy;
use crate::{ActError, Engine};

/// Lease that is kept for the next worker when an answer cannot be stored: nobody may still be trying then.
const LEASE_MARGIN: Duration = Duration::from_secs(10);
/// Before an answer in hand is stored again, as long as the lease lasts. After that the supplier is asked.
const ANSWER_WAIT: Duration = Duration::from_millis(200);
/// The waits grow up to this.
const LONGEST_ANSWER_WAIT: Duration = Duration::from_secs(2);
/// What is in hand waits no longer for what else may come.
const GATHERING: Duration = Duration::from_secs(1);

/// The timeline's words where a question was not sent.
const COULD_BUY: &str = "not asked: asking could buy";
const NO_ACCOUNT: &str = "not asked: its account is not here";
/// Of a supplier that is not here nothing is believed.
const NO_TRUST: StatusTrust = StatusTrust { absence: false, game_codes: true, request_timeout: TimeDelta::zero() };

/// What a call to a supplier brought.
#[derive(Clone)]
pub(super) struct Heard {
    pub(super) reference: Reference,
    pub(super) trust: StatusTrust,
    pub(super) answer: Answer,
    /// What was said, in its order. None: no call was made.
    pub(super) exchanges: Vec<Exchange>,
    /// When the request left; of a bill that was not paid, the inquiry.
    pub(super) asked_at: Moment,
}

/// A call under way.
pub(super) type Call<'a> = Pin<Box<dyn Future<Output = (&'a Leased, Heard)> + Send + 'a>>;

/// What each task came to.
type Results = BTreeMap<LeaseToken, WorkResult>;

impl Engine {
    /// Works on tasks of one order's items and attempts. What is to be written at one time is written in one commit; the
    /// suppliers are called all at once.
    pub(super) async fn work_goods(&self, tasks: &[Leased]) -> Results {
        let mut results = Results::new();
        let Some(first) = tasks.first() else { return results };
        let version = tasks.iter().map(|task| task.version).max().unwrap_or_default();
        let known = match self.known_since(first.order, version).await {
            Ok(known) => known,
            Err(error) => {
                let error = ActError::from(error);
                return tasks.iter().map(|task| (task.token, Err(error.clone()))).collect();
            }
        };
        let calls = FuturesUnordered::new();
        let mut buying = Vec::new();
        for task in tasks {
            match self.step(known.clone(), task).await {
                Ok(Step::Buy(purchase)) => buying.push((task, purchase)),
                Ok(Step::Ask(call)) => calls.push(call),
                Ok(Step::Over(worked)) => drop(results.insert(task.token, Ok(worked))),
                Err(error) => drop(results.insert(task.token, Err(error))),
            }
        }
        for reserved in self.reserve(known, buying).await {
            match reserved {
                Ok(call) => calls.push(call),
                Err((task, result)) => drop(results.insert(task.token, result)),
            }
        }
        let mut answers = calls.ready_chunks(tasks.len());
        let mut ready = Vec::new();
        loop {
            if ready.is_empty() {
                let Some(first) = answers.next().await else { return results };
                ready = first;
            }
            // A busy store writes this later anyway: what comes in for the others until then goes into the same commit.
            let mut over = pin!(tokio::time::timeout(GATHERING, self.group.batch_over()));
            loop {
                tokio::select! {
                    biased;
                    _over_or_late = &mut over => break,
                    more = answers.next() => match more {
                        Some(more) => ready.extend(more),
                        None => break,
                    },
                }
            }
            ready = meanwhile(&mut answers, self.keep_answers(ready, &mut results)).await;
        }
    }

    /// What a task of an item or attempt is about now.
    async fn step<'a>(&'a self, known: Known, task: &'a Leased) -> Result<Step<'a>, ActError> {
        let order = &known.order;
        let (item, attempt) = match &task.kind {
            TaskKind::Item(no) => {
                let Some(item) = order.item(*no).cloned() else { return Ok(Step::Over(Worked::Nothing)) };
                let attempt = order.live_attempt(&item).cloned();
                (item, attempt)
            }
            TaskKind::Recheck(reference) => {
                let Some(attempt) = order.attempt(reference).cloned() else { return Ok(Step::Over(Worked::Nothing)) };
                let Some(item) = order.item(attempt.item).cloned() else { return Ok(Step::Over(Worked::Nothing)) };
                return self.ask(known, &item, &attempt, task).await;
            }
            TaskKind::Payment(_) | TaskKind::Confirm(_) | TaskKind::Refund(_) | TaskKind::Review => {
                return Ok(Step::Over(Worked::Nothing));
            }
        };
        match (item.state, attempt) {
            (ItemState::Queued, _) => self.buy(known, &item, task).await,
            (_, Some(attempt)) => self.ask(known, &item, &attempt, task).await,
            (_, None) => Ok(Step::Over(Worked::Nothing)),
        }
    }

    async fn buy<'a>(&'a self, known: Known, item: &Item, task: &'a Leased) -> Result<Step<'a>, ActError> {
        match self.plan(&known.order, item, task).await? {
            #[cfg(feature = "test-hooks")]
            Ok(Plan::Reserve(buying)) if domain::broken::is_broken(domain::broken::Rule::ReserveFirst) => {
                self.send_before_reserving(task, known, *buying).await.map(Step::Over)
            }
            Ok(Plan::Reserve(buying)) => Ok(Step::Buy(buying)),
            Ok(Plan::Wait(until)) => Ok(Step::Over(Worked::Until(until))),
            Ok(Plan::Exhausted) => self.give_up_item(known, item, task).await.map(Step::Over),
            Err(worked) => Ok(Step::Over(worked)),
        }
    }

    /// Asks about an attempt. Never buys.
    async fn ask<'a>(
        &'a self,
        known: Known,
        item: &Item,
        attempt: &Attempt,
        task: &'a Leased,
    ) -> Result<Step<'a>, ActError> {
        if attempt.state == AttemptState::Reserved {
            // We hold the task and did not reserve it: whoever did is gone.
            let event = Event { what: What::SenderLost { reference: attempt.reference.clone() }, actor: Actor::Engine };
            let along = Along { lease: Some(task.token), ..Along::default() };
            return Ok(Step::Over(worked(&self.apply(known, &event, along).await?)));
        }
        // A reference means something only to the account it was sent with: another one would say "not found".
        let ours = self.suppliers.get(&attempt.supplier).filter(|s| s.adapter.account() == &attempt.account);
        // An error would come again until its task is given up, and then nobody could resolve the item.
        let Some(slot) = ours else { return Ok(self.unasked(attempt, NO_ACCOUNT, NO_TRUST, task)) };
        if slot.adapter.asking_may_buy() && may_be_bought_in_vain(item, attempt) {
            return Ok(self.unasked(attempt, COULD_BUY, slot.adapter.trust(), task));
        }
        let permit = match slot.permits.try_take(self.clock.as_ref()) {
            Ok(permit) => permit,
            Err(free) => return Ok(Step::Over(Worked::Until(free))),
        };
        let query = purchase_of(item, &attempt.reference, &attempt.code, attempt.cost);
        let supplier = Arc::clone(&slot.adapter);
        let trust = trust_of(supplier.as_ref(), item);
        Ok(Step::Ask(Box::pin(async move {
            let asked_at = self.clock.now();
            let (answer, exchange) = supplier.status(&query, asked_at).await;
            self.called(supplier.id(), &exchange);
            drop(permit);
            if is_busy(&answer) {
                slot.permits.pause(self.clock.as_ref());
            }
            fail_point!("engine.after_status");
            (task, Heard { reference: query.reference, trust, answer, exchanges: vec![exchange], asked_at })
        })))
    }

    /// What is stored where no question is sent: it goes on as after any unclear answer, and ends with a person.
    fn unasked<'a>(&self, attempt: &Attempt, why: &str, trust: StatusTrust, task: &'a Leased) -> Step<'a> {
        let (answer, asked_at) = (Answer::Unclear { why: why.to_owned() }, self.clock.now());
        let heard = Heard { reference: attempt.reference.clone(), trust, answer, exchanges: Vec::new(), asked_at };
        Step::Ask(Box::pin(std::future::ready((task, heard))))
    }

    /// Stores answers in hand; a store that hiccups gets all chances that the leases leave before they are given up.
    async fn keep_answers(&self, ready: Vec<(&Leased, Heard)>, results: &mut Results) {
        let mut open = ready;
        let mut wait = ANSWER_WAIT;
        while let Some((first, _)) = open.first() {
            let (order, left) = (first.order, open.iter().map(|(task, _)| lease_left(task)).min());
            let kept = match self.known(order).await {
                Ok(known) => self.apply_all(known, open.iter().map(answered).collect()).await,
                Err(error) => vec![Err(error.into()); open.len()],
            };
            let last = left.is_none_or(|left| left < LEASE_MARGIN);
            let several = open.len() > 1;
            let (mut again, mut alone) = (Vec::new(), Vec::new());
            for ((task, heard), kept) in open.into_iter().zip(kept) {
                match kept {
                    Err(ActError::Unavailable(_) | ActError::Conflict) if !last => again.push((task, heard)),
                    Err(ActError::Rejected(_)) if several => alone.push((task, heard)),
                    kept => drop(results.insert(task.token, kept.map(|acted| worked(&acted)))),
                }
            }
            // What cannot be stored must not take the others' answers with it.
            for one in alone {
                Box::pin(self.keep_answers(vec![one], results)).await;
            }
            open = again;
            if !open.is_empty() {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_ANSWER_WAIT);
            }
        }
    }

    /// Stores one answer.
    #[cfg(feature = "test-hooks")]
    pub(super) async fn keep_answer(&self, task: &Leased, heard: Heard) -> WorkResult {
        let mut results = Results::new();
        self.keep_answers(vec![(task, heard)], &mut results).await;
        results.remove(&task.token).unwrap_or(Ok(Worked::Nothing))
    }

    /// A call to a supplier is over, whatever it was for: it is counted, and who asks to be left alone is.
    pub(crate) fn called(&self, supplier: &SupplierId, exchange: &Exchange) {
        self.count_call(supplier.as_str(), exchange);
        if let Some(slot) = self.suppliers.get(supplier).filter(|_| exchange.busy) {
            slot.permits.pause(self.clock.as_ref());
        }
    }

    pub(crate) fn count_call(&self, provider: &str, exchange: &Exchange) {
        let outcome = match (exchange.sent, exchange.status) {
            (Sent::No, _) => "not_sent",
            (Sent::Maybe, _) => "no_answer",
            (Sent::Replied, Some(200..=299)) => "ok",
            (Sent::Replied, _) => "http_error",
        };
        let labels = [("provider", provider), ("call", exchange.call), ("outcome", outcome)];
        self.counters.add("seberang_calls_total", &labels);
    }
}

/// Waits for what is being kept, and returns what came in meanwhile. The calls go on: one that was left standing might hold the
/// very connection that the keeping waits for, and its request would run out of time.
async fn meanwhile<T>(calls: &mut (impl Stream<Item = Vec<T>> + Unpin), keeping: impl Future<Output = ()>) -> Vec<T> {
    let mut keeping = pin!(keeping);
    let mut came = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = &mut keeping => return came,
            Some(more) = calls.next() => came.extend(more),
        }
    }
}

/// Where a question buys what never arrived: whether nobody waits for what it would buy. What was pending, done or failed was
/// formed, and is only asked about.
const fn may_be_bought_in_vain(item: &Item, attempt: &Attempt) -> bool {
    match attempt.state {
        AttemptState::Refused => true,
        AttemptState::Reserved | AttemptState::Unknown => !awaits(item, attempt),
        AttemptState::Pending | AttemptState::Done | AttemptState::Failed | AttemptState::Reversed => false,
    }
}

/// Whether what comes of this attempt decides the item, which nothing else has decided.
const fn awaits(item: &Item, attempt: &Attempt) -> bool {
    let its_own = matches!(item.live_attempt, Some(live) if live.0 == attempt.no.0);
    its_own && matches!(item.state, ItemState::InProgress | ItemState::Review)
}

/// What is next for a task.
enum Step<'a> {
    Buy(Box<super::buy::Buying>),
    Ask(Call<'a>),
    Over(Worked),
}

fn answered((task, heard): &(&Leased, Heard)) -> Part {
    let Heard { reference, trust, answer, exchanges, asked_at } = heard.clone();
    Part {
        event: Event { what: What::Answered { reference, answer, trust, asked_at }, actor: Actor::Engine },
        lease: task.token,
        exchanges,
    }
}

pub(super) fn purchase_of(item: &Item, reference: &Reference, code: &str, cost: domain::Money) -> Purchase {
    let (target, category) = (item.target.clone(), item.category);
    Purchase { reference: reference.clone(), code: code.to_owned(), target, cost, category, bill: None }
}

#[cfg(test)]
mod tests {
    use domain::AttemptNo;
    use domain::fulfilment::NewAttempt;
    use futures_util::FutureExt;

    use super::*;
    use crate::tests::world::{account, after, idr, paid};

    #[tokio::test]
    async fn a_call_that_holds_what_the_keeping_waits_for_goes_on() {
        let connection = tokio::sync::Semaphore::new(1);
        let call = async {
            let _held = connection.acquire().await;
            tokio::task::yield_now().await;
            "answered"
        };
        let mut calls = [call].into_iter().collect::<FuturesUnordered<_>>().ready_chunks(1);
        assert_eq!(calls.next().now_or_never(), None, "it has begun");
        let keeping = async { drop(connection.acquire().await) };
        let came = tokio::time::timeout(Duration::from_secs(5), meanwhile(&mut calls, keeping)).await;
        assert_eq!(came, Ok(vec!["answered"]));
    }

    #[test]
    fn what_may_never_have_been_formed_is_asked_about_only_while_its_item_waits_for_it() {
        let new = NewAttempt {
            item: domain::ItemNo(0),
            supplier: "iak".parse().unwrap(),
            account: account(),
            reference: "BBBBBBBBBBBBBBBBBBBB".parse().unwrap(),
            code: "hcode".into(),
            cost: idr(10_400),
            reason: "cheapest".into(),
            settle: domain::schedule::REFUND_SETTLE,
        };
        let order = after(&paid(), What::AttemptReserved(new));
        let (item, attempt) = (order.items[0].clone(), order.attempts[0].clone());
        let in_vain = |item_is, live: u16, attempt_is| {
            let item = Item { state: item_is, live_attempt: Some(AttemptNo(live)), ..item.clone() };
            may_be_bought_in_vain(&item, &Attempt { state: attempt_is, ..attempt.clone() })
        };
        use AttemptState as A;
        use ItemState as I;
        for waits in [I::InProgress, I::Review] {
            assert!(!in_vain(waits, 0, A::Unknown), "{waits:?}");
            assert!(in_vain(waits, 1, A::Unknown), "another attempt decides it");
        }
        for over in [I::Delivered, I::Failed, I::Cancelled, I::Reversed, I::Queued] {
            assert!(in_vain(over, 0, A::Unknown), "{over:?}");
        }
        assert!(in_vain(I::InProgress, 0, A::Refused));
        for formed in [A::Pending, A::Done, A::Failed, A::Reversed] {
            assert!(!in_vain(I::Failed, 1, formed), "{formed:?}");
        }
    }
}

//! Buying an item, and asking about what was bought.
//!
//! The order of steps is the whole point: permit, reservation committed by us, one request, its answer. Whoever finds a
//! reservation that is not its own only asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::catalogue::Offer;
use domain::fulfilment::{
    Answer, Attempt, AttemptState, Cause, Item, ItemState, NewAttempt, Next, StatusTrust, choose,
};
use domain::schedule::SEND_WINDOW;
use domain::{Actor, Event, ItemNo, Moment, Order, Reference, What};
use fail::fail_point;
use ports::supplier::Purchase;
use ports::tasks::Leased;
use ports::{Exchange, Sent, Supplier};

use super::{WorkResult, Worked, lease_left, worked};
use crate::apply::Along;
use crate::{ActError, Acted, Engine};

/// Lease that must be left beyond the supplier's timeout before a request may leave.
const LEASE_MARGIN: Duration = Duration::from_secs(10);
/// Between two looks for a free permit.
pub(super) const PERMIT_WAIT: TimeDelta = TimeDelta::milliseconds(500);
/// Tries to store an answer that is in hand. If all fail the lease runs out and the supplier is asked.
const ANSWER_TRIES: u32 = 5;
/// Before the second try; the waits grow by as much, two seconds together: a reconnect, and well within a lease.
const ANSWER_WAIT: Duration = Duration::from_millis(200);

/// What a call to a supplier brought.
pub(super) struct Heard {
    pub(super) answer: Answer,
    /// `None`: no call was made.
    exchange: Option<Exchange>,
    /// When the request left.
    asked_at: Moment,
}

impl Engine {
    pub(super) async fn work_item(&self, task: &Leased, no: ItemNo) -> WorkResult {
        let order = self.stores.orders.load(task.order).await?;
        let Some(item) = order.item(no).cloned() else { return Ok(Worked::Nothing) };
        let live = order.live_attempt(&item).cloned();
        match (item.state, live) {
            (ItemState::Queued, _) => self.buy(task, order, &item).await,
            (_, Some(attempt)) => self.ask(task, order, &attempt).await,
            (_, None) => Ok(Worked::Nothing),
        }
    }

    pub(super) async fn work_recheck(&self, task: &Leased, reference: &Reference) -> WorkResult {
        let order = self.stores.orders.load(task.order).await?;
        match order.attempt(reference).cloned() {
            Some(attempt) => self.ask(task, order, &attempt).await,
            None => Ok(Worked::Nothing),
        }
    }

    /// Chooses an offer, reserves, sends once, stores the answer.
    async fn buy(&self, task: &Leased, order: Order, item: &Item) -> WorkResult {
        let offers = self.offers(item).await?;
        let now = self.clock.now();
        let choice = match choose(&order, item, &offers, now) {
            Next::Try(choice) => choice,
            Next::Wait(until) => return Ok(Worked::Wait(until.signed_duration_since(now))),
            Next::Exhausted => {
                let event = Event { what: What::NoOffer { item: item.no }, actor: Actor::Engine };
                let along = Along { lease: Some(task.token), ..Along::default() };
                return Ok(worked(&self.apply(order, &event, along).await?));
            }
        };
        let Some(slot) = self.suppliers.get(&choice.offer.supplier) else {
            return Err(ActError::NotOffered(choice.offer.supplier.to_string()));
        };
        let Ok(_permit) = slot.permits.try_acquire() else { return Ok(Worked::Wait(PERMIT_WAIT)) };
        let supplier = Arc::clone(&slot.adapter);
        if !lease_lasts(task, supplier.trust()) {
            return Ok(Worked::Wait(TimeDelta::zero()));
        }
        let new = NewAttempt {
            item: item.no,
            supplier: choice.offer.supplier.clone(),
            account: supplier.account().clone(),
            reference: self.fresh_reference(self.clock.now()),
            code: choice.offer.code,
            cost: choice.offer.cost,
            reason: choice.reason,
        };
        #[cfg(feature = "test-hooks")]
        if domain::broken::is_broken(domain::broken::Rule::ReserveFirst) {
            return self.send_before_reserving(task, order, item, supplier.as_ref(), new).await;
        }
        let (began, reserved_at) = (Instant::now(), self.clock.now());
        let purchase = purchase_of(item, &new.reference, &new.code, new.cost);
        let event = Event { what: What::AttemptReserved(new), actor: Actor::Engine };
        let along = Along { lease: Some(task.token), ..Along::default() };
        fail_point!("engine.before_reserve", |_| Ok(Worked::Nothing));
        // Only our own commit, answered "applied", gives the right to send. Anything else leaves the reservation, if there
        // is one, to be asked about when the lease has run out.
        let Acted::Applied { order, .. } = self.apply(order, &event, along).await? else {
            return Ok(Worked::Nothing);
        };
        fail_point!("engine.after_reserve", |_| Ok(Worked::Committed));
        let window = SEND_WINDOW.to_std().unwrap_or_default();
        // Both clocks: one of them may stand still while the machine sleeps.
        let late = began.elapsed() > window || self.clock.now() - reserved_at > SEND_WINDOW;
        if late || !lease_lasts(task, supplier.trust()) {
            tracing::warn!(order.id = %order.id, item = %item.no, "too late to send; it will be tried again");
            // Nobody else may send it, and we never will: it certainly was not sent.
            let answer = Answer::Refused { cause: Cause::NotFormed, code: "too_late_to_send".to_owned() };
            let heard = Heard { answer, exchange: None, asked_at: self.clock.now() };
            return self.keep_answer(task, *order, &purchase.reference, heard, supplier.trust()).await;
        }
        let heard = self.send(supplier.as_ref(), &purchase).await;
        fail_point!("engine.after_send", |_| Ok(Worked::Committed));
        self.keep_answer(task, *order, &purchase.reference, heard, supplier.trust()).await
    }

    async fn offers(&self, item: &Item) -> Result<Vec<Offer>, ActError> {
        let stocked = self.stores.catalogue.find(std::slice::from_ref(&item.product)).await?;
        let offers = stocked.into_iter().flat_map(|s| s.offers);
        Ok(offers.filter(|o| self.suppliers.contains_key(&o.supplier)).collect())
    }

    /// Asks about an attempt. Never buys.
    async fn ask(&self, task: &Leased, order: Order, attempt: &Attempt) -> WorkResult {
        let along = Along { lease: Some(task.token), ..Along::default() };
        if attempt.state == AttemptState::Reserved {
            // We hold the task and did not reserve it: whoever did is gone.
            let event = Event { what: What::SenderLost { reference: attempt.reference.clone() }, actor: Actor::Engine };
            return Ok(worked(&self.apply(order, &event, along).await?));
        }
        // A reference means something only to the account it was sent with: another one would say "not found".
        let ours = self.suppliers.get(&attempt.supplier).filter(|s| s.adapter.account() == &attempt.account);
        let Some(slot) = ours else {
            return Err(ActError::NotOffered(format!("{} with the account of this attempt", attempt.supplier)));
        };
        let Some(item) = order.item(attempt.item) else { return Ok(Worked::Nothing) };
        let Ok(_permit) = slot.permits.try_acquire() else { return Ok(Worked::Wait(PERMIT_WAIT)) };
        let query = purchase_of(item, &attempt.reference, &attempt.code, attempt.cost);
        let supplier = Arc::clone(&slot.adapter);
        let asked_at = self.clock.now();
        let (answer, exchange) = supplier.status(&query, asked_at).await;
        self.count_call(supplier.id().as_str(), &exchange);
        fail_point!("engine.after_status", |_| Ok(Worked::Nothing));
        let heard = Heard { answer, exchange: Some(exchange), asked_at };
        self.keep_answer(task, order, &attempt.reference, heard, supplier.trust()).await
    }

    pub(super) async fn send(&self, supplier: &dyn Supplier, purchase: &Purchase) -> Heard {
        fail_point!("engine.before_send");
        let asked_at = self.clock.now();
        let (answer, exchange) = supplier.purchase(purchase, asked_at).await;
        self.count_call(supplier.id().as_str(), &exchange);
        Heard { answer, exchange: Some(exchange), asked_at }
    }

    /// Stores an answer in hand; a store that hiccups gets several chances before the answer is given up.
    pub(super) async fn keep_answer(
        &self,
        task: &Leased,
        order: Order,
        reference: &Reference,
        heard: Heard,
        trust: StatusTrust,
    ) -> WorkResult {
        let Heard { answer, exchange, asked_at } = heard;
        let what = What::Answered { reference: reference.clone(), answer, trust, asked_at };
        let event = Event { what, actor: Actor::Engine };
        let mut order = order;
        let mut tries = 0;
        loop {
            let along =
                Along { lease: Some(task.token), exchanges: exchange.iter().cloned().collect(), ..Along::default() };
            match self.apply(order.clone(), &event, along).await {
                Ok(acted) => return Ok(worked(&acted)),
                Err(error @ (ActError::Unavailable(_) | ActError::Conflict)) => {
                    tries += 1;
                    if tries >= ANSWER_TRIES || lease_left(task) < LEASE_MARGIN {
                        return Err(error);
                    }
                    tokio::time::sleep(ANSWER_WAIT * tries).await;
                    if let Ok(fresh) = self.stores.orders.load(task.order).await {
                        order = fresh;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn count_call(&self, provider: &str, exchange: &Exchange) {
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

pub(super) fn purchase_of(item: &Item, reference: &Reference, code: &str, cost: domain::Money) -> Purchase {
    Purchase { reference: reference.clone(), code: code.to_owned(), target: item.target.clone(), cost }
}

/// The request, its answer and a margin fit into what is left of the lease.
fn lease_lasts(task: &Leased, trust: StatusTrust) -> bool {
    let timeout = trust.request_timeout.to_std().unwrap_or_default();
    lease_left(task) > timeout + LEASE_MARGIN
}

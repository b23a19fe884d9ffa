//! Buying items: an offer is chosen, the attempt is reserved, and only who reserved it sends it, once.
//!
//! The order of steps is the whole point: permit, reservation committed by us, one request. All items of an order that are
//! due together are reserved in one commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::catalogue::Offer;
use domain::fulfilment::{Answer, Cause, Item, NewAttempt, Next, Shut, StatusTrust, choose, waits_since};
use domain::schedule::{QUEUE_PATIENCE, SEND_WINDOW};
use domain::supply::{CallNo, Standing};
use domain::{Actor, Event, Moment, Money, Order, SupplierId, What};
use fail::fail_point;
use ports::Supplier;
use ports::supplier::Purchase;
use ports::tasks::Leased;
use tokio::sync::OwnedSemaphorePermit;

use super::bill::{Paying, cost_for, trust_of};
use super::item::{Call, Heard, purchase_of};
use super::{WorkResult, Worked, lease_left, worked};
use crate::along::Along;
use crate::apply::Part;
use crate::memory::Known;
use crate::permits::PERMIT_WAIT;
use crate::signs::Signs;
use crate::views::off;
use crate::{ActError, Acted, Engine};

/// Lease that must be left beyond the supplier's timeout before a request may leave.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// A supplier that takes no more calls for a moment is waited for so long; after that another one is as good.
const FULL_PATIENCE: TimeDelta = TimeDelta::seconds(5);

/// What is to be done about an item that waits to be bought.
pub(super) enum Plan {
    Reserve(Box<Buying>),
    /// Nothing may be tried before this moment.
    Wait(Moment),
    Exhausted,
}

/// A purchase about to be reserved, with the permit to send it.
pub(super) struct Buying {
    pub(super) item: Item,
    pub(super) new: NewAttempt,
    pub(super) supplier: Arc<dyn Supplier>,
    permit: OwnedSemaphorePermit,
}

impl Engine {
    /// What to do about an item of which nothing is under way.
    pub(super) async fn plan(
        &self,
        order: &Order,
        item: &Item,
        task: &Leased,
    ) -> Result<Result<Plan, Worked>, ActError> {
        let (offers, standings) = self.offers(item).await?;
        let now = self.clock.now();
        let mut views = self.views(item.category, &standings, now);
        let waits_since = waits_since(order, item.no);
        let patient_until = waits_since + FULL_PATIENCE;
        let mut full: Option<Moment> = None;
        let (choice, slot, permit) = loop {
            let choice = match (choose(order, item, &offers, &views, now), full) {
                (Next::Try(choice), _) => choice,
                // Whoever was full may have room in a moment.
                (Next::Wait(until), Some(free)) => {
                    return Ok(Err(Worked::Until(free.min(until).max(now + PERMIT_WAIT))));
                }
                (Next::Wait(until), None) => return Ok(Ok(Plan::Wait(until))),
                (Next::Exhausted, Some(free)) if now < waits_since + QUEUE_PATIENCE => {
                    return Ok(Err(Worked::Until(free.max(now + PERMIT_WAIT))));
                }
                (Next::Exhausted, _) => return Ok(Ok(Plan::Exhausted)),
            };
            let Some(slot) = self.suppliers.get(&choice.offer.supplier) else {
                return Err(ActError::NotOffered(choice.offer.supplier.to_string()));
            };
            if !lease_lasts(task, trust_of(slot.adapter.as_ref(), item)) {
                return Ok(Err(Worked::Until(now)));
            }
            match slot.permits.try_take(self.clock.as_ref()) {
                Ok(permit) => break (choice, slot, permit),
                // Whoever takes no call before that is not worth the wait.
                Err(free) if now < patient_until && free <= patient_until.max(now + PERMIT_WAIT) => {
                    return Ok(Err(Worked::Until(free)));
                }
                Err(free) => {
                    full = Some(full.map_or(free, |other| other.min(free)));
                    let passed_over = views.iter_mut().filter(|view| view.supplier == choice.offer.supplier);
                    passed_over.for_each(|view| view.shut = Some(Shut::Full));
                }
            }
        };
        let supplier = Arc::clone(&slot.adapter);
        let new = NewAttempt {
            item: item.no,
            supplier: choice.offer.supplier.clone(),
            account: supplier.account().clone(),
            reference: self.fresh_reference(self.clock.now()),
            code: choice.offer.code,
            cost: choice.offer.cost,
            reason: choice.reason,
            settle: slot.settle,
        };
        Ok(Ok(Plan::Reserve(Box::new(Buying { item: item.clone(), new, supplier, permit }))))
    }

    async fn offers(&self, item: &Item) -> Result<(Vec<Offer>, Vec<Standing>), ActError> {
        let stocked = self.products(std::slice::from_ref(&item.product)).await?;
        let Some(stocked) = stocked.into_iter().next() else { return Ok((Vec::new(), Vec::new())) };
        let costs = |offer: Offer| {
            let slot = self.suppliers.get(&offer.supplier);
            cost_for(item, offer, slot.map(|slot| slot.adapter.as_ref()))
        };
        Ok((stocked.offers.into_iter().map(costs).collect(), stocked.standings))
    }

    /// The last look before a purchase leaves, at what is known half a second ago at most: what a person switched off since it was
    /// chosen, and what others heard there meanwhile. `Err`: it must not leave, for this reason.
    pub(super) async fn last_look(&self, item: &Item, supplier: &SupplierId) -> Result<(), &'static str> {
        let Ok((_, standings)) = self.offers(item).await else { return Err("switches_unknown") };
        match off(&standings, supplier, self.clock.now()) {
            Some(_) => Err("switched_off"),
            None => Ok(()),
        }
    }

    pub(super) async fn give_up_item(&self, known: Known, item: &Item, task: &Leased) -> WorkResult {
        let event = Event { what: What::NoOffer { item: item.no }, actor: Actor::Engine };
        let along = Along { lease: Some(task.token), ..Along::default() };
        Ok(worked(&self.apply(known, &event, along).await?))
    }

    /// Reserves all of it in one commit. What comes back may be sent by us, and by nobody else; for the rest the answer says
    /// what becomes of its task.
    pub(super) async fn reserve<'a>(
        &'a self,
        known: Known,
        buying: Vec<(&'a Leased, Box<Buying>)>,
    ) -> Vec<Result<Call<'a>, (&'a Leased, WorkResult)>> {
        if buying.is_empty() {
            return Vec::new();
        }
        let reserving = |(task, buying): &(&Leased, Box<Buying>)| Part {
            event: Event { what: What::AttemptReserved(buying.new.clone()), actor: Actor::Engine },
            lease: task.token,
            exchanges: Vec::new(),
        };
        let (began, reserved_at) = (Instant::now(), self.clock.now());
        fail_point!("engine.before_reserve");
        // Only our own commit, answered "applied", gives the right to send. Anything else leaves the reservation, if there
        // is one, to be asked about when the lease has run out.
        let acted = self.apply_all(known, buying.iter().map(reserving).collect()).await;
        fail_point!("engine.after_reserve");
        if acted.iter().any(|acted| matches!(acted, Ok(Acted::Applied { .. }))) {
            self.pressure.half_done(Instant::now());
        }
        buying
            .into_iter()
            .zip(acted)
            .map(|((task, buying), acted)| match acted {
                Ok(Acted::Applied { .. }) => Ok(self.call_of(task, *buying, began, reserved_at)),
                Ok(Acted::AlreadyApplied(_) | Acted::Replayed(_)) => Err((task, Ok(Worked::Nothing))),
                Err(error) => Err((task, Err(error))),
            })
            .collect()
    }

    /// The one purchase of a reservation of ours, if there is still time for it; of a bill, if it is still what it was.
    fn call_of<'a>(&'a self, task: &'a Leased, buying: Buying, began: Instant, reserved_at: Moment) -> Call<'a> {
        let Buying { item, new, supplier, permit } = buying;
        let trust = trust_of(supplier.as_ref(), &item);
        Box::pin(async move {
            let looked = self.last_look(&item, &new.supplier).await;
            let window = SEND_WINDOW.to_std().unwrap_or_default();
            // Both clocks: one of them may stand still while the machine sleeps.
            let late = began.elapsed() > window || self.clock.now() - reserved_at > SEND_WINDOW;
            let may_leave = match looked {
                _ if late || !lease_lasts(task, trust) => Err("too_late_to_send"),
                Err(why) => Err(why),
                Ok(()) => self.enter(&new.supplier, new.cost),
            };
            let heard = match may_leave {
                Ok(call) => {
                    let id = new.supplier.clone();
                    let (heard, signs) = if let Some(seen) = &item.bill {
                        let (supplier, item, new) = (supplier.as_ref(), &item, &new);
                        self.pay_bill(Paying { supplier, task, item, seen, new, began, reserved_at }).await
                    } else {
                        let purchase = purchase_of(&item, &new.reference, &new.code, new.cost);
                        let heard = self.send(supplier.as_ref(), &purchase, trust).await;
                        let signs = Signs::of(&heard.answer);
                        (heard, Some(signs))
                    };
                    self.left(&id, call, signs);
                    heard
                }
                Err(why) => {
                    tracing::warn!(order.id = %task.order, item = %item.no, why, "not sent; it will be tried again");
                    // Nobody else may send it, and we never will: it certainly was not sent.
                    let answer = Answer::Refused { cause: Cause::NotFormed, code: why.to_owned() };
                    Heard { reference: new.reference, trust, answer, exchanges: Vec::new(), asked_at: self.clock.now() }
                }
            };
            drop(permit);
            fail_point!("engine.after_send");
            (task, heard)
        })
    }

    fn enter(&self, supplier: &SupplierId, cost: Money) -> Result<Option<CallNo>, &'static str> {
        let Some(slot) = self.suppliers.get(supplier) else { return Ok(None) };
        slot.health.enter(cost, self.clock.now()).map(Some)
    }

    /// What came of a purchase means this for those that come after it. No signs: nothing was asked.
    fn left(&self, supplier: &SupplierId, call: Option<CallNo>, signs: Option<Signs>) {
        let Some((slot, call)) = self.suppliers.get(supplier).zip(call) else { return };
        let Some(Signs { seen, busy }) = signs else { return slot.health.unmade(call) };
        self.say(supplier, slot.health.heard(call, seen, self.clock.now()));
        if busy {
            slot.permits.pause(self.clock.as_ref());
        }
    }

    pub(super) async fn send(&self, supplier: &dyn Supplier, purchase: &Purchase, trust: StatusTrust) -> Heard {
        fail_point!("engine.before_send");
        let asked_at = self.clock.now();
        let (answer, exchange) = supplier.purchase(purchase, asked_at).await;
        self.called(supplier.id(), &exchange);
        Heard { reference: purchase.reference.clone(), trust, answer, exchanges: vec![exchange], asked_at }
    }
}

/// The request, its answer and a margin fit into what is left of the lease.
pub(super) fn lease_lasts(task: &Leased, trust: StatusTrust) -> bool {
    let timeout = trust.request_timeout.to_std().unwrap_or_default();
    lease_left(task) > timeout + LEASE_MARGIN
}

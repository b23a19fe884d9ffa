//! Asking gateways: about payments nobody reported, and about money that seems to have come twice.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use domain::payment::{Checkout, CheckoutState, PaymentState};
use domain::schedule::PAYMENT_QUERY_SPACING;
use domain::{Actor, Event, Order, PaymentNo, Reference, What};
use fail::fail_point;
use ports::Exchange;
use ports::gateway::{GatewayAnswer, QUERY_LIMIT};
use ports::tasks::Leased;
use tokio::sync::SemaphorePermit;

use super::{WorkResult, Worked, lease_left, worked};
use crate::along::Along;
use crate::memory::Known;
use crate::notices::issued_to;
use crate::permits::PERMIT_WAIT;
use crate::{ActError, Acted, Engine};

#[cfg(test)]
mod tests;

/// Lease that must be left beyond a question's limit: time to store what was heard.
const LEASE_MARGIN: Duration = Duration::from_secs(5);
/// Before the checkouts are asked about for which the lease was too short.
const REST_WAIT: TimeDelta = TimeDelta::seconds(1);

impl Engine {
    /// Asks about the checkouts of a pending payment, as many as fit the lease. The first that is paid settles it; if all are
    /// unpaid and the deadline is past, it expires.
    pub(super) async fn work_payment(&self, task: &Leased, no: PaymentNo) -> WorkResult {
        let mut order = self.fresh(task.order).await?.order;
        let pending = order.payment(no).is_some_and(|p| p.state == PaymentState::Pending);
        if !pending {
            return Ok(Worked::Nothing);
        }
        let open: Vec<Checkout> =
            order.checkouts.iter().filter(|c| c.payment == no && awaits_money(c)).cloned().collect();
        let Some(_permits) = self.gateway_permits(&open) else {
            return Ok(Worked::Until(self.clock.now() + PERMIT_WAIT));
        };
        let mut unpaid = Vec::with_capacity(open.len());
        let mut retry_after: Option<TimeDelta> = None;
        let mut too_early = false;
        let mut exchanges = Vec::with_capacity(open.len());
        for (asked, checkout) in open.iter().enumerate() {
            if asked > 0 && lease_left(task) < QUERY_LIMIT + LEASE_MARGIN {
                retry_after = longest(retry_after, REST_WAIT);
                break;
            }
            let Some((answer, exchange)) = self.query(checkout).await else {
                retry_after = longest(retry_after, PAYMENT_QUERY_SPACING);
                continue;
            };
            exchanges.push(exchange);
            match answer {
                GatewayAnswer::Paid(report) => {
                    let event = Event { what: What::Paid(report), actor: Actor::Gateway(checkout.gateway.clone()) };
                    let along = Along { lease: Some(task.token), exchanges: exchanges.clone(), ..Along::default() };
                    match self.apply(Known::remembered(order), &event, along).await? {
                        Acted::Applied { order: after, .. } => {
                            exchanges.clear();
                            order = *after;
                        }
                        Acted::AlreadyApplied(after) => {
                            order = *after;
                            // Its money is booked elsewhere: nothing was settled here, and nothing may be taken for unpaid.
                            if order.checkout(&checkout.reference).is_some_and(awaits_money) {
                                retry_after = longest(retry_after, PAYMENT_QUERY_SPACING);
                            }
                        }
                        Acted::Replayed(_) => return Ok(Worked::Nothing),
                    }
                }
                GatewayAnswer::Unpaid => unpaid.push(checkout.reference.clone()),
                GatewayAnswer::UnpaidCode => {
                    unpaid.push(checkout.reference.clone());
                    if checkout.instructions.is_none() && lease_left(task) > QUERY_LIMIT + LEASE_MARGIN {
                        order = self.fetch_code(order, checkout, &mut exchanges).await?;
                    }
                }
                GatewayAnswer::Throttled { retry_after_s } => {
                    too_early = true;
                    retry_after = longest(retry_after, TimeDelta::seconds(i64::from(retry_after_s)));
                }
                GatewayAnswer::Unclear { why } => {
                    tracing::warn!(order.id = %order.id, why, "the gateway did not answer clearly");
                    retry_after = longest(retry_after, PAYMENT_QUERY_SPACING);
                }
            }
        }
        if too_early && !unpaid.is_empty() {
            // They must all be unpaid at one time: asked in turns, some would be too early each time, for ever.
            retry_after = longest(retry_after, PAYMENT_QUERY_SPACING);
        }
        fail_point!("engine.after_query", |_| Ok(Worked::Nothing));
        self.conclude(task, order, no, unpaid, retry_after, exchanges).await
    }

    /// The notice of a code was lost: asks for it, so that the customer sees it here too.
    async fn fetch_code(
        &self,
        order: Order,
        checkout: &Checkout,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<Order, ActError> {
        let Some(slot) = self.gateways.get(&checkout.gateway) else { return Ok(order) };
        let (issued, exchange) = slot.adapter.instructions(&checkout.reference, self.clock.now()).await;
        self.count_call(checkout.gateway.as_str(), &exchange);
        let Some(issued) = issued else {
            exchanges.push(exchange);
            return Ok(order);
        };
        let what = issued_to(&checkout.reference, issued);
        let event = Event { what, actor: Actor::Gateway(checkout.gateway.clone()) };
        let known = order.clone();
        let along = Along { exchanges: vec![exchange], ..Along::default() };
        match self.apply(Known::remembered(order), &event, along).await? {
            Acted::Applied { order: after, .. } | Acted::AlreadyApplied(after) => Ok(*after),
            Acted::Replayed(_) => Ok(known),
        }
    }

    async fn conclude(
        &self,
        task: &Leased,
        order: Order,
        payment: PaymentNo,
        unpaid: Vec<Reference>,
        retry_after: Option<TimeDelta>,
        exchanges: Vec<Exchange>,
    ) -> WorkResult {
        let what = What::GatewayAsked { payment, unpaid, retry_after };
        let event = Event { what, actor: Actor::Engine };
        let settled = order.payment(payment).is_some_and(|p| p.state != PaymentState::Pending);
        if settled {
            return Ok(Worked::Committed);
        }
        let along = Along { lease: Some(task.token), exchanges, ..Along::default() };
        Ok(worked(&self.apply(Known::remembered(order), &event, along).await?))
    }

    pub(super) async fn work_confirm(&self, task: &Leased, reference: &Reference) -> WorkResult {
        // Several of one order are asked one after the other. With the lease over somebody else would ask the same at the same
        // time, and a gateway that is asked too fast shuts everybody out.
        if lease_left(task) < QUERY_LIMIT + LEASE_MARGIN {
            return Ok(Worked::Until(self.clock.now() + REST_WAIT));
        }
        let order = self.fresh(task.order).await?.order;
        let waiting = order.checkout(reference).filter(|c| awaits_money(c));
        let Some(checkout) = waiting.cloned() else { return Ok(Worked::Nothing) };
        let Some(_permits) = self.gateway_permits(std::slice::from_ref(&checkout)) else {
            return Ok(Worked::Until(self.clock.now() + PERMIT_WAIT));
        };
        let reference = reference.clone();
        let unsure = |retry_after| What::SecondUnsure { reference: reference.clone(), retry_after };
        let (what, exchanges) = match self.query(&checkout).await {
            None => (unsure(PAYMENT_QUERY_SPACING), Vec::new()),
            Some((answer, exchange)) => {
                let what = match answer {
                    GatewayAnswer::Paid(report) => What::Paid(report),
                    GatewayAnswer::Unpaid | GatewayAnswer::UnpaidCode => {
                        What::SecondDenied { reference: reference.clone() }
                    }
                    GatewayAnswer::Throttled { retry_after_s } => unsure(TimeDelta::seconds(retry_after_s.into())),
                    GatewayAnswer::Unclear { .. } => unsure(PAYMENT_QUERY_SPACING),
                };
                (what, vec![exchange])
            }
        };
        let says_paid = matches!(what, What::Paid(_));
        let along = || Along { lease: Some(task.token), exchanges: exchanges.clone(), ..Along::default() };
        let event = Event { what, actor: Actor::Gateway(checkout.gateway.clone()) };
        match self.apply(Known::remembered(order), &event, along()).await? {
            // Its money is booked elsewhere. Nothing is settled here, so the ladder and its alert go on.
            Acted::AlreadyApplied(order) if says_paid && order.checkout(&reference).is_some_and(awaits_money) => {
                let event = Event { what: unsure(PAYMENT_QUERY_SPACING), actor: Actor::Engine };
                Ok(worked(&self.apply(Known::remembered(*order), &event, along()).await?))
            }
            acted => Ok(worked(&acted)),
        }
    }

    /// A permit of each gateway that is to be asked, or none at all.
    fn gateway_permits(&self, checkouts: &[Checkout]) -> Option<Vec<SemaphorePermit<'_>>> {
        let ids: BTreeSet<_> = checkouts.iter().map(|c| &c.gateway).collect();
        ids.into_iter().filter_map(|id| self.gateways.get(id)).map(|slot| slot.permits.try_acquire().ok()).collect()
    }

    /// `None`: the gateway is not configured here any more, or with another account, which would say "unpaid".
    async fn query(&self, checkout: &Checkout) -> Option<(GatewayAnswer, Exchange)> {
        let slot = self.gateways.get(&checkout.gateway).filter(|g| g.adapter.account() == &checkout.account)?;
        let gateway = &slot.adapter;
        let (answer, exchange) = gateway.query(&checkout.reference, self.clock.now()).await;
        self.count_call(gateway.id().as_str(), &exchange);
        let answer = match answer {
            // Whether a query tells a test from money is not documented: only a notice or the settlement does.
            GatewayAnswer::Paid(_) if checkout.simulated => {
                GatewayAnswer::Unclear { why: "a test button was pressed on this page".to_owned() }
            }
            other => other,
        };
        Some((answer, exchange))
    }
}

/// No money came by it yet, as far as we know for certain.
const fn awaits_money(checkout: &Checkout) -> bool {
    match checkout.state {
        CheckoutState::Open | CheckoutState::Declined | CheckoutState::SecondClaimed => true,
        CheckoutState::Paid | CheckoutState::ChargedBack => false,
    }
}

fn longest(known: Option<TimeDelta>, other: TimeDelta) -> Option<TimeDelta> {
    Some(known.map_or(other, |known| known.max(other)))
}

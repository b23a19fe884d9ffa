//! Asking gateways: about payments nobody reported, and about money that seems to have come twice.

use chrono::TimeDelta;
use domain::payment::{Checkout, CheckoutState, PaymentState};
use domain::schedule::PAYMENT_QUERY_SPACING;
use domain::{Actor, Event, Order, PaymentNo, Reference, What};
use fail::fail_point;
use ports::Exchange;
use ports::gateway::GatewayAnswer;
use ports::tasks::Leased;

use super::{WorkResult, Worked, worked};
use crate::apply::Along;
use crate::{Acted, Engine};

impl Engine {
    /// Asks about every checkout of a pending payment. The first that is paid settles it; if all are unpaid and the deadline
    /// is past, it expires.
    pub(super) async fn work_payment(&self, task: &Leased, no: PaymentNo) -> WorkResult {
        let mut order = self.stores.orders.load(task.order).await?;
        let pending = order.payment(no).is_some_and(|p| p.state == PaymentState::Pending);
        if !pending {
            return Ok(Worked::Nothing);
        }
        let open: Vec<Checkout> =
            order.checkouts.iter().filter(|c| c.payment == no && c.state != CheckoutState::Paid).cloned().collect();
        let mut unpaid = Vec::with_capacity(open.len());
        let mut retry_after: Option<TimeDelta> = None;
        let mut exchanges = Vec::with_capacity(open.len());
        for checkout in &open {
            let Some((answer, exchange)) = self.query(checkout).await else {
                retry_after = Some(PAYMENT_QUERY_SPACING);
                continue;
            };
            exchanges.push(exchange);
            match answer {
                GatewayAnswer::Paid(report) => {
                    let event = Event { what: What::Paid(report), actor: Actor::Gateway(checkout.gateway.clone()) };
                    let along = Along {
                        lease: Some(task.token),
                        exchanges: std::mem::take(&mut exchanges),
                        ..Along::default()
                    };
                    match self.apply(order, &event, along).await? {
                        Acted::Applied { order: after, .. } => order = *after,
                        Acted::AlreadyApplied(after) => order = *after,
                        Acted::Replayed(_) => return Ok(Worked::Nothing),
                    }
                }
                GatewayAnswer::Unpaid => unpaid.push(checkout.reference.clone()),
                GatewayAnswer::Throttled { retry_after_s } => {
                    retry_after = longest(retry_after, TimeDelta::seconds(i64::from(retry_after_s)));
                }
                GatewayAnswer::Unclear { why } => {
                    tracing::warn!(order.id = %order.id, why, "the gateway did not answer clearly");
                    retry_after = longest(retry_after, PAYMENT_QUERY_SPACING);
                }
            }
        }
        fail_point!("engine.after_query", |_| Ok(Worked::Nothing));
        self.conclude(task, order, no, unpaid, retry_after, exchanges).await
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
        Ok(worked(&self.apply(order, &event, along).await?))
    }

    pub(super) async fn work_confirm(&self, task: &Leased, reference: &Reference) -> WorkResult {
        let order = self.stores.orders.load(task.order).await?;
        let unpaid = order.checkout(reference).filter(|c| c.state != CheckoutState::Paid);
        let Some(checkout) = unpaid.cloned() else { return Ok(Worked::Nothing) };
        let reference = reference.clone();
        let (what, exchanges) = match self.query(&checkout).await {
            None => (What::SecondUnsure { reference, retry_after: PAYMENT_QUERY_SPACING }, Vec::new()),
            Some((answer, exchange)) => {
                let what = match answer {
                    GatewayAnswer::Paid(report) => What::Paid(report),
                    GatewayAnswer::Unpaid => What::SecondDenied { reference },
                    GatewayAnswer::Throttled { retry_after_s } => {
                        let retry_after = TimeDelta::seconds(i64::from(retry_after_s));
                        What::SecondUnsure { reference, retry_after }
                    }
                    GatewayAnswer::Unclear { .. } => {
                        What::SecondUnsure { reference, retry_after: PAYMENT_QUERY_SPACING }
                    }
                };
                (what, vec![exchange])
            }
        };
        let event = Event { what, actor: Actor::Gateway(checkout.gateway.clone()) };
        let along = Along { lease: Some(task.token), exchanges, ..Along::default() };
        Ok(worked(&self.apply(order, &event, along).await?))
    }

    /// `None`: the gateway is not configured here any more, or with another account, which would say "unpaid".
    async fn query(&self, checkout: &Checkout) -> Option<(GatewayAnswer, Exchange)> {
        let gateway = self.gateways.get(&checkout.gateway).filter(|g| g.account() == &checkout.account)?;
        let (answer, exchange) = gateway.query(&checkout.reference, self.clock.now()).await;
        self.count_call(gateway.id().as_str(), &exchange);
        Some((answer, exchange))
    }
}

fn longest(known: Option<TimeDelta>, other: TimeDelta) -> Option<TimeDelta> {
    Some(known.map_or(other, |known| known.max(other)))
}

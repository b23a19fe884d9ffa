//! What happens to a payment's checkouts: opened, declined, tried with a test button, given something to pay into; and when the
//! gateway is asked about them. Not here: money (`money_events`).

use chrono::TimeDelta;

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use crate::Moment;
use crate::ids::{PaymentNo, Reference};
use crate::instructions::Instructions;
use crate::payment::{Checkout, CheckoutState, NewCheckout, PaymentEvent};
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    pub(super) fn checkout_opened(&mut self, new: &NewCheckout) -> Outcome {
        if self.order.checkout(&new.reference).is_some() {
            return Ok(Effect::Nothing);
        }
        if self.now >= self.order.created_at + schedule::PAYMENT_WINDOW {
            return Err(Refusal::NotNow("the price no longer holds; please order again"));
        }
        if self.order.checkouts.len() >= schedule::MAX_CHECKOUTS {
            return Err(Refusal::NotNow("too many checkouts were opened for this order"));
        }
        self.step_payment(new.payment, PaymentEvent::CheckoutOpened)?;
        self.order.checkouts.push(Checkout {
            reference: new.reference.clone(),
            payment: new.payment,
            gateway: new.gateway.clone(),
            account: new.account.clone(),
            method: new.method.clone(),
            state: CheckoutState::Open,
            opened_at: self.now,
            known_by: self.now + schedule::CHECKOUT_LIFE + new.code_life.unwrap_or_default() + new.lag,
            instructions: None,
            transaction: None,
            received: None,
            disputed: None,
            simulated: false,
        });
        self.record_new(format!("checkout {}", new.reference), CheckoutState::Open.as_str());
        self.settle_deadline(new.payment)?;
        self.put_task(TaskKind::Payment(new.payment), self.now + schedule::PAYMENT_QUERY_SPACING);
        self.key = Some(new.reference.key(new.gateway.as_str(), &new.account));
        Ok(Effect::Changed)
    }

    /// The gateway issued something to pay into. Its own expiry is better than what we assumed when the page was opened.
    pub(super) fn instructions(&mut self, reference: &Reference, told: &Instructions, lag: TimeDelta) -> Outcome {
        let (no, known) = {
            let checkout = self.checkout_mut(reference)?;
            (checkout.payment, checkout.instructions.as_ref().is_some_and(|known| known.code == told.code))
        };
        if known || !self.step_payment(no, PaymentEvent::Instructions)? {
            return Ok(Effect::Nothing);
        }
        let checkout = self.checkout_mut(reference)?;
        let known_by = told.payable_until.checked_add_signed(lag).unwrap_or(told.payable_until);
        // A code in place of another: the first may have been paid already.
        checkout.known_by = if checkout.instructions.is_some() { checkout.known_by.max(known_by) } else { known_by };
        checkout.instructions = Some(told.clone());
        self.settle_deadline(no)?;
        self.put_task(TaskKind::Payment(no), self.gateway_question(no)?);
        self.note(format!("{} issued for {reference}", told.code.kind()));
        Ok(Effect::Changed)
    }

    /// The price window, or the moment by which every payment of every checkout is known, whichever is later.
    fn settle_deadline(&mut self, no: PaymentNo) -> Result<(), Refusal> {
        let window = self.order.created_at + schedule::PAYMENT_WINDOW;
        let known = self.order.checkouts.iter().filter(|c| c.payment == no).map(|c| c.known_by);
        let deadline = known.fold(window, Moment::max);
        self.payment_mut(no)?.deadline = deadline;
        Ok(())
    }

    /// When the gateway is asked next about a pending payment that it called unpaid: as early as any checkout advises, and
    /// surely at the deadline.
    pub(super) fn gateway_question(&self, no: PaymentNo) -> Result<Moment, Refusal> {
        let deadline = self.payment(no)?.deadline;
        let open = self.order.checkouts.iter().filter(|c| c.payment == no);
        let questions = open.map(|c| {
            let early = schedule::PAGE_QUESTIONS.into_iter().map(|wait| c.opened_at + wait);
            let early = early.filter(|_| c.instructions.is_none()).find(|look| *look > self.now);
            early.unwrap_or(self.now + schedule::CODE_QUESTIONS)
        });
        let next = questions.min().unwrap_or(deadline).max(self.now + schedule::PAYMENT_QUERY_SPACING);
        Ok(next.min(deadline))
    }

    pub(super) fn checkout_declined(&mut self, reference: &Reference, code: &str) -> Outcome {
        let (no, state) = {
            let checkout = self.checkout_mut(reference)?;
            (checkout.payment, checkout.state)
        };
        if state != CheckoutState::Open || !self.step_payment(no, PaymentEvent::CheckoutFailed)? {
            return Ok(Effect::Nothing);
        }
        self.checkout_mut(reference)?.state = CheckoutState::Declined;
        self.record(format!("checkout {reference}"), "open", "declined");
        self.note(format!("the gateway said {code}"));
        Ok(Effect::Changed)
    }

    /// A signed notice says that a test button was pressed on this page. No money moved, but a query may call it paid.
    pub(super) fn simulated(&mut self, reference: &Reference) -> Outcome {
        let checkout = self.checkout_mut(reference)?;
        if checkout.simulated {
            return Ok(Effect::Nothing);
        }
        checkout.simulated = true;
        self.note("a test button was pressed on the gateway's page");
        Ok(Effect::Changed)
    }
}

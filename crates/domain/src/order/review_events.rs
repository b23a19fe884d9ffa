//! What people decide about orders in review.

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use super::event::{ItemResolution, PaymentResolution};
use crate::alert::AlertKind;
use crate::fulfilment::{AttemptEvent, AttemptState, Cause, ItemEvent, ItemState};
use crate::ids::{ItemNo, PaymentNo};
use crate::ledger;
use crate::money::Money;
use crate::payment::{PaymentEvent, PaymentState, Proposal, ReviewReason};
use crate::refund::RefundReason;
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    pub(super) fn review_reminder(&mut self) -> Outcome {
        if !self.order.needs_person() {
            return Ok(Effect::Nothing);
        }
        self.alert(AlertKind::ReviewWaiting, "review", "an order still waits for a decision");
        self.put_task(TaskKind::Review, self.now + schedule::REVIEW_REMINDER);
        Ok(Effect::Changed)
    }

    pub(super) fn item_resolved(&mut self, no: ItemNo, resolution: &ItemResolution, evidence: &str) -> Outcome {
        self.operator()?;
        if evidence.trim().is_empty() {
            return Err(Refusal::Missing("evidence"));
        }
        let item = self.item(no)?.clone();
        if item.state != ItemState::Review {
            return Err(Refusal::NotNow("the item is not in review"));
        }
        let attempt = self.order.live_attempt(&item).cloned().ok_or(Refusal::NoSuch("attempt"))?;
        self.note(evidence);
        self.drop_task(&TaskKind::Item(no));
        match resolution {
            ItemResolution::Delivered { serial, price } => {
                self.step_attempt(attempt.no, AttemptEvent::SaidDelivered)?;
                let kept = self.attempt_mut(attempt.no)?;
                kept.artifacts.serial = serial.clone();
                kept.artifacts.price = Some(*price);
                self.step_item(no, ItemEvent::OperatorDelivered)?;
                self.post(ledger::purchase(&attempt.supplier, attempt.reference.as_str(), *price));
                self.post(ledger::sale(&format!("item {no}"), item.charged, item.discount));
                self.settle()?;
            }
            ItemResolution::Failed => {
                self.close_attempt(attempt.no, attempt.state)?;
                self.step_item(no, ItemEvent::OperatorFailed)?;
                self.fail_item(no, "operator")?;
            }
            ItemResolution::Retry => {
                self.close_attempt(attempt.no, attempt.state)?;
                self.step_item(no, ItemEvent::OperatorRetry)?;
                self.try_next(no)?;
            }
        }
        Ok(Effect::Changed)
    }

    /// The operator knows from the supplier that nothing was delivered.
    fn close_attempt(&mut self, no: crate::AttemptNo, state: AttemptState) -> Result<(), Refusal> {
        if state.is_live() {
            self.step_attempt(no, AttemptEvent::SaidFailed)?;
            let attempt = self.attempt_mut(no)?;
            attempt.cause = Some(Cause::Supplier);
            attempt.word = Some("operator".to_owned());
        }
        Ok(())
    }

    pub(super) fn payment_resolved(&mut self, no: PaymentNo, resolution: PaymentResolution, evidence: &str) -> Outcome {
        let by = self.operator()?;
        if evidence.trim().is_empty() {
            return Err(Refusal::Missing("evidence"));
        }
        let payment = self.payment(no)?.clone();
        let Some(reason) = payment.review.filter(|_| payment.state == PaymentState::Review) else {
            return Err(Refusal::NotNow("the payment is not in review"));
        };
        self.note(evidence);
        if self.needs_second_person(payment.received) {
            match &payment.proposed {
                Some(first) if first.resolution == resolution && first.by == by => {
                    return Err(Refusal::SecondPersonNeeded);
                }
                Some(first) if first.resolution == resolution => {}
                Some(_) | None => {
                    self.payment_mut(no)?.proposed = Some(Proposal { resolution, by });
                    self.note("proposed by the first of two people");
                    return Ok(Effect::Changed);
                }
            }
        }
        match reason {
            ReviewReason::Mismatch => self.resolve_mismatch(no, resolution, payment.received, payment.amount)?,
            ReviewReason::OtherTransaction => self.resolve_other(no, resolution)?,
            ReviewReason::ChargedBack => self.resolve_chargeback(no, resolution)?,
        }
        let payment = self.payment_mut(no)?;
        payment.review = None;
        payment.proposed = None;
        self.settle()?;
        Ok(Effect::Changed)
    }

    fn resolve_mismatch(
        &mut self,
        no: PaymentNo,
        resolution: PaymentResolution,
        received: Money,
        agreed: Money,
    ) -> Result<(), Refusal> {
        let subject = format!("payment {no}");
        match resolution {
            PaymentResolution::Accept => {
                self.step_payment(no, PaymentEvent::OperatorAccepts)?;
                self.post(ledger::suspense_accepted(&subject, received, agreed)?);
                self.reopen_for_buying()
            }
            PaymentResolution::Return => {
                self.step_payment(no, PaymentEvent::OperatorReturns)?;
                self.cancel_queued()?;
                self.owe_refund(no, None, received, RefundReason::ReviewReturned)
            }
            PaymentResolution::WriteOff => {
                self.step_payment(no, PaymentEvent::OperatorWritesOff)?;
                self.cancel_queued()?;
                self.post(ledger::suspense_written_off(&subject, received));
                Ok(())
            }
        }
    }

    /// The first money stands; the second, lying in suspense, goes back.
    fn resolve_other(&mut self, no: PaymentNo, resolution: PaymentResolution) -> Result<(), Refusal> {
        if resolution != PaymentResolution::Accept {
            return Err(Refusal::NotNow("accept: the first money stands and the second goes back"));
        }
        let payment = self.payment(no)?;
        let first = self.order.checkouts.iter().filter_map(|c| c.received.filter(|_| c.payment == no));
        let known = Money::sum(first, payment.received.currency())?;
        let second = payment.received.checked_sub(known)?;
        self.step_payment(no, PaymentEvent::OperatorAccepts)?;
        self.start_buying();
        self.owe_refund(no, None, second, RefundReason::ReviewReturned)
    }

    fn resolve_chargeback(&mut self, no: PaymentNo, resolution: PaymentResolution) -> Result<(), Refusal> {
        let payment = self.payment(no)?;
        let amount = payment.received;
        let reference = payment.paid_by.clone().ok_or(Refusal::NoSuch("paid checkout"))?;
        let gateway = self.paying_gateway(no)?;
        match resolution {
            PaymentResolution::Accept => {
                self.step_payment(no, PaymentEvent::OperatorAccepts)?;
                self.post(ledger::chargeback_won(&gateway, reference.as_str(), amount));
                self.start_buying();
                Ok(())
            }
            PaymentResolution::WriteOff => {
                self.step_payment(no, PaymentEvent::OperatorWritesOff)?;
                self.cancel_queued()?;
                self.post(ledger::chargeback_lost(reference.as_str(), amount));
                self.alert(AlertKind::ChargedBack, format!("payment {no}"), format!("{amount} lost"));
                Ok(())
            }
            PaymentResolution::Return => Err(Refusal::NotNow("the money is already gone: accept or write off")),
        }
    }

    fn reopen_for_buying(&mut self) -> Result<(), Refusal> {
        let cancelled: Vec<_> =
            self.order.items.iter().filter(|i| i.state == ItemState::Cancelled).map(|i| i.no).collect();
        for item in cancelled {
            self.step_item(item, ItemEvent::PaymentReopened)?;
        }
        self.start_buying();
        Ok(())
    }
}

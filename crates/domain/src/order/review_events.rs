//! What people decide about orders in review.

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use super::event::{ItemResolution, PaymentResolution};
use crate::alert::AlertKind;
use crate::catalogue::Category;
use crate::fulfilment::{Attempt, AttemptEvent, AttemptState, Item, ItemEvent, ItemState, pln_token};
use crate::ids::{ItemNo, PaymentNo, Reference};
use crate::ledger;
use crate::money::{Money, MoneyError};
use crate::payment::{Checkout, CheckoutState, PaymentEvent, PaymentState, Proposal, ReviewReason};
use crate::private::Private;
use crate::refund::{Refund, RefundEvent, RefundReason};
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
        if let ItemResolution::Delivered { serial: Some(serial), .. } = resolution
            && item.category == Category::PlnToken
            && pln_token(serial.expose()).is_none()
        {
            return Err(Refusal::Invalid("serial"));
        }
        if let (ItemState::Delivered, ItemResolution::Delivered { serial: Some(serial), by: None, .. }) =
            (item.state, resolution)
        {
            return self.serial_told(&item, serial, evidence);
        }
        if item.state != ItemState::Review {
            return Err(Refusal::NotNow("the item is not in review"));
        }
        let attempt = self.order.live_attempt(&item).cloned().ok_or(Refusal::NoSuch("attempt"))?;
        let delivered_by = match resolution {
            ItemResolution::Delivered { price, by, .. } => Some(self.delivered_by(&attempt, *price, by.as_ref())?),
            ItemResolution::Failed | ItemResolution::Retry => None,
        };
        self.note(evidence);
        self.drop_task(&TaskKind::Item(no));
        match resolution {
            ItemResolution::Delivered { serial, price, .. } => {
                let named = delivered_by.ok_or(Refusal::NoSuch("attempt"))?;
                self.delivered_as_told(&item, &attempt, &named, serial.clone(), *price)?;
            }
            ItemResolution::Failed => {
                self.close_attempt(&attempt)?;
                self.step_item(no, ItemEvent::OperatorFailed)?;
                self.fail_item(no, "operator")?;
            }
            ItemResolution::Retry => {
                self.close_attempt(&attempt)?;
                self.step_item(no, ItemEvent::OperatorRetry)?;
                self.try_next(no)?;
            }
        }
        Ok(Effect::Changed)
    }

    /// It is delivered, and its code never came: the supplier has told it to a person. A serial that is there may be used already.
    fn serial_told(&mut self, item: &Item, serial: &Private, evidence: &str) -> Outcome {
        let attempt = self.order.live_attempt(item).ok_or(Refusal::NoSuch("attempt"))?;
        let no = attempt.no;
        match &attempt.artifacts.serial {
            Some(kept) if kept == serial => return Ok(Effect::Nothing),
            Some(_) => return Err(Refusal::NotNow("the item has its serial")),
            None => {}
        }
        self.attempt_mut(no)?.artifacts.serial = Some(serial.clone());
        self.item_mut(item.no)?.serial_pending = false;
        self.drop_task(&TaskKind::Item(item.no));
        self.note(evidence);
        Ok(Effect::Changed)
    }

    /// The attempt that an operator says delivered, if it may be said of it.
    fn delivered_by(&self, deciding: &Attempt, price: Money, by: Option<&Reference>) -> Result<Attempt, Refusal> {
        let named = by.map_or(Some(deciding), |reference| self.order.attempt(reference));
        let named = named.filter(|a| a.item == deciding.item).ok_or(Refusal::NoSuch("attempt"))?;
        if named.state == AttemptState::Done {
            return Err(Refusal::NotNow("this attempt's delivery is booked already"));
        }
        if price.currency() != named.cost.currency() {
            return Err(MoneyError::CurrencyMismatch.into());
        }
        if price.is_negative() {
            return Err(MoneyError::OutOfRange.into());
        }
        Ok(named.clone())
    }

    /// Booked where it was bought: that attempt decides the item, and no question looks for it again. Another one that is still open
    /// is asked about like any that was overtaken, which ends.
    fn delivered_as_told(
        &mut self,
        item: &Item,
        deciding: &Attempt,
        named: &Attempt,
        serial: Option<Private>,
        price: Money,
    ) -> Result<(), Refusal> {
        self.step_attempt(named.no, AttemptEvent::SaidDelivered)?;
        let kept = self.attempt_mut(named.no)?;
        kept.artifacts.serial = serial.or_else(|| kept.artifacts.serial.take());
        kept.artifacts.price = Some(price);
        self.drop_task(&TaskKind::Recheck(named.reference.clone()));
        if deciding.no != named.no && deciding.state.is_live() {
            self.put_task(TaskKind::Recheck(deciding.reference.clone()), self.now);
        }
        self.step_item(item.no, ItemEvent::OperatorDelivered)?;
        // Whoever said that it failed would say so again, and take back what the operator knows.
        let lacks_code = item.category.may_be_code()
            && named.state.is_live()
            && self.attempt_mut(named.no)?.artifacts.serial.is_none();
        let kept = self.item_mut(item.no)?;
        kept.live_attempt = Some(named.no);
        kept.serial_pending = lacks_code;
        if lacks_code {
            self.put_task(TaskKind::Item(item.no), self.now + schedule::poll_wait(0, self.order.id));
        }
        self.post(ledger::purchase(&named.supplier, named.reference.as_str(), price));
        self.post(ledger::sale(&format!("item {}", item.no), item.charged, item.discount));
        self.settle()
    }

    /// The operator knows from the supplier that nothing was delivered. People err: it is looked at once more.
    fn close_attempt(&mut self, attempt: &Attempt) -> Result<(), Refusal> {
        let kind = TaskKind::Recheck(attempt.reference.clone());
        let looks_late = self.order.task(&kind).is_some_and(|task| Some(task.run_at) == attempt.late_look());
        let open = attempt.state.is_live();
        if open {
            self.conclude(attempt.no, "operator")?;
        }
        // Also what its supplier closed before: its item waits anew from here.
        self.attempt_mut(attempt.no)?.closed_at = Some(self.now);
        if open || looks_late {
            self.no_more_questions(attempt);
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
        // What is accepted is bought in full: the larger of what came and what was agreed counts.
        if self.needs_second_person(payment.received) || self.needs_second_person(payment.amount) {
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
            ReviewReason::Mismatch => {
                // Only the money in question: a second payment beside it has its own refund.
                let received = self.money_that_paid(no)?.1;
                self.resolve_mismatch(no, resolution, received, payment.amount)?;
            }
            ReviewReason::OtherTransaction => self.resolve_other(no, resolution)?,
            ReviewReason::ChargedBack => self.resolve_chargeback(no, resolution)?,
        }
        let payment = self.payment_mut(no)?;
        payment.review = None;
        payment.proposed = None;
        self.settle()?;
        self.review_next_dispute(no)?;
        Ok(Effect::Changed)
    }

    /// The bank took the whole payment back while another review was open: that is decided next.
    fn review_next_dispute(&mut self, no: PaymentNo) -> Result<(), Refusal> {
        let Ok((checkout, received)) = self.money_that_paid(no) else { return Ok(()) };
        let buying =
            matches!(self.payment(no)?.state, PaymentState::Paid | PaymentState::Success | PaymentState::Failed);
        if buying && checkout.disputed == Some(received) {
            self.step_payment(no, PaymentEvent::ChargedBack)?;
            self.enter_review(no, ReviewReason::ChargedBack)?;
        }
        Ok(())
    }

    fn resolve_mismatch(
        &mut self,
        no: PaymentNo,
        resolution: PaymentResolution,
        received: Money,
        agreed: Money,
    ) -> Result<(), Refusal> {
        let subject = format!("payment {no}");
        let payer = self.money_that_paid(no)?.0;
        if payer.disputed.is_some() {
            return self.resolve_disputed_mismatch(no, &payer, resolution, received);
        }
        match resolution {
            PaymentResolution::Accept => {
                if self.order.items.iter().any(|item| item.bill.is_some() && item.state == ItemState::Cancelled) {
                    return Err(Refusal::NotNow(
                        "its bill was given up, and another order may pay it: return the money",
                    ));
                }
                self.step_payment(no, PaymentEvent::OperatorAccepts)?;
                let over = received.checked_sub(agreed)?;
                if over.is_negative() {
                    self.share_out(received)?;
                    self.post(ledger::suspense_accepted(&subject, received));
                } else {
                    self.post(ledger::suspense_accepted(&subject, agreed));
                }
                if over.minor() > 0 {
                    self.owe_refund(no, None, over, RefundReason::ReviewReturned, &payer.reference)?;
                }
                self.reopen()
            }
            PaymentResolution::Return => {
                self.step_payment(no, PaymentEvent::OperatorReturns)?;
                self.cancel_queued()?;
                self.give_promo_back();
                self.owe_refund(no, None, received, RefundReason::ReviewReturned, &payer.reference)
            }
            PaymentResolution::WriteOff => {
                self.step_payment(no, PaymentEvent::OperatorWritesOff)?;
                self.cancel_queued()?;
                self.give_promo_back();
                self.post(ledger::suspense_written_off(&subject, received));
                Ok(())
            }
        }
    }

    /// Wrong money of which the bank took some back: what it took cancels out in suspense, and the rest is written off.
    fn resolve_disputed_mismatch(
        &mut self,
        no: PaymentNo,
        payer: &Checkout,
        resolution: PaymentResolution,
        received: Money,
    ) -> Result<(), Refusal> {
        if resolution != PaymentResolution::WriteOff {
            return Err(Refusal::NotNow("the bank took this money back: only a write-off is left"));
        }
        let disputed = payer.disputed.unwrap_or(Money::zero(received.currency()));
        self.step_payment(no, PaymentEvent::OperatorWritesOff)?;
        self.cancel_queued()?;
        self.give_promo_back();
        self.post(ledger::suspense_written_off(&format!("payment {no}"), received.checked_sub(disputed)?));
        self.bank_keeps(&payer.reference)?;
        self.payment_mut(no)?.paid_by = None;
        Ok(())
    }

    /// The dispute is over and lost.
    fn bank_keeps(&mut self, reference: &Reference) -> Result<(), Refusal> {
        let checkout = self.checkout_mut(reference)?;
        checkout.disputed = None;
        checkout.state = CheckoutState::ChargedBack;
        self.record(format!("checkout {reference}"), CheckoutState::Paid.as_str(), CheckoutState::ChargedBack.as_str());
        Ok(())
    }

    /// Less came than was agreed and is taken for it: each item's share shrinks, so that no refund exceeds what came.
    fn share_out(&mut self, received: Money) -> Result<(), Refusal> {
        let weights: Vec<i64> = self.order.items.iter().map(|i| i.charged.minor()).collect();
        // Whole units stay whole, so that the gateway can take each share back.
        let unit = received.currency().minor_per_unit();
        let unit = if received.minor() % unit == 0 { unit } else { 1 };
        for (item, share) in self.order.items.iter_mut().zip(received.split(&weights, unit)?) {
            item.charged = share;
        }
        Ok(())
    }

    /// The first money stands; the second, lying in suspense, goes back by the refund it was booked with.
    fn resolve_other(&mut self, no: PaymentNo, resolution: PaymentResolution) -> Result<(), Refusal> {
        if resolution != PaymentResolution::Accept {
            return Err(Refusal::NotNow("accept: the first money stands and the second goes back"));
        }
        if !self.funded() {
            // The first money was lost to the bank before.
            self.step_payment(no, PaymentEvent::OperatorWritesOff)?;
            return self.cancel_queued();
        }
        self.step_payment(no, PaymentEvent::OperatorAccepts)?;
        self.start_buying();
        Ok(())
    }

    /// The checkout that paid, and what came by it.
    fn money_that_paid(&self, no: PaymentNo) -> Result<(Checkout, Money), Refusal> {
        let paid_by = self.payment(no)?.paid_by.as_ref();
        let checkout = paid_by.and_then(|reference| self.order.checkout(reference));
        let found = checkout.and_then(|c| Some((c.clone(), c.received?)));
        found.ok_or(Refusal::NoSuch("paid checkout"))
    }

    fn resolve_chargeback(&mut self, no: PaymentNo, resolution: PaymentResolution) -> Result<(), Refusal> {
        let (checkout, amount) = self.money_that_paid(no)?;
        match resolution {
            PaymentResolution::Accept => {
                self.step_payment(no, PaymentEvent::OperatorAccepts)?;
                self.checkout_mut(&checkout.reference)?.disputed = None;
                self.post(ledger::chargeback_won(&checkout.gateway, checkout.reference.as_str(), amount));
                self.start_buying();
                Ok(())
            }
            PaymentResolution::WriteOff => {
                if self.order.items.iter().any(|i| matches!(i.state, ItemState::InProgress | ItemState::Review)) {
                    return Err(Refusal::NotNow("an item is still being bought; its outcome decides the loss"));
                }
                self.step_payment(no, PaymentEvent::OperatorWritesOff)?;
                self.bank_keeps(&checkout.reference)?;
                self.post(ledger::chargeback_lost(checkout.reference.as_str(), amount));
                self.release_liability(no)?;
                if !self.any_delivered() {
                    self.give_promo_back();
                }
                self.payment_mut(no)?.paid_by = None;
                self.alert(AlertKind::ChargedBack, format!("payment {no}"), format!("{amount} lost"));
                Ok(())
            }
            PaymentResolution::Return => Err(Refusal::NotNow("the money is already gone: accept or write off")),
        }
    }

    /// The bank gave the customer the money: what was not delivered is owed no more, and no refund goes out on top.
    fn release_liability(&mut self, no: PaymentNo) -> Result<(), Refusal> {
        let unsent: Vec<Refund> = self.order.refunds.iter().filter(|r| r.payment == no).cloned().collect();
        for refund in unsent.iter().filter(|r| r.state.is_unsent() && r.reason != RefundReason::PaidTwice) {
            self.cancel_refund(refund, RefundEvent::TakenByBank)?;
            if refund.item.is_none() {
                self.post(ledger::liability_released(&format!("refund {}", refund.no), refund.amount));
            }
        }
        for item in self.order.items.clone() {
            let sent = self.order.refunds.iter().any(|r| r.item == Some(item.no) && r.state.holds_money());
            if matches!(item.state, ItemState::Queued | ItemState::Failed | ItemState::Reversed) && !sent {
                self.post(ledger::liability_released(&format!("item {}", item.no), item.charged));
            }
        }
        self.cancel_queued()
    }
}

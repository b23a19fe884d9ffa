//! What happens to the attempts of an item, and so to the item and its payment.

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use super::event::Claim;
use crate::alert::AlertKind;
use crate::broken::{self, Rule};
use crate::fulfilment::{
    Answer, Artifacts, Attempt, AttemptEvent, AttemptState, Cause, ItemEvent, ItemState, NewAttempt, StatusTrust,
};
use crate::ids::{AttemptNo, ItemNo, Reference};
use crate::ledger;
use crate::payment::{PaymentEvent, PaymentState};
use crate::refund::RefundReason;
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    pub(super) fn attempt_reserved(&mut self, new: &NewAttempt) -> Outcome {
        if self.order.attempt(&new.reference).is_some() {
            return Ok(Effect::Nothing);
        }
        if !self.buying() {
            return Err(Refusal::NotNow("the order is not paid"));
        }
        let item = self.item(new.item)?;
        if new.cost.currency() != item.max_cost.currency() || new.cost.minor() > item.max_cost.minor() {
            return Err(Refusal::NotNow("the offer costs more than the price charged allows"));
        }
        let mut others = self.order.attempts.iter().filter(|a| a.item == new.item);
        if others.any(|a| a.supplier == new.supplier || a.state.is_live()) {
            return Err(Refusal::NotNow("this supplier was tried, or an attempt is alive"));
        }
        let no = AttemptNo(u16::try_from(self.order.attempts.len()).unwrap_or(u16::MAX));
        self.step_item(new.item, ItemEvent::AttemptReserved)?;
        self.item_mut(new.item)?.live_attempt = Some(no);
        self.order.attempts.push(Attempt {
            no,
            item: new.item,
            supplier: new.supplier.clone(),
            account: new.account.clone(),
            reference: new.reference.clone(),
            code: new.code.clone(),
            cost: new.cost,
            state: AttemptState::Reserved,
            cause: None,
            word: None,
            reserved_at: self.now,
            polls: 0,
            not_found: 0,
            not_found_since: None,
            artifacts: Artifacts::default(),
            reason: new.reason.clone(),
        });
        self.record_new(format!("attempt {no}"), AttemptState::Reserved.as_str());
        // The worker that commits this keeps its lease: until it ends, nobody else may touch the attempt.
        self.put_task(TaskKind::Item(new.item), self.now);
        self.held = Some(TaskKind::Item(new.item));
        self.key = Some(new.reference.key(new.supplier.as_str(), &new.account));
        Ok(Effect::Changed)
    }

    pub(super) fn sender_lost(&mut self, reference: &Reference) -> Outcome {
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?.clone();
        if !self.step_attempt(attempt.no, AttemptEvent::SenderLost)? {
            return Ok(Effect::Nothing);
        }
        self.note("the sender is gone; only its status may be asked");
        self.ask_again(&attempt)?;
        Ok(Effect::Changed)
    }

    pub(super) fn nudged(&mut self, reference: &Reference, claim: Claim) -> Outcome {
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?;
        let known = match attempt.state {
            // Its sender is about to know; asking now would only race it.
            AttemptState::Reserved => true,
            AttemptState::Pending | AttemptState::Unknown => false,
            AttemptState::Done => claim != Claim::NotDelivered && attempt.artifacts.serial.is_some(),
            AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => claim != Claim::Delivered,
        };
        let decides = self.order.item(attempt.item).is_some_and(|i| i.live_attempt == Some(attempt.no));
        let kind = if decides
            && (attempt.state.is_live() || attempt.state == AttemptState::Done && self.asks_serial(attempt.item))
        {
            TaskKind::Item(attempt.item)
        } else {
            TaskKind::Recheck(reference.clone())
        };
        let soon = self.order.task(&kind).is_some_and(|t| t.run_at <= self.now);
        if known || soon {
            return Ok(Effect::Nothing);
        }
        self.put_task(kind, self.now);
        Ok(Effect::Changed)
    }

    fn asks_serial(&self, item: ItemNo) -> bool {
        self.order.item(item).is_some_and(|i| i.serial_pending)
    }

    pub(super) fn no_offer(&mut self, item: ItemNo) -> Outcome {
        // Before the money is in, or while a person looks at it, nobody was to choose an offer.
        if self.item(item)?.state == ItemState::Queued && !self.buying() {
            return Err(Refusal::NotNow("the order is not paid"));
        }
        if !self.step_item(item, ItemEvent::OffersExhausted)? {
            return Ok(Effect::Nothing);
        }
        self.fail_item(item, "unavailable")?;
        Ok(Effect::Changed)
    }

    /// A supplier's answer, to the purchase or to a status question.
    pub(super) fn answered(&mut self, reference: &Reference, answer: &Answer, trust: StatusTrust) -> Outcome {
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?.clone();
        let event = self.read(&attempt, answer, trust)?;
        let moved = self.step_attempt(attempt.no, event)?;
        let state = self.attempt_mut(attempt.no)?.state;
        match state {
            AttemptState::Done if attempt.state == AttemptState::Done => self.serial_answer(&attempt, answer)?,
            AttemptState::Done => self.delivered(&attempt)?,
            AttemptState::Pending | AttemptState::Unknown | AttemptState::Reserved => self.ask_again(&attempt)?,
            AttemptState::Reversed if moved => self.taken_back(&attempt)?,
            AttemptState::Refused | AttemptState::Failed if moved => self.not_delivered(&attempt)?,
            AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => {
                self.recheck_answer(&attempt, answer)?;
            }
        }
        Ok(if self.order == *self.before { Effect::Nothing } else { Effect::Changed })
    }

    /// Keeps what the answer says on the attempt and names it for the machine.
    fn read(&mut self, before: &Attempt, answer: &Answer, trust: StatusTrust) -> Result<AttemptEvent, Refusal> {
        let now = self.now;
        let recheck = self.order.task(&TaskKind::Recheck(before.reference.clone())).is_some();
        let asked = recheck || before.state.is_live() || self.decides(before) && self.asks_serial(before.item);
        let attempt = self.attempt_mut(before.no)?;
        // An answer to no question of ours is no step on the ladder: told twice, it changes nothing.
        if before.state != AttemptState::Reserved && asked {
            attempt.polls = attempt.polls.saturating_add(1);
        }
        if *answer != Answer::NotFound {
            attempt.not_found = 0;
            attempt.not_found_since = None;
        }
        let event = match answer {
            Answer::Delivered { serial, price, supplier_ref } => {
                let kept = &mut attempt.artifacts;
                kept.serial = serial.clone().or_else(|| kept.serial.take());
                kept.price = kept.price.or(*price);
                kept.supplier_ref = supplier_ref.clone().or_else(|| kept.supplier_ref.take());
                AttemptEvent::SaidDelivered
            }
            Answer::Pending { supplier_ref, price: _ } => {
                let kept = &mut attempt.artifacts;
                kept.supplier_ref = supplier_ref.clone().or_else(|| kept.supplier_ref.take());
                AttemptEvent::SaidPending
            }
            Answer::Refused { cause, code } => {
                attempt.cause = Some(*cause);
                attempt.word = Some(code.clone());
                AttemptEvent::SaidRefused
            }
            Answer::Failed { cause, code } => {
                attempt.cause = Some(*cause);
                attempt.word = Some(code.clone());
                AttemptEvent::SaidFailed
            }
            Answer::Unclear { why } => {
                attempt.word = Some(why.clone());
                if broken::is_broken(Rule::UnknownIsFailed) {
                    attempt.cause = Some(Cause::Supplier);
                    return Ok(AttemptEvent::SaidFailed);
                }
                AttemptEvent::SaidUnclear
            }
            Answer::NotFound => {
                let may_be_unformed = matches!(before.state, AttemptState::Reserved | AttemptState::Unknown);
                let counts_from =
                    attempt.reserved_at + schedule::SEND_WINDOW + trust.request_timeout + schedule::ABSENCE_GRACE;
                if !may_be_unformed || now < counts_from {
                    return Ok(AttemptEvent::SaidNotFound);
                }
                attempt.not_found = attempt.not_found.saturating_add(1);
                let since = *attempt.not_found_since.get_or_insert(now);
                let long_enough = now.signed_duration_since(since) >= schedule::ABSENCE_SPAN;
                if trust.absence && long_enough && attempt.not_found >= schedule::ABSENCE_ANSWERS {
                    attempt.cause = Some(Cause::Supplier);
                    attempt.word = Some("never formed".to_owned());
                    AttemptEvent::NotFoundBelieved
                } else {
                    AttemptEvent::SaidNotFound
                }
            }
        };
        Ok(event)
    }

    fn decides(&self, attempt: &Attempt) -> bool {
        self.order.item(attempt.item).is_some_and(|i| i.live_attempt == Some(attempt.no))
    }

    /// The outcome is still open: put the next question on the ladder, or bring a person in at its end.
    fn ask_again(&mut self, attempt: &Attempt) -> Result<(), Refusal> {
        let polls = self.attempt_mut(attempt.no)?.polls;
        let next = self.now + schedule::poll_delay(polls);
        let age = self.now.signed_duration_since(attempt.reserved_at);
        if !self.decides(attempt) {
            // Its item has its goods: past the horizon a person hears of it once a day.
            let late = age >= schedule::POLL_HORIZON;
            if late {
                let detail = format!("{} still has no outcome, beside another delivery", attempt.supplier);
                self.alert(AlertKind::ItemReview, format!("attempt {}", attempt.no), detail);
            }
            let next = if late { self.now + schedule::POLL_HORIZON } else { next };
            self.put_task(TaskKind::Recheck(attempt.reference.clone()), next);
            return Ok(());
        }
        if age >= schedule::POLL_HORIZON && self.step_item(attempt.item, ItemEvent::NeedsPerson)? {
            self.alert(AlertKind::ItemReview, format!("item {}", attempt.item), "no outcome after a day of asking");
        }
        // In review the supplier is still asked: its late word settles the item without a person.
        self.put_task(TaskKind::Item(attempt.item), next);
        Ok(())
    }

    /// A closed attempt was asked again because a notice claims otherwise, and the answer is no news. No answer is not an
    /// answer: it is asked again until the horizon.
    fn recheck_answer(&mut self, attempt: &Attempt, answer: &Answer) -> Result<(), Refusal> {
        let kind = TaskKind::Recheck(attempt.reference.clone());
        let open = matches!(answer, Answer::Unclear { .. } | Answer::Pending { .. });
        if !open || self.order.task(&kind).is_none() {
            self.drop_task(&kind);
            return Ok(());
        }
        let age = self.now.signed_duration_since(attempt.reserved_at);
        if age >= schedule::POLL_HORIZON {
            self.drop_task(&kind);
            let detail = format!("a notice of {} claims another outcome, its status does not answer", attempt.supplier);
            self.alert(AlertKind::ItemReview, format!("attempt {}", attempt.no), detail);
        } else {
            let polls = self.attempt_mut(attempt.no)?.polls;
            self.put_task(kind, self.now + schedule::poll_delay(polls));
        }
        Ok(())
    }

    /// A done attempt was asked again, for its serial or after a notice that claims otherwise.
    fn serial_answer(&mut self, attempt: &Attempt, answer: &Answer) -> Result<(), Refusal> {
        self.recheck_answer(attempt, answer)?;
        if !self.decides(attempt) || !self.asks_serial(attempt.item) {
            return Ok(());
        }
        let has_serial = matches!(answer, Answer::Delivered { serial: Some(_), .. });
        let age = self.now.signed_duration_since(attempt.reserved_at);
        if has_serial || age >= schedule::POLL_HORIZON {
            self.item_mut(attempt.item)?.serial_pending = false;
            self.drop_task(&TaskKind::Item(attempt.item));
            if has_serial {
                self.note("the serial came");
            } else {
                let detail = "delivered, but no serial after a day of asking";
                self.alert(AlertKind::ItemReview, format!("item {}", attempt.item), detail);
            }
        } else {
            let polls = self.attempt_mut(attempt.no)?.polls;
            self.put_task(TaskKind::Item(attempt.item), self.now + schedule::poll_delay(polls));
        }
        Ok(())
    }

    fn not_delivered(&mut self, before: &Attempt) -> Result<(), Refusal> {
        self.drop_task(&TaskKind::Recheck(before.reference.clone()));
        let attempt = self.attempt_mut(before.no)?;
        let (cause, word) = (attempt.cause.unwrap_or(Cause::Supplier), attempt.word.clone().unwrap_or_default());
        if cause == Cause::Us {
            let detail = format!("{} answered {word}", before.supplier);
            self.alert(AlertKind::SupplierAccount, before.supplier.as_str(), detail);
        }
        if !self.decides(before) {
            return Ok(());
        }
        if self.item(before.item)?.state == ItemState::Review {
            self.drop_task(&TaskKind::Item(before.item));
            self.note("the supplier says it was not delivered");
            return Ok(());
        }
        match cause {
            Cause::Supplier | Cause::Us => self.try_next(before.item),
            Cause::Customer => {
                self.step_item(before.item, ItemEvent::CustomerFault)?;
                self.fail_item(before.item, "target_rejected")
            }
            Cause::Repeat => {
                self.step_item(before.item, ItemEvent::NeedsPerson)?;
                self.drop_task(&TaskKind::Item(before.item));
                let detail = format!("{} says this was bought before ({word})", before.supplier);
                self.alert(AlertKind::ItemReview, format!("item {}", before.item), detail);
                Ok(())
            }
        }
    }

    pub(super) fn try_next(&mut self, no: ItemNo) -> Result<(), Refusal> {
        if self.item(no)?.state == ItemState::InProgress {
            self.step_item(no, ItemEvent::TryNext)?;
        }
        self.item_mut(no)?.live_attempt = None;
        if self.buying() && self.item(no)?.state == ItemState::Queued {
            self.put_task(TaskKind::Item(no), self.now);
        } else {
            self.drop_task(&TaskKind::Item(no));
        }
        Ok(())
    }

    /// The item's state is already `failed`.
    pub(super) fn fail_item(&mut self, no: ItemNo, word: &str) -> Result<(), Refusal> {
        let item = self.item_mut(no)?;
        item.failure = Some(word.to_owned());
        item.serial_pending = false;
        self.drop_task(&TaskKind::Item(no));
        self.settle()
    }

    /// The supplier delivered: on time, late, or once too often.
    fn delivered(&mut self, before: &Attempt) -> Result<(), Refusal> {
        self.drop_task(&TaskKind::Recheck(before.reference.clone()));
        let price = self.attempt_mut(before.no)?.artifacts.price.unwrap_or(before.cost);
        // What is booked now is what a reversal must take back, whatever a later answer names.
        self.attempt_mut(before.no)?.artifacts.price = Some(price);
        if price.minor() > before.cost.minor() {
            let detail = format!("{} took {price}, listed {}", before.supplier, before.cost);
            self.alert(AlertKind::PriceAboveList, format!("attempt {}", before.no), detail);
        }
        let item = self.item(before.item)?.clone();
        let wanted = match item.state {
            ItemState::Queued | ItemState::InProgress | ItemState::Review => true,
            ItemState::Failed | ItemState::Reversed => self.funded() && self.take_back_refund(before.item)?,
            ItemState::Delivered | ItemState::Cancelled => false,
        };
        if !wanted {
            self.post(ledger::purchase_lost(&before.supplier, before.reference.as_str(), price));
            let detail = format!("{} delivered what was no longer wanted", before.supplier);
            self.alert(AlertKind::LateDelivery, format!("attempt {}", before.no), detail);
            return Ok(());
        }
        let overtaken = self.order.live_attempt(&item).filter(|a| a.no != before.no && a.state.is_live()).cloned();
        if let Some(other) = overtaken {
            self.put_task(TaskKind::Recheck(other.reference), self.now);
        }
        let has_serial = self.attempt_mut(before.no)?.artifacts.serial.is_some();
        self.step_item(before.item, ItemEvent::Delivered)?;
        let kept = self.item_mut(before.item)?;
        kept.live_attempt = Some(before.no);
        kept.failure = None;
        kept.serial_pending = !has_serial;
        if has_serial {
            self.drop_task(&TaskKind::Item(before.item));
        } else {
            self.put_task(TaskKind::Item(before.item), self.now + schedule::poll_delay(0));
        }
        self.post(ledger::purchase(&before.supplier, before.reference.as_str(), price));
        self.post(ledger::sale(&format!("item {}", before.item), item.charged, item.discount));
        let failed: Vec<_> =
            self.order.payments.iter().filter(|p| p.state == PaymentState::Failed).map(|p| p.no).collect();
        for no in failed {
            self.step_payment(no, PaymentEvent::ItemDeliveredLate)?;
        }
        self.settle()
    }

    /// The supplier took a delivery back and returned its price.
    fn taken_back(&mut self, before: &Attempt) -> Result<(), Refusal> {
        self.drop_task(&TaskKind::Recheck(before.reference.clone()));
        let price = before.artifacts.price.unwrap_or(before.cost);
        let decided = self.decides(before) && self.item(before.item)?.state == ItemState::Delivered;
        self.post(ledger::purchase_reversed(&before.supplier, before.reference.as_str(), price, !decided));
        let detail = format!("{} took its delivery back", before.supplier);
        self.alert(AlertKind::TakenBack, format!("attempt {}", before.no), detail);
        if !decided {
            return Ok(());
        }
        self.step_item(before.item, ItemEvent::TakenBack)?;
        self.drop_task(&TaskKind::Item(before.item));
        let item = self.item_mut(before.item)?;
        item.serial_pending = false;
        let (no, charged, discount) = (item.no, item.charged, item.discount);
        self.post(ledger::sale_reversed(&format!("item {no}"), charged, discount));
        let settled = self.order.payments.iter().find(|p| p.state == PaymentState::Success).map(|p| p.no);
        match settled {
            Some(payment) => self.refund_item(payment, no, RefundReason::TakenBack),
            None if !self.funded() => {
                self.post(ledger::liability_released(&format!("item {no}"), charged));
                Ok(())
            }
            None => self.settle(),
        }
    }

    /// When everything bought has its outcome, the payment has its own, and what failed is owed back.
    pub(super) fn settle(&mut self) -> Result<(), Refusal> {
        let paid = self.order.payments.iter().find(|p| p.state == PaymentState::Paid).map(|p| p.no);
        let Some(payment) = paid.filter(|_| self.all_items_final()) else { return Ok(()) };
        let event = if self.any_delivered() { PaymentEvent::ItemsSettledSome } else { PaymentEvent::ItemsSettledNone };
        self.step_payment(payment, event)?;
        for item in self.order.items.clone() {
            match item.state {
                ItemState::Reversed => self.refund_item(payment, item.no, RefundReason::TakenBack)?,
                ItemState::Failed => self.refund_item(payment, item.no, RefundReason::ItemFailed)?,
                // A cancelled item's money went back as a whole, or never came.
                ItemState::Cancelled | ItemState::Delivered => {}
                ItemState::Queued | ItemState::InProgress | ItemState::Review => {}
            }
        }
        Ok(())
    }
}

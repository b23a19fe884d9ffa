//! What the outcome of an attempt means for its item, and what the items' outcomes mean for the payment.

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use crate::alert::AlertKind;
use crate::fulfilment::{
    Attempt, AttemptState, BILL_DEARER, BILL_FAILURES, BILL_NOT_ASKED, BILL_NOT_FRESH, BILL_NOT_YET, BILL_PAID, Cause,
    ItemEvent, ItemState, TARGET_REJECTED,
};
use crate::ids::ItemNo;
use crate::ledger;
use crate::payment::{PaymentEvent, PaymentState};
use crate::refund::RefundReason;
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    pub(super) fn no_offer(&mut self, item: ItemNo) -> Outcome {
        // Before the money is in, or while a person looks at it, nobody was to choose an offer.
        if self.item(item)?.state == ItemState::Queued && !self.buying() {
            return Err(Refusal::NotNow("the order is not paid"));
        }
        if !self.step_item(item, ItemEvent::OffersExhausted)? {
            return Ok(Effect::Nothing);
        }
        let said = self.said_of_bill(item);
        self.fail_item(item, said.unwrap_or("unavailable"))?;
        Ok(Effect::Changed)
    }

    /// What the last supplier that saw the bill otherwise than the customer said of it.
    fn said_of_bill(&self, item: ItemNo) -> Option<&'static str> {
        let mut tried = self.order.attempts.iter().rev().filter(|a| a.item == item && a.state == AttemptState::Refused);
        tried.find_map(|a| {
            let words = BILL_FAILURES.into_iter().chain([TARGET_REJECTED]);
            words.into_iter().find(|said| a.word.as_deref() == Some(*said))
        })
    }

    pub(super) fn not_delivered(&mut self, before: &Attempt) -> Result<(), Refusal> {
        self.no_more_questions(before);
        let attempt = self.attempt_mut(before.no)?;
        let (cause, word) = (attempt.cause.unwrap_or(Cause::Supplier), attempt.word.clone().unwrap_or_default());
        if matches!(cause, Cause::Us | Cause::Deposit | Cause::Account) {
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
        match self.whose_fault(before, cause, &word) {
            Cause::Supplier
            | Cause::Us
            | Cause::Deposit
            | Cause::Account
            | Cause::Busy
            | Cause::Closed
            | Cause::Price
            | Cause::NotFormed
            | Cause::Concluded => self.try_next(before.item),
            Cause::Customer => {
                self.step_item(before.item, ItemEvent::CustomerFault)?;
                let failure = BILL_FAILURES.into_iter().find(|failure| *failure == word);
                self.fail_item(before.item, failure.unwrap_or(TARGET_REJECTED))
            }
            Cause::Repeat => {
                self.step_item(before.item, ItemEvent::NeedsPerson)?;
                self.drop_task(&TaskKind::Item(before.item));
                let detail = format!("{}: perhaps bought before ({word})", before.supplier);
                self.alert(AlertKind::ItemReview, format!("item {}", before.item), detail);
                Ok(())
            }
        }
    }

    /// What is said of a bill after an attempt of ours may be our own doing: then it is a person's to find out. That it is paid, or
    /// what was owed before we tried, after any attempt that may exist; all else that a biller may have said, after one of which
    /// nobody but us said that it failed.
    fn whose_fault(&self, said_by: &Attempt, cause: Cause, word: &str) -> Cause {
        if self.order.item(said_by.item).is_none_or(|item| item.bill.is_none()) {
            return cause;
        }
        let concluded = |a: &Attempt| a.cause == Some(Cause::Concluded) && may_be_the_billers_word(cause, word);
        let any = [BILL_PAID, BILL_NOT_YET, BILL_NOT_FRESH].contains(&word);
        let did_it = |a: &Attempt| a.may_exist() && (any || concluded(a));
        let mut earlier = self.order.attempts.iter().filter(|a| a.item == said_by.item && a.no != said_by.no);
        if earlier.any(did_it) { Cause::Repeat } else { cause }
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
    pub(super) fn delivered(&mut self, before: &Attempt) -> Result<(), Refusal> {
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
            self.put_task(TaskKind::Item(before.item), self.now + schedule::poll_wait(0, self.order.id));
        }
        self.post(ledger::purchase(&before.supplier, before.reference.as_str(), price));
        self.post(ledger::sale(&format!("item {}", before.item), item.charged, item.discount));
        let failed: Vec<_> =
            self.order.payments.iter().filter(|p| p.state == PaymentState::Failed).map(|p| p.no).collect();
        for no in failed {
            self.step_payment(no, PaymentEvent::ItemDeliveredLate)?;
        }
        self.take_promo_again();
        self.settle()
    }

    /// The supplier took a delivery back and returned its price.
    pub(super) fn taken_back(&mut self, before: &Attempt) -> Result<(), Refusal> {
        self.drop_task(&TaskKind::Recheck(before.reference.clone()));
        let price = before.artifacts.price.unwrap_or(before.cost);
        let decided = self.decides(before) && self.item(before.item)?.state == ItemState::Delivered;
        self.post(ledger::purchase_reversed(&before.supplier, before.reference.as_str(), price, !decided));
        let detail = format!("{} took its delivery back", before.supplier);
        self.alert(AlertKind::TakenBack, format!("attempt {}", before.no), detail);
        if !decided {
            return Ok(());
        }
        let delivered = |a: &&Attempt| a.item == before.item && a.state == AttemptState::Done;
        if let Some(other) = self.order.attempts.iter().find(delivered).cloned() {
            return self.falls_to(&other);
        }
        self.step_item(before.item, ItemEvent::TakenBack)?;
        self.drop_task(&TaskKind::Item(before.item));
        let item = self.item_mut(before.item)?;
        item.serial_pending = false;
        let (no, charged, discount) = (item.no, item.charged, item.discount);
        self.post(ledger::sale_reversed(&format!("item {no}"), charged, discount));
        let settled = self.order.payments.iter().find(|p| p.state == PaymentState::Success).map(|p| p.no);
        match settled {
            _ if !self.funded() => {
                self.post(ledger::liability_released(&format!("item {no}"), charged));
                Ok(())
            }
            Some(payment) => self.refund_item(payment, no, RefundReason::TakenBack),
            None => self.settle(),
        }
    }

    /// The customer holds what another attempt delivered once too often: that is what was bought, and it is no loss any more.
    fn falls_to(&mut self, other: &Attempt) -> Result<(), Refusal> {
        let price = other.artifacts.price.unwrap_or(other.cost);
        self.post(ledger::purchase_wanted(other.reference.as_str(), price));
        self.note(format!("the customer has what {} delivered", other.supplier));
        let has_serial = other.artifacts.serial.is_some();
        let item = self.item_mut(other.item)?;
        item.live_attempt = Some(other.no);
        item.serial_pending = !has_serial;
        let kind = TaskKind::Item(other.item);
        if has_serial {
            self.drop_task(&kind);
        } else {
            self.put_task(kind, self.now + schedule::poll_wait(0, self.order.id));
        }
        Ok(())
    }

    /// When everything bought has its outcome, the payment has its own, and what failed is owed back.
    pub(super) fn settle(&mut self) -> Result<(), Refusal> {
        let paid = self.order.payments.iter().find(|p| p.state == PaymentState::Paid).map(|p| p.no);
        let Some(payment) = paid.filter(|_| self.all_items_final()) else { return Ok(()) };
        let event = if self.any_delivered() { PaymentEvent::ItemsSettledSome } else { PaymentEvent::ItemsSettledNone };
        self.step_payment(payment, event)?;
        if !self.any_delivered() {
            self.give_promo_back();
        }
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

/// Not where a supplier turned us away before it asked the biller, nor where it found the bill as the customer saw it. In its own
/// codes nobody here can tell a closed product from a biller's word.
fn may_be_the_billers_word(cause: Cause, word: &str) -> bool {
    match cause {
        Cause::Supplier => ![BILL_DEARER, BILL_NOT_ASKED].contains(&word),
        Cause::Customer | Cause::Repeat => true,
        Cause::Us
        | Cause::Deposit
        | Cause::Account
        | Cause::Busy
        | Cause::Closed
        | Cause::Price
        | Cause::NotFormed
        | Cause::Concluded => false,
    }
}

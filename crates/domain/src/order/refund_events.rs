//! Money owed back: when it is promised, paid, refused, or no longer needed.

use chrono::TimeDelta;

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use crate::alert::AlertKind;
use crate::fulfilment::{Attempt, open_questions};
use crate::history::Actor;
use crate::ids::{ItemNo, PaymentNo, Reference, RefundNo};
use crate::ledger;
use crate::money::{Currency, Money};
use crate::payment::{Checkout, CheckoutState};
use crate::refund::{Refund, RefundEvent, RefundReason, RefundState};
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    /// Promises an item's share back, once. What cost nothing is owed nothing, and what a lost dispute took is not owed again.
    pub(super) fn refund_item(&mut self, payment: PaymentNo, no: ItemNo, reason: RefundReason) -> Result<(), Refusal> {
        let promised = self.order.refunds.iter().any(|r| r.item == Some(no) && r.state.holds_money());
        let charged = self.item(no)?.charged;
        if promised || !self.funded() {
            return Ok(());
        }
        if charged.is_zero() {
            self.look_at_free_bill(no);
            return Ok(());
        }
        let payer = self.payment(payment)?.paid_by.clone().ok_or(Refusal::NoSuch("paid checkout"))?;
        self.owe_refund(payment, Some(no), charged, reason, &payer)?;
        self.look_a_last_time(no);
        Ok(())
    }

    /// A call about a late delivery may have been lost: before the money leaves, every supplier that may hold the purchase is
    /// asked once more.
    fn look_a_last_time(&mut self, item: ItemNo) {
        let tried: Vec<_> = self.order.attempts.iter().filter(|a| a.item == item).cloned().collect();
        for attempt in tried {
            let kind = TaskKind::Recheck(attempt.reference);
            let Some(look) = self.last_look(attempt.no) else { continue };
            if self.order.task(&kind).is_none_or(|t| t.run_at > look) {
                self.put_task(kind, look);
            }
        }
    }

    /// What cost nothing is owed nothing; but until its suppliers are asked a last time the bill is in no other order.
    fn look_at_free_bill(&mut self, item: ItemNo) {
        let look = self.now + schedule::refund_last_look(self.settle_of(item));
        let has_bill = self.order.item(item).is_some_and(|i| i.bill.is_some());
        let closed = |a: &&Attempt| a.item == item && !a.state.is_live() && a.may_exist();
        let asked: Vec<_> = self.order.attempts.iter().filter(closed).map(|a| a.reference.clone()).collect();
        for reference in asked.into_iter().filter(|_| has_bill) {
            self.put_task(TaskKind::Recheck(reference), look);
        }
    }

    /// A supplier was asked whether the goods came after all, and has not answered yet; or another purchase of them is under way, whose
    /// first one was taken back. It does not hold the money for ever.
    fn waits_for_goods(&self, refund: &Refund) -> bool {
        let live = |item| self.order.attempts.iter().any(|a| a.item == item && a.state.is_live());
        let asked = |item| open_questions(&self.order, item).next().is_some() || live(item);
        self.now < refund.requested_at + schedule::REFUND_HOLD && refund.item.is_some_and(asked)
    }

    pub(super) fn owe_refund(
        &mut self,
        payment: PaymentNo,
        item: Option<ItemNo>,
        amount: Money,
        reason: RefundReason,
        checkout: &Reference,
    ) -> Result<(), Refusal> {
        let no = RefundNo(u16::try_from(self.order.refunds.len()).unwrap_or(u16::MAX));
        self.order.refunds.push(Refund {
            no,
            payment,
            checkout: checkout.clone(),
            item,
            amount,
            reason,
            state: RefundState::Requested,
            requested_at: self.now,
            confirmed_by: None,
            evidence: None,
        });
        self.record_new(format!("refund {no}"), RefundState::Requested.as_str());
        let (from_suspense, wait) = match reason {
            // Goods may still come late; the refund waits for them.
            RefundReason::ItemFailed | RefundReason::TakenBack => {
                (false, item.map_or(schedule::REFUND_SETTLE, |item| self.settle_of(item)))
            }
            RefundReason::LateMoney => (false, TimeDelta::zero()),
            RefundReason::PaidTwice | RefundReason::ReviewReturned => (true, TimeDelta::zero()),
        };
        self.post(ledger::refund_owed(&format!("refund {no}"), amount, from_suspense));
        self.put_task(TaskKind::Refund(no), self.now + wait);
        Ok(())
    }

    /// How long goods of this item may still come: of its suppliers that may have delivered, the slowest counts.
    pub(super) fn settle_of(&self, item: ItemNo) -> TimeDelta {
        let doubtful = self.order.attempts.iter().filter(|a| a.item == item && a.may_exist());
        doubtful.map(|a| a.settle).max().unwrap_or(schedule::REFUND_SETTLE)
    }

    /// Goods came for an item that had failed. `true`: they are wanted, any promised money was taken back.
    pub(super) fn take_back_refund(&mut self, item: ItemNo) -> Result<bool, Refusal> {
        let promised = self.order.refunds.iter().find(|r| r.item == Some(item) && r.state.holds_money()).cloned();
        match promised {
            None => Ok(true),
            Some(refund) if refund.state.is_unsent() => {
                self.cancel_refund(&refund, RefundEvent::GoodsCame)?;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    /// The promise is taken back: the customer is owed the goods (or nothing any more) instead of the money.
    pub(super) fn cancel_refund(&mut self, refund: &Refund, why: RefundEvent) -> Result<(), Refusal> {
        self.step_refund(refund.no, why)?;
        self.drop_task(&TaskKind::Refund(refund.no));
        self.post(ledger::refund_cancelled(&format!("refund {}", refund.no), refund.amount));
        Ok(())
    }

    /// The bank gave the customer this very money. Second money may have come by the same page: it is owed all the same.
    fn bank_paid(&self, refund: &Refund) -> bool {
        let lost = self.order.checkout(&refund.checkout).is_some_and(|c| c.state == CheckoutState::ChargedBack);
        lost && refund.reason != RefundReason::PaidTwice
    }

    /// Who pays back is told what the bank gave the customer already.
    fn taken_by_bank(&self, refund: &Refund) -> String {
        if self.bank_paid(refund) {
            return "; but the bank took this money back for good".to_owned();
        }
        match self.order.checkout(&refund.checkout) {
            Some(Checkout { disputed: Some(disputed), .. }) => {
                format!("; but the bank took {disputed} of this money back")
            }
            Some(_) | None => String::new(),
        }
    }

    /// And what a notice still says of the goods, when they were waited for in vain.
    fn claimed_delivered(&self, refund: &Refund) -> &'static str {
        let claimed = |a: &Attempt| Some(a.item) == refund.item && a.contested && !a.state.is_live();
        if self.order.attempts.iter().any(claimed) { "; but a notice says that the goods came" } else { "" }
    }

    /// The settle time is over, or finance is to be reminded.
    pub(super) fn refund_due(&mut self, no: RefundNo) -> Outcome {
        let refund = self.refund_mut(no)?.clone();
        let reviewed = self.payment(refund.payment)?.review.is_some();
        match refund.state {
            RefundState::Requested if reviewed => {
                self.note("held while a person looks at the payment");
                self.put_task(TaskKind::Refund(no), self.now + schedule::REVIEW_REMINDER);
                return Ok(Effect::Changed);
            }
            RefundState::Requested if self.waits_for_goods(&refund) => {
                self.note("held until the supplier has said its last word");
                self.put_task(TaskKind::Refund(no), self.now + schedule::REFUND_HOLD_SPACING);
                return Ok(Effect::Changed);
            }
            RefundState::Requested => {
                self.step_refund(no, RefundEvent::DueManual)?;
                let (bank, goods) = (self.taken_by_bank(&refund), self.claimed_delivered(&refund));
                let detail = format!("{} is to be paid back{bank}{goods}", refund.amount);
                self.alert(AlertKind::RefundDue, format!("refund {no}"), detail);
            }
            RefundState::Manual | RefundState::Sending | RefundState::Failed => {
                let detail = format!("{} is still not paid back{}", refund.amount, self.taken_by_bank(&refund));
                self.alert(AlertKind::RefundDue, format!("refund {no}"), detail);
            }
            RefundState::Succeeded | RefundState::Cancelled => return Ok(Effect::Nothing),
        }
        self.put_task(TaskKind::Refund(no), self.now + schedule::REFUND_REMINDER);
        Ok(Effect::Changed)
    }

    /// The money is back with the customer. Above the limit, two people must say so.
    pub(super) fn refund_confirmed(&mut self, no: RefundNo, evidence: &str) -> Outcome {
        if evidence.trim().is_empty() {
            return Err(Refusal::Missing("evidence"));
        }
        let refund = self.refund_mut(no)?.clone();
        if refund.state == RefundState::Manual && self.needs_second_person(refund.amount) {
            let by = self.operator()?;
            match &refund.confirmed_by {
                None => {
                    let confirmed = self.refund_mut(no)?;
                    confirmed.confirmed_by = Some(by);
                    confirmed.evidence = Some(evidence.to_owned());
                    self.note(format!("confirmed by the first of two people: {evidence}"));
                    return Ok(Effect::Changed);
                }
                // A slip that was mistyped is told again.
                Some(first) if *first == by && refund.evidence.as_deref() != Some(evidence) => {
                    self.refund_mut(no)?.evidence = Some(evidence.to_owned());
                    self.note(format!("confirmed by the first of two people with other evidence: {evidence}"));
                    return Ok(Effect::Changed);
                }
                Some(first) if *first == by => return Err(Refusal::SecondPersonNeeded),
                // Another slip may be another payment.
                Some(_) if refund.evidence.as_deref() != Some(evidence) => {
                    return Err(Refusal::NotNow("the first of two people has other evidence"));
                }
                Some(_) => {}
            }
        }
        // Said twice it is known; another slip may be another payment, and must not vanish.
        if refund.state == RefundState::Succeeded && refund.evidence.as_deref() != Some(evidence) {
            return Err(Refusal::NotNow("this refund was confirmed before, with other evidence"));
        }
        if !self.step_refund(no, RefundEvent::Confirmed)? {
            return Ok(Effect::Nothing);
        }
        if let Ok(by) = self.operator() {
            self.refund_mut(no)?.confirmed_by.get_or_insert(by);
        }
        self.refund_mut(no)?.evidence = Some(evidence.to_owned());
        self.drop_task(&TaskKind::Refund(no));
        let gateway = self.checkout_mut(&refund.checkout)?.gateway.clone();
        self.post(ledger::refund_paid(&gateway, &format!("refund {no}"), refund.amount));
        Ok(Effect::Changed)
    }

    pub(super) fn refund_rejected(&mut self, no: RefundNo, why: &str) -> Outcome {
        if !self.step_refund(no, RefundEvent::Rejected)? {
            return Ok(Effect::Nothing);
        }
        let rejected = self.refund_mut(no)?;
        (rejected.confirmed_by, rejected.evidence) = (None, None);
        self.note(why);
        let refund = self.refund_mut(no)?.clone();
        if self.bank_paid(&refund) {
            // The customer has the money from the bank: it is not owed again.
            self.cancel_refund(&refund, RefundEvent::TakenByBank)?;
            self.post(ledger::liability_released(&format!("refund {no}"), refund.amount));
        } else {
            self.put_task(TaskKind::Refund(no), self.now + schedule::REFUND_REMINDER);
        }
        Ok(Effect::Changed)
    }

    pub(super) fn refund_retried(&mut self, no: RefundNo) -> Outcome {
        if !self.step_refund(no, RefundEvent::Retry)? {
            return Ok(Effect::Nothing);
        }
        self.put_task(TaskKind::Refund(no), self.now);
        Ok(Effect::Changed)
    }

    pub(super) fn needs_second_person(&self, amount: Money) -> bool {
        amount.currency() != Currency::Twd || amount.minor() > schedule::SECOND_PERSON_ABOVE
    }

    pub(super) fn operator(&self) -> Result<String, Refusal> {
        match self.actor {
            Actor::Operator(name) => Ok(name.clone()),
            Actor::Customer(_) | Actor::Gateway(_) | Actor::Supplier(_) | Actor::Engine => {
                Err(Refusal::NotNow("only an operator can decide this"))
            }
        }
    }
}

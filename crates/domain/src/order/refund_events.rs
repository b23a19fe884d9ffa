//! Money owed back: when it is promised, paid, refused, or no longer needed.

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use crate::alert::AlertKind;
use crate::history::Actor;
use crate::ids::{GatewayId, ItemNo, PaymentNo, RefundNo};
use crate::ledger;
use crate::money::{Currency, Money};
use crate::refund::{Refund, RefundEvent, RefundReason, RefundState};
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    /// Promises an item's share back, once. What cost nothing is owed nothing, and what a lost dispute took is not owed again.
    pub(super) fn refund_item(&mut self, payment: PaymentNo, no: ItemNo, reason: RefundReason) -> Result<(), Refusal> {
        let promised = self.order.refunds.iter().any(|r| r.item == Some(no) && r.state.holds_money());
        let charged = self.item(no)?.charged;
        if promised || charged.is_zero() || !self.funded() {
            return Ok(());
        }
        self.owe_refund(payment, Some(no), charged, reason)
    }

    pub(super) fn owe_refund(
        &mut self,
        payment: PaymentNo,
        item: Option<ItemNo>,
        amount: Money,
        reason: RefundReason,
    ) -> Result<(), Refusal> {
        let no = RefundNo(u16::try_from(self.order.refunds.len()).unwrap_or(u16::MAX));
        self.order.refunds.push(Refund {
            no,
            payment,
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
            RefundReason::ItemFailed | RefundReason::TakenBack => (false, schedule::REFUND_SETTLE),
            RefundReason::LateMoney => (false, chrono::TimeDelta::zero()),
            RefundReason::PaidTwice | RefundReason::ReviewReturned => (true, chrono::TimeDelta::zero()),
        };
        self.post(ledger::refund_owed(&format!("refund {no}"), amount, from_suspense));
        self.put_task(TaskKind::Refund(no), self.now + wait);
        Ok(())
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
            RefundState::Requested => {
                self.step_refund(no, RefundEvent::DueManual)?;
                self.alert(
                    AlertKind::RefundDue,
                    format!("refund {no}"),
                    format!("{} is to be paid back", refund.amount),
                );
            }
            RefundState::Manual | RefundState::Sending | RefundState::Failed => {
                let detail = format!("{} is still not paid back", refund.amount);
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
                    self.refund_mut(no)?.confirmed_by = Some(by);
                    self.note("confirmed by the first of two people");
                    return Ok(Effect::Changed);
                }
                Some(first) if *first == by => return Err(Refusal::SecondPersonNeeded),
                Some(_) => {}
            }
        }
        if !self.step_refund(no, RefundEvent::Confirmed)? {
            return Ok(Effect::Nothing);
        }
        self.refund_mut(no)?.evidence = Some(evidence.to_owned());
        self.drop_task(&TaskKind::Refund(no));
        let gateway = self.refunding_gateway(&refund)?;
        self.post(ledger::refund_paid(&gateway, &format!("refund {no}"), refund.amount));
        Ok(Effect::Changed)
    }

    pub(super) fn refund_rejected(&mut self, no: RefundNo, why: &str) -> Outcome {
        if !self.step_refund(no, RefundEvent::Rejected)? {
            return Ok(Effect::Nothing);
        }
        self.refund_mut(no)?.confirmed_by = None;
        self.note(why);
        self.put_task(TaskKind::Refund(no), self.now + schedule::REFUND_REMINDER);
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

    /// Money that came twice goes back by the checkout it came by, all other money by the one that paid.
    fn refunding_gateway(&self, refund: &Refund) -> Result<GatewayId, Refusal> {
        let payer = self.payment(refund.payment)?.paid_by.as_ref();
        let paid = || self.order.checkouts.iter().filter(|c| c.payment == refund.payment && c.received.is_some());
        let wanted = paid().find(|c| (payer == Some(&c.reference)) != (refund.reason == RefundReason::PaidTwice));
        wanted.or_else(|| paid().next()).map(|c| c.gateway.clone()).ok_or(Refusal::NoSuch("paid checkout"))
    }
}

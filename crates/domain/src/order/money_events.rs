//! What happens to a payment: money, deadlines, cancellation. Its checkouts are in `checkout_events`.

use chrono::TimeDelta;

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use crate::alert::AlertKind;
use crate::fulfilment::{ItemEvent, ItemState};
use crate::ids::{DedupeKey, PaymentNo, Reference};
use crate::ledger;
use crate::money::{Money, MoneyError};
use crate::payment::{CheckoutState, Evidence, PaidReport, PaymentEvent, PaymentState, ReviewReason};
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    pub(super) fn paid(&mut self, report: &PaidReport) -> Outcome {
        if report.simulated {
            return Err(Refusal::Simulated);
        }
        if report.amount.minor() <= 0 || report.fee.is_some_and(|fee| fee.is_negative()) {
            return Err(MoneyError::OutOfRange.into());
        }
        let checkout = self
            .order
            .checkout(&report.reference)
            .filter(|c| c.gateway == report.gateway && c.account == report.account)
            .ok_or(Refusal::NoSuch("checkout"))?;
        if checkout.simulated && report.evidence == Evidence::Query {
            return Err(Refusal::Simulated);
        }
        let (no, state, known) = (checkout.payment, checkout.state, checkout.transaction.clone());
        match known {
            Some(known) if known == report.transaction => {
                if state == CheckoutState::SecondClaimed && report.evidence != Evidence::Notice {
                    return self.second_money(no, report);
                }
                #[cfg(feature = "test-hooks")]
                if crate::broken::is_broken(crate::broken::Rule::Dedupe) {
                    self.post(ledger::receipt(&report.gateway, report.reference.as_str(), report.amount, report.fee));
                    return Ok(Effect::Changed);
                }
                Ok(Effect::Nothing)
            }
            // A claim is not money: what the gateway answers counts, whatever number the notice had.
            Some(_) if state == CheckoutState::SecondClaimed => match report.evidence {
                Evidence::Notice => Ok(Effect::Nothing),
                Evidence::Query | Evidence::Settlement => self.second_money(no, report),
            },
            Some(_) => self.other_transaction(no, report),
            None => self.first_report(no, report),
        }
    }

    /// The first time this reference is reported as paid.
    fn first_report(&mut self, no: PaymentNo, report: &PaidReport) -> Outcome {
        let (state, agreed) = {
            let payment = self.payment(no)?;
            (payment.state, payment.amount == report.amount)
        };
        match state {
            PaymentState::Pending if agreed => self.agreed_money(no, report),
            PaymentState::Expired | PaymentState::Cancelled if agreed => self.late_money(no, report),
            PaymentState::Pending | PaymentState::Expired | PaymentState::Cancelled => self.wrong_money(no, report),
            PaymentState::Paid | PaymentState::Success | PaymentState::Failed | PaymentState::Review => {
                if report.evidence == Evidence::Notice {
                    self.claim_second(report)
                } else {
                    self.second_money(no, report)
                }
            }
        }
    }

    fn agreed_money(&mut self, no: PaymentNo, report: &PaidReport) -> Outcome {
        self.step_payment(no, PaymentEvent::PaidMatching)?;
        self.take_money(no, report, true)?;
        self.post(ledger::receipt(&report.gateway, report.reference.as_str(), report.amount, report.fee));
        self.drop_task(&TaskKind::Payment(no));
        self.watch_open(no);
        self.start_buying();
        Ok(Effect::Changed)
    }

    fn wrong_money(&mut self, no: PaymentNo, report: &PaidReport) -> Outcome {
        self.step_payment(no, PaymentEvent::PaidMismatch)?;
        let agreed = self.payment(no)?.amount;
        self.take_money(no, report, true)?;
        self.post(ledger::receipt_in_suspense(&report.gateway, report.reference.as_str(), report.amount, report.fee));
        self.drop_task(&TaskKind::Payment(no));
        self.watch_open(no);
        self.enter_review(no, ReviewReason::Mismatch)?;
        let detail = format!("{} came, {agreed} was agreed", report.amount);
        self.alert(AlertKind::AmountMismatch, format!("payment {no}"), detail);
        Ok(Effect::Changed)
    }

    /// Marks the money as here. `pays` is set when this checkout's money pays the payment.
    pub(super) fn take_money(&mut self, no: PaymentNo, report: &PaidReport, pays: bool) -> Result<(), Refusal> {
        let now = self.now;
        let checkout = self.checkout_mut(&report.reference)?;
        let from = checkout.state;
        checkout.state = CheckoutState::Paid;
        checkout.transaction = Some(report.transaction.clone());
        checkout.received = Some(report.amount);
        let payment = self.payment_mut(no)?;
        // The first money may be of a currency that was never agreed; it is kept as it came, for a person to see.
        payment.received = match payment.received.is_zero() {
            true => report.amount,
            false => payment.received.checked_add(report.amount)?,
        };
        if pays {
            payment.paid_by = Some(report.reference.clone());
            payment.paid_at = Some(now);
        }
        self.drop_task(&TaskKind::Confirm(report.reference.clone()));
        self.record(format!("checkout {}", report.reference), from.as_str(), CheckoutState::Paid.as_str());
        self.note(format!("{} by transaction {}", report.amount, report.transaction));
        self.key = Some(DedupeKey::money(&report.gateway, &report.account, &report.transaction));
        Ok(())
    }

    pub(super) fn start_buying(&mut self) {
        let queued: Vec<_> = self.order.items.iter().filter(|i| i.state == ItemState::Queued).map(|i| i.no).collect();
        for item in queued {
            self.put_task(TaskKind::Item(item), self.now);
        }
    }

    pub(super) fn enter_review(&mut self, no: PaymentNo, reason: ReviewReason) -> Result<(), Refusal> {
        let payment = self.payment_mut(no)?;
        payment.review = Some(reason);
        payment.proposed = None;
        // Nothing more is bought until a person has decided; what is under way is still asked about.
        let queued: Vec<_> = self.order.items.iter().filter(|i| i.state == ItemState::Queued).map(|i| i.no).collect();
        for item in queued {
            self.drop_task(&TaskKind::Item(item));
        }
        Ok(())
    }

    pub(super) fn gateway_asked(
        &mut self,
        no: PaymentNo,
        unpaid: &[Reference],
        retry_after: Option<TimeDelta>,
    ) -> Outcome {
        let (state, deadline) = {
            let payment = self.payment(no)?;
            (payment.state, payment.deadline)
        };
        if state != PaymentState::Pending {
            return Ok(Effect::Nothing);
        }
        let all_unpaid = self.order.checkouts.iter().all(|c| c.payment != no || unpaid.contains(&c.reference));
        if self.now >= deadline && all_unpaid && retry_after.is_none() {
            self.step_payment(no, PaymentEvent::DeadlineAllUnpaid)?;
            self.close_unpaid(no)?;
            return Ok(Effect::Changed);
        }
        let wait = retry_after.unwrap_or(schedule::PAYMENT_QUERY_SPACING);
        let next = if self.now < deadline && retry_after.is_none() {
            self.gateway_question(no)?
        } else {
            self.step_payment(no, PaymentEvent::DeadlineUnsure)?;
            if self.now >= deadline + schedule::UNSURE_ALERT {
                let detail = "the gateway does not say clearly whether money came";
                self.alert(AlertKind::PaymentUnsure, format!("payment {no}"), detail);
                self.now + wait.max(schedule::UNSURE_SPACING)
            } else {
                self.now + wait
            }
        };
        self.put_task(TaskKind::Payment(no), next);
        self.note(format!("{} of the checkouts are unpaid", unpaid.len()));
        Ok(Effect::Changed)
    }

    pub(super) fn cancelled(&mut self, no: PaymentNo) -> Outcome {
        if !self.step_payment(no, PaymentEvent::Cancelled)? {
            return Ok(Effect::Nothing);
        }
        self.close_unpaid(no)?;
        Ok(Effect::Changed)
    }

    /// The payment ended without money: nothing is bought and the promo is free again.
    fn close_unpaid(&mut self, no: PaymentNo) -> Result<(), Refusal> {
        self.drop_task(&TaskKind::Payment(no));
        self.watch_open(no);
        self.cancel_queued()?;
        self.give_promo_back();
        Ok(())
    }

    pub(super) fn cancel_queued(&mut self) -> Result<(), Refusal> {
        let queued: Vec<_> = self.order.items.iter().filter(|i| i.state == ItemState::Queued).map(|i| i.no).collect();
        for item in queued {
            self.step_item(item, ItemEvent::PaymentClosed)?;
            self.drop_task(&TaskKind::Item(item));
        }
        Ok(())
    }

    /// The bank took money back. A dispute over the whole payment stops it and is decided by an operator. Every other one (of
    /// a part, of a second payment, beside another review) is a fact all the same: its claim lies in suspense and finance
    /// is called.
    pub(super) fn charged_back(&mut self, reference: &Reference, amount: Money, case: &str, evidence: &str) -> Outcome {
        let checkout = self.checkout_mut(reference)?;
        let Some(received) = checkout.received else {
            return Err(Refusal::NotNow("no money came by this checkout"));
        };
        if amount.currency() != received.currency() || amount.minor() <= 0 || amount.minor() > received.minor() {
            return Err(MoneyError::OutOfRange.into());
        }
        let disputed = checkout.disputed.unwrap_or(Money::zero(amount.currency())).checked_add(amount)?;
        if checkout.state == CheckoutState::ChargedBack || disputed.minor() > received.minor() {
            return Err(Refusal::NotNow("more than came by this checkout would be disputed"));
        }
        checkout.disputed = Some(disputed);
        let (no, gateway) = (checkout.payment, checkout.gateway.clone());
        let key = checkout.transaction.as_ref().map(|t| DedupeKey::chargeback(&gateway, &checkout.account, t, case));
        self.key = key;
        self.post(ledger::charged_back(&gateway, reference.as_str(), amount));
        let payment = self.payment(no)?;
        let whole = payment.paid_by.as_ref() == Some(reference) && disputed == received;
        let detail = if whole && payment.review.is_none() {
            self.step_payment(no, PaymentEvent::ChargedBack)?;
            self.enter_review(no, ReviewReason::ChargedBack)?;
            format!("{disputed} of {reference} was taken back")
        } else {
            format!("{amount} of the {received} of {reference} was taken back and lies in suspense")
        };
        self.note(format!("case {case}: {evidence}"));
        self.alert(AlertKind::ChargedBack, format!("payment {no}"), detail);
        Ok(Effect::Changed)
    }
}

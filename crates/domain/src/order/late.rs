//! Money after the end, and money that came twice.

use chrono::TimeDelta;

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use crate::Moment;
use crate::alert::AlertKind;
use crate::fulfilment::{ItemEvent, ItemState};
use crate::ids::{PaymentNo, Reference};
use crate::ledger;
use crate::payment::{Checkout, CheckoutState, PaidReport, PaymentEvent, PaymentState, ReviewReason};
use crate::refund::RefundReason;
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    /// The agreed money, after the payment was closed. An expired order is bought while its price can hold; an order the
    /// customer cancelled is not, nor is one with a bill, which was never promised for longer: the money goes back.
    pub(super) fn late_money(&mut self, no: PaymentNo, report: &PaidReport) -> Outcome {
        let expired = self.payment(no)?.state == PaymentState::Expired;
        let holds = self.order.items.iter().all(|item| item.bill.is_none());
        let age = self.now.signed_duration_since(self.order.created_at);
        self.take_money(no, report, true)?;
        self.watch_open(no);
        self.post(ledger::receipt(&report.gateway, report.reference.as_str(), report.amount, report.fee));
        if expired && holds && age <= schedule::LATE_MONEY_WINDOW {
            self.step_payment(no, PaymentEvent::LateMoneyFulfil)?;
            self.reopen()?;
            self.note("late money, bought at the agreed price");
        } else {
            self.step_payment(no, PaymentEvent::LateMoneyReturn)?;
            self.owe_refund(no, None, report.amount, RefundReason::LateMoney, &report.reference)?;
            self.note("late money, sent back");
        }
        Ok(Effect::Changed)
    }

    /// A closed order is honoured after all, at its agreed terms.
    pub(super) fn reopen(&mut self) -> Result<(), Refusal> {
        let cancelled: Vec<_> =
            self.order.items.iter().filter(|i| i.state == ItemState::Cancelled).map(|i| i.no).collect();
        for item in cancelled {
            self.step_item(item, ItemEvent::PaymentReopened)?;
        }
        self.start_buying();
        self.take_promo_again();
        Ok(())
    }

    /// A signed notice says that another checkout was paid too. It is asked about before it is believed.
    pub(super) fn claim_second(&mut self, report: &PaidReport) -> Outcome {
        let checkout = self.checkout_mut(&report.reference)?;
        let from = checkout.state;
        checkout.state = CheckoutState::SecondClaimed;
        checkout.transaction = Some(report.transaction.clone());
        self.record(format!("checkout {}", report.reference), from.as_str(), CheckoutState::SecondClaimed.as_str());
        self.put_task(TaskKind::Confirm(report.reference.clone()), self.now + schedule::SECOND_CHECK_WAIT);
        Ok(Effect::Changed)
    }

    /// The payment no longer waits for its other checkouts, but a customer may have paid one of them, or still do, and the
    /// notice may be lost: each is asked about again.
    pub(super) fn watch_open(&mut self, no: PaymentNo) {
        let open: Vec<_> = self
            .order
            .checkouts
            .iter()
            .filter(|c| c.payment == no && matches!(c.state, CheckoutState::Open | CheckoutState::Declined))
            .cloned()
            .collect();
        for checkout in open {
            let look = next_look(&checkout, self.now).unwrap_or(self.now + schedule::PAYMENT_QUERY_SPACING);
            self.put_task(TaskKind::Confirm(checkout.reference), look);
        }
    }

    /// The second money is real: it lies in suspense until its own refund has gone out.
    pub(super) fn second_money(&mut self, no: PaymentNo, report: &PaidReport) -> Outcome {
        self.take_money(no, report, false)?;
        self.post(ledger::receipt_in_suspense(&report.gateway, report.reference.as_str(), report.amount, report.fee));
        self.owe_refund(no, None, report.amount, RefundReason::PaidTwice, &report.reference)?;
        let detail = format!("{} came again by {}", report.amount, report.reference);
        self.alert(AlertKind::PaidTwice, format!("payment {no}"), detail);
        Ok(Effect::Changed)
    }

    pub(super) fn second_denied(&mut self, reference: &Reference) -> Outcome {
        let watched = self.order.task(&TaskKind::Confirm(reference.clone())).is_some();
        let checkout = self.checkout_mut(reference)?;
        if checkout.state != CheckoutState::SecondClaimed {
            if !watched || checkout.state == CheckoutState::Paid {
                return Ok(Effect::Nothing);
            }
            let checkout = checkout.clone();
            self.look_again(&checkout);
            return Ok(if self.order == *self.before { Effect::Nothing } else { Effect::Changed });
        }
        checkout.state = CheckoutState::Open;
        checkout.transaction = None;
        let checkout = checkout.clone();
        let no = checkout.payment;
        self.record(format!("checkout {reference}"), "second_claimed", "open");
        self.look_again(&checkout);
        let detail = format!("a signed notice claims money by {reference}, the gateway denies it");
        self.alert(AlertKind::PaidTwice, format!("payment {no}"), detail);
        Ok(Effect::Changed)
    }

    /// Until the last look is over.
    fn look_again(&mut self, checkout: &Checkout) {
        let kind = TaskKind::Confirm(checkout.reference.clone());
        match next_look(checkout, self.now) {
            Some(look) => self.put_task(kind, look),
            None => self.drop_task(&kind),
        }
    }

    /// The gateway does not say. A page that only might have been paid is asked until a person was called; a signed claim
    /// is asked about until it is settled, once a day from then on.
    pub(super) fn second_unsure(&mut self, reference: &Reference, retry_after: TimeDelta) -> Outcome {
        let kind = TaskKind::Confirm(reference.clone());
        let watched = self.order.task(&kind).is_some();
        let checkout = self.checkout_mut(reference)?;
        let (no, state) = (checkout.payment, checkout.state);
        let [.., last_look] = last_looks(checkout);
        if !watched || state == CheckoutState::Paid {
            return Ok(Effect::Nothing);
        }
        if self.now < last_look + schedule::UNSURE_ALERT {
            self.put_task(kind, self.now + retry_after);
            return Ok(Effect::Changed);
        }
        let detail = format!("the gateway does not say clearly whether money came by {reference}");
        self.alert(AlertKind::PaymentUnsure, format!("payment {no}"), detail);
        if state == CheckoutState::SecondClaimed {
            self.put_task(kind, self.now + retry_after.max(schedule::UNSURE_SPACING));
        } else {
            self.drop_task(&kind);
        }
        Ok(Effect::Changed)
    }

    /// One reference, two transaction numbers: the second money is booked with its refund, which waits until a person has
    /// looked. Each number is booked once by its key; a review that is open for another reason keeps its reason.
    pub(super) fn other_transaction(&mut self, no: PaymentNo, report: &PaidReport) -> Outcome {
        let reviewed = self.payment(no)?.review.is_some();
        self.step_payment(no, PaymentEvent::OtherTransaction)?;
        let payment = self.payment_mut(no)?;
        payment.received = payment.received.checked_add(report.amount)?;
        self.key = Some(crate::DedupeKey::money(&report.gateway, &report.account, &report.transaction));
        self.post(ledger::receipt_in_suspense(&report.gateway, report.reference.as_str(), report.amount, report.fee));
        self.owe_refund(no, None, report.amount, RefundReason::PaidTwice, &report.reference)?;
        if !reviewed {
            self.enter_review(no, ReviewReason::OtherTransaction)?;
        }
        let detail = format!("{} has a second transaction {}", report.reference, report.transaction);
        self.alert(AlertKind::OtherTransaction, format!("payment {no}"), detail);
        Ok(Effect::Changed)
    }
}

/// When a checkout is looked at that its payment no longer waits for.
fn last_looks(checkout: &Checkout) -> [Moment; 3] {
    let [closed, bought] = schedule::LAST_LOOKS.map(|wait| checkout.opened_at + wait);
    [closed, bought, checkout.known_by.max(bought)]
}

/// The next of a checkout's last looks that lies ahead.
fn next_look(checkout: &Checkout, now: Moment) -> Option<Moment> {
    last_looks(checkout).into_iter().find(|look| *look > now)
}

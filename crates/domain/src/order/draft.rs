//! The working copy of one decision. It changes states only through the machines, and notes what it did.

use super::changeset::{changed, promo_change, task_changes};
use super::decide::{Applied, Refusal};
use super::{ChangeSet, Event, Order, guard};
use crate::Moment;
use crate::alert::{Alert, AlertKind};
use crate::arms;
use crate::fulfilment::{Attempt, AttemptEvent, Item, ItemEvent, ItemState};
use crate::history::{Actor, Change, HistoryRow};
use crate::ids::{AttemptNo, DedupeKey, ItemNo, PaymentNo, Reference, RefundNo};
use crate::ledger::Posting;
use crate::machine::{Machine, Step};
use crate::money::Money;
use crate::payment::{Checkout, Payment, PaymentEvent, PaymentState};
use crate::refund::{Refund, RefundEvent};
use crate::task::{Task, TaskKind};

pub(super) struct Draft<'a> {
    pub(super) before: &'a Order,
    pub(super) order: Order,
    pub(super) now: Moment,
    pub(super) actor: &'a Actor,
    cause: &'static str,
    pub(super) key: Option<DedupeKey>,
    pub(super) held: Option<TaskKind>,
    changes: Vec<Change>,
    postings: Vec<Posting>,
    alerts: Vec<Alert>,
    notes: Vec<String>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(before: &'a Order, event: &'a Event, now: Moment) -> Self {
        Self {
            before,
            order: before.clone(),
            now,
            actor: &event.actor,
            cause: event.what.name(),
            key: None,
            held: None,
            changes: Vec::new(),
            postings: Vec::new(),
            alerts: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> Result<Applied, Refusal> {
        self.keep_review_task();
        // One order of rows, however they came about.
        self.order.tasks.sort_by(|a, b| a.kind.cmp(&b.kind));
        self.order.version = self.before.version.saturating_add(1);
        self.add_up_promises()?;
        guard::check(&self.order).map_err(Refusal::Invariant)?;
        let (before, after) = (self.before, self.order);
        let change = ChangeSet {
            order: after.id,
            decided_on: before.version,
            keys: self.key.into_iter().collect(),
            status: after.status(),
            frees_bills: after.frees_bills(),
            promo: promo_change(before, &after),
            payments: changed(&before.payments, &after.payments),
            checkouts: changed(&before.checkouts, &after.checkouts),
            items: changed(&before.items, &after.items),
            attempts: changed(&before.attempts, &after.attempts),
            refunds: changed(&before.refunds, &after.refunds),
            tasks: task_changes(before, &after, self.held.as_slice()),
            history: HistoryRow {
                version: after.version,
                at: self.now,
                actor: self.actor.as_text(),
                cause: self.cause,
                changes: self.changes,
                note: self.notes.join("; "),
            },
            postings: self.postings,
            alerts: self.alerts,
        };
        Ok(Applied { change, after })
    }

    fn add_up_promises(&mut self) -> Result<(), Refusal> {
        for payment in &mut self.order.payments {
            let held = self.order.refunds.iter().filter(|r| r.payment == payment.no && r.state.holds_money());
            payment.promised =
                held.map(|r| r.amount).try_fold(Money::zero(payment.received.currency()), Money::checked_add)?;
        }
        Ok(())
    }

    /// As long as anything waits for a person there is one reminder, whoever brought it there.
    fn keep_review_task(&mut self) {
        let waits = self.order.needs_person();
        let has = self.order.task(&TaskKind::Review).is_some();
        if waits && !has {
            self.put_task(TaskKind::Review, self.now + crate::schedule::REVIEW_REMINDER);
        } else if !waits && has {
            self.drop_task(&TaskKind::Review);
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(super) fn post(&mut self, posting: Posting) {
        if !posting.transfers.is_empty() {
            self.postings.push(posting);
        }
    }

    pub(super) fn alert(&mut self, kind: AlertKind, subject: impl Into<String>, detail: impl Into<String>) {
        self.alerts.push(Alert { kind, subject: subject.into(), detail: detail.into() });
    }

    pub(super) fn record(&mut self, subject: String, from: &str, to: &str) {
        self.changes.push(Change { subject, from: from.to_owned(), to: to.to_owned() });
    }

    pub(super) fn put_task(&mut self, kind: TaskKind, run_at: Moment) {
        match self.order.tasks.iter_mut().find(|t| t.kind == kind) {
            Some(task) => task.run_at = run_at,
            None => self.order.tasks.push(Task { kind, run_at }),
        }
    }

    pub(super) fn drop_task(&mut self, kind: &TaskKind) {
        self.order.tasks.retain(|t| t.kind != *kind);
    }

    pub(super) fn payment_mut(&mut self, no: PaymentNo) -> Result<&mut Payment, Refusal> {
        self.order.payments.iter_mut().find(|p| p.no == no).ok_or(Refusal::NoSuch("payment"))
    }

    pub(super) fn checkout_mut(&mut self, reference: &Reference) -> Result<&mut Checkout, Refusal> {
        self.order.checkouts.iter_mut().find(|c| c.reference == *reference).ok_or(Refusal::NoSuch("checkout"))
    }

    pub(super) fn item_mut(&mut self, no: ItemNo) -> Result<&mut Item, Refusal> {
        self.order.items.iter_mut().find(|i| i.no == no).ok_or(Refusal::NoSuch("item"))
    }

    pub(super) fn attempt_mut(&mut self, no: AttemptNo) -> Result<&mut Attempt, Refusal> {
        self.order.attempts.iter_mut().find(|a| a.no == no).ok_or(Refusal::NoSuch("attempt"))
    }

    pub(super) fn refund_mut(&mut self, no: RefundNo) -> Result<&mut Refund, Refusal> {
        self.order.refunds.iter_mut().find(|r| r.no == no).ok_or(Refusal::NoSuch("refund"))
    }

    pub(super) fn payment(&self, no: PaymentNo) -> Result<&Payment, Refusal> {
        self.order.payment(no).ok_or(Refusal::NoSuch("payment"))
    }

    pub(super) fn item(&self, no: ItemNo) -> Result<&Item, Refusal> {
        self.order.item(no).ok_or(Refusal::NoSuch("item"))
    }

    /// Steps a payment; `true` when the machine took the event (also when the state stays).
    pub(super) fn step_payment(&mut self, no: PaymentNo, event: PaymentEvent) -> Result<bool, Refusal> {
        let from = self.payment(no)?.state;
        let Some(to) = taken(from, event)? else { return Ok(false) };
        self.payment_mut(no)?.state = to;
        if from != to {
            self.record(format!("payment {no}"), from.as_str(), to.as_str());
        }
        Ok(true)
    }

    pub(super) fn step_item(&mut self, no: ItemNo, event: ItemEvent) -> Result<bool, Refusal> {
        let from = self.item(no)?.state;
        let Some(to) = taken(from, event)? else { return Ok(false) };
        self.item_mut(no)?.state = to;
        if from != to {
            self.record(format!("item {no}"), from.as_str(), to.as_str());
        }
        Ok(true)
    }

    pub(super) fn step_attempt(&mut self, no: AttemptNo, event: AttemptEvent) -> Result<bool, Refusal> {
        let from = self.attempt_mut(no)?.state;
        let Some(to) = taken(from, event)? else { return Ok(false) };
        let now = self.now;
        let attempt = self.attempt_mut(no)?;
        attempt.state = to;
        if from != to {
            attempt.closed_at = (!to.is_live()).then_some(now);
            attempt.contested &= to.is_live();
            self.record(format!("attempt {no}"), from.as_str(), to.as_str());
        }
        Ok(true)
    }

    pub(super) fn step_refund(&mut self, no: RefundNo, event: RefundEvent) -> Result<bool, Refusal> {
        let from = self.refund_mut(no)?.state;
        let Some(to) = taken(from, event)? else { return Ok(false) };
        self.refund_mut(no)?.state = to;
        if from != to {
            self.record(format!("refund {no}"), from.as_str(), to.as_str());
        }
        Ok(true)
    }

    pub(super) fn record_new(&mut self, subject: String, state: &str) {
        self.record(subject, "", state);
    }

    pub(super) fn all_items_final(&self) -> bool {
        self.order.items.iter().all(|i| i.state.is_final())
    }

    pub(super) fn any_delivered(&self) -> bool {
        self.order.items.iter().any(|i| i.state == ItemState::Delivered)
    }

    /// The customer's money is here: not so before it came, nor after a lost dispute took it away.
    pub(super) fn funded(&self) -> bool {
        self.order.payments.iter().all(|p| p.paid_by.is_some() || p.amount.is_zero())
    }

    /// Nothing was sold: the promo's use is free again.
    pub(super) const fn give_promo_back(&mut self) {
        self.order.promo_held = false;
    }

    /// Something is sold after all, at the agreed price: it counts as a use, also beyond the limit.
    pub(super) const fn take_promo_again(&mut self) {
        self.order.promo_held = self.order.terms.promo.is_some();
    }

    pub(super) fn buying(&self) -> bool {
        self.order.payments.iter().any(|p| p.state == PaymentState::Paid)
    }
}

fn taken<M: Machine>(from: M, event: M::Event) -> Result<Option<M>, Refusal> {
    arms::hit(from, event);
    match from.step(event) {
        Step::To(next) => Ok(Some(next)),
        Step::Same => Ok(None),
        Step::Refused(why) => Err(Refusal::NotNow(why)),
    }
}

//! The one door through which an order changes: pure and total.

use super::draft::Draft;
use super::{ChangeSet, Event, Order, What};
use crate::Moment;
use crate::money::MoneyError;

/// What a decision is.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    Applied(Box<Applied>),
    /// It had happened before. Normal: everything may be told twice.
    AlreadyApplied,
    Refused(Refusal),
}

/// A change, and the order as it will be once the change is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    pub change: ChangeSet,
    pub after: Order,
}

/// Why an event cannot happen. Nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the order has no {0}")]
    NoSuch(&'static str),
    /// The machine has no such step from the present state.
    #[error("{0}")]
    NotNow(&'static str),
    #[error("{0} is required")]
    Missing(&'static str),
    #[error("{0} cannot be taken")]
    Invalid(&'static str),
    #[error("a second person must confirm an amount this large; it was proposed by you")]
    SecondPersonNeeded,
    #[error("a simulated payment moves no money")]
    Simulated,
    #[error("the money would not add up: {0}")]
    Money(#[from] MoneyError),
    /// A bug of ours, caught before it could be committed.
    #[error("rule broken: {0}")]
    Invariant(String),
}

/// Whether an event changed anything.
pub(super) enum Effect {
    Changed,
    Nothing,
}

pub(super) type Outcome = Result<Effect, Refusal>;

/// Decides one event on one order at one moment.
pub fn decide(order: &Order, event: &Event, now: Moment) -> Decision {
    let mut draft = Draft::new(order, event, now);
    let outcome = apply(&mut draft, &event.what).and_then(|effect| match effect {
        Effect::Changed => draft.finish().map(Some),
        Effect::Nothing => Ok(None),
    });
    match outcome {
        Ok(Some(applied)) => Decision::Applied(Box::new(applied)),
        Ok(None) => Decision::AlreadyApplied,
        Err(refusal) => Decision::Refused(refusal),
    }
}

fn apply(draft: &mut Draft<'_>, what: &What) -> Outcome {
    match what {
        What::CheckoutOpened(new) => draft.checkout_opened(new),
        What::Instructions { reference, instructions, lag } => draft.instructions(reference, instructions, *lag),
        What::CheckoutDeclined { reference, code } => draft.checkout_declined(reference, code),
        What::Paid(report) => draft.paid(report),
        What::Simulated { reference } => draft.simulated(reference),
        What::GatewayAsked { payment, unpaid, retry_after } => draft.gateway_asked(*payment, unpaid, *retry_after),
        What::SecondDenied { reference } => draft.second_denied(reference),
        What::SecondUnsure { reference, retry_after } => draft.second_unsure(reference, *retry_after),
        What::Cancelled { payment } => draft.cancelled(*payment),
        What::ChargedBack { reference, amount, case, evidence } => {
            draft.charged_back(reference, *amount, case, evidence)
        }

        What::AttemptReserved(new) => draft.attempt_reserved(new),
        What::SenderLost { reference } => draft.sender_lost(reference),
        What::Answered { reference, answer, trust, asked_at } => draft.answered(reference, answer, *trust, *asked_at),
        What::Proved { reference, answer, trust } => draft.proved(reference, answer, *trust),
        What::Nudged { reference, claim, vouched } => draft.nudged(reference, *claim, *vouched),
        What::NoOffer { item } => draft.no_offer(*item),

        What::RefundDue { refund } => draft.refund_due(*refund),
        What::RefundConfirmed { refund, evidence } => draft.refund_confirmed(*refund, evidence),
        What::RefundRejected { refund, why } => draft.refund_rejected(*refund, why),
        What::RefundRetried { refund } => draft.refund_retried(*refund),

        What::ReviewReminder => draft.review_reminder(),
        What::ItemResolved { item, resolution, evidence } => draft.item_resolved(*item, resolution, evidence),
        What::PaymentResolved { payment, resolution, evidence } => {
            draft.payment_resolved(*payment, *resolution, evidence)
        }
    }
}

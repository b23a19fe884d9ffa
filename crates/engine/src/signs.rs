//! What an answer says about the supplier that gave it, whatever it means for the item. Not here: what follows from several of
//! them (`crate::health`).

use domain::fulfilment::{Answer, Cause};
use domain::supply::Seen;
use ports::bill::BillAnswer;
use ports::{Exchange, Sent};

/// An HTTP status from here on says that nobody there has read the question.
const SERVER_ERROR: u16 = 500;

/// What was learnt about a supplier by a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    pub(crate) seen: Seen,
    /// It is to be left alone for a moment.
    pub(crate) busy: bool,
}

impl Signs {
    /// Of an answer to a purchase. A refusal is an answer, also one of these goods at this hour; being turned away for now, whatever was
    /// asked for, is none.
    pub(crate) const fn of(answer: &Answer) -> Self {
        let seen = match answer {
            Answer::Delivered { .. } | Answer::Pending { .. } | Answer::Failed { .. } => Seen::Answered,
            Answer::Refused { cause: Cause::Busy | Cause::NotFormed, .. } => Seen::Trouble,
            Answer::Refused { .. } => Seen::Answered,
            Answer::Unclear { .. } | Answer::NotFound => Seen::Trouble,
        };
        Self { seen, busy: is_busy(answer) }
    }

    /// Of an inquiry about a bill. What a whole reply leaves unclear is its biller's trouble: the others of this supplier may be
    /// well.
    pub(crate) fn of_inquiry(said: &BillAnswer, exchange: &Exchange) -> Self {
        let away = exchange.sent != Sent::Replied || exchange.status.is_some_and(|status| status >= SERVER_ERROR);
        let trouble = match said {
            BillAnswer::Owed(_) | BillAnswer::NotOwed(_) => false,
            BillAnswer::Refused { cause, .. } => matches!(cause, Cause::Busy | Cause::NotFormed),
            BillAnswer::Unclear { .. } => away || exchange.busy,
        };
        Self { seen: if trouble { Seen::Trouble } else { Seen::Answered }, busy: trouble }
    }
}

/// Whether a supplier asks to be left alone.
pub(crate) const fn is_busy(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused { cause: Cause::Busy, .. } | Answer::Failed { cause: Cause::Busy, .. })
}

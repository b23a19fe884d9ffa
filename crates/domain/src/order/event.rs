//! Everything that can happen to an order.

use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::fulfilment::{Answer, NewAttempt, StatusTrust};
use crate::history::Actor;
use crate::ids::{ItemNo, PaymentNo, Reference, RefundNo};
use crate::instructions::Instructions;
use crate::money::Money;
use crate::payment::{NewCheckout, PaidReport};
use crate::private::Private;
use crate::wire_words;

/// What happened, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub what: What,
    pub actor: Actor,
}

/// The things that can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    CheckoutOpened(NewCheckout),
    /// A code or account to pay into was issued. `lag`: how long a payment at its last moment may take to be known.
    Instructions {
        reference: Reference,
        instructions: Instructions,
        lag: chrono::TimeDelta,
    },
    CheckoutDeclined {
        reference: Reference,
        code: String,
    },
    Paid(PaidReport),
    /// A signed notice of a test: no money moved.
    Simulated {
        reference: Reference,
    },
    /// The gateway was asked about a pending payment: these references are unpaid. `retry_after` is set when it did not
    /// answer for all of them.
    GatewayAsked {
        payment: PaymentNo,
        unpaid: Vec<Reference>,
        retry_after: Option<chrono::TimeDelta>,
    },
    /// The gateway denies a second payment that a notice had claimed.
    SecondDenied {
        reference: Reference,
    },
    /// The gateway could not be asked about a second payment yet.
    SecondUnsure {
        reference: Reference,
        retry_after: chrono::TimeDelta,
    },
    Cancelled {
        payment: PaymentNo,
    },
    ChargedBack {
        reference: Reference,
        amount: Money,
        /// The bank's or gateway's number of this dispute; told again, it is the same dispute.
        case: String,
        /// Where it was read.
        evidence: String,
    },

    AttemptReserved(NewAttempt),
    /// The reserving process is gone, or its commit's outcome unknown.
    SenderLost {
        reference: Reference,
    },
    /// `asked_at`: when the request left. What was learned after it may not be in the answer.
    Answered {
        reference: Reference,
        answer: Answer,
        trust: StatusTrust,
        asked_at: Moment,
    },
    /// A notice proves this delivery. It may be an old one, signed anew: what it says was true once.
    Proved {
        reference: Reference,
        answer: Answer,
        trust: StatusTrust,
    },
    /// A notice that does not prove its outcome claims this one: ask now, unless it is what we know. `vouched`: it proves
    /// that the supplier knows the reference.
    Nudged {
        reference: Reference,
        claim: Claim,
        vouched: bool,
    },
    /// No offer is left for the item.
    NoOffer {
        item: ItemNo,
    },

    RefundDue {
        refund: RefundNo,
    },
    RefundConfirmed {
        refund: RefundNo,
        evidence: String,
    },
    RefundRejected {
        refund: RefundNo,
        why: String,
    },
    RefundRetried {
        refund: RefundNo,
    },

    ReviewReminder,
    ItemResolved {
        item: ItemNo,
        resolution: ItemResolution,
        evidence: String,
    },
    PaymentResolved {
        payment: PaymentNo,
        resolution: PaymentResolution,
        evidence: String,
    },
}

/// What a notice without proof says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    Delivered,
    NotDelivered,
    Nothing,
}

/// What an operator found out about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemResolution {
    Delivered {
        serial: Option<Private>,
        price: Money,
        /// By which attempt; by the one that decides the item where nothing is said.
        by: Option<Reference>,
    },
    /// It was not delivered and will not be: fail it (and refund), or try another supplier.
    Failed,
    Retry,
}

/// What an operator decides about a payment in review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentResolution {
    /// Take the money as this order's payment (a dispute: it was won).
    Accept,
    /// Send the money back.
    Return,
    /// Nobody will claim it (a dispute: it was lost).
    WriteOff,
}

wire_words!(PaymentResolution { Accept = "accept", Return = "return", WriteOff = "write_off" });

impl What {
    /// The event's name in the history.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CheckoutOpened(_) => "checkout_opened",
            Self::Instructions { .. } => "instructions",
            Self::CheckoutDeclined { .. } => "checkout_declined",
            Self::Paid(_) => "paid",
            Self::Simulated { .. } => "simulated",
            Self::GatewayAsked { .. } => "gateway_asked",
            Self::SecondDenied { .. } => "second_denied",
            Self::SecondUnsure { .. } => "second_unsure",
            Self::Cancelled { .. } => "cancelled",
            Self::ChargedBack { .. } => "charged_back",
            Self::AttemptReserved(_) => "attempt_reserved",
            Self::SenderLost { .. } => "sender_lost",
            Self::Answered { .. } => "answered",
            Self::Proved { .. } => "proved",
            Self::Nudged { .. } => "nudged",
            Self::NoOffer { .. } => "no_offer",
            Self::RefundDue { .. } => "refund_due",
            Self::RefundConfirmed { .. } => "refund_confirmed",
            Self::RefundRejected { .. } => "refund_rejected",
            Self::RefundRetried { .. } => "refund_retried",
            Self::ReviewReminder => "review_reminder",
            Self::ItemResolved { .. } => "item_resolved",
            Self::PaymentResolved { .. } => "payment_resolved",
        }
    }
}

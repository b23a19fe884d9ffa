//! Money going back to a customer. Each refund is its own row; a failed one never counts as returned.

use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::ids::{ItemNo, PaymentNo, Reference, RefundNo};
use crate::machine::{Machine, Step};
use crate::money::Money;
use crate::wire_words;

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Owed; waits for goods that may still come.
    Requested,
    /// Sent to the gateway; the outcome is awaited.
    Sending,
    /// A person in finance must pay it.
    Manual,
    Succeeded,
    Failed,
    /// The goods came after all, or the bank took the money first.
    Cancelled,
}

wire_words!(RefundState {
    Requested = "requested",
    Sending = "sending",
    Manual = "manual",
    Succeeded = "succeeded",
    Failed = "failed",
    Cancelled = "cancelled",
});

impl RefundState {
    /// The money is owed or gone: it may not be promised again.
    pub const fn holds_money(self) -> bool {
        match self {
            Self::Requested | Self::Sending | Self::Manual | Self::Succeeded | Self::Failed => true,
            Self::Cancelled => false,
        }
    }

    /// It certainly is not with the customer, so it can still be taken back. Once finance has it in hand nobody knows.
    pub const fn is_unsent(self) -> bool {
        match self {
            Self::Requested | Self::Failed => true,
            Self::Manual | Self::Sending | Self::Succeeded | Self::Cancelled => false,
        }
    }
}

/// What can happen to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundEvent {
    /// The settle time is over and the rail has no call: finance pays.
    DueManual,
    /// The settle time is over and the gateway will be told.
    DueSending,
    Confirmed,
    Rejected,
    Retry,
    /// The goods were delivered after all.
    GoodsCame,
    /// The bank gave the customer the money by force.
    TakenByBank,
}

impl Machine for RefundState {
    type Event = RefundEvent;
    const NAME: &'static str = "Refund";
    const STATES: &'static [Self] =
        &[Self::Requested, Self::Sending, Self::Manual, Self::Succeeded, Self::Failed, Self::Cancelled];
    const EVENTS: &'static [RefundEvent] = &[
        RefundEvent::DueManual,
        RefundEvent::DueSending,
        RefundEvent::Confirmed,
        RefundEvent::Rejected,
        RefundEvent::Retry,
        RefundEvent::GoodsCame,
        RefundEvent::TakenByBank,
    ];

    fn step(self, event: RefundEvent) -> Step<Self> {
        use RefundEvent as E;
        use RefundState as S;
        match (self, event) {
            (S::Requested, E::DueManual) => Step::To(S::Manual),
            (S::Requested, E::DueSending) => Step::To(S::Sending),
            (S::Sending | S::Manual | S::Succeeded | S::Failed | S::Cancelled, E::DueManual | E::DueSending) => {
                Step::Same
            }

            (S::Sending | S::Manual, E::Confirmed) => Step::To(S::Succeeded),
            (S::Succeeded, E::Confirmed) => Step::Same,
            (S::Requested | S::Failed | S::Cancelled, E::Confirmed) => Step::Refused("the refund was not under way"),

            (S::Sending | S::Manual, E::Rejected) => Step::To(S::Failed),
            (S::Failed | S::Cancelled, E::Rejected) => Step::Same,
            (S::Requested | S::Succeeded, E::Rejected) => Step::Refused("the refund was not under way"),

            (S::Failed, E::Retry) => Step::To(S::Requested),
            (S::Requested, E::Retry) => Step::Same,
            (S::Sending | S::Manual | S::Succeeded | S::Cancelled, E::Retry) => {
                Step::Refused("only a failed refund can be tried again")
            }

            // A failed refund certainly did not reach the customer.
            (S::Requested | S::Failed, E::GoodsCame | E::TakenByBank) => Step::To(S::Cancelled),
            (S::Cancelled, E::GoodsCame | E::TakenByBank) => Step::Same,
            (S::Manual | S::Sending | S::Succeeded, E::GoodsCame | E::TakenByBank) => {
                Step::Refused("the refund may have been sent")
            }
        }
    }
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    ItemFailed,
    TakenBack,
    LateMoney,
    PaidTwice,
    ReviewReturned,
}

wire_words!(RefundReason {
    ItemFailed = "item_failed",
    TakenBack = "taken_back",
    LateMoney = "late_money",
    PaidTwice = "paid_twice",
    ReviewReturned = "review_returned",
});

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub no: RefundNo,
    pub payment: PaymentNo,
    /// The checkout whose money goes back, by the gateway it came by.
    pub checkout: Reference,
    /// The item it is for; `None` for a whole payment or a second payment.
    pub item: Option<ItemNo>,
    pub amount: Money,
    pub reason: RefundReason,
    pub state: RefundState,
    pub requested_at: Moment,
    /// Who confirmed it; above the limit, where a second person must too, the first of them.
    pub confirmed_by: Option<String>,
    /// Bank or gateway reference of the money returned.
    pub evidence: Option<String>,
}

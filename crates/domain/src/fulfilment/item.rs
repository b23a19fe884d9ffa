//! One ordered product and where its fulfilment stands.

use serde::{Deserialize, Serialize};

use crate::bill::Bill;
use crate::catalogue::Category;
use crate::ids::{AttemptNo, ItemNo, ProductId};
use crate::machine::{Machine, Step};
use crate::money::Money;
use crate::private::Private;
use crate::wire_words;

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// To be bought (once the payment is in).
    Queued,
    /// An attempt's outcome is awaited.
    InProgress,
    Delivered,
    Failed,
    /// A person must look.
    Review,
    /// Never to be bought: the payment was closed.
    Cancelled,
    /// Delivered, then taken back.
    Reversed,
}

wire_words!(ItemState {
    Queued = "queued",
    InProgress = "in_progress",
    Delivered = "delivered",
    Failed = "failed",
    Review = "review",
    Cancelled = "cancelled",
    Reversed = "reversed",
});

impl ItemState {
    /// Nothing more will be bought for it by itself.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Delivered | Self::Failed | Self::Cancelled | Self::Reversed => true,
            Self::Queued | Self::InProgress | Self::Review => false,
        }
    }
}

/// What can happen to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemEvent {
    AttemptReserved,
    Delivered,
    /// The attempt did not deliver and another offer may be tried.
    TryNext,
    /// No offer is left that may be tried.
    OffersExhausted,
    /// The customer's number or account cannot be served.
    CustomerFault,
    /// The supplier saw this purchase before, or stayed silent too long.
    NeedsPerson,
    /// The payment closed without money.
    PaymentClosed,
    /// Late money: the closed payment is paid after all.
    PaymentReopened,
    /// The supplier took the delivery back.
    TakenBack,
    OperatorDelivered,
    OperatorFailed,
    OperatorRetry,
}

impl Machine for ItemState {
    type Event = ItemEvent;
    const NAME: &'static str = "Item";
    const STATES: &'static [Self] =
        &[Self::Queued, Self::InProgress, Self::Delivered, Self::Failed, Self::Review, Self::Cancelled, Self::Reversed];
    const EVENTS: &'static [ItemEvent] = &[
        ItemEvent::AttemptReserved,
        ItemEvent::Delivered,
        ItemEvent::TryNext,
        ItemEvent::OffersExhausted,
        ItemEvent::CustomerFault,
        ItemEvent::NeedsPerson,
        ItemEvent::PaymentClosed,
        ItemEvent::PaymentReopened,
        ItemEvent::TakenBack,
        ItemEvent::OperatorDelivered,
        ItemEvent::OperatorFailed,
        ItemEvent::OperatorRetry,
    ];

    fn step(self, event: ItemEvent) -> Step<Self> {
        use ItemEvent as E;
        use ItemState as S;
        match (self, event) {
            (S::Queued, E::AttemptReserved) => Step::To(S::InProgress),
            (S::InProgress, E::AttemptReserved) => Step::Refused("an attempt of this item is alive"),
            (S::Delivered | S::Failed | S::Review | S::Cancelled | S::Reversed, E::AttemptReserved) => {
                Step::Refused("this item is not to be bought")
            }

            (S::InProgress | S::Review, E::Delivered) => Step::To(S::Delivered),
            // The goods came after we had given up; the refund, if not sent, is cancelled.
            (S::Queued | S::Failed | S::Reversed, E::Delivered) => Step::To(S::Delivered),
            (S::Delivered, E::Delivered) => Step::Same,
            (S::Cancelled, E::Delivered) => Step::Refused("goods arrived for a closed payment"),

            (S::InProgress, E::TryNext) => Step::To(S::Queued),
            (S::Queued | S::Delivered | S::Failed | S::Review | S::Cancelled | S::Reversed, E::TryNext) => Step::Same,

            (S::Queued, E::OffersExhausted) => Step::To(S::Failed),
            (S::InProgress, E::OffersExhausted) => Step::Refused("an attempt of this item is alive"),
            (S::Delivered | S::Failed | S::Review | S::Cancelled | S::Reversed, E::OffersExhausted) => Step::Same,

            (S::InProgress, E::CustomerFault) => Step::To(S::Failed),
            (S::Queued | S::Delivered | S::Failed | S::Review | S::Cancelled | S::Reversed, E::CustomerFault) => {
                Step::Same
            }

            (S::InProgress, E::NeedsPerson) => Step::To(S::Review),
            (S::Queued | S::Delivered | S::Failed | S::Review | S::Cancelled | S::Reversed, E::NeedsPerson) => {
                Step::Same
            }

            (S::Queued, E::PaymentClosed) => Step::To(S::Cancelled),
            (S::Cancelled, E::PaymentClosed) => Step::Same,
            (S::InProgress | S::Delivered | S::Failed | S::Review | S::Reversed, E::PaymentClosed) => {
                Step::Refused("buying has begun")
            }

            (S::Cancelled, E::PaymentReopened) => Step::To(S::Queued),
            (S::Queued, E::PaymentReopened) => Step::Same,
            (S::InProgress | S::Delivered | S::Failed | S::Review | S::Reversed, E::PaymentReopened) => {
                Step::Refused("the payment was not closed")
            }

            (S::Delivered, E::TakenBack) => Step::To(S::Reversed),
            (S::Reversed, E::TakenBack) => Step::Same,
            (S::Queued | S::InProgress | S::Failed | S::Review | S::Cancelled, E::TakenBack) => {
                Step::Refused("nothing was delivered")
            }

            (S::Review, E::OperatorDelivered) => Step::To(S::Delivered),
            (S::Review, E::OperatorFailed) => Step::To(S::Failed),
            (S::Review, E::OperatorRetry) => Step::To(S::Queued),
            (
                S::Queued | S::InProgress | S::Delivered | S::Failed | S::Cancelled | S::Reversed,
                E::OperatorDelivered | E::OperatorFailed | E::OperatorRetry,
            ) => Step::Refused("the item is not in review"),
        }
    }
}

/// Somebody paid the bill meanwhile.
pub const BILL_PAID: &str = "bill_paid";
/// It is another amount, or another number of bills, than the customer saw.
pub const BILL_CHANGED: &str = "bill_changed";
/// Only at the biller's counter, only with all arrears, past due: not by us.
pub const BILL_NOT_PAYABLE: &str = "bill_not_payable";
/// Paid, or the next one is not out: the biller does not say which.
pub const BILL_NOT_YET: &str = "bill_not_yet";
/// The number or account cannot be served.
pub const TARGET_REJECTED: &str = "target_rejected";
/// What a customer is told of a bill that was not paid; an attempt refused with one of these as its code says so. Of several
/// suppliers that saw it otherwise than the customer the last one's word counts.
pub const BILL_FAILURES: [&str; 4] = [BILL_PAID, BILL_CHANGED, BILL_NOT_PAYABLE, BILL_NOT_YET];
/// It is owed as the customer saw it, at a cost above what the price allows: no word for customers.
pub const BILL_DEARER: &str = "dearer_than_agreed";
/// Its supplier says what was owed when somebody asked earlier: no word for customers.
pub const BILL_NOT_FRESH: &str = "asked_before";
/// Its supplier does not take such a question: no word for customers.
pub const BILL_NOT_ASKED: &str = "not_asked_there";

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub no: ItemNo,
    pub product: ProductId,
    /// The product's category when it was bought: says how its serial reads.
    pub category: Category,
    /// The product's name when it was bought, for receipts.
    pub name: String,
    /// Phone number, meter number, player id: personal data.
    pub target: Private,
    /// What is owed, as the customer saw it: something exactly for a bill. Nothing else is paid than this.
    pub bill: Option<Box<Bill>>,
    pub state: ItemState,
    /// The attempt whose outcome decides this item.
    pub live_attempt: Option<AttemptNo>,
    /// Delivered, but the serial or token has not arrived yet.
    pub serial_pending: bool,
    /// Listed cost the price was made from (IDR).
    pub cost: Money,
    /// The dearest offer that loses nothing at the price charged (IDR).
    pub max_cost: Money,
    /// This item's share of the charged amount (TWD); refunds use it.
    pub charged: Money,
    /// This item's share of the promo discount (TWD).
    pub discount: Money,
    /// Why it failed, in a stable word for the customer: `unavailable`, `target_rejected`, or one of [`BILL_FAILURES`].
    pub failure: Option<String>,
}

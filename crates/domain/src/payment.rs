//! A payment of an order, and its checkouts (one gateway reference each).
//! Not here: what a payment's change means for items and the ledger (`order::decide`).

use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::ids::{Account, GatewayId, PaymentNo, Reference};
use crate::instructions::Instructions;
use crate::machine::{Machine, Step};
use crate::money::Money;
use crate::wire_words;

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    Pending,
    /// The money is in; goods are being bought.
    Paid,
    /// At least one item was delivered.
    Success,
    /// Nothing was delivered; everything goes back.
    Failed,
    Expired,
    Cancelled,
    /// A person must look.
    Review,
}

wire_words!(PaymentState {
    Pending = "pending",
    Paid = "paid",
    Success = "success",
    Failed = "failed",
    Expired = "expired",
    Cancelled = "cancelled",
    Review = "review",
});

/// What can happen to a payment, with the guards already looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentEvent {
    /// The gateway issued a code or account to pay into.
    Instructions,
    CheckoutOpened,
    CheckoutFailed,
    /// Amount, currency, account and reference match; not simulated.
    PaidMatching,
    /// Money came, but not the agreed money.
    PaidMismatch,
    /// Money after the end, and the agreed price still holds.
    LateMoneyFulfil,
    /// Money after the end, and it must go back.
    LateMoneyReturn,
    /// Every payable reference was asked and is unpaid.
    DeadlineAllUnpaid,
    /// The deadline came, but not every reference could be asked.
    DeadlineUnsure,
    Cancelled,
    ItemsSettledSome,
    ItemsSettledNone,
    /// An item of a settled payment was delivered after all.
    ItemDeliveredLate,
    /// The bank or the gateway took the money back.
    ChargedBack,
    /// One reference, two transaction numbers.
    OtherTransaction,
    OperatorAccepts,
    OperatorReturns,
    OperatorWritesOff,
}

impl Machine for PaymentState {
    type Event = PaymentEvent;
    const NAME: &'static str = "Payment";
    const STATES: &'static [Self] =
        &[Self::Pending, Self::Paid, Self::Success, Self::Failed, Self::Expired, Self::Cancelled, Self::Review];
    const EVENTS: &'static [PaymentEvent] = &[
        PaymentEvent::Instructions,
        PaymentEvent::CheckoutOpened,
        PaymentEvent::CheckoutFailed,
        PaymentEvent::PaidMatching,
        PaymentEvent::PaidMismatch,
        PaymentEvent::LateMoneyFulfil,
        PaymentEvent::LateMoneyReturn,
        PaymentEvent::DeadlineAllUnpaid,
        PaymentEvent::DeadlineUnsure,
        PaymentEvent::Cancelled,
        PaymentEvent::ItemsSettledSome,
        PaymentEvent::ItemsSettledNone,
        PaymentEvent::ItemDeliveredLate,
        PaymentEvent::ChargedBack,
        PaymentEvent::OtherTransaction,
        PaymentEvent::OperatorAccepts,
        PaymentEvent::OperatorReturns,
        PaymentEvent::OperatorWritesOff,
    ];

    fn step(self, event: PaymentEvent) -> Step<Self> {
        use PaymentEvent as E;
        use PaymentState as S;
        match (self, event) {
            (S::Pending, E::Instructions | E::CheckoutOpened | E::CheckoutFailed | E::DeadlineUnsure) => {
                Step::To(S::Pending)
            }
            (S::Paid | S::Success | S::Failed | S::Expired | S::Cancelled | S::Review, E::CheckoutOpened) => {
                Step::Refused("the payment is not open")
            }
            (
                S::Paid | S::Success | S::Failed | S::Expired | S::Cancelled | S::Review,
                E::Instructions | E::CheckoutFailed | E::DeadlineUnsure | E::DeadlineAllUnpaid,
            ) => Step::Same,

            (S::Pending, E::PaidMatching) => Step::To(S::Paid),
            (S::Pending | S::Expired | S::Cancelled, E::PaidMismatch) => Step::To(S::Review),
            (S::Expired | S::Cancelled, E::PaidMatching) => Step::Refused("late money has its own events"),
            // A second payment of other money: the engine confirms it and sends it back by itself.
            (S::Paid | S::Success | S::Failed | S::Review, E::PaidMatching | E::PaidMismatch) => {
                Step::Refused("second money has its own path")
            }
            (S::Expired | S::Cancelled, E::LateMoneyFulfil) => Step::To(S::Paid),
            (S::Expired | S::Cancelled, E::LateMoneyReturn) => Step::To(S::Failed),
            (S::Pending | S::Paid | S::Success | S::Failed | S::Review, E::LateMoneyFulfil | E::LateMoneyReturn) => {
                Step::Refused("the payment is not closed")
            }

            (S::Pending, E::DeadlineAllUnpaid) => Step::To(S::Expired),
            (S::Pending, E::Cancelled) => Step::To(S::Cancelled),
            (S::Cancelled, E::Cancelled) => Step::Same,
            (S::Paid | S::Success | S::Failed | S::Expired | S::Review, E::Cancelled) => {
                Step::Refused("only an unpaid order can be cancelled")
            }

            (S::Paid, E::ItemsSettledSome) => Step::To(S::Success),
            (S::Paid, E::ItemsSettledNone) => Step::To(S::Failed),
            (
                S::Pending | S::Success | S::Failed | S::Expired | S::Cancelled | S::Review,
                E::ItemsSettledSome | E::ItemsSettledNone,
            ) => Step::Same,
            (S::Failed, E::ItemDeliveredLate) => Step::To(S::Success),
            (S::Pending | S::Paid | S::Success | S::Expired | S::Cancelled | S::Review, E::ItemDeliveredLate) => {
                Step::Same
            }

            (S::Paid | S::Success | S::Failed, E::ChargedBack) => Step::To(S::Review),
            (S::Review, E::ChargedBack) => Step::Same,
            (S::Pending | S::Expired | S::Cancelled, E::ChargedBack) => Step::Refused("no money was taken"),

            (S::Pending | S::Paid | S::Success | S::Failed | S::Expired | S::Cancelled, E::OtherTransaction) => {
                Step::To(S::Review)
            }
            (S::Review, E::OtherTransaction) => Step::To(S::Review),

            (S::Review, E::OperatorAccepts) => Step::To(S::Paid),
            (S::Review, E::OperatorReturns | E::OperatorWritesOff) => Step::To(S::Failed),
            (
                S::Pending | S::Paid | S::Success | S::Failed | S::Expired | S::Cancelled,
                E::OperatorAccepts | E::OperatorReturns | E::OperatorWritesOff,
            ) => Step::Refused("the payment is not in review"),
        }
    }
}

/// Why a payment is in review; decides what "accept" and "return" mean for the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// Not the agreed amount, currency or account. The money lies in suspense.
    Mismatch,
    /// The gateway named a second transaction for one reference. The second money lies in suspense.
    OtherTransaction,
    /// The money was taken back. The claim lies in suspense.
    ChargedBack,
}

wire_words!(ReviewReason {
    Mismatch = "mismatch",
    OtherTransaction = "other_transaction",
    ChargedBack = "charged_back",
});

/// What a payment is for. A shipping order will have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Goods,
}

wire_words!(Purpose { Goods = "goods" });

/// The first of two people's decision on a large amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub resolution: crate::order::PaymentResolution,
    /// The operator's login name.
    pub by: String,
}

/// The money one order asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub no: PaymentNo,
    pub purpose: Purpose,
    pub amount: Money,
    pub state: PaymentState,
    pub review: Option<ReviewReason>,
    pub proposed: Option<Proposal>,
    /// After this moment, and when every reference was asked, it expires.
    pub deadline: Moment,
    /// Booked as ours or in suspense, all transactions together.
    pub received: Money,
    /// The sum of the refunds that hold money: owed, under way or paid back. Never more than `received`.
    pub promised: Money,
    /// The checkout whose money pays this payment.
    pub paid_by: Option<Reference>,
    pub paid_at: Option<Moment>,
}

/// Where one opening of the gateway's page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutState {
    Open,
    /// The gateway reported a failed try; it may still be paid.
    Declined,
    /// Money came by this reference.
    Paid,
    /// A signed notice says paid, but the payment has its money: asked before it is believed.
    SecondClaimed,
    /// Money came and the bank took it back for good.
    ChargedBack,
}

wire_words!(CheckoutState {
    Open = "open",
    Declined = "declined",
    Paid = "paid",
    SecondClaimed = "second_claimed",
    ChargedBack = "charged_back",
});

/// One opening of the gateway's page: its own reference, never used twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    pub reference: Reference,
    pub payment: PaymentNo,
    pub gateway: GatewayId,
    pub account: Account,
    /// The gateway's payment method, as this installation names it (`credit`).
    pub method: String,
    pub state: CheckoutState,
    pub opened_at: Moment,
    /// By then the gateway knows of any payment that could be made: its page has closed, its code has expired, and the lag of
    /// the method is over.
    pub known_by: Moment,
    /// What the customer pays into, once the gateway has issued it.
    pub instructions: Option<Instructions>,
    /// The gateway's transaction number once money came.
    pub transaction: Option<String>,
    /// The amount the gateway reported.
    pub received: Option<Money>,
    /// What the bank took back of it and nobody has decided about: a claim that lies in suspense.
    pub disputed: Option<Money>,
    /// A test button was pressed on its page: what a query says of it proves nothing.
    pub simulated: bool,
}

/// What the engine brings to open a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckout {
    pub payment: PaymentNo,
    pub reference: Reference,
    pub gateway: GatewayId,
    pub account: Account,
    pub method: String,
    /// How long a code of this method may be paid, counted from the closing of the page; `None`: it is paid on the page.
    pub code_life: Option<chrono::TimeDelta>,
    /// How long the gateway may take to report a payment made at the last moment.
    pub lag: chrono::TimeDelta,
}

/// Where a report of money comes from; a second payment is believed only from the last two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    Notice,
    Query,
    Settlement,
}

wire_words!(Evidence { Notice = "notice", Query = "query", Settlement = "settlement" });

/// "The gateway says paid", as its signed notice or its query answer has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidReport {
    pub gateway: GatewayId,
    pub account: Account,
    pub reference: Reference,
    pub transaction: String,
    pub amount: Money,
    /// What the gateway keeps, if it says.
    pub fee: Option<Money>,
    /// A test button was pressed; no money moved.
    pub simulated: bool,
    pub evidence: Evidence,
}

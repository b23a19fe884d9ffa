//! What a person must hear of. Alerts are rows, written in the commit of what they are about.

use serde::{Deserialize, Serialize};

use crate::wire_words;

/// The kinds of alert; each has a paragraph in the operations guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    AmountMismatch,
    OtherTransaction,
    PaidTwice,
    ChargedBack,
    /// A gateway does not say clearly whether money came.
    PaymentUnsure,
    ItemReview,
    /// A supplier refuses us: deposit, credentials, address.
    SupplierAccount,
    /// A supplier has been in trouble for long.
    SupplierTrouble,
    PriceAboveList,
    LateDelivery,
    TakenBack,
    RefundDue,
    ReviewWaiting,
    /// Money or goods under a reference we never made, or under a name that another order holds.
    UnknownReference,
    /// What was decided cannot be stored.
    NotStored,
    /// The exchange rate will soon be too old to sell at, or is.
    RateStale,
    /// A supplier's price list could not be taken for long.
    PriceListStale,
    /// An order that is not final and has no task.
    OrderWithoutTask,
    /// A task long past its time.
    TaskOverdue,
    /// A task that was given up.
    TaskDead,
    /// Storage for the months ahead is missing.
    PartitionMissing,
}

wire_words!(AlertKind {
    AmountMismatch = "amount_mismatch",
    OtherTransaction = "other_transaction",
    PaidTwice = "paid_twice",
    ChargedBack = "charged_back",
    PaymentUnsure = "payment_unsure",
    ItemReview = "item_review",
    SupplierAccount = "supplier_account",
    SupplierTrouble = "supplier_trouble",
    PriceAboveList = "price_above_list",
    LateDelivery = "late_delivery",
    TakenBack = "taken_back",
    RefundDue = "refund_due",
    ReviewWaiting = "review_waiting",
    UnknownReference = "unknown_reference",
    NotStored = "not_stored",
    RateStale = "rate_stale",
    PriceListStale = "price_list_stale",
    OrderWithoutTask = "order_without_task",
    TaskOverdue = "task_overdue",
    TaskDead = "task_dead",
    PartitionMissing = "partition_missing",
});

/// One alert. The same kind and subject raised again while open is the same alert, counted up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub kind: AlertKind,
    /// What it is about: `item 1`, `refund 0`, a reference. Nothing personal.
    pub subject: String,
    pub detail: String,
}

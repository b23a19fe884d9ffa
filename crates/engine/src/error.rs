//! Why a use case did not happen, by what the caller must do.

use domain::catalogue::TargetError;
use domain::{Money, Refusal};
use ports::gateway::CheckoutRefused;
use ports::store::{LoadError, Unavailable};
use ports::tasks::NotReady;

/// Why an order was not placed. Nothing was stored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaceError {
    #[error("an order needs at least one item")]
    NoItems,
    #[error("an order has at most {max} items")]
    TooManyItems { max: usize },
    #[error("item {index}: there is no such product")]
    UnknownProduct { index: usize },
    #[error("item {index}: this product cannot be bought now")]
    NotAvailable { index: usize },
    #[error("item {index}: {reason}")]
    BadTarget { index: usize, reason: TargetError },
    /// Goods go to a target.
    #[error("item {index}: where it goes must be said")]
    TargetRequired { index: usize },
    /// A bill is ordered by what the customer was told of it.
    #[error("item {index}: a bill is asked about before it is ordered")]
    InquiryRequired { index: usize },
    /// There is none, or it is somebody else's, or about another product.
    #[error("item {index}: there is no such inquiry")]
    UnknownInquiry { index: usize },
    /// What is owed may have changed: ask again.
    #[error("item {index}: the inquiry is too old")]
    InquiryExpired { index: usize },
    /// In an order that is not over, whoever placed it; or twice in this one.
    #[error("the bill is being paid already")]
    BillInProgress,
    #[error("the promo code is unknown")]
    PromoUnknown,
    #[error("the promo code is used up")]
    PromoSpent,
    #[error("the total is now {total}")]
    TotalChanged { total: Money },
    /// More than nothing, and less or more than any payment method takes.
    #[error("no payment method takes {total}")]
    NotPayable { total: Money },
    #[error("the same was ordered a few minutes ago")]
    RepeatNeedsConfirmation,
    #[error("nothing can be sold now: {0}")]
    NotSelling(String),
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The store refuses what was priced and put together. A fault of ours.
    #[error("the store refuses the order: {0}")]
    Rejected(String),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why an inquiry was not answered. What is not known is never said to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InquireError {
    #[error(transparent)]
    BadTarget(#[from] TargetError),
    /// Nobody here answers such questions, or not about this brand.
    #[error("there is nobody to ask this")]
    NotOffered,
    #[error("too many inquiries; ask again in {retry_after_s} s")]
    TooMany { retry_after_s: u32 },
    /// Whoever can answer did not, or not clearly. Asking again may help.
    #[error("no supplier answered")]
    Unavailable,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("this product is no bill")]
    NotABill,
    /// Of this kind of bill, or not so many.
    #[error("the number of months cannot be chosen so")]
    BadMonths,
    /// What was answered cannot be priced.
    #[error("nothing can be sold now: {0}")]
    NotSelling(String),
    /// What was answered could not be kept, so nothing can be ordered by it. Asking again is safe.
    #[error(transparent)]
    Store(#[from] Unavailable),
}

/// Why an act on an order did not happen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ActError {
    #[error("there is no such order")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The order kept changing under us; try again.
    #[error("the order is being changed by others")]
    Conflict,
    #[error("{0} is not offered")]
    NotOffered(String),
    #[error("this method takes {min} to {max}")]
    AmountOutOfRange { min: Money, max: Money },
    #[error("the stored order cannot be read: {0}")]
    Corrupt(String),
    /// The store refuses what was decided; nothing was written. A fault of ours.
    #[error("the store refuses the change: {0}")]
    Rejected(String),
    /// It may or may not have happened; asking again is safe.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

impl From<Unavailable> for ActError {
    fn from(Unavailable(why): Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

impl From<LoadError> for ActError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::NotFound => Self::NotFound,
            LoadError::Corrupt(why) => Self::Corrupt(why),
            LoadError::Unavailable(Unavailable(why)) => Self::Unavailable(why),
        }
    }
}

impl From<CheckoutRefused> for ActError {
    fn from(refused: CheckoutRefused) -> Self {
        match refused {
            CheckoutRefused::UnknownMethod => Self::NotOffered("this payment method".to_owned()),
            CheckoutRefused::AmountOutOfRange { min, max } => Self::AmountOutOfRange { min, max },
            CheckoutRefused::NotWhole(currency) => Self::NotOffered(format!("a fraction of {currency}")),
        }
    }
}

impl From<NotReady> for ActError {
    fn from(error: NotReady) -> Self {
        Self::Unavailable(error.to_string())
    }
}

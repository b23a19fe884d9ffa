//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply but a code
/// that [`word`](adapters_kit::word) let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the body is not the documented JSON")]
    Unreadable,
    #[error("unknown rc {0}")]
    UnknownCode(String),
    #[error("rc {0} says nothing about what was asked")]
    OutOfPlace(String),
    #[error("rc {0} and the status of the reply contradict each other")]
    Contradiction(String),
    #[error("the reply names another reference")]
    OtherReference,
    #[error("the reply names another product")]
    OtherProduct,
    #[error("the reply says that it is done, and has no serial that would prove a payment")]
    NoSerial,
    #[error("the price is not a whole number of rupiah")]
    BadPrice,
    #[error("the amounts of the bill do not add up")]
    BadAmounts,
    #[error("the reply lacks what was asked for")]
    Incomplete,
}

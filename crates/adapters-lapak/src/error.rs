//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply but a code
/// that [`word`](adapters_kit::word) let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the body is not the documented JSON")]
    Unreadable,
    #[error("unknown result code {0}")]
    UnknownCode(String),
    #[error("result code {0} says nothing about the purchase")]
    OutOfPlace(String),
    #[error("result code {0} and the rest of the reply contradict each other")]
    Contradiction(String),
    #[error("the reply names no transaction of theirs")]
    NoTransaction,
    #[error("the order has not exactly one transaction")]
    NotOneTransaction,
    #[error("unknown status word {0}")]
    UnknownStatus(String),
    #[error("the order and its transaction are in different states")]
    MixedStates,
    #[error("the reply names another reference")]
    OtherReference,
    #[error("the price is not a whole number of rupiah")]
    BadPrice,
    #[error("the reply lacks what was asked for")]
    Incomplete,
}

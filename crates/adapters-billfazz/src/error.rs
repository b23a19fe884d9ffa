//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply but a code
/// that [`adapters_kit::word`] let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the body is not the documented JSON")]
    Unreadable,
    #[error("HTTP status {0} with the unknown code {1}")]
    UnknownCode(u16, String),
    #[error("unknown status {0}")]
    UnknownState(String),
    #[error("the code {0} says nothing about the purchase")]
    OutOfPlace(String),
    #[error("{0} is contradicted by what stands beside it")]
    Contradiction(String),
    #[error("the reply does not name our reference")]
    OtherReference,
    #[error("the reply does not name our product")]
    OtherProduct,
    #[error("the reply is about another number")]
    OtherTarget,
    #[error("an amount is not a whole number of rupiah")]
    BadAmount,
    #[error("the amounts of the bill do not add up")]
    BadSum,
}

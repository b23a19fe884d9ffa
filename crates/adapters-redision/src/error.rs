//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply but a code
/// that [`adapters_kit::word`] let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the body is not the documented JSON")]
    Unreadable,
    #[error("unknown result code {0}")]
    UnknownCode(String),
    #[error("unknown status code {0}")]
    UnknownState(String),
    #[error("result code {0} says nothing about the purchase")]
    OutOfPlace(String),
    #[error("{0} is contradicted by what stands beside it")]
    Contradiction(String),
    #[error("the reply does not name our reference")]
    OtherReference,
    #[error("the price is not a whole number of rupiah")]
    BadPrice,
}

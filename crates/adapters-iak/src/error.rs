//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply but a code
/// that [`word`] let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the body is not the documented JSON")]
    Unreadable,
    #[error("the reply has no result code")]
    NoCode,
    #[error("unknown result code {0}")]
    UnknownCode(String),
    #[error("result code {0} says nothing about the purchase")]
    OutOfPlace(String),
    #[error("result code {0} and the status field contradict each other")]
    Contradiction(String),
    #[error("the reply does not name our reference")]
    OtherReference,
    #[error("the reply does not name our product")]
    OtherProduct,
    #[error("the reply is about somebody else")]
    OtherTarget,
    #[error("the price is not a whole number of rupiah, or does not add up")]
    BadPrice,
    #[error("the reply names no inquiry that could be paid")]
    NoInquiryId,
}

//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the reply is not one line of text")]
    NotALine,
    #[error("the reply is not about our purchase")]
    OtherPurchase,
    #[error("the reply is no sentence we know")]
    UnknownWords,
    #[error("the reply tells a time at which we did not ask")]
    NotOurs,
    #[error("the reply says it was asked before")]
    Repeated,
    #[error("the reply says that it failed, and not why")]
    UnknownReason,
    #[error("the reply says that there is no such purchase")]
    Absent,
    #[error("the reply speaks of this day alone, and it may have been another")]
    OtherDay,
    #[error("the reply refuses the question, not the purchase")]
    NotLetIn,
    #[error("amounts of the reply do not add up")]
    BadAmounts,
    #[error("the reply does not say what is owed")]
    NoBill,
    #[error("the inquiry is still under way")]
    StillAsked,
}

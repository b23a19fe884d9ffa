//! Why a text from ECPay was not believed. Not here: what a caller outside this crate does about it; it sees
//! `NoticeRejected` or `GatewayAnswer::Unclear`.

use ports::notice::NoticeRejected;

/// A notice or reply that cannot be read in exactly one way. It says nothing; asking again is the only remedy.
/// Field values are never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("longer than any message of ECPay")]
    TooLong,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("not a list of fields")]
    NotFields,
    #[error("a field name comes twice")]
    Repeated,
    #[error("a field holds a separator, so that what was signed has two readings")]
    Ambiguous,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the name of {0} is written in other letters")]
    LetterCase(&'static str),
    #[error("{0} is not of its documented form")]
    Invalid(&'static str),
}

impl From<Unreadable> for NoticeRejected {
    fn from(_: Unreadable) -> Self {
        Self::Malformed
    }
}

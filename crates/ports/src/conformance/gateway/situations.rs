//! What a gateway can answer to a query, and what an adapter must make of it.

use crate::conformance::cases;
use crate::gateway::GatewayAnswer;

cases! {
/// What awaits one query.
pub enum QuerySituation {
    /// Paid, with the agreed amount.
    Paid,
    /// Paid, with another amount than the checkout asked for: the adapter reports what came.
    PaidOtherAmount,
    /// The page was opened and nothing was paid yet.
    Unpaid,
    /// The gateway does not know the reference: the page was never opened.
    NotFound,
    /// A try failed or was not finished.
    NotFinished,
    /// Only the gateway's test button was pressed.
    Simulated,
    WrongSignature,
    NoSignature,
    /// A rightly signed reply about another reference.
    OtherReference,
    /// A rightly signed reply about another account.
    OtherAccount,
    /// A rightly signed reply with a status that is in no list.
    UnknownCode,
    /// Paid, rightly signed, and the amount is no number.
    AmountNotANumber,
    /// Asked too fast.
    Throttled,
    /// Nobody listens at the address.
    Unreachable,
    Drop,
    Error500,
    Redirect307,
    HtmlWith200,
    EmptyWith200,
    Truncated,
    HugeBody,
    SlowDrip,
}
}

/// A [`GatewayAnswer`] without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryWord {
    Paid,
    Unpaid,
    Throttled,
    Unclear,
}

impl QueryWord {
    pub const fn of(answer: &GatewayAnswer) -> Self {
        match answer {
            GatewayAnswer::Paid(_) => Self::Paid,
            GatewayAnswer::Unpaid | GatewayAnswer::UnpaidCode => Self::Unpaid,
            GatewayAnswer::Throttled { .. } => Self::Throttled,
            GatewayAnswer::Unclear { .. } => Self::Unclear,
        }
    }
}

/// What a situation must yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryMust {
    pub word: QueryWord,
    /// Query requests at the gateway's socket.
    pub requests: u32,
    /// A provider may be unable to get into this situation.
    pub optional: bool,
}

impl QuerySituation {
    pub const fn must(self) -> QueryMust {
        let word = match self {
            Self::Paid | Self::PaidOtherAmount => QueryWord::Paid,
            Self::Unpaid | Self::NotFound | Self::NotFinished | Self::Simulated => QueryWord::Unpaid,
            Self::Throttled => QueryWord::Throttled,
            Self::WrongSignature
            | Self::NoSignature
            | Self::OtherReference
            | Self::OtherAccount
            | Self::UnknownCode
            | Self::AmountNotANumber
            | Self::Unreachable
            | Self::Drop
            | Self::Error500
            | Self::Redirect307
            | Self::HtmlWith200
            | Self::EmptyWith200
            | Self::Truncated
            | Self::HugeBody
            | Self::SlowDrip => QueryWord::Unclear,
        };
        let optional = matches!(
            self,
            Self::NotFinished
                | Self::Simulated
                | Self::Throttled
                | Self::WrongSignature
                | Self::NoSignature
                | Self::OtherAccount
                | Self::PaidOtherAmount
        );
        QueryMust { word, requests: if matches!(self, Self::Unreachable) { 0 } else { 1 }, optional }
    }
}

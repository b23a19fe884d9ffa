//! The situations a supplier can be in, and what an adapter must make of each.

use domain::fulfilment::{Answer, Cause};

use crate::conformance::cases;

cases! {
/// What awaits one purchase.
pub enum Situation {
    /// Sold; delivered at once or after a while.
    Delivers,
    /// Accepted, and never finished while we look.
    StaysPending,
    RefusedClosedProduct,
    RefusedWrongNumber,
    RefusedLowDeposit,
    /// "This number bought the same today."
    RefusedRepeat,
    /// The account's secret is wrong: the supplier does not believe it is us.
    RefusedCredentials,
    /// Accepted, then failed for good.
    FailsAtOperator,
    /// Delivered, and taken back later.
    LateReversal,
    /// Nobody listens at the address.
    Unreachable,
    /// The connection ends after the request was read; nothing is formed.
    DropBeforeForming,
    /// The connection ends after the purchase was formed; it will be delivered.
    DropAfterForming,
    /// A 5xx after the purchase was formed; it will be delivered.
    ErrorAfterForming,
    /// A 307 to an address that would form the purchase.
    Redirect307,
    HtmlWith200,
    EmptyWith200,
    TruncatedJson,
    /// More bytes than anybody should read.
    HugeBody,
    /// A byte now and then, beyond the deadline.
    SlowDrip,
    /// A well-formed reply with a code that is in no list.
    UnknownCode,
    /// A well-formed reply about another purchase.
    OtherReference,
    /// The reference was bought before; the supplier says so, or answers as to a status question.
    DuplicateReference,
    /// A status question about a reference that was never sent.
    NotFound,
    /// Bought, and then the status question ends like the purchase questions above.
    StatusDrop,
    StatusError,
    StatusRedirect307,
    StatusHtmlWith200,
    StatusTruncatedJson,
    StatusUnknownCode,
    StatusOtherReference,
}
}

/// An [`Answer`] without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Delivered,
    Pending,
    Refused(Cause),
    Failed(Cause),
    Unclear,
    NotFound,
}

impl Word {
    pub const fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Delivered { .. } => Self::Delivered,
            Answer::Pending { .. } => Self::Pending,
            Answer::Refused { cause, .. } => Self::Refused(*cause),
            Answer::Failed { cause, .. } => Self::Failed(*cause),
            Answer::Unclear { .. } => Self::Unclear,
            Answer::NotFound => Self::NotFound,
        }
    }
}

/// What a situation must yield. Beyond this, the laws of `check` hold for every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Must {
    /// What the purchase may answer; empty: none is sent.
    pub buy: &'static [Word],
    /// The supplier finishes its work before the status is asked.
    pub settles: bool,
    /// What the status question may answer.
    pub status: &'static [Word],
    /// Purchase requests at the supplier's socket.
    pub requests: u32,
    /// Purchases the supplier formed, where the situation fixes it.
    pub formed: Option<u32>,
    /// Purchases the supplier delivered, where the situation fixes it.
    pub delivered: Option<u32>,
    /// A provider may be unable to get into this situation.
    pub optional: bool,
}

use Word::{Delivered, Failed, NotFound, Pending, Refused, Unclear};

impl Situation {
    pub const fn must(self) -> Must {
        match self {
            Self::Delivers => BOUGHT,
            Self::StaysPending => {
                Must { buy: &[Pending], settles: false, status: &[Pending], delivered: Some(0), ..BOUGHT }
            }
            Self::RefusedClosedProduct => refused(
                &[Refused(Cause::Supplier), Failed(Cause::Supplier), Pending],
                &[Refused(Cause::Supplier), Failed(Cause::Supplier), NotFound],
            ),
            Self::RefusedWrongNumber => refused(
                &[Refused(Cause::Customer), Failed(Cause::Customer), Pending],
                &[Refused(Cause::Customer), Failed(Cause::Customer), NotFound],
            ),
            Self::RefusedLowDeposit => {
                refused(&[Refused(Cause::Deposit)], &[Refused(Cause::Deposit), Failed(Cause::Deposit), NotFound])
            }
            Self::RefusedCredentials => {
                // With the wrong secret no status can be asked either.
                let must = refused(&[Refused(Cause::Account)], &[Unclear]);
                Must { optional: true, ..must }
            }
            Self::RefusedRepeat => {
                let must = refused(
                    &[Refused(Cause::Repeat), Failed(Cause::Repeat)],
                    &[Refused(Cause::Repeat), Failed(Cause::Repeat), NotFound],
                );
                Must { optional: true, ..must }
            }
            Self::FailsAtOperator => Must {
                buy: &[Pending, Failed(Cause::Supplier)],
                status: &[Failed(Cause::Supplier)],
                delivered: Some(0),
                ..BOUGHT
            },
            Self::LateReversal => Must { optional: true, ..BOUGHT },
            Self::Unreachable => Must {
                buy: &[Refused(Cause::NotFormed)],
                status: &[Unclear],
                requests: 0,
                formed: Some(0),
                delivered: Some(0),
                ..BOUGHT
            },
            Self::DropBeforeForming => {
                Must { buy: &[Unclear], status: &[NotFound], formed: Some(0), delivered: Some(0), ..BOUGHT }
            }
            Self::DropAfterForming | Self::ErrorAfterForming => Must { buy: &[Unclear], ..BOUGHT },
            Self::Redirect307
            | Self::HtmlWith200
            | Self::EmptyWith200
            | Self::TruncatedJson
            | Self::HugeBody
            | Self::SlowDrip
            | Self::UnknownCode
            | Self::OtherReference => Must {
                buy: &[Unclear],
                status: &[Delivered, Pending, NotFound],
                formed: None,
                delivered: None,
                ..BOUGHT
            },
            Self::DuplicateReference => Must {
                // Where a resend is a status question, its answer is as good as a status.
                buy: &[Unclear, Pending, Delivered],
                requests: 2,
                optional: true,
                ..BOUGHT
            },
            Self::NotFound => {
                Must { buy: &[], status: &[NotFound], requests: 0, formed: Some(0), delivered: Some(0), ..BOUGHT }
            }
            Self::StatusDrop
            | Self::StatusError
            | Self::StatusRedirect307
            | Self::StatusHtmlWith200
            | Self::StatusTruncatedJson
            | Self::StatusUnknownCode
            | Self::StatusOtherReference => Must { status: &[Unclear], ..BOUGHT },
        }
    }
}

const BOUGHT: Must = Must {
    buy: &[Pending, Delivered],
    settles: true,
    status: &[Delivered],
    requests: 1,
    formed: Some(1),
    delivered: Some(1),
    optional: false,
};

const fn refused(buy: &'static [Word], status: &'static [Word]) -> Must {
    Must { buy, status, formed: None, delivered: Some(0), ..BOUGHT }
}

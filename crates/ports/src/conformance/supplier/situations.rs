//! The situations a supplier can be in, and what an adapter must make of each.

use domain::fulfilment::{Answer, Cause};

use super::claims::{Claims, CutOff};
use crate::conformance::cases;

cases! {
/// What awaits one purchase, or one reading.
pub enum Situation {
    /// Sold; delivered at once or after a while.
    Delivers,
    /// Accepted, and never finished while we look.
    StaysPending,
    /// Accepted, then failed for good.
    FailsAtOperator,
    /// Delivered before the purchase is answered.
    DeliveredAtOnce,
    /// Delivered, and the serial is told later.
    SerialLater,
    /// What is delivered has a code and a pin.
    SerialOfTwoParts,
    /// An electricity token.
    PlnToken,
    /// The same, with a digit missing: no token yet.
    PlnTokenTooShort,
    /// Sold for more than its list said.
    PriceAboveList,
    /// The same, at a supplier that takes our price as a guard: refused.
    PriceGuard,
    /// The reply writes its price `10.250`.
    PriceWithDots,
    /// The reply writes its price `Rp10.250`.
    PriceWithRp,
    /// The reply names half a rupiah.
    PriceWithFraction,
    /// A player's id and zone.
    TargetOfTwoParts,
    /// The reference was bought before; the supplier says so, or answers as to a status question.
    DuplicateReference,

    RefusedClosedProduct,
    RefusedUnknownProduct,
    RefusedWrongNumber,
    RefusedLowDeposit,
    /// The account's secret is wrong: the supplier does not believe it is us.
    RefusedCredentials,
    /// It does not know the address we call from.
    RefusedAddress,
    /// "This number bought the same today."
    RefusedRepeat,
    /// Too many calls.
    Throttled,
    Maintenance,
    /// Not at this hour.
    CutOff,
    /// It cannot read what we sent.
    MalformedRequest,
    /// The number may not buy.
    BlockedNumber,
    /// Accepted, and refused when asked about.
    RefusedInStatusOnly,
    /// Refused; whoever asks then, and again, hears the same.
    RefusedThenAsked,

    /// Nobody listens at the address.
    Unreachable,
    /// The connection ends after the request was read; nothing is formed.
    DropBeforeForming,
    /// The connection ends after the purchase was formed; it will be delivered.
    DropAfterForming,
    /// A 5xx after the purchase was formed; it will be delivered.
    ErrorAfterForming,
    /// A 5xx, and nothing is formed.
    ErrorBeforeForming,
    /// A 307 to an address that would form the purchase.
    Redirect307,
    HtmlWith200,
    EmptyWith200,
    /// The first half of a reply.
    Truncated,
    /// Every value of the reply has another type.
    WrongTypes,
    /// A byte that is no UTF-8.
    OtherCharset,
    /// More bytes than anybody should read.
    HugeBody,
    /// A byte now and then, beyond the deadline.
    SlowDrip,
    /// A well-formed reply with a code that is in no list.
    UnknownCode,

    /// A status question about a reference that was never sent.
    NotFound,
    /// Bought, and then the status question ends like the purchase questions above.
    StatusDrop,
    StatusError,
    StatusRedirect307,
    StatusHtmlWith200,
    StatusTruncated,
    StatusWrongTypes,
    StatusUnknownCode,
    StatusOtherReference,
    /// The question is turned away: key, account or address.
    StatusCredentials,
    /// The question is turned away: too many calls.
    StatusThrottled,

    /// A well-formed reply about another purchase.
    OtherReference,
    /// Every object of the reply has a field that stands in no document.
    UnknownFields,
    /// Status and code of the reply contradict each other.
    ContradictoryWords,
    /// So they do in the reply to a question.
    StatusContradictoryWords,
    /// Delivered, and taken back.
    LateReversal,
    /// Failed, and delivered after all.
    LateSuccess,
    /// "Not found" about a purchase that was formed.
    NotFoundOfAFormedOne,
    /// A reference that was never sent is asked about again and again.
    AskingNeverBuys,

    /// The price list is ten megabytes long.
    ListHuge,
    /// The price list has not one byte.
    ListEmpty,
}
}

/// What happens at the supplier between two calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It finishes what it has, as arranged. Also where there is nothing to finish.
    Settles,
    /// It takes a delivery back.
    Reverses,
    /// What had failed is delivered after all.
    Recovers,
    /// A day goes by; what was held back is told, and yesterday's inquiries are worth nothing.
    NextDay,
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

/// What a situation must yield. Beyond this, the laws hold for every answer (`laws`), and some situations look at what was
/// told (`outcomes::particulars`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Must {
    /// What the purchase may answer; empty: none is sent.
    pub buy: &'static [Word],
    /// The supplier finishes its work before the status is asked.
    pub settles: bool,
    /// What the status question may answer.
    pub status: &'static [Word],
    /// What happens then, and what a last question may answer.
    pub then: Option<(Turn, &'static [Word])>,
    /// Purchase requests at the supplier's socket.
    pub requests: u32,
    /// Purchases the supplier formed, where the situation fixes it.
    pub formed: Option<u32>,
    /// Purchases the supplier delivered, where the situation fixes it.
    pub delivered: Option<u32>,
}

use Word::{Delivered, Failed, NotFound, Pending, Refused, Unclear};

impl Situation {
    /// At a supplier that claims this of itself.
    pub const fn must(self, claims: &Claims) -> Must {
        match self {
            Self::OtherReference | Self::StatusOtherReference if !claims.names_reference => BOUGHT,
            // Whether what failed at once counts as formed is the supplier's own affair.
            Self::CutOff if matches!(claims.cut_off, Some(CutOff::Failed)) => {
                Must { buy: &[Failed(Cause::Supplier)], formed: None, ..FAILED }
            }
            Self::Delivers
            | Self::SerialOfTwoParts
            | Self::PlnToken
            | Self::PlnTokenTooShort
            | Self::PriceAboveList
            | Self::PriceWithDots
            | Self::PriceWithRp
            | Self::TargetOfTwoParts
            | Self::UnknownFields
            | Self::ListHuge
            | Self::ListEmpty => BOUGHT,
            Self::DeliveredAtOnce => Must { buy: &[Delivered], settles: false, ..BOUGHT },
            Self::StaysPending => {
                Must { buy: &[Pending], settles: false, status: &[Pending], delivered: Some(0), ..BOUGHT }
            }
            Self::FailsAtOperator => FAILED,
            Self::SerialLater => Must { then: Some((Turn::NextDay, &[Delivered])), ..BOUGHT },
            Self::LateReversal => Must { then: Some((Turn::Reverses, TAKEN_BACK)), ..BOUGHT },
            Self::LateSuccess => Must { then: Some((Turn::Recovers, &[Delivered])), delivered: Some(1), ..FAILED },
            Self::PriceWithFraction | Self::ContradictoryWords => {
                Must { buy: &[Unclear], status: &[Delivered], ..BOUGHT }
            }
            Self::DuplicateReference => {
                // Where a resend is a status question, its answer is as good as a status.
                Must { buy: &[Unclear, Pending, Delivered], requests: 2, ..BOUGHT }
            }
            Self::NotFoundOfAFormedOne => Must { status: &[NotFound], ..BOUGHT },
            Self::NotFound | Self::AskingNeverBuys => {
                Must { buy: &[], status: &[NotFound], requests: 0, formed: Some(0), delivered: Some(0), ..BOUGHT }
            }
            Self::Unreachable
            | Self::DropBeforeForming
            | Self::ErrorBeforeForming
            | Self::DropAfterForming
            | Self::ErrorAfterForming
            | Self::Redirect307
            | Self::HtmlWith200
            | Self::EmptyWith200
            | Self::Truncated
            | Self::WrongTypes
            | Self::OtherCharset
            | Self::HugeBody
            | Self::SlowDrip
            | Self::UnknownCode
            | Self::OtherReference => self.lost(),
            Self::StatusDrop
            | Self::StatusError
            | Self::StatusRedirect307
            | Self::StatusHtmlWith200
            | Self::StatusTruncated
            | Self::StatusWrongTypes
            | Self::StatusUnknownCode
            | Self::StatusOtherReference
            | Self::StatusCredentials
            | Self::StatusThrottled
            | Self::StatusContradictoryWords => Must { status: &[Unclear], ..BOUGHT },
            refusal => refusal.refused(),
        }
    }

    /// Where the answer to a purchase is lost.
    const fn lost(self) -> Must {
        match self {
            Self::Unreachable => Must {
                buy: &[Refused(Cause::NotFormed)],
                status: &[Unclear],
                requests: 0,
                formed: Some(0),
                delivered: Some(0),
                ..BOUGHT
            },
            Self::DropBeforeForming | Self::ErrorBeforeForming => {
                Must { buy: &[Unclear], status: &[NotFound], formed: Some(0), delivered: Some(0), ..BOUGHT }
            }
            Self::DropAfterForming | Self::ErrorAfterForming => Must { buy: &[Unclear], ..BOUGHT },
            _ => Must {
                buy: &[Unclear],
                status: &[Delivered, Pending, NotFound],
                formed: None,
                delivered: None,
                ..BOUGHT
            },
        }
    }

    /// Where the purchase is turned down, each with its cause.
    const fn refused(self) -> Must {
        use Cause::{Account, Busy, Closed, Customer, Deposit, Price, Repeat, Supplier, Us};
        let (buy, status): (&'static [Word], &'static [Word]) = match self {
            Self::RefusedWrongNumber | Self::BlockedNumber => {
                (&[Refused(Customer), Failed(Customer), Pending], &[Refused(Customer), Failed(Customer), NotFound])
            }
            Self::RefusedLowDeposit => (&[Refused(Deposit)], &[Refused(Deposit), Failed(Deposit), NotFound]),
            // With the wrong secret no status can be asked either.
            Self::RefusedCredentials => (&[Refused(Account)], &[Unclear]),
            Self::RefusedAddress => (&[Refused(Account)], &[NotFound]),
            Self::RefusedRepeat => (&[Refused(Repeat), Failed(Repeat)], &[Refused(Repeat), Failed(Repeat), NotFound]),
            // Where nobody documents that too many calls form nothing, it must be asked about.
            Self::Throttled => (&[Refused(Busy), Unclear], &[Refused(Busy), NotFound]),
            // Where it has many sellers, it may be one seller's.
            Self::Maintenance => (
                &[Refused(Busy), Refused(Closed), Refused(Supplier)],
                &[Refused(Busy), Refused(Closed), Refused(Supplier), NotFound],
            ),
            // One biller's night is no reason to leave the whole supplier alone.
            Self::CutOff => (&[Refused(Closed), Refused(Supplier)], &[Refused(Closed), Refused(Supplier), NotFound]),
            Self::MalformedRequest => (&[Refused(Us)], &[Refused(Us), NotFound]),
            Self::RefusedInStatusOnly => (&[Pending], &[Failed(Customer), Failed(Supplier)]),
            Self::PriceGuard => (&[Refused(Price)], &[Refused(Price), Failed(Price), NotFound]),
            _ => (&[Refused(Supplier), Failed(Supplier), Pending], &[Refused(Supplier), Failed(Supplier), NotFound]),
        };
        Must { buy, status, formed: None, delivered: Some(0), ..BOUGHT }
    }
}

const BOUGHT: Must = Must {
    buy: &[Pending, Delivered],
    settles: true,
    status: &[Delivered],
    then: None,
    requests: 1,
    formed: Some(1),
    delivered: Some(1),
};

const FAILED: Must =
    Must { buy: &[Pending, Failed(Cause::Supplier)], status: &[Failed(Cause::Supplier)], delivered: Some(0), ..BOUGHT };

const TAKEN_BACK: &[Word] = &[Failed(Cause::Supplier), Refused(Cause::Supplier)];

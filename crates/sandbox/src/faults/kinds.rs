//! The names of calls to providers, and of what can go wrong with one. Plain data.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Checkout,
    /// How a trade stands.
    Query,
    /// What was issued for it.
    CodeQuery,
    Notice,
    /// The notice of a code, to PaymentInfoURL.
    PaymentInfo,
    Topup,
    Status,
    Pricelist,
    Balance,
    Inquiry,
    /// What somebody owes.
    BillInquiry,
    Callback,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Latency,
    DropBefore,
    DropAfter,
    /// Not one byte, until the client gives up.
    SilenceBefore,
    SilenceAfter,
    ErrorBefore,
    ErrorAfter,
    #[serde(rename = "redirect_307")]
    Redirect307,
    Html,
    Garbage,
    /// Status 200, and not one byte.
    Empty,
    /// Ten megabytes, most of them spaces.
    Huge,
    /// Byte by byte, longer than anybody waits.
    Drip,
    /// About a purchase of somebody else.
    OtherReference,
    /// With a letter of Latin-1 in it.
    Charset,
    /// The first half of it.
    Truncated,
    /// Every text and number as a list of one.
    WrongTypes,
    /// With a field in every object that stands in no document.
    ExtraFields,
    /// With one text of it replaced by another: `from` and `to` of the rule.
    Rewrite,
    /// An item's name has a `&`, in a reply in which nothing is encoded.
    Ampersand,
    Refuse,
    Duplicate,
    Reorder,
    Late,
    Lost,
    /// Preceded by the opposite, of somebody without the key.
    Forged,
    /// The opposite of the truth, rightly signed.
    Lie,
    WrongAmount,
    PriceChange,
    Fail,
    LateReversal,
    FailThenSuccess,
    SerialLate,
    /// A digit of an electricity token is missing.
    SerialShort,
    /// Delivered before it is answered.
    AtOnce,
    PendingFor,
    NotFound,
    /// Not a rule: counts clients that followed a `redirect_307`.
    #[serde(skip_deserializing)]
    RedirectFollowed,
}

/// What can happen to a request before anything is formed; one of them.
pub const BEFORE: &[Kind] =
    &[Kind::DropBefore, Kind::SilenceBefore, Kind::ErrorBefore, Kind::Redirect307, Kind::Refuse];
/// What can happen to the answer after; one of them.
pub const AFTER: &[Kind] = &[
    Kind::DropAfter,
    Kind::SilenceAfter,
    Kind::ErrorAfter,
    Kind::Html,
    Kind::Garbage,
    Kind::Empty,
    Kind::Huge,
    Kind::Drip,
    Kind::OtherReference,
    Kind::Charset,
    Kind::Truncated,
    Kind::WrongTypes,
    Kind::ExtraFields,
    Kind::Rewrite,
];
/// What can happen to a message we send.
pub const OUTBOUND: &[Kind] = &[Kind::Latency, Kind::Duplicate, Kind::Reorder, Kind::Late, Kind::Lost, Kind::Forged];
/// What can happen to a purchase.
pub const FORMING: &[Kind] = &[
    Kind::PriceChange,
    Kind::Fail,
    Kind::LateReversal,
    Kind::FailThenSuccess,
    Kind::SerialLate,
    Kind::SerialShort,
    Kind::AtOnce,
    Kind::PendingFor,
];

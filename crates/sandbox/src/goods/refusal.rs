//! Why nothing was bought, or what was bought failed: one list, which each supplier puts into its own words.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    UnknownProduct,
    /// The product is switched off.
    Closed,
    WrongNumber,
    NumberTooLong,
    /// The number is of another operator.
    OtherOperator,
    /// A player's id lacks a part, or has one too many.
    WrongPlayer,
    WrongUserId,
    /// The number may not buy.
    Blocked,
    Deposit,
    /// The same was bought today.
    Repeat,
    Credentials,
    /// The account itself.
    UnknownClient,
    /// The reference was used before.
    Duplicate,
    /// We called from an address it does not know.
    Address,
    /// Too many requests.
    Busy,
    Maintenance,
    /// Not sold at this hour.
    CutOff,
    /// Dearer than the buyer allows.
    Price,
    Malformed,
    /// A code that stands in no document.
    UnknownCode,
    /// It was formed and failed at the operator.
    Failed,
    BillPaid,
    /// Nobody owes anything under this number.
    BillNotFound,
    /// What was asked a while ago is paid no more.
    InquiryExpired,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Why(Why),
    /// In the supplier's own words, as a fault gave them.
    Code(String),
}

impl Refusal {
    /// The code, where the supplier has this one for each reason.
    pub fn code(&self, of: fn(Why) -> &'static str) -> &str {
        match self {
            Self::Why(why) => of(*why),
            Self::Code(code) => code,
        }
    }
}

//! Bills: what is owed is asked for, and what was answered is paid. An inquiry forms nothing.

use domain::catalogue::Category;
use domain::fulfilment::Cause;
use domain::{Bill, Moment, Money, Private, Reference};

/// The supplier's name for one inquiry it answered (IAK `tr_id`, BillFazz `inquiryId`); empty where it has none. Good for one
/// payment, soon after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillHandle(pub String);

/// One question what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillQuery {
    /// Ours, fresh: some suppliers let an inquiry use it up. What follows from the answer is paid under the same one.
    pub reference: Reference,
    /// The supplier's own product code.
    pub code: String,
    /// The customer's number at the biller.
    pub target: Private,
    pub category: Category,
    /// Months to pay, 1 to 12, where the customer chooses them (BPJS). What is owed for another number of months is no answer to it.
    pub months: Option<u8>,
}

/// What a supplier says is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BillAnswer {
    Owed(Owed),
    /// It says in as many words that nothing can be paid for this number.
    NotOwed(NotOwed),
    /// Not here, not now: deposit, account, product, maintenance.
    Refused {
        cause: Cause,
        code: String,
    },
    /// Nobody knows; `why` holds nothing secret.
    Unclear {
        why: String,
    },
}

/// A bill that can be paid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub bill: Bill,
    /// What leaves our deposit for it: debt and admin fee without our commission (IDR).
    pub cost: Money,
    pub handle: BillHandle,
    /// The last moment to pay it by this handle.
    pub until: Moment,
    /// The biller was asked just now. Else it is what somebody was told earlier, and may be paid by now: good to tell, not to pay by.
    pub fresh: bool,
}

/// Why nothing can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOwed {
    /// All is paid.
    Paid,
    /// The next bill is not out yet.
    NotYet,
    /// Nobody of this number.
    UnknownTarget,
    /// Only at the biller's counter, or not at all.
    NotPayable,
}

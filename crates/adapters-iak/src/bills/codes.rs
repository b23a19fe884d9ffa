//! IAK's postpaid response codes (IAK docs, "postpaid response code"): every one, and what it means in each of the three places
//! it can stand. The table below is read by a test, which compares each cell with what the adapter answers.
//!
//! | rc | IAK says | inquiry | payment | checkstatus |
//! |---|---|---|---|---|
//! | `00` | success | owed | delivered | delivered |
//! | `39` | being processed | unclear | pending | pending |
//! | `201` | code not yet defined there | unclear | pending | pending |
//! | `05` | undefined error | unclear | pending | pending |
//! | `91` | database error | unclear | unclear | unclear |
//! | `92` | general error | unclear | unclear | unclear |
//! | `103` | timeout | unclear | unclear | unclear |
//! | `105` | error at the biller | unclear | unclear | unclear |
//! | `42` | payment never received | unclear | unclear | not found |
//! | `02` | inquired only | unclear | unclear | not found |
//! | `06` | no such inquiry | unclear | refused: supplier | not found |
//! | `01` | paid already | not owed: paid | unclear | unclear |
//! | `34` | paid | not owed: paid | unclear | unclear |
//! | `40` | one or all are paid | not owed: paid | unclear | unclear |
//! | `10` | not yet billed | not owed: not yet | refused: customer | unclear |
//! | `30` | at the counter only | not owed: not payable | refused: supplier | unclear |
//! | `31` | more than the most there may be | not owed: not payable | refused: supplier | unclear |
//! | `32` | all periods must be paid | not owed: not payable | refused: supplier | unclear |
//! | `35` | other arrears first | not owed: not payable | refused: supplier | unclear |
//! | `36` | past due | not owed: not payable | refused: supplier | unclear |
//! | `41` | at the company only | not owed: not payable | refused: supplier | unclear |
//! | `14` | wrong number | not owed: unknown target | refused: supplier | unclear |
//! | `08` | billing id blocked | refused: customer | refused: supplier | unclear |
//! | `13` | number blocked | refused: customer | refused: supplier | unclear |
//! | `15` | number not supported | refused: customer | refused: supplier | unclear |
//! | `16` | number of another operator | refused: customer | refused: supplier | unclear |
//! | `108` | id cannot be used | refused: customer | refused: supplier | unclear |
//! | `04` | the inquiry is too old | unclear | refused: closed | unclear |
//! | `07` | failed at the biller | unclear | failed: supplier | failed: supplier |
//! | `33` | cannot be paid now | unclear | failed: supplier | failed: supplier |
//! | `37` | payment failed | unclear | failed: supplier | failed: supplier |
//! | `38` | payment failed | unclear | failed: supplier | failed: supplier |
//! | `20` | unknown product | refused: supplier | refused: supplier | unclear |
//! | `93` | wrong amount | refused: supplier | refused: supplier | unclear |
//! | `94` | the service has ended | refused: supplier | refused: supplier | unclear |
//! | `106` | product switched off | refused: supplier | refused: supplier | unclear |
//! | `109` | PLN's cut-off, 23:00 to 01:00 WIB | refused: closed | refused: closed | unclear |
//! | `110` | maintenance | refused: busy | refused: busy | unclear |
//! | `17` | our deposit is too low | refused: deposit | refused: deposit | unclear |
//! | `100` | wrong signature | refused: account | refused: account | unclear |
//! | `102` | our address is not allowed | refused: account | refused: account | unclear |
//! | `118` | account suspended | refused: account | refused: account | unclear |
//! | `03` | reference malformed | refused: us | refused: us | unclear |
//! | `101` | wrong command | refused: us | refused: us | unclear |
//! | `107` | body malformed | refused: us | refused: us | unclear |
//! | `117` | wrong path | refused: us | refused: us | unclear |
//! | `09` | inquiry failed | unclear | unclear | unclear |
//! | `11` | reference used before | unclear | unclear | unclear |
//!
//! IAK classes all but the first four as "failed". We deviate on purpose:
//! * `91`, `92`, `103` and `105` to a payment may mean that the biller has the money: checkstatus tells.
//! * So may "paid" (`01`, `34`, `40`) to a payment: it may have been paid by this very request, sent twice on the way.
//! * `42` and `02` are not failures but "not found": the inquiry is known and its payment is not. `06` to a checkstatus counts as
//!   that too, though nothing says so [unsure].
//! * What turned a *question* away says nothing about the payment that was asked about.
//! * How many bills are taken at once, and whom one can serve, differs between suppliers: what IAK does not pay for such a reason, asked or
//!   paid, another one may. Nobody can pay what is not billed yet (`10`).
//! * An old inquiry (`04`) formed nothing: the bill is asked for afresh the next time.
//! * PLN's night (`109`) is PLN's alone; maintenance (`110`) is IAK's.

use domain::fulfilment::Cause;
use ports::bill::NotOwed;

/// What a code means in the reply to an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inquired {
    Owed,
    NotOwed(NotOwed),
    Refused(Cause),
    /// It says nothing about what is owed.
    Nothing,
}

/// What a code means in the reply to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    Delivered,
    Processing,
    Failed,
    /// Nothing was formed.
    Refused(Cause),
    /// Nothing was formed: the next bill is not out.
    NotYet,
    /// Nothing was formed: this payment is not taken here.
    NotPayable,
    /// Nothing was formed: this number is not served here.
    NotServed,
    /// The money may be with the biller.
    Unclear,
}

/// What a code means in the reply to a checkstatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Delivered,
    Processing,
    Failed,
    /// The inquiry is known, its payment is not.
    NotPaid,
    /// Not even the inquiry is known.
    NoInquiry,
    /// It says nothing about the payment.
    Nothing,
}

/// Of the reply to an inquiry. Nothing: unknown.
pub fn inquired(rc: &str) -> Option<Inquired> {
    use NotOwed::{NotPayable, NotYet, Paid, UnknownTarget};
    Some(match rc {
        "00" => Inquired::Owed,
        "01" | "34" | "40" => Inquired::NotOwed(Paid),
        "10" => Inquired::NotOwed(NotYet),
        "14" => Inquired::NotOwed(UnknownTarget),
        "30" | "31" | "32" | "35" | "36" | "41" => Inquired::NotOwed(NotPayable),
        "39" | "201" | "05" | "91" | "92" | "103" | "105" | "42" | "02" | "06" | "04" | "07" | "33" | "37" | "38"
        | "09" | "11" => Inquired::Nothing,
        _ => Inquired::Refused(turned_away(rc)?),
    })
}

/// Of the reply to a payment. Nothing: unknown.
pub fn paid(rc: &str) -> Option<Paid> {
    Some(match rc {
        "00" => Paid::Delivered,
        "39" | "201" | "05" => Paid::Processing,
        "07" | "33" | "37" | "38" => Paid::Failed,
        "10" => Paid::NotYet,
        "30" | "31" | "32" | "35" | "36" | "41" => Paid::NotPayable,
        "14" => Paid::NotServed,
        "06" => Paid::Refused(Cause::Supplier),
        "04" => Paid::Refused(Cause::Closed),
        "01" | "34" | "40" | "91" | "92" | "103" | "105" | "42" | "02" | "09" | "11" => Paid::Unclear,
        _ => match turned_away(rc)? {
            Cause::Customer => Paid::NotServed,
            cause => Paid::Refused(cause),
        },
    })
}

/// Of the reply to a checkstatus. Nothing: unknown.
pub fn status(rc: &str) -> Option<Status> {
    Some(match paid(rc)? {
        Paid::Delivered => Status::Delivered,
        Paid::Processing => Status::Processing,
        Paid::Failed => Status::Failed,
        Paid::Refused(_) if rc == "06" => Status::NoInquiry,
        Paid::Unclear if matches!(rc, "42" | "02") => Status::NotPaid,
        Paid::Refused(_) | Paid::NotYet | Paid::NotPayable | Paid::NotServed | Paid::Unclear => Status::Nothing,
    })
}

/// What turns an inquiry and a payment away alike.
fn turned_away(rc: &str) -> Option<Cause> {
    Some(match rc {
        "08" | "13" | "15" | "16" | "108" => Cause::Customer,
        "20" | "93" | "94" | "106" => Cause::Supplier,
        "109" => Cause::Closed,
        "110" => Cause::Busy,
        "17" => Cause::Deposit,
        "100" | "102" | "118" => Cause::Account,
        "03" | "101" | "107" | "117" => Cause::Us,
        _ => return None,
    })
}

/// Address, account or signature: a person must mend it, asking again does not help.
pub fn lets_us_in(rc: &str) -> bool {
    turned_away(rc) != Some(Cause::Account)
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;

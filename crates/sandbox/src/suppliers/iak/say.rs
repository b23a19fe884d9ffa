//! IAK's words: response codes and what comes with them, states, serials (IAK documents). Pure.

use crate::goods::Why;
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::serial::{Made, fours};
use crate::reading::Reading;

pub const SUCCESS: &str = "00";
pub const PENDING: &str = "39";
pub const NO_TRANSACTION: &str = "06";
pub const FAILED: &str = "07";
pub const BLOCKED: &str = "13";
pub const WRONG_NUMBER: &str = "14";
pub const OTHER_OPERATOR: &str = "16";
pub const DEPOSIT: &str = "17";
pub const NO_PRODUCT: &str = "20";
pub const ADDRESS: &str = "102";
pub const PRODUCT_OFF: &str = "106";
pub const MALFORMED: &str = "107";
pub const MAINTENANCE: &str = "110";
pub const PATH: &str = "117";
pub const WRONG_PLAYER: &str = "141";
pub const WRONG_USER_ID: &str = "142";
pub const NO_GAME_CHECK: &str = "143";
pub const REPEAT: &str = "202";
pub const TOO_LONG: &str = "203";
pub const SIGN: &str = "204";

/// The code of a reason; [`FAILED`] where IAK has none.
pub fn rc(why: Why) -> &'static str {
    match why {
        Why::UnknownProduct => NO_PRODUCT,
        Why::Closed => PRODUCT_OFF,
        Why::WrongNumber => WRONG_NUMBER,
        Why::NumberTooLong => TOO_LONG,
        Why::OtherOperator => OTHER_OPERATOR,
        Why::WrongPlayer => WRONG_PLAYER,
        Why::WrongUserId => WRONG_USER_ID,
        Why::Blocked => BLOCKED,
        Why::Deposit => DEPOSIT,
        Why::Repeat => REPEAT,
        Why::Credentials => SIGN,
        Why::Address => ADDRESS,
        // Said by the HTTP status.
        Why::Busy => "",
        Why::Maintenance => MAINTENANCE,
        Why::Malformed => MALFORMED,
        Why::UnknownCode => "999",
        Why::UnknownClient
        | Why::Duplicate
        | Why::CutOff
        | Why::Price
        | Why::BillPaid
        | Why::BillNotFound
        | Why::InquiryExpired
        | Why::Failed => FAILED,
    }
}

/// The code a purchase has now.
pub fn rc_of(purchase: &Purchase) -> &str {
    match purchase.state {
        Delivery::Pending => PENDING,
        Delivery::Delivered => SUCCESS,
        Delivery::Failed | Delivery::Reversed => purchase.failed.as_ref().map_or(FAILED, |failed| failed.code(rc)),
    }
}

/// IAK's number for a state: 0 pending, 1 delivered, 2 failed or taken back.
pub fn status(state: Delivery) -> u8 {
    match state {
        Delivery::Pending => 0,
        Delivery::Delivered => 1,
        Delivery::Failed | Delivery::Reversed => 2,
    }
}

/// `sn` and `pin`.
pub fn serial(made: &Made, reading: Reading) -> (String, Option<String>) {
    match made {
        Made::Number(digits) => (digits.clone(), None),
        Made::Token { digits, kwh } => {
            let grouped = format!("{}/PT X/R1 /000001300/{kwh}", fours(digits));
            (reading.pick(grouped, format!("{digits}/PT X/R1M/900VA/{kwh}")), None)
        }
        Made::Code { letters, pin } => (fours(letters), Some(pin.clone())),
        Made::Voucher { letters, until } => (format!("{letters} / {until}"), None),
        Made::Wallet { holder, digits } => (format!("{holder} {digits}"), None),
    }
}

pub fn message(code: &str) -> &'static str {
    match code {
        SUCCESS => "SUCCESS",
        PENDING => "PROCESS",
        NO_TRANSACTION => "TRANSACTION NOT FOUND",
        FAILED => "FAILED",
        "10" => "REACH TOP UP LIMIT USING SAME DESTINATION NUMBER IN 1 DAY",
        "12" => "BALANCE MAXIMUM LIMIT EXCEED",
        BLOCKED => "CUSTOMER NUMBER BLOCKED",
        WRONG_NUMBER => "INCORRECT DESTINATION NUMBER",
        OTHER_OPERATOR => "NUMBER NOT MATCH WITH OPERATOR",
        DEPOSIT => "INSUFFICIENT DEPOSIT",
        NO_PRODUCT => "CODE NOT FOUND",
        ADDRESS => "INVALID IP ADDRESS",
        PRODUCT_OFF => "PRODUCT IS TEMPORARILY OUT OF SERVICE",
        MALFORMED => "ERROR IN XML OR JSON FORMAT",
        MAINTENANCE => "SYSTEM UNDER MAINTENANCE",
        PATH => "PAGE NOT FOUND",
        "118" => "ACCOUNT SUSPENDED",
        "121" => "MONTHLY TOP UP LIMIT EXCEED",
        "131" => "TOP UP REGION BLOCKED FOR PLAYER",
        WRONG_PLAYER => "INVALID USER ID / ZONE ID / SERVER ID / ROLENAME",
        WRONG_USER_ID => "INVALID USER ID",
        NO_GAME_CHECK => "GAME DOES NOT NEED ID CHECK",
        "201" => "UNDEFINED RESPONSE CODE",
        REPEAT => "MAXIMUM 1 NUMBER 1 TIME IN 1 DAY",
        TOO_LONG => "NUMBER IS TOO LONG",
        SIGN => "WRONG AUTHENTICATION",
        "205" => "WRONG COMMAND",
        "206" => "THIS DESTINATION NUMBER HAS BEEN BLOCKED",
        "207" => "MAXIMUM 1 NUMBER WITH ANY CODE 1 TIME IN 1 DAY",
        _ => "FAILED",
    }
}

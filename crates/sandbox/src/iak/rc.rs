//! IAK's response codes and the words that come with them (IAK documents). Pure.

pub const SUCCESS: &str = "00";
pub const PENDING: &str = "39";
pub const NO_TRANSACTION: &str = "06";
pub const FAILED: &str = "07";
pub const WRONG_NUMBER: &str = "14";
pub const OTHER_OPERATOR: &str = "16";
pub const DEPOSIT: &str = "17";
pub const NO_PRODUCT: &str = "20";
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

pub fn message(code: &str) -> &'static str {
    match code {
        SUCCESS => "SUCCESS",
        PENDING => "PROCESS",
        NO_TRANSACTION => "TRANSACTION NOT FOUND",
        FAILED => "FAILED",
        "10" => "REACH TOP UP LIMIT USING SAME DESTINATION NUMBER IN 1 DAY",
        "12" => "BALANCE MAXIMUM LIMIT EXCEED",
        "13" => "CUSTOMER NUMBER BLOCKED",
        WRONG_NUMBER => "INCORRECT DESTINATION NUMBER",
        OTHER_OPERATOR => "NUMBER NOT MATCH WITH OPERATOR",
        DEPOSIT => "INSUFFICIENT DEPOSIT",
        NO_PRODUCT => "CODE NOT FOUND",
        "102" => "INVALID IP ADDRESS",
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

//! BillFazz's error codes, each with its HTTP status, and what it means in each place it can stand; specified by us. Code and
//! status must both fit: another pair is unknown. The table is read by a test, which compares each cell with what the adapter
//! answers.
//!
//! | code | HTTP | purchase | bill inquiry | bill payment | status | inquiry |
//! |---|---|---|---|---|---|---|
//! | `INVALID_CREDENTIAL` | 401 | refused: account | refused: account | refused: account | unclear | not let in |
//! | `IP_NOT_ALLOWED` | 403 | refused: account | refused: account | refused: account | unclear | not let in |
//! | `INSUFFICIENT_DEPOSIT` | 402 | refused: deposit | refused: deposit | refused: deposit | unclear | unavailable |
//! | `INVALID_DESTINATION` | 422 | refused: customer | no such number | refused: customer | unclear | no such target |
//! | `PRODUCT_NOT_FOUND` | 404 | refused: supplier | refused: supplier | refused: supplier | unclear | not offered |
//! | `PRODUCT_INACTIVE` | 422 | refused: supplier | refused: supplier | refused: supplier | unclear | unavailable |
//! | `PRODUCT_PROBLEM` | 503 | refused: supplier | refused: supplier | refused: supplier | unclear | unavailable |
//! | `CUTOFF` | 503 | refused: closed | refused: closed | refused: closed | unclear | unavailable |
//! | `TOO_MANY_REQUESTS` | 429 | refused: busy | refused: busy | refused: busy | unclear | not now |
//! | `BILL_ALREADY_PAID` | 422 | unclear | paid | unclear | unclear | unavailable |
//! | `BILL_NOT_FOUND` | 404 | unclear | no such number | refused: supplier | unclear | unavailable |
//! | `INQUIRY_EXPIRED` | 410 | unclear | unclear | refused: closed | unclear | unavailable |
//! | `DUPLICATE_REF` | 409 | unclear | unclear | unclear | unclear | unavailable |
//! | `REF_MISMATCH` | 409 | unclear | unclear | unclear | unclear | unavailable |
//! | `ORDER_NOT_FOUND` | 404 | unclear | unclear | unclear | not found | unavailable |
//! | `INTERNAL` | 500 | unclear | unclear | unclear | unclear | unavailable |
//!
//! * A bill that is "already paid" when it is to be paid may have been paid by our own request: it is asked about. An inquiry
//!   that is too old is made afresh the next time.
//! * `CUTOFF` is the hour of one biller, and says nothing of what the others sell.
//! * `DUPLICATE_REF` brings the first order with it. It is asked for all the same: one way to learn how an order stands.
//! * What turned a *question* away says nothing about the purchase that was asked about.
//! * 503 is a proxy's word as well. These two are believed, for no proxy writes such a body.
//! * The same codes stand in an order that failed (`errorCode`): there it was formed, and the number or our deposit is to blame
//!   or else the supplier. `BILL_ALREADY_PAID` ends its item under the domain's own word: nobody else is to pay it.

use adapters_kit::word;
use domain::fulfilment::{BILL_PAID, Cause};
use ports::bill::NotOwed;

/// What an error says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Whatever was asked for: not by us, not here, not now.
    TurnedAway(Cause),
    WrongNumber,
    NoSuchBill,
    BillPaid,
    InquiryTooOld,
    NoSuchOrder,
    /// Nobody knows: ask.
    Unknown,
}

/// Of a code with its HTTP status. Nothing: in no list.
pub fn meaning(http: u16, code: &str) -> Option<Meaning> {
    use Cause::{Account, Busy, Closed, Deposit, Supplier};
    Some(match (http, code) {
        (401, "INVALID_CREDENTIAL") | (403, "IP_NOT_ALLOWED") => Meaning::TurnedAway(Account),
        (402, "INSUFFICIENT_DEPOSIT") => Meaning::TurnedAway(Deposit),
        (422, "INVALID_DESTINATION") => Meaning::WrongNumber,
        (404, "PRODUCT_NOT_FOUND") | (422, "PRODUCT_INACTIVE") | (503, "PRODUCT_PROBLEM") => {
            Meaning::TurnedAway(Supplier)
        }
        (503, "CUTOFF") => Meaning::TurnedAway(Closed),
        (429, "TOO_MANY_REQUESTS") => Meaning::TurnedAway(Busy),
        (422, "BILL_ALREADY_PAID") => Meaning::BillPaid,
        (404, "BILL_NOT_FOUND") => Meaning::NoSuchBill,
        (410, "INQUIRY_EXPIRED") => Meaning::InquiryTooOld,
        (404, "ORDER_NOT_FOUND") => Meaning::NoSuchOrder,
        (409, "DUPLICATE_REF" | "REF_MISMATCH") | (500, "INTERNAL") => Meaning::Unknown,
        _ => return None,
    })
}

impl Meaning {
    /// Why a purchase was refused, before anything was formed. Nothing: it does not say that.
    pub const fn refuses_purchase(self) -> Option<Cause> {
        match self {
            Self::TurnedAway(cause) => Some(cause),
            Self::WrongNumber => Some(Cause::Customer),
            Self::NoSuchBill | Self::BillPaid | Self::InquiryTooOld | Self::NoSuchOrder | Self::Unknown => None,
        }
    }

    /// The same of a bill's payment.
    pub const fn refuses_payment(self) -> Option<Cause> {
        match self {
            Self::NoSuchBill => Some(Cause::Supplier),
            Self::InquiryTooOld => Some(Cause::Closed),
            Self::TurnedAway(_) | Self::WrongNumber | Self::BillPaid | Self::NoSuchOrder | Self::Unknown => {
                self.refuses_purchase()
            }
        }
    }

    /// What it tells about a bill that was asked for.
    pub const fn not_owed(self) -> Option<NotOwed> {
        match self {
            Self::WrongNumber | Self::NoSuchBill => Some(NotOwed::UnknownTarget),
            Self::BillPaid => Some(NotOwed::Paid),
            Self::TurnedAway(_) | Self::InquiryTooOld | Self::NoSuchOrder | Self::Unknown => None,
        }
    }
}

/// Why an order failed that had been formed, and the word for it. Where nothing is said, or something else, it is the supplier's.
pub fn failed(error_code: Option<&str>) -> (Cause, String) {
    let own = || error_code.map_or_else(|| "failed".to_owned(), word);
    match error_code {
        Some("BILL_ALREADY_PAID") => (Cause::Customer, BILL_PAID.to_owned()),
        Some("INVALID_DESTINATION") => (Cause::Customer, own()),
        Some("INSUFFICIENT_DEPOSIT") => (Cause::Deposit, own()),
        Some(_) | None => (Cause::Supplier, own()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::Private;
    use domain::catalogue::Category;
    use domain::fulfilment::Answer;
    use ports::bill::{BillAnswer, BillQuery};
    use ports::inquiry::{Finding, Inquiry};
    use ports::supplier::ReadFailed;
    use serde_json::json;

    use super::*;
    use crate::map::{About, Asked, answer};
    use crate::{bill, inquiry};

    const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

    /// Code, HTTP status and the five answers.
    fn table() -> Vec<(&'static str, u16, Vec<&'static str>)> {
        let rows = include_str!("codes.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        rows.map(|row| {
            let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
            let code = cells.next().unwrap().trim_end_matches('`');
            (code, cells.next().unwrap().parse().unwrap(), cells.collect())
        })
        .collect()
    }

    fn error(code: &str) -> Vec<u8> {
        json!({ "code": code, "message": "no" }).to_string().into_bytes()
    }

    fn purchase_word(asked: Asked, http: u16, code: &str) -> String {
        let reference = REFERENCE.parse().unwrap();
        let about = About { reference: &reference, code: Some("TLKM5"), category: Some(Category::Airtime) };
        match answer(asked, about, http, &error(code)) {
            Answer::Refused { cause, code: told } => {
                assert_eq!(told, code);
                format!("refused: {cause}")
            }
            Answer::NotFound => "not found".into(),
            Answer::Unclear { .. } => "unclear".into(),
            other => panic!("{other:?}"),
        }
    }

    fn bill_word(http: u16, code: &str) -> String {
        let query = BillQuery {
            reference: REFERENCE.parse().unwrap(),
            code: "PLN".into(),
            target: Private::new("530000000001"),
            category: Category::PlnBill,
            months: None,
        };
        match bill::read(&query, http, &error(code)) {
            BillAnswer::NotOwed(NotOwed::Paid) => "paid".into(),
            BillAnswer::NotOwed(NotOwed::UnknownTarget) => "no such number".into(),
            BillAnswer::Refused { cause, code: told } => {
                assert_eq!(told, code);
                format!("refused: {cause}")
            }
            BillAnswer::Unclear { .. } => "unclear".into(),
            other => panic!("{other:?}"),
        }
    }

    fn inquiry_word(http: u16, code: &str) -> String {
        let asked = Inquiry::PlnMeter { number: Private::new("12345678901") };
        match inquiry::read(&asked, http, &error(code)) {
            Ok(Finding::NoSuchTarget) => "no such target".into(),
            Ok(Finding::NotOffered) => "not offered".into(),
            Err(ReadFailed::Unauthorised(_)) => "not let in".into(),
            Err(ReadFailed::Busy(_)) => "not now".into(),
            Err(ReadFailed::Unavailable(_)) => "unavailable".into(),
            Ok(other) => panic!("{other:?}"),
        }
    }

    fn words(http: u16, code: &str) -> Vec<String> {
        vec![
            purchase_word(Asked::Purchase, http, code),
            bill_word(http, code),
            purchase_word(Asked::Payment, http, code),
            purchase_word(Asked::Status, http, code),
            inquiry_word(http, code),
        ]
    }

    #[test]
    fn every_code_means_in_every_place_what_the_table_says() {
        let table = table();
        assert_eq!(table.len(), 16);
        for (code, http, cells) in table {
            assert_eq!(words(http, code), cells, "{code}");
            assert!(meaning(http, code).is_some(), "{code}");
        }
    }

    #[test]
    fn no_other_pair_of_code_and_status_says_anything() {
        let table = table();
        let pairs: BTreeSet<(u16, &str)> = table.iter().map(|(code, http, _)| (*http, *code)).collect();
        let statuses = [0, 202, 204, 301, 307, 400, 401, 402, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504];
        let codes = table.iter().map(|(code, _, _)| *code).chain(["", "cutoff", "CUTOFF ", "MAINTENANCE", "OK", "0"]);
        for code in codes {
            for http in statuses.into_iter().filter(|http| !pairs.contains(&(*http, code))) {
                assert_eq!(meaning(http, code), None, "{http} {code}");
                assert_eq!(
                    words(http, code),
                    ["unclear", "unclear", "unclear", "unclear", "unavailable"],
                    "{http} {code}"
                );
            }
        }
    }
}

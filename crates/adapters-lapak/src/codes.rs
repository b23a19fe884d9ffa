//! Lapak's result codes (Lapak docs, "status codes", and public client code): every one, and what it means in each of the four
//! places it can stand. The table below is read by a test, which compares each cell with what the adapter answers.
//!
//! | code | Lapak says | order | status | callback | player check |
//! |---|---|---|---|---|---|
//! | `SUCCESS` | accepted, or found | pending | delivered | delivered | found |
//! | `UNAUTHORIZED` | key or address not known | refused: account | unclear | unclear | not let in |
//! | `NOT_ALLOWED` | not for this account | refused: account | unclear | unclear | not let in |
//! | `PRODUCT_NOT_FOUND` | our list is old | refused: supplier | unclear | unclear | unavailable |
//! | `PROVIDER_NOT_FOUND` | our list is old | refused: supplier | unclear | unclear | unavailable |
//! | `PRODUCT_EMPTY` | not in stock | refused: supplier | unclear | unclear | unavailable |
//! | `STOCK_NOT_FOUND` | not in stock | refused: supplier | unclear | unclear | unavailable |
//! | `PROVIDER_INACTIVE` | its provider is off | refused: supplier | unclear | unclear | unavailable |
//! | `PRICE_NOT_MATCH` | the price has changed | refused: price | unclear | unclear | unavailable |
//! | `USER_ID_EMPTY` | no player | refused: customer | unclear | unclear | unavailable |
//! | `USER_ID_CONTAIN_SPACE` | no player | refused: customer | unclear | unclear | unavailable |
//! | `INVALID_USER_ID_OR_ADDITIONAL_ID` | wrong player or zone | refused: customer | unclear | unclear | no such target |
//! | `BAD_REQUEST` | something in the request is wrong | refused: us | unclear | unclear | unavailable |
//! | `INSUFFICIENT_BALANCE` | our deposit is too low | refused: deposit | unclear | unclear | unavailable |
//! | `TID_NOT_FOUND` | no such order | unclear | not found | unclear | unavailable |
//! | `TRANSACTION_EXIST` | this reference was used | unclear | unclear | unclear | unavailable |
//! | `SYSTEM_ERROR` | something broke there | unclear | unclear | unclear | unavailable |
//! | `UNKNOWN_ERROR` | something broke there | unclear | unclear | unclear | unavailable |
//! | `CATEGORY_NOT_FOUND` | no such game | unclear | unclear | unclear | not offered |
//! | `INACTIVE` | the check is off | unclear | unclear | unclear | unavailable |
//! | `ERROR` | the check failed | unclear | unclear | unclear | unavailable |
//! | `URL_NOT_FOUND` | the check is not set up | unclear | unclear | unclear | unavailable |
//!
//! * What turned a *question* away says nothing about the order that was asked about, which may be on its way.
//! * `BAD_REQUEST` may be the customer's input as well as ours; nobody can tell, so another supplier may serve it and a person
//!   looks.
//! * `TRANSACTION_EXIST` is no code of the docs: a public client takes it for the answer to a reference used before. An order
//!   is sent once, so it is asked about like any other doubt.
//! * Whether `TID_NOT_FOUND` proves anything is disputed (the docs promise that a reference is kept, an integrator denies it): it
//!   is told as "not found", and `TRUST_ABSENCE` says what that is worth.
//! * HTTP 429 stands for itself, whatever its body: nothing was formed.

use domain::fulfilment::Cause;

/// What a code means in a reply about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Success,
    /// Turned down before anything was formed.
    Declined(Cause),
    NoSuchOrder,
    /// Known, and nothing follows from it.
    Unsure,
}

/// Of a reply about an order. Nothing: unknown there.
pub fn meaning(code: &str) -> Option<Meaning> {
    use Cause::{Account, Customer, Deposit, Price, Supplier, Us};
    Some(match code {
        "SUCCESS" => Meaning::Success,
        "UNAUTHORIZED" | "NOT_ALLOWED" => Meaning::Declined(Account),
        "PRODUCT_NOT_FOUND" | "PROVIDER_NOT_FOUND" | "PRODUCT_EMPTY" | "STOCK_NOT_FOUND" | "PROVIDER_INACTIVE" => {
            Meaning::Declined(Supplier)
        }
        "PRICE_NOT_MATCH" => Meaning::Declined(Price),
        "USER_ID_EMPTY" | "USER_ID_CONTAIN_SPACE" | "INVALID_USER_ID_OR_ADDITIONAL_ID" => Meaning::Declined(Customer),
        "BAD_REQUEST" => Meaning::Declined(Us),
        "INSUFFICIENT_BALANCE" => Meaning::Declined(Deposit),
        "TID_NOT_FOUND" => Meaning::NoSuchOrder,
        "TRANSACTION_EXIST" | "SYSTEM_ERROR" | "UNKNOWN_ERROR" => Meaning::Unsure,
        _ => return None,
    })
}

/// What a code means in the reply to a player check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Found,
    WrongTarget,
    UnknownGame,
    /// It says nothing about what was asked.
    Nothing,
}

/// Of the reply to a player check.
pub fn told(code: &str) -> Told {
    match code {
        "SUCCESS" => Told::Found,
        "INVALID_USER_ID_OR_ADDITIONAL_ID" => Told::WrongTarget,
        "CATEGORY_NOT_FOUND" => Told::UnknownGame,
        _ => Told::Nothing,
    }
}

/// Key, account or address: a person must mend it, asking again does not help.
pub fn lets_us_in(code: &str) -> bool {
    !matches!(code, "UNAUTHORIZED" | "NOT_ALLOWED")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::Reference;
    use domain::fulfilment::Answer;
    use ports::inquiry::Finding;
    use ports::supplier::ReadFailed;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::inquiry;
    use crate::map::{Asked, answer};

    /// The table of the module's own words: code and the four answers.
    fn table() -> Vec<(&'static str, Vec<&'static str>)> {
        let rows = include_str!("codes.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        rows.map(|row| {
            let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
            let code = cells.next().unwrap().trim_end_matches('`');
            (code, cells.skip(1).collect())
        })
        .collect()
    }

    /// A reply with this code, and what goes with it where it worked.
    fn reply(code: &str) -> String {
        let order = json!({
            "tid": "RA171341142175668140", "total_price": 19_500, "status": "SUCCESS", "name": "Budi",
            "transactions": [{ "id": "1", "status": "SUCCESS", "note": "sent", "voucher_code": "" }],
        });
        let data = if code == "SUCCESS" { order } else { Value::Null };
        json!({ "code": code, "data": data }).to_string()
    }

    fn order_word(asked: Asked, code: &str) -> String {
        let reference: Reference = "AAAAAAAAAAAAAAAAAAA2".parse().unwrap();
        match answer(asked, &reference, 200, reply(code).as_bytes()) {
            Answer::Delivered { .. } => "delivered".into(),
            Answer::Pending { .. } => "pending".into(),
            Answer::Refused { cause, code: told } => {
                assert_eq!(told, code);
                format!("refused: {cause}")
            }
            Answer::Failed { cause, .. } => format!("failed: {cause}"),
            Answer::NotFound => "not found".into(),
            Answer::Unclear { .. } => "unclear".into(),
        }
    }

    fn player_word(code: &str) -> &'static str {
        match inquiry::read(200, reply(code).as_bytes()) {
            Ok(Finding::NoSuchTarget) => "no such target",
            Ok(Finding::NotOffered) => "not offered",
            Ok(_) => "found",
            Err(ReadFailed::Unauthorised(_)) => "not let in",
            Err(ReadFailed::Busy(_)) => "not now",
            Err(ReadFailed::Unavailable(_)) => "unavailable",
        }
    }

    #[test]
    fn every_code_means_in_every_place_what_the_table_says() {
        let table = table();
        assert_eq!(table.len(), 22);
        for (code, cells) in table {
            let answers = [
                order_word(Asked::Order, code),
                order_word(Asked::Status, code),
                order_word(Asked::Callback, code),
                player_word(code).to_owned(),
            ];
            assert_eq!(answers.as_slice(), cells, "{code}");
        }
    }

    proptest! {
        #[test]
        fn no_code_is_known_that_the_table_does_not_name(code in "[A-Z_]{1,24}") {
            let named: BTreeSet<&str> = table().into_iter().map(|(code, _)| code).collect();
            prop_assume!(!named.contains(code.as_str()));
            prop_assert_eq!(meaning(&code), None);
            prop_assert_eq!(told(&code), Told::Nothing);
            prop_assert!(lets_us_in(&code));
        }
    }
}

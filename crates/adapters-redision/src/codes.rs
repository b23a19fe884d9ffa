//! Redision's result codes and status codes: every one, and what it means in each place it can stand. `E0001`, `E0023` and the
//! status codes were seen in public client code; the other result codes are specified by us. A test reads the tables and
//! compares each cell with what the adapter answers.
//!
//! | retcode | Redision says | top-up | check |
//! |---|---|---|---|
//! | `0000` | accepted | by its status code | by its status code |
//! | `E0001` | unknown client | refused: account | unclear |
//! | `E0002` | wrong bodysign | refused: account | unclear |
//! | `E0003` | our address is not allowed | refused: account | unclear |
//! | `E0010` | the number is of another operator | refused: customer | failed: customer |
//! | `E0011` | the sku is closed | refused: supplier | failed: supplier |
//! | `E0012` | the price is above max_price | refused: price | failed: price |
//! | `E0015` | our deposit is too low | refused: deposit | unclear |
//! | `E0020` | the number is wrong | refused: customer | failed: customer |
//! | `E0023` | the reference was used before | unclear | unclear |
//! | `E0030` | no transaction of this reference | unclear | not found |
//! | `E0050` | error upstream | unclear | unclear |
//! | `E0051` | no answer upstream | unclear | unclear |
//! | `E0099` | maintenance | refused: busy | unclear |
//!
//! | status_code | Redision says | reply with `0000` | word of a callback |
//! |---|---|---|---|
//! | `1000` | final success | delivered | success |
//! | `1001` | pending | pending | pending |
//! | `1003` | paid, the delivery is not yet confirmed | pending | pending |
//! | `1005` | failed | failed: supplier | failed |
//!
//! * `E0023` is not a failure: the reference may be that of our own purchase, so it is asked about.
//! * A sku in its own closed hours is held to be closed (`E0011`), not in maintenance, which is all of Redision's; specified by us.
//! * What turned a *question* away (client, signature, address, deposit, maintenance) says nothing about the purchase that was
//!   asked about, which may be on its way. What was declined is told by a check only with the status code 1005 beside it.
//! * HTTP status 500 goes with errors upstream and means nobody knows, whatever its body says; so does every status but 200,
//!   400, and those that say in HTTP's words what the code says (401 and 403 of the client, 404 of a reference).

use domain::fulfilment::Cause;

/// What a result code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The status code beside it tells.
    Accepted,
    /// This purchase was turned down.
    Declined(Cause),
    /// The request was turned away before anybody looked at a purchase.
    TurnedAway(Cause),
    NoSuchTransaction,
    /// Nobody knows: ask.
    Unknown,
}

/// Nothing: in no list.
pub fn meaning(retcode: &str) -> Option<Meaning> {
    use Cause::{Account, Busy, Customer, Deposit, Price, Supplier};
    Some(match retcode {
        "0000" => Meaning::Accepted,
        "E0001" | "E0002" | "E0003" => Meaning::TurnedAway(Account),
        "E0010" | "E0020" => Meaning::Declined(Customer),
        "E0011" => Meaning::Declined(Supplier),
        "E0012" => Meaning::Declined(Price),
        "E0015" => Meaning::TurnedAway(Deposit),
        "E0023" | "E0050" | "E0051" => Meaning::Unknown,
        "E0030" => Meaning::NoSuchTransaction,
        "E0099" => Meaning::TurnedAway(Busy),
        _ => return None,
    })
}

impl Meaning {
    /// Whether a reply of this HTTP status may say so.
    pub const fn fits(self, http: u16) -> bool {
        match (http, self) {
            (200, _) => true,
            (400, Self::Accepted) => false,
            (400, _) => true,
            (401 | 403, Self::TurnedAway(Cause::Account)) => true,
            (404, Self::NoSuchTransaction) => true,
            _ => false,
        }
    }
}

/// How a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Delivered,
    Pending,
    Failed,
}

/// Nothing: in no list.
pub fn state(status_code: &str) -> Option<State> {
    match status_code {
        "1000" => Some(State::Delivered),
        "1001" | "1003" => Some(State::Pending),
        "1005" => Some(State::Failed),
        _ => None,
    }
}

impl State {
    /// The word beside it in a callback.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "success",
            Self::Pending => "pending",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::fulfilment::Answer;
    use serde_json::json;

    use super::*;
    use crate::map::{Asked, answer};

    const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

    /// The rows of the module's own tables whose codes have this beginning: code and answers.
    fn table(beginning: &str) -> Vec<(&'static str, Vec<&'static str>)> {
        let rows = include_str!("codes.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        rows.filter(|row| row.starts_with(beginning))
            .map(|row| {
                let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
                let code = cells.next().unwrap().trim_end_matches('`');
                (code, cells.skip(1).collect())
            })
            .collect()
    }

    fn word(answer: &Answer) -> String {
        match answer {
            Answer::Delivered { .. } => "delivered".into(),
            Answer::Pending { .. } => "pending".into(),
            Answer::Refused { cause, .. } => format!("refused: {cause}"),
            Answer::Failed { cause, .. } => format!("failed: {cause}"),
            Answer::NotFound => "not found".into(),
            Answer::Unclear { .. } => "unclear".into(),
        }
    }

    /// A whole reply with this code, and with the purchase beside it where there is one to speak of.
    fn reply(asked: Asked, retcode: &str, status_code: Option<&str>) -> String {
        let data = status_code.map(|status_code| {
            json!({ "merchant_transaction_id": REFERENCE, "reference_id": "RD1", "status_code": status_code, "price": 10_350 })
        });
        let declined = json!({ "merchant_transaction_id": REFERENCE, "status_code": 1005 });
        let data = data.or_else(|| (asked == Asked::Check && is_declined(retcode)).then_some(declined));
        json!({ "success": retcode == "0000", "retcode": retcode, "message": "x", "data": data }).to_string()
    }

    fn is_declined(retcode: &str) -> bool {
        matches!(meaning(retcode), Some(Meaning::Declined(_)))
    }

    fn ask(asked: Asked, body: &str) -> String {
        word(&answer(asked, &REFERENCE.parse().unwrap(), 200, body.as_bytes()))
    }

    #[test]
    fn every_result_code_means_in_every_place_what_the_table_says() {
        let table = table("E");
        assert_eq!(table.len(), 13);
        for (retcode, cells) in table {
            let answers = [Asked::TopUp, Asked::Check].map(|asked| ask(asked, &reply(asked, retcode, None)));
            assert_eq!(answers.as_slice(), cells, "{retcode}");
        }
    }

    #[test]
    fn every_status_code_means_what_the_table_says() {
        let table = table("1");
        assert_eq!(table.len(), 4);
        for (status_code, cells) in table {
            for asked in [Asked::TopUp, Asked::Check] {
                assert_eq!(ask(asked, &reply(asked, "0000", Some(status_code))), cells[0], "{status_code}");
            }
            assert_eq!(state(status_code).map(State::word), Some(cells[1]), "{status_code}");
        }
    }

    #[test]
    fn no_code_is_known_that_the_tables_do_not_name() {
        let named: BTreeSet<&str> = ["E", "0", "1"].into_iter().flat_map(table).map(|(code, _)| code).collect();
        let texts =
            (0..=9_999).flat_map(|n: u32| [n.to_string(), format!("{n:04}"), format!("E{n:04}"), format!("E{n}")]);
        for code in texts.filter(|code| !named.contains(code.as_str())) {
            assert_eq!((meaning(&code), state(&code)), (None, None), "{code}");
        }
        assert_eq!(named.len(), 18);
    }

    #[test]
    fn a_code_is_believed_with_the_http_statuses_that_go_with_it() {
        let all: Vec<Meaning> =
            table("E").into_iter().chain(table("0")).filter_map(|(code, _)| meaning(code)).collect();
        for meaning in all {
            assert!(meaning.fits(200));
            assert_eq!(meaning.fits(400), meaning != Meaning::Accepted);
            assert_eq!(meaning.fits(401), meaning == Meaning::TurnedAway(Cause::Account));
            assert_eq!(meaning.fits(404), meaning == Meaning::NoSuchTransaction);
            for http in [0, 201, 202, 301, 307, 409, 429, 500, 502, 503, 504] {
                assert!(!meaning.fits(http), "{http}");
            }
        }
    }
}

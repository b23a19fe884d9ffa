//! Digiflazz's result codes (Digiflazz docs, "response code"): every one, and what it means in each of the five places it can stand.
//! Their table says of each whether a transaction was formed. The table below is read by a test, which compares each cell with what
//! the adapter answers.
//!
//! | rc | Digiflazz says | purchase | bill payment | question | webhook | bill inquiry |
//! |---|---|---|---|---|---|---|
//! | `00` | done | delivered | delivered | delivered | delivered | owed |
//! | `03` | under way | pending | pending | pending | pending | unclear |
//! | `99` | under way, their router is not sure | pending | pending | pending | pending | unclear |
//! | `01` | no answer in time | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `02` | failed | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `50` | no such transaction | failed: supplier | refused: supplier | not found | unclear | unclear |
//! | `51` | the number is blocked | failed: customer | failed: customer | failed: customer | failed: customer | not payable |
//! | `52` | another operator's number | failed: customer | failed: customer | failed: customer | failed: customer | unknown target |
//! | `53` | the seller's product is off | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `54` | wrong number | failed: customer | failed: customer | failed: customer | failed: customer | unknown target |
//! | `55` | the product is disturbed | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `57` | too many or too few digits | failed: customer | failed: customer | failed: customer | failed: customer | unknown target |
//! | `58` | not at this hour | failed: supplier | failed: supplier | failed: supplier | failed: supplier | refused: closed |
//! | `59` | number out of reach or region | failed: customer | failed: customer | failed: customer | failed: customer | not payable |
//! | `60` | the bill is not there (yet) | unclear | unclear | unclear | unclear | not yet |
//! | `70` | the biller gave no answer | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `71` | the product is unstable | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `72` | the order must be split | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `73` | the meter's limit of kWh | failed: customer | failed: customer | failed: customer | failed: customer | not payable |
//! | `74` | paid back | failed: supplier | failed: supplier | failed: supplier | failed: supplier | unclear |
//! | `40` | the request cannot be read | refused: us | refused: us | unclear | unclear | refused: us |
//! | `41` | wrong signature | refused: account | refused: account | unclear | unclear | refused: account |
//! | `42` | the interface cannot serve it | refused: us | refused: us | unclear | unclear | refused: us |
//! | `43` | no such product, or it is off | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `44` | our deposit is too low | refused: deposit | refused: deposit | unclear | unclear | refused: deposit |
//! | `45` | our address is not known | refused: account | refused: account | unclear | unclear | refused: account |
//! | `47` | the same transaction is under way elsewhere | refused: repeat | refused: repeat | unclear | unclear | refused: repeat |
//! | `49` | the reference is not new | unclear | unclear | unclear | unclear | unclear |
//! | `56` | the seller's deposit is too low | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `61` | no deposit was ever made | refused: deposit | refused: deposit | unclear | unclear | refused: deposit |
//! | `62` | the seller is disturbed | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `63` | not twice for one number | refused: repeat | refused: repeat | unclear | unclear | refused: repeat |
//! | `64` | the ticket cannot be taken | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `65` | too many for one number | refused: repeat | refused: repeat | unclear | unclear | refused: repeat |
//! | `66` | the seller is at work on it | refused: closed | refused: closed | unclear | unclear | refused: closed |
//! | `67` | the seller has a problem | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `68` | not in stock | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `69` | dearer than our price | refused: price | refused: price | unclear | unclear | refused: price |
//! | `80` | our account is blocked by the seller | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `81` | the seller is blocked by us | refused: supplier | refused: supplier | unclear | unclear | refused: supplier |
//! | `82` | our account is not verified | refused: account | refused: account | unclear | unclear | refused: account |
//! | `83` | too many price lists | refused: busy | refused: busy | unclear | unclear | refused: busy |
//! | `84` | the amount is not allowed | refused: us | refused: us | unclear | unclear | refused: us |
//! | `85` | too many transactions | refused: busy | refused: busy | unclear | unclear | refused: busy |
//! | `86` | too many checks of meters | refused: closed | refused: closed | unclear | unclear | refused: closed |
//!
//! * What turned a *question* away says nothing about the transaction that was asked about, which may be on its way.
//! * `50` is said of a payment whose inquiry they do not know, and of a question: nothing is formed then. That a prepaid purchase can
//!   end with it, their table says: it is formed, and failed. Specified by us.
//! * `60` has one word for a bill that is paid and one that is not out yet. Said of a payment, wherever, it may be our own doing: in the
//!   end a person finds out. Where it answers an inquiry, it must name it like all that was formed.
//! * `00` without a serial is no payment: an inquiry, which bears the same reference, may be said to be done in that way. To the payment
//!   itself it is under way, to a question or in a webhook unclear. A biller that never gives one ends with a person. Specified by us.
//! * Behind each product stands one seller of many: what is between us and a seller (`80`, `81`), and what a seller is busy with (`66`), says
//!   nothing of the others. Nor does PLN's limit (`86`) of what is not PLN's.
//! * `49`: an order is sent once, so that it is asked about like any other doubt.

use domain::fulfilment::Cause;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Success,
    Pending,
    /// Formed, and failed.
    Failed(Cause),
    /// Turned down before anything was formed.
    Declined(Cause),
    /// There is no such transaction.
    Unknown,
    /// There is nothing to pay.
    NoBill,
    /// Nothing follows from it.
    Unsure,
}

/// Nothing: unknown.
pub fn meaning(rc: &str) -> Option<Meaning> {
    use Cause::{Account, Busy, Closed, Customer, Deposit, Price, Repeat, Supplier, Us};
    Some(match rc {
        "00" => Meaning::Success,
        "03" | "99" => Meaning::Pending,
        "01" | "02" | "53" | "55" | "58" | "70" | "71" | "72" | "74" => Meaning::Failed(Supplier),
        "51" | "52" | "54" | "57" | "59" | "73" => Meaning::Failed(Customer),
        "50" => Meaning::Unknown,
        "60" => Meaning::NoBill,
        "43" | "56" | "62" | "64" | "67" | "68" | "80" | "81" => Meaning::Declined(Supplier),
        "69" => Meaning::Declined(Price),
        "44" | "61" => Meaning::Declined(Deposit),
        "41" | "45" | "82" => Meaning::Declined(Account),
        "40" | "42" | "84" => Meaning::Declined(Us),
        "66" | "86" => Meaning::Declined(Closed),
        "83" | "85" => Meaning::Declined(Busy),
        "47" | "63" | "65" => Meaning::Declined(Repeat),
        "49" => Meaning::Unsure,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::Reference;
    use domain::catalogue::Category;
    use domain::fulfilment::Answer;
    use ports::bill::{BillAnswer, NotOwed};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::bill;
    use crate::map::{About, Asked, answer};

    const OURS: &str = "AAAAAAAAAAAAAAAAAAA2";

    /// The table of the module's own words: code and the five answers.
    fn table() -> Vec<(&'static str, Vec<&'static str>)> {
        let rows = include_str!("codes.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        rows.map(|row| {
            let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
            let code = cells.next().unwrap().trim_end_matches('`');
            (code, cells.skip(1).collect())
        })
        .collect()
    }

    /// A reply with this code, and the status that goes with it.
    fn reply(rc: &str) -> Vec<u8> {
        let status = match rc {
            "00" => "Sukses",
            "03" | "99" => "Pending",
            _ => "Gagal",
        };
        let data = json!({
            "rc": rc, "status": status, "ref_id": OURS, "buyer_sku_code": "x-1", "price": 100_500, "sn": "0123456789",
            "customer_name": "BUDI", "selling_price": 103_000, "admin": 3_000,
        });
        json!({ "data": data }).to_string().into_bytes()
    }

    fn words(rc: &str) -> Vec<String> {
        let reference: Reference = OURS.parse().unwrap();
        let about = About { reference: &reference, code: Some("x-1"), category: None };
        let asked = [Asked::Purchase, Asked::Payment, Asked::Question, Asked::Webhook];
        let mut words: Vec<String> = asked
            .into_iter()
            .map(|asked| match answer(asked, &about, 200, &reply(rc)) {
                Answer::Delivered { .. } => "delivered".into(),
                Answer::Pending { .. } => "pending".into(),
                Answer::Refused { cause, code } => {
                    assert_eq!(code, rc);
                    format!("refused: {cause}")
                }
                Answer::Failed { cause, .. } => format!("failed: {cause}"),
                Answer::NotFound => "not found".into(),
                Answer::Unclear { .. } => "unclear".into(),
            })
            .collect();
        let about = About { category: Some(Category::PlnBill), ..about };
        words.push(match bill::read(&about, None, 200, &reply(rc), domain::Moment::UNIX_EPOCH) {
            BillAnswer::Owed(_) => "owed".into(),
            BillAnswer::NotOwed(NotOwed::Paid) => "paid".into(),
            BillAnswer::NotOwed(NotOwed::NotYet) => "not yet".into(),
            BillAnswer::NotOwed(NotOwed::UnknownTarget) => "unknown target".into(),
            BillAnswer::NotOwed(NotOwed::NotPayable) => "not payable".into(),
            BillAnswer::Refused { cause, .. } => format!("refused: {cause}"),
            BillAnswer::Unclear { .. } => "unclear".into(),
        });
        words
    }

    #[test]
    fn every_code_means_in_every_place_what_the_table_says() {
        let table = table();
        assert_eq!(table.len(), 45);
        for (rc, cells) in table {
            assert_eq!(words(rc), cells, "{rc}");
        }
    }

    proptest! {
        #[test]
        fn no_code_is_known_that_the_table_does_not_name(rc in "[0-9A-Za-z]{0,3}") {
            let named: BTreeSet<&str> = table().into_iter().map(|(rc, _)| rc).collect();
            prop_assume!(!named.contains(rc.as_str()));
            prop_assert_eq!(meaning(&rc), None);
            prop_assert!(words(&rc).iter().all(|word| word == "unclear"));
        }
    }
}

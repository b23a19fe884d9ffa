//! IAK's prepaid result codes (IAK docs, "prepaid response code"): every one, and what it means in each of the four places
//! it can stand. The table below is read by a test, which compares each cell with what the adapter answers.
//!
//! | rc | IAK says | top-up | status | callback | inquiry |
//! |---|---|---|---|---|---|
//! | `00` | delivered | delivered | delivered | delivered | found |
//! | `39` | being processed | pending | pending | pending | unavailable |
//! | `201` | code not yet defined there | pending | pending | pending | unavailable |
//! | `06` | no transaction of this reference | unclear | not found | unclear | unavailable |
//! | `07` | failed at the operator | failed: supplier | failed: supplier | failed: supplier | unavailable |
//! | `10` | today's limit of this number | refused: supplier | failed: supplier | failed: supplier | unavailable |
//! | `12` | the wallet would be too full | refused: customer | failed: customer | failed: customer | unavailable |
//! | `13` | number blocked | refused: customer | failed: customer | failed: customer | unavailable |
//! | `14` | wrong number | refused: customer | failed: customer | failed: customer | no such target |
//! | `16` | number of another operator | refused: customer | failed: customer | failed: customer | no such target |
//! | `17` | our deposit is too low | refused: deposit | failed: deposit | failed: deposit | unavailable |
//! | `18` | number not available (E-SIM) | refused: supplier | failed: supplier | failed: supplier | unavailable |
//! | `19` | number in use (E-SIM) | refused: supplier | failed: supplier | failed: supplier | unavailable |
//! | `20` | unknown product or game | refused: supplier | failed: supplier | failed: supplier | not offered |
//! | `102` | our address is not allowed | refused: account | unclear | unclear | not let in |
//! | `106` | product switched off | refused: supplier | failed: supplier | failed: supplier | unavailable |
//! | `107` | body malformed | refused: us | unclear | unclear | unavailable |
//! | `110` | maintenance | refused: busy | unclear | unclear | not now |
//! | `117` | wrong path | refused: us | unclear | unclear | unavailable |
//! | `118` | account suspended | refused: account | unclear | unclear | not let in |
//! | `121` | this month's limit | refused: supplier | failed: supplier | failed: supplier | unavailable |
//! | `131` | the player's region is blocked | refused: customer | failed: customer | failed: customer | unavailable |
//! | `141` | wrong user, zone, server or role | refused: customer | failed: customer | failed: customer | no such target |
//! | `142` | wrong user id | refused: customer | failed: customer | failed: customer | no such target |
//! | `143` | this game needs no check | unclear | unclear | unclear | no check needed |
//! | `202` | number and product already today | refused: repeat | failed: repeat | failed: repeat | unavailable |
//! | `203` | number too long | refused: customer | failed: customer | failed: customer | no such target |
//! | `204` | wrong signature | refused: account | unclear | unclear | not let in |
//! | `205` | wrong command | refused: us | unclear | unclear | unavailable |
//! | `206` | number on our own blacklist | refused: customer | failed: customer | failed: customer | unavailable |
//! | `207` | number already today | refused: repeat | failed: repeat | failed: repeat | unavailable |
//!
//! IAK classes every code but the first three as "failed". We deviate on purpose:
//! * `06` is not a failure but "not found", which is believed after a while (`domain::schedule`); in any other place than a
//!   status reply it makes no sense.
//! * What turned a *question* away (address, signature, suspension, path, maintenance) says nothing about the purchase that
//!   was asked about, which may be on its way.
//! * What lies in the number goes back to the customer: another supplier would meet the same operator. So does `206`: a
//!   fallback must not walk round our own blacklist. `18` and `19` are about numbers of IAK's stock: another has others. `10` and `121` do
//!   not say whose limit it is, and it may be IAK's own: another may have room.
//! * `202` and `207` may be a true repeat: no fallback, a person looks.
//! * `143` belongs to inquiries; in a purchase it is unknown.
//! * In an inquiry only a code that says the number or id is wrong counts as that. Limits, blocks and blacklists are about
//!   buying, and tell the asker nothing about whose number it is.

use domain::fulfilment::Cause;

/// What a code means in a reply about a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Delivered,
    Processing,
    NoSuchTransaction,
    /// The operator failed a purchase IAK had taken on.
    FailedAtOperator,
    /// IAK turned this purchase down.
    Declined(Cause),
    /// IAK turned the request away before looking at a purchase.
    TurnedAway(Cause),
}

/// Of a reply about a purchase. Nothing: unknown there.
pub fn meaning(rc: &str) -> Option<Meaning> {
    use Cause::{Account, Busy, Customer, Deposit, Repeat, Supplier, Us};
    Some(match rc {
        "00" => Meaning::Delivered,
        "39" | "201" => Meaning::Processing,
        "06" => Meaning::NoSuchTransaction,
        "07" => Meaning::FailedAtOperator,
        "12" | "13" | "14" | "16" | "131" | "141" | "142" | "203" | "206" => Meaning::Declined(Customer),
        "10" | "18" | "19" | "20" | "106" | "121" => Meaning::Declined(Supplier),
        "17" => Meaning::Declined(Deposit),
        "202" | "207" => Meaning::Declined(Repeat),
        "102" | "118" | "204" => Meaning::TurnedAway(Account),
        "107" | "117" | "205" => Meaning::TurnedAway(Us),
        "110" => Meaning::TurnedAway(Busy),
        _ => return None,
    })
}

impl Meaning {
    /// The status field that goes with it: 0 in process, 1 success, 2 failed.
    pub const fn status(self) -> &'static str {
        match self {
            Self::Processing => "0",
            Self::Delivered => "1",
            Self::NoSuchTransaction | Self::FailedAtOperator | Self::Declined(_) | Self::TurnedAway(_) => "2",
        }
    }

    /// Whether the reply speaks of a purchase, and so must name it and its status.
    pub const fn is_about_purchase(self) -> bool {
        match self {
            Self::Delivered | Self::Processing | Self::FailedAtOperator | Self::Declined(_) => true,
            Self::NoSuchTransaction | Self::TurnedAway(_) => false,
        }
    }
}

/// What a code means in the reply to an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Found,
    WrongTarget,
    NoCheckNeeded,
    UnknownGame,
    /// It says nothing about what was asked.
    Nothing,
}

/// Of the reply to an inquiry.
pub fn told(rc: &str) -> Told {
    match rc {
        "00" => Told::Found,
        "14" | "16" | "141" | "142" | "203" => Told::WrongTarget,
        "143" => Told::NoCheckNeeded,
        "20" => Told::UnknownGame,
        _ => Told::Nothing,
    }
}

/// Address, account or signature: a person must mend it, asking again does not help.
pub fn lets_us_in(rc: &str) -> bool {
    !matches!(rc, "102" | "118" | "204")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::fulfilment::Answer;
    use domain::{Private, Reference};
    use ports::inquiry::{Finding, Inquiry};
    use ports::supplier::ReadFailed;
    use serde_json::json;

    use super::*;
    use crate::map::{About, Asked, answer};
    use crate::{inquiry, wire};

    const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

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

    /// A whole reply with this code and the status that goes with it.
    fn reply(rc: &str) -> String {
        let status = meaning(rc).map_or("2", Meaning::status);
        let data = json!({
            "ref_id": REFERENCE, "status": status, "product_code": "xld25000", "customer_id": "0817777215",
            "price": 25000, "message": "x", "sn": "123456789", "balance": 1, "tr_id": 3482, "rc": rc,
        });
        json!({ "data": data }).to_string()
    }

    fn purchase_word(asked: Asked, rc: &str) -> String {
        let reference: Reference = REFERENCE.parse().unwrap();
        let code = (asked != Asked::Callback).then_some("xld25000");
        let about = About { reference: &reference, code };
        let told = if asked == Asked::Callback {
            let read = wire::transaction(reply(rc).as_bytes()).unwrap();
            crate::map::judge(asked, about, &read).unwrap_or(Answer::Unclear { why: String::new() })
        } else {
            answer(asked, about, 200, reply(rc).as_bytes())
        };
        match told {
            Answer::Delivered { .. } => "delivered".into(),
            Answer::Pending { .. } => "pending".into(),
            Answer::Refused { cause, code } => {
                assert_eq!(code, rc);
                format!("refused: {cause}")
            }
            Answer::Failed { cause, code } => {
                assert_eq!(code, rc);
                format!("failed: {cause}")
            }
            Answer::NotFound => "not found".into(),
            Answer::Unclear { .. } => "unclear".into(),
        }
    }

    fn inquiry_word(rc: &str) -> &'static str {
        let asked = Inquiry::GamePlayer { brand: "Mobile Legends".into(), id: Private::new("156378300|8483") };
        let status = if rc == "00" { 1 } else { 2 };
        let body = json!({ "data": { "username": "Penjual Pulsa", "status": status, "message": "x", "rc": rc } });
        match inquiry::read(&asked, 200, body.to_string().as_bytes()) {
            Ok(Finding::NoSuchTarget) => "no such target",
            Ok(Finding::NoCheckNeeded) => "no check needed",
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
        assert_eq!(table.len(), 31);
        for (rc, cells) in table {
            let answers = [
                purchase_word(Asked::TopUp, rc),
                purchase_word(Asked::Status, rc),
                purchase_word(Asked::Callback, rc),
                inquiry_word(rc).to_owned(),
            ];
            assert_eq!(answers.as_slice(), cells, "{rc}");
        }
    }

    #[test]
    fn no_code_is_known_that_the_table_does_not_name() {
        let named: BTreeSet<&str> = table().into_iter().map(|(rc, _)| rc).collect();
        let texts = (0..=9_999).flat_map(|n: u32| [n.to_string(), format!("{n:02}"), format!("{n:03}")]);
        for rc in texts.filter(|rc| !named.contains(rc.as_str())) {
            assert_eq!(meaning(&rc), None, "{rc}");
            assert_eq!(told(&rc), Told::Nothing, "{rc}");
            assert!(lets_us_in(&rc), "{rc}");
        }
    }
}

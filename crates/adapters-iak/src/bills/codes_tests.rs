//! The table of the codes, read and compared with what the adapter answers.

use std::collections::BTreeSet;

use domain::fulfilment::Answer;
use domain::{Moment, Private, Reference};
use ports::bill::BillAnswer;
use serde_json::json;

use super::*;
use crate::bills::map::{self, About};

/// The table of the module's own words: code and the three answers.
fn table() -> Vec<(&'static str, Vec<&'static str>)> {
    let rows = include_str!("codes.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| {
        let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
        let code = cells.next().unwrap().trim_end_matches('`');
        (code, cells.skip(1).collect())
    })
    .collect()
}

/// A whole reply with this code.
fn reply(rc: &str, status: Option<&str>) -> Vec<u8> {
    let data = json!({
        "tr_id": 9900, "code": "PLNPOSTPAID", "hp": "530000000001", "tr_name": "BUDI", "period": "202610",
        "nominal": 300_000, "admin": 2_500, "ref_id": "AAAAAAAAAAAAAAAAAAA2", "response_code": rc, "message": "x",
        "price": 302_500, "selling_price": 301_900, "status": status, "noref": "ABCDEF0123456789",
        "desc": { "lembar_tagihan": 1 },
    });
    json!({ "data": data, "meta": [] }).to_string().into_bytes()
}

fn words(rc: &str) -> [String; 3] {
    let reference: Reference = "AAAAAAAAAAAAAAAAAAA2".parse().unwrap();
    let number = Private::new("530000000001");
    let about = About { reference: &reference, code: "PLNPOSTPAID", number: &number, tr_id: Some(9_900) };
    let status = match status(rc) {
        Some(Status::Delivered) => Some("1"),
        Some(Status::Failed) => Some("2"),
        Some(Status::Processing) => Some("3"),
        Some(Status::NotPaid) => Some("0"),
        Some(Status::NoInquiry | Status::Nothing) | None => None,
    };
    let inquired = match map::inquired(about, None, Moment::UNIX_EPOCH, 200, &reply(rc, None)) {
        BillAnswer::Owed(_) => "owed".to_owned(),
        BillAnswer::NotOwed(NotOwed::Paid) => "not owed: paid".to_owned(),
        BillAnswer::NotOwed(NotOwed::NotYet) => "not owed: not yet".to_owned(),
        BillAnswer::NotOwed(NotOwed::NotPayable) => "not owed: not payable".to_owned(),
        BillAnswer::NotOwed(NotOwed::UnknownTarget) => "not owed: unknown target".to_owned(),
        BillAnswer::Refused { cause, code } => {
            assert_eq!(code, rc);
            format!("refused: {cause}")
        }
        BillAnswer::Unclear { .. } => "unclear".to_owned(),
    };
    let word = |answer| match answer {
        Answer::Delivered { .. } => "delivered".to_owned(),
        Answer::Pending { .. } => "pending".to_owned(),
        Answer::Refused { cause, .. } => format!("refused: {cause}"),
        Answer::Failed { cause, code } => {
            assert_eq!(code, rc);
            format!("failed: {cause}")
        }
        Answer::NotFound => "not found".to_owned(),
        Answer::Unclear { .. } => "unclear".to_owned(),
    };
    [inquired, word(map::paid(about, 200, &reply(rc, None))), word(map::status(about, 200, &reply(rc, status)))]
}

#[test]
fn every_code_means_in_every_place_what_the_table_says() {
    let table = table();
    assert_eq!(table.len(), 48);
    for (rc, cells) in table {
        assert_eq!(words(rc).as_slice(), cells, "{rc}");
    }
}

#[test]
fn no_code_is_known_that_the_table_does_not_name() {
    let named: BTreeSet<&str> = table().into_iter().map(|(rc, _)| rc).collect();
    let texts = (0..=9_999).flat_map(|n: u32| [n.to_string(), format!("{n:02}"), format!("{n:03}")]);
    for rc in texts.filter(|rc| !named.contains(rc.as_str())) {
        assert_eq!((inquired(&rc), paid(&rc), status(&rc)), (None, None, None), "{rc}");
        assert!(lets_us_in(&rc), "{rc}");
    }
}

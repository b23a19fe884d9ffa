//! Reading what the API answers: texts, money, and the story of an order.

use std::collections::BTreeMap;

use chrono::DateTime;
use demo::view::Money;
use serde_json::{Value, json};

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn minor(money: &Value) -> i64 {
    serde_json::from_value::<Money>(money.clone()).unwrap().minor
}

pub fn twd(whole: i64) -> Value {
    json!({ "amount": format!("{whole}.00"), "currency": "TWD" })
}

pub fn idr(whole: i64) -> Value {
    json!({ "amount": format!("{whole}.00"), "currency": "IDR" })
}

/// One field of each entry.
pub fn each(entries: &Value, field: &str) -> Vec<String> {
    list(entries).iter().map(|entry| text(&entry[field])).collect()
}

/// What stands on each account, `account CUR` → minor units; accounts at zero are left out. Each version of the order
/// must balance by itself.
#[track_caller]
pub fn books(story: &Value) -> BTreeMap<String, i64> {
    let mut accounts = BTreeMap::new();
    for change in list(&story["timeline"]) {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for line in list(&change["ledger"]) {
            let (amount, currency) = (minor(&line["amount"]), text(&line["amount"]["currency"]));
            *sums.entry(currency.clone()).or_default() += amount;
            *accounts.entry(format!("{} {currency}", line["account"].as_str().unwrap())).or_default() += amount;
        }
        assert!(sums.values().all(|sum| *sum == 0), "version {} does not balance: {sums:?}", change["version"]);
    }
    accounts.retain(|_, sum| *sum != 0);
    accounts
}

/// The same, written down.
pub fn book<const N: usize>(lines: [(&str, i64); N]) -> BTreeMap<String, i64> {
    lines.into_iter().map(|(account, amount)| (account.to_owned(), amount)).collect()
}

/// The first entry of the timeline with this cause.
#[track_caller]
pub fn change<'a>(story: &'a Value, cause: &str) -> &'a Value {
    let found = list(&story["timeline"]).iter().find(|change| change["cause"] == cause);
    found.unwrap_or_else(|| panic!("no {cause} in {}", story["timeline"]))
}

/// Unix milliseconds.
pub fn ms(moment: &Value) -> i64 {
    DateTime::parse_from_rfc3339(moment.as_str().unwrap()).unwrap().timestamp_millis()
}

/// Two lists of one.
pub fn pair(a: &str, b: &str) -> (Vec<String>, Vec<String>) {
    (vec![a.to_owned()], vec![b.to_owned()])
}

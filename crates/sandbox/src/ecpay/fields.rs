//! Rules for the fields of an AIO checkout (ECPay AIO documents). Pure: a form in, a problem out.

use chrono::NaiveDateTime;

use super::{Form, field};
use crate::truth::Way;

/// Words ECPay's firewall takes for an attack.
const FIREWALL_WORDS: [&str; 6] = ["echo", "python", "cmd", "wget", "curl", "bash"];

/// Codes of the error page.
pub const PARAMETER: &str = "10200083";
pub const TRADE_NO_FORMAT: &str = "10200052";
pub const AMOUNT: &str = "10200050";
pub const MAC: &str = "10200073";
pub const DUPLICATE: &str = "10300028";
/// The same in the other reading.
pub const DUPLICATE_OPEN: &str = "10200047";
pub const DUPLICATE_PAID: &str = "10200095";
pub const FIREWALL: &str = "10400011";

#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub text: String,
}

pub fn problem(code: &'static str, text: impl Into<String>) -> Problem {
    Problem { code, text: text.into() }
}

/// (name, longest value in characters, required)
const LIMITS: &[(&str, usize, bool)] = &[
    ("MerchantID", 10, true),
    ("MerchantTradeNo", 20, true),
    ("MerchantTradeDate", 20, true),
    ("PaymentType", 20, true),
    ("TotalAmount", 10, true),
    ("TradeDesc", 200, true),
    ("ItemName", 400, true),
    ("ReturnURL", 200, true),
    ("ChoosePayment", 20, true),
    ("EncryptType", 1, true),
    ("CheckMacValue", 64, true),
    ("StoreID", 10, false),
    ("ClientBackURL", 200, false),
    ("OrderResultURL", 200, false),
    ("ItemURL", 200, false),
    ("Remark", 100, false),
    ("ChooseSubPayment", 20, false),
    ("IgnorePayment", 100, false),
    ("PlatformID", 10, false),
    ("PaymentInfoURL", 200, false),
    ("ExpireDate", 2, false),
    ("StoreExpireDate", 5, false),
    ("CustomField1", 50, false),
    ("CustomField2", 50, false),
    ("CustomField3", 50, false),
    ("CustomField4", 50, false),
];

/// Fields that take one of a few words, the empty one included where the field may be empty.
const WORDS: &[(&str, &[&str])] = &[
    ("PaymentType", &["aio"]),
    ("EncryptType", &["1"]),
    ("ChoosePayment", &["ALL", "Credit", "WebATM", "ApplePay", "TWQR", "ATM", "CVS", "BARCODE"]),
    ("NeedExtraPaidInfo", &["", "Y", "N"]),
    ("Language", &["", "ENG", "KOR", "JPN", "CHI"]),
];

const URLS: [&str; 4] = ["ReturnURL", "OrderResultURL", "ClientBackURL", "PaymentInfoURL"];

/// What the firewall in front of ECPay refuses, before anybody looks at signatures.
pub fn firewall(form: &Form) -> Option<Problem> {
    let hit = form.iter().any(|(_, value)| {
        let lower = value.to_ascii_lowercase();
        lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| FIREWALL_WORDS.contains(&word))
    });
    hit.then(|| problem(FIREWALL, "the request was refused by the firewall"))
}

/// Checks every field and reads the amount in whole TWD.
pub fn check(form: &Form) -> Result<i64, Problem> {
    each_field_once(form)?;
    for (name, longest, required) in LIMITS {
        let value = field(form, name);
        if value.is_empty() && *required {
            return Err(problem(PARAMETER, format!("{name} is missing")));
        }
        if value.chars().count() > *longest {
            let code = if *name == "MerchantTradeNo" { TRADE_NO_FORMAT } else { PARAMETER };
            return Err(problem(code, format!("{name} is longer than {longest}")));
        }
    }
    let trade_no = field(form, "MerchantTradeNo");
    if !alphanumeric(trade_no) {
        return Err(problem(TRADE_NO_FORMAT, "MerchantTradeNo takes letters and digits only"));
    }
    for (name, words) in WORDS {
        if !words.contains(&field(form, name)) {
            return Err(problem(PARAMETER, format!("{name} is not a value this page takes")));
        }
    }
    if !alphanumeric(field(form, "StoreID")) {
        return Err(problem(PARAMETER, "StoreID takes letters and digits only"));
    }
    let date = field(form, "MerchantTradeDate");
    if NaiveDateTime::parse_from_str(date, "%Y/%m/%d %H:%M:%S").is_err() {
        return Err(problem(PARAMETER, "MerchantTradeDate is not yyyy/MM/dd HH:mm:ss"));
    }
    texts(form)?;
    urls(form)?;
    expiry(form)?;
    ignored(form)?;
    amount(field(form, "ChoosePayment"), field(form, "TotalAmount"))
}

/// Days for accounts and barcodes, minutes for a store's code.
fn expiry(form: &Form) -> Result<(), Problem> {
    let store = if field(form, "ChoosePayment") == "CVS" { 43_200 } else { 30 };
    for (name, most) in [("ExpireDate", 60), ("StoreExpireDate", store)] {
        let value = field(form, name);
        if !value.is_empty() && !value.parse::<i64>().is_ok_and(|number| (1..=most).contains(&number)) {
            return Err(problem(PARAMETER, format!("{name} is not a number from 1 to {most}")));
        }
    }
    Ok(())
}

/// Only where the customer chooses, and never the wallets.
fn ignored(form: &Form) -> Result<(), Problem> {
    let list = field(form, "IgnorePayment");
    let known = |word: &str| Way::named(word).is_some() || ["WeiXin", "BNPL"].contains(&word);
    if list.is_empty() || (field(form, "ChoosePayment") == "ALL" && list.split('#').all(known)) {
        return Ok(());
    }
    Err(problem(PARAMETER, "IgnorePayment cannot be taken"))
}

fn each_field_once(form: &Form) -> Result<(), Problem> {
    let mut names: Vec<_> = form.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    if names.len() == before { Ok(()) } else { Err(problem(PARAMETER, "a field is given twice")) }
}

fn alphanumeric(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// No tags and nothing that was encoded before it was put into the form.
fn texts(form: &Form) -> Result<(), Problem> {
    for (name, value) in form {
        let lower = value.to_ascii_lowercase();
        let tag = lower.find('<').is_some_and(|start| lower.get(start..).is_some_and(|rest| rest.contains('>')));
        if tag || lower.contains("%26") || lower.contains("%3c") {
            return Err(problem(PARAMETER, format!("{name} holds markup or encoded characters")));
        }
    }
    Ok(())
}

fn urls(form: &Form) -> Result<(), Problem> {
    let mut seen = Vec::new();
    for name in URLS {
        let url = field(form, name);
        if url.is_empty() {
            continue;
        }
        let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if parsed.is_none() || url.contains([';', '|', '`']) {
            return Err(problem(PARAMETER, format!("{name} is not a usable URL")));
        }
        if seen.contains(&url) {
            return Err(problem(PARAMETER, format!("{name} is the same endpoint as another URL")));
        }
        seen.push(url);
    }
    Ok(())
}

/// The range of the way to pay; of a card where the customer chooses.
fn amount(choose: &str, text: &str) -> Result<i64, Problem> {
    let (min, max) = Way::named(choose).unwrap_or(Way::Credit).limits();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let amount = if digits { text.parse().unwrap_or(0) } else { 0 };
    if (min..=max).contains(&amount) {
        Ok(amount)
    } else {
        Err(problem(AMOUNT, format!("TotalAmount must be a whole number from {min} to {max}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Form {
        super::super::pairs([
            ("MerchantID", "3002607".to_owned()),
            ("MerchantTradeNo", "AB12".to_owned()),
            ("MerchantTradeDate", "2026/11/21 12:00:00".to_owned()),
            ("PaymentType", "aio".to_owned()),
            ("TotalAmount", "200".to_owned()),
            ("TradeDesc", "top up".to_owned()),
            ("ItemName", "Telkomsel 10.000#PLN 20.000".to_owned()),
            ("ReturnURL", "http://127.0.0.1:1/notice".to_owned()),
            ("ChoosePayment", "Credit".to_owned()),
            ("EncryptType", "1".to_owned()),
            ("CheckMacValue", "x".to_owned()),
        ])
    }

    fn with(name: &str, value: &str) -> Form {
        let mut form = good();
        form.retain(|(key, _)| key != name);
        form.push((name.to_owned(), value.to_owned()));
        form
    }

    #[test]
    fn a_plain_order_passes() {
        assert_eq!(check(&good()), Ok(200));
        assert!(firewall(&good()).is_none());
    }

    #[test]
    fn each_broken_field_has_its_code() {
        for (name, value, code) in [
            ("MerchantTradeNo", "AB-12", TRADE_NO_FORMAT),
            ("MerchantTradeNo", "A12345678901234567890", TRADE_NO_FORMAT),
            ("TotalAmount", "4", AMOUNT),
            ("TotalAmount", "200000", AMOUNT),
            ("TotalAmount", "10.5", AMOUNT),
            ("TotalAmount", "-10", AMOUNT),
            ("TradeDesc", "", PARAMETER),
            ("TradeDesc", "<b>x</b>", PARAMETER),
            ("ItemName", "a%26b", PARAMETER),
            ("MerchantTradeDate", "2026-11-21 12:00:00", PARAMETER),
            ("PaymentType", "card", PARAMETER),
            ("EncryptType", "0", PARAMETER),
            ("ChoosePayment", "Cash", PARAMETER),
            ("PaymentInfoURL", "http://127.0.0.1:1/notice", PARAMETER),
            ("ExpireDate", "61", PARAMETER),
            ("StoreExpireDate", "31", PARAMETER),
            ("IgnorePayment", "ATM", PARAMETER),
            ("ReturnURL", "ftp://x/y", PARAMETER),
            ("ClientBackURL", "http://127.0.0.1:1/notice", PARAMETER),
            ("StoreID", "a b", PARAMETER),
            ("CustomField4", &"x".repeat(51), PARAMETER),
            ("NeedExtraPaidInfo", "yes", PARAMETER),
        ] {
            assert_eq!(check(&with(name, value)).unwrap_err().code, code, "{name}={value}");
        }
        let mut twice = good();
        twice.push(("TradeDesc".to_owned(), "again".to_owned()));
        assert_eq!(check(&twice).unwrap_err().code, PARAMETER);
    }

    #[test]
    fn each_way_has_its_range_and_expiry() {
        for (choose, least, most) in
            [("ATM", 11, 49_999), ("CVS", 33, 6_000), ("BARCODE", 17, 20_000), ("ALL", 5, 199_999)]
        {
            let of = |amount: i64| {
                let mut form = with("ChoosePayment", choose);
                form.retain(|(key, _)| key != "TotalAmount");
                form.push(("TotalAmount".to_owned(), amount.to_string()));
                check(&form)
            };
            assert!(of(least).is_ok() && of(most).is_ok(), "{choose}");
            assert!(of(least - 1).is_err() && of(most + 1).is_err(), "{choose}");
        }
        let mut minutes = with("ChoosePayment", "CVS");
        minutes.push(("StoreExpireDate".to_owned(), "1440".to_owned()));
        assert!(check(&minutes).is_ok());
        let mut chosen = with("ChoosePayment", "ALL");
        chosen.push(("IgnorePayment".to_owned(), "CVS#WeiXin".to_owned()));
        assert!(check(&chosen).is_ok());
    }

    #[test]
    fn the_firewall_sees_words_and_not_letters_inside_others() {
        assert_eq!(firewall(&with("ItemName", "Run Bash now")).unwrap().code, FIREWALL);
        assert!(firewall(&with("MerchantTradeNo", "XCMD2345")).is_none());
    }
}

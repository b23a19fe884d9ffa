//! Single values between ECPay's words and ours. Not here: whole messages.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use domain::{Currency, Moment, Money, Reference};

use crate::error::Unreadable;

/// `PaymentType` strings, `RtnCode`s and transaction numbers are at most this long (ECPay AIO docs, `TradeNo`).
const TRANSACTION_LONGEST: usize = 20;
/// The longest documented code has 8 digits.
const CODE_LONGEST: usize = 10;
/// Taiwan has one zone and no summer time.
const TAIPEI_AHEAD: TimeDelta = TimeDelta::hours(8);

/// `yyyy/MM/dd HH:mm:ss` in Taipei, as every time at ECPay.
pub fn taipei_time(at: Moment) -> String {
    at.checked_add_signed(TAIPEI_AHEAD).unwrap_or(at).format("%Y/%m/%d %H:%M:%S").to_string()
}

/// The page is Chinese unless told otherwise. It has no Indonesian: English serves `id` and whatever else.
pub fn page_language(language: &str) -> Option<&'static str> {
    match language {
        "zh-TW" => None,
        _ => Some("ENG"),
    }
}

/// `TradeAmt`: whole TWD above zero, digits only, written in the one usual way.
pub fn amount(text: &str) -> Result<Money, Unreadable> {
    let bad = Unreadable::Invalid("TradeAmt");
    if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad);
    }
    let units: i64 = text.parse().ok().ok_or(bad)?;
    Money::from_units(units, Currency::Twd).ok().ok_or(bad)
}

/// `PaymentTypeChargeFee`: what ECPay keeps, sometimes with decimals. Not known when it is no clean number: the
/// settlement file will tell.
pub fn fee(text: Option<&str>) -> Option<Money> {
    Money::parse(text?, Currency::Twd).ok().filter(|fee| !fee.is_negative())
}

/// `MerchantTradeNo`, only if it is exactly one of our references.
pub fn reference(text: &str) -> Result<Reference, Unreadable> {
    text.parse().ok().ok_or(Unreadable::Invalid("MerchantTradeNo"))
}

/// `TradeNo`. Seen: 16 digits. Lower case is refused, because the signature would not show that somebody changed it
/// and made a second transaction out of one.
pub fn transaction(text: &str) -> Result<String, Unreadable> {
    let one_case = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if text.is_empty() || text.len() > TRANSACTION_LONGEST || !one_case {
        return Err(Unreadable::Invalid("TradeNo"));
    }
    Ok(text.to_owned())
}

/// `RtnCode`: digits, kept as text.
pub fn code(text: &str) -> Result<&str, Unreadable> {
    if text.is_empty() || text.len() > CODE_LONGEST || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Unreadable::Invalid("RtnCode"));
    }
    Ok(text)
}

/// A moment of Taipei as ECPay writes it.
pub fn moment(text: &str) -> Result<Moment, Unreadable> {
    let local = NaiveDateTime::parse_from_str(text, "%Y/%m/%d %H:%M:%S").ok();
    local.and_then(from_taipei).ok_or(Unreadable::Invalid("ExpireDate"))
}

/// The last second in Taipei of the day that ECPay writes: until then an account may be paid.
pub fn end_of_day(text: &str) -> Result<Moment, Unreadable> {
    let day = NaiveDate::parse_from_str(text, "%Y/%m/%d").ok();
    day.and_then(|day| day.and_hms_opt(23, 59, 59)).and_then(from_taipei).ok_or(Unreadable::Invalid("ExpireDate"))
}

fn from_taipei(local: NaiveDateTime) -> Option<Moment> {
    local.and_utc().checked_sub_signed(TAIPEI_AHEAD)
}

/// `BankCode`: three digits.
pub fn bank(text: &str) -> Result<String, Unreadable> {
    let digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.to_owned()).ok_or(Unreadable::Invalid("BankCode"))
}

/// Something to pay into: letters of one case, and digits.
pub fn pay_code(name: &'static str, text: &str, longest: usize) -> Result<String, Unreadable> {
    let one_case = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let fits = (1..=longest).contains(&text.len()) && one_case;
    fits.then(|| text.to_owned()).ok_or(Unreadable::Invalid(name))
}

/// `SimulatePaid`: present in every notice. Taking its absence for "no" would trust what is not signed.
pub fn simulated(text: &str) -> Result<bool, Unreadable> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Unreadable::Invalid("SimulatePaid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn twd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Twd)
    }

    #[test]
    fn times_are_taipei_times() {
        let evening = DateTime::from_timestamp(1_795_190_399, 0).unwrap(); // 2026-11-20T15:59:59Z
        assert_eq!(taipei_time(evening), "2026/11/20 23:59:59");
        assert_eq!(taipei_time(evening + TimeDelta::seconds(1)), "2026/11/21 00:00:00");
    }

    #[test]
    fn the_page_speaks_english_to_everybody_but_taiwan() {
        assert_eq!(page_language("zh-TW"), None);
        assert_eq!(page_language("id"), Some("ENG"));
        assert_eq!(page_language("en"), Some("ENG"));
    }

    #[test]
    fn an_amount_is_a_whole_positive_number_or_nothing() {
        assert_eq!(amount("1500"), Ok(twd(150_000)));
        for bad in ["", "0", "00", "0150", "-5", "+5", "1.0", "1e3", " 5", "5 ", "５", "1,500", "99999999999999999999"]
        {
            assert_eq!(amount(bad), Err(Unreadable::Invalid("TradeAmt")), "{bad:?}");
        }
    }

    #[test]
    fn a_fee_is_known_only_when_it_is_a_clean_number() {
        assert_eq!(fee(Some("31")), Some(twd(3_100)));
        assert_eq!(fee(Some("0.0000")), Some(twd(0)));
        assert_eq!(fee(Some("4.50")), Some(twd(450)));
        for bad in [None, Some(""), Some("-1"), Some("4.505"), Some("NaN")] {
            assert_eq!(fee(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn names_are_of_one_case() {
        assert!(reference("ABCDEFGHIJKLMNOPQR23").is_ok());
        assert!(reference("aBCDEFGHIJKLMNOPQR23").is_err());
        assert_eq!(transaction("2604071727228388"), Ok("2604071727228388".to_owned()));
        for bad in ["", "26040717272x8388", "26040717 2728388", "260407172722838826040"] {
            assert!(transaction(bad).is_err(), "{bad:?}");
        }
        assert!(code("10200058").is_ok() && code("").is_err() && code("1 ").is_err() && code("12345678901").is_err());
        assert!(simulated("").is_err() && simulated("00").is_err());
    }

    #[test]
    fn an_account_may_be_paid_until_its_day_ends_in_taipei() {
        let until = end_of_day("2026/11/21").unwrap();
        assert_eq!(taipei_time(until), "2026/11/21 23:59:59");
        assert_eq!(until.to_rfc3339(), "2026-11-21T15:59:59+00:00");
        assert_eq!(moment("2026/11/21 00:01:00").unwrap().to_rfc3339(), "2026-11-20T16:01:00+00:00");
        for bad in ["", "2026-11-21", "2026/02/30", "2026/11/21 24:01:00", "soon"] {
            assert!(end_of_day(bad).is_err() && moment(bad).is_err(), "{bad:?}");
        }
        assert!(moment("2026/11/21").is_err() && end_of_day("2026/11/21 10:00:00").is_err());
    }

    #[test]
    fn what_is_paid_into_is_of_one_case() {
        assert_eq!(bank("013"), Ok("013".to_owned()));
        assert!(bank("13").is_err() && bank("0130").is_err() && bank("01a").is_err());
        assert_eq!(pay_code("PaymentNo", "LLL15091212345", 14), Ok("LLL15091212345".to_owned()));
        for bad in ["", "LLl15091212345", "LLL150912123456", "LLL 509121234"] {
            assert!(pay_code("PaymentNo", bad, 14).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_value_parser_panic(text in ".{0,40}") {
            let _ = (amount(&text), fee(Some(&text)), reference(&text), transaction(&text), code(&text));
            let _ = (moment(&text), end_of_day(&text), bank(&text), pay_code("PaymentNo", &text, 14));
        }

        #[test]
        fn every_amount_up_to_a_trillion_is_read_exactly(units in 1_i64..1_000_000_000_000) {
            prop_assert_eq!(amount(&units.to_string()).map(Money::whole_units), Ok(Ok(units)));
        }
    }
}

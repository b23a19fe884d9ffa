//! Rupiah as suppliers write it. Strict: what could be read in two ways is not read.

use domain::{Currency, Money};

use crate::Scalar;

/// Longest number read: far above any deposit, far below the range of [`Money`].
const DIGITS_LIMIT: usize = 15;

/// Whole rupiah from a JSON number, or from text as `10881`, `10.881` (the dot groups thousands) or `Rp10.881`.
/// Fractions, signs, other separators and leading zeros give nothing.
pub fn money(scalar: &Scalar) -> Option<Money> {
    let units = match scalar {
        Scalar::Whole(number) => *number,
        Scalar::Text(text) => units(text)?,
        Scalar::Fraction => return None,
    };
    Money::from_units(units, Currency::Idr).ok().filter(|money| !money.is_negative())
}

/// The text forms of [`money`], as a number of rupiah.
pub fn units(text: &str) -> Option<i64> {
    let number = text.strip_prefix("Rp").unwrap_or(text);
    let mut groups = number.split('.');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped_right = rest.is_empty() || first.len() <= 3 && rest.iter().all(|group| group.len() == 3);
    let digits = number.replace('.', "");
    let plain = (1..=DIGITS_LIMIT).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let padded = digits.starts_with('0') && digits != "0";
    if grouped_right && !first.is_empty() && plain && !padded { digits.parse().ok() } else { None }
}

/// Whole rupiah of an amount, to be sent as the most we pay: a part of one is cut off, never added to.
pub const fn whole(most: Money) -> i64 {
    most.minor().div_euclid(most.currency().minor_per_unit())
}

/// With dots between the thousands, as people read it: `10.881`.
pub fn grouped(units: i64) -> String {
    let digits = units.unsigned_abs().to_string();
    let mut grouped = String::from(if units < 0 { "-" } else { "" });
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Option<i64> {
        let scalar: Scalar = serde_json::from_str(json).unwrap();
        money(&scalar).map(|m| m.whole_units().unwrap())
    }

    #[test]
    fn every_documented_form_of_ten_thousand_eight_hundred_eighty_one_is_read() {
        for json in ["10881", "10881.0", r#""10881""#, r#""10.881""#, r#""Rp10.881""#] {
            assert_eq!(read(json), Some(10_881), "{json}");
        }
        assert_eq!(read(r#""Rp1.250.000""#), Some(1_250_000));
        assert_eq!(read("0"), Some(0));
    }

    #[test]
    fn the_most_we_pay_is_never_more_than_was_said() {
        for (minor, rupiah) in [(0, 0), (99, 0), (100, 1), (1_025_000, 10_250), (1_025_099, 10_250), (-1, -1)] {
            assert_eq!(whole(Money::from_minor(minor, Currency::Idr)), rupiah, "{minor}");
        }
    }

    #[test]
    fn fractions_and_doubtful_forms_are_not_read() {
        for json in [
            "10881.5",
            "10.881",
            "-1",
            "1e300",
            r#""""#,
            r#""Rp""#,
            r#""10.88""#,
            r#""10.8810""#,
            r#""1088.100""#,
            r#""10,881""#,
            r#""10881.00""#,
            r#"".881""#,
            r#""10.""#,
            r#""0881""#,
            r#""0.881""#,
            r#""-10881""#,
            r#"" 10881""#,
            r#""1e4""#,
            r#""1234567890123456""#,
            r#""١٠""#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
    proptest! {
        #[test]
        fn any_amount_reads_back_from_every_form_it_is_written_in(amount in 0_i64..1_000_000_000_000) {
            let plain = amount.to_string();
            let grouped = grouped(amount);
            for text in [plain.clone(), format!("Rp{plain}"), grouped.clone(), format!("Rp{grouped}")] {
                prop_assert_eq!(units(&text), Some(amount), "{}", text);
            }
            prop_assert_eq!(units(&format!("{grouped},00")), None);
        }

        #[test]
        fn any_text_is_read_as_what_its_digits_say_or_not_at_all(text in "(Rp)?[0-9.,]{0,12}") {
            if let Some(amount) = units(&text) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(digits.parse(), Ok(amount));
            }
        }
    }
}

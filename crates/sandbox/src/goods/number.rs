//! Indonesian phone numbers: normal form and operator by prefix (the prefix list of IAK, which all suppliers share). Pure.

use crate::reading::Reading;

/// Prefixes of five characters or more come first: by.U lives inside Telkomsel's.
const PREFIXES: &[(&str, &str)] = &[
    ("085154", "byu"),
    ("085155", "byu"),
    ("085156", "byu"),
    ("085157", "byu"),
    ("085158", "byu"),
    ("0811", "telkomsel"),
    ("0812", "telkomsel"),
    ("0813", "telkomsel"),
    ("0821", "telkomsel"),
    ("0822", "telkomsel"),
    ("0823", "telkomsel"),
    ("0851", "telkomsel"),
    ("0852", "telkomsel"),
    ("0853", "telkomsel"),
    ("0814", "indosat"),
    ("0815", "indosat"),
    ("0816", "indosat"),
    ("0855", "indosat"),
    ("0856", "indosat"),
    ("0857", "indosat"),
    ("0858", "indosat"),
    ("0817", "xl"),
    ("0818", "xl"),
    ("0819", "xl"),
    ("0859", "xl"),
    ("0877", "xl"),
    ("0878", "xl"),
    ("0831", "axis"),
    ("0832", "axis"),
    ("0833", "axis"),
    ("0837", "axis"),
    ("0838", "axis"),
    ("0895", "three"),
    ("0896", "three"),
    ("0897", "three"),
    ("0898", "three"),
    ("0899", "three"),
    ("0881", "smart"),
    ("0882", "smart"),
    ("0883", "smart"),
    ("0884", "smart"),
    ("0885", "smart"),
    ("0886", "smart"),
    ("0887", "smart"),
    ("0888", "smart"),
    ("0889", "smart"),
];
const SHORTEST: usize = 10;
const LONGEST: usize = 13;

#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    TooLong,
    Wrong,
}

/// The number as `08…`.
pub fn normal(number: &str) -> Result<String, Unusable> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unusable::Wrong);
    }
    let local = if let Some(rest) = digits.strip_prefix("62") {
        format!("0{rest}")
    } else if digits.starts_with('8') {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    match local.len() {
        _ if !local.starts_with("08") => Err(Unusable::Wrong),
        0..SHORTEST => Err(Unusable::Wrong),
        SHORTEST..=LONGEST => Ok(local),
        _ => Err(Unusable::TooLong),
    }
}

/// Prefixes that other lists add to IAK's.
const ADDED: [&str; 3] = ["0811", "0833", "0889"];

/// The operator of a number in normal form.
pub fn operator(local: &str, reading: Reading) -> Option<&'static str> {
    if reading == Reading::Other && ADDED.iter().any(|prefix| local.starts_with(prefix)) {
        return None;
    }
    PREFIXES.iter().find(|(prefix, _)| local.starts_with(prefix)).map(|(_, operator)| *operator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_four_spellings() {
        for number in ["+6281234567890", "6281234567890", "81234567890", "081234567890"] {
            assert_eq!(normal(number), Ok("081234567890".to_owned()));
        }
        assert_eq!(normal("0912345678"), Err(Unusable::Wrong));
        assert_eq!(normal("0812-345"), Err(Unusable::Wrong));
        assert_eq!(normal("08123456789012"), Err(Unusable::TooLong));
    }

    #[test]
    fn the_longer_prefix_wins() {
        for reading in [Reading::Likely, Reading::Other] {
            assert_eq!(operator("085155123456", reading), Some("byu"));
            assert_eq!(operator("085955123456", reading), Some("xl"));
            assert_eq!(operator("085123123456", reading), Some("telkomsel"));
            assert_eq!(operator("080123123456", reading), None);
        }
        assert_eq!(operator("083312345678", Reading::Likely), Some("axis"));
        assert_eq!(operator("083312345678", Reading::Other), None);
    }
}

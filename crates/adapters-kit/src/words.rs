//! A supplier's words as they may go on: its codes to people, its names into ids, its fields to whoever reads them.

use crate::Scalar;

/// Longest name of a person or a period of a bill that is shown; real ones have some thirty letters, and eight periods some sixty.
pub const SHOWN_LIMIT: usize = 100;
/// Longest code that is repeated to people; most have two to five letters or digits.
const CODE_LIMIT: usize = 8;
/// Longest code of capitals: the longest that is documented (`INVALID_USER_ID_OR_ADDITIONAL_ID`) has 32.
const CAPITALS_LIMIT: usize = 40;
/// Most digits of a code: more could be somebody's number.
const DIGITS_LIMIT: usize = 5;

/// A supplier's code as it may be shown: a few letters and digits, or words in capitals (`PRICE_NOT_MATCH`); else `?`.
pub fn word(code: &str) -> String {
    let short = code.len() <= CODE_LIMIT && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let capitals = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let spoken = code.len() <= CAPITALS_LIMIT && code.bytes().all(capitals);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    if !code.is_empty() && (short || spoken) && digits <= DIGITS_LIMIT { code.to_owned() } else { "?".to_owned() }
}

/// A field's text without spaces around it; suppliers leave fields out, empty or null alike.
pub fn filled(scalar: Option<&Scalar>) -> Option<String> {
    let text = scalar?.text()?;
    let text = text.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// Whether a text may be shown anywhere: one line of at most so many characters.
pub fn is_line(text: &str, longest: usize) -> bool {
    text.chars().count() <= longest && !text.chars().any(char::is_control)
}

/// Lower-case ASCII letters and digits with single hyphens between.
pub fn slug(text: &str) -> String {
    let mapped: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    mapped.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_codes_are_repeated_never_text_or_numbers() {
        for code in ["141", "00", "E0023", "Sukses", "INSUFFICIENT_DEPOSIT", "INVALID_USER_ID_OR_ADDITIONAL_ID"] {
            assert_eq!(word(code), code);
        }
        for text in
            ["", "081234567890", "0812 345", "<b>", "rc:14", "R123456", "budi_santoso", "Budisantoso", &"X".repeat(41)]
        {
            assert_eq!(word(text), "?", "{text}");
        }
    }

    #[test]
    fn a_field_left_out_is_one_that_is_empty() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        assert_eq!(filled(Some(&text(" XL "))), Some("XL".to_owned()));
        assert_eq!(filled(Some(&Scalar::Whole(7))), Some("7".to_owned()));
        for none in [None, Some(&text("")), Some(&text("  ")), Some(&Scalar::Fraction)] {
            assert_eq!(filled(none), None);
        }
    }

    #[test]
    fn a_line_has_no_end_of_line_and_a_length_in_characters() {
        assert!(is_line("Kuota 3 GB é", 12));
        assert!(!is_line("Kuota 3 GB é", 11));
        assert!(!is_line("a\nb", 80));
    }

    #[test]
    fn a_slug_is_how_ids_are_spelled() {
        assert_eq!(slug("MOBILE  LEGENDS: Bang Bang"), "mobile-legends-bang-bang");
        assert_eq!(slug("Rp 10.000,-"), "rp-10-000");
        assert_eq!(slug("моbile"), "bile");
    }

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug_and_has_single_hyphens(text in "\\PC{0,30}") {
            let once = slug(&text);
            prop_assert_eq!(slug(&once), once.clone());
            prop_assert!(!once.contains("--") && !once.starts_with('-') && !once.ends_with('-'));
        }
    }
}

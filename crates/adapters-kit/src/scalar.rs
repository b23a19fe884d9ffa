//! A JSON value that suppliers write now as text, now as number.
//! No word about what it means.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, de};

/// A JSON text or number. Not printable: it may hold a number or a serial in clear.
#[derive(Clone, PartialEq, Eq)]
pub enum Scalar {
    Text(String),
    Whole(i64),
    /// A number that is no whole one, or too large to be exact. Present, and of no use.
    Fraction,
}

impl Scalar {
    /// As text; nothing for a fraction.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Fraction => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(number).map_or(Scalar::Fraction, Scalar::Whole))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Whole(number))
    }

    /// `25000.0` is a whole number. Above 2^53 a double is not exact any more.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
        let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
        let whole = if exact { format!("{number:.0}").parse().ok() } else { None };
        Ok(whole.map_or(Scalar::Fraction, Scalar::Whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<String> {
        serde_json::from_str::<Scalar>(json).unwrap().text().map(Cow::into_owned)
    }

    #[test]
    fn numbers_and_texts_read_alike_and_doubtful_numbers_read_as_nothing() {
        assert_eq!(read("1"), Some("1".to_owned()));
        assert_eq!(read("1.0"), Some("1".to_owned()));
        assert_eq!(read(r#""1""#), Some("1".to_owned()));
        assert_eq!(read("1.5"), None);
        // A token of twenty digits sent as a number has lost digits on the way: better none than a wrong one.
        assert_eq!(read("12345678901234567890"), None);
    }

    #[test]
    fn what_is_neither_text_nor_number_is_no_scalar() {
        for json in ["true", "null", "[1]", "{}"] {
            assert!(serde_json::from_str::<Scalar>(json).is_err(), "{json}");
        }
    }
}

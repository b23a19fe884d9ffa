//! Free text from outside, bounded and clean: one line without control characters, so that it can be stored, logged and
//! shown anywhere.

use serde::Deserialize;

/// 1 to `MAX` characters on one line. No Debug: it may be somebody's number.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    pub fn into_string(self) -> String {
        self.0
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        let fits = (1..=MAX).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("must be 1 to {MAX} characters without control characters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Option<String> {
        Line::<5>::try_from(text.to_owned()).ok().map(Line::into_string)
    }

    #[test]
    fn a_line_is_short_clean_and_not_empty() {
        assert_eq!(taken(" café ").as_deref(), Some("café"));
        for wrong in ["", "   ", "123456", "a\0b", "a\nb", "a\u{7f}"] {
            assert_eq!(taken(wrong), None, "{wrong:?}");
        }
    }
}

//! Why a reply is not believed. Not here: the supplier's own refusals, which are answers.

/// A reply nothing may be concluded from. The words reach the timeline, so they hold no text of the reply but a code
/// that [`word`] let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("HTTP status {0}")]
    Http(u16),
    #[error("the body is not the documented JSON")]
    Unreadable,
    #[error("the reply has no result code")]
    NoCode,
    #[error("unknown result code {0}")]
    UnknownCode(String),
    #[error("result code {0} says nothing about the purchase")]
    OutOfPlace(String),
    #[error("result code {0} and the status field contradict each other")]
    Contradiction(String),
    #[error("the reply does not name our reference")]
    OtherReference,
    #[error("the reply does not name our product")]
    OtherProduct,
    #[error("the reply is about somebody else")]
    OtherTarget,
    #[error("the price is not a whole number of rupiah")]
    BadPrice,
}

/// Longest code that is repeated to people; IAK's have two or three digits.
const WORD_LIMIT: usize = 8;

/// A supplier's code as it may be shown: letters and digits only, or `?`.
pub fn word(code: &str) -> String {
    let plain = (1..=WORD_LIMIT).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { code.to_owned() } else { "?".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_are_repeated_never_text() {
        assert_eq!(word("141"), "141");
        for text in ["", "081234567890", "0812 345", "<b>"] {
            assert_eq!(word(text), "?", "{text}");
        }
    }
}

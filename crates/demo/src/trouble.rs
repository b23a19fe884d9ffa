//! Suppliers that are in trouble from the beginning to the end of a run, each in its own way, while the others are well. What any of
//! the others can serve must be delivered all the same. Pure.

use serde_json::{Value, json};

/// What is wrong with a supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Nobody answers at its address.
    Down,
    /// Every purchase takes long to be answered, and hours to be delivered.
    Slow,
    /// It calls about what is not so: failures of what it delivers, forgeries, each call several times and out of order. Asked, it
    /// tells the truth.
    Lying,
    /// Our deposit there is used up after a few purchases.
    Broke,
}

/// Real time until a slow supplier answers a purchase. Short of what makes it one that does not answer.
const SLOW_MS: u64 = 1_000;
/// Business time until it delivers.
const DELIVERS_AFTER_MS: u64 = 4 * 3_600_000;
/// What a deposit lasts for: a few purchases (whole rupiah).
const LITTLE: i64 = 300_000;

impl std::str::FromStr for Trouble {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "down" => Ok(Self::Down),
            "slow" => Ok(Self::Slow),
            "lying" => Ok(Self::Lying),
            "broke" => Ok(Self::Broke),
            _ => Err(format!("`{word}` is none of down, slow, lying and broke")),
        }
    }
}

impl Trouble {
    /// The sandbox's rules for a supplier of this kind.
    pub fn rules(self, kind: &str) -> Vec<Value> {
        let rule = |call: &str, fault: &str, more: Value| {
            let mut rule = json!({ "provider": kind, "call": call, "kind": fault, "probability": 1.0 });
            if let (Some(rule), Some(more)) = (rule.as_object_mut(), more.as_object()) {
                rule.extend(more.clone());
            }
            rule
        };
        match self {
            Self::Slow => vec![
                rule("topup", "latency", json!({ "delay_ms": SLOW_MS })),
                rule("topup", "pending_for", json!({ "delay_ms": DELIVERS_AFTER_MS })),
            ],
            Self::Lying => vec![
                rule("callback", "lie", json!({ "probability": 0.5 })),
                rule("callback", "forged", json!({ "probability": 0.3 })),
                rule("callback", "duplicate", json!({ "probability": 0.3, "copies": 3 })),
                rule("callback", "reorder", json!({ "probability": 0.3 })),
            ],
            Self::Down | Self::Broke => Vec::new(),
        }
    }

    /// What its deposit is set to, in whole rupiah.
    pub const fn deposit(self) -> Option<i64> {
        match self {
            Self::Broke => Some(LITTLE),
            Self::Down | Self::Slow | Self::Lying => None,
        }
    }
}

/// `redision=down`.
///
/// # Errors
/// In words, when it is not that.
pub fn parse(text: &str) -> Result<(String, Trouble), String> {
    let (supplier, trouble) =
        text.split_once('=').ok_or("a supplier and its trouble are wanted, like redision=down")?;
    Ok((supplier.to_owned(), trouble.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_read_or_refused_in_words() {
        assert_eq!(parse("redision=down"), Ok(("redision".to_owned(), Trouble::Down)));
        for wrong in ["redision", "redision=", "redision=well"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_calls_lie_and_never_what_is_asked() {
        let calls = Trouble::Lying.rules("billfazz");
        assert!(calls.iter().all(|rule| rule["call"] == "callback" && rule["provider"] == "billfazz"));
    }
}

//! Text that must not be seen by accident: phone numbers, meter numbers, tokens, serials.
//! It has no `Display` and no `Serialize`; whoever wants it says [`Private::expose`], which a reviewer can search for.

use std::fmt;

/// Personal or valuable text. `Debug` shows nothing of it; [`Private::masked`] at most its last four characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Private(String);

impl Private {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Only for: the provider's request, the customer's own answer, the encrypting store.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// For people who must recognise it without knowing it: `********4321`. Short texts are hidden whole.
    pub fn masked(&self) -> String {
        let length = self.0.chars().count();
        let shown = if length >= 8 { 4 } else { 0 };
        let hidden = length.saturating_sub(shown);
        "*".repeat(hidden.min(8)) + &self.0.chars().skip(hidden).collect::<String>()
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_never_printed_whole() {
        let phone = Private::new("081234567890");
        assert_eq!(format!("{phone:?}"), "Private(***)");
        assert_eq!(phone.masked(), "********7890");
        assert_eq!(Private::new("1234567").masked(), "*******");
    }
}

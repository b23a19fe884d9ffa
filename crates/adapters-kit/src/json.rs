//! JSON objects and nothing else: serde reads a list into a struct as well, first place into first field, and a reply that
//! says `["SUCCESS"]` would be taken for one that says so by name.

use serde::Deserialize;

/// Reads an object. Nothing, where the text is no object, lacks a field, has one twice, is followed by more, or is of another
/// character set, be it only in a field that nobody reads.
pub fn object<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<T> {
    let text = std::str::from_utf8(text).ok()?;
    if !text.trim_ascii_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Debug, PartialEq, Eq)]
    struct Said {
        status: String,
    }

    #[test]
    fn only_a_named_field_is_a_field() {
        let said = |text: &str| object::<Said>(text.as_bytes()).map(|said| said.status);
        assert_eq!(said(" \r\n{\"status\":\"SUCCESS\",\"more\":[1]}"), Some("SUCCESS".to_owned()));
        for other in [
            r#"["SUCCESS"]"#,
            r#""SUCCESS""#,
            r#"{"status":"A","status":"B"}"#,
            r#"{"status":"A"} x"#,
            r#"{"status":1}"#,
            "{}",
            "",
        ] {
            assert_eq!(said(other), None, "{other}");
        }
        assert_eq!(object::<Said>(b"{\"status\":\"SUCCESS\",\"more\":\"\xe9\"}"), None);
    }
}

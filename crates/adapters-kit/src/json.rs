//! JSON objects, and nothing that only resembles them: serde fills a structure from a list as well, place by place, and a list
//! is no reply anybody documented.

use serde::Deserialize;

/// The object this text is, to its last byte. Nothing for all else; the error's own words may quote the text.
pub fn object<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Option<T> {
    let text = std::str::from_utf8(text).ok()?;
    let begins = text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{');
    if begins { serde_json::from_str(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Pair {
        a: u8,
        b: u8,
    }

    #[test]
    fn an_object_is_read_and_a_list_is_not() {
        assert_eq!(object(br#"{"a":1,"b":2}"#), Some(Pair { a: 1, b: 2 }));
        assert_eq!(object(b"\r\n {\"b\":2,\"a\":1,\"c\":3}\n"), Some(Pair { a: 1, b: 2 }));
        assert_eq!(serde_json::from_str::<Pair>("[1,2]").ok(), Some(Pair { a: 1, b: 2 }), "serde alone would");
        for none in
            ["[1,2]", " [1,2]", "", "null", "1", "{", r#"{"a":1}"#, r#"{"a":1,"b":2} x"#, r#"{"a":1,"a":1,"b":2}"#]
        {
            assert_eq!(object::<Pair>(none.as_bytes()), None, "{none}");
        }
        assert_eq!(object::<Pair>(b"{\"a\":1,\"b\":2,\"c\":\"\xe9\"}"), None);
    }
}

//! JSON objects and nothing else: serde reads a list into a struct as well, first place into first field, and a reply that
//! says `["SUCCESS"]` would be taken for one that says so by name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads an object. Nothing, where the text is no object, lacks a field, has one twice, is followed by more, or is of another
/// character set, be it only in a field that nobody reads.
pub fn object<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<T> {
    let text = std::str::from_utf8(text).ok()?;
    serde_json::from_str(text).ok().map(|Object(fields)| fields)
}

/// The same of what is already taken apart: one line of a price list.
pub fn fields<T: DeserializeOwned>(line: Value) -> Option<T> {
    serde_json::from_value(line).ok().map(|Object(fields)| fields)
}

/// An object within another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Named(PhantomData)).map(Object)
    }
}

struct Named<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, Debug, PartialEq, Eq)]
    struct Said {
        status: String,
    }

    #[derive(Deserialize, Debug, PartialEq, Eq)]
    struct Listed {
        all: Vec<Object<Said>>,
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

    #[test]
    fn so_it_is_within_an_object_and_in_what_is_taken_apart() {
        let said = || Said { status: "A".to_owned() };
        assert_eq!(fields::<Said>(json!({ "status": "A", "more": 1 })), Some(said()));
        assert_eq!(fields::<Listed>(json!({ "all": [{ "status": "A" }] })), Some(Listed { all: vec![Object(said())] }));
        for line in [json!(["A"]), json!("A"), json!(null), json!({})] {
            assert_eq!(fields::<Said>(line.clone()), None, "{line}");
            assert_eq!(fields::<Listed>(json!({ "all": [line] })), None, "{line}");
        }
    }
}

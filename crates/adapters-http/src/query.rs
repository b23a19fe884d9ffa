//! Query strings and path parameters, parsed so that an error names the parameter.

use std::str::FromStr;

use actix_web::HttpRequest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::{culprit, without_value};
use crate::problem::Problem;

/// Our longest parameter has eight letters; a longer name is only repeated to who sent it, and this much is enough.
const NAME_CAP: usize = 64;

/// Parses the query string. Every value is text to the target type.
pub fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    parse(request.query_string())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let mut map = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let name: String = name.chars().take(NAME_CAP).collect();
        if value.contains('\u{fffd}') {
            return Err(invalid(&name, "not_utf8", "it is not valid UTF-8"));
        }
        if map.insert(name.clone(), Value::String(value.into_owned())).is_some() {
            return Err(invalid(&name, "duplicate", "it is given twice"));
        }
    }
    serde_path_to_error::deserialize(Value::Object(map)).map_err(|error| {
        let words = without_value(&error.inner().to_string());
        let (field, code) = culprit(&error.path().to_string(), &words);
        invalid(&field, code, &words)
    })
}

fn invalid(field: &str, code: &str, words: &str) -> Problem {
    Problem::bad_request("invalid_query", "A query parameter cannot be taken").field(field, code, words)
}

/// A parameter of the path.
pub fn path<T: FromStr>(request: &HttpRequest, name: &'static str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    text.parse().map_err(|_unreadable| {
        Problem::bad_request("invalid_path", "A part of the address cannot be taken").field(
            name,
            "invalid",
            "it does not have the form of such an id",
        )
    })
}

/// How many to list: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Limit(pub u16);

/// A phone shows some 20 lines; two screens' worth.
const DEFAULT_LIMIT: u16 = 50;
/// What design and documents promise; larger pages hold up others.
const MAX_LIMIT: u16 = 100;

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl TryFrom<String> for Limit {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        let limit = text.parse().ok().filter(|n| (1..=MAX_LIMIT).contains(n));
        limit.map(Self).ok_or("limit must be 1 to 100")
    }
}

/// A yes or no in a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Flag(pub bool);

impl TryFrom<String> for Flag {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_neither| "must be true or false")
    }
}

/// A number by which a list continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Number(pub i64);

impl TryFrom<String> for Number {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_not_a_number| "must be a whole number")
    }
}

#[cfg(test)]
mod tests {
    use domain::catalogue::Category;
    use domain::{OrderId, ProductId};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        category: Option<Category>,
        cursor: Option<ProductId>,
        order: Option<OrderId>,
        open: Option<Flag>,
        #[serde(default)]
        limit: Limit,
    }

    #[test]
    fn a_query_is_read_with_its_defaults() {
        let asked: Asked = parse("category=pln_token&cursor=pln-20000&open=true").unwrap();
        assert_eq!(asked.category, Some(Category::PlnToken));
        assert_eq!(asked.open, Some(Flag(true)));
        assert_eq!(asked.limit, Limit(50));
        assert_eq!(parse::<Asked>("").unwrap().cursor, None);
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        for (text, expected) in [
            ("limit=0", "limit=invalid"),
            ("limit=101", "limit=invalid"),
            ("limit=-1", "limit=invalid"),
            ("limit=99999999999999999999", "limit=invalid"),
            ("limit=", "limit=invalid"),
            ("category=cars", "category=invalid"),
            ("cursor=%00", "cursor=invalid"),
            ("cursor=%ff", "cursor=not_utf8"),
            ("order=7", "order=invalid"),
            ("open=yes", "open=invalid"),
            ("page=2", "page=unknown"),
            ("limit=1&limit=2", "limit=duplicate"),
        ] {
            let problem = parse::<Asked>(text).unwrap_err();
            assert_eq!(problem.status.as_u16(), 400);
            assert_eq!(format!("{}={}", problem.errors[0].field, problem.errors[0].code), expected, "{text}");
        }
    }
}

//! Request bodies: read whole under a cap and a deadline, then parsed so that an error names its field.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::places;
use crate::problem::Problem;

/// The largest body anybody has reason to send us is a notice of some 2 KiB.
pub const BODY_CAP: usize = 64 * 1024;
/// A phone on a bad line sends our largest order within a second.
pub const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// Nearly all bodies come with their heads, or one round trip of a phone later.
const PROMPT: Duration = Duration::from_millis(250);
/// Longest sentence of the parser that is passed on; without the value it quotes it has some sixty letters.
const DETAIL_CAP: usize = 200;

/// A body as it came.
pub struct Body {
    pub bytes: Bytes,
    content_type: Option<String>,
}

/// The part of a request that is still to come, kept in its extensions. A payload dropped before its end would have the
/// framework read a chunked body to its end, however long that takes; one that is held until the answer is out has the
/// connection closed.
pub struct Unread(pub Payload);

impl FromRequest for Body {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let content_type = text(CONTENT_TYPE).map(str::to_owned);
        let announced = text(CONTENT_LENGTH).and_then(|v| v.parse::<usize>().ok()).unwrap_or(0);
        let request = request.clone();
        Box::pin(async move {
            if announced > BODY_CAP {
                return Err(too_large());
            }
            let unread = request.extensions_mut().remove::<Unread>();
            let Some(Unread(mut payload)) = unread else {
                return Err(Problem::internal(&"a body was asked for twice"));
            };
            match read_whole(&request, &mut payload).await {
                Ok(bytes) => Ok(Self { bytes, content_type }),
                Err(problem) => {
                    request.extensions_mut().insert(Unread(payload));
                    Err(problem)
                }
            }
        })
    }
}

/// Whoever is not prompt gives their place to others meanwhile: a few clients that drip would else hold all of them.
async fn read_whole(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    match tokio::time::timeout(PROMPT, read(payload, &mut body)).await {
        Ok(read) => read?,
        Err(_elapsed) => {
            places::leave(request);
            read_within(BODY_DEADLINE, payload, &mut body).await?;
            places::take(request)?;
        }
    }
    Ok(body.freeze())
}

async fn read_within(deadline: Duration, payload: &mut Payload, body: &mut BytesMut) -> Result<(), Problem> {
    match tokio::time::timeout(deadline, read(payload, body)).await {
        Ok(read) => read,
        Err(_elapsed) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body came too slowly")
            .field("body", "too_slow", "it was not complete within 10 seconds")
            .closing()),
    }
}

async fn read(payload: &mut Payload, body: &mut BytesMut) -> Result<(), Problem> {
    while let Some(chunk) = payload.next().await {
        let Ok(chunk) = chunk else {
            return Err(Problem::bad_request("body_unreadable", "The body cannot be read")
                .field("body", "unreadable", "it broke off or is not framed as announced")
                .closing());
        };
        if body.len() + chunk.len() > BODY_CAP {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(())
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large")
        .field("body", "too_large", "at most 64 KiB")
        .closing()
}

impl Body {
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let essence = self.content_type.as_deref().and_then(|t| t.split(';').next()).map(str::trim);
        if !essence.is_some_and(|t| t.eq_ignore_ascii_case("application/json")) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be JSON",
            )
            .field("Content-Type", "unsupported", "send application/json"));
        }
        parse(&self.bytes)
    }

    /// For acts that need no words: nothing at all, or an empty object.
    pub fn nothing(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        if self.bytes.is_empty() { Ok(()) } else { self.json::<Nothing>().map(|Nothing {}| ()) }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request("not_utf8", "The body is not UTF-8").field(
            "body",
            "not_utf8",
            format!("byte {} is not valid UTF-8", error.valid_up_to()),
        )
    })?;
    // Serde would read an array as a struct's fields in their order.
    if text.trim_start().starts_with('[') {
        return Err(Problem::invalid("invalid_field", "A field cannot be taken").field(
            "body",
            "invalid",
            "it must be an object",
        ));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        wrong(&path, error.inner())
    })?;
    json.end().map_err(|error| wrong(".", &error))?;
    Ok(value)
}

fn wrong(path: &str, error: &serde_json::Error) -> Problem {
    let words = without_value(&error.to_string());
    if error.is_data() {
        let (field, code) = culprit(path, &words);
        Problem::invalid("invalid_field", "A field cannot be taken").field(field, code, words)
    } else {
        Problem::bad_request("malformed_json", "The body is not JSON").field("body", "malformed", words)
    }
}

/// The parser's words, shortened and without the value they quote: it may be somebody's number.
pub fn without_value(words: &str) -> String {
    let quotes = ["invalid type", "invalid value", "unknown variant"].iter().any(|kind| words.starts_with(kind));
    let value = words.find(['`', '"']).zip(words.rfind(", expected")).filter(|(from, to)| quotes && from < to);
    let parts = value.and_then(|(from, to)| words.get(..from).zip(words.get(to..)));
    let words = parts.map_or_else(|| words.to_owned(), |(before, after)| format!("{}{after}", before.trim_end()));
    words.chars().take(DETAIL_CAP).collect()
}

/// The field at fault. For a missing, unknown or doubled one the parser's path ends at the object, and its name is in the
/// parser's words.
pub fn culprit(path: &str, words: &str) -> (String, &'static str) {
    let kinds = [("missing field", "required"), ("unknown field", "unknown"), ("duplicate field", "duplicate")];
    let named = kinds.iter().find(|(kind, _)| words.starts_with(kind));
    let name = words.split('`').nth(1);
    match (named, name) {
        (Some((_, code)), Some(name)) => {
            let parent = path.strip_suffix(name).map_or(path, |p| p.trim_end_matches('.'));
            let inside = matches!(parent, "." | "" | "?");
            (if inside { name.to_owned() } else { format!("{parent}.{name}") }, code)
        }
        _ if matches!(path, "." | "" | "?") => ("body".to_owned(), "invalid"),
        _ => (path.to_owned(), "invalid"),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only parsed")]
        count: u8,
        #[expect(dead_code, reason = "only parsed")]
        items: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only parsed")]
        product: domain::ProductId,
    }

    fn refusal(body: &[u8]) -> String {
        let problem = parse::<Outer>(body).unwrap_err();
        format!("{} {} {}={}", problem.status.as_u16(), problem.code, problem.errors[0].field, problem.errors[0].code)
    }

    #[test]
    fn whatever_is_wrong_the_field_is_named() {
        let table: [(&[u8], &str); 13] = [
            (br#"{"count":1,"items":[{"product":"x"}]}"#, "422 invalid_field items[0].product=invalid"),
            (br#"{"count":1,"items":[{"product":7}]}"#, "422 invalid_field items[0].product=invalid"),
            (br#"{"count":1,"items":[{}]}"#, "422 invalid_field items[0].product=required"),
            (br#"{"count":1,"items":[{"product":"ab","x":1}]}"#, "422 invalid_field items[0].x=unknown"),
            (br#"{"count":1,"items":{}}"#, "422 invalid_field items=invalid"),
            (br#"{"count":256,"items":[]}"#, "422 invalid_field count=invalid"),
            (br#"{"count":-1,"items":[]}"#, "422 invalid_field count=invalid"),
            (br#"{"count":"1","items":[]}"#, "422 invalid_field count=invalid"),
            (br#"{"items":[]}"#, "422 invalid_field count=required"),
            (br#"{"count":1,"count":1,"items":[]}"#, "422 invalid_field count=duplicate"),
            (br#"[1,[]]"#, "422 invalid_field body=invalid"),
            (br#"{"count":1"#, "400 malformed_json body=malformed"),
            (b"{\"count\":1,\"items\":[{\"product\":\"\xff\"}]}", "400 not_utf8 body=not_utf8"),
        ];
        for (body, expected) in table {
            assert_eq!(refusal(body), expected, "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(refusal(br#"{"count":1,"items":[]} {}"#), "400 malformed_json body=malformed");
        assert_eq!(refusal(b""), "400 malformed_json body=malformed");
    }

    #[test]
    fn a_wrong_value_is_not_sent_back() {
        let detail = |body: &str| parse::<Outer>(body.as_bytes()).unwrap_err().errors[0].detail.clone();
        let number = r#"{"count":"081234567890, expected","items":[]}"#;
        assert_eq!(detail(number), "invalid type: string, expected u8 at line 1 column 33");
        assert_eq!(
            detail(r#"{"count":81234567890,"items":[]}"#),
            "invalid value: integer, expected u8 at line 1 column 20"
        );
        assert_eq!(detail(r#"{"count":null,"items":[]}"#), "invalid type: null, expected u8 at line 1 column 13");
        let variant = without_value("unknown variant `0812`, expected `a` or `b`");
        assert_eq!(variant, "unknown variant, expected `a` or `b`");
    }

    #[test]
    fn a_long_wrong_value_is_not_sent_back_whole() {
        let body = format!(r#"{{"count":"{}","items":[]}}"#, "9".repeat(5000));
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        assert!(problem.errors[0].detail.len() <= DETAIL_CAP);
    }

    #[test]
    fn only_json_is_taken_for_json() {
        let body = |content_type: Option<&str>| Body {
            bytes: Bytes::from_static(br#"{"count":1,"items":[]}"#),
            content_type: content_type.map(str::to_owned),
        };
        for wrong in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("")] {
            assert_eq!(body(wrong).json::<Outer>().unwrap_err().status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        for right in ["application/json", "Application/JSON; charset=utf-8"] {
            assert!(body(Some(right)).json::<Outer>().is_ok());
        }
    }

    #[actix_web::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let first = futures_util::stream::iter([Ok(Bytes::from_static(b"{"))]);
        let never = first.chain(futures_util::stream::pending());
        let mut payload: Payload = Payload::Stream { payload: Box::pin(never) };
        let problem = read_within(Duration::from_millis(5), &mut payload, &mut BytesMut::new()).await.unwrap_err();
        assert_eq!(problem.status, StatusCode::REQUEST_TIMEOUT);
        assert!(problem.close, "the rest of it is still to come");
    }

    #[actix_web::test]
    async fn a_body_without_an_announced_length_is_cut_off_at_the_cap() {
        let chunk = Bytes::from(vec![b' '; 1024]);
        let endless = futures_util::stream::repeat_with(move || Ok(chunk.clone()));
        let mut payload: Payload = Payload::Stream { payload: Box::pin(endless) };
        let problem = read(&mut payload, &mut BytesMut::new()).await.unwrap_err();
        assert_eq!(problem.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn an_act_without_words_takes_an_empty_body_or_an_empty_object() {
        let body = |bytes: &'static [u8]| Body {
            bytes: Bytes::from_static(bytes),
            content_type: Some("application/json".into()),
        };
        assert!(body(b"").nothing().is_ok());
        assert!(body(b"{}").nothing().is_ok());
        assert_eq!(body(b"{\"a\":1}").nothing().unwrap_err().errors[0].field, "a");
    }
}

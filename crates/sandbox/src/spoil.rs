//! Replies that were spoiled on their way, whatever they said. Knows no provider.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody, to_bytes};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};
use tokio::time::{Interval, interval};

use crate::faults::Kind;

/// Many times what anybody should read.
const HUGE: usize = 10 * 1024 * 1024;
/// Between two bytes of a reply that drips.
const DRIP: Duration = Duration::from_millis(50);
/// Bytes a dripping reply has at least: together longer than any client's patience in a test.
const DRIPS: usize = 200;
/// `é` in Latin-1; no beginning of anything in UTF-8 where a quotation mark follows.
const LATIN: u8 = 0xE9;

/// A field that stands in no document.
const UNHEARD_OF: &str = "unheard_of";

/// The same reply, spoiled as the fault says. Its status stays.
pub async fn spoil(answer: HttpResponse, kind: Kind, reference: &str, rewritten: Option<(&str, &str)>) -> HttpResponse {
    let status = answer.status();
    let said = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("text/plain");
    let content_type = match kind {
        Kind::Charset => format!("{}; charset=ISO-8859-1", said.split(';').next().unwrap_or(said)),
        _ => said.to_owned(),
    };
    let Ok(body) = to_bytes(answer.into_body()).await else {
        return HttpResponseBuilder::new(StatusCode::INTERNAL_SERVER_ERROR).finish();
    };
    let mut reply = HttpResponseBuilder::new(status);
    reply.content_type(content_type);
    match kind {
        Kind::Huge => reply.body(filled(&body, HUGE)),
        Kind::Drip => reply.body(Dripping { bytes: filled(&body, DRIPS).into(), ticks: interval(DRIP) }),
        Kind::OtherReference => reply.body(other_reference(&body, reference)),
        Kind::Charset => reply.body(latin(&body)),
        Kind::Truncated => reply.body(body.slice(..body.len() / 2)),
        Kind::WrongTypes => reply.body(wrong_types(&body)),
        Kind::ExtraFields => reply.body(extra_fields(&body)),
        Kind::Rewrite => reply.body(rewrite(&body, rewritten)),
        _ => reply.body(body),
    }
}

/// With spaces behind it, which change nothing for whoever reads to the end.
fn filled(body: &[u8], to: usize) -> Vec<u8> {
    let mut filled = body.to_vec();
    filled.resize(body.len().max(to), b' ');
    filled
}

/// Somebody else's, as long as ours.
fn other_reference(body: &[u8], reference: &str) -> String {
    let text = String::from_utf8_lossy(body);
    if reference.is_empty() { text.into_owned() } else { text.replace(reference, &"Z".repeat(reference.len())) }
}

/// With one letter of another character set at the end of the last text of a JSON document, or of a plain text.
fn latin(body: &[u8]) -> Vec<u8> {
    // A quotation mark that closes a value: names are followed by a colon, and what opens follows one of these.
    let opens = |at: usize| matches!(at.checked_sub(1).and_then(|at| body.get(at)), Some(b'{' | b'[' | b',' | b':'));
    let is_value = |at: usize| body.get(at) == Some(&b'"') && body.get(at + 1) != Some(&b':') && !opens(at);
    let end = (0..body.len()).rev().find(|at| is_value(*at)).unwrap_or(body.len());
    let (before, behind) = body.split_at(end);
    [before, &[LATIN], behind].concat()
}

/// Every text and number as a list of one; what is no JSON becomes a JSON text.
fn wrong_types(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(value) => in_lists(value).to_string(),
        Err(_plain) => Value::from(String::from_utf8_lossy(body)).to_string(),
    }
}

fn in_lists(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, in_lists(value))).collect(),
        Value::Array(list) => list.into_iter().map(in_lists).collect(),
        Value::Null => Value::Null,
        leaf => Value::Array(vec![leaf]),
    }
}

/// Every object with one field more, of a shape of its own; what is no JSON stays.
fn extra_fields(body: &[u8]) -> Vec<u8> {
    serde_json::from_slice(body).map_or_else(|_plain| body.to_vec(), |value| with_one_more(value).to_string().into())
}

fn with_one_more(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let more = (UNHEARD_OF.to_owned(), json!([{ "of": null }, 1.5]));
            fields.into_iter().map(|(name, value)| (name, with_one_more(value))).chain([more]).collect()
        }
        Value::Array(list) => list.into_iter().map(with_one_more).collect(),
        leaf => leaf,
    }
}

fn rewrite(body: &[u8], rewritten: Option<(&str, &str)>) -> String {
    let text = String::from_utf8_lossy(body);
    rewritten.map_or_else(|| text.to_string(), |(from, to)| text.replace(from, to))
}

/// A body that comes byte by byte.
struct Dripping {
    bytes: Bytes,
    ticks: Interval,
}

impl MessageBody for Dripping {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.bytes.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.ticks.poll_tick(context));
        Poll::Ready(Some(Ok(self.bytes.split_to(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &[u8] = br#"{"data":{"ref_id":"R1","price":10250,"message":"PROCESS","tr_id":1}}"#;

    #[test]
    fn a_letter_of_another_character_set_stands_inside_a_text() {
        let spoiled = latin(REPLY);
        assert!(std::str::from_utf8(&spoiled).is_err());
        assert!(String::from_utf8_lossy(&spoiled).contains("PROCESS\u{fffd}\""));
        assert_eq!(latin(b"SUKSES"), b"SUKSES\xE9");
    }

    #[test]
    fn every_leaf_gets_another_type_and_the_names_stay() {
        let spoiled = wrong_types(REPLY);
        assert_eq!(spoiled, r#"{"data":{"message":["PROCESS"],"price":[10250],"ref_id":["R1"],"tr_id":[1]}}"#);
        assert_eq!(wrong_types(b"Saldo 5"), r#""Saldo 5""#);
    }

    #[test]
    fn a_field_more_and_one_text_for_another_leave_the_rest() {
        let more: Value = serde_json::from_slice(&extra_fields(REPLY)).unwrap();
        assert_eq!((&more["data"]["price"], &more["data"][UNHEARD_OF][1]), (&json!(10250), &json!(1.5)));
        assert_eq!(extra_fields(b"Saldo 5"), b"Saldo 5");
        let said = rewrite(REPLY, Some((r#""price":10250"#, r#""price":"10.250""#)));
        assert_eq!(said, String::from_utf8_lossy(REPLY).replace("10250", r#""10.250""#));
    }

    #[test]
    fn another_reference_is_as_long_as_ours() {
        assert!(other_reference(REPLY, "R1").contains(r#""ref_id":"ZZ""#));
        assert_eq!(other_reference(b"x", ""), "x");
    }
}

//! What was said to providers and by them, as the history keeps it: the calls that one commit stores, in one packed text.
//! Each is a line of words (provider, call, when in µs, how long in ms, how far it got, the HTTP status or `-`, the lengths of
//! request and response in bytes), then the request, then the response.

use domain::Moment;
use ports::Exchange;
use ports::store::StoryExchange;

use super::columns::{BadRow, packed};
use crate::pack::pack;

const COLUMN: &str = "said";
const NO_STATUS: &str = "-";

/// Empty: no call was made. `None`: longer than any text of ours, and the database takes no row without it.
pub(crate) fn packed_said(exchanges: &[Exchange]) -> Option<Vec<u8>> {
    if exchanges.is_empty() { Some(Vec::new()) } else { pack(&exchanges.iter().map(told).collect::<String>()) }
}

fn told(exchange: &Exchange) -> String {
    let Exchange { provider, call, at, elapsed_ms, sent, request, status, busy: _, response } = exchange;
    let status = status.map_or_else(|| NO_STATUS.to_owned(), |status| status.to_string());
    let (at, sent) = (at.timestamp_micros(), sent.as_str());
    let lengths = format!("{} {}", request.len(), response.len());
    format!("{provider} {call} {at} {elapsed_ms} {sent} {status} {lengths}\n{request}{response}")
}

/// The calls that the commit of this version stored.
pub(crate) fn read_said(version: i32, said: &[u8]) -> Result<Vec<StoryExchange>, BadRow> {
    let text = if said.is_empty() { String::new() } else { packed(COLUMN, said)? };
    let mut rest = text.as_str();
    let mut exchanges = Vec::new();
    while !rest.is_empty() {
        let (exchange, after) = heard(version, rest).ok_or_else(|| BadRow(format!("{COLUMN}: is no call")))?;
        exchanges.push(exchange);
        rest = after;
    }
    Ok(exchanges)
}

/// The first call of a text, and what follows it.
fn heard(version: i32, text: &str) -> Option<(StoryExchange, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let mut words = line.split(' ');
    let mut word = || words.next();
    let (provider, call) = (word()?.to_owned(), word()?.to_owned());
    let at = Moment::from_timestamp_micros(word()?.parse().ok()?)?;
    let elapsed_ms = word()?.parse().ok()?;
    let sent = word()?.to_owned();
    let status = word().filter(|status| *status != NO_STATUS).map(str::parse).transpose().ok()?;
    let (request, rest) = rest.split_at_checked(word()?.parse().ok()?)?;
    let (response, rest) = rest.split_at_checked(word()?.parse().ok()?)?;
    let (request, response) = (request.to_owned(), response.to_owned());
    Some((StoryExchange { version, provider, call, at, elapsed_ms, sent, request, status, response }, rest))
}

#[cfg(test)]
mod tests {
    use ports::Sent;

    use super::*;

    fn exchange(status: Option<u16>, request: &str, response: &str) -> Exchange {
        let at = Moment::from_timestamp_micros(1_764_000_000_123_456).unwrap();
        let (provider, sent) = ("iak".to_owned(), if status.is_some() { Sent::Replied } else { Sent::Maybe });
        let (request, response) = (request.to_owned(), response.to_owned());
        Exchange { provider, call: "top-up", at, elapsed_ms: 52, sent, request, status, busy: false, response }
    }

    #[test]
    fn what_was_said_is_read_as_it_was_said() {
        let all = [
            exchange(Some(200), "POST /a b\n{\"x\":1}", "{\"漢\":\"字\"}\n"),
            exchange(None, "", "connection reset"),
            exchange(Some(503), "iak top-up 1 2 replied 200 0 0\n", ""),
        ];
        let read = read_said(7, &packed_said(&all).unwrap()).unwrap();
        assert_eq!(read.len(), all.len());
        for (read, said) in read.iter().zip(&all) {
            assert_eq!((read.version, read.provider.as_str(), read.call.as_str()), (7, "iak", "top-up"));
            assert_eq!((read.at, read.elapsed_ms, read.sent.as_str()), (said.at, 52, said.sent.as_str()));
            assert_eq!((&read.request, read.status, &read.response), (&said.request, said.status, &said.response));
        }
        assert_eq!((packed_said(&[]), read_said(7, &[])), (Some(Vec::new()), Ok(Vec::new())));
    }

    #[test]
    fn what_is_no_call_is_told_and_not_shown() {
        let whole = told(&exchange(Some(200), "ask", "answer"));
        for text in ["x", "iak top-up\n", whole.trim_end_matches('r'), &whole.replace("52", "-1"), &format!("{whole}x")]
        {
            assert!(read_said(1, &pack(text).unwrap()).is_err(), "{text:?}");
        }
        assert!(read_said(1, b"clear").is_err());
    }
}

//! Notices as an attacker or a broken line would send them.

use bytes::Bytes;
use secrecy::ExposeSecret;

use crate::notice::RawNotice;

/// Deep enough to overflow a recursive reader, small enough to pass a listener.
const DEEP: usize = 200_000;

/// Every single-bit change of the body, the query, each header value and the token, each with words for it.
/// Changes that leave no text are made only in the body: a listener hands over the rest as text.
pub(super) fn bit_flips(raw: &RawNotice) -> impl Iterator<Item = (String, RawNotice)> + '_ {
    let body = places(&raw.body).map(move |(at, mask)| {
        (
            format!("body byte {at} ^ {mask:#04x}"),
            RawNotice { body: flipped(&raw.body, at, mask).into(), ..raw.clone() },
        )
    });
    let query = places(raw.query.as_bytes()).filter_map(move |(at, mask)| {
        let query = String::from_utf8(flipped(raw.query.as_bytes(), at, mask)).ok()?;
        Some((format!("query byte {at} ^ {mask:#04x}"), RawNotice { query, ..raw.clone() }))
    });
    let headers = raw.headers.iter().enumerate().flat_map(move |(n, (name, value))| {
        places(value.as_bytes()).filter_map(move |(at, mask)| {
            let changed = String::from_utf8(flipped(value.as_bytes(), at, mask)).ok()?;
            let mut tampered = raw.clone();
            tampered.headers.get_mut(n)?.1 = changed;
            Some((format!("header {name} byte {at} ^ {mask:#04x}"), tampered))
        })
    });
    let token = raw.token.as_ref().map_or("", |token| token.expose_secret());
    let tokens = places(token.as_bytes()).filter_map(move |(at, mask)| {
        let changed = String::from_utf8(flipped(token.as_bytes(), at, mask)).ok()?;
        Some((format!("token byte {at} ^ {mask:#04x}"), RawNotice { token: Some(changed.into()), ..raw.clone() }))
    });
    body.chain(query).chain(headers).chain(tokens)
}

/// Notices nobody can mean, with a name for each. The headers stay.
pub(super) fn garbage(raw: &RawNotice) -> Vec<(&'static str, RawNotice)> {
    let half = raw.body.slice(..raw.body.len() / 2);
    let bodies: [(&str, Bytes); 9] = [
        ("nothing", Bytes::new()),
        ("half of it", half),
        ("a number", Bytes::from_static(b"0")),
        ("an empty object", Bytes::from_static(b"{}")),
        ("an empty envelope", Bytes::from_static(br#"{"data":{}}"#)),
        ("separators", Bytes::from_static(b"&&==&%&%zz=%")),
        ("bytes that are no text", Bytes::from_static(b"\xff\xfe\x00\x80")),
        ("deep nesting", Bytes::from(vec![b'['; DEEP])),
        ("a page", Bytes::from_static(b"<html><body>hello</body></html>")),
    ];
    bodies.into_iter().map(|(name, body)| (name, RawNotice { body, query: String::new(), ..raw.clone() })).collect()
}

fn places(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> + use<> {
    (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, 1 << bit)))
}

fn flipped(bytes: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= mask;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_flipped_once_and_headers_and_query_stay_text() {
        let raw = RawNotice {
            headers: vec![("x-token".to_owned(), "abc".to_owned())],
            query: "q".to_owned(),
            body: Bytes::from_static(b"\xff12"),
            token: Some("s".into()),
            peer: None,
        };
        let all: Vec<_> = bit_flips(&raw).map(|(_, tampered)| tampered).collect();
        // Eight bits a byte in the body; the top bit of a letter alone is no text.
        assert_eq!(all.len(), 3 * 8 + 7 + 3 * 7 + 7);
        let token = |t: &RawNotice| t.token.as_ref().map(|token| token.expose_secret().to_owned());
        let changes = |t: &RawNotice| {
            [t.body != raw.body, t.query != raw.query, t.headers != raw.headers, token(t) != token(&raw)]
                .map(usize::from)
                .iter()
                .sum::<usize>()
        };
        assert!(all.iter().all(|tampered| changes(tampered) == 1));
        assert_eq!(all.iter().filter(|t| t.header("x-token") != Some("abc")).count(), 21);
    }
}

//! One kept HTTP/1.1 connection that carries one request at a time: the least a driver can do, so that it takes little from
//! what it measures, and so many connections are so many.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::{BenchError, Doing};

/// Longer than the server may take for anything it answers at once.
const PATIENCE: Duration = Duration::from_secs(30);
/// Our servers' answers are a few KB; the list of a hundred orders some tens.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;
/// Of a body that is shown with an error.
const SHOWN: usize = 300;

/// A connection.
pub struct Line {
    stream: TcpStream,
    host: String,
    received: Vec<u8>,
    /// Until an answer says that it was the last.
    open: bool,
}

/// A request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Empty: GET.
    pub body: &'a [u8],
    /// Of the body.
    pub content_type: &'a str,
    /// With its query.
    pub path: &'a str,
    /// Access token; none when empty.
    pub token: &'a str,
    /// Idempotency-Key; none when empty.
    pub key: &'a str,
}

/// An answer.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Where a redirect leads; empty when nowhere.
    pub location: String,
    /// The connection ends with it.
    pub last: bool,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer if it has this status.
    ///
    /// # Errors
    /// [`BenchError::Answer`] otherwise.
    pub fn must_be(self, status: u16, what: &'static str) -> Result<Self, BenchError> {
        if self.status == status {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.body).chars().take(SHOWN).collect();
        Err(BenchError::Answer { what, status: self.status, body })
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is something else.
    pub fn json<T: serde::de::DeserializeOwned>(&self, what: &'static str) -> Result<T, BenchError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| BenchError::Expected(format!("the answer to {what}: {error}")))
    }
}

impl Line {
    /// Connects to `http://host:port`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn to(base: &str) -> Result<Self, BenchError> {
        let host = base.strip_prefix("http://").unwrap_or(base).to_owned();
        let stream = TcpStream::connect(&host).await.doing(|| format!("connect to {host}"))?;
        stream.set_nodelay(true).doing(|| "set an option of a socket".to_owned())?;
        Ok(Self { stream, host, received: Vec::new(), open: true })
    }

    /// Whether it may carry one more request: everything was answered, and no answer was the last.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// When none comes, or not in HTTP/1.1 with a length.
    pub async fn send(&mut self, ask: &Ask<'_>) -> Result<Answer, BenchError> {
        match tokio::time::timeout(PATIENCE, self.exchange(ask)).await {
            Ok(answer) => answer,
            Err(_late) => Err(BenchError::Expected(format!("no answer to {} within {PATIENCE:?}", ask.path))),
        }
    }

    async fn exchange(&mut self, ask: &Ask<'_>) -> Result<Answer, BenchError> {
        let request = self.request(ask);
        self.open = false;
        self.stream.write_all(&request).await.doing(|| format!("send to {}", self.host))?;
        loop {
            if let Some((answer, length)) = read_answer(&self.received)? {
                self.received.drain(..length);
                self.open = !answer.last;
                return Ok(answer);
            }
            let read = self.stream.read_buf(&mut self.received).await.doing(|| format!("hear from {}", self.host))?;
            if read == 0 || self.received.len() > ANSWER_LIMIT {
                return Err(BenchError::Expected(format!("{} broke off its answer to {}", self.host, ask.path)));
            }
        }
    }

    fn request(&self, ask: &Ask<'_>) -> Vec<u8> {
        let method = if ask.body.is_empty() { "GET" } else { "POST" };
        let mut text = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", ask.path, self.host);
        let mut header = |name: &str, value: &str| {
            if !value.is_empty() {
                text.extend([name, ": ", value, "\r\n"]);
            }
        };
        header("Content-Type", ask.content_type);
        header("Idempotency-Key", ask.key);
        if !ask.body.is_empty() {
            header("Content-Length", &ask.body.len().to_string());
        }
        if !ask.token.is_empty() {
            header("Authorization", &format!("Bearer {}", ask.token));
        }
        text.push_str("\r\n");
        let mut request = text.into_bytes();
        request.extend_from_slice(ask.body);
        request
    }
}

/// The first answer in what was received, and how many bytes it took; `None` until all of it is there.
fn read_answer(received: &[u8]) -> Result<Option<(Answer, usize)>, BenchError> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(received.get(..end).unwrap_or_default());
    let unreadable = || BenchError::Expected(format!("an answer begins {head:.60?}"));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).ok_or_else(unreadable)?;
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    };
    if header("transfer-encoding").is_some() {
        return Err(unreadable());
    }
    let length: usize = header("content-length").map_or(Some(0), |text| text.parse().ok()).ok_or_else(unreadable)?;
    let all = end + 4 + length;
    let Some(body) = received.get(end + 4..all) else { return Ok(None) };
    let location = header("location").unwrap_or_default().to_owned();
    let last = header("connection").is_some_and(|said| said.eq_ignore_ascii_case("close"));
    Ok(Some((Answer { status, location, last, body: body.to_vec() }, all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_all_of_it_is_there_and_no_further() {
        let bytes = b"HTTP/1.1 302 Found\r\ncontent-length: 2\r\nLocation: /pay/A\r\n\r\nokHTTP/1.1 200";
        for cut in 0..bytes.len() - 12 {
            assert_eq!(read_answer(&bytes[..cut]).unwrap(), None, "{cut}");
        }
        let (answer, length) = read_answer(bytes).unwrap().unwrap();
        let expected = Answer { status: 302, location: "/pay/A".to_owned(), last: false, body: b"ok".to_vec() };
        assert_eq!(answer, expected);
        assert_eq!(&bytes[length..], b"HTTP/1.1 200");
    }

    #[test]
    fn an_answer_that_ends_the_connection_says_so() {
        let bytes = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert!(read_answer(bytes).unwrap().unwrap().0.last);
    }

    #[test]
    fn an_answer_without_a_length_has_no_body_and_a_chunked_one_is_refused() {
        let (answer, _) = read_answer(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        assert!(read_answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(read_answer(b"SSH-2.0\r\n\r\n").is_err());
    }

    #[tokio::test]
    async fn a_request_carries_what_it_is_given_and_no_more() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let line = Line::to(&base).await.unwrap();
        let text = |ask: Ask<'_>| String::from_utf8(line.request(&ask)).unwrap();
        let host = base.trim_start_matches("http://");
        assert_eq!(
            text(Ask { path: "/a?b=1", ..Ask::default() }),
            format!("GET /a?b=1 HTTP/1.1\r\nHost: {host}\r\n\r\n")
        );
        let ask = Ask { body: b"{}", content_type: "application/json", path: "/v1", token: "t", key: "k" };
        let expected = format!(
            "POST /v1 HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n\
             Content-Length: 2\r\nAuthorization: Bearer t\r\n\r\n{{}}"
        );
        assert_eq!(text(ask), expected);
    }
}

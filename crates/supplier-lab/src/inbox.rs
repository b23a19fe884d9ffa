//! Where a supplier's callbacks arrive, one at a time, as our own routes would hand them on.

use std::time::Duration;

use ports::notice::RawNotice;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::driver::PATIENCE;
use crate::lab::must;

/// Listens, and answers what comes.
pub struct Inbox {
    listener: TcpListener,
}

/// One callback.
pub struct Arrived {
    /// `GET` or `POST`.
    pub method: String,
    /// The part of its path behind the supplier's id.
    pub kind: String,
    pub raw: RawNotice,
}

impl Inbox {
    pub async fn open() -> Self {
        Self { listener: must("a free port", TcpListener::bind("127.0.0.1:0").await) }
    }

    /// Our public address, as the supplier is told it.
    pub fn url(&self) -> String {
        format!("http://{}", must("its address", self.listener.local_addr()))
    }

    /// Waits for the next one and answers it with `OK`.
    pub async fn next(&self) -> Arrived {
        self.next_answered("200 OK").await
    }

    /// Waits for the next one and answers it with this status.
    pub async fn next_answered(&self, status: &str) -> Arrived {
        must("a callback in time", timeout(PATIENCE, self.take(status)).await)
    }

    /// Whether none comes for a while.
    pub async fn stays_empty(&self, while_waiting: Duration) -> bool {
        timeout(while_waiting, self.listener.accept()).await.is_err()
    }

    async fn take(&self, status: &str) -> Arrived {
        let (mut sender, _) = must("a callback", self.listener.accept().await);
        let mut message = Vec::new();
        loop {
            if let Some(arrived) = whole(&message) {
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
                must("an answer", sender.write_all(answer.as_bytes()).await);
                return arrived;
            }
            let read = must("more of a callback", sender.read_buf(&mut message).await);
            must("a whole callback", if read > 0 { Ok(()) } else { Err("it ended early") });
        }
    }
}

/// `/webhooks/<id>/<kind>[/<token>][?<query>]`, headers and body; nothing, until all of it is there.
fn whole(message: &[u8]) -> Option<Arrived> {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = message.split_at(end + 4);
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?, first.next()?);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value.as_str());
    let body = body.get(..length.parse().ok()?)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts = path.split('/').skip(3);
    let kind = parts.next()?.to_owned();
    let raw = RawNotice {
        headers,
        query: query.to_owned(),
        body: body.to_vec().into(),
        token: parts.next().map(Into::into),
        peer: None,
    };
    Some(Arrived { method: method.to_owned(), kind, raw })
}

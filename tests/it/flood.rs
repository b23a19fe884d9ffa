//! Many new orders or notices at once, by sockets of our own: what a test offers must cost it little, or it measures itself. One
//! request is on a connection at a time; a connection that is free is used again, as a proxy before the server does it.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shop::{AIRTIME, Shop};

/// Customers who order. Each has one token, and knows that they order the same again.
const CUSTOMERS: usize = 8;
/// The server closes a connection that is idle for 15 s. One that may be about to go is not used again.
const USED_WITHIN: Duration = Duration::from_secs(10);
/// Answers are a few hundred bytes.
const READ_AT_ONCE: usize = 4 * 1024;

/// What one request came to.
#[derive(Debug)]
pub struct Told {
    /// The Idempotency-Key it carried.
    pub status: u16,
    pub retry_after: bool,
    pub body: String,
    /// From the moment it was due.
    pub took: Duration,
    /// When it was answered.
    pub at: Instant,
}

impl Told {
    pub fn placed(&self) -> bool {
        self.status == 201
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The problem's code.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

/// A crowd that orders one and the same thing.
pub struct Flood {
    /// `host:port` of each server.
    servers: Vec<String>,
    tokens: Vec<String>,
    /// Who orders in this crowd, and nowhere else.
    pub customers: Vec<String>,
    body: String,
    next: AtomicUsize,
    /// Of each server, with the time since when.
    free: Vec<Mutex<Vec<(Instant, TcpStream)>>>,
    opened: AtomicUsize,
    /// Requests that got no answer, with the reason.
    pub unanswered: Mutex<Vec<String>>,
}

impl Flood {
    /// Everybody orders this with this promo.
    pub async fn of(shop: &Shop, promo: Option<&str>) -> Self {
        let mut body = shop.new_order(&[(AIRTIME, &crate::shop::phone())], promo).await;
        body["confirm_repeat"] = json!(true);
        let servers: Vec<String> =
            shop.world.servers().iter().map(|server| server.public_url().replace("http://", "")).collect();
        let customers: Vec<String> = (0..CUSTOMERS).map(|_| crate::shop::fresh()).collect();
        Self {
            tokens: customers.iter().map(|customer| shop.token_of(customer)).collect(),
            customers,
            body: body.to_string(),
            next: AtomicUsize::new(0),
            free: servers.iter().map(|_| Mutex::default()).collect(),
            servers,
            opened: AtomicUsize::new(0),
            unanswered: Mutex::default(),
        }
    }

    /// Connections opened so far.
    pub fn connections(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// Opens so many connections, which are free then.
    pub async fn connect(&self, connections: usize) {
        let probe = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        for n in 0..connections {
            let at = n % self.servers.len();
            let mut stream = self.open(at).await.unwrap();
            stream.write_all(probe).await.unwrap();
            assert_eq!(read(&mut stream).await.unwrap().0, 200);
            self.keep(at, stream);
        }
    }

    fn keep(&self, at: usize, stream: TcpStream) {
        self.free[at].lock().unwrap().push((Instant::now(), stream));
    }

    async fn open(&self, at: usize) -> io::Result<TcpStream> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        TcpStream::connect(&self.servers[at]).await
    }

    /// Places one more order; `None` if there was no answer.
    pub async fn order(&self, due: Instant) -> Option<Told> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let key = format!("flood-{n}");
        let request = format!(
            "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
            self.tokens[n % self.tokens.len()],
            self.body.len(),
            self.body
        );
        self.told(&key, n % self.servers.len(), &request, due).await
    }

    /// Brings a notice of the gateway; `None` if there was no answer.
    pub async fn notice(&self, form: &str) -> Option<Told> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let request = format!(
            "POST /webhooks/ecpay/return HTTP/1.1\r\nHost: x\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len(),
        );
        self.told(&format!("notice {n}"), n % self.servers.len(), &request, Instant::now()).await
    }

    async fn told(&self, name: &str, at: usize, request: &str, due: Instant) -> Option<Told> {
        match self.exchange(at, request).await {
            Ok((status, head, body)) => {
                let retry_after = head.to_ascii_lowercase().contains("\r\nretry-after: ");
                Some(Told { status, retry_after, body, took: due.elapsed(), at: Instant::now() })
            }
            Err(error) => {
                self.unanswered.lock().unwrap().push(format!("{name} after {:?}: {error}", due.elapsed()));
                None
            }
        }
    }

    async fn exchange(&self, at: usize, request: &str) -> io::Result<(u16, String, String)> {
        let kept = self.free[at].lock().unwrap().pop();
        let mut stream = match kept {
            Some((since, stream)) if since.elapsed() < USED_WITHIN => stream,
            Some(_) | None => self.open(at).await?,
        };
        stream.write_all(request.as_bytes()).await?;
        let answer = read(&mut stream).await?;
        if !answer.1.to_ascii_lowercase().contains("\r\nconnection: close") {
            self.keep(at, stream);
        }
        Ok(answer)
    }
}

/// Status, head and body of one answer.
async fn read(stream: &mut TcpStream) -> io::Result<(u16, String, String)> {
    let mut heard = Vec::with_capacity(READ_AT_ONCE);
    loop {
        if stream.read_buf(&mut heard).await? == 0 {
            let words = format!("closed after {:?}", String::from_utf8_lossy(&heard));
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words));
        }
        let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&heard[..end + 2]).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
        });
        let body = &heard[end + 4..];
        if body.len() >= length.unwrap_or(0) {
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
            return Ok((status, head, String::from_utf8_lossy(body).into_owned()));
        }
    }
}

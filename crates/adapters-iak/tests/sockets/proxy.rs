//! Stands between one purchase's adapter and the sandbox: counts what really arrives and spoils replies in the ways the
//! sandbox cannot.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Twice what anybody should read.
const HUGE: usize = 2 * 1024 * 1024;
const DRIP: Duration = Duration::from_millis(50);
/// Far beyond the adapters' deadline of a second.
const DRIPS: usize = 200;

/// What becomes of the replies to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As the sandbox sent them.
    Through,
    Empty,
    Huge,
    Drip,
    OtherReference,
}

pub struct Proxy {
    pub base_url: String,
    top_ups: Arc<AtomicU32>,
}

impl Proxy {
    pub async fn start(sandbox: SocketAddr, top_up: Way, status: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/iak", listener.local_addr().unwrap());
        let top_ups = Arc::new(AtomicU32::new(0));
        tokio::spawn(serve(listener, sandbox, top_up, status, Arc::clone(&top_ups)));
        Self { base_url, top_ups }
    }

    /// Top-up requests that arrived.
    pub fn top_ups(&self) -> u32 {
        self.top_ups.load(Ordering::SeqCst)
    }
}

async fn serve(listener: TcpListener, sandbox: SocketAddr, top_up: Way, status: Way, top_ups: Arc<AtomicU32>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let request = read_request(&mut client).await;
        let way = if request.starts_with(b"POST /iak/api/top-up") {
            top_ups.fetch_add(1, Ordering::SeqCst);
            top_up
        } else if request.starts_with(b"POST /iak/api/check-status") {
            status
        } else {
            Way::Through
        };
        let reply = forward(sandbox, &request).await;
        spoil(&mut client, way, &reply).await;
    }
}

/// Header and as much body as the header announces.
async fn read_request(client: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = split(&request)
            && body.len() >= content_length(head)
        {
            return request;
        }
        match client.read(&mut buffer).await {
            Ok(0) | Err(_) => return request,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:").map(str::to_owned));
    line.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

fn split(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = message.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((&message[..at], &message[at + 4..]))
}

/// The sandbox's whole reply; nothing when it hung up.
async fn forward(sandbox: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(sandbox).await.unwrap();
    let line_end = request.windows(2).position(|two| two == b"\r\n").unwrap_or(0);
    let (line, rest) = request.split_at(line_end);
    let whole = [line, b"\r\nConnection: close".as_slice(), rest].concat();
    let mut reply = Vec::new();
    if server.write_all(&whole).await.is_err() || server.read_to_end(&mut reply).await.is_err() {
        return Vec::new();
    }
    reply
}

async fn spoil(client: &mut TcpStream, way: Way, reply: &[u8]) {
    let body = split(reply).map_or(&b""[..], |(_, body)| body);
    let spoiled = match way {
        Way::Through => reply.to_vec(),
        Way::Empty => with_200(b""),
        Way::Huge => with_200(&[body, &vec![b' '; HUGE]].concat()),
        Way::OtherReference => with_200(&other_reference(body)),
        Way::Drip => return drip(client, body).await,
    };
    // A client that has heard enough may be gone.
    let _ = client.write_all(&spoiled).await;
    let _ = client.shutdown().await;
}

fn with_200(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn other_reference(body: &[u8]) -> Vec<u8> {
    let mut reply: Value = serde_json::from_slice(body).unwrap();
    reply["data"]["ref_id"] = Value::from("ZZZZZZZZZZZZZZZZZZZZ");
    reply.to_string().into_bytes()
}

async fn drip(client: &mut TcpStream, body: &[u8]) {
    let whole = with_200(&[body, &[b' '; DRIPS]].concat());
    for byte in whole.iter().take(DRIPS) {
        if client.write_all(&[*byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(DRIP).await;
    }
}

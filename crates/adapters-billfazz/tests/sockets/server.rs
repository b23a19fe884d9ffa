//! A server that answers one connection after another as it was told, and shows what it was asked. It knows nothing of BillFazz.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use adapters_billfazz::MANIFEST;
use adapters_kit::{Http, HttpSettings, PublicUrls};
use domain::{Moment, SupplierId};
use ports::Supplier;
use ports::settings::RawSettings;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const KEY: &str = "client-0001";
pub const SECRET: &str = "secret-0001";

/// What to do with one request.
pub enum Reply {
    Json(u16, Value),
    /// Status, and the body as it is.
    Text(u16, &'static str),
    /// The connection ends unanswered.
    HangUp,
    /// A redirect to this same server.
    Redirect,
    /// More bytes than are announced ever come.
    Half(Value),
}

/// A request as it came: head and body.
pub struct Asked {
    pub head: String,
    pub body: Value,
}

pub struct Server {
    base: String,
    answering: JoinHandle<Vec<Asked>>,
}

impl Server {
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/sandbox/api/v1", listener.local_addr().unwrap());
        let own = base.clone();
        let answering = tokio::spawn(async move {
            let mut asked = Vec::new();
            for reply in replies {
                asked.push(answer(&listener, reply, &own).await);
            }
            // Whoever comes again is heard for a while.
            while let Ok(Ok((mut late, _))) = tokio::time::timeout(Duration::from_millis(200), listener.accept()).await
            {
                let mut buffer = [0; 1024];
                let read = late.read(&mut buffer).await.unwrap_or(0);
                asked.push(Asked { head: String::from_utf8_lossy(&buffer[..read]).into_owned(), body: Value::Null });
            }
            asked
        });
        Self { base, answering }
    }

    pub fn supplier(&self) -> Arc<dyn Supplier> {
        supplier_at(&self.base)
    }

    /// Everything it was asked, once all replies are given.
    pub async fn asked(self) -> Vec<Asked> {
        self.answering.await.unwrap()
    }
}

pub fn supplier_at(base: &str) -> Arc<dyn Supplier> {
    let settings = HttpSettings { connect_timeout: Duration::from_millis(500), allow_plain_http: true };
    let http = Http::new(settings).unwrap();
    let urls = PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" };
    let values = [
        ("KEY", KEY),
        ("SECRET", SECRET),
        ("BASE_URL", base),
        ("CALLBACK_SECRETS", "bfcb-0001"),
        ("TIMEOUT_MS", "1000"),
    ];
    let values: BTreeMap<String, SecretString> =
        values.into_iter().map(|(name, value)| (name.to_owned(), SecretString::from(value))).collect();
    let raw = RawSettings::new("SUPPLIER_BILLFAZZ_", values);
    (MANIFEST.build)(SupplierId::from_str("billfazz").unwrap(), &raw, &urls, &http).unwrap()
}

pub fn now() -> Moment {
    Moment::from_timestamp_millis(1_795_000_000_000).unwrap()
}

async fn answer(listener: &TcpListener, reply: Reply, own: &str) -> Asked {
    let (mut client, _) = listener.accept().await.unwrap();
    let mut message = Vec::new();
    let mut buffer = [0; 4096];
    let asked = loop {
        let read = client.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the request ended early");
        message.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&message);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        // A body is one JSON object and ends with it.
        let body = if head.starts_with("GET ") { Ok(Value::Null) } else { serde_json::from_str(body) };
        if let Ok(body) = body {
            break Asked { head: head.to_owned(), body };
        }
    };
    let said = match reply {
        Reply::HangUp => return asked,
        Reply::Json(status, body) => whole(status, "", &body.to_string()),
        Reply::Text(status, body) => whole(status, "", body),
        Reply::Redirect => whole(307, &format!("Location: {own}/prepaid/payment\r\n"), ""),
        Reply::Half(body) => {
            let body = body.to_string();
            let (half, _) = body.split_at(body.len() / 2);
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{half}", body.len())
        }
    };
    client.write_all(said.as_bytes()).await.unwrap();
    asked
}

fn whole(status: u16, more: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

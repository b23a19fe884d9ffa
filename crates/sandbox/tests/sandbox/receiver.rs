//! A shop that receives what the sandbox sends, and answers as it is told.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One message the shop received.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    head: String,
    pub body: String,
}

impl Received {
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// A header's value; its name in lower case.
    pub fn header(&self, name: &str) -> &str {
        let line =
            self.head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)));
        line.map_or("", |(_, value)| value.trim())
    }

    pub fn data(&self) -> Value {
        serde_json::from_str::<Value>(&self.body).unwrap()["data"].take()
    }
}

/// Answers every POST the same way and remembers it.
pub struct Shop {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    reply: Arc<Mutex<String>>,
}

impl Shop {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shop = Self { url, received: Arc::default(), reply: Arc::default() };
        shop.reply_with(200, "1|OK");
        let (received, reply) = (shop.received.clone(), shop.reply.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, received.clone(), reply.clone()));
            }
        });
        shop
    }

    pub fn reply_with(&self, status: u16, body: &str) {
        self.reply_raw(&format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ));
    }

    pub fn reply_raw(&self, reply: &str) {
        *self.reply.lock().unwrap() = reply.to_owned();
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

async fn serve(mut stream: TcpStream, received: Arc<Mutex<Vec<Received>>>, reply: Arc<Mutex<String>>) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length: usize = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned))
            .map_or(0, |length| length.trim().parse().unwrap());
        if body.len() >= length {
            let path = head.split(' ').nth(1).unwrap().to_owned();
            received.lock().unwrap().push(Received { path, head: head.to_owned(), body: body.to_owned() });
            break;
        }
    }
    let reply = reply.lock().unwrap().clone();
    stream.write_all(reply.as_bytes()).await.unwrap();
}

//! A server that gives one prepared answer to everything, for replies the sandbox never gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::world::read_request;

#[derive(Clone)]
pub struct Scripted {
    pub base_url: String,
    asked: Arc<AtomicU32>,
}

/// What is done with the answer's body.
#[derive(Clone)]
pub enum Body {
    Whole(String),
    /// Promises everything, sends half and hangs up.
    Half(String),
    /// One byte at a time, forever.
    Drip,
}

impl Scripted {
    pub async fn start(body: Body) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicU32::new(0));
        let server = Self { base_url, asked: asked.clone() };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                read_request(&mut stream).await;
                asked.fetch_add(1, Ordering::SeqCst);
                // The client may have had enough before the end.
                let _ = answer(&mut stream, &body).await;
            }
        });
        server
    }

    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(stream: &mut (impl AsyncWriteExt + Unpin), body: &Body) -> std::io::Result<()> {
    let head = |length: usize| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
    };
    match body {
        Body::Whole(text) => stream.write_all((head(text.len()) + text).as_bytes()).await,
        Body::Half(text) => {
            let half = text.get(..text.floor_char_boundary(text.len() / 2)).unwrap_or_default();
            stream.write_all((head(text.len()) + half).as_bytes()).await
        }
        Body::Drip => {
            stream.write_all(head(1_000_000).as_bytes()).await?;
            loop {
                stream.write_all(b"a").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

//! Clients that take their time, or speak no HTTP: none of them holds a connection for long.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shop::Shop;

const PATIENCE: Duration = Duration::from_secs(25);

/// All of them at once: each waits for the server to lose its patience.
pub async fn all(shop: &Shop) {
    tokio::join!(
        a_slow_head_is_refused(shop),
        a_slow_body_is_refused(shop),
        a_dripping_body_is_refused(shop),
        a_silent_client_is_let_go(shop),
        what_is_no_request_is_refused(shop)
    );
}

async fn connect(shop: &Shop) -> TcpStream {
    let address = shop.world.servers()[0].public_url().replace("http://", "");
    TcpStream::connect(address).await.unwrap()
}

/// Connects, says this, and returns what came back until the server hung up, and how long that took.
async fn told(shop: &Shop, say: &str) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = connect(shop).await;
    stream.write_all(say.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("the server never hangs up").unwrap();
    (String::from_utf8_lossy(&heard).into_owned(), began.elapsed())
}

async fn a_slow_head_is_refused(shop: &Shop) {
    let (heard, took) = told(shop, "POST /v1/orders HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
    assert!((4..15).contains(&took.as_secs()), "{took:?}");
}

async fn a_slow_body_is_refused(shop: &Shop) {
    let head = format!(
        "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: slow\r\n\
         Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{{",
        shop.customer
    );
    let (heard, took) = told(shop, &head).await;
    assert!(heard.starts_with("HTTP/1.1 408 ") && heard.contains("\"code\":\"too_slow\""), "{heard}");
    assert!(heard.contains("\"field\":\"body\""), "{heard}");
    assert!((9..20).contains(&took.as_secs()), "{took:?}");
}

/// A byte every now and then does not keep a request alive: the whole body has its time.
async fn a_dripping_body_is_refused(shop: &Shop) {
    let head = format!(
        "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: drip\r\n\
         Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
        shop.customer
    );
    let began = Instant::now();
    let (mut from, mut to) = connect(shop).await.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let drip = async {
        // Until nobody takes it any more.
        while to.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    };
    let answer = async {
        let mut heard = [0; 1_024];
        let read = from.read(&mut heard).await.unwrap();
        String::from_utf8_lossy(&heard[..read]).into_owned()
    };
    let heard = tokio::select! {
        heard = answer => heard,
        () = drip => panic!("the server hung up without a word"),
        () = tokio::time::sleep(PATIENCE) => panic!("the server waits for ever"),
    };
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
    assert!((9..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

async fn a_silent_client_is_let_go(shop: &Shop) {
    let (heard, took) = told(shop, "").await;
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 408 "), "{heard}");
    assert!(took.as_secs() < 20, "{took:?}");
}

async fn what_is_no_request_is_refused(shop: &Shop) {
    let post = format!(
        "POST /v1/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Idempotency-Key: raw\r\nContent-Type: application/json\r\n",
        shop.customer
    );
    for say in [
        "garbage\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET /\u{1}\u{2} HTTP/1.1\r\n\r\n".to_owned(),
        format!("{post}Content-Length: -1\r\n\r\n"),
        format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
        format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{{}}"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}\r\n"),
    ] {
        let (heard, _) = told(shop, &say).await;
        assert!(heard.starts_with("HTTP/1.1 4"), "{say}: {heard}");
    }
}

//! The listeners themselves, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::auth::Role;
use crate::testing::{engine_without_store, keys, token};
use crate::{HttpSettings, ServeError, bind, bind_probes};

pub fn settings(public_addr: SocketAddr, admin_addr: SocketAddr) -> HttpSettings {
    HttpSettings { public_addr, admin_addr, workers: 1, jwt: keys(), dev: false }
}

pub fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

async fn say(addr: SocketAddr, request: &str) -> String {
    try_say(addr, request).await.unwrap()
}

async fn try_say(addr: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(addr).await?;
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn both_listeners_serve_until_told_to_stop() {
    let bound = bind(settings(any_port(), any_port()), engine_without_store()).unwrap();
    let (public, admin) = (bound.public, bound.admin);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = bound.run(async move { stopped.await.unwrap() });
    let asking = async move {
        let alive = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        for addr in [public, admin] {
            assert!(say(addr, alive).await.starts_with("HTTP/1.1 200 OK"));
        }
        let far_too_much = "POST /webhooks/ecpay/return HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
        let refused = say(public, far_too_much).await;
        assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
        assert!(say(public, "NOT HTTP\r\n\r\n").await.starts_with("HTTP/1.1 400"));
        let line = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
        let many = format!("{line}{}\r\n", "A: b\r\n".repeat(100));
        assert!(say(public, &many).await.starts_with("HTTP/1.1 4"), "a hundred headers");
        let large = format!("{line}Cookie: {}\r\n\r\n", "a".repeat(17_000));
        assert!(say(public, &large).await.starts_with("HTTP/1.1 431"), "a large head");
        let endless = format!("{line}Cookie: {}", "a".repeat(140_000));
        let answer = try_say(public, &endless).await;
        // The rest of it is not read, so the answer may be lost with the connection.
        assert!(
            answer.is_err() || answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 4")),
            "a head without an end"
        );
        stop.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(serving, asking);
    served.unwrap();
    assert!(TcpStream::connect(public).await.is_err(), "it still listens");
}

/// Every answer goes out at once; the connection of a client that does not end its body is closed soon after.
#[tokio::test]
async fn a_client_that_never_ends_its_body_is_let_go() {
    let bound = bind(settings(any_port(), any_port()), engine_without_store()).unwrap();
    let public = bound.public;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = bound.run(async move { stopped.await.unwrap() });
    let asking = async move {
        let chunked = |line: &str, size: usize| {
            let head = format!("{line} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            format!("{head}{size:x}\r\n{}", "a".repeat(size))
        };
        let requests = [
            (chunked("POST /webhooks/ecpay/return", 70_000), "HTTP/1.1 413"),
            (chunked("POST /v1/orders", 10), "HTTP/1.1 401"),
            (chunked("GET /healthz", 10), "HTTP/1.1 200"),
            (chunked("GET /nowhere", 10), "HTTP/1.1 404"),
        ];
        let all = requests.iter().map(|(request, expected)| async move {
            let answer = tokio::time::timeout(Duration::from_secs(20), say(public, request)).await;
            let answer = answer.unwrap_or_else(|_| panic!("still connected after {expected}"));
            assert!(answer.starts_with(expected), "{answer}");
        });
        futures_util::future::join_all(all).await;
        stop.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(serving, asking);
    served.unwrap();
}

/// More clients than there are places, each with a token and a body that does not come.
#[tokio::test]
async fn clients_that_drip_take_nobodys_place() {
    let bound = bind(settings(any_port(), any_port()), engine_without_store()).unwrap();
    let public = bound.public;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = bound.run(async move { stopped.await.unwrap() });
    let asking = async move {
        let head = format!(
            "Host: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n",
            token(Role::Customer)
        );
        let drip = format!("POST /v1/orders HTTP/1.1\r\n{head}Content-Length: 50\r\n\r\n{{");
        let mut dripping = Vec::new();
        for _ in 0..600 {
            let mut socket = TcpStream::connect(public).await.unwrap();
            socket.write_all(drip.as_bytes()).await.unwrap();
            dripping.push(socket);
        }
        let ask = format!("GET /v1/catalogue HTTP/1.1\r\n{head}Connection: close\r\n\r\n");
        // The database is down, which is another 503 than having no place.
        let answered = tokio::time::timeout(Duration::from_secs(5), async {
            while say(public, &ask).await.contains("overloaded") {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        answered.await.expect("those who drip hold every place");
        drop(dripping);
        stop.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(serving, asking);
    served.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_one_line_that_names_the_variable() {
    let taken = std::net::TcpListener::bind(any_port()).unwrap();
    let addr = taken.local_addr().unwrap();
    let first = bind(settings(addr, any_port()), engine_without_store()).map(|_| ()).unwrap_err();
    assert!(matches!(first, ServeError::AddrInUse { variable: "HTTP_ADDR", .. }));
    let second = bind(settings(any_port(), addr), engine_without_store()).map(|_| ()).unwrap_err();
    assert_eq!(second.to_string(), format!("ADMIN_ADDR: {addr} is taken by another process"));
}

#[tokio::test]
async fn a_process_that_only_works_answers_probes_and_nothing_else() {
    let bound = bind_probes(any_port(), keys(), &engine_without_store()).unwrap();
    let addr = bound.addr;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = bound.run(async move { stopped.await.unwrap() });
    let asking = async move {
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        for (path, expected) in [
            ("/healthz", "HTTP/1.1 200"),
            ("/readyz", "HTTP/1.1 503"),
            ("/metrics", "HTTP/1.1 200"),
            ("/v1/admin/orders", "HTTP/1.1 404"),
            ("/v1/catalogue", "HTTP/1.1 404"),
            ("/openapi.json", "HTTP/1.1 404"),
        ] {
            let answer = say(addr, &get(path)).await;
            assert!(answer.starts_with(expected), "{path}: {answer}");
        }
        stop.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(serving, asking);
    served.unwrap();
    let taken = std::net::TcpListener::bind(any_port()).unwrap().local_addr().unwrap();
    let _held = std::net::TcpListener::bind(taken).unwrap();
    let refused = bind_probes(taken, keys(), &engine_without_store()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, ServeError::AddrInUse { variable: "ADMIN_ADDR", .. }));
}

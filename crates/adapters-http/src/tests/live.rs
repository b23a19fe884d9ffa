//! An order's events over the wire: their frames, who gets them, and how a stream ends.

use std::net::SocketAddr;
use std::time::Duration;

use domain::Order;
use domain::payment::PaymentState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::sockets::{any_port, settings};
use super::*;
use crate::bind;
use crate::dto::OrderView;
use crate::testing::{engine_with_order, order};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same order before its end.
fn open() -> Order {
    let mut open = order();
    open.version -= 1;
    open.payments[0].state = PaymentState::Paid;
    open
}

fn events() -> TestRequest {
    bearer(TestRequest::get().uri(&format!("/v1/orders/{ORDER}/events")), Role::Customer)
}

#[actix_web::test]
async fn an_ended_order_is_told_once_and_then_never_again() {
    let app = listener_over(engine_with_order(vec![order()]), PUBLIC, public::configure).await;
    let response = call_service(&app, events().to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream");
    assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
    let body = read_body(response).await;
    let state = crate::answer::json_text(&OrderView::from(&order()));
    let expected = format!("retry: 2000\nid: {}\ndata: {state}\n\n", order().version);
    assert_eq!(std::str::from_utf8(&body).unwrap(), expected);

    for (seen, status) in [(order().version, 204), (order().version - 1, 200), (order().version + 1, 200)] {
        let request = events().insert_header(("Last-Event-ID", seen.to_string()));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{seen}");
        assert_eq!(read_body(response).await.is_empty(), status == 204);
    }
}

#[actix_web::test]
async fn other_peoples_orders_and_odd_ids_have_no_events() {
    let mut of_another = order();
    of_another.customer = ORDER.parse().unwrap();
    let app = listener_over(engine_with_order(vec![of_another]), PUBLIC, public::configure).await;
    let (status, code, _) = problem(call_service(&app, events().to_request()).await).await;
    assert_eq!((status, code.as_str()), (404, "no_such_order"));
    for odd in ["", "x", "1.5", "99999999999"] {
        let request = events().insert_header(("Last-Event-ID", odd)).to_request();
        let (status, code, body) = problem(call_service(&app, request).await).await;
        assert_eq!((status, code.as_str()), (400, "invalid_header"), "{odd}");
        assert_eq!(body["errors"][0]["field"], "Last-Event-ID");
    }
}

async fn ask(mut socket: TcpStream) -> TcpStream {
    let token = token(Role::Customer);
    let head = format!("GET /v1/orders/{ORDER}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

async fn watch(addr: SocketAddr) -> TcpStream {
    ask(TcpStream::connect(addr).await.unwrap()).await
}

async fn rest(socket: &mut TcpStream) -> String {
    let mut heard = String::new();
    tokio::time::timeout(PATIENCE, socket.read_to_string(&mut heard)).await.unwrap().unwrap();
    heard
}

/// Plays a story at a listener, and stops it when the story ends.
async fn at_listener(engine: Arc<Engine>, story: impl AsyncFnOnce(SocketAddr, oneshot::Sender<()>)) {
    let bound = bind(settings(any_port(), any_port()), engine).unwrap();
    let addr = bound.public;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = bound.run(async move { drop(stopped.await) });
    let (served, ()) = tokio::join!(serving, story(addr, stop));
    served.unwrap();
}

#[tokio::test]
async fn what_another_process_committed_is_told_and_with_the_end_the_connection_ends() {
    at_listener(engine_with_order(vec![open(), order()]), async |addr, _stop| {
        let heard = rest(&mut watch(addr).await).await;
        assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.contains("connection: close"), "{heard}");
        let places: Vec<_> = [open(), order()].map(|o| heard.find(&format!("\nid: {}\n", o.version))).into();
        assert!(places[0].is_some() && places[0] < places[1], "{heard}");
        assert!(heard.ends_with("\r\n0\r\n\r\n"), "a whole answer: {heard}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams_properly_and_at_once() {
    at_listener(engine_with_order(vec![open()]), async |addr, stop| {
        let mut socket = watch(addr).await;
        let mut begun = [0; 16];
        socket.read_exact(&mut begun).await.unwrap();
        let told = std::time::Instant::now();
        drop(stop);
        assert!(rest(&mut socket).await.ends_with("\r\n0\r\n\r\n"), "not cut off");
        assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    })
    .await;
}

async fn watchers(engine: &Engine) -> u64 {
    let metrics = engine.metrics().await;
    metrics.iter().find(|metric| metric.name == "seberang_order_watchers").unwrap().value
}

/// More than the system holds for a client that takes nothing.
#[tokio::test]
async fn a_client_that_reads_nothing_is_let_go() {
    let mut long = open();
    long.items[0].name = "x".repeat(16 * 1024 * 1024);
    let engine = engine_with_order(vec![long]);
    at_listener(Arc::clone(&engine), async |addr, _stop| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let held = ask(socket.connect(addr).await.unwrap()).await;
        for expected in [1, 0] {
            let reached = async {
                while watchers(&engine).await != expected {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("never {expected} watchers"));
        }
        drop(held);
    })
    .await;
}

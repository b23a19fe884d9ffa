//! The call against real sockets: what a server sees, and what we say of it.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use ports::Sent;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::private_values;

/// What the server does with each request it has read.
#[derive(Clone)]
enum Does {
    /// Answers and waits for the next request on the same connection; closes when one comes.
    KeepAlive(Vec<u8>),
    /// Answers with `Connection: keep-alive` in spirit, and dies at once.
    AnswerAndDie(Vec<u8>),
    Close,
    /// The head, then a byte every few milliseconds without end.
    Drip,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

struct Server {
    addr: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    async fn start(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                record.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, does.clone(), Arc::clone(&record)));
            }
        });
        Self { addr, seen }
    }

    fn url(&self) -> String {
        format!("http://{}/buy", self.addr)
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

async fn serve(mut stream: TcpStream, does: Does, seen: Arc<Mutex<Seen>>) {
    let mut served = 0;
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().unwrap().requests.push(request);
        served += 1;
        match &does {
            Does::KeepAlive(reply) if served == 1 => {
                let _ = stream.write_all(reply).await;
            }
            Does::KeepAlive(_) | Does::Close => return,
            Does::AnswerAndDie(reply) => {
                let _ = stream.write_all(reply).await;
                return;
            }
            Does::Drip => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
                while stream.write_all(b".").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                return;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse::<usize>().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn http() -> Http {
    Http::new(HttpSettings { connect_timeout: Duration::from_millis(500), allow_plain_http: true }).unwrap()
}

fn no_secrets() -> Redactor {
    Redactor::new(&[], Vec::new())
}

fn purchase<'a>(url: &'a str, redactor: &'a Redactor) -> Request<'a> {
    Request {
        provider: "iak",
        call: "top-up",
        method: Method::Post,
        url,
        headers: Vec::new(),
        content_type: Some("application/json"),
        body: br#"{"ref_id":"R1"}"#.to_vec(),
        deadline: Duration::from_secs(20),
        body_cap: BODY_CAP,
        redactor,
    }
}

fn now() -> Moment {
    chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

async fn buy(url: &str) -> (Outcome, Exchange) {
    http().call(purchase(url, &no_secrets()), now()).await
}

#[tokio::test]
async fn a_reply_comes_back_whole_and_is_recorded() {
    let server = Server::start(Does::KeepAlive(reply("200 OK", "", br#"{"rc":"00"}"#))).await;
    let (outcome, exchange) = buy(&server.url()).await;
    assert_eq!(outcome, Outcome::Reply { status: 200, body: Bytes::from_static(br#"{"rc":"00"}"#) });
    assert_eq!((exchange.sent, exchange.status, exchange.at), (Sent::Replied, Some(200), now()));
    assert_eq!(exchange.response, r#"{"rc":"00"}"#);
    let shown = format!("POST {}\ncontent-type: application/json\n\n{{\"ref_id\":\"R1\"}}", server.url());
    assert_eq!(exchange.request, shown);
    assert!(server.requests()[0].ends_with(r#"{"ref_id":"R1"}"#));
}

#[tokio::test]
async fn a_redirect_is_a_reply_and_nobody_follows_it() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let elsewhere = Server::start(Does::KeepAlive(reply("200 OK", "", b"bought again"))).await;
        let location = format!("location: {}\r\n", elsewhere.url());
        let server = Server::start(Does::KeepAlive(reply(status, &location, b""))).await;
        let (outcome, _) = buy(&server.url()).await;
        let code: u16 = status[..3].parse().unwrap();
        assert_eq!(outcome, Outcome::Reply { status: code, body: Bytes::new() });
        assert_eq!((server.requests().len(), elsewhere.connections()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_may_have_had_an_effect() {
    let server = Server::start(Does::Close).await;
    let (outcome, exchange) = buy(&server.url()).await;
    assert!(matches!(outcome, Outcome::MaybeSent { .. }), "{outcome:?}");
    assert_eq!((exchange.sent, exchange.status), (Sent::Maybe, None));
    assert_eq!((server.requests().len(), server.connections()), (1, 1));
}

#[tokio::test]
async fn a_server_error_or_a_request_to_come_again_is_a_reply_and_is_not_repeated() {
    for status in ["408 Request Timeout", "425 Too Early", "429 Too Many", "500 Oops", "503 Unavailable"] {
        let server = Server::start(Does::AnswerAndDie(reply(status, "retry-after: 0\r\n", b""))).await;
        let (outcome, _) = buy(&server.url()).await;
        assert!(matches!(outcome, Outcome::Reply { .. }), "{status}: {outcome:?}");
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn connections_are_not_kept_so_a_dead_one_cannot_be_tried_again() {
    let alive = Does::KeepAlive(reply("200 OK", "connection: keep-alive\r\n", b"x"));
    let dying = Does::AnswerAndDie(reply("200 OK", "connection: keep-alive\r\n", b"x"));
    for does in [alive, dying] {
        let server = Server::start(does).await;
        let http = http();
        for call in 1..=4 {
            let (outcome, _) = http.call(purchase(&server.url(), &no_secrets()), now()).await;
            assert!(matches!(outcome, Outcome::Reply { status: 200, .. }), "{outcome:?}");
            assert_eq!((server.requests().len(), server.connections()), (call, call));
        }
    }
}

#[tokio::test]
async fn a_body_shorter_than_promised_is_no_reply() {
    let server =
        Server::start(Does::AnswerAndDie(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"rc\"".to_vec())).await;
    let (outcome, _) = buy(&server.url()).await;
    assert!(matches!(outcome, Outcome::MaybeSent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn what_is_not_http_is_no_reply() {
    let server = Server::start(Does::AnswerAndDie(b"220 mail.example ESMTP\r\n".to_vec())).await;
    let (outcome, _) = buy(&server.url()).await;
    assert!(matches!(outcome, Outcome::MaybeSent { .. }), "{outcome:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_deadline() {
    let server = Server::start(Does::Drip).await;
    let redactor = no_secrets();
    let url = server.url();
    let request = Request { deadline: Duration::from_millis(300), ..purchase(&url, &redactor) };
    let (outcome, exchange) = http().call(request, now()).await;
    assert_eq!(outcome, Outcome::MaybeSent { why: "no whole reply within 300 ms".to_owned() });
    assert!(exchange.elapsed_ms >= 300);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_huge_body_is_not_read_to_its_end() {
    let server = Server::start(Does::KeepAlive(reply("200 OK", "", &vec![b'x'; 10 * BODY_CAP]))).await;
    let (outcome, exchange) = buy(&server.url()).await;
    assert!(matches!(&outcome, Outcome::MaybeSent { why } if why.starts_with("reply too large")), "{outcome:?}");
    assert!(exchange.response.len() < 100);
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_read() {
    let server = Server::start(Does::KeepAlive(reply("200 OK", "", &vec![b'x'; BODY_CAP]))).await;
    let (outcome, exchange) = buy(&server.url()).await;
    assert!(matches!(&outcome, Outcome::Reply { body, .. } if body.len() == BODY_CAP), "{outcome:?}");
    assert_eq!(exchange.response.len(), Exchange::BODY_LIMIT);
}

#[tokio::test]
async fn a_list_may_be_longer_than_the_reply_to_a_purchase_and_has_its_own_end() {
    for (length, whole) in [(BODY_CAP + 1, true), (LIST_CAP, true), (LIST_CAP + 1, false)] {
        let server = Server::start(Does::KeepAlive(reply("200 OK", "", &vec![b'x'; length]))).await;
        let (url, redactor) = (server.url(), no_secrets());
        let request = Request { body_cap: LIST_CAP, ..purchase(&url, &redactor) };
        let (outcome, exchange) = http().call(request, now()).await;
        assert_eq!(matches!(&outcome, Outcome::Reply { body, .. } if body.len() == length), whole, "{outcome:?}");
        assert!(exchange.response.len() <= Exchange::BODY_LIMIT);
    }
}

/// What a reply tells to be private is hidden wherever it repeats it. In a list thousands of things have names.
#[tokio::test]
async fn what_a_reply_tells_to_be_private_is_hidden_in_all_of_it_but_not_in_a_list() {
    let body = br#"{"sn":"77123","message":"SN 77123 for 081234567890"}"#;
    for (body_cap, kept) in [
        (BODY_CAP, r#"{"sn":"***","message":"SN *** for ***"}"#),
        (LIST_CAP, r#"{"sn":"***","message":"SN 77123 for ***"}"#),
    ] {
        let server = Server::start(Does::KeepAlive(reply("200 OK", "", body))).await;
        let url = server.url();
        let redactor = Redactor::new(&["sn"], vec!["081234567890".into()]).told(|body| private_values(&["sn"], body));
        let request = Request { body_cap, ..purchase(&url, &redactor) };
        let (outcome, exchange) = http().call(request, now()).await;
        assert_eq!(outcome, Outcome::Reply { status: 200, body: Bytes::from_static(body) }, "it is read as it came");
        assert_eq!(exchange.response, kept);
    }
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let server = Server::start(Does::KeepAlive(reply("200 OK", "content-encoding: gzip\r\n", b"\x1f\x8b not"))).await;
    let (outcome, _) = buy(&server.url()).await;
    assert_eq!(outcome, Outcome::Reply { status: 200, body: Bytes::from_static(b"\x1f\x8b not") });
    assert!(!server.requests()[0].to_lowercase().contains("accept-encoding"));
}

#[tokio::test]
async fn a_reply_that_is_not_utf8_is_kept_as_well_as_can_be() {
    let server = Server::start(Does::KeepAlive(reply("200 OK", "", b"\xa4\xa4 ok"))).await;
    let (outcome, exchange) = buy(&server.url()).await;
    assert_eq!(outcome, Outcome::Reply { status: 200, body: Bytes::from_static(b"\xa4\xa4 ok") });
    assert_eq!(exchange.response, "\u{fffd}\u{fffd} ok");
}

#[tokio::test]
async fn what_fails_before_the_first_byte_was_not_sent() {
    let closed_port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let not_tls = Server::start(Does::AnswerAndDie(b"what?\r\n".to_vec())).await;
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for url in [
        format!("http://{closed_port}/buy"),
        "https://no-such-host.invalid/buy".to_owned(),
        format!("https://{}/buy", not_tls.addr),
        // Accepts by its backlog and never says a word: TLS cannot finish within the connect timeout.
        format!("https://{}/buy", mute.local_addr().unwrap()),
        "ftp://127.0.0.1/buy".to_owned(),
        "not an address".to_owned(),
    ] {
        let (outcome, exchange) = buy(&url).await;
        assert!(matches!(outcome, Outcome::NotSent { .. }), "{url}: {outcome:?}");
        assert_eq!((exchange.sent, exchange.status), (Sent::No, None), "{url}");
    }
    assert_eq!(not_tls.requests().len(), 0);
}

/// The deadline of a call proves nothing, so connecting must be given up before it.
#[tokio::test]
async fn with_a_short_deadline_a_server_that_is_away_is_still_not_sent() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/buy", mute.local_addr().unwrap());
    let redactor = no_secrets();
    let request = || Request { deadline: Duration::from_millis(400), ..purchase(&url, &redactor) };
    let (unclear, _) = http().call(request(), now()).await;
    assert!(matches!(unclear, Outcome::MaybeSent { .. }), "{unclear:?}");
    let (certain, _) = http().within(Duration::from_millis(400)).unwrap().call(request(), now()).await;
    assert!(matches!(certain, Outcome::NotSent { .. }), "{certain:?}");
}

#[tokio::test]
async fn plain_http_is_refused_unless_allowed() {
    let server = Server::start(Does::KeepAlive(reply("200 OK", "", b""))).await;
    let strict = HttpSettings { connect_timeout: Duration::from_secs(1), allow_plain_http: false };
    let (outcome, _) = Http::new(strict).unwrap().call(purchase(&server.url(), &no_secrets()), now()).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn secrets_reach_the_provider_and_no_record() {
    let echo = br#"{"sn":"1234-5678-SERIAL","customer_id":"081234567890","message":"sign=S1GNATURE; key api-key-1"}"#;
    let server = Server::start(Does::KeepAlive(reply("200 OK", "", echo))).await;
    let redactor = Redactor::new(&["sn", "sign"], vec!["081234567890".into(), "api-key-1".into()]);
    let url = format!("{}?sign=S1GNATURE&to=081234567890", server.url());
    let mut request = purchase(&url, &redactor);
    request.headers = vec![("authorization", "Basic T0PSECRET".into())];
    request.body = br#"{"customer_id":"081234567890","sign":"S1GNATURE","key":"api-key-1"}"#.to_vec();
    let (outcome, exchange) = http().call(request, now()).await;

    let sent = &server.requests()[0];
    let kept = format!("{exchange:?} {outcome:?} {redactor:?}");
    for secret in ["081234567890", "S1GNATURE", "api-key-1", "T0PSECRET"] {
        assert!(sent.contains(secret), "{secret} must be sent");
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    assert!(!kept.contains("SERIAL"), "{kept}");
    assert!(exchange.request.contains("authorization: ***"));
}

#[tokio::test]
async fn the_words_of_a_failed_call_hold_no_secret() {
    let redactor = Redactor::new(&["sign"], vec!["s3cret-host".into()]);
    for url in ["https://s3cret-host.invalid/?sign=S1GNATURE", "http://u:S1GNATURE@127.0.0.1/", "x?sign=S1GNATURE"] {
        let (outcome, exchange) = http().call(purchase(url, &redactor), now()).await;
        let kept = format!("{exchange:?} {outcome:?}");
        assert!(matches!(outcome, Outcome::NotSent { .. }), "{kept}");
        assert!(!kept.contains("S1GNATURE") && !kept.contains("s3cret-host"), "{kept}");
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_stops_the_call_and_is_not_shown() {
    let server = Server::start(Does::Close).await;
    let (url, redactor) = (server.url(), no_secrets());
    let mut request = purchase(&url, &redactor);
    request.headers = vec![("x-key", "T0PSECRET\r\nx-evil: 1".into())];
    let (outcome, exchange) = http().call(request, now()).await;
    assert_eq!(outcome, Outcome::NotSent { why: "the value for header x-key cannot be sent".to_owned() });
    assert!(!format!("{exchange:?}").contains("T0PSECRET"));
    assert_eq!(server.connections(), 0);
}

/// The environment is set in a child process: this very test binary, told to run only the child test below.
#[tokio::test]
async fn a_proxy_in_the_environment_is_not_used() {
    let proxy = Server::start(Does::KeepAlive(reply("200 OK", "", b"by proxy"))).await;
    let origin = Server::start(Does::KeepAlive(reply("200 OK", "", b"by origin"))).await;
    for (client, by_proxy, by_origin) in [("ours", 0, 1), ("plain", 1, 0)] {
        let before = (proxy.requests().len(), origin.requests().len());
        let output = child(client, &format!("http://{}", proxy.addr), &origin.url()).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let after = (proxy.requests().len(), origin.requests().len());
        assert_eq!((after.0 - before.0, after.1 - before.1), (by_proxy, by_origin), "{client}");
    }
}

async fn child(client: &'static str, proxy: &str, target: &str) -> std::process::Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "http::tests::child_calls_once", "--ignored", "--nocapture"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, proxy).env(name.to_lowercase(), proxy);
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    command.env("CHILD_CLIENT", client).env("CHILD_TARGET", target);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
#[ignore = "run by a_proxy_in_the_environment_is_not_used, in its own process"]
#[expect(clippy::disallowed_methods, reason = "the client that must not be used shows what it does")]
async fn child_calls_once() {
    let target = std::env::var("CHILD_TARGET").unwrap();
    match std::env::var("CHILD_CLIENT").unwrap().as_str() {
        "ours" => assert!(matches!(buy(&target).await.0, Outcome::Reply { .. })),
        // A client as it comes uses the proxy: the test can fail.
        _ => assert!(reqwest::Client::new().post(target).body("x").send().await.is_ok()),
    }
}

//! A sandbox on a free port, a listener for its notices, and an adapter that talks to both.
//! The adapter is reached only as the registry reaches it: by its manifest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use adapters_ecpay::MANIFEST;
use adapters_kit::{BODY_CAP, Http, HttpSettings, Method, Outcome, PublicUrls, Redactor, Request};
use bytes::Bytes;
use domain::{Currency, Moment, Money, Reference};
use ports::Gateway;
use ports::gateway::{CheckoutForm, CheckoutRequest};
use ports::notice::RawNotice;
use ports::settings::{BadSetting, RawSettings};
use sandbox::{Clock, SandboxConfig, SandboxHandle};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

const FORM: &str = "application/x-www-form-urlencoded";
/// No test waits longer for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub gateway: Arc<dyn Gateway>,
    pub sandbox: SandboxHandle,
    http: Http,
    notices: Mutex<mpsc::UnboundedReceiver<Vec<u8>>>,
    public_base: String,
    minted: AtomicU64,
    _truth: TempDir,
}

impl World {
    /// `changes` replace example settings; queries may follow each other at once unless they say otherwise.
    pub async fn start(changes: &[(&str, &str)]) -> Self {
        let truth = tempfile::tempdir().unwrap();
        let config =
            SandboxConfig::new("127.0.0.1:0".parse().unwrap(), truth.path().join("truth.jsonl"), Clock::System);
        let sandbox = sandbox::start(config).await.unwrap();
        let (public_base, notices) = listen().await;
        let http = http();
        let base_url = format!("{}/ecpay", sandbox.base_url());
        let spaced = [&[("BASE_URL", base_url.as_str()), ("QUERY_SPACING", "0")], changes].concat();
        let gateway = gateway(&spaced, &public_base, &http);
        Self {
            gateway,
            sandbox,
            http,
            notices: Mutex::new(notices),
            public_base,
            minted: AtomicU64::new(0),
            _truth: truth,
        }
    }

    /// Another adapter for the same shop, with an empty memory.
    pub fn another(&self, base_url: &str) -> Arc<dyn Gateway> {
        gateway(&[("BASE_URL", base_url), ("QUERY_SPACING", "0")], &self.public_base, &self.http)
    }

    pub fn mint(&self) -> Reference {
        Reference::mint(now(), self.minted.fetch_add(1, Ordering::Relaxed).to_be_bytes())
    }

    pub fn form(&self, reference: &Reference, units: i64) -> CheckoutForm {
        self.gateway.checkout_form(&request(reference, units)).unwrap()
    }

    /// A checkout as the customer's browser opens it.
    pub async fn open(&self, reference: &Reference, units: i64) {
        let (status, page) = self.submit(&self.form(reference, units)).await;
        assert_eq!(status, 302, "{page}");
    }

    /// The same by another way to pay, and the code taken there.
    pub async fn take_code(&self, reference: &Reference, units: i64, method: &str) {
        let asked = CheckoutRequest { method: method.to_owned(), ..request(reference, units) };
        let (status, page) = self.submit(&self.gateway.checkout_form(&asked).unwrap()).await;
        assert_eq!(status, 302, "{page}");
        self.press(reference, "code").await;
    }

    /// Posts a form as a browser does: status and page.
    pub async fn submit(&self, form: &CheckoutForm) -> (u16, String) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        let (status, page) = self.send(Method::Post, &form.action, Some(FORM), body).await;
        (status, String::from_utf8_lossy(&page).into_owned())
    }

    /// A button of the payment page: `pay`, `pay_silent`, `decline`, `abandon`, `simulate`.
    pub async fn press(&self, reference: &Reference, button: &str) {
        let url = format!("{}/ecpay/pay/{reference}", self.sandbox.base_url());
        let (status, page) = self.send(Method::Post, &url, Some(FORM), format!("action={button}")).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&page));
    }

    /// One fault, once.
    pub async fn fault(&self, call: &str, kind: &str) {
        let rule = serde_json::json!({"provider": "ecpay", "call": call, "kind": kind, "times": 1});
        self.control("faults", serde_json::json!({"seed": 1, "rules": [rule]})).await;
    }

    pub async fn control(&self, what: &str, change: serde_json::Value) {
        let url = format!("{}/control/{what}", self.sandbox.base_url());
        let (status, body) = self.send(Method::Post, &url, Some("application/json"), change.to_string()).await;
        assert_eq!(status, 204, "{}", String::from_utf8_lossy(&body));
    }

    /// What the sandbox counted and charged.
    pub async fn look(&self, path: &str) -> serde_json::Value {
        let url = format!("{}/{path}", self.sandbox.base_url());
        let (status, body) = self.send(Method::Get, &url, None, String::new()).await;
        assert_eq!(status, 200);
        serde_json::from_slice(&body).unwrap()
    }

    /// The payment page of a reference.
    pub async fn page(&self, reference: &str) -> String {
        let url = format!("{}/ecpay/pay/{reference}", self.sandbox.base_url());
        let (_, page) = self.send(Method::Get, &url, None, String::new()).await;
        String::from_utf8_lossy(&page).into_owned()
    }

    /// The next notice that came in.
    pub async fn notice(&self) -> RawNotice {
        let mut notices = self.notices.lock().await;
        let body = tokio::time::timeout(PATIENCE, notices.recv()).await.unwrap().unwrap();
        raw(body)
    }

    async fn send(&self, method: Method, url: &str, content_type: Option<&'static str>, body: String) -> (u16, Bytes) {
        let redactor = Redactor::new(&[], Vec::new());
        let request = Request {
            provider: "test",
            call: "test",
            method,
            url,
            headers: Vec::new(),
            content_type,
            body: body.into_bytes(),
            deadline: PATIENCE,
            body_cap: BODY_CAP,
            redactor: &redactor,
        };
        match self.http.call(request, now()).await.0 {
            Outcome::Reply { status, body } => (status, body),
            other => panic!("{url}: {other:?}"),
        }
    }
}

/// A checkout with names that need cleaning.
pub fn request(reference: &Reference, units: i64) -> CheckoutRequest {
    CheckoutRequest {
        reference: reference.clone(),
        amount: Money::from_units(units, Currency::Twd).unwrap(),
        method: "credit".to_owned(),
        items: vec!["Telkomsel 10.000 + bonus".to_owned(), "儲值卡 <b>PLN</b> & curl".to_owned()],
        language: "id".to_owned(),
        now: now(),
    }
}

pub fn raw(body: Vec<u8>) -> RawNotice {
    RawNotice { body: body.into(), ..RawNotice::default() }
}

#[expect(clippy::disallowed_methods, reason = "the gateway and the sandbox share the system's time here")]
pub fn now() -> Moment {
    SystemTime::now().into()
}

pub fn http() -> Http {
    Http::new(HttpSettings { connect_timeout: Duration::from_secs(5), allow_plain_http: true }).unwrap()
}

/// The adapter with its example settings, some of them replaced.
pub fn gateway(changes: &[(&str, &str)], public_base: &str, http: &Http) -> Arc<dyn Gateway> {
    build(changes, public_base, http).unwrap()
}

pub fn build(changes: &[(&str, &str)], public_base: &str, http: &Http) -> Result<Arc<dyn Gateway>, BadSetting> {
    let examples = MANIFEST.settings.iter().map(|s| (s.name, s.example));
    let values = examples.chain(changes.iter().copied()).map(|(n, v)| (n.to_owned(), v.into())).collect();
    let settings = RawSettings::new("GATEWAY_ECPAY_", values);
    let urls = PublicUrls { base: public_base.to_owned(), setting: "PUBLIC_URL" };
    (MANIFEST.build)("ecpay".parse().unwrap(), &settings, &urls, http)
}

/// A shop's public address that takes every notice and says so.
async fn listen() -> (String, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (head, body) = read_request(&mut stream).await;
            let kinds = ["return", "payment-info"].map(|kind| format!("POST /webhooks/ecpay/{kind} HTTP/1.1\r\n"));
            assert!(kinds.iter().any(|line| head.starts_with(line)), "{head}");
            let reply =
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\n1|OK";
            stream.write_all(reply).await.unwrap();
            if sender.send(body).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

pub async fn read_request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length: usize = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse()))
                .unwrap()
                .unwrap();
            let start = head.len() + 4;
            while bytes.len() < start + length {
                read_more(stream, &mut bytes).await;
            }
            return (head.to_owned() + "\r\n", bytes.split_off(start));
        }
        read_more(stream, &mut bytes).await;
    }
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) {
    assert_ne!(stream.read_buf(bytes).await.unwrap(), 0, "the sender went away");
}

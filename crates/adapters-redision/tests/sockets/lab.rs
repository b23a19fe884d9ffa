//! A sandbox of its own for each test, and the driver's calls to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adapters_kit::{BODY_CAP, Http, HttpSettings, Method, Outcome, PublicUrls, Redactor, Request};
use adapters_redision::MANIFEST;
use domain::catalogue::Category;
use domain::{Currency, Moment, Money, Private, Reference, SupplierId};
use ports::Supplier;
use ports::settings::RawSettings;
use ports::supplier::Purchase;
use sandbox::{Clock, SandboxConfig, SandboxHandle};
use secrecy::SecretString;
use serde_json::{Value, json};

/// Id, key and secret of the sandbox's accounts.
pub type Account = (&'static str, &'static str, &'static str);
pub const FIRST: Account = ("app-0001", "appkey-0001", "appsecret-0001");
pub const SECOND: Account = ("app-0002", "appkey-0002", "appsecret-0002");
/// Its end means nothing to the sandbox.
pub const PHONE: &str = "081234567890";

pub struct Lab {
    handle: SandboxHandle,
    pub http: Http,
    minted: AtomicU64,
    _dir: tempfile::TempDir,
}

impl Lab {
    /// Purchases stay pending until [`Lab::act`] decides.
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let any_port: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config = SandboxConfig::new(any_port, dir.path().join("truth.jsonl"), Clock::System);
        let handle = sandbox::start(config).await.unwrap();
        let settings = HttpSettings { connect_timeout: Duration::from_secs(1), allow_plain_http: true };
        let http = Http::new(settings).unwrap();
        let lab = Self { handle, http, minted: AtomicU64::new(0), _dir: dir };
        lab.settings(json!({ "suppliers": { "redision": { "final_delay_ms": null } } })).await;
        lab
    }

    pub async fn stop(self) {
        self.handle.stop().await;
    }

    pub fn now(&self) -> Moment {
        Moment::from_timestamp_millis(1_795_000_000_000).unwrap()
    }

    pub fn base_url(&self) -> String {
        self.handle.supplier_url("redision").unwrap()
    }

    /// A supplier at the sandbox itself, whom nobody calls back.
    pub fn supplier(&self, account: Account) -> Arc<dyn Supplier> {
        self.supplier_at(account, &self.base_url(), "http://127.0.0.1:9")
    }

    /// `public`: where it is told to send callbacks.
    pub fn supplier_at(&self, (id, key, secret): Account, base_url: &str, public: &str) -> Arc<dyn Supplier> {
        let settings = settings(&[
            ("APP_ID", id),
            ("APP_KEY", key),
            ("APP_SECRET", secret),
            ("BASE_URL", base_url),
            ("TIMEOUT_MS", "1000"),
        ]);
        let urls = PublicUrls { base: public.to_owned(), setting: "PUBLIC_URL" };
        (MANIFEST.build)(SupplierId::from_str("redision").unwrap(), &settings, &urls, &self.http).unwrap()
    }

    /// A purchase under a reference nobody used.
    pub fn purchase(&self, code: &str, target: &str) -> Purchase {
        let chance = self.minted.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Purchase {
            reference: Reference::mint(self.now(), chance),
            code: code.to_owned(),
            target: Private::new(target),
            cost: Money::from_units(10_600, Currency::Idr).unwrap(),
            category: Category::Airtime,
            bill: None,
        }
    }

    pub async fn settings(&self, change: Value) {
        self.post("/control/settings", "application/json", change.to_string()).await;
    }

    /// A fault for one reference, on every such call.
    pub async fn fault(&self, call: &str, kind: &str, rc: Option<&str>, reference: &Reference) {
        let rule =
            json!({ "provider": "redision", "call": call, "kind": kind, "rc": rc, "reference": reference.as_str() });
        self.post("/control/faults", "application/json", json!({ "seed": 1, "rules": [rule] }).to_string()).await;
    }

    pub async fn deposit(&self, account: &str, rupiah: i64) {
        let path = format!("/control/redision/{account}/deposit");
        self.post(&path, "application/json", json!({ "set": rupiah }).to_string()).await;
    }

    /// A person's click: `deliver`, `fail`, `reverse`.
    pub async fn act(&self, account: &str, reference: &Reference, action: &str) {
        let path = format!("/page/redision/{account}/{reference}");
        self.post(&path, "application/x-www-form-urlencoded", format!("action={action}")).await;
    }

    /// Purchase requests that reached the sandbox under a reference.
    pub async fn top_ups(&self, reference: &Reference) -> u32 {
        let path = format!("/control/arrivals?supplier=redision&reference={reference}");
        let counts: Value = serde_json::from_slice(&self.call(Method::Get, &path, None, String::new()).await).unwrap();
        counts["topup"].as_u64().map_or(0, |count| count.try_into().unwrap())
    }

    /// The sandbox's own rows about a reference.
    pub async fn deliveries(&self, reference: &Reference) -> Vec<Value> {
        let truth: Value =
            serde_json::from_slice(&self.call(Method::Get, "/truth", None, String::new()).await).unwrap();
        let rows = truth["deliveries"].as_array().unwrap();
        rows.iter().filter(|row| row["reference"] == reference.as_str()).cloned().collect()
    }

    async fn post(&self, path: &str, content_type: &'static str, body: String) {
        self.call(Method::Post, path, Some(content_type), body).await;
    }

    async fn call(&self, method: Method, path: &str, content_type: Option<&'static str>, body: String) -> bytes::Bytes {
        let url = format!("{}{path}", self.handle.base_url());
        let request = Request {
            provider: "sandbox",
            call: "control",
            method,
            url: &url,
            headers: Vec::new(),
            content_type,
            body: body.into_bytes(),
            deadline: Duration::from_secs(5),
            body_cap: BODY_CAP,
            redactor: &Redactor::new(&[], Vec::new()),
        };
        match self.http.call(request, self.now()).await.0 {
            Outcome::Reply { status, body } if status < 400 => body,
            other => panic!("{path}: {other:?}"),
        }
    }
}

pub fn settings(values: &[(&str, &str)]) -> RawSettings {
    let values: BTreeMap<String, SecretString> =
        values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
    RawSettings::new("SUPPLIER_REDISION_", values)
}

//! A sandbox of its own for each test, and the driver's calls to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adapters_iak::MANIFEST;
use adapters_kit::{BODY_CAP, Http, HttpSettings, Method, Outcome, PublicUrls, Redactor, Request};
use domain::catalogue::Category;
use domain::{Currency, Moment, Money, Private, Reference, SupplierId};
use ports::Supplier;
use ports::settings::RawSettings;
use ports::supplier::Purchase;
use sandbox::{Clock, SandboxConfig, SandboxHandle};
use secrecy::SecretString;
use serde_json::{Value, json};

/// User name and key of the sandbox's first account.
pub const FIRST: (&str, &str) = ("628000000001", "testkey-0001");
pub const SECOND: (&str, &str) = ("628000000002", "testkey-0002");
pub const PHONE: &str = "081234567890";

/// Nobody sends anything there.
pub fn public_urls() -> PublicUrls {
    PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" }
}

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
        lab.settings(json!({ "suppliers": { "iak": { "final_delay_ms": null } } })).await;
        lab
    }

    pub async fn stop(self) {
        self.handle.stop().await;
    }

    pub fn now(&self) -> Moment {
        Moment::from_timestamp_millis(1_795_000_000_000).unwrap()
    }

    /// A supplier at the sandbox itself.
    pub fn supplier(&self, account: (&str, &str)) -> Arc<dyn Supplier> {
        self.supplier_at(account, &self.base_url())
    }

    pub fn base_url(&self) -> String {
        self.handle.supplier_url("iak").unwrap()
    }

    pub fn supplier_at(&self, (username, key): (&str, &str), base_url: &str) -> Arc<dyn Supplier> {
        let settings =
            settings(&[("USERNAME", username), ("API_KEY", key), ("BASE_URL", base_url), ("TIMEOUT_MS", "1000")]);
        (MANIFEST.build)(SupplierId::from_str("iak").unwrap(), &settings, &public_urls(), &self.http).unwrap()
    }

    /// A purchase under a reference nobody used.
    pub fn purchase(&self, code: &str, target: &str) -> Purchase {
        let chance = self.minted.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Purchase {
            reference: Reference::mint(self.now(), chance),
            code: code.to_owned(),
            target: Private::new(target),
            cost: Money::from_units(10_250, Currency::Idr).unwrap(),
            category: Category::Airtime,
            bill: None,
        }
    }

    pub async fn settings(&self, change: Value) {
        self.post("/control/settings", "application/json", change.to_string()).await;
    }

    /// A fault for one reference, on every such call.
    pub async fn fault(&self, call: &str, kind: &str, rc: Option<&str>, reference: &Reference) {
        let rule = json!({ "provider": "iak", "call": call, "kind": kind, "rc": rc, "reference": reference.as_str() });
        self.post("/control/faults", "application/json", json!({ "seed": 1, "rules": [rule] }).to_string()).await;
    }

    /// A fault of the next inquiry.
    pub async fn inquiry_fault(&self, kind: &str, rc: Option<&str>) {
        let rule = json!({ "provider": "iak", "call": "inquiry", "kind": kind, "rc": rc, "times": 1 });
        self.post("/control/faults", "application/json", json!({ "seed": 1, "rules": [rule] }).to_string()).await;
    }

    pub async fn deposit(&self, username: &str, rupiah: i64) {
        let path = format!("/control/iak/{username}/deposit");
        self.post(&path, "application/json", json!({ "set": rupiah }).to_string()).await;
    }

    /// A person's click: `deliver`, `fail`, `reverse`.
    pub async fn act(&self, username: &str, reference: &Reference, action: &str) {
        let path = format!("/page/iak/{username}/{reference}");
        self.post(&path, "application/x-www-form-urlencoded", format!("action={action}")).await;
    }

    /// Purchase requests that reached the sandbox under a reference.
    pub async fn top_ups(&self, reference: &Reference) -> u32 {
        let path = format!("/control/arrivals?supplier=iak&reference={reference}");
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
    RawSettings::new("SUPPLIER_IAK_", values)
}

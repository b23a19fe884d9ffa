//! A sandbox of its own for each test, a clock that stands at noon until it is moved, and adapters pointed at it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use adapters_kit::{Http, HttpSettings, PublicUrls};
use domain::fulfilment::Answer;
use domain::{Currency, Moment, Money, Private, Reference, SupplierId};
use ports::Supplier;
use ports::bill::{BillQuery, Owed};
use ports::settings::{BadSetting, RawSettings};
use ports::supplier::Purchase;
use sandbox::{Clock, SandboxConfig, SandboxHandle};
use secrecy::SecretString;
use serde_json::json;
use tokio::net::TcpListener;

use crate::driver::Line;
use crate::subject::{Goods, Subject, Who};

/// Noon of 2026-11-20 in Jakarta, far from every hour in which something is not sold; in milliseconds.
pub(crate) const NOW: i64 = 1_795_150_800_000;
/// How long an adapter waits: some cases wait as long.
const TIMEOUT_MS: &str = "1000";

/// A sandbox and the adapter of one supplier.
pub struct Lab {
    pub subject: &'static Subject,
    pub http: Http,
    pub(crate) handle: SandboxHandle,
    pub(crate) lines: BTreeMap<String, Line>,
    pub(crate) dir: tempfile::TempDir,
    now_ms: AtomicI64,
    /// What is in the sandbox's clock file.
    pub(crate) offset_ms: AtomicI64,
    minted: AtomicU64,
}

/// What a test cannot go on without.
#[expect(clippy::panic, reason = "only tests name this crate; what goes wrong here ends the test")]
#[track_caller]
pub(crate) fn must<T, E: Debug>(what: &str, done: Result<T, E>) -> T {
    match done {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error:?}"),
    }
}

impl Lab {
    /// Purchases stay pending until somebody decides about them.
    pub async fn start(subject: &'static Subject) -> Self {
        let dir = must("a temporary folder", tempfile::tempdir());
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let clock = Clock::File(dir.path().join("clock"));
        let config = SandboxConfig::new(any_port, dir.path().join("truth.jsonl"), clock);
        let handle = must("the sandbox starts", sandbox::start(config).await);
        let (now_ms, offset_ms) = (AtomicI64::new(NOW), AtomicI64::new(0));
        let (lines, minted) = (BTreeMap::new(), AtomicU64::new(0));
        let mut lab = Self { subject, http: http(true), handle, lines, dir, now_ms, offset_ms, minted };
        lab.set_clock().await;
        lab.lines = lab.read_lines().await;
        // Each case buys the same for the same number.
        let change = json!({ "final_delay_ms": null, "endings": false, "once_a_day": false });
        lab.settings(json!({ "suppliers": { (subject.manifest.kind): change } })).await;
        lab
    }

    pub async fn stop(self) {
        self.handle.stop().await;
    }

    /// The business time of all calls; the sandbox's own runs on from it.
    pub fn now(&self) -> Moment {
        let moment = Moment::from_timestamp_millis(self.now_ms.load(Ordering::Relaxed));
        must("a moment", moment.ok_or("out of range"))
    }

    /// Time goes by, once the sandbox has done what is due: what it does next counts from when that ended. When this returns,
    /// what fell due meanwhile is done, too.
    pub async fn pass(&self, time: Duration) {
        self.settled().await;
        self.now_ms.fetch_add(must("milliseconds", i64::try_from(time.as_millis())), Ordering::Relaxed);
        self.set_clock().await;
        self.settled().await;
    }

    /// Where the sandbox plays this supplier.
    pub fn base_url(&self) -> String {
        let url = self.handle.supplier_url(self.subject.manifest.kind);
        must("the sandbox plays the supplier", url.ok_or(self.subject.manifest.kind))
    }

    /// The adapter at the sandbox.
    pub fn supplier(&self, who: Who) -> Arc<dyn Supplier> {
        self.supplier_at(who, &self.base_url())
    }

    pub fn supplier_at(&self, who: Who, base_url: &str) -> Arc<dyn Supplier> {
        self.supplier_with(&self.settings_at(who, base_url), SHOP)
    }

    /// The adapter with these settings, of a shop that can be reached at `public_url`.
    pub fn supplier_with(&self, settings: &[(&'static str, String)], public_url: &str) -> Arc<dyn Supplier> {
        let built = self.build_of(settings, &self.http, public_url);
        must("the adapter is built", built.map_err(|bad| bad.to_string()))
    }

    /// All settings of an adapter that asks this address.
    pub fn settings_at(&self, who: Who, base_url: &str) -> Vec<(&'static str, String)> {
        let mut settings = (self.subject.settings)(who);
        let addresses = self.subject.addresses.iter().map(|(name, path)| (*name, format!("{base_url}{path}")));
        settings.extend(addresses.chain([("TIMEOUT_MS", TIMEOUT_MS.to_owned())]));
        settings
    }

    /// # Errors
    /// What the adapter has against its settings.
    pub fn build(&self, settings: &[(&'static str, String)], http: &Http) -> Result<Arc<dyn Supplier>, BadSetting> {
        self.build_of(settings, http, SHOP)
    }

    fn build_of(
        &self,
        settings: &[(&'static str, String)],
        http: &Http,
        public_url: &str,
    ) -> Result<Arc<dyn Supplier>, BadSetting> {
        let manifest = &self.subject.manifest;
        let id: SupplierId = must("an id", manifest.kind.parse().map_err(|_wrong| manifest.kind));
        let values = settings.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(value.as_str())));
        let raw = RawSettings::new(format!("SUPPLIER_{}_", manifest.kind.to_uppercase()), values.collect());
        let urls = PublicUrls { base: public_url.to_owned(), setting: "PUBLIC_URL" };
        (manifest.build)(id, &raw, &urls, http)
    }

    /// A purchase under a reference nobody used, for what the sandbox's list says it costs.
    pub fn purchase(&self, goods: &Goods) -> Purchase {
        let rupiah = self.lines.get(goods.code).map_or(DEAR, |line| line.rupiah);
        Purchase {
            reference: self.reference(),
            code: goods.code.to_owned(),
            target: Private::new(goods.target.as_str()),
            cost: idr(rupiah),
            category: goods.category,
            bill: None,
        }
    }

    /// The question what this number owes, under a reference nobody used.
    pub fn bill(&self, goods: &Goods) -> BillQuery {
        BillQuery {
            reference: self.reference(),
            code: goods.code.to_owned(),
            target: Private::new(goods.target.as_str()),
            category: goods.category,
            months: None,
        }
    }

    /// One nobody used.
    pub fn reference(&self) -> Reference {
        Reference::mint(self.now(), self.minted.fetch_add(1, Ordering::Relaxed).to_be_bytes())
    }
}

/// Pays what was answered.
pub fn payment(query: &BillQuery, owed: &Owed) -> Purchase {
    Purchase {
        reference: query.reference.clone(),
        code: query.code.clone(),
        target: query.target.clone(),
        cost: owed.cost,
        category: query.category,
        bill: Some(owed.handle.clone()),
    }
}

/// An answer as a table of test numbers says it: `pending`, `delivered, with a serial`, `failed: supplier 02`.
pub fn said(answer: &Answer) -> String {
    match answer {
        Answer::Delivered { serial: Some(_), .. } => "delivered, with a serial".to_owned(),
        Answer::Delivered { serial: None, .. } => "delivered".to_owned(),
        Answer::Pending { .. } => "pending".to_owned(),
        Answer::Refused { cause, code } => format!("refused: {cause} {code}"),
        Answer::Failed { cause, code } => format!("failed: {cause} {code}"),
        Answer::Unclear { .. } => "unclear".to_owned(),
        Answer::NotFound => "not found".to_owned(),
    }
}

/// Where we can be reached; nobody sends anything there.
const SHOP: &str = "https://shop.example";
/// For what is on no list, whole rupiah.
const DEAR: i64 = 10_250;

pub(crate) fn idr(rupiah: i64) -> Money {
    must("an amount", Money::from_units(rupiah, Currency::Idr))
}

pub(crate) fn http(allow_plain_http: bool) -> Http {
    let settings = HttpSettings { connect_timeout: Duration::from_secs(1), allow_plain_http };
    must("an HTTP client", Http::new(settings))
}

/// An address at which a connection is refused.
pub async fn nobody_listens() -> String {
    let listener = must("a free port", TcpListener::bind("127.0.0.1:0").await);
    format!("http://{}", must("its address", listener.local_addr()))
}

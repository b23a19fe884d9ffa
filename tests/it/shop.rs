//! A shop to test in from outside: a world with prices and a catalogue, plain HTTP, and the passing of business time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use demo::outside::{Click, Outside};
use demo::view::Checkout;
use demo::world::{World, WorldOptions};
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};
use tokio::sync::MutexGuard;
use uuid::Uuid;

use crate::reading::{each, list, text};
use crate::support;

pub const MINUTE: i64 = 60_000;
pub const AIRTIME: &str = "airtime-telkomsel-10000";
pub const TOKEN: &str = "pln-token-20000";
pub const METER: &str = "12345678901";
/// Accounts of the two suppliers at the sandbox.
pub const FIRST: &str = "628000000001";
pub const SECOND: &str = "628000000002";
/// Nothing takes longer in real time, even beside a compiler.
const PATIENCE: Duration = Duration::from_secs(30);
const A_YEAR: u32 = 60 * 24 * 365;

pub struct Shop {
    pub world: World,
    pub outside: Outside,
    http: Client,
    pub operator: String,
    pub finance: String,
    pub finance2: String,
    pub admin: String,
    pub customer: String,
    pub customer_id: String,
    _turn: MutexGuard<'static, ()>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json()
    }

    /// `422 bad_target items[0].target=taiwanese_number`
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text);
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert!(body["request_id"].as_str().is_some_and(|id| id == self.header("x-request-id")), "{body}");
        let fields: Vec<String> = list(&body["errors"])
            .iter()
            .map(|e| format!(" {}={}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap()))
            .collect();
        format!("{} {}{}", self.status, body["code"].as_str().unwrap(), fields.concat())
    }
}

/// A request in the making.
pub struct Ask(reqwest::RequestBuilder);

impl Ask {
    pub fn by(self, token: &str) -> Self {
        if token.is_empty() { self } else { Self(self.0.bearer_auth(token)) }
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub fn fresh_key(self) -> Self {
        self.key(&fresh())
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.header("Content-Type", content_type).body(body))
    }

    pub async fn send(self) -> Answer {
        read(self.0.send().await.unwrap()).await
    }

    /// `None`: nobody is there.
    pub async fn try_send(self) -> Option<Answer> {
        Some(read(self.0.send().await.ok()?).await)
    }
}

async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

impl Shop {
    /// A world that sells.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut WorldOptions)) -> Self {
        let turn = support::alone().await;
        let mut options = WorldOptions::new(support::server_program());
        change(&mut options);
        let world = World::start(options).await.unwrap();
        let token = |role: &str, sub: &str| world.token(role, sub, A_YEAR).unwrap();
        let customer_id = Uuid::from_u128(0xc0ffee).to_string();
        let shop = Self {
            outside: world.outside().unwrap(),
            http: Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            operator: token("operator", "ola"),
            finance: token("finance", "fina"),
            finance2: token("finance", "fitri"),
            admin: token("admin", "ada"),
            customer: token("customer", &customer_id),
            customer_id,
            world,
            _turn: turn,
        };
        let api = shop.world.api().unwrap();
        demo::seed::seed(&api, &shop.admin, &shop.customer, shop.now()).await.unwrap();
        shop
    }

    pub fn now(&self) -> i64 {
        self.world.clock().now_ms()
    }

    /// A token of somebody new.
    pub fn stranger(&self) -> String {
        self.world.token("customer", &fresh(), A_YEAR).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        let server = &self.world.servers()[0];
        let staff = path.starts_with("/v1/admin") || path == "/metrics";
        format!("{}{path}", if staff { server.admin_url() } else { server.public_url() })
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask {
        self.ask_at(method, &self.url(path))
    }

    pub fn ask_at(&self, method: Method, url: &str) -> Ask {
        Ask(self.http.request(method, url))
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Ask {
        self.ask(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Ask {
        self.ask(Method::PUT, path)
    }

    // The main job.

    pub async fn total(&self, products: &[&str], promo: Option<&str>) -> Value {
        let items: Vec<Value> = products.iter().map(|p| json!({ "product": p })).collect();
        let body = json!({ "items": items, "promo_code": promo });
        self.post("/v1/quotes").by(&self.customer).json(&body).send().await.ok()["total"].clone()
    }

    /// Places an order of somebody new and returns who they are and its id.
    pub async fn order(&self, items: &[(&str, &str)], promo: Option<&str>) -> (String, String) {
        let who = self.stranger();
        let body = self.new_order(items, promo).await;
        let placed = self.post("/v1/orders").by(&who).fresh_key().json(&body).send().await.ok();
        (who, text(&placed["id"]))
    }

    pub async fn new_order(&self, items: &[(&str, &str)], promo: Option<&str>) -> Value {
        let products: Vec<&str> = items.iter().map(|(product, _)| *product).collect();
        let total = self.total(&products, promo).await;
        let items: Vec<Value> = items.iter().map(|(p, target)| json!({ "product": p, "target": target })).collect();
        json!({ "items": items, "promo_code": promo, "expected_total": total })
    }

    pub async fn checkout(&self, who: &str, order: &str) -> (Value, Url) {
        let ask = self.post(&format!("/v1/orders/{order}/checkouts")).by(who).fresh_key();
        let opened = ask.json(&json!({ "method": "credit" })).send().await.ok();
        let page = self.page(&opened).await;
        (opened, page)
    }

    pub async fn page(&self, opened: &Value) -> Url {
        let form: Checkout = serde_json::from_value(opened.clone()).unwrap();
        self.outside.open_page(&form).await.unwrap()
    }

    /// Opens the gateway's page, does something there, and lets everything that follows at once happen.
    pub async fn click(&self, who: &str, order: &str, click: Click) -> Value {
        let (opened, page) = self.checkout(who, order).await;
        self.outside.click(&page, click).await.unwrap();
        self.quiet().await;
        opened
    }

    pub async fn paid_order(&self, items: &[(&str, &str)]) -> (String, String) {
        let (who, id) = self.order(items, None).await;
        self.click(&who, &id, Click::Pay).await;
        (who, id)
    }

    pub async fn own(&self, who: &str, order: &str) -> Value {
        self.get(&format!("/v1/orders/{order}")).by(who).send().await.ok()
    }

    pub async fn story(&self, order: &str) -> Value {
        self.get(&format!("/v1/admin/orders/{order}")).by(&self.operator).send().await.ok()
    }

    /// A decision of staff, with a key of its own.
    pub async fn decide(&self, who: &str, order: &str, what: &str, body: Value) -> Answer {
        self.post(&format!("/v1/admin/orders/{order}/{what}")).by(who).fresh_key().json(&body).send().await
    }

    // Outside, and time.

    pub async fn fault(&self, rule: Value) {
        self.outside.add_faults(1, &[rule]).await.unwrap();
    }

    /// Waits until nothing is in flight and nothing is due.
    pub async fn quiet(&self) {
        let began = Instant::now();
        let mut looks = 0;
        while looks < 2 {
            assert!(began.elapsed() < PATIENCE, "something is always in flight: {:?}", self.look().await);
            looks = if self.look().await.is_ok() { looks + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// When the next thing is due; `Err` when something is in flight or due now.
    async fn look(&self) -> Result<Option<i64>, String> {
        let outside = self.outside.pending().await.unwrap();
        let metrics = self.get("/metrics").send().await.text;
        let number = |name: &str| -> i64 {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
        };
        let leased = number("seberang_tasks_leased");
        let server = Some(number("seberang_tasks_next_due_ms")).filter(|due| *due > 0);
        let next = [outside.next_due_ms, server].into_iter().flatten().min();
        let busy = outside.in_flight > 0 || leased > 0 || next.is_some_and(|due| due <= outside.now_ms);
        if busy { Err(format!("{outside:?}, {leased} leased, server due {server:?}")) } else { Ok(next) }
    }

    /// Lets business time pass, from one due thing to the next.
    pub async fn pass(&self, ms: i64) {
        let until = self.now() + ms;
        loop {
            self.quiet().await;
            let next = self.look().await.unwrap_or(None).filter(|next| *next < until);
            self.world.advance_to(next.map_or(until, |next| next + 1)).await.unwrap();
            if next.is_none() {
                return self.quiet().await;
            }
        }
    }

    /// Asks again and again, in real time.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    // What the providers really did.

    /// What the gateway took for an order, in minor units.
    pub async fn charges(&self, story: &Value) -> Vec<i64> {
        let references = each(&story["order"]["checkouts"], "reference");
        let charges = self.outside.truth().await.unwrap().charges.into_iter();
        charges.filter(|c| !c.simulated && references.contains(&c.reference)).map(|c| c.amount_minor).collect()
    }

    /// How many deliveries the suppliers made for an order.
    pub async fn delivered(&self, story: &Value) -> usize {
        let references = each(&story["order"]["attempts"], "reference");
        let all = self.outside.truth().await.unwrap().deliveries;
        all.iter().filter(|d| references.contains(&d.reference) && d.state == "delivered").count()
    }

    // The database, for what no API shows.

    pub async fn sql(&self, query: &str) -> Vec<tokio_postgres::Row> {
        sql(self.world.database_url(), query).await
    }

    pub async fn count(&self, query: &str) -> i64 {
        self.sql(query).await[0].get(0)
    }

    /// The alert of this kind about this order.
    pub async fn alert(&self, order: &str, kind: &str) -> Option<Value> {
        let story = self.story(order).await;
        list(&story["alerts"]).iter().find(|alert| alert["kind"] == kind).cloned()
    }
}

pub async fn sql(url: &str, query: &str) -> Vec<tokio_postgres::Row> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let rows = client.query(query, &[]).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    rows
}

/// Never the same twice in one run.
fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub fn fresh() -> String {
    Uuid::from_u128(0xf0e5_0000_0000 + u128::from(number())).to_string()
}

/// A phone number of Telkomsel nobody had before.
pub fn phone() -> String {
    format!("0812{:08}", 31_000_000 + number())
}

/// A meter nobody had before.
pub fn meter() -> String {
    format!("5{:010}", 7_310_000_000_u64 + u64::from(number()))
}

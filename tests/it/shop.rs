//! A shop in which one customer or member of staff does one thing after the other, over plain HTTP.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

use demo::outside::Click;
use demo::view::Checkout;
use demo::world::WorldOptions;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{Answer, Ask};
use crate::reading::{each, list, text};
use crate::stage::{A_YEAR, Place, Stage, alone, place};

pub const MINUTE: i64 = 60_000;
pub const AIRTIME: &str = "airtime-telkomsel-10000";
pub const TOKEN: &str = "pln-token-20000";
pub const METER: &str = "12345678901";
/// Accounts of the two suppliers at the sandbox.
pub const FIRST: &str = "628000000001";
pub const SECOND: &str = "628000000002";

pub struct Shop {
    stage: Stage,
    pub operator: String,
    pub finance: String,
    pub finance2: String,
    pub customer: String,
    pub customer_id: String,
}

impl Deref for Shop {
    type Target = Stage;
    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl DerefMut for Shop {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }
}

impl Shop {
    /// A world that sells.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut WorldOptions)) -> Self {
        Self::open_at(place().await, change).await
    }

    /// The same with no other world beside it.
    pub async fn open_alone(change: impl FnOnce(&mut WorldOptions)) -> Self {
        Self::open_at(alone().await, change).await
    }

    async fn open_at(place: Place, change: impl FnOnce(&mut WorldOptions)) -> Self {
        let stage = Stage::start(place, change).await;
        let token = |role: &str, sub: &str| stage.world.token(role, sub, A_YEAR).unwrap();
        let customer_id = Uuid::from_u128(0xc0ffee).to_string();
        let shop = Self {
            operator: token("operator", "ola"),
            finance: token("finance", "fina"),
            finance2: token("finance", "fitri"),
            customer: token("customer", &customer_id),
            customer_id,
            stage,
        };
        demo::seed::seed(&shop.api, &shop.admin, &shop.customer, shop.now()).await.unwrap();
        shop
    }

    /// The end: what the providers did is what the books say.
    pub async fn end(self) {
        self.stage.end(&[]).await;
    }

    /// Stops without a judgement: thousands of orders are open, and the test compared them itself.
    pub async fn stop(self) {
        self.stage.stop().await;
    }

    /// The same, but for these orders: a person said of them, with evidence, something else than what the sandbox did.
    pub async fn end_but(self, told: &[&str]) {
        self.stage.end(told).await;
    }

    /// A token of somebody new.
    pub fn stranger(&self) -> String {
        self.token_of(&fresh())
    }

    pub fn token_of(&self, customer: &str) -> String {
        self.world.token("customer", customer, A_YEAR).unwrap()
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

    /// All of a category that is for sale.
    pub async fn for_sale(&self, who: &str, category: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/catalogue?category={category}&limit=100{after}");
            let page = self.get(&path).by(who).send().await.ok();
            all.extend(list(&page["items"]).iter().cloned());
            let Some(cursor) = page["next_cursor"].as_str() else { return all };
            after = format!("&cursor={cursor}");
        }
    }

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
        self.checkout_by(who, order, "credit").await
    }

    pub async fn checkout_by(&self, who: &str, order: &str, method: &str) -> (Value, Url) {
        let ask = self.post(&format!("/v1/orders/{order}/checkouts")).by(who).fresh_key();
        let opened = ask.json(&json!({ "method": method })).send().await.ok();
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

    pub async fn fault(&self, rule: Value) {
        self.outside.add_faults(1, &[rule]).await.unwrap();
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

    /// The alert of this kind about this order.
    pub async fn alert(&self, order: &str, kind: &str) -> Option<Value> {
        let story = self.story(order).await;
        list(&story["alerts"]).iter().find(|alert| alert["kind"] == kind).cloned()
    }
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

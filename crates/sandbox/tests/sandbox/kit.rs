//! A sandbox on a free port, what its clients send, and a clock to jump.
#![expect(clippy::disallowed_methods, reason = "these tests move the clock themselves")]

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use md5::{Digest, Md5};
use sandbox::{Clock, EcpayMerchant, Reading, SandboxConfig, SandboxHandle};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::receiver::Shop;

pub const USER: &str = "628000000001";
pub const API_KEY: &str = "testkey-0001";
/// Real time any wait may take before the test gives up.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub sandbox: SandboxHandle,
    pub shop: Shop,
    pub http: reqwest::Client,
    dir: tempfile::TempDir,
    offset_ms: i64,
}

impl World {
    pub async fn new() -> Self {
        Self::read_as(Reading::Likely).await
    }

    /// All providers' open questions answered this way.
    pub async fn read_as(reading: Reading) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let shop = Shop::open().await;
        let mut config = config(dir.path().into(), &shop);
        config.ecpay_reading = reading;
        config.suppliers.values_mut().for_each(|supplier| supplier.reading = reading);
        let sandbox = sandbox::start(config).await.unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(PATIENCE);
        let http = http.build().unwrap();
        Self { sandbox, shop, http, dir, offset_ms: 0 }
    }

    pub async fn restarted(self) -> Self {
        self.sandbox.stop().await;
        let sandbox = sandbox::start(config(self.dir.path().into(), &self.shop)).await.unwrap();
        Self { sandbox, ..self }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url())
    }

    pub async fn get(&self, path: &str) -> Value {
        self.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn control(&self, path: &str, body: Value) {
        let answer = self.http.post(self.url(path)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await.unwrap());
    }

    /// One fault rule that hits every time.
    pub async fn fault(&self, rule: Value) {
        self.control("/control/faults", json!({ "seed": 1, "rules": [rule] })).await;
    }

    pub async fn fired(&self, kind: &str) -> u64 {
        self.get("/control/faults").await["fired"][kind].as_u64().unwrap_or(0)
    }

    /// Requests that arrived under a reference, by call.
    pub async fn arrivals(&self, reference: &str) -> Value {
        self.arrivals_at("iak", reference).await
    }

    pub async fn arrivals_at(&self, supplier: &str, reference: &str) -> Value {
        self.get(&format!("/control/arrivals?supplier={supplier}&reference={reference}")).await
    }

    /// Moves the clock to the next such time of the day in Jakarta, seven hours ahead of UTC.
    pub async fn jump_to_hour(&mut self, hour: i64) {
        let day_ms = 24 * 3_600_000;
        let wait = (hour * 3_600_000 - (self.now_ms() + 7 * 3_600_000)).rem_euclid(day_ms);
        self.jump(wait).await;
    }

    pub async fn charges(&self) -> Vec<Value> {
        self.get("/truth").await["charges"].as_array().unwrap().clone()
    }

    pub async fn deliveries(&self) -> Vec<Value> {
        self.get("/truth").await["deliveries"].as_array().unwrap().clone()
    }

    pub fn now_ms(&self) -> i64 {
        let system = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        i64::try_from(system.as_millis()).unwrap() + self.offset_ms
    }

    /// Moves the clock, then waits until everything due has happened.
    pub async fn jump(&mut self, ms: i64) {
        self.offset_ms += ms;
        let fresh = self.dir.path().join("clock.new");
        std::fs::write(&fresh, self.offset_ms.to_string()).unwrap();
        std::fs::rename(fresh, self.dir.path().join("clock")).unwrap();
        self.quiet().await;
    }

    /// Waits until nothing is in flight and nothing more is due.
    pub async fn quiet(&self) {
        let give_up = SystemTime::now() + PATIENCE;
        loop {
            let pending = self.get("/control/pending").await;
            let due = pending["next_due"]
                .as_str()
                .map(|due| chrono::DateTime::parse_from_rfc3339(due).unwrap().timestamp_millis() <= self.now_ms());
            if pending["in_flight"] == 0 && due != Some(true) {
                return;
            }
            assert!(SystemTime::now() < give_up, "never quiet: {pending}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn scheduled(&self) -> u64 {
        self.get("/control/pending").await["scheduled"].as_u64().unwrap()
    }

    // ECPay

    /// A signed order form with the shop's notice URL.
    pub fn order(&self, reference: &str, amount: u32) -> Vec<(String, String)> {
        let mut form: Vec<(String, String)> = [
            ("MerchantID", "3002607"),
            ("MerchantTradeNo", reference),
            ("MerchantTradeDate", "2026/11/21 12:00:00"),
            ("PaymentType", "aio"),
            ("TotalAmount", &amount.to_string()),
            ("TradeDesc", "top up"),
            ("ItemName", "Telkomsel 10.000#PLN 20.000"),
            ("ReturnURL", &format!("{}/webhooks/ecpay", self.shop.url)),
            ("ChoosePayment", "Credit"),
            ("EncryptType", "1"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        form.push(("CheckMacValue".to_owned(), mac(&form)));
        form
    }

    /// The same for another way to pay, with more fields.
    pub fn order_by(&self, reference: &str, amount: u32, choose: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut form = self.order(reference, amount);
        form.retain(|(key, _)| key != "CheckMacValue" && key != "ChoosePayment");
        let info = format!("{}/webhooks/ecpay/info", self.shop.url);
        let own = [("ChoosePayment", choose), ("PaymentInfoURL", info.as_str())];
        form.extend(own.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        form.push(("CheckMacValue".to_owned(), mac(&form)));
        form
    }

    /// Takes a code: the notice of it.
    pub async fn code(
        &self,
        reference: &str,
        amount: u32,
        choose: &str,
        more: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let answer = self.submit(&self.order_by(reference, amount, choose, more)).await;
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        assert_eq!(self.press(reference, "code").await.status(), 200);
        self.quiet().await;
        let told = self.shop.received();
        let last = told.last().unwrap();
        assert_eq!(last.path, "/webhooks/ecpay/info");
        last.form()
    }

    /// Asks what was issued.
    pub async fn ask_code(&self, reference: &str) -> Vec<(String, String)> {
        split(&self.send_code_query(reference).await.text().await.unwrap())
    }

    pub async fn send_code_query(&self, reference: &str) -> reqwest::Response {
        let mut form = vec![
            ("MerchantID".to_owned(), "3002607".to_owned()),
            ("MerchantTradeNo".to_owned(), reference.to_owned()),
            ("TimeStamp".to_owned(), (self.now_ms() / 1_000).to_string()),
        ];
        form.push(("CheckMacValue".to_owned(), mac(&form)));
        self.http.post(self.url("/ecpay/Cashier/QueryPaymentInfo")).form(&form).send().await.unwrap()
    }

    pub async fn submit(&self, form: &[(String, String)]) -> reqwest::Response {
        self.http.post(self.url("/ecpay/Cashier/AioCheckOut/V5")).form(form).send().await.unwrap()
    }

    pub async fn checkout(&self, reference: &str, amount: u32) {
        let answer = self.submit(&self.order(reference, amount)).await;
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        assert_eq!(answer.headers()["location"], format!("/ecpay/pay/{reference}"));
    }

    pub async fn press(&self, reference: &str, action: &str) -> reqwest::Response {
        let url = self.url(&format!("/ecpay/pay/{reference}"));
        self.http.post(url).form(&[("action", action)]).send().await.unwrap()
    }

    /// Checkout and payment in one go.
    pub async fn pay(&self, reference: &str, amount: u32) {
        self.checkout(reference, amount).await;
        assert_eq!(self.press(reference, "pay").await.status(), 200);
        self.quiet().await;
    }

    /// Sends a query; the answer is checked for its signature and split into fields.
    pub async fn query(&self, reference: &str) -> Vec<(String, String)> {
        let answer = self.send_query(reference, self.now_ms() / 1_000).await;
        assert_eq!(answer.status(), 200);
        let fields = split(&answer.text().await.unwrap());
        assert_eq!(value(&fields, "CheckMacValue"), mac(&fields));
        fields
    }

    pub async fn send_query(&self, reference: &str, stamp: i64) -> reqwest::Response {
        let mut form = vec![
            ("MerchantID".to_owned(), "3002607".to_owned()),
            ("MerchantTradeNo".to_owned(), reference.to_owned()),
            ("TimeStamp".to_owned(), stamp.to_string()),
        ];
        form.push(("CheckMacValue".to_owned(), mac(&form)));
        self.http.post(self.url("/ecpay/Cashier/QueryTradeInfo/V5")).form(&form).send().await.unwrap()
    }

    // IAK

    pub async fn send_iak(&self, path: &str, x: &str, fields: Value) -> reqwest::Result<reqwest::Response> {
        let mut body = json!({ "username": USER, "sign": md5_hex(&format!("{USER}{API_KEY}{x}")) });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.http.post(self.url(&format!("/iak/api/{path}"))).json(&body).send().await
    }

    pub async fn iak(&self, path: &str, x: &str, fields: Value) -> Value {
        let answer = self.send_iak(path, x, fields).await.unwrap();
        answer.json::<Value>().await.unwrap()["data"].take()
    }

    pub async fn send_top_up(&self, reference: &str) -> reqwest::Result<reqwest::Response> {
        self.send_iak("top-up", reference, purchase(reference, "htelkomsel10000", "081234567890")).await
    }

    pub async fn top_up(&self, reference: &str) -> Value {
        self.iak("top-up", reference, purchase(reference, "htelkomsel10000", "081234567890")).await
    }

    pub async fn status(&self, reference: &str) -> Value {
        self.iak("check-status", reference, json!({ "ref_id": reference })).await
    }

    pub async fn balance(&self) -> i64 {
        self.iak("check-balance", "bl", json!({})).await["balance"].as_i64().unwrap()
    }
}

pub fn purchase(reference: &str, product: &str, customer: &str) -> Value {
    json!({ "ref_id": reference, "product_code": product, "customer_id": customer })
}

fn config(dir: PathBuf, shop: &Shop) -> SandboxConfig {
    let clock = Clock::File(dir.join("clock"));
    let mut config = SandboxConfig::new("127.0.0.1:0".parse().unwrap(), dir.join("truth.jsonl"), clock);
    for (supplier, path) in [("iak", "iak"), ("pulsaif", "pulsaif/report/token-0001")] {
        let own = config.suppliers.get_mut(supplier).unwrap();
        own.accounts[0].callback_url = Some(format!("{}/webhooks/{path}", shop.url));
    }
    config
}

/// The value as the public SDKs compute it: encode, lower-case, put four characters back.
pub fn mac(form: &[(String, String)]) -> String {
    let merchant = EcpayMerchant::public_test();
    let mut fields: Vec<_> = form.iter().filter(|(key, _)| key != "CheckMacValue").collect();
    fields.sort_by_key(|(key, _)| key.to_lowercase());
    let joined: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let text = format!("HashKey={}&{}&HashIV={}", merchant.hash_key, joined.join("&"), merchant.hash_iv);
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let encoded = encoded.to_lowercase().replace("%21", "!").replace("%28", "(").replace("%29", ")");
    hex::encode_upper(Sha256::digest(encoded))
}

pub fn md5_hex(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// `k=v&k=v`, not encoded.
pub fn split(body: &str) -> Vec<(String, String)> {
    body.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

pub fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    &fields.iter().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no {name}")).1
}

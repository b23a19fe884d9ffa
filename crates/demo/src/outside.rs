//! The sandbox as the driver uses it: the browser of a customer on the gateway's page, the faults, and the truth.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::DemoError;
use crate::view::Checkout;

/// The sandbox answers at once, but for the latency we ask for.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What a customer does on the gateway's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    /// Pays.
    Pay,
    /// Pays, and the gateway never says so.
    PaySilent,
    /// The card is declined.
    Decline,
    /// Leaves for good.
    Abandon,
    /// The gateway's test button: no money moves.
    Simulate,
}

impl Click {
    const fn word(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::PaySilent => "pay_silent",
            Self::Decline => "decline",
            Self::Abandon => "abandon",
            Self::Simulate => "simulate",
        }
    }
}

/// What the providers really did.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Truth {
    /// Money taken.
    pub charges: Vec<Charge>,
    /// Goods bought.
    pub deliveries: Vec<Delivery>,
}

/// Money taken from a customer.
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// Ours.
    pub reference: String,
    /// The gateway's.
    pub transaction: String,
    /// How it was paid, in the gateway's words.
    pub way: String,
    /// What the customer was sent to the page with, in the same words.
    pub choose: String,
    /// Taken.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// By the test button: nothing was taken.
    pub simulated: bool,
    /// Given back.
    pub refunded_minor: i64,
}

/// One purchase at a supplier.
#[derive(Debug, Clone, Deserialize)]
pub struct Delivery {
    /// The supplier's kind.
    pub provider: String,
    /// Ours.
    pub reference: String,
    /// The supplier's code.
    pub product: String,
    /// Who got it.
    pub target: String,
    /// Taken from the deposit.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// `pending`, `delivered`, `failed`, `reversed`.
    pub state: String,
    /// Without the pin that may come beside it.
    pub serial: Option<String>,
}

/// What the sandbox still has to do. Moments are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Requests being answered and messages being sent.
    pub in_flight: u64,
    /// Planned for later.
    pub scheduled: u64,
    /// When the next of them is due.
    pub next_due_ms: Option<i64>,
    /// The sandbox's time.
    pub now_ms: i64,
}

/// A client of the sandbox.
#[derive(Clone)]
pub struct Outside {
    http: reqwest::Client,
    base: String,
}

impl Outside {
    /// A client of the sandbox at `http://host:port`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(base: &str) -> Result<Self, DemoError> {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(TIMEOUT).build()?;
        Ok(Self { http, base: base.to_owned() })
    }

    /// Posts the checkout form as the customer's browser does, and returns the address of the payment page.
    ///
    /// # Errors
    /// When the gateway does not accept the form.
    pub async fn open_page(&self, checkout: &Checkout) -> Result<Url, DemoError> {
        let fields: Vec<(&str, &str)> =
            checkout.fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        let response = self.http.post(&checkout.action).form(&fields).send().await?;
        let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        match location.and_then(|to| response.url().join(&to).ok()) {
            Some(page) => Ok(page),
            None => {
                let status = response.status().as_u16();
                Err(DemoError::Answer { what: "the checkout form".to_owned(), status, body: response.text().await? })
            }
        }
    }

    /// Presses a button on the payment page.
    ///
    /// # Errors
    /// When the page does not take it.
    pub async fn click(&self, page: &Url, click: Click) -> Result<(), DemoError> {
        let form = [("action", click.word())];
        text("a click on the payment page", self.http.post(page.clone()).form(&form)).await.map(drop)
    }

    /// Takes an account, a code or barcodes on the payment page; `way` is the gateway's word, where the page lets choose.
    ///
    /// # Errors
    /// When the page does not take it.
    pub async fn take_code(&self, page: &Url, way: Option<&str>) -> Result<(), DemoError> {
        let form = [("action", "code"), ("method", way.unwrap_or_default())];
        text("a code on the payment page", self.http.post(page.clone()).form(&form)).await.map(drop)
    }

    /// Lets a customer pay the code they took so much later.
    ///
    /// # Errors
    /// When the page does not take it.
    pub async fn pay_later(&self, page: &Url, click: Click, after_ms: i64) -> Result<(), DemoError> {
        let after_ms = after_ms.to_string();
        let form = [("action", click.word()), ("after_ms", after_ms.as_str())];
        text("a payment to come", self.http.post(page.clone()).form(&form)).await.map(drop)
    }

    /// Adds fault rules, as the sandbox's control API takes them.
    ///
    /// # Errors
    /// When one makes no sense.
    pub async fn add_faults(&self, seed: u64, rules: &[Value]) -> Result<(), DemoError> {
        self.control("faults", &json!({ "seed": seed, "rules": rules })).await
    }

    /// Changes settings, as the sandbox's control API takes them.
    ///
    /// # Errors
    /// When one makes no sense.
    pub async fn change_settings(&self, change: &Value) -> Result<(), DemoError> {
        self.control("settings", change).await
    }

    /// Takes a supplier's address away.
    ///
    /// # Errors
    /// When the sandbox does not play it.
    pub async fn take_down(&self, supplier: &str) -> Result<(), DemoError> {
        self.control(&format!("suppliers/{supplier}"), &serde_json::json!({ "down": true })).await
    }

    /// Gives it back.
    ///
    /// # Errors
    /// When the sandbox does not play it.
    pub async fn bring_up(&self, supplier: &str) -> Result<(), DemoError> {
        self.control(&format!("suppliers/{supplier}"), &serde_json::json!({ "down": false })).await
    }

    /// Sets our deposit at a supplier, in whole rupiah.
    ///
    /// # Errors
    /// When it has no such account.
    pub async fn set_deposit(&self, supplier: &str, account: &str, rupiah: i64) -> Result<(), DemoError> {
        self.control(&format!("{supplier}/{account}/deposit"), &serde_json::json!({ "set": rupiah })).await
    }

    async fn control(&self, what: &str, body: &Value) -> Result<(), DemoError> {
        text(what, self.http.post(format!("{}/control/{what}", self.base)).json(body)).await.map(drop)
    }

    /// How often each kind of fault happened.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn faults_fired(&self) -> Result<BTreeMap<String, u64>, DemoError> {
        #[derive(Deserialize)]
        struct Fired {
            fired: BTreeMap<String, u64>,
        }
        self.read::<Fired>("/control/faults").await.map(|answer| answer.fired)
    }

    /// What is still to come.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn pending(&self) -> Result<Pending, DemoError> {
        #[derive(Deserialize)]
        struct Wire {
            in_flight: u64,
            scheduled: u64,
            now: String,
            next_due: Option<String>,
        }
        let wire: Wire = self.read("/control/pending").await?;
        Ok(Pending {
            in_flight: wire.in_flight,
            scheduled: wire.scheduled,
            next_due_ms: wire.next_due.as_deref().map(moment_ms).transpose()?,
            now_ms: moment_ms(&wire.now)?,
        })
    }

    /// What really happened.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn truth(&self) -> Result<Truth, DemoError> {
        self.read("/truth").await
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, DemoError> {
        let text = text(path, self.http.get(format!("{}{path}", self.base))).await?;
        serde_json::from_str(&text).map_err(|error| DemoError::Expected(format!("{path} of the sandbox: {error}")))
    }
}

async fn text(what: &str, request: RequestBuilder) -> Result<String, DemoError> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.text().await?;
    if status.is_success() {
        return Ok(body);
    }
    Err(DemoError::Answer { what: what.to_owned(), status: status.as_u16(), body })
}

fn moment_ms(text: &str) -> Result<i64, DemoError> {
    let read = DateTime::parse_from_rfc3339(text);
    read.map(|at| at.timestamp_millis()).map_err(|error| DemoError::Expected(format!("{text} is no moment: {error}")))
}

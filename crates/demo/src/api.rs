//! A client of our own API, as a shop's app would be: the same Idempotency-Key until there is an answer, and a record of
//! everything it was told had been done.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::DemoError;
use crate::view::{Checkout, Money, OrderLine, OwnOrder, Page, Product, Quote, Story};

/// Longer than the server may take for anything it answers at once.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Tries of one request; with the waits between them some 40 s, which a restart of server and database fit into.
const TRIES: u32 = 40;
/// Before the second try; each next one waits that much longer, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Of a body that is shown with an error.
const SHOWN: usize = 300;
/// Lines of a list asked for at once; the server's most.
const PAGE: usize = 100;

/// The two addresses of one server.
#[derive(Debug, Clone)]
pub struct Bases {
    /// `http://host:port` of the customers' API.
    pub public: String,
    /// `http://host:port` of the operators' API.
    pub admin: String,
}

/// Something the server said it had done, by a 2xx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// An order was placed.
    Placed {
        /// Its id.
        order: String,
    },
    /// A checkout was opened.
    Opened {
        /// Of this order.
        order: String,
        /// Its reference.
        reference: String,
    },
    /// An order was cancelled.
    Cancelled {
        /// Its id.
        order: String,
    },
}

/// One thing to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The product's id.
    pub product: String,
    /// Phone number, meter number or player id.
    pub target: String,
}

/// An order to place.
#[derive(Debug, Clone)]
pub struct NewOrder<'a> {
    /// 1 to 10.
    pub items: &'a [Wanted],
    /// A promo code.
    pub promo: Option<&'a str>,
    /// As quoted.
    pub expected_total: &'a Money,
}

#[derive(Debug, Clone, Copy)]
enum Listener {
    Public,
    Admin,
}

struct Ask<'a> {
    listener: Listener,
    method: Method,
    path: String,
    token: &'a str,
    key: Option<&'a str>,
    body: Option<Value>,
}

/// The client. Clones share the record.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    bases: Arc<Vec<Bases>>,
    turn: Arc<AtomicUsize>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
}

impl Api {
    /// A client of servers that stand for one another.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(bases: Vec<Bases>) -> Result<Self, DemoError> {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        Ok(Self { http, bases: Arc::new(bases), turn: Arc::default(), acknowledged: Arc::default() })
    }

    /// Everything acknowledged so far.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, done: Acknowledged) {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(done);
    }

    /// Everything for sale.
    ///
    /// # Errors
    /// As all requests: no answer after many tries, or not the expected one.
    pub async fn catalogue(&self, token: &str) -> Result<Vec<Product>, DemoError> {
        self.pages(Listener::Public, "/v1/catalogue", token).await
    }

    /// What these would cost together.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn quote(&self, token: &str, items: &[Wanted], promo: Option<&str>) -> Result<Quote, DemoError> {
        let lines: Vec<Value> = items.iter().map(|item| json!({ "product": item.product })).collect();
        let body = json!({ "items": lines, "promo_code": promo });
        self.send(&post("/v1/quotes".to_owned(), token, None, Some(body))).await
    }

    /// Places an order.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn place(&self, token: &str, key: &str, order: &NewOrder<'_>) -> Result<OrderLine, DemoError> {
        let items: Vec<Value> =
            order.items.iter().map(|item| json!({ "product": item.product, "target": item.target })).collect();
        let body = json!({
            "items": items,
            "promo_code": order.promo,
            "expected_total": order.expected_total.to_json(),
        });
        let placed: OrderLine = self.send(&post("/v1/orders".to_owned(), token, Some(key), Some(body))).await?;
        self.note(Acknowledged::Placed { order: placed.id.clone() });
        Ok(placed)
    }

    /// Opens the gateway's page for an order, by card.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn open_checkout(&self, token: &str, key: &str, order: &str) -> Result<Checkout, DemoError> {
        let path = format!("/v1/orders/{order}/checkouts");
        let body = json!({ "method": "credit" });
        let opened: Checkout = self.send(&post(path, token, Some(key), Some(body))).await?;
        self.note(Acknowledged::Opened { order: order.to_owned(), reference: opened.reference.clone() });
        Ok(opened)
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn cancel(&self, token: &str, key: &str, order: &str) -> Result<OrderLine, DemoError> {
        let path = format!("/v1/orders/{order}/cancel");
        let cancelled: OrderLine = self.send(&post(path, token, Some(key), None)).await?;
        self.note(Acknowledged::Cancelled { order: order.to_owned() });
        Ok(cancelled)
    }

    /// An order as its customer sees it; `None` when there is none.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn own_order(&self, token: &str, order: &str) -> Result<Option<OwnOrder>, DemoError> {
        found(self.send(&get(Listener::Public, format!("/v1/orders/{order}"), token)).await)
    }

    /// An order with everything around it, as staff see it; `None` when there is none.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn story(&self, token: &str, order: &str) -> Result<Option<Story>, DemoError> {
        found(self.send(&get(Listener::Admin, format!("/v1/admin/orders/{order}"), token)).await)
    }

    /// Whether any order has this status.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn any_with_status(&self, token: &str, status: &str) -> Result<bool, DemoError> {
        let path = format!("/v1/admin/orders?limit=1&status={status}");
        let page: Page<OrderLine> = self.send(&get(Listener::Admin, path, token)).await?;
        Ok(!page.items.is_empty())
    }

    /// All orders, newest first.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn orders(&self, token: &str) -> Result<Vec<OrderLine>, DemoError> {
        self.pages(Listener::Admin, "/v1/admin/orders", token).await
    }

    /// Any other request of staff: `PUT` the price book, confirm a refund.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn staff(
        &self,
        method: Method,
        path: &str,
        token: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<Value, DemoError> {
        let path = path.to_owned();
        self.send(&Ask { listener: Listener::Admin, method, path, token, key, body }).await
    }

    /// The numbers of one server, from `/metrics`.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn metrics(&self) -> Result<Metrics, DemoError> {
        let text = self.text(&get(Listener::Admin, "/metrics".to_owned(), "")).await?;
        Ok(Metrics(text))
    }

    async fn pages<T: DeserializeOwned>(
        &self,
        listener: Listener,
        path: &str,
        token: &str,
    ) -> Result<Vec<T>, DemoError> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let page: Page<T> = self.send(&get(listener, format!("{path}?limit={PAGE}{after}"), token)).await?;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    async fn send<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<T, DemoError> {
        let text = self.text(ask).await?;
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).map_err(|error| DemoError::Answer {
            what: format!("{} {}", ask.method, ask.path),
            status: 200,
            body: format!("{error} in {}", shortened(text)),
        })
    }

    /// Until there is an answer: nobody there, or 503, is asked again, another server if there is one.
    async fn text(&self, ask: &Ask<'_>) -> Result<String, DemoError> {
        let mut wait = FIRST_WAIT;
        for last in (0..TRIES).map(|n| n + 1 == TRIES) {
            match self.exchange(ask).await {
                Err(error) if last => return Err(error.into()),
                Err(_nobody) => {}
                Ok((StatusCode::SERVICE_UNAVAILABLE, _)) if !last => {}
                Ok((status, text)) if status.is_success() => return Ok(text),
                Ok((status, text)) => {
                    let what = format!("{} {}", ask.method, ask.path);
                    return Err(DemoError::Answer { what, status: status.as_u16(), body: shortened(&text) });
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait + FIRST_WAIT).min(LONGEST_WAIT);
        }
        Err(DemoError::Expected("no try was made".to_owned()))
    }

    async fn exchange(&self, ask: &Ask<'_>) -> reqwest::Result<(StatusCode, String)> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let base = turn.checked_rem(self.bases.len()).and_then(|n| self.bases.get(n));
        let base = base.map_or("", |bases| match ask.listener {
            Listener::Public => bases.public.as_str(),
            Listener::Admin => bases.admin.as_str(),
        });
        let mut request = self.http.request(ask.method.clone(), format!("{base}{}", ask.path));
        if !ask.token.is_empty() {
            request = request.bearer_auth(ask.token);
        }
        if let Some(key) = ask.key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        let response = request.send().await?;
        Ok((response.status(), response.text().await?))
    }
}

/// The numbers of one server.
pub struct Metrics(String);

impl Metrics {
    /// A number without labels; `None` when it is not there.
    pub fn number(&self, name: &str) -> Option<u64> {
        let rest = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        rest.trim().parse().ok()
    }
}

fn get(listener: Listener, path: String, token: &str) -> Ask<'_> {
    Ask { listener, method: Method::GET, path, token, key: None, body: None }
}

fn post<'a>(path: String, token: &'a str, key: Option<&'a str>, body: Option<Value>) -> Ask<'a> {
    Ask { listener: Listener::Public, method: Method::POST, path, token, key, body }
}

fn found<T>(answer: Result<T, DemoError>) -> Result<Option<T>, DemoError> {
    match answer {
        Err(DemoError::Answer { status: 404, .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_whole_name() {
        let text = "# HELP a b\nseberang_tasks_live 7\nseberang_tasks_live_x 8\nseberang_x{a=\"b\"} 9\n";
        let metrics = Metrics(text.to_owned());
        assert_eq!(metrics.number("seberang_tasks_live"), Some(7));
        assert_eq!(metrics.number("seberang_tasks"), None);
        assert_eq!(metrics.number("seberang_x"), None);
    }
}

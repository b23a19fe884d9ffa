//! A client of our own API, as a shop's app would be: the same Idempotency-Key until there is an answer, and a record of
//! everything it was told had been done.

mod client;
mod metrics;

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};

pub(crate) use self::client::NOBODY_KNOWS;
use self::client::{Ask, Client, Listener, found, get, post};
pub use self::metrics::Metrics;
use crate::error::DemoError;
use crate::view::{Asked, Checkout, Money, OrderLine, OwnOrder, Page, PaymentMethod, Product, Quote, Seller, Story};

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
    /// Phone number, meter number or player id. Nothing of a bill that was asked about.
    pub target: String,
    /// Of a bill: what was asked, which says whose it is.
    pub inquiry: Option<String>,
}

impl Wanted {
    /// Goods for somebody.
    pub fn new(product: impl Into<String>, target: impl Into<String>) -> Self {
        Self { product: product.into(), target: target.into(), inquiry: None }
    }

    fn to_json(&self) -> Value {
        match &self.inquiry {
            Some(inquiry) => json!({ "product": self.product, "inquiry": inquiry }),
            None => json!({ "product": self.product, "target": self.target }),
        }
    }

    /// What it costs is the same for everybody.
    fn to_quote(&self) -> Value {
        match &self.inquiry {
            Some(inquiry) => json!({ "product": self.product, "inquiry": inquiry }),
            None => json!({ "product": self.product }),
        }
    }
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

/// The client. Clones share the record.
#[derive(Clone)]
pub struct Api {
    client: Client,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
}

impl Api {
    /// A client of servers that stand for one another.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(bases: Vec<Bases>) -> Result<Self, DemoError> {
        Ok(Self { client: Client::new(bases)?, acknowledged: Arc::default() })
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
        self.client.pages(Listener::Public, "/v1/catalogue", token).await
    }

    /// What these would cost together.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn quote(&self, token: &str, items: &[Wanted], promo: Option<&str>) -> Result<Quote, DemoError> {
        let lines: Vec<Value> = items.iter().map(Wanted::to_quote).collect();
        let body = json!({ "items": lines, "promo_code": promo });
        self.client.send(&post("/v1/quotes".to_owned(), token, None, Some(body))).await
    }

    /// Asks what somebody owes.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn ask_bill(&self, token: &str, bill: &Wanted) -> Result<Asked, DemoError> {
        let body = json!({ "kind": "bill", "product": bill.product, "target": bill.target });
        self.client.send(&post("/v1/inquiries".to_owned(), token, None, Some(body))).await
    }

    /// Places an order.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn place(&self, token: &str, key: &str, order: &NewOrder<'_>) -> Result<OrderLine, DemoError> {
        let items: Vec<Value> = order.items.iter().map(Wanted::to_json).collect();
        let body = json!({
            "items": items,
            "promo_code": order.promo,
            "expected_total": order.expected_total.to_json(),
        });
        let placed: OrderLine = self.client.send(&post("/v1/orders".to_owned(), token, Some(key), Some(body))).await?;
        self.note(Acknowledged::Placed { order: placed.id.clone() });
        Ok(placed)
    }

    /// How an order can be paid.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn payment_methods(&self, token: &str, order: &str) -> Result<Vec<PaymentMethod>, DemoError> {
        let path = format!("/v1/orders/{order}/payment-methods");
        self.client.send(&get(Listener::Public, path, token)).await
    }

    /// Opens the gateway's page for an order.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn open_checkout(
        &self,
        token: &str,
        key: &str,
        order: &str,
        method: &str,
    ) -> Result<Checkout, DemoError> {
        let path = format!("/v1/orders/{order}/checkouts");
        let body = json!({ "method": method });
        let opened: Checkout = self.client.send(&post(path, token, Some(key), Some(body))).await?;
        self.note(Acknowledged::Opened { order: order.to_owned(), reference: opened.reference.clone() });
        Ok(opened)
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn cancel(&self, token: &str, key: &str, order: &str) -> Result<OrderLine, DemoError> {
        let path = format!("/v1/orders/{order}/cancel");
        let cancelled: OrderLine = self.client.send(&post(path, token, Some(key), None)).await?;
        self.note(Acknowledged::Cancelled { order: order.to_owned() });
        Ok(cancelled)
    }

    /// An order as its customer sees it; `None` when there is none.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn own_order(&self, token: &str, order: &str) -> Result<Option<OwnOrder>, DemoError> {
        found(self.client.send(&get(Listener::Public, format!("/v1/orders/{order}"), token)).await)
    }

    /// An order with everything around it, as staff see it; `None` when there is none.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn story(&self, token: &str, order: &str) -> Result<Option<Story>, DemoError> {
        found(self.client.send(&get(Listener::Admin, format!("/v1/admin/orders/{order}"), token)).await)
    }

    /// Who sells a product, as staff see it.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn sellers(&self, token: &str, product: &str) -> Result<Vec<Seller>, DemoError> {
        #[derive(serde::Deserialize)]
        struct Wire {
            sellers: Vec<Seller>,
        }
        let path = format!("/v1/admin/products/{product}/sellers");
        self.client.send::<Wire>(&get(Listener::Admin, path, token)).await.map(|wire| wire.sellers)
    }

    /// Suppliers of which no price list was taken yet.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn suppliers_without_list(&self, token: &str) -> Result<Vec<String>, DemoError> {
        #[derive(serde::Deserialize)]
        struct Wire {
            suppliers: Vec<Supplier>,
        }
        #[derive(serde::Deserialize)]
        struct Supplier {
            id: String,
            list_taken_at: Option<String>,
        }
        let path = "/v1/admin/suppliers".to_owned();
        let wire: Wire = self.client.send(&get(Listener::Admin, path, token)).await?;
        let missing = wire.suppliers.into_iter().filter(|supplier| supplier.list_taken_at.is_none());
        Ok(missing.map(|supplier| supplier.id).collect())
    }

    /// Whether any order has this status.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn any_with_status(&self, token: &str, status: &str) -> Result<bool, DemoError> {
        let path = format!("/v1/admin/orders?limit=1&status={status}");
        let page: Page<OrderLine> = self.client.send(&get(Listener::Admin, path, token)).await?;
        Ok(!page.items.is_empty())
    }

    /// All orders, newest first.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn orders(&self, token: &str) -> Result<Vec<OrderLine>, DemoError> {
        self.client.pages(Listener::Admin, "/v1/admin/orders", token).await
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
        self.client.send(&Ask { listener: Listener::Admin, method, path, token, key, body }).await
    }

    /// The numbers of one server, from `/metrics`.
    ///
    /// # Errors
    /// See [`Api::catalogue`].
    pub async fn metrics(&self) -> Result<Metrics, DemoError> {
        let text = self.client.text(&get(Listener::Admin, "/metrics".to_owned(), "")).await?;
        Ok(Metrics(text))
    }
}

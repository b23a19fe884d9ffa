//! A member of staff's decision about an order on its way in: who decides, about which order, under which key.

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest, web};
use domain::{Event, Order, OrderId, What};
use engine::{Engine, Rendered};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::answer::{Handled, acted, json_text};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::OrderBrief;
use crate::idempotency::{Key, Once};
use crate::problem::Problem;
use crate::query::path;

pub struct Desk {
    request: HttpRequest,
    caller: Caller,
    key: Key,
    body: Body,
    engine: web::Data<Engine>,
}

impl FromRequest for Desk {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = <(Caller, Key, Body, web::Data<Engine>)>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let (caller, key, body, engine) = parts.await?;
            Ok(Self { request, caller, key, body, engine })
        })
    }
}

impl Desk {
    /// The number of the item, payment or refund that the address names.
    pub fn part(&self) -> Result<u16, Problem> {
        path(&self.request, "n")
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.body.json()
    }

    pub fn nothing(&self) -> Result<(), Problem> {
        self.body.nothing()
    }

    /// Applies the decision and answers with the order as it is then.
    pub async fn decide(self, what: What) -> Handled {
        let id: OrderId = path(&self.request, "id")?;
        let event = Event { what, actor: self.caller.staff() };
        let once = Once::new(&self.request, &self.caller, self.key, &self.body);
        let render = |order: &Order| Rendered { status: 200, body: json_text(&OrderBrief::from(order)) };
        Ok(acted(self.engine.act(id, event, Some(once.request(&render))).await?, &render))
    }
}

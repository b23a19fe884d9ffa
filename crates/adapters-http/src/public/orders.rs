//! A customer's orders: place, list, read, cancel. Other people's orders do not exist here.

use actix_web::{HttpRequest, web};
use domain::{Actor, Event, Order, OrderId, PaymentNo, What};
use engine::{Engine, PlaceOrder, Rendered};
use ports::store::OrderFilter;
use serde::Deserialize;

use crate::answer::{Handled, acted, json_text, kept, ok, tagged};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{NewItemBody, NewOrderBody, OrderBrief, OrderLine, OrderView, Page};
use crate::errors::no_order;
use crate::idempotency::{Key, Once};
use crate::problem::Problem;
use crate::query::{Limit, path, query};

/// Places an order.
///
/// The same Idempotency-Key and body get the same answer again, byte for byte.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders", operation_id = "place_order",
    request_body = NewOrderBody,
    responses((status = 201, description = "Placed; open a checkout next", body = OrderBrief)),
)]
pub async fn place(request: HttpRequest, caller: Caller, key: Key, body: Body, engine: web::Data<Engine>) -> Handled {
    let asked: NewOrderBody = body.json()?;
    let once = Once::new(&request, &caller, key, &body);
    let items = asked.items.into_iter().enumerate().map(|(index, item): (_, NewItemBody)| item.into_item(index));
    let order = PlaceOrder {
        customer: caller.customer()?,
        items: items.collect::<Result<_, _>>()?,
        promo: asked.promo_code.map(crate::dto::Line::into_string),
        expected_total: asked.expected_total.0,
        confirm_repeat: asked.confirm_repeat,
    };
    let render = |order: &Order| Rendered { status: 201, body: json_text(&OrderBrief::from(order)) };
    let answer = engine.place_order(order, once.request(&render)).await?;
    fail::fail_point!("http.before_answer");
    Ok(kept(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    cursor: Option<OrderId>,
    #[serde(default)]
    limit: Limit,
}

/// The customer's own orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders", operation_id = "list_orders",
    params(
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<OrderLine>)),
)]
pub async fn list(request: HttpRequest, caller: Caller, engine: web::Data<Engine>) -> Handled {
    let asked: Asked = query(&request)?;
    let filter =
        OrderFilter { customer: Some(caller.customer()?), status: None, before: asked.cursor, limit: asked.limit.0 };
    let page = engine.orders(&filter).await?;
    let items: Vec<OrderLine> = page.orders.into_iter().map(Into::into).collect();
    ok(&Page { items, next_cursor: page.next.map(|id| id.to_string()) })
}

/// One order, with its goods once they are there.
///
/// The ETag is the order's version: send it as If-None-Match to hear only of changes.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "orders", operation_id = "read_order",
    params(
        ("id" = String, Path, format = Uuid),
        ("If-None-Match" = Option<String>, Header, description = "The ETag seen last"),
    ),
    responses((status = 200, body = OrderView), (status = 304, description = "Nothing has changed")),
)]
pub async fn read(request: HttpRequest, caller: Caller, engine: web::Data<Engine>) -> Handled {
    let order = own_order(&request, &caller, &engine).await?;
    Ok(tagged(&request, &order.version.to_string(), || json_text(&OrderView::from(&order))))
}

/// Cancels an order that is not paid.
#[utoipa::path(
    post, path = "/v1/orders/{id}/cancel", tag = "orders", operation_id = "cancel_order",
    params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = OrderBrief)),
)]
pub async fn cancel(request: HttpRequest, caller: Caller, key: Key, body: Body, engine: web::Data<Engine>) -> Handled {
    body.nothing()?;
    let order = own_order(&request, &caller, &engine).await?;
    let payment = order.payments.first().map_or(PaymentNo(0), |payment| payment.no);
    let event = Event { what: What::Cancelled { payment }, actor: Actor::Customer(order.customer) };
    let once = Once::new(&request, &caller, key, &body);
    let render = |order: &Order| Rendered { status: 200, body: json_text(&OrderBrief::from(order)) };
    Ok(acted(engine.act(order.id, event, Some(once.request(&render))).await?, &render))
}

/// The id of the order of the path, if it is the caller's: enough to act on it.
pub async fn own_id(request: &HttpRequest, caller: &Caller, engine: &Engine) -> Result<OrderId, Problem> {
    let id = path::<OrderId>(request, "id")?;
    if engine.customer_of(id).await? == caller.customer()? { Ok(id) } else { Err(no_order()) }
}

/// The order of the path as it is, if it is the caller's.
pub async fn own_order(request: &HttpRequest, caller: &Caller, engine: &Engine) -> Result<Order, Problem> {
    let order = engine.order(path::<OrderId>(request, "id")?).await?;
    if order.customer == caller.customer()? { Ok(order) } else { Err(no_order()) }
}

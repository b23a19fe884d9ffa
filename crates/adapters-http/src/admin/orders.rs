//! Orders as staff look at them.

use actix_web::{HttpRequest, web};
use domain::{CustomerId, OrderId, OrderStatus};
use engine::Engine;
use ports::store::OrderFilter;
use serde::Deserialize;

use crate::answer::{Handled, ok};
use crate::dto::{OrderLine, Page, StoryView};
use crate::query::{Limit, path, query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    status: Option<OrderStatus>,
    customer: Option<CustomerId>,
    cursor: Option<OrderId>,
    #[serde(default)]
    limit: Limit,
}

/// Orders, newest first.
#[utoipa::path(
    get, path = "/v1/admin/orders", tag = "orders", operation_id = "list_orders",
    params(
        ("status" = Option<String>, Query, description = "pending, paid, success, failed, expired, cancelled or review"),
        ("customer" = Option<String>, Query, description = "A customer's id"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<OrderLine>)),
)]
pub async fn list(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: Asked = query(&request)?;
    let filter =
        OrderFilter { customer: asked.customer, status: asked.status, before: asked.cursor, limit: asked.limit.0 };
    let orders = engine.orders(&filter).await?.into_iter();
    let lines: Vec<OrderLine> = orders
        .map(|summary| {
            let customer = Some(summary.customer.to_string());
            OrderLine { customer, ..summary.into() }
        })
        .collect();
    ok(&Page::new(lines, filter.limit, |line| line.id.to_string()))
}

/// One order with its whole story, and what happens next and when.
#[utoipa::path(
    get, path = "/v1/admin/orders/{id}", tag = "orders", operation_id = "read_order_story",
    params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = StoryView)),
)]
pub async fn story(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let (order, story) = engine.story(path::<OrderId>(&request, "id")?).await?;
    ok(&StoryView::new(&order, story))
}

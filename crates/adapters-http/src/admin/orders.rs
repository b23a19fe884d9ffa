//! Orders as staff look at them.

use actix_web::{HttpRequest, web};
use domain::{CustomerId, OrderId, OrderStatus};
use engine::Engine;
use ports::store::OrderFilter;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::answer::{Handled, json_text, ok, tagged};
use crate::dto::{OrderLine, Page, StoryView};
use crate::query::{Limit, path, query};

/// Of the digest that is a story's tag: two stories of one order never share so many by accident.
const TAG_BYTES: usize = 16;

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
///
/// The ETag changes with whatever is told, also what does not change the order: send it as If-None-Match to hear only of
/// changes.
#[utoipa::path(
    get, path = "/v1/admin/orders/{id}", tag = "orders", operation_id = "read_order_story",
    params(
        ("id" = String, Path, format = Uuid),
        ("If-None-Match" = Option<String>, Header, description = "The ETag seen last"),
    ),
    responses((status = 200, body = StoryView), (status = 304, description = "Nothing has changed")),
)]
pub async fn story(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let (order, story) = engine.story(path::<OrderId>(&request, "id")?).await?;
    let body = json_text(&StoryView::new(&order, story));
    // Notices and alerts come and go without a new version.
    let tag: String = Sha256::digest(&body).iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    Ok(tagged(&request, &tag, || body))
}

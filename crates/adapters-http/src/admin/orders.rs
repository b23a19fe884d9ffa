//! Orders as staff look at them.

use actix_web::{HttpRequest, web};
use domain::{CustomerId, OrderId, OrderStatus, Reference};
use engine::Engine;
use ports::store::{OrderFilter, OrderSummary};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::answer::{Handled, json_text, ok, tagged};
use crate::dto::{Line, OrderLine, Page, StoryView};
use crate::problem::Problem;
use crate::query::{Limit, path, query};

/// Longest transaction number of a gateway; ECPay's have 20 characters.
const TRANSACTION_LIMIT: usize = 64;
/// Of the digest that is a story's tag: two stories of one order never share so many by accident.
const TAG_BYTES: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    status: Option<OrderStatus>,
    customer: Option<CustomerId>,
    reference: Option<Reference>,
    transaction: Option<Line<TRANSACTION_LIMIT>>,
    cursor: Option<OrderId>,
    #[serde(default)]
    limit: Limit,
}

/// Orders, newest first; or the one to which a reference or a gateway's transaction belongs.
///
/// A reference is looked for at the gateways and suppliers of this installation, with their present accounts.
#[utoipa::path(
    get, path = "/v1/admin/orders", tag = "orders", operation_id = "list_orders",
    params(
        ("status" = Option<String>, Query, description = "pending, paid, success, failed, expired, cancelled or review"),
        ("customer" = Option<String>, Query, description = "A customer's id"),
        ("reference" = Option<String>, Query, description = "Our reference of a checkout or purchase; alone"),
        ("transaction" = Option<String>, Query, description = "A gateway's number of a payment; alone"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<OrderLine>)),
)]
pub async fn list(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: Asked = query(&request)?;
    if let Some(found) = looked_up(&engine, &asked).await? {
        let items: Vec<OrderLine> = found.into_iter().map(line).collect();
        return ok(&Page { items, next_cursor: None });
    }
    let filter =
        OrderFilter { customer: asked.customer, status: asked.status, before: asked.cursor, limit: asked.limit.0 };
    let page = engine.orders(&filter).await?;
    ok(&Page { items: page.orders.into_iter().map(line).collect(), next_cursor: page.next.map(|id| id.to_string()) })
}

/// The orders that a name belongs to; `None` when no name was given.
async fn looked_up(engine: &Engine, asked: &Asked) -> Result<Option<Vec<OrderSummary>>, Problem> {
    let alone = asked.status.is_none() && asked.customer.is_none() && asked.cursor.is_none();
    let found = match (&asked.reference, &asked.transaction) {
        (None, None) => return Ok(None),
        (Some(reference), None) if alone => engine.orders_by_reference(reference).await?,
        (None, Some(transaction)) if alone => engine.orders_by_transaction(transaction.as_str()).await?,
        (Some(_), _) => return Err(not_alone("reference")),
        (None, Some(_)) => return Err(not_alone("transaction")),
    };
    Ok(Some(found))
}

fn not_alone(field: &'static str) -> Problem {
    Problem::bad_request("invalid_query", "A query parameter cannot be taken").field(
        field,
        "not_alone",
        "it names one order: leave the other filters out",
    )
}

/// With its customer, whom only staff see.
fn line(summary: OrderSummary) -> OrderLine {
    let customer = Some(summary.customer.to_string());
    OrderLine { customer, ..summary.into() }
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

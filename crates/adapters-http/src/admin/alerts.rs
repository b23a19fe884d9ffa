//! What staff must hear of.

use actix_web::{HttpRequest, web};
use engine::Engine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{AlertView, Page};
use crate::problem::Problem;
use crate::query::{Flag, Limit, Number, path, query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Only open ones, unless `false`.
    open: Option<Flag>,
    cursor: Option<Number>,
    #[serde(default)]
    limit: Limit,
}

/// Alerts, newest first.
#[utoipa::path(
    get, path = "/v1/admin/alerts", tag = "alerts", operation_id = "list_alerts",
    params(
        ("open" = Option<bool>, Query, description = "false: closed ones too"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<AlertView>)),
)]
pub async fn alerts(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: Asked = query(&request)?;
    let open_only = asked.open.is_none_or(|open| open.0);
    let before = asked.cursor.map(|cursor| cursor.0);
    let alerts: Vec<AlertView> =
        engine.alerts(open_only, before, asked.limit.0).await?.into_iter().map(Into::into).collect();
    ok(&Page::new(alerts, asked.limit.0, |alert| alert.id.to_string()))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Closed {
    id: i64,
    closed_by: String,
}

/// Closes an alert that has been dealt with.
#[utoipa::path(
    post, path = "/v1/admin/alerts/{id}/close", tag = "alerts", operation_id = "close_alert",
    params(("id" = i64, Path)),
    responses((status = 200, body = Closed)),
)]
pub async fn close(request: HttpRequest, caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    body.nothing()?;
    let id: i64 = path(&request, "id")?;
    if engine.close_alert(id, &caller.name).await? {
        ok(&Closed { id, closed_by: caller.name.to_string() })
    } else {
        Err(Problem::not_found("no_open_alert", "There is no such open alert"))
    }
}

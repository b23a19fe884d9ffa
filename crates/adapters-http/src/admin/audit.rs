//! What staff look back on: who did what outside orders, and which notices were not believed.

use actix_web::{HttpRequest, web};
use domain::Reference;
use engine::Engine;
use serde::Deserialize;
use uuid::Uuid;

use crate::answer::{Handled, ok};
use crate::dto::{NoticeView, Page, RejectedNoticeView, StaffActView};
use crate::query::{Limit, Number, query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActsAsked {
    cursor: Option<Uuid>,
    #[serde(default)]
    limit: Limit,
}

/// What members of staff did outside orders, newest first. What they did to an order is in its story.
#[utoipa::path(
    get, path = "/v1/admin/staff-acts", tag = "audit", operation_id = "list_staff_acts",
    params(
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<StaffActView>)),
)]
pub async fn staff_acts(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: ActsAsked = query(&request)?;
    let acts = engine.staff_acts(asked.cursor, asked.limit.0).await?;
    let acts: Vec<StaffActView> = acts.into_iter().map(Into::into).collect();
    ok(&Page::new(acts, asked.limit.0, |act| act.id.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticesAsked {
    reference: Reference,
    #[serde(default)]
    limit: Limit,
}

/// What providers sent us about a reference, newest first: also about one we never made.
///
/// Verified notices only, redacted as in an order's story.
#[utoipa::path(
    get, path = "/v1/admin/notices", tag = "audit", operation_id = "list_notices",
    params(
        ("reference" = String, Query, description = "The reference an alert names, or one of an order's"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<NoticeView>)),
)]
pub async fn notices(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: NoticesAsked = query(&request)?;
    let notices = engine.notices_about(&asked.reference, asked.limit.0).await?;
    let items: Vec<NoticeView> = notices.into_iter().map(Into::into).collect();
    ok(&Page { items, next_cursor: None })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RejectedAsked {
    cursor: Option<Number>,
    #[serde(default)]
    limit: Limit,
}

/// Notices this process did not believe, newest first: the last 256 since it started.
///
/// Of a sender that sends too many only some are here; all are counted in the metrics.
#[utoipa::path(
    get, path = "/v1/admin/notices/rejected", tag = "audit", operation_id = "list_rejected_notices",
    params(
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<RejectedNoticeView>)),
)]
pub async fn rejected_notices(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: RejectedAsked = query(&request)?;
    // Nothing has a number below zero.
    let before = asked.cursor.map(|cursor| u64::try_from(cursor.0).unwrap_or(0));
    let notices = engine.rejected_notices(before, asked.limit.0);
    let notices: Vec<RejectedNoticeView> = notices.into_iter().map(Into::into).collect();
    ok(&Page::new(notices, asked.limit.0, |notice| notice.no.to_string()))
}

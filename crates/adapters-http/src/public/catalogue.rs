//! What is for sale, and what it would cost.

use actix_web::{HttpRequest, web};
use domain::ProductId;
use domain::catalogue::Category;
use engine::Engine;
use ports::catalogue::ProductFilter;
use serde::Deserialize;

use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{Page, ProductView, QuoteBody, QuoteItem, QuoteView};
use crate::query::{Limit, query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    category: Option<Category>,
    cursor: Option<ProductId>,
    #[serde(default)]
    limit: Limit,
}

/// Products that can be bought now, by id.
#[utoipa::path(
    get, path = "/v1/catalogue", tag = "catalogue", operation_id = "list_catalogue",
    params(
        ("category" = Option<String>, Query, description = "airtime, data, pln_token, e_money, game or voucher; bills: pln_bill, bpjs, pdam or internet"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "1 to 100; 50 if absent"),
    ),
    responses((status = 200, body = Page<ProductView>)),
)]
pub async fn list(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let asked: Asked = query(&request)?;
    let filter = ProductFilter { category: asked.category, after: asked.cursor, limit: asked.limit.0 };
    let shelf = engine.catalogue(&filter).await?;
    let items: Vec<ProductView> = shelf.products.into_iter().map(Into::into).collect();
    // What cannot be bought here now is left out of a page: a short or empty one may still have another after it.
    ok(&Page { items, next_cursor: shelf.next.map(Into::into) })
}

/// What an order of these products would cost now. Creates nothing.
#[utoipa::path(
    post, path = "/v1/quotes", tag = "catalogue",
    request_body = QuoteBody,
    responses((status = 200, body = QuoteView)),
)]
pub async fn quote(caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let asked: QuoteBody = body.json()?;
    let items: Vec<engine::QuoteItem> = asked.items.into_iter().map(QuoteItem::into_item).collect();
    let promo = asked.promo_code.as_ref().map(crate::dto::Line::as_str);
    let terms = engine.quote(caller.customer()?, &items, promo).await?;
    ok(&QuoteView::new(&items, &terms))
}

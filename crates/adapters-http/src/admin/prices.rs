//! What we sell at: the price book, promos, the suppliers' lists.

use actix_web::{HttpRequest, web};
use engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{PriceBookBody, PriceBookView, PromoBody, PromoCode, PromoView};
use crate::problem::Problem;
use crate::query::path;

/// The prices sold at now.
#[utoipa::path(
    get, path = "/v1/admin/price-book", tag = "prices",
    responses((status = 200, body = PriceBookView), (status = 404, description = "None was set yet")),
)]
pub async fn price_book(engine: web::Data<Engine>) -> Handled {
    match engine.price_book().await? {
        Some(book) => ok(&PriceBookView::from(&book)),
        None => Err(Problem::not_found("no_price_book", "No prices were set yet")),
    }
}

/// Sets the prices to sell at from now on. Orders keep theirs.
#[utoipa::path(
    put, path = "/v1/admin/price-book", tag = "prices",
    request_body = PriceBookBody,
    responses((status = 200, body = PriceBookView)),
)]
pub async fn set_price_book(caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let book = body.json::<PriceBookBody>()?.into_book(engine.clock().now())?;
    let view = PriceBookView::from(&book);
    engine.set_price_book(book, &caller.name).await?;
    ok(&view)
}

/// A promo and how far it is used.
#[utoipa::path(
    get, path = "/v1/admin/promos/{code}", tag = "prices",
    params(("code" = String, Path)),
    responses((status = 200, body = PromoView)),
)]
pub async fn promo(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let code: PromoCode = path(&request, "code")?;
    read_promo(&engine, &code).await
}

async fn read_promo(engine: &Engine, code: &PromoCode) -> Handled {
    match engine.promo(&code.0).await? {
        Some(row) => ok(&PromoView::from(row)),
        None => Err(Problem::not_found("no_such_promo", "There is no such promo")),
    }
}

/// Makes a promo, or changes its limit.
#[utoipa::path(
    put, path = "/v1/admin/promos/{code}", tag = "prices",
    params(("code" = String, Path, description = "3 to 32 of A-Z, 0-9, - and _")),
    request_body = PromoBody,
    responses((status = 200, body = PromoView)),
)]
pub async fn put_promo(request: HttpRequest, caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let code: PromoCode = path(&request, "code")?;
    let (promo, max_uses) = body.json::<PromoBody>()?.into_promo(code.clone())?;
    if !engine.put_promo(promo, max_uses, &caller.name).await? {
        return Err(Problem::conflict("promo_in_use", "The discount of a promo that was used cannot change").field(
            "discount",
            "promo_in_use",
            "make a promo with another code",
        ));
    }
    read_promo(&engine, &code).await
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Synced {
    /// How many suppliers' lists could be read.
    lists: usize,
}

/// Reads every supplier's price list now.
#[utoipa::path(
    post, path = "/v1/admin/catalogue/sync", tag = "prices", operation_id = "sync_catalogue",
    responses((status = 200, body = Synced)),
)]
pub async fn sync(caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    body.nothing()?;
    ok(&Synced { lists: engine.sync_catalogue_for(&caller.name).await? })
}

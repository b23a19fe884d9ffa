//! Suppliers: how they fare, and what is switched off.

use actix_web::{HttpRequest, web};
use domain::{ProductId, SupplierId};
use engine::{Engine, SwitchRefused};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{SellersView, SuppliersView, SwitchBody, SwitchView};
use crate::problem::Problem;
use crate::query::path;

/// Every supplier: trouble, holds, deposit and scores; and what is off.
#[utoipa::path(
    get, path = "/v1/admin/suppliers", tag = "suppliers", operation_id = "list_suppliers",
    responses((status = 200, body = SuppliersView)),
)]
pub async fn suppliers(engine: web::Data<Engine>) -> Handled {
    ok(&SuppliersView::from(engine.suppliers_now().await?))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Released {
    supplier: String,
    released_by: String,
}

/// Ends what holds a supplier, where its balance does not say that it is mended.
///
/// The next purchase tries it; refused again, it is held again.
#[utoipa::path(
    post, path = "/v1/admin/suppliers/{id}/release", tag = "suppliers", operation_id = "release_supplier",
    params(("id" = String, Path)),
    responses((status = 200, body = Released)),
)]
pub async fn release(request: HttpRequest, caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    body.nothing()?;
    let id: SupplierId = path(&request, "id")?;
    if engine.release_supplier(&id, &caller.name).await? {
        ok(&Released { supplier: id.to_string(), released_by: caller.name.to_string() })
    } else {
        Err(Problem::not_found("not_held", "There is no such supplier, or nothing holds it"))
    }
}

/// Who sells a product, at what cost, and why it is not bought there now.
#[utoipa::path(
    get, path = "/v1/admin/products/{id}/sellers", tag = "suppliers", operation_id = "list_sellers",
    params(("id" = String, Path)),
    responses((status = 200, body = SellersView)),
)]
pub async fn sellers(request: HttpRequest, engine: web::Data<Engine>) -> Handled {
    let id: ProductId = path(&request, "id")?;
    match engine.sellers(&id).await? {
        Some((product, sellers)) => ok(&SellersView::new(product, sellers)),
        None => Err(Problem::not_found("unknown_product", "There is no such product")),
    }
}

/// Switches a supplier, a product or a kind of goods off. Within a second no process buys it any more.
///
/// Purchases under way go on and are asked about. The same again tells the switch that stands.
#[utoipa::path(
    post, path = "/v1/admin/switches", tag = "suppliers", operation_id = "switch_off",
    request_body = SwitchBody,
    responses((status = 200, body = SwitchView)),
)]
pub async fn switch_off(caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let switch = body.json::<SwitchBody>()?.into_switch();
    match engine.switch_off(switch, &caller.name).await {
        Ok(switch) => ok(&SwitchView::from(switch)),
        Err(refused) => Err(problem(&refused)),
    }
}

fn problem(refused: &SwitchRefused) -> Problem {
    let field = match refused {
        SwitchRefused::Nothing | SwitchRefused::UnknownSupplier => "supplier",
        SwitchRefused::UnknownProduct => "product",
        SwitchRefused::BadBeginning => "from",
        SwitchRefused::BadEnd => "until",
        SwitchRefused::Unavailable(why) => return engine::ActError::from(why.clone()).into(),
    };
    Problem::invalid("invalid_field", "A field cannot be taken").field(field, "invalid", refused.to_string())
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    ended_by: String,
}

/// Ends a switch: what it switched off is bought again.
#[utoipa::path(
    post, path = "/v1/admin/switches/{id}/end", tag = "suppliers", operation_id = "switch_on",
    params(("id" = String, Path)),
    responses((status = 200, body = Ended)),
)]
pub async fn switch_on(request: HttpRequest, caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    body.nothing()?;
    let id: Uuid = path(&request, "id")?;
    if engine.switch_on(id, &caller.name).await? {
        ok(&Ended { id, ended_by: caller.name.to_string() })
    } else {
        Err(Problem::not_found("no_such_switch", "There is no such switch, or it was ended"))
    }
}

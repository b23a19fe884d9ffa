//! Decisions of people about an order. Each is a domain event with its evidence; what it means is the domain's business.

use actix_web::{HttpRequest, web};
use domain::order::{ItemResolution, PaymentResolution};
use domain::{ItemNo, OrderId, PaymentNo, Private, Reference, RefundNo, TaskKind, What};
use engine::Engine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::Desk;
use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{Line, MoneyIn, OrderBrief};
use crate::problem::Problem;
use crate::query::path;

/// What a person writes down: a ticket, a bank's reference, a sentence.
type Evidence = Line<500>;

/// What was found out about an item.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveItemBody {
    resolution: ItemWord,
    /// With `delivered`: the token or serial, if there is one.
    #[schema(value_type = Option<String>, max_length = 200)]
    serial: Option<Line<200>>,
    /// With `delivered`: what the supplier took.
    #[schema(value_type = Option<crate::dto::MoneyDto>)]
    price: Option<MoneyIn>,
    /// With `delivered`: the reference of the attempt that delivered, if it is not the one that the item last waited for.
    #[schema(value_type = Option<String>, max_length = 20)]
    reference: Option<Line<20>>,
    #[schema(value_type = String, max_length = 500)]
    evidence: Evidence,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ItemWord {
    Delivered,
    Failed,
    Retry,
}

impl ResolveItemBody {
    fn resolution(self) -> Result<(ItemResolution, String), Problem> {
        let invalid = |field, code, words| {
            Err(Problem::invalid("invalid_field", "A field cannot be taken").field(field, code, words))
        };
        let by = self.reference.map(|reference| Reference::try_from(reference.into_string())).transpose();
        let Ok(by) = by else { return invalid("reference", "invalid", "the reference of an attempt of this item") };
        if by.is_some() && self.resolution != ItemWord::Delivered {
            return invalid("reference", "not_expected", "only what was delivered has one");
        }
        let resolution = match (self.resolution, self.serial, self.price) {
            (ItemWord::Delivered, serial, Some(price)) => ItemResolution::Delivered {
                serial: serial.map(|serial| Private::new(serial.into_string())),
                price: price.0,
                by,
            },
            (ItemWord::Delivered, _, None) => return invalid("price", "required", "say what the supplier took"),
            (ItemWord::Failed | ItemWord::Retry, Some(_), _) => {
                return invalid("serial", "not_expected", "only what was delivered has one");
            }
            (ItemWord::Failed | ItemWord::Retry, None, Some(_)) => {
                return invalid("price", "not_expected", "only what was delivered has one");
            }
            (ItemWord::Failed, None, None) => ItemResolution::Failed,
            (ItemWord::Retry, None, None) => ItemResolution::Retry,
        };
        Ok((resolution, self.evidence.into_string()))
    }
}

/// Decides an item in review: it was delivered, it failed, or another supplier is to be tried. Of one that is delivered, and whose code never
/// came, `delivered` with a `serial` tells it.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/items/{n}/resolve", tag = "review",
    params(("id" = String, Path, format = Uuid), ("n" = u16, Path)),
    request_body = ResolveItemBody,
    responses((status = 200, body = OrderBrief)),
)]
pub async fn resolve_item(desk: Desk) -> Handled {
    let item = ItemNo(desk.part()?);
    let (resolution, evidence) = desk.json::<ResolveItemBody>()?.resolution()?;
    desk.decide(What::ItemResolved { item, resolution, evidence }).await
}

/// What is decided about a payment in review.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvePaymentBody {
    /// `accept`, `return` or `write_off`.
    #[schema(value_type = String)]
    resolution: PaymentResolution,
    #[schema(value_type = String, max_length = 500)]
    evidence: Evidence,
}

/// Decides a payment in review. Large amounts need the same decision of a second person.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/payments/{n}/resolve", tag = "review",
    params(("id" = String, Path, format = Uuid), ("n" = u16, Path)),
    request_body = ResolvePaymentBody,
    responses((status = 200, body = OrderBrief)),
)]
pub async fn resolve_payment(desk: Desk) -> Handled {
    let payment = PaymentNo(desk.part()?);
    let ResolvePaymentBody { resolution, evidence } = desk.json()?;
    desk.decide(What::PaymentResolved { payment, resolution, evidence: evidence.into_string() }).await
}

/// Cancels a payment that has not come.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/payments/{n}/cancel", tag = "review", operation_id = "cancel_payment",
    params(("id" = String, Path, format = Uuid), ("n" = u16, Path)),
    responses((status = 200, body = OrderBrief)),
)]
pub async fn cancel(desk: Desk) -> Handled {
    desk.nothing()?;
    let payment = PaymentNo(desk.part()?);
    desk.decide(What::Cancelled { payment }).await
}

/// Money that the bank took back, as the gateway's console or its letter says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisputeBody {
    /// The reference of the checkout by which the money came.
    #[schema(value_type = String, max_length = 20)]
    reference: Line<20>,
    /// How much was taken back: all that came by this checkout, or a part.
    #[schema(value_type = crate::dto::MoneyDto)]
    amount: MoneyIn,
    /// The bank's or gateway's number of the dispute. Told again, it is refused (409), for it is booked.
    #[schema(value_type = String, max_length = 60)]
    case: Line<60>,
    /// Where it was read.
    #[schema(value_type = String, max_length = 500)]
    evidence: Evidence,
}

/// The bank took money back. No gateway of this product tells it by itself: finance reads it in the gateway's console.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/disputes", tag = "review",
    params(("id" = String, Path, format = Uuid)),
    request_body = DisputeBody,
    responses((status = 200, body = OrderBrief)),
)]
pub async fn report_dispute(desk: Desk) -> Handled {
    let DisputeBody { reference, amount, case, evidence } = desk.json()?;
    let Ok(reference) = Reference::try_from(reference.into_string()) else {
        let problem = Problem::invalid("invalid_field", "A field cannot be taken");
        return Err(problem.field("reference", "invalid", "the reference of a checkout of this order"));
    };
    let (amount, case, evidence) = (amount.0, case.into_string(), evidence.into_string());
    desk.decide(What::ChargedBack { reference, amount, case, evidence }).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRefundBody {
    /// The bank's or gateway's reference of the money returned.
    #[schema(value_type = String, max_length = 500)]
    evidence: Evidence,
}

/// The money is back with the customer. Large amounts need a second person to say so.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/refunds/{n}/confirm", tag = "review",
    params(("id" = String, Path, format = Uuid), ("n" = u16, Path)),
    request_body = ConfirmRefundBody,
    responses((status = 200, body = OrderBrief)),
)]
pub async fn confirm_refund(desk: Desk) -> Handled {
    let refund = RefundNo(desk.part()?);
    let ConfirmRefundBody { evidence } = desk.json()?;
    desk.decide(What::RefundConfirmed { refund, evidence: evidence.into_string() }).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectRefundBody {
    /// Why the money could not be returned.
    #[schema(value_type = String, max_length = 500)]
    reason: Evidence,
}

/// The money could not be returned; it is still owed.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/refunds/{n}/reject", tag = "review",
    params(("id" = String, Path, format = Uuid), ("n" = u16, Path)),
    request_body = RejectRefundBody,
    responses((status = 200, body = OrderBrief)),
)]
pub async fn reject_refund(desk: Desk) -> Handled {
    let refund = RefundNo(desk.part()?);
    let RejectRefundBody { reason } = desk.json()?;
    desk.decide(What::RefundRejected { refund, why: reason.into_string() }).await
}

/// Tries a failed refund again.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/refunds/{n}/retry", tag = "review",
    params(("id" = String, Path, format = Uuid), ("n" = u16, Path)),
    responses((status = 200, body = OrderBrief)),
)]
pub async fn retry_refund(desk: Desk) -> Handled {
    desk.nothing()?;
    let refund = RefundNo(desk.part()?);
    desk.decide(What::RefundRetried { refund }).await
}

/// Which task is to be tried again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviveBody {
    /// As the order's story names it: `item:0`.
    #[schema(value_type = String, max_length = 64)]
    key: Line<64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Revived {
    key: String,
}

/// Has a task that was given up tried again, now.
#[utoipa::path(
    post, path = "/v1/admin/orders/{id}/tasks/revive", tag = "review", operation_id = "revive_task",
    params(("id" = String, Path, format = Uuid)),
    request_body = ReviveBody,
    responses((status = 200, body = Revived)),
)]
pub async fn revive(request: HttpRequest, caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let id: OrderId = path(&request, "id")?;
    let ReviveBody { key } = body.json()?;
    let kind: TaskKind = key.as_str().parse().map_err(|error: domain::ids::InvalidId| {
        Problem::invalid("invalid_field", "A field cannot be taken").field("key", "invalid", error.to_string())
    })?;
    if !engine.revive_task(id, &kind, &caller.name).await? {
        return Err(Problem::not_found("no_dead_task", "The order has no such task that was given up"));
    }
    tracing::info!(order.id = %id, task = %kind, by = %caller.name, "a task was revived");
    ok(&Revived { key: kind.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(json: &str) -> Result<ItemResolution, String> {
        let body: ResolveItemBody = serde_json::from_str(json).unwrap();
        let problem = |p: Problem| format!("{}={}", p.errors[0].field, p.errors[0].code);
        body.resolution().map(|(resolution, _)| resolution).map_err(problem)
    }

    #[test]
    fn a_resolution_takes_what_belongs_to_it_and_nothing_else() {
        let price = r#""price":{"amount":"10500","currency":"IDR"}"#;
        let delivered = resolved(&format!(r#"{{"resolution":"delivered","serial":"SN1",{price},"evidence":"T1"}}"#));
        assert!(matches!(delivered, Ok(ItemResolution::Delivered { serial: Some(_), by: None, .. })));
        let reference = r#""reference":"BBBBBBBBBBBBBBBBBBBB""#;
        let named = resolved(&format!(r#"{{"resolution":"delivered",{reference},{price},"evidence":"T1"}}"#));
        assert!(matches!(named, Ok(ItemResolution::Delivered { by: Some(_), .. })));
        assert_eq!(resolved(r#"{"resolution":"failed","evidence":"T1"}"#), Ok(ItemResolution::Failed));
        assert_eq!(resolved(r#"{"resolution":"retry","evidence":"T1"}"#), Ok(ItemResolution::Retry));

        let wrong = |json: &str| resolved(json).unwrap_err();
        assert_eq!(wrong(r#"{"resolution":"delivered","evidence":"T1"}"#), "price=required");
        assert_eq!(wrong(r#"{"resolution":"failed","serial":"SN1","evidence":"T1"}"#), "serial=not_expected");
        assert_eq!(wrong(&format!(r#"{{"resolution":"retry",{price},"evidence":"T1"}}"#)), "price=not_expected");
        assert_eq!(
            wrong(&format!(r#"{{"resolution":"failed",{reference},"evidence":"T1"}}"#)),
            "reference=not_expected"
        );
        let odd = format!(r#"{{"resolution":"delivered","reference":"bbb",{price},"evidence":"T1"}}"#);
        assert_eq!(wrong(&odd), "reference=invalid");
    }
}

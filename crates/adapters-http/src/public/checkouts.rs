//! Opening the gateway's page for an order.

use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::{Actor, Order, PaymentNo, Reference};
use engine::{Answer, CheckoutAnswer, Engine, OpenCheckout, Opened, Rendered};
use ports::gateway::CheckoutForm;

use super::form_page;
use super::orders::{own_id, own_order};
use crate::answer::{Handled, REPLAY_HEADER, json_text, kept, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{CheckoutView, NewCheckoutBody, PaymentMethod};
use crate::idempotency::{Key, Once};
use crate::problem::Problem;

/// Opens a checkout: a form for the customer's browser to send to the gateway.
///
/// With `Accept: text/html` the answer is a page that sends the form by itself.
#[utoipa::path(
    post, path = "/v1/orders/{id}/checkouts", tag = "orders", operation_id = "open_checkout",
    params(("id" = String, Path, format = Uuid)),
    request_body = NewCheckoutBody,
    responses((
        status = 201,
        description = "Send the form within its time",
        content((CheckoutView = "application/json"), (String = "text/html")),
    )),
)]
pub async fn open(request: HttpRequest, caller: Caller, key: Key, body: Body, engine: web::Data<Engine>) -> Handled {
    let asked: NewCheckoutBody = body.json()?;
    let id = own_id(&request, &caller, &engine).await?;
    let ask = OpenCheckout {
        payment: PaymentNo(asked.payment),
        gateway: asked.gateway,
        method: asked.method.into_string(),
        language: asked.language.tag().to_owned(),
        actor: Actor::Customer(caller.customer()?),
    };
    let once = Once::new(&request, &caller, key, &body);
    let render = |order: &Order, reference: &Reference, form: &CheckoutForm| Rendered {
        status: 201,
        body: json_text(&CheckoutView::new(order, reference, form)),
    };
    let keep = CheckoutAnswer { scope: &once.scope, key: &once.key, hash: once.hash, render: &render };
    let answer = match engine.open_checkout(id, ask, Some(keep)).await? {
        Opened::New { answer: Some(answer), .. } | Opened::Replayed(answer) => answer,
        Opened::New { order, reference, form, answer: None } => {
            let Rendered { status, body } = render(&order, &reference, &form);
            Answer { status, body, replayed: false }
        }
    };
    if wants_page(&request) { page(&answer) } else { Ok(kept(answer)) }
}

fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.split(',').filter_map(|part| part.split(';').next()).any(|kind| kind.trim() == "text/html")
}

/// The page is made from the kept answer, so that a repeated request gets the same form.
fn page(answer: &Answer) -> Handled {
    let checkout: CheckoutView = serde_json::from_str(&answer.body).map_err(|error| Problem::internal(&error))?;
    let mut response = HttpResponse::Created();
    if answer.replayed {
        response.insert_header((REPLAY_HEADER, "true"));
    }
    Ok(form_page::response(response, &checkout))
}

/// How this order can be paid.
#[utoipa::path(
    get, path = "/v1/orders/{id}/payment-methods", tag = "orders", operation_id = "list_payment_methods",
    params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Vec<PaymentMethod>)),
)]
pub async fn methods(request: HttpRequest, caller: Caller, engine: web::Data<Engine>) -> Handled {
    let order = own_order(&request, &caller, &engine).await?;
    let methods: Vec<PaymentMethod> = engine.payment_methods(order.terms.total).into_iter().map(Into::into).collect();
    ok(&methods)
}

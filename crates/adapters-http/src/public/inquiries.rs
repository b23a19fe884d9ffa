//! Questions before an order: whose meter, whose wallet, which player.

use actix_web::web;
use engine::Engine;

use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{InquiryBody, InquiryView};

/// Asks a supplier about a number, a player or a game before anything is bought.
///
/// Creates nothing and costs nothing. A customer may ask 20 times, and then once a minute.
#[utoipa::path(
    post, path = "/v1/inquiries", tag = "catalogue", operation_id = "inquire",
    request_body = InquiryBody,
    responses((status = 200, description = "A definite answer, also that there is nobody of this number", body = InquiryView)),
)]
pub async fn ask(caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let asked: InquiryBody = body.json()?;
    let (inquiry, finding) = engine.inquire(caller.customer()?, asked.into_inquiry()?).await?;
    ok(&InquiryView::new(&inquiry, &finding))
}

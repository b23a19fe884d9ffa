//! Questions before an order: whose meter, whose wallet, which player, what is owed.

use actix_web::web;
use engine::Engine;

use crate::answer::{Handled, ok};
use crate::auth::Caller;
use crate::body::Body;
use crate::dto::{Asked, InquiryBody, InquiryView};

/// Asks a supplier about a number, a player, a game or a bill before anything is bought.
///
/// Costs nothing. What is owed is kept for half an hour, until midnight in Jakarta at most, so that an order can carry it. A customer may ask 20 times, and then once a minute.
#[utoipa::path(
    post, path = "/v1/inquiries", tag = "catalogue", operation_id = "inquire",
    request_body = InquiryBody,
    responses((status = 200, description = "A definite answer, also that there is nobody of this number", body = InquiryView)),
)]
pub async fn ask(caller: Caller, body: Body, engine: web::Data<Engine>) -> Handled {
    let asked: InquiryBody = body.json()?;
    let customer = caller.customer()?;
    match asked.into_asked()? {
        Asked::Inquiry(inquiry) => {
            let (inquiry, finding) = engine.inquire(customer, inquiry).await?;
            ok(&InquiryView::new(&inquiry, &finding))
        }
        Asked::Bill(bill) => ok(&InquiryView::of_bill(&engine.inquire_bill(customer, bill).await?)),
    }
}

//! What somebody owes: `postpaid/inquiry`. Its answer is good for half an hour.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{auth, inquiry_ending, look, say};
use crate::clock::rfc3339;
use crate::faults::{At, Call, Provider};
use crate::goods::bills::{self, Debt};
use crate::goods::catalogue::Kind;
use crate::goods::inquiries::Inquiry;
use crate::goods::offers::{self, Offer};
use crate::goods::purchase::PurchaseKey;
use crate::goods::{Refusal, Why};
use crate::reading::Reading;
use crate::state::{Sandbox, State};

/// How long an inquiry may be paid.
pub const LIFE_MS: i64 = 30 * 60_000;
/// Bills one payment takes, oldest first.
const MOST_BILLS: u8 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ask {
    destination_no: String,
    product_code: String,
    /// How many months of BPJS are paid.
    month: Option<u8>,
}

pub async fn inquire(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.bill_inquiry");
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else { return say::malformed() };
    if ask.month.is_some_and(|months| !(1..=12).contains(&months)) {
        return say::malformed();
    }
    let (account, sandbox) = (auth::claimed(&request), &sandbox);
    let at = At {
        provider: Provider::Billfazz,
        call: Call::BillInquiry,
        account: &account,
        reference: "",
        product: &ask.product_code,
    };
    look(&request, sandbox, &at, |account| {
        let now_ms = sandbox.now_ms();
        let mut state = sandbox.state();
        let answer = owed(&state, &ask, now_ms).and_then(|(offer, debt)| {
            let id = format!("BFI{now_ms}{}", state.inquiries.count());
            let reply = bill(&ask, offer, &debt, &id, now_ms);
            let (supplier, account) = (Provider::Billfazz, account.name.clone());
            let (product, target) = (ask.product_code.clone(), ask.destination_no.clone());
            let inquiry = Inquiry { product, target, debt, asked_ms: now_ms, known_ms: now_ms };
            let kept = state.inquiries.keep(PurchaseKey { supplier, account, reference: id }, inquiry);
            if kept { Ok(reply) } else { Err(Refusal::Why(Why::Busy)) }
        });
        match answer {
            Ok(reply) => HttpResponse::Ok().json(reply),
            Err(refusal) => say::refused(&refusal),
        }
    })
    .await
}

/// What the number owes, as much of it as one payment takes.
fn owed(state: &State, ask: &Ask, now_ms: i64) -> Result<(&'static Offer, Debt), Refusal> {
    if let Some(refusal) = inquiry_ending(state, &ask.destination_no) {
        return Err(refusal);
    }
    let offer = offers::find(Provider::Billfazz, &ask.product_code).filter(|offer| offer.goods.kind.is_bill());
    let offer = offer.ok_or(Refusal::Why(Why::UnknownProduct))?;
    if offer.closed.is_some_and(|hours| hours.include(now_ms)) {
        return Err(Refusal::Why(Why::CutOff));
    }
    let reading = state.settings.supplier(Provider::Billfazz).reading;
    offer.goods.check_target(&ask.destination_no, reading).map_err(Refusal::Why)?;
    let mut debt = bills::owed(offer.goods, &ask.destination_no, &state.books.paid_bills, now_ms);
    // Whether months can be paid ahead when nothing is owed is not known.
    let ahead = ask.month.filter(|_| offer.goods.kind == Kind::Bpjs);
    if let Some(months) = ahead.filter(|_| !debt.bills.is_empty() || reading == Reading::Other) {
        debt = bills::oldest(offer.goods, &ask.destination_no, &state.books.paid_bills, now_ms, months);
    } else {
        debt.bills.truncate(usize::from(MOST_BILLS));
    }
    if debt.bills.is_empty() { Err(Refusal::Why(Why::BillPaid)) } else { Ok((offer, debt)) }
}

fn bill(ask: &Ask, offer: &Offer, debt: &Debt, id: &str, now_ms: i64) -> Value {
    let line = |bill: &bills::Bill| json!({ "period": bill.period, "amount": bill.amount, "penalty": bill.penalty, "admin": offer.price });
    json!({
        "inquiryId": id,
        "productCode": ask.product_code,
        "destinationNo": ask.destination_no,
        "customerName": debt.holder,
        "period": debt.span(),
        "billAmount": debt.amount(),
        "adminFee": admin(offer, debt),
        "penalty": debt.penalty(),
        "totalAmount": total(offer, debt),
        "bills": debt.bills.iter().map(line).collect::<Vec<Value>>(),
        "expiresAt": rfc3339(now_ms + LIFE_MS),
    })
}

/// The fee is taken for each bill.
fn admin(offer: &Offer, debt: &Debt) -> i64 {
    offer.price * i64::try_from(debt.bills.len()).unwrap_or(0)
}

/// What leaves the deposit.
pub fn total(offer: &Offer, debt: &Debt) -> i64 {
    debt.amount() + debt.penalty() + admin(offer, debt)
}

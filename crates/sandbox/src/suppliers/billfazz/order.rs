//! Buying, paying and asking. A reference that was used is refused, with the order it was used for.

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{auth, bill, ending, list, look, say, serve};
use crate::config::Account;
use crate::faults::{At, Call, Provider};
use crate::goods::ending::Ending;
use crate::goods::inquiries::Inquiry;
use crate::goods::purchase::PurchaseKey;
use crate::goods::{self, Dues, Order, Refusal, Why, fate, offers};
use crate::state::{Sandbox, State};

const LONGEST_REFERENCE: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prepaid {
    destination_no: String,
    ref_id: String,
    product_code: String,
    callback_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Postpaid {
    inquiry_id: String,
    ref_id: String,
    callback_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    ref_id: String,
}

/// What is to be done, however it was asked for.
struct Wanted<'a> {
    reference: &'a str,
    product: &'a str,
    target: &'a str,
    callback_url: Option<String>,
    pays: Option<Pays>,
}

/// What is paid.
enum Pays {
    Dues(Dues),
    /// Asked too long ago, or never.
    Stale,
}

pub async fn prepaid(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.payment");
    let Ok(ask) = serde_json::from_slice::<Prepaid>(&body) else { return say::malformed() };
    let wanted = Wanted {
        reference: &ask.ref_id,
        product: &ask.product_code,
        target: &ask.destination_no,
        callback_url: ask.callback_url.clone(),
        pays: None,
    };
    answer(&request, &sandbox, wanted).await
}

pub async fn postpaid(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.bill_payment");
    let Ok(ask) = serde_json::from_slice::<Postpaid>(&body) else { return say::malformed() };
    let key = PurchaseKey {
        supplier: Provider::Billfazz,
        account: auth::claimed(&request),
        reference: ask.inquiry_id.clone(),
    };
    let inquiry = sandbox.state().inquiries.find(&key).cloned();
    let wanted = Wanted {
        reference: &ask.ref_id,
        product: inquiry.as_ref().map_or("", |inquiry| &inquiry.product),
        target: inquiry.as_ref().map_or("", |inquiry| &inquiry.target),
        callback_url: ask.callback_url.clone(),
        pays: Some(dues(inquiry.as_ref(), sandbox.now_ms())),
    };
    answer(&request, &sandbox, wanted).await
}

fn dues(inquiry: Option<&Inquiry>, now_ms: i64) -> Pays {
    let fresh = inquiry.filter(|inquiry| now_ms < inquiry.asked_ms + bill::LIFE_MS);
    let found = fresh.and_then(|inquiry| Some((inquiry, offers::find(Provider::Billfazz, &inquiry.product)?)));
    found.map_or(Pays::Stale, |(inquiry, offer)| {
        Pays::Dues(Dues { periods: inquiry.debt.periods(), total: bill::total(offer, &inquiry.debt) })
    })
}

async fn answer(request: &HttpRequest, sandbox: &Sandbox, wanted: Wanted<'_>) -> HttpResponse {
    if !(1..=LONGEST_REFERENCE).contains(&wanted.reference.len()) {
        return say::malformed();
    }
    let account = auth::claimed(request);
    let at = At {
        provider: Provider::Billfazz,
        call: Call::Topup,
        account: &account,
        reference: wanted.reference,
        product: wanted.product,
    };
    let ending = ending(&sandbox.state(), wanted.target);
    let planned = ending.map_or([None, None], Ending::on_the_way);
    serve(request, sandbox, &at, planned, |account, refused| {
        ordered(sandbox, account, &wanted, ending, refused).unwrap_or_else(|refusal| say::refused(&refusal))
    })
    .await
}

fn ordered(
    sandbox: &Sandbox,
    account: &Account,
    wanted: &Wanted<'_>,
    ending: Option<Ending>,
    refused: Option<Refusal>,
) -> Result<HttpResponse, Refusal> {
    let (supplier, reference) = (Provider::Billfazz, wanted.reference.to_owned());
    let key = PurchaseKey { supplier, account: account.name.clone(), reference };
    let order = Order {
        key: &key,
        product: wanted.product,
        target: wanted.target,
        offer: offers::find(supplier, wanted.product),
        at_most: None,
        callback_url: wanted.callback_url.clone(),
        ending,
    };
    let known = {
        let mut state = sandbox.state();
        let known = state.books.purchases.contains_key(&key);
        form(sandbox, &mut state, &order, wanted, refused)?;
        known
    };
    if !known && ending.is_some_and(Ending::is_at_once) {
        fate::click(sandbox, &key, true);
    }
    let (state, now_ms) = (sandbox.state(), sandbox.now_ms());
    let reading = state.settings.supplier(supplier).reading;
    let purchase = state.books.purchases.get(&key).ok_or(Refusal::Why(Why::Maintenance))?;
    let same = purchase.product == wanted.product && purchase.target == wanted.target;
    Ok(match (known, ending) {
        (true, _) => say::duplicate(Some(say::order(purchase, reading, now_ms)).filter(|_| same)),
        (false, Some(Ending::ErrorYetDelivered)) => say::internal(),
        (false, _) => say::created(say::order(purchase, reading, now_ms), reading),
    })
}

fn form(
    sandbox: &Sandbox,
    state: &mut State,
    order: &Order<'_>,
    wanted: &Wanted<'_>,
    refused: Option<Refusal>,
) -> Result<(), Refusal> {
    let formed = match &wanted.pays {
        None => goods::buy(sandbox, state, order, refused),
        Some(Pays::Dues(dues)) => goods::pay(sandbox, state, order, dues, refused),
        // A used reference is told all the same.
        Some(Pays::Stale) => goods::buy(sandbox, state, order, refused.or(Some(Refusal::Why(Why::InquiryExpired)))),
    };
    // The list says which of both it is.
    let trouble = order.offer.is_some_and(list::in_trouble);
    formed.map_err(|refusal| match refusal {
        Refusal::Why(Why::Closed) if trouble => Refusal::Why(Why::Maintenance),
        refusal => refusal,
    })
}

/// "Advice": the order by our reference.
pub async fn by_reference(request: HttpRequest, ask: Query<Advice>, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.orders");
    advise(&request, &sandbox, &ask.ref_id).await
}

/// The same by theirs.
pub async fn by_id(request: HttpRequest, id: Path<String>, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("billfazz.orders");
    let account = auth::claimed(&request);
    let reference = {
        let state = sandbox.state();
        let mut purchases = state.books.purchases.values();
        let found = purchases.find(|purchase| {
            let key = &purchase.key;
            key.supplier == Provider::Billfazz && key.account == account && say::order_id(purchase) == *id
        });
        found.map_or_else(String::new, |purchase| purchase.key.reference.clone())
    };
    advise(&request, &sandbox, &reference).await
}

async fn advise(request: &HttpRequest, sandbox: &Sandbox, reference: &str) -> HttpResponse {
    let account = auth::claimed(request);
    let at = At { provider: Provider::Billfazz, call: Call::Status, account: &account, reference, product: "" };
    look(request, sandbox, &at, |_| {
        let (mut state, now_ms) = (sandbox.state(), sandbox.now_ms());
        let reading = state.settings.supplier(Provider::Billfazz).reading;
        let found = goods::look(sandbox, &mut state, &at);
        found.map_or_else(say::no_order, |purchase| say::found(say::order(&purchase, reading, now_ms), reading))
    })
    .await
}

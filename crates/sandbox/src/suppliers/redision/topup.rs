//! Buying and asking: `topup` and `check`. A reference that was used is refused, and what was bought under it is not said.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::{auth, endings, say};
use crate::faults::{At, Call, Provider};
use crate::goods::ending::Ending;
use crate::goods::purchase::PurchaseKey;
use crate::goods::{Order, Refusal, Why, buy, fate, look, offers};
use crate::guard;
use crate::state::Sandbox;

const LONGEST_REFERENCE: usize = 64;

#[derive(Deserialize)]
struct Ask {
    merchant_transaction_id: String,
    sku: String,
    msisdn: String,
    max_price: Option<i64>,
    notification_url: Option<String>,
}

pub async fn top_up(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("redision.topup");
    let Ok(ask) = serde_json::from_slice::<Ask>(&body) else { return say::malformed() };
    if !(1..=LONGEST_REFERENCE).contains(&ask.merchant_transaction_id.len()) {
        return say::malformed();
    }
    let (sandbox, request, ask, body) = (&sandbox, &request, &ask, &body);
    let at = At {
        provider: Provider::Redision,
        call: Call::Topup,
        account: auth::claimed(request),
        reference: &ask.merchant_transaction_id,
        product: &ask.sku,
    };
    let ending = ending(sandbox, &ask.msisdn);
    let planned = ending.map_or([None, None], Ending::on_the_way);
    guard::run_planned(request, sandbox, &at, planned, |refused| async move {
        let account = match auth::authorise(sandbox, request, &[body.as_ref()]) {
            Ok(account) => account.name.clone(),
            Err(why) => return say::refused(&Refusal::Why(why)),
        };
        let answer = bought(sandbox, account, ask, ending, refused);
        match sandbox.durable().await {
            Ok(()) => answer,
            Err(_broken) => guard::not_durable(),
        }
    })
    .await
}

pub async fn check(request: HttpRequest, reference: Path<String>, sandbox: Data<Sandbox>) -> HttpResponse {
    let _answering = sandbox.answering("redision.check");
    let (sandbox, request) = (&sandbox, &request);
    let at = At {
        provider: Provider::Redision,
        call: Call::Status,
        account: auth::claimed(request),
        reference: &reference,
        product: "",
    };
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    // Its own host has no folder before the path; whoever signs what stands behind ours is right.
    let bare = path.strip_prefix("/redision").unwrap_or(path);
    guard::run(request, sandbox, &at, |refused| {
        let answer = match (refused, auth::authorise(sandbox, request, &[path.as_bytes(), bare.as_bytes()])) {
            (Some(refusal), _) => say::refused(&refusal),
            (None, Err(why)) => say::refused(&Refusal::Why(why)),
            (None, Ok(_)) => {
                let now_ms = sandbox.now_ms();
                let found = look(sandbox, &mut sandbox.state(), &at);
                found.map_or_else(say::not_found, |purchase| say::report(&purchase, now_ms))
            }
        };
        std::future::ready(answer)
    })
    .await
}

/// What the number means, unless the account wants none of it.
fn ending(sandbox: &Sandbox, msisdn: &str) -> Option<Ending> {
    let wanted = sandbox.state().settings.supplier(Provider::Redision).endings;
    Ending::of(endings::TABLE, msisdn).filter(|_| wanted)
}

fn bought(
    sandbox: &Sandbox,
    account: String,
    ask: &Ask,
    ending: Option<Ending>,
    refused: Option<Refusal>,
) -> HttpResponse {
    let key = PurchaseKey { supplier: Provider::Redision, account, reference: ask.merchant_transaction_id.clone() };
    let order = Order {
        key: &key,
        product: &ask.sku,
        target: &ask.msisdn,
        offer: offers::find(Provider::Redision, &ask.sku),
        at_most: ask.max_price,
        callback_url: ask.notification_url.clone(),
        ending,
    };
    let known = sandbox.state().books.purchases.contains_key(&key);
    if let Err(refusal) = buy(sandbox, &mut sandbox.state(), &order, refused) {
        return say::refused(&refusal);
    }
    if known {
        return say::refused(&Refusal::Why(Why::Duplicate));
    }
    if matches!(ending, Some(Ending::AtOnce)) {
        fate::click(sandbox, &key, true);
    }
    if matches!(ending, Some(Ending::ErrorYetDelivered)) {
        return say::upstream_error();
    }
    match sandbox.state().books.purchases.get(&key) {
        Some(purchase) => say::accepted(&json!({
            "reference_id": say::reference_id(purchase),
            "merchant_transaction_id": purchase.key.reference,
            "status_code": say::status_code(purchase),
            "price": purchase.price,
        })),
        None => say::refused(&Refusal::Why(Why::Maintenance)),
    }
}

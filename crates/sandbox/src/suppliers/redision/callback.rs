//! What Redision posts to the address a purchase named: the form of its payment notices, seen in public client code, with the
//! serial beside; specified by us.

use serde_json::{Value, json};

use super::{auth, endings, say};
use crate::faults::Provider;
use crate::goods::callback::Signed;
use crate::goods::ending::Ending;
use crate::goods::purchase::Purchase;
use crate::notices::Message;
use crate::state::Sandbox;

/// Five tries in all. When, is specified by us.
pub const RETRY_AFTER_MS: [i64; 4] = [60_000, 300_000, 900_000, 3_600_000];

pub fn message(sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
    let account = sandbox.account(Provider::Redision, &purchase.key.account)?;
    let url = purchase.callback_url.clone()?;
    let wanted = sandbox.state().settings.supplier(Provider::Redision).endings;
    let ending = Ending::of(endings::TABLE, &purchase.target).filter(|_| wanted);
    let lies = ending == Some(Ending::CallbackLies);
    let status_code = if lies { 1005 } else { say::status_code(purchase) };
    let status = match status_code {
        1000 => "success",
        1005 => "failed",
        _ => "pending",
    };
    let (serial, _) = purchase.visible(sandbox.now_ms());
    // Some merchants get text, others a number.
    let amount =
        if purchase.number.is_multiple_of(2) { json!(purchase.price) } else { json!(purchase.price.to_string()) };
    let body = json!({
        "user_id": purchase.target,
        "merchant_transaction_id": purchase.key.reference,
        "status_code": status_code,
        "status": status,
        "payment_method": "deposit",
        "amount": amount,
        "currency": "IDR",
        "item_id": purchase.product,
        "item_name": purchase.product,
        "reference_id": say::reference_id(purchase),
        "serial_number": if lies { Value::Null } else { json!(serial) },
    })
    .to_string();
    let rightly = signed == Signed::Rightly && ending != Some(Ending::WrongSign);
    let secret = if rightly { account.field("app_secret") } else { "not-the-secret" };
    let headers = vec![("bodysign", auth::sign(secret, body.as_bytes()))];
    Some(Message { method: reqwest::Method::POST, url, content_type: "application/json", headers, body })
}

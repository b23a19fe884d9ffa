//! What Digiflazz posts when a transaction is over, signed with the account's secret (its documents).

use md5::{Digest, Md5};
use reqwest::Method;
use serde_json::json;

use super::{auth, say};
use crate::faults::Provider;
use crate::goods::callback::Signed;
use crate::goods::purchase::Purchase;
use crate::goods::seller::Seller;
use crate::notices::Message;
use crate::state::Sandbox;

/// Specified by us: its documents name neither number nor times.
pub const RETRY_AFTER_MS: [i64; 3] = [60_000, 300_000, 900_000];
/// What is over within so long was over when it was created.
const AT_ONCE_MS: i64 = 1_000;

pub fn message(sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
    let account = sandbox.account(Provider::Digiflazz, &purchase.key.account)?;
    let (url, balance, reading) = {
        let state = sandbox.state();
        let url = super::Digiflazz.callback_url(sandbox, &state, purchase)?;
        let balance = state.books.deposits.left(Provider::Digiflazz, &account.name);
        (url, balance, state.settings.supplier(Provider::Digiflazz).reading)
    };
    let about = say::About {
        reference: &purchase.key.reference,
        target: &purchase.target,
        product: &purchase.product,
        balance,
    };
    let mut data = say::report(purchase, about, reading, sandbox.now_ms());
    if let Some(fields) = data.as_object_mut() {
        fields.insert("trx_id".to_owned(), json!(delivery_id(purchase, "")));
    }
    let body = json!({ "data": data }).to_string();
    let secret = match signed {
        Signed::Rightly => account.field("webhook_secret"),
        Signed::Wrongly => "not-the-secret",
    };
    let at_once = purchase.settled_ms.unwrap_or(purchase.formed_ms) - purchase.formed_ms < AT_ONCE_MS;
    let agent = if purchase.bills.is_some() { "Digiflazz-Pasca-Hookshot" } else { "Digiflazz-Hookshot" };
    let headers = vec![
        ("X-Digiflazz-Event", if at_once { "create" } else { "update" }.to_owned()),
        ("X-Digiflazz-Delivery", delivery_id(purchase, purchase.state.word())),
        ("X-Hub-Signature", auth::hub_signature(secret, body.as_bytes())),
        ("User-Agent", agent.to_owned()),
    ];
    Some(Message { method: Method::POST, url, content_type: "application/json", headers, body })
}

/// Of a transaction, and of each thing that is told of it.
fn delivery_id(purchase: &Purchase, told: &str) -> String {
    let mut md5 = Md5::new();
    for part in [purchase.key.account.as_str(), &purchase.key.reference, told] {
        md5.update(part.as_bytes());
    }
    hex::encode(md5.finalize())
}

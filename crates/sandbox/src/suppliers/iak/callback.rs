//! What IAK posts to an account's callback URL: final states, all values as strings, with a signature that covers neither
//! status nor serial (IAK documents).

use serde_json::json;

use super::{auth, say};
use crate::config::Account;
use crate::goods::callback::Signed;
use crate::goods::purchase::Purchase;
use crate::goods::seller::Seller;
use crate::notices::Message;
use crate::state::Sandbox;

/// Virtual time before each of the three retries. Specified by us: IAK publishes neither number nor times.
pub const RETRY_AFTER_MS: [i64; 3] = [60_000, 300_000, 900_000];

pub fn message(sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
    let url = super::Iak.callback_url(sandbox, &sandbox.state(), purchase)?;
    let body = match signed {
        Signed::Rightly => body(sandbox, purchase, sandbox.account(purchase.key.supplier, &purchase.key.account)?),
        Signed::Wrongly => {
            body(sandbox, purchase, &Account::test(&purchase.key.account, &[("api_key", "not-the-key")]))
        }
    };
    Some(Message { method: reqwest::Method::POST, url, content_type: "application/json", headers: Vec::new(), body })
}

fn body(sandbox: &Sandbox, purchase: &Purchase, account: &Account) -> String {
    let (sn, pin) = purchase.visible(sandbox.now_ms());
    let (balance, reading) = {
        let state = sandbox.state();
        let key = &purchase.key;
        (state.books.deposits.left(key.supplier, &key.account), state.settings.supplier(key.supplier).reading)
    };
    let (product, customer) = reading.pick(("product_code", "customer_id"), ("code", "hp"));
    let rc = say::rc_of(purchase);
    let data = json!({
        "ref_id": purchase.key.reference,
        "status": say::status(purchase.state).to_string(),
        (product): purchase.product,
        (customer): purchase.target,
        "price": purchase.price.to_string(),
        "message": say::message(rc),
        "sn": sn.unwrap_or(""),
        "pin": pin.unwrap_or(""),
        "balance": balance.to_string(),
        "tr_id": purchase.number.to_string(),
        "rc": rc,
        "sign": auth::sign(account, &purchase.key.reference),
    });
    json!({ "data": data }).to_string()
}

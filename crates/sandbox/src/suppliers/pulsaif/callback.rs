//! What Pulsa IF asks the member's address with when something is over: a GET, unsigned; specified by us. Whoever forges one does
//! not know the address's last part.

use reqwest::{Method, Url};

use super::{Pulsaif, say};
use crate::goods::callback::Signed;
use crate::goods::purchase::{Delivery, Purchase};
use crate::goods::seller::Seller;
use crate::goods::words::dotted;
use crate::notices::Message;
use crate::state::Sandbox;

/// Three more tries; in the other reading none.
pub const RETRY_AFTER_MS: [i64; 3] = [60_000, 300_000, 900_000];

pub fn message(sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
    let now_ms = sandbox.now_ms();
    let (url, left) = {
        let state = sandbox.state();
        let left = state.books.deposits.left(purchase.key.supplier, &purchase.key.account);
        (Pulsaif.callback_url(sandbox, &state, purchase)?, left)
    };
    let mut url = Url::parse(&url).ok()?;
    if signed == Signed::Wrongly {
        url.path_segments_mut().ok()?.pop().push("guessed");
    }
    let status = match purchase.state {
        Delivery::Pending => "1",
        Delivery::Delivered => "20",
        Delivery::Failed | Delivery::Reversed => "40",
    };
    url.query_pairs_mut()
        .append_pair("refid", &purchase.key.reference)
        .append_pair("t", &purchase.number.to_string())
        .append_pair("status", status)
        .append_pair("price", &dotted(purchase.price))
        .append_pair("message", &say::state(purchase, left, now_ms));
    let (url, body) = (url.into(), String::new());
    Some(Message { method: Method::GET, url, content_type: "text/plain", headers: Vec::new(), body })
}

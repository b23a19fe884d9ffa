//! What Lapak Gaming posts: the reply of `order_status`, unsigned, to the address the order named (its documents). It comes
//! when the order is over: its one piece was sent, or paid back.

use reqwest::{Method, Url};

use super::say;
use crate::goods::callback::Signed;
use crate::goods::purchase::Purchase;
use crate::goods::seller::Seller;
use crate::notices::Message;
use crate::state::Sandbox;

/// Specified by us: its documents name neither number nor times.
pub const RETRY_AFTER_MS: [i64; 3] = [60_000, 300_000, 900_000];
/// As long as a secret part of an address usually is.
const GUESSED: usize = 26;

/// A forger has no key to lack, but does not know the address: its last part is guessed.
pub fn message(sandbox: &Sandbox, purchase: &Purchase, signed: Signed) -> Option<Message> {
    let url = super::Lapak.callback_url(sandbox, &sandbox.state(), purchase)?;
    let url = match signed {
        Signed::Rightly => url,
        Signed::Wrongly => guessed(&url)?,
    };
    let body = say::report(purchase, sandbox.now_ms()).to_string();
    Some(Message { method: Method::POST, url, content_type: "application/json", headers: Vec::new(), body })
}

fn guessed(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    url.path_segments_mut().ok()?.pop().push(&"A".repeat(GUESSED));
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forger_knows_all_of_an_address_but_its_last_part() {
        let guessed = guessed("http://shop/webhooks/lapak/order/SECRET?ref=R1").unwrap();
        assert_eq!(guessed, "http://shop/webhooks/lapak/order/AAAAAAAAAAAAAAAAAAAAAAAAAA?ref=R1");
    }
}

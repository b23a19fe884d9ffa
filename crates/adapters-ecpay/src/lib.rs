//! ECPay, Taiwan: payments by card, transfer, store code and barcode through its All-In-One checkout page.
//!
//! A customer's browser posts a signed form to ECPay ([`Gateway::checkout_form`]), pays there, and ECPay's server posts
//! a signed notice to our `ReturnURL` ([`Gateway::verify_notice`]). The notice may come late, again, in any order or
//! never, so a payment can also be asked about ([`Gateway::query`]). What is paid elsewhere is told of first by a notice to our
//! `PaymentInfoURL`: an account, a store's code or barcodes, with their expiry ([`Gateway::instructions`] asks for a lost one).
//!
//! | file | what | ECPay AIO docs |
//! |---|---|---|
//! | `method` | what each method takes, how long its code lives, how late its money is known | rates, payment status |
//! | `checkout` | the order form; `text` cleans the names on it, `urls` are our addresses | AioCheckOut/V5 |
//! | `sign` | `CheckMacValue` with SHA-256 | CheckMacValue mechanism |
//! | `notice` | notices of kind `return` and `payment-info`, their answers, and the browser's copy | ReturnURL, PaymentInfoURL, OrderResultURL |
//! | `issued` | what was issued to pay into | PaymentInfoURL, QueryPaymentInfo |
//! | `query` | the request and its replies; `pacing` keeps the distance | QueryTradeInfo/V5, QueryPaymentInfo |
//! | `wire`, `map` | fields and single values, read strictly | |
//!
//! What the signature does not see, the readers must: it ignores letter case and does not escape separators. So names
//! are compared exactly, values that matter are of one case, and a field with a separator in it is refused.
//!
//! Specified by us, where the docs leave it open: a notice that is not believed is answered `0|…` with status 200, so
//! that a genuine one comes again; one that could not be stored gets 503; a query status that is not documented says
//! nothing; a code lives about a day.
//!
//! Not here: instalments, later payment, refunds and settlement files; what a payment means for an order;
//! HTTP itself (`adapters-kit`).
//!
//! [`Gateway::checkout_form`]: ports::Gateway::checkout_form
//! [`Gateway::verify_notice`]: ports::Gateway::verify_notice
//! [`Gateway::query`]: ports::Gateway::query
//! [`Gateway::instructions`]: ports::Gateway::instructions

use std::sync::Arc;

use adapters_kit::{GatewayManifest, Http, PublicUrls};
use domain::GatewayId;
use ports::Gateway;
use ports::settings::{BadSetting, RawSettings};

mod checkout;
mod client;
mod config;
mod error;
mod issued;
mod map;
mod method;
mod notice;
mod pacing;
mod query;
mod sign;
#[cfg(test)]
mod testing;
mod text;
mod urls;
mod wire;

/// What the registry needs to know of this crate.
pub const MANIFEST: GatewayManifest = GatewayManifest {
    kind: "ecpay",
    about: "ECPay AIO checkout: card, transfer, store code, barcode; whole TWD",
    settings: config::SETTINGS,
    build,
};

fn build(
    id: GatewayId,
    settings: &RawSettings,
    urls: &PublicUrls,
    http: &Http,
) -> Result<Arc<dyn Gateway>, BadSetting> {
    let config = config::Config::read(settings)?;
    let Some(own) = urls::Urls::new(urls, id.clone()) else {
        let problem = "is too long: ECPay takes addresses of at most 200 characters".to_owned();
        return Err(BadSetting { variable: urls.setting.to_owned(), problem });
    };
    Ok(Arc::new(client::Ecpay::new(id, config, own, http.clone())))
}

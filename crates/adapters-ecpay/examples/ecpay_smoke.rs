//! Asks a configured ECPay endpoint about one reference and prints what it said.
//!
//! ```text
//! GATEWAY_ECPAY_MERCHANT_ID=3002607 GATEWAY_ECPAY_HASH_KEY=… GATEWAY_ECPAY_HASH_IV=… \
//! GATEWAY_ECPAY_BASE_URL=https://payment-stage.ecpay.com.tw \
//!     cargo run -p adapters-ecpay --example ecpay_smoke -- ABCDEFGHIJKLMNOPQR23
//! ```
#![expect(clippy::disallowed_methods, reason = "an example has no clock and no settings of its own")]

use std::error::Error;
use std::time::{Duration, SystemTime};

use adapters_ecpay::MANIFEST;
use adapters_kit::{Http, HttpSettings, PublicUrls};
use domain::Reference;
use ports::settings::RawSettings;

const PREFIX: &str = "GATEWAY_ECPAY_";
/// A number that nobody has used: ECPay answers that it knows no such trade.
const UNUSED: &str = "AAAAAAAAAAAAAAAAAAAA";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let reference: Reference = std::env::args().nth(1).as_deref().unwrap_or(UNUSED).parse()?;
    let values = std::env::vars()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.into())))
        .collect();
    let http = Http::new(HttpSettings { connect_timeout: Duration::from_secs(5), allow_plain_http: true })?;
    let urls = PublicUrls { base: "https://shop.example".to_owned(), setting: "PUBLIC_URL" };
    let gateway = (MANIFEST.build)("ecpay".parse()?, &RawSettings::new(PREFIX, values), &urls, &http)?;

    let (answer, exchange) = gateway.query(&reference, SystemTime::now().into()).await;
    println!("{answer:?}");
    println!("sent: {}\nanswered {:?}: {}", exchange.request, exchange.status, exchange.response);
    Ok(())
}

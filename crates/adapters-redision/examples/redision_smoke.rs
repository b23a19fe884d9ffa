//! One look at a real Redision account or sandbox: balance, the beginning of the price list, and a question about a reference
//! that does not exist. Buys nothing.
//!
//! `SUPPLIER_REDISION_APP_ID=… SUPPLIER_REDISION_APP_KEY=… SUPPLIER_REDISION_APP_SECRET=… SUPPLIER_REDISION_BASE_URL=… cargo run
//! -p adapters-redision --example redision_smoke`
#![expect(clippy::disallowed_methods, reason = "an example has no clock and no settings of its own")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, SystemTime};

use adapters_kit::{Http, HttpSettings, PublicUrls};
use adapters_redision::MANIFEST;
use domain::catalogue::Category;
use domain::{Currency, Moment, Money, Private, Reference, SupplierId};
use ports::settings::RawSettings;
use ports::supplier::Purchase;
use secrecy::SecretString;

const PREFIX: &str = "SUPPLIER_REDISION_";
const SHOWN: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let http = Http::new(HttpSettings { connect_timeout: Duration::from_secs(5), allow_plain_http: true })?;
    let urls = PublicUrls { base: "http://127.0.0.1:8080".to_owned(), setting: "PUBLIC_URL" };
    let supplier = (MANIFEST.build)("redision".parse::<SupplierId>()?, &from_environment(), &urls, &http)?;
    let now = Moment::from(SystemTime::now());

    println!("balance: {}", supplier.balance(now).await?.decimal());
    let list = supplier.price_list(now).await?;
    println!("price list: {} lines", list.len());
    for listing in list.iter().take(SHOWN) {
        println!("  {} {} IDR {}", listing.product.id, listing.offer.code, listing.offer.cost.decimal());
    }
    let unknown = Purchase {
        reference: Reference::mint(now, [0; 8]),
        code: "none".to_owned(),
        target: Private::new("081700000000"),
        cost: Money::zero(Currency::Idr),
        category: Category::Airtime,
        bill: None,
    };
    let (answer, exchange) = supplier.status(&unknown, now).await;
    println!("status of an unknown reference: {answer:?} after {} ms", exchange.elapsed_ms);
    Ok(())
}

fn from_environment() -> RawSettings {
    let values: BTreeMap<String, SecretString> = MANIFEST
        .settings
        .iter()
        .filter_map(|doc| {
            let value = std::env::var(format!("{PREFIX}{}", doc.name)).ok()?;
            Some((doc.name.to_owned(), SecretString::from(value)))
        })
        .collect();
    RawSettings::new(PREFIX, values)
}

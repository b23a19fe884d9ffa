//! One look at a real Digiflazz account: balance and the beginning of the price list. Buys nothing.
//!
//! `SUPPLIER_DIGIFLAZZ_USERNAME=… SUPPLIER_DIGIFLAZZ_API_KEY=… SUPPLIER_DIGIFLAZZ_BASE_URL=… SUPPLIER_DIGIFLAZZ_WEBHOOK_SECRETS=…
//! cargo run -p adapters-digiflazz --example digiflazz_smoke`
#![expect(clippy::disallowed_methods, reason = "an example has no clock and no settings of its own")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, SystemTime};

use adapters_digiflazz::MANIFEST;
use adapters_kit::{Http, HttpSettings, PublicUrls};
use domain::{Moment, SupplierId};
use ports::settings::RawSettings;
use secrecy::SecretString;

const PREFIX: &str = "SUPPLIER_DIGIFLAZZ_";
const SHOWN: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let http = Http::new(HttpSettings { connect_timeout: Duration::from_secs(5), allow_plain_http: true })?;
    let urls = PublicUrls { base: "http://127.0.0.1:8080".to_owned(), setting: "PUBLIC_URL" };
    let supplier = (MANIFEST.build)("digiflazz".parse::<SupplierId>()?, &from_environment(), &urls, &http)?;
    let now = Moment::from(SystemTime::now());

    println!("balance: {}", supplier.balance(now).await?.decimal());
    let list = supplier.price_list(now).await?;
    println!("price list: {} lines", list.len());
    for listing in list.iter().take(SHOWN) {
        println!("  {} {} IDR {}", listing.product.id, listing.offer.code, listing.offer.cost.decimal());
    }
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

//! One look at a real account, for the adapters' examples. Buys nothing.

use std::error::Error;
use std::time::{Duration, SystemTime};

use adapters_kit::{Http, HttpSettings, PublicUrls, SupplierManifest};
use domain::{Currency, Moment, Money, Private, Reference, SupplierId};
use ports::inquiry::Inquiry;
use ports::settings::RawSettings;
use ports::supplier::Purchase;
use secrecy::SecretString;

use crate::subject::Goods;

/// Lines of the price list that are shown.
const SHOWN: usize = 5;

/// Prints balance and beginning of the price list, what an inquiry finds, and what is said of a purchase of these goods that was never
/// made: nothing, where such a question may buy. Settings come from the environment, as the app reads them (`SUPPLIER_IAK_…`).
///
/// # Errors
/// A setting is wrong, or the supplier does not answer.
#[expect(clippy::disallowed_methods, reason = "an example has no clock and no settings of its own")]
pub async fn smoke(
    manifest: &SupplierManifest,
    inquiry: Option<Inquiry>,
    unknown: Option<Goods>,
) -> Result<(), Box<dyn Error>> {
    let prefix = format!("SUPPLIER_{}_", manifest.kind.to_uppercase());
    let set = manifest.settings.iter().filter_map(|doc| {
        let value = std::env::var(format!("{prefix}{}", doc.name)).ok()?;
        Some((doc.name.to_owned(), SecretString::from(value)))
    });
    let settings = RawSettings::new(prefix.clone(), set.collect());
    let http = Http::new(HttpSettings { connect_timeout: Duration::from_secs(5), allow_plain_http: true })?;
    let urls = PublicUrls { base: "http://127.0.0.1:8080".to_owned(), setting: "PUBLIC_URL" };
    let supplier = (manifest.build)(manifest.kind.parse::<SupplierId>()?, &settings, &urls, &http)?;
    let now = Moment::from(SystemTime::now());

    println!("balance: {}", supplier.balance(now).await?.decimal());
    let list = supplier.price_list(now).await?;
    println!("price list: {} lines", list.len());
    for listing in list.iter().take(SHOWN) {
        println!("  {} {} IDR {}", listing.product.id, listing.offer.code, listing.offer.cost.decimal());
    }
    if let Some(inquiry) = inquiry {
        println!("inquiry ({}): {:?}", inquiry.kind(), supplier.inquire(&inquiry, now).await?);
    }
    if let Some(goods) = unknown.filter(|_| !supplier.asking_may_buy()) {
        let purchase = Purchase {
            reference: Reference::mint(now, [0; 8]),
            code: goods.code.to_owned(),
            target: Private::new(goods.target),
            cost: Money::zero(Currency::Idr),
            category: goods.category,
            bill: None,
        };
        let (answer, exchange) = supplier.status(&purchase, now).await;
        println!("status of an unknown reference: {answer:?} after {} ms", exchange.elapsed_ms);
    }
    Ok(())
}

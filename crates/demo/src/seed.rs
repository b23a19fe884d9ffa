//! What a shop needs before it can sell: prices, promo codes and a catalogue.

use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat};
use reqwest::Method;
use serde_json::json;

use crate::api::Api;
use crate::error::DemoError;
use crate::view::Product;

/// A promo code, its discount in whole TWD, and how many orders may use it.
#[derive(Debug, Clone, Copy)]
pub struct Promo {
    /// As customers type it.
    pub code: &'static str,
    /// Whole TWD.
    pub discount: u32,
    /// Orders.
    pub max_uses: u32,
}

/// The last one runs out early in a larger run.
pub const PROMOS: [Promo; 3] = [
    Promo { code: "HEMAT10", discount: 10, max_uses: 1_000 },
    Promo { code: "PULANG20", discount: 20, max_uses: 40 },
    Promo { code: "LEBARAN30", discount: 30, max_uses: 5 },
];

/// All price lists are taken within seconds.
const LISTING_PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Sets prices and promos, has the suppliers' lists read, and returns what is for sale.
///
/// # Errors
/// When the server refuses, or nothing is for sale in the end.
pub async fn seed(api: &Api, admin: &str, customer: &str, now_ms: i64) -> Result<Vec<Product>, DemoError> {
    set_prices(api, admin, now_ms).await?;
    for promo in PROMOS {
        let path = format!("/v1/admin/promos/{}", promo.code);
        let body = json!({ "discount": twd(promo.discount), "max_uses": promo.max_uses });
        api.staff(Method::PUT, &path, admin, None, Some(body)).await?;
    }
    api.staff(Method::POST, "/v1/admin/catalogue/sync", admin, None, None).await?;
    let deadline = Instant::now() + LISTING_PATIENCE;
    loop {
        let missing = api.suppliers_without_list(admin).await?;
        if missing.is_empty() {
            break;
        }
        if Instant::now() >= deadline {
            return Err(DemoError::Expected(format!("no price list was taken of {}", missing.join(", "))));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let products = api.catalogue(customer).await?;
    if products.is_empty() {
        return Err(DemoError::Expected("nothing is for sale after the price lists were taken".to_owned()));
    }
    Ok(products)
}

/// 1 IDR = 0.00196 TWD plus 2 %, margin 3 % and at least TWD 5, whole TWD. Good for 30 days.
///
/// # Errors
/// When the server refuses.
pub async fn set_prices(api: &Api, admin: &str, now_ms: i64) -> Result<(), DemoError> {
    let as_of = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let book = json!({
        "fx": {
            "base": "IDR",
            "quote": "TWD",
            "rate": "0.00196",
            "source": "demo",
            "as_of": as_of.to_rfc3339_opts(SecondsFormat::Millis, true),
        },
        "buffer_percent": "2",
        "margin": { "percent": "3", "fixed": twd(0), "minimum": twd(5) },
        "charge_unit": 100,
        "max_rate_age_seconds": 30 * 24 * 3_600,
    });
    api.staff(Method::PUT, "/v1/admin/price-book", admin, None, Some(book)).await.map(drop)
}

fn twd(whole: u32) -> serde_json::Value {
    json!({ "amount": format!("{whole}.00"), "currency": "TWD" })
}

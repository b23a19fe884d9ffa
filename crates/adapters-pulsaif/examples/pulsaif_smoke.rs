//! One look at a real Pulsa IF account: balance, the beginning of the price list, and a check of a reference that does not
//! exist. Buys nothing.
//!
//! `SUPPLIER_PULSAIF_MEMBER_ID=… SUPPLIER_PULSAIF_PIN=… SUPPLIER_PULSAIF_PASSWORD=… SUPPLIER_PULSAIF_BASE_URL=…
//! SUPPLIER_PULSAIF_CALLBACK_TOKEN=… cargo run -p adapters-pulsaif --example pulsaif_smoke`

use std::error::Error;

use adapters_pulsaif::MANIFEST;
use domain::catalogue::Category;
use supplier_lab::{Goods, smoke};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let goods = Goods { code: "S10", target: "081700000000".to_owned(), category: Category::Airtime, biller: None };
    smoke(&MANIFEST, None, Some(goods)).await
}

//! One look at a real Redision account or sandbox: balance, the beginning of the price list, and a question about a reference
//! that does not exist. Buys nothing.
//!
//! `SUPPLIER_REDISION_APP_ID=… SUPPLIER_REDISION_APP_KEY=… SUPPLIER_REDISION_APP_SECRET=… SUPPLIER_REDISION_BASE_URL=… cargo run
//! -p adapters-redision --example redision_smoke`

use std::error::Error;

use adapters_redision::MANIFEST;
use domain::catalogue::Category;
use supplier_lab::{Goods, smoke};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let goods = Goods { code: "none", target: "081700000000".to_owned(), category: Category::Airtime, biller: None };
    smoke(&MANIFEST, None, Some(goods)).await
}

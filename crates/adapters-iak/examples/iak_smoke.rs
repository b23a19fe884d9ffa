//! One look at a real IAK account or sandbox: balance, the beginning of the price list, what a game wants to know, and a
//! status question for a reference that does not exist. Buys nothing.
//!
//! `SUPPLIER_IAK_USERNAME=… SUPPLIER_IAK_API_KEY=… SUPPLIER_IAK_BASE_URL=… cargo run -p adapters-iak --example iak_smoke`

use std::error::Error;

use adapters_iak::MANIFEST;
use domain::catalogue::Category;
use ports::inquiry::Inquiry;
use supplier_lab::{Goods, smoke};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let format = Inquiry::GameFormat { brand: "Mobile Legends".to_owned() };
    let goods = Goods { code: "xld25000", target: "081700000000".to_owned(), category: Category::Data, biller: None };
    smoke(&MANIFEST, Some(format), Some(goods)).await
}

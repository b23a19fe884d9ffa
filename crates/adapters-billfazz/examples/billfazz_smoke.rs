//! One look at a real BillFazz account or sandbox: balance, the beginning of the price list, and a question about a reference
//! that does not exist. Buys nothing.
//!
//! `SUPPLIER_BILLFAZZ_KEY=… SUPPLIER_BILLFAZZ_SECRET=… SUPPLIER_BILLFAZZ_CALLBACK_SECRETS=… SUPPLIER_BILLFAZZ_BASE_URL=… cargo run
//! -p adapters-billfazz --example billfazz_smoke`

use std::error::Error;

use adapters_billfazz::MANIFEST;
use domain::catalogue::Category;
use supplier_lab::{Goods, smoke};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let goods = Goods { code: "none", target: "081700000000".to_owned(), category: Category::Airtime, biller: None };
    smoke(&MANIFEST, None, Some(goods)).await
}

//! One look at a real Lapak Gaming account or its test server: balance, the beginning of the price list, a player, and a
//! status question for a reference that does not exist. Buys nothing.
//!
//! `SUPPLIER_LAPAK_API_KEY=… SUPPLIER_LAPAK_ACCOUNT=… SUPPLIER_LAPAK_BASE_URL=… SUPPLIER_LAPAK_CALLBACK_SECRET=…
//! cargo run -p adapters-lapak --example lapak_smoke`

use std::error::Error;

use adapters_lapak::MANIFEST;
use domain::Private;
use domain::catalogue::Category;
use ports::inquiry::Inquiry;
use supplier_lab::{Goods, smoke};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let player = Inquiry::GamePlayer { brand: "Mobile Legends".to_owned(), id: Private::new("156378300|8483") };
    let goods =
        Goods { code: "ML78_8-S2", target: "156378300|8483".to_owned(), category: Category::Game, biller: None };
    smoke(&MANIFEST, Some(player), Some(goods)).await
}

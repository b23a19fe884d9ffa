//! One look at a real Digiflazz account: balance and the beginning of the price list. Buys nothing.
//!
//! `SUPPLIER_DIGIFLAZZ_USERNAME=… SUPPLIER_DIGIFLAZZ_API_KEY=… SUPPLIER_DIGIFLAZZ_BASE_URL=… SUPPLIER_DIGIFLAZZ_WEBHOOK_SECRETS=…
//! cargo run -p adapters-digiflazz --example digiflazz_smoke`

use std::error::Error;

use adapters_digiflazz::MANIFEST;
use supplier_lab::smoke;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    smoke(&MANIFEST, None, None).await
}

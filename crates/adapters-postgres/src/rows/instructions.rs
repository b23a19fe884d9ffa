//! `checkout.instructions`: what the customer pays into, as one sealed text bound to its checkout.

use domain::payment::Checkout;
use domain::{Instructions, Moment, OrderId, PayCode, Private, Reference};
use serde::{Deserialize, Serialize};

use super::columns::{BadRow, Reader};
use crate::cipher::{CipherKeys, Place};

const COLUMN: &str = "instructions";

#[derive(Serialize, Deserialize)]
struct Stored {
    until: Moment,
    code: StoredCode,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredCode {
    VirtualAccount { bank: String, account: String },
    StoreCode(String),
    Barcodes([String; 3]),
}

/// `None` where there is nothing to seal; empty where it cannot be, which the database does not take.
pub(super) fn seal(order: OrderId, checkout: &Checkout, keys: &CipherKeys) -> Option<Vec<u8>> {
    let Instructions { code, payable_until } = checkout.instructions.as_ref()?;
    let text = |private: &Private| private.expose().to_owned();
    let code = match code {
        PayCode::VirtualAccount { bank, account } => {
            StoredCode::VirtualAccount { bank: bank.clone(), account: text(account) }
        }
        PayCode::StoreCode(number) => StoredCode::StoreCode(text(number)),
        PayCode::Barcodes(all) => StoredCode::Barcodes(all.each_ref().map(text)),
    };
    let sealed = serde_json::to_vec(&Stored { until: *payable_until, code })
        .ok()
        .and_then(|plain| keys.seal(&plain, &place(&row(order, &checkout.reference))));
    Some(sealed.unwrap_or_default())
}

pub(super) fn open(reader: &Reader<'_>, reference: &Reference, sealed: &[u8]) -> Result<Instructions, BadRow> {
    let plain = reader.keys.open_text(sealed, &place(&row(reader.order, reference))).map_err(BadRow)?;
    // The error of the parser would quote what it read.
    let Stored { until, code } =
        serde_json::from_str(&plain).map_err(|_unreadable| BadRow(format!("{COLUMN}: not as it was written")))?;
    let code = match code {
        StoredCode::VirtualAccount { bank, account } => {
            PayCode::VirtualAccount { bank, account: Private::new(account) }
        }
        StoredCode::StoreCode(number) => PayCode::StoreCode(Private::new(number)),
        StoredCode::Barcodes(all) => PayCode::Barcodes(all.map(Private::new)),
    };
    Ok(Instructions { code, payable_until: until })
}

fn row(order: OrderId, reference: &Reference) -> String {
    format!("{order}/{reference}")
}

fn place(row: &str) -> Place<'_> {
    Place { table: "checkout", row, column: COLUMN }
}

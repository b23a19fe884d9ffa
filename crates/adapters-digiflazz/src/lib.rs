//! Digiflazz, buyer's API (Digiflazz docs): price lists, balance, purchases, bills, and its webhook.
//!
//! `wire` speaks Digiflazz's language and `sign` signs and seals; `codes`, `map`, `bill` and `listing` translate, `client` sends,
//! `notice` reads webhooks; everything but `client` is pure. There is no question about a prepaid purchase but the purchase once
//! more, which buys what never arrived: so `asking_may_buy`, and no such question is sent about an old one. What must not live here:
//! tickets of deposits, retries, and any rule about what an answer means for an order of ours.

mod bill;
mod client;
mod codes;
mod config;
mod error;
mod listing;
mod map;
mod notice;
mod sign;
mod wire;

use adapters_kit::{SETTLE, SupplierManifest};
use ports::limits::CallLimits;

/// What the registry needs to offer Digiflazz as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "digiflazz",
    about: "Digiflazz: airtime, data, electricity, wallets, games, vouchers and bills, bought in IDR from a deposit",
    settings: config::SETTINGS,
    limits: CallLimits::UNSAID,
    // Its lists tell the hours of each line.
    closed: &[],
    settle: SETTLE,
    build: client::build,
};

//! Redision as a supplier of airtime, data and e-money: price list, balance, top-up, check and callback.
//!
//! Headers, signature, envelope, status codes, the rule of used references and the form of a callback are those of its payment
//! API, seen in public client code. The supplier's role with its four calls and most result codes is specified by us: there is
//! no document of it.
//!
//! `sign` and `wire` speak its language; `codes`, `map` and `listing` translate it, `client` sends, `notice` reads callbacks;
//! everything but `client` is pure. What must not live here: retries, and any rule about what an answer means for an order.

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

/// What the registry needs to offer Redision as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "redision",
    about: "Redision: airtime, data and e-money, bought in IDR from a deposit (its supplier role is specified by us)",
    settings: config::SETTINGS,
    limits: CallLimits::UNSAID,
    closed: &[],
    settle: SETTLE,
    build: client::build,
};

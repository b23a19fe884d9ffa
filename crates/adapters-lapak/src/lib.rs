//! Lapak Gaming, reseller API (Lapak docs v1.5 and public client code): categories and products, balance, player check, order,
//! order status and callback.
//!
//! `wire` speaks Lapak's language and `sign` makes the secret end of a callback's address; `codes`, `map`, `inquiry` and
//! `listing` translate, `client` sends, `reads` paces what is read of products, `notice` reads callbacks; everything but
//! `client` is pure. An order is accepted first and delivered later, so no order reply is ever a delivery. What must not live
//! here: several articles in one order, the product callback, retries, and any rule about what an answer means for an order of
//! ours.

mod client;
mod codes;
mod config;
mod error;
mod inquiry;
mod listing;
mod map;
mod notice;
mod reads;
mod sign;
mod wire;

use std::num::NonZeroU16;
use std::time::Duration;

use adapters_kit::{SETTLE, SupplierManifest};
use ports::limits::{CallLimits, Rate};

/// In 10 s from one address (Lapak docs, "rate limit").
const CALLS: u16 = 500;
/// Our own choice: Lapak says no number.
const AT_ONCE: u16 = 50;

/// What the registry needs to offer Lapak Gaming as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "lapak",
    about: "Lapak Gaming: games, vouchers and airtime, bought in IDR from a deposit",
    settings: config::SETTINGS,
    limits: CallLimits {
        concurrent: NonZeroU16::new(AT_ONCE),
        rate: match NonZeroU16::new(CALLS) {
            Some(calls) => Some(Rate { calls, per: Duration::from_secs(10) }),
            None => None,
        },
    },
    closed: &[],
    settle: SETTLE,
    build: client::build,
};

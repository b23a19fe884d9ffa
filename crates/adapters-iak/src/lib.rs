//! IAK (Indobest Artha Kreasi), prepaid API, JSON: price list, balance, inquiries, top-up, check-status and callback.
//!
//! `sign` and `wire` speak IAK's language; `codes`, `games`, `map`, `inquiry` and `listing` translate it, `client` sends,
//! `notice` reads callbacks; everything but `client` is pure. IAK answers in the form it is asked in, and can speak XML as
//! well: we ask in JSON, and what comes in XML is unreadable like any other text. What must not live here: postpaid bills, retries, and any rule about what an
//! answer means for an order.

mod client;
mod codes;
mod config;
mod error;
mod games;
mod inquiry;
mod listing;
mod map;
mod notice;
mod sign;
mod wire;

use adapters_kit::{SETTLE, SupplierManifest};
use ports::limits::CallLimits;

/// What the registry needs to offer IAK as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "iak",
    about: "IAK prepaid: airtime, data, PLN tokens, e-money, games and vouchers, bought in IDR from a deposit",
    settings: config::SETTINGS,
    limits: CallLimits::UNSAID,
    closed: &[],
    settle: SETTLE,
    build: client::build,
};

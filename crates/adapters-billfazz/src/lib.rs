//! BillFazz: airtime, data and electricity tokens bought, electricity, health insurance and water bills paid, in IDR from a
//! deposit.
//!
//! Paths, HTTP Basic and the fields of requests were seen in public client code. Status words, error codes, the shape of an
//! order and of a bill, and the callback are specified by us: there is no public document. Where that code leaves a shape open
//! (orders bare or under `data`, words in either letter case, 200 or 201), both are read.
//!
//! `sign` and `wire` speak its language; `codes`, `map`, `bill`, `inquiry` and `listing` translate it, `client` sends, `notice`
//! reads callbacks; everything but `client` is pure. What must not live here: retries, and any rule about what an answer means
//! for an order.

mod bill;
mod client;
mod codes;
mod config;
mod error;
mod inquiry;
mod listing;
mod map;
mod notice;
mod sign;
mod wire;

use adapters_kit::{SETTLE, SupplierManifest};
use ports::limits::CallLimits;

/// What the registry needs to offer BillFazz as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "billfazz",
    about: "BillFazz: airtime, data, PLN tokens, and bills of PLN, BPJS and PDAM, paid in IDR from a deposit",
    settings: config::SETTINGS,
    limits: CallLimits::UNSAID,
    closed: &[],
    settle: SETTLE,
    build: client::build,
};

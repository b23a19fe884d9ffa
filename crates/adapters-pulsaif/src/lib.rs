//! Pulsa IF over the OtomaX text protocol: price list, balance, purchase, check, report, and bills by pairs of products that ask
//! (`CEK…`) and pay (`BYR…`). Pulsa IF publishes nothing: requests and signatures are those of the OtomaX family, which several
//! unrelated servers publish; everything else (grammar of the replies, price list, bills) is **specified by us**.
//!
//! `wire` and `sign` make the requests, `parse` reads the one line that comes back, `codes`, `map`, `bill` and `listing` say
//! what it means, `client` sends, `notice` reads reports; everything but `client` is pure. What must not live here: a counter before the
//! number (the same purchase twice on one day is for people to decide), the older form with the password in clear, retries,
//! and any rule about what an answer means for an order.

mod bill;
mod client;
mod codes;
mod config;
mod error;
mod listing;
mod map;
mod notice;
mod parse;
mod redact;
mod sign;
mod wire;

use adapters_kit::{SETTLE, SupplierManifest};
use domain::catalogue::Category;
use domain::supply::{Closed, DailyWindow};
use ports::limits::CallLimits;

/// PLN closes its day around midnight, and Pulsa IF then says no more than that the product is in trouble. Which hours it keeps nobody
/// says; these are the longest of other sellers' (specified by us).
const CLOSED: &[Closed] = match DailyWindow::of_minutes(23 * 60, 60) {
    Ok(hours) => &[Closed { category: Some(Category::PlnBill), hours }],
    Err(_) => &[],
};

/// What the registry needs to offer Pulsa IF as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "pulsaif",
    about: "Pulsa IF (OtomaX text protocol, specified by us): airtime, data, PLN tokens, e-money and bills, bought in IDR from a deposit",
    settings: config::SETTINGS,
    limits: CallLimits::UNSAID,
    closed: CLOSED,
    settle: SETTLE,
    build: client::build,
};

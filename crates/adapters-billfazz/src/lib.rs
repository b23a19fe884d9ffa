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
use domain::catalogue::Category;
use domain::supply::{Closed, DailyWindow};
use ports::limits::CallLimits;

/// PLN closes its day around midnight. Which hours BillFazz keeps nobody says (it has a word for it, `CUTOFF`); these are the
/// longest of other sellers' (specified by us).
const CLOSED: &[Closed] = match DailyWindow::of_minutes(23 * 60, 60) {
    Ok(hours) => &[Closed { category: Some(Category::PlnBill), hours }],
    Err(_) => &[],
};

/// What the registry needs to offer BillFazz as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "billfazz",
    about: "BillFazz (words, errors, bills and callback specified by us): airtime, data, PLN tokens, and bills of PLN, BPJS and PDAM, paid in IDR from a deposit",
    settings: config::SETTINGS,
    limits: CallLimits::UNSAID,
    closed: CLOSED,
    settle: SETTLE,
    build: client::build,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn electricity_bills_are_not_paid_while_pln_closes_its_day() {
        let closed: Vec<_> = MANIFEST.closed.iter().map(|closed| (closed.category, closed.hours.to_string())).collect();
        assert_eq!(closed, [(Some(Category::PlnBill), "23:00-01:00".to_owned())]);
    }
}

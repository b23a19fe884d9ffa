//! IAK (Indobest Artha Kreasi), JSON. Prepaid API: price list, balance, inquiries, top-up, check-status and callback. Postpaid
//! API (`bills`): list, inquiry, payment and checkstatus.
//!
//! `sign` and `wire` speak IAK's language; `codes`, `games`, `map`, `inquiry` and `listing` translate it, `client` sends,
//! `notice` reads callbacks; everything but `client` is pure. IAK answers in the form it is asked in, and can speak XML as
//! well: we ask in JSON, and what comes in XML is unreadable like any other text. What must not live here: retries, and any rule about what an answer
//! means for an order.

mod bills;
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
use domain::catalogue::Category;
use domain::supply::{Closed, DailyWindow};
use ports::limits::CallLimits;

/// PLN closes its day from 23:00 to 01:00 (IAK docs, code 109). Inquiry and payment of a bill must be of one day (code 04), so none
/// is begun around midnight (specified by us).
const CLOSED: &[Closed] = &[
    Closed { category: Some(Category::PlnBill), hours: hours(23 * 60, 60) },
    Closed { category: Some(Category::Bpjs), hours: MIDNIGHT },
    Closed { category: Some(Category::Pdam), hours: MIDNIGHT },
    Closed { category: Some(Category::Internet), hours: MIDNIGHT },
];
const MIDNIGHT: DailyWindow = hours(24 * 60 - 3, 3);

/// Minutes of the day in Jakarta, two different ones.
const fn hours(from: u16, until: u16) -> DailyWindow {
    match DailyWindow::of_minutes(from, until) {
        Ok(window) => window,
        Err(_) => hours(0, 1),
    }
}

/// What the registry needs to offer IAK as a supplier.
pub const MANIFEST: SupplierManifest = SupplierManifest {
    kind: "iak",
    about: "IAK: airtime, data, PLN tokens, e-money, games and vouchers, and bills where POSTPAID_URL is set, bought in IDR from a deposit",
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
    fn bills_are_not_paid_around_midnight_and_electricity_not_while_its_day_is_closed() {
        let hours = |category| {
            let own = CLOSED.iter().filter(move |closed| closed.category == Some(category));
            own.map(|closed| closed.hours.to_string()).collect::<Vec<_>>().join(",")
        };
        assert_eq!(hours(Category::PlnBill), "23:00-01:00");
        for category in [Category::Bpjs, Category::Pdam, Category::Internet] {
            assert_eq!(hours(category), "23:57-00:03");
        }
    }
}

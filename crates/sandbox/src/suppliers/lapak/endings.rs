//! Lapak Gaming's test codes, as its documents list them for its own sandbox, and test user ids, specified by us.

use crate::faults::Provider;
use crate::goods::ending::Ending;
use crate::goods::offers::{self, Offer};

/// Codes that stand on no list and are always refused: with what.
const REFUSED: [(&str, &str); 4] = [
    ("ML156_16-S42", "PRODUCT_EMPTY"),
    ("ML234_23-S2", "PROVIDER_NOT_FOUND"),
    ("ML625_81-S2", "PROVIDER_INACTIVE"),
    ("ML7740_1548-S42", "INSUFFICIENT_BALANCE"),
];
/// One that is taken and stays pending, and what is sold under it.
const PENDING: (&str, &str) = ("ML4649_883-S42", "ML78_8-S2");
/// Accepted, and the number of the order is not said.
pub const NO_TID: &str = "900000010";
const USERS: &[(&str, Ending)] = &[
    ("900000006", Ending::LostYetDelivered),
    ("900000007", Ending::LostAndNothing),
    ("900000008", Ending::Then { delivered: false, after_ms: 5_000 }),
    ("900000009", Ending::SerialLate { after_ms: 10_000 }),
];

/// What a test code is refused with.
pub fn refused(product: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(code, _)| *code == product).map(|(_, word)| *word)
}

pub fn of(product: &str, user_id: &str) -> Option<Ending> {
    if product == PENDING.0 { Some(Ending::Forever) } else { Ending::of(USERS, user_id) }
}

/// What is sold under a code.
pub fn offer(product: &str) -> Option<&'static Offer> {
    offers::find(Provider::Lapak, if product == PENDING.0 { PENDING.1 } else { product })
}

//! Redision's test numbers, by their last two digits; specified by us.

use crate::goods::Why;
use crate::goods::ending::Ending;

pub const TABLE: &[(&str, Ending)] = &[
    ("01", Ending::AtOnce),
    ("02", Ending::Then { delivered: true, after_ms: 5_000 }),
    ("03", Ending::Then { delivered: false, after_ms: 5_000 }),
    ("04", Ending::PaidFirst { after_ms: 60_000 }),
    ("05", Ending::ErrorYetDelivered),
    ("06", Ending::SilentYetDelivered),
    ("07", Ending::SilentAndNothing),
    ("08", Ending::Refuse(Why::Duplicate)),
    ("09", Ending::WrongSign),
    ("10", Ending::Refuse(Why::Price)),
    ("11", Ending::Refuse(Why::Deposit)),
    ("12", Ending::CallbackLies),
];

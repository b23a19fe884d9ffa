//! BillFazz's test numbers, by their last two digits; specified by us.

use crate::goods::Why;
use crate::goods::ending::Ending;

/// Of purchases and payments. An answer that is never read and one that is never sent are the same to a client: both are played
/// by hanging up.
pub const TABLE: &[(&str, Ending)] = &[
    ("01", Ending::AtOnce),
    ("02", Ending::Then { delivered: true, after_ms: 5_000 }),
    ("03", Ending::Then { delivered: false, after_ms: 5_000 }),
    ("04", Ending::Forever),
    ("05", Ending::ErrorYetDelivered),
    ("06", Ending::LostYetDelivered),
    ("07", Ending::LostAndNothing),
    ("08", Ending::SerialLate { after_ms: 10_000 }),
    ("09", Ending::Refuse(Why::Maintenance)),
    ("10", Ending::Refuse(Why::WrongNumber)),
    ("11", Ending::Refuse(Why::Deposit)),
    ("12", Ending::CallbackTwice),
    ("13", Ending::CallbackNever),
    ("14", Ending::Dearer),
    ("15", Ending::Reversed { after_ms: 60_000 }),
];

/// Of inquiries, prepaid and postpaid; the rest of the table above is about what is bought.
pub const INQUIRIES: &[(&str, Ending)] = &[
    ("09", Ending::Refuse(Why::Maintenance)),
    ("10", Ending::Refuse(Why::WrongNumber)),
    ("16", Ending::Refuse(Why::BillNotFound)),
    ("17", Ending::Refuse(Why::BillPaid)),
];

//! Digiflazz's test numbers (its documents). For how long it is pending, is specified by us.

use crate::goods::ending::Ending;

pub const TABLE: &[(&str, Ending)] = &[
    ("087800001230", Ending::AtOnce),
    ("087800001232", Ending::Then { delivered: false, after_ms: 0 }),
    ("087800001233", Ending::Then { delivered: true, after_ms: 5_000 }),
    ("087800001234", Ending::Then { delivered: false, after_ms: 5_000 }),
    ("530000000001", Ending::AtOnce),
];

/// Whether it is over before it is answered.
pub fn is_at_once(ending: Ending) -> bool {
    matches!(ending, Ending::AtOnce | Ending::Then { after_ms: 0, .. })
}

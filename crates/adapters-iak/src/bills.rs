//! IAK's postpaid API (IAK docs, "postpaid"): one path, `commands` selects. `wire` writes and reads it, `codes` and `map` say what
//! an answer means, `listing` reads its list, `client` sends. It answers at once, sends no callback, and knows a payment by the
//! reference of its inquiry. Not here: prepaid goods.

mod client;
mod codes;
mod listing;
mod map;
mod wire;

//! Buying what was ordered: items, the attempts to buy them, and which offer to try next.

mod attempt;
mod item;
mod route;
mod serial;

pub use attempt::{Answer, Artifacts, Attempt, AttemptEvent, AttemptState, Cause, NewAttempt, StatusTrust};
pub use item::{
    BILL_CHANGED, BILL_DEARER, BILL_FAILURES, BILL_NOT_ASKED, BILL_NOT_FRESH, BILL_NOT_PAYABLE, BILL_NOT_YET,
    BILL_PAID, Item, ItemEvent, ItemState, TARGET_REJECTED,
};
pub use route::{Choice, Ineligible, Next, Shut, SupplierView, choose, is_too_dear, waits_since};
pub(crate) use route::{Standing, doubt_until, open_questions, standing};
pub use serial::{SerialParts, pln_token, with_pin};

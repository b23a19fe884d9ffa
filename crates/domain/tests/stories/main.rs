//! The life of one order, through the public door only.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests; clippy excuses only the test functions themselves, not what they share"
)]

#[path = "../support/books.rs"]
mod books;
mod items;
mod machines;
mod payments;
mod properties;
mod refunds;
#[path = "../support/store.rs"]
mod store;
#[path = "../support/story.rs"]
mod story;

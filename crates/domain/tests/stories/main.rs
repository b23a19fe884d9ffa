//! The life of one order, through the public door only.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests; clippy excuses only the test functions themselves, not what they share"
)]

mod bills;
#[path = "../support/books.rs"]
mod books;
mod calls;
mod codes;
mod disputes;
mod items;
mod late_goods;
mod machines;
mod money_reviews;
mod not_knowing;
mod out_of_reach;
mod payments;
mod properties;
mod refunds;
mod second_money;
mod shut;
#[path = "../support/store.rs"]
mod store;
#[path = "../support/story.rs"]
mod story;
mod together;

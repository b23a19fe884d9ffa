//! What all suppliers have alike: goods and who sells them, purchases and what becomes of them, deposits, callbacks. How a
//! supplier is asked and what it answers with is its own, in `suppliers`.

pub mod again;
pub mod arrivals;
pub mod bills;
mod buy;
pub mod callback;
pub mod catalogue;
pub mod codes;
pub mod deposit;
pub mod ending;
mod families;
pub mod fate;
pub mod hours;
pub mod inquiries;
pub mod number;
pub mod offers;
pub mod purchase;
pub mod refusal;
pub mod seller;
pub mod serial;
pub mod words;

pub use buy::{Dues, Order, bought_today, buy, look, pay};
pub use refusal::{Refusal, Why};

//! The use cases: load an order, decide, commit, and do the work that the decision asked for.
//!
//! Knows the ports and nothing behind them. What must not live here: a rule about an order (that is `domain`), SQL,
//! HTTP, a provider's words. No network call happens while a store call is under way.

mod allowance;
mod along;
mod apply;
mod bills;
mod catalogue;
mod checkout;
mod error;
mod freshness;
mod group;
mod hands;
mod health;
mod ids;
mod inquire;
mod memory;
mod metrics;
mod notices;
mod permits;
mod place;
mod pressure;
mod reads;
mod rejected;
mod schedules;
mod sellers;
mod setup;
mod sightings;
mod signs;
mod suppliers;
mod supply;
mod turns;
mod views;
mod watch;
mod watchman;
mod work;

#[cfg(test)]
mod tests;

pub use apply::{Acted, Answer, Rendered, Request};
pub use bills::{AskBill, Billed};
pub use catalogue::{Priced, QuoteItem, Shelf, Tag};
pub use checkout::{CheckoutAnswer, OpenCheckout, Opened};
pub use error::{ActError, InquireError, PlaceError};
pub use metrics::{Metric, MetricsSnapshot};
pub use notices::NoticeAnswer;
pub use place::{Goes, PlaceItem, PlaceOrder};
pub use rejected::RejectedNotice;
pub use sellers::Seller;
pub use setup::{Engine, Limits, Stores, SupplierSetup};
pub use suppliers::{NewSwitch, SupplierNow, SuppliersNow, SwitchRefused};
pub use watch::{WatchRefused, Watcher};
pub use work::Workers;

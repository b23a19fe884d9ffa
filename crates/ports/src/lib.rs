//! The traits between the engine and the world, with their plain types and errors.
//!
//! Each trait's documentation is its contract; the `conformance` feature holds the suites that prove it.
//! What must not live here: any implementation, any library of a database or of HTTP.

pub mod bill;
pub mod bills;
pub mod catalogue;
pub mod clock;
pub mod exchange;
pub mod gateway;
pub mod inquiry;
pub mod limits;
pub mod notice;
pub mod settings;
pub mod store;
pub mod supplier;
pub mod tasks;

#[cfg(feature = "conformance")]
pub mod conformance;

pub use clock::{Chance, Clock};
pub use exchange::{Exchange, Sent};
pub use gateway::Gateway;
pub use supplier::Supplier;

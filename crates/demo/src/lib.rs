//! The whole installation on one machine (PostgreSQL, sandbox, servers), a driver that orders through faults, and the
//! oracle that compares what the providers really did with the books.
//!
//! Everything goes over HTTP, as strangers would: no crate of the product is named here, so a mistake of theirs cannot be
//! shared. What must not live here: a rule about orders, a protocol, SQL.

pub mod api;
pub mod driver;
pub mod error;
pub mod faults;
pub mod headless;
pub mod interactive;
pub mod methods;
pub mod oracle;
pub mod outside;
pub mod plan;
pub mod report;
pub mod seed;
pub mod trouble;
pub mod view;
pub mod world;

pub use error::DemoError;

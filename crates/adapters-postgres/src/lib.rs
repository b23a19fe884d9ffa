//! Orders, tasks, schedules, upkeep, the catalogue and what was asked about bills in PostgreSQL: the storage ports on one struct, [`PgStore`].
//!
//! The only crate that names diesel. Every statement is a text in `stmt/`, run through one cached fragment; rows go in as
//! arrays, so a batch costs the same round trips as one order:
//!
//! | call | statements | round trips |
//! |---|---|---|
//! | `create` of a batch | 1 (2 when a promo is spent) | 1 |
//! | `commit` of a batch | 1 | 1 |
//! | `load` | 8, pipelined | 1 |
//! | `claim`, `retry_later`, `hand_back`, `bury`, `park`, `holder_of`, `stored_answer`, `versions` of any number, an inquiry about a bill, an act of staff with its trace, … | 1 | 1 |
//! | `story` | 6, pipelined | 1 |
//! | `claim` with tasks that cannot be read | 1, and 1 for each of them | as many |
//! | `ready` | 3 | 3 |
//!
//! A statement's first use on a connection costs one more trip, to prepare it. There is no multi-statement transaction
//! besides migrations.
//!
//! What must not live here: decisions. This crate writes what a `ChangeSet` says, whole or not at all.

#![warn(missing_docs)]

mod cipher;
mod counters;
mod db;
mod dial;
mod keys;
mod migrate;
mod pack;
mod rows;
mod stmt;
mod store;
mod tls;

pub use cipher::CipherKeys;
pub use counters::Counters;
pub use db::{ConnectError, PgSettings};
pub use migrate::{MigrateError, migrate};
pub use pack::unpack;
pub use store::PgStore;

//! A private PostgreSQL for tests and demos, made of the server binaries that are installed on the machine.
//!
//! Finds, starts, crashes, restarts, stops and sweeps servers. It opens no connection and knows no schema: whoever wants
//! one takes [`PgBox::url`]. Never used by the shipped server.

#![warn(missing_docs)]

mod account;
mod binaries;
mod command;
mod error;
mod folder;
mod pgbox;
mod processes;
mod settings;

pub use binaries::{find_binaries, install_hint};
pub use error::PgBoxError;
pub use folder::sweep;
pub use pgbox::{Options, PgBox};

/// The superuser of every box. There is no password: the socket can be opened by the server's own account and root only.
pub const USER: &str = "seberang";

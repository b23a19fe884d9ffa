//! Thin: reads settings, builds the adapters, wires them into the engine, and runs a command.
//! What must not live here: any rule, any protocol, any SQL.

pub mod clock;
pub mod commands;
pub mod config;
#[cfg(feature = "test-hooks")]
pub mod hooks;
pub mod logging;
pub mod registry;
pub mod settings;
mod supplier_settings;
pub mod wiring;

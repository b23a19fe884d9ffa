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
pub mod wiring;

/// Whether this build can break rules and die on purpose. A build for use says `false`.
pub const TEST_HOOKS: bool = cfg!(feature = "test-hooks");

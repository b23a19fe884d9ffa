//! What kind of world is wanted. Plain data.

use std::net::SocketAddr;
use std::path::PathBuf;

use sandbox::Reading;

/// Addresses a person must be able to name. Tests take free ones.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// `HTTP_ADDR`
    pub http: SocketAddr,
    /// `ADMIN_ADDR`
    pub admin: SocketAddr,
    /// `SANDBOX_ADDR`
    pub sandbox: SocketAddr,
}

/// What kind of world.
#[derive(Debug, Clone)]
pub struct WorldOptions {
    /// The `seberang` program.
    pub server: PathBuf,
    /// How many server processes over one database.
    pub servers: usize,
    /// Entries of `SUPPLIERS`, each with its own account at the sandbox, which has two of each kind.
    pub suppliers: Vec<String>,
    /// Environment variables of every server besides, or instead of, the usual ones.
    pub env: Vec<(String, String)>,
    /// Where the servers write. `None`: a file that goes with the world.
    pub log_file: Option<PathBuf>,
    /// A clock that can be moved; else the system's.
    pub clock_file: bool,
    /// The time of day (UTC, in ms since midnight) at which that clock begins, the next time it is so late; else now.
    pub begins_at: Option<i64>,
    /// The servers work on tasks; else they only take requests and notices.
    pub tasks: bool,
    /// Settings of PostgreSQL besides the box's own, as in `postgresql.conf`.
    pub postgres: Vec<(String, String)>,
    /// Fixed addresses for a world with one server.
    pub addresses: Option<Addresses>,
    /// How all providers answer what their documents leave open.
    pub reading: Reading,
}

impl WorldOptions {
    /// One server, IAK under two ids, a clock that can be moved, free ports.
    pub fn new(server: impl Into<PathBuf>) -> Self {
        Self {
            server: server.into(),
            servers: 1,
            suppliers: vec!["iak".to_owned(), "iak-b:iak".to_owned()],
            env: Vec::new(),
            log_file: None,
            clock_file: true,
            begins_at: None,
            tasks: true,
            postgres: Vec::new(),
            addresses: None,
            reading: Reading::Likely,
        }
    }
}

//! The settings of a box: as durable as production, small enough for a laptop, reachable by its socket only.

use std::path::Path;

/// Compression of full-page images, where the server was built with it.
pub(crate) const LZ4: (&str, &str) = ("wal_compression", "lz4");
/// Counts statements; the library comes with the server on most systems, not on all.
pub(crate) const STATEMENTS: &str = "pg_stat_statements";

const ALWAYS: [(&str, &str); 9] = [
    ("listen_addresses", ""),
    ("port", "5432"), // part of the socket's name: clients take this one when the URL names none
    ("unix_socket_permissions", "0700"), // no password, so nobody else on the machine may connect
    ("shared_buffers", "128MB"),
    ("max_connections", "100"),
    ("jit", "off"), // its compile time exceeds our statements
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] "),
];

/// What survives a crash. All on unless the caller asked for a box that need not survive one.
const DURABILITY: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// The settings of a box in the order in which they are given: of two with the same name the later one counts.
pub(crate) fn settings(
    run: &Path,
    durable: bool,
    lz4: bool,
    statements: bool,
    extra: &[(String, String)],
) -> Vec<(String, String)> {
    let mut all = vec![("unix_socket_directories".to_owned(), run.display().to_string())];
    let mut push = |name: &str, value: &str| all.push((name.to_owned(), value.to_owned()));
    for (name, value) in ALWAYS {
        push(name, value);
    }
    for name in DURABILITY {
        push(name, if durable { "on" } else { "off" });
    }
    if lz4 {
        push(LZ4.0, LZ4.1);
    }
    if statements {
        push("shared_preload_libraries", STATEMENTS);
    }
    all.extend_from_slice(extra);
    all
}

//! What can go wrong with a box, by what the caller must do.

use std::io;
use std::path::PathBuf;

/// Why a box did not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum PgBoxError {
    /// Install PostgreSQL: `install` is the exact line, to be run as root on Debian.
    #[error("no PostgreSQL {} or newer is installed; install it with\n  {install}", crate::binaries::OLDEST)]
    NotInstalled {
        /// The line that installs it on this system.
        install: String,
    },
    /// Correct the environment variable `PGBOX_BIN`.
    #[error("PGBOX_BIN={}: {reason}", dir.display())]
    BadOverride {
        /// What the variable says.
        dir: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else.
    #[error("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as")]
    NoAccount,
    /// A file, folder or process could not be handled.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried, with the path.
        doing: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A server program ended with an error.
    #[error("{program} failed:\n{output}")]
    Failed {
        /// `initdb` or `postgres`.
        program: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// The server or one of its processes did not get there in time.
    #[error("PostgreSQL was not {state} within {seconds} s; its log ends with\n{log}")]
    TimedOut {
        /// What was waited for.
        state: &'static str,
        /// How long.
        seconds: u64,
        /// The end of the server's log.
        log: String,
    },
}

/// Names what was being done when an I/O error happened.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, PgBoxError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, PgBoxError> {
        self.map_err(|error| PgBoxError::Io { doing: what(), source: error.into() })
    }
}

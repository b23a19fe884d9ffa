//! What can go wrong around the product, by what the reader must do.

use std::io;

/// Why the demo or a test world could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Change the variable.
    #[error("{variable}={value} {problem}")]
    Setting {
        /// Its name.
        variable: &'static str,
        /// What it says now.
        value: String,
        /// What is wrong with that.
        problem: &'static str,
    },
    /// PostgreSQL did not start or stop; the text holds an install line when it is not installed.
    #[error(transparent)]
    Postgres(#[from] pgbox::PgBoxError),
    /// The sandbox did not start.
    #[error(transparent)]
    Sandbox(#[from] sandbox::StartError),
    /// A file or process could not be handled.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried, with the path.
        doing: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The server refused or died: read the end of its log.
    #[error("{what}; its log ends with\n{log}")]
    Server {
        /// What happened.
        what: String,
        /// The last lines.
        log: String,
    },
    /// Nobody answered over HTTP, or not in time.
    #[error("no answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// An answer that was not expected.
    #[error("{what} was answered {status}: {body}")]
    Answer {
        /// The request.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The body, shortened.
        body: String,
    },
    /// Something that should have come true did not.
    #[error("{0}")]
    Expected(String),
}

/// Names what was being done when an I/O error happened.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, DemoError>;
}

impl<T> Doing<T> for Result<T, io::Error> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, DemoError> {
        self.map_err(|source| DemoError::Io { doing: what(), source })
    }
}

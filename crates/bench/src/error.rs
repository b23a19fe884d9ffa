//! What can keep a bench from its numbers, by what the reader must do.

use std::io;

use demo::DemoError;

/// Why there are no numbers.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The world did not start, or stopped answering.
    #[error(transparent)]
    World(#[from] DemoError),
    /// PostgreSQL did not start or stop; the text holds an install line when it is not installed.
    #[error(transparent)]
    Box(#[from] pgbox::PgBoxError),
    /// The database refused a question of the bench.
    #[error("the database: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// A file, a process or a socket could not be handled.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The numbers would be worth nothing.
    #[error("nothing is measured on this database: {0}")]
    NotDurable(String),
    /// A request was answered as it must not be.
    #[error("{what} was answered {status}: {body}")]
    Answer {
        /// The request.
        what: &'static str,
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
pub trait Doing<T> {
    /// Says it.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, BenchError>;
}

impl<T> Doing<T> for Result<T, io::Error> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, BenchError> {
        self.map_err(|source| BenchError::Io { doing: what(), source })
    }
}

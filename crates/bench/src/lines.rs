//! Connections that are used again, as by a proxy before the server: many customers, few connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::BenchError;
use crate::line::{Ask, Line};

/// Requests on their way at once. The server holds 8,192 connections and answers 256 requests of customers at a time; beyond half of the
/// former it has stopped answering.
const MOST: usize = 4_096;
/// The server ends a connection that was idle for 15 s. One that may be about to end is not used again.
const USED_WITHIN: Duration = Duration::from_secs(10);

/// Connections to one place.
pub struct Lines {
    base: String,
    /// With the moment since when.
    free: Mutex<Vec<(Instant, Line)>>,
    taken: AtomicUsize,
}

impl Lines {
    /// To `http://host:port`; none is open yet.
    pub fn to(base: &str) -> Self {
        Self { base: base.to_owned(), free: Mutex::default(), taken: AtomicUsize::new(0) }
    }

    /// Opens so many, which are free then. On each something is asked, for a server soon ends one on which nobody speaks.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(&self, many: usize) -> Result<(), BenchError> {
        for _ in 0..many {
            let mut line = Line::to(&self.base).await?;
            line.send(&Ask { path: "/healthz", ..Ask::default() }).await?.must_be(200, "a probe")?;
            self.keep(line);
        }
        Ok(())
    }

    /// Lets somebody use one, who is answered or fails.
    ///
    /// # Errors
    /// When none can be opened, and what comes of its use.
    pub async fn with<T>(&self, used: impl AsyncFnOnce(&mut Line) -> Result<T, BenchError>) -> Result<T, BenchError> {
        if self.taken.fetch_add(1, Ordering::Relaxed) >= MOST {
            return Err(BenchError::Expected(format!("{MOST} requests to {} wait for their answers", self.base)));
        }
        let mut line = match self.free_one() {
            Some(line) => line,
            None => Line::to(&self.base).await?,
        };
        let done = used(&mut line).await;
        self.taken.fetch_sub(1, Ordering::Relaxed);
        self.keep(line);
        done
    }

    fn free_one(&self) -> Option<Line> {
        let (since, line) = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        (since.elapsed() < USED_WITHIN).then_some(line)
    }

    fn keep(&self, line: Line) {
        if line.is_open() {
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), line));
        }
    }
}

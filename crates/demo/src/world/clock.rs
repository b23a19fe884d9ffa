//! The test clock: a file with milliseconds to add to the system's time, which server and sandbox both read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use crate::error::{DemoError, Doing};

/// Readers believe the offset they read for 5 ms; after this everybody has the new time.
const SETTLE: Duration = Duration::from_millis(10);

/// Business time of one world.
pub struct WorldClock {
    /// `None`: the system's time.
    file: Option<PathBuf>,
    offset_ms: AtomicI64,
}

impl WorldClock {
    /// The system's time, which nobody moves.
    pub fn system() -> Self {
        Self { file: None, offset_ms: AtomicI64::new(0) }
    }

    /// A clock that can be moved, at the system's time.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn in_file(path: PathBuf) -> Result<Self, DemoError> {
        let clock = Self { file: Some(path), offset_ms: AtomicI64::new(0) };
        clock.write(0)?;
        Ok(clock)
    }

    /// As `SEBERANG_CLOCK` wants it.
    pub fn setting(&self) -> String {
        self.file.as_deref().map_or_else(|| "system".to_owned(), |path| format!("file:{}", path.display()))
    }

    /// Business time, Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        system_ms().saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves forward and returns when every reader has the new time. A clock never goes back.
    ///
    /// # Errors
    /// When it is the system's clock, or the file cannot be written.
    pub async fn advance(&self, ms: i64) -> Result<(), DemoError> {
        let offset = self.offset_ms.load(Ordering::SeqCst).saturating_add(ms.max(0));
        self.write(offset)?;
        self.offset_ms.store(offset, Ordering::SeqCst);
        tokio::time::sleep(SETTLE).await;
        Ok(())
    }

    fn write(&self, offset: i64) -> Result<(), DemoError> {
        let Some(path) = &self.file else {
            return Err(DemoError::Expected("the system's clock cannot be moved".to_owned()));
        };
        write_atomically(path, &offset.to_string())
    }
}

/// A reader finds the old text or the new one, never half of it.
fn write_atomically(path: &Path, text: &str) -> Result<(), DemoError> {
    let beside = path.with_extension("new");
    fs::write(&beside, text).doing(|| format!("write {}", beside.display()))?;
    fs::rename(&beside, path).doing(|| format!("write {}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "the driver moves business time, which is the system's plus an offset")]
fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_in_a_file_moves_forward_and_says_so_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let clock = WorldClock::in_file(path.clone()).unwrap();
        let before = clock.now_ms();
        clock.advance(3_600_000).await.unwrap();
        clock.advance(-5).await.unwrap();
        assert!(clock.now_ms() >= before + 3_600_000);
        assert_eq!(fs::read_to_string(&path).unwrap(), "3600000");
        assert_eq!(clock.setting(), format!("file:{}", path.display()));
    }

    #[tokio::test]
    async fn the_systems_clock_stays_where_it_is() {
        assert!(WorldClock::system().advance(1).await.is_err());
        assert_eq!(WorldClock::system().setting(), "system");
    }
}

//! Business time and chance as the program really has them. The only place that reads the system's clock.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta};
use domain::Moment;
use ports::{Chance, Clock};

/// The system's time.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        system_now()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    // Microseconds, because that is what the store keeps: a moment read back is the moment written.
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The system's time plus an offset that a test driver writes into a file: milliseconds, as decimal text.
pub struct FileClock {
    path: PathBuf,
    read: Mutex<Option<(Instant, TimeDelta)>>,
}

/// How old a read offset may be. A driver waits this long after moving the clock.
const OFFSET_AGE: Duration = Duration::from_millis(5);

impl FileClock {
    /// Over the file at this path, which need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, read: Mutex::new(None) }
    }

    fn offset(&self) -> TimeDelta {
        let Ok(mut read) = self.read.lock() else { return TimeDelta::zero() };
        if let Some((at, offset)) = *read
            && at.elapsed() < OFFSET_AGE
        {
            return offset;
        }
        let asked = Instant::now();
        // A file that is not there yet, or is no number, moves nothing.
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let offset = TimeDelta::milliseconds(text.trim().parse().unwrap_or(0));
        *read = Some((asked, offset));
        offset
    }
}

impl Clock for FileClock {
    fn now(&self) -> Moment {
        system_now() + self.offset()
    }
}

/// The operating system's random source, through a reseeding generator.
pub struct SystemChance;

impl Chance for SystemChance {
    fn bytes(&self) -> [u8; 16] {
        rand::random()
    }
}

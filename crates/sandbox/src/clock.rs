//! Virtual time: the system's plus an offset that a driver may move. Socket timeouts do not look here.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};

/// How long an offset read from the file may be believed.
const OFFSET_CACHE: Duration = Duration::from_millis(5);
/// ECPay writes every time in Taiwan's, which has no summer time.
const TAIWAN_OFFSET_S: i32 = 8 * 3600;

/// A day without a change of the clocks, as every one in Taiwan.
pub const DAY_MS: i64 = 86_400_000;

/// Which clock business times come from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// The system's plus the decimal number of milliseconds in this file; a missing file is 0.
    File(PathBuf),
}

/// The value is neither `system` nor `file:<path>`.
#[derive(Debug, thiserror::Error)]
#[error("clock must be `system` or `file:<path>`")]
pub struct UnknownClock;

impl Clock {
    /// Reads `system` or `file:<path>`.
    ///
    /// # Errors
    /// [`UnknownClock`] for anything else.
    pub fn parse(text: &str) -> Result<Self, UnknownClock> {
        match text.strip_prefix("file:") {
            Some(path) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            None if text == "system" => Ok(Self::System),
            _ => Err(UnknownClock),
        }
    }
}

/// Reads a [`Clock`], remembering the offset for a moment.
pub struct ClockReader {
    clock: Clock,
    offset: Mutex<Option<(Instant, i64)>>,
}

impl ClockReader {
    pub fn new(clock: Clock) -> Self {
        Self { clock, offset: Mutex::new(None) }
    }

    /// Virtual milliseconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "the sandbox has its own clock")]
    pub fn now_ms(&self) -> i64 {
        let system = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        system.saturating_add(self.offset_ms())
    }

    /// Forgets the offset read last, so that whoever has just moved the clock is believed at once.
    pub fn refresh(&self) {
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn offset_ms(&self) -> i64 {
        let Clock::File(path) = &self.clock else {
            return 0;
        };
        let mut cached = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read_at, offset)) = *cached
            && read_at.elapsed() < OFFSET_CACHE
        {
            return offset;
        }
        let asked = Instant::now();
        let offset = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        *cached = Some((asked, offset));
        offset
    }
}

/// `2026-11-21T12:00:00.000Z`.
pub fn rfc3339(at_ms: i64) -> String {
    utc(at_ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Formats a moment in Taiwan's time with a chrono pattern.
pub fn taiwan(at_ms: i64, pattern: &str) -> String {
    FixedOffset::east_opt(TAIWAN_OFFSET_S).map_or_else(
        || utc(at_ms).format(pattern).to_string(),
        |zone| utc(at_ms).with_timezone(&zone).format(pattern).to_string(),
    )
}

/// Formats a moment in Jakarta's time, which is one hour behind Taiwan's, with a chrono pattern.
pub fn jakarta(at_ms: i64, pattern: &str) -> String {
    taiwan(at_ms - 3_600_000, pattern)
}

/// The last second of a moment's day in Taiwan.
pub fn taiwan_day_end(at_ms: i64) -> i64 {
    let ahead_ms = i64::from(TAIWAN_OFFSET_S) * 1_000;
    let day = at_ms.saturating_add(ahead_ms).div_euclid(DAY_MS);
    day.saturating_add(1).saturating_mul(DAY_MS).saturating_sub(ahead_ms + 1_000)
}

fn utc(at_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at_ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_named_by_one_of_two_words() {
        assert!(matches!(Clock::parse("system"), Ok(Clock::System)));
        assert!(matches!(Clock::parse("file:/x/y"), Ok(Clock::File(path)) if path.as_os_str() == "/x/y"));
        assert!(Clock::parse("file:").is_err());
        assert!(Clock::parse("sundial").is_err());
    }

    #[test]
    fn taiwan_is_eight_hours_ahead_and_crosses_the_day() {
        // 2026-11-20T16:00:00Z
        assert_eq!(taiwan(1_795_190_400_000, "%Y/%m/%d %H:%M:%S"), "2026/11/21 00:00:00");
        let end = taiwan_day_end(1_795_190_400_000);
        assert_eq!(taiwan(end, "%Y/%m/%d %H:%M:%S"), "2026/11/21 23:59:59");
        assert_eq!((taiwan_day_end(end), taiwan_day_end(end + 1_000)), (end, end + DAY_MS));
    }
}

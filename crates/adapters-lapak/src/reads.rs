//! How often products and categories are read: they have a limit of their own beside that of all calls, and a person may have
//! lists read as often as they like.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use domain::Moment;

/// Lapak allows fifty such reads in [`SPAN`] from one address (Lapak docs, "rate limit"). A process takes a third, for others may
/// read from there, too: seven price lists, and what player checks need.
const MOST: usize = 16;
const SPAN: TimeDelta = TimeDelta::seconds(10);

/// When products were read lately.
#[derive(Default)]
pub struct Reads(Mutex<VecDeque<Moment>>);

impl Reads {
    /// Takes one. `false`: there were too many, and nothing may be read now.
    pub fn take(&self, now: Moment) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What lies ahead was read before the clock was put back.
        taken.retain(|at| *at <= now && now - *at < SPAN);
        let may = taken.len() < MOST;
        if may {
            taken.push_back(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Moment {
        Moment::from_timestamp_millis(1_795_000_000_000 + ms).unwrap()
    }

    #[test]
    fn in_any_ten_seconds_no_more_than_a_third_of_what_lapak_allows_is_read() {
        let reads = Reads::default();
        let taken: Vec<i64> = (0..60_000).filter(|ms| reads.take(at(*ms))).collect();
        for first in &taken {
            let within = taken.iter().filter(|ms| (*first..*first + 10_000).contains(ms)).count();
            assert!(within <= MOST && within * 3 <= 50, "{within} reads in ten seconds");
        }
        assert_eq!(taken.len(), 6 * MOST, "and no fewer than that");
        assert!(!reads.take(at(59_999)) && reads.take(at(-3_600_000)), "a clock that was put back shuts nobody out");
    }
}

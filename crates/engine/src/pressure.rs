//! Whether the work keeps up with what is paid. Under a load that it cannot carry, new orders are what has to wait: whoever
//! has paid comes first. Not here: how somebody is turned away.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A rush that is over sooner is worked off before anybody notices.
const BEHIND_AFTER: Duration = Duration::from_millis(300);

/// Since when every look into the queue found as much as could be taken, or no hand was free.
#[derive(Default)]
pub(crate) struct Pressure(Mutex<Option<Instant>>);

impl Pressure {
    /// Tells of a look into the queue. Real time: business time jumps, and work does not.
    pub(crate) fn looked(&self, all_hands_full: bool, now: Instant) {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *since = all_hands_full.then(|| since.unwrap_or(now));
    }

    /// The work does not keep up.
    pub(crate) fn is_behind(&self, now: Instant) -> bool {
        let since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| now.saturating_duration_since(since) >= BEHIND_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_behind_when_every_look_for_a_while_found_more_than_could_be_taken() {
        let (pressure, start) = (Pressure::default(), Instant::now());
        let after = |ms: u64| start + Duration::from_millis(ms);
        assert!(!pressure.is_behind(after(10_000)), "nothing was ever looked for");
        pressure.looked(true, start);
        pressure.looked(true, after(100));
        assert!(!pressure.is_behind(after(299)));
        assert!(pressure.is_behind(after(300)));
        pressure.looked(false, after(400));
        pressure.looked(true, after(500));
        assert!(!pressure.is_behind(after(700)), "it had caught up");
    }
}

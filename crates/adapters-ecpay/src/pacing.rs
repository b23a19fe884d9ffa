//! How often ECPay may be asked. Asking too fast gets the whole account blocked for half an hour (ECPay AIO docs,
//! QueryTradeInfo), so this process remembers whom it asked when. Business time is an argument; nothing here sleeps.
//!
//! Each process has its own memory: two processes may ask about one reference within the spacing. The 403 that can
//! follow is answered here too.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use domain::{Moment, Reference};

/// References remembered at once, about 2 MB. Beyond it the answer is "too fast" until old ones are forgotten: 27 queries
/// a second for ten minutes is itself too fast.
const REMEMBERED: usize = 16_384;
/// How long ECPay blocks an account after a 403.
pub const BLOCKED_S: u32 = 1_800;

/// When which reference was asked, and whether ECPay has blocked us.
#[derive(Debug)]
pub struct Pacing {
    spacing: TimeDelta,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: HashMap<Reference, Moment>,
    blocked_until: Option<Moment>,
}

/// Asking now would be too fast: wait this many seconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFast {
    pub retry_after_s: u32,
}

impl Pacing {
    pub fn new(spacing: TimeDelta) -> Self {
        Self { spacing, state: Mutex::default() }
    }

    /// Permits one query of `reference` and remembers it, or says how long to wait.
    pub fn admit(&self, reference: &Reference, now: Moment) -> Result<(), TooFast> {
        let mut state = self.state();
        state.unblocked(now)?;
        if let Some(wait) = state.asked.get(reference).and_then(|asked| self.wait(*asked, now)) {
            return Err(too_fast(wait));
        }
        if state.asked.len() >= REMEMBERED {
            state.asked.retain(|_, asked| self.wait(*asked, now).is_some());
        }
        if state.asked.len() >= REMEMBERED {
            return Err(too_fast(self.spacing));
        }
        state.asked.insert(reference.clone(), now);
        Ok(())
    }

    /// Permits a question that has no spacing of its own, unless ECPay has blocked us.
    pub fn unblocked(&self, now: Moment) -> Result<(), TooFast> {
        self.state().unblocked(now)
    }

    /// The permitted query never left this process.
    pub fn not_asked(&self, reference: &Reference) {
        self.state().asked.remove(reference);
    }

    /// ECPay answered 403.
    pub fn blocked(&self, now: Moment) {
        self.state().blocked_until = now.checked_add_signed(TimeDelta::seconds(BLOCKED_S.into()));
    }

    /// What is left of the spacing; never more than the spacing, should a clock have been set back.
    fn wait(&self, asked: Moment, now: Moment) -> Option<TimeDelta> {
        let left = (self.spacing - (now - asked)).min(self.spacing);
        (left > TimeDelta::zero()).then_some(left)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn unblocked(&mut self, now: Moment) -> Result<(), TooFast> {
        // A block never lasts longer than ECPay's, should a clock have been set back.
        let longest = now + TimeDelta::seconds(BLOCKED_S.into());
        self.blocked_until = self.blocked_until.map(|until| until.min(longest)).filter(|until| *until > now);
        self.blocked_until.map_or(Ok(()), |until| Err(too_fast(until - now)))
    }
}

/// Rounds up: a wait of half a second is not over after none.
fn too_fast(wait: TimeDelta) -> TooFast {
    let seconds = wait.num_milliseconds().saturating_add(999) / 1_000;
    TooFast { retry_after_s: u32::try_from(seconds).unwrap_or(BLOCKED_S).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn at(seconds: i64) -> Moment {
        DateTime::from_timestamp(1_795_190_400 + seconds, 0).unwrap()
    }

    fn reference(n: u64) -> Reference {
        Reference::mint(at(0), n.to_be_bytes())
    }

    fn wait(retry_after_s: u32) -> Result<(), TooFast> {
        Err(TooFast { retry_after_s })
    }

    #[test]
    fn one_reference_is_asked_once_in_ten_minutes_and_others_are_free() {
        let pacing = Pacing::new(TimeDelta::minutes(10));
        assert_eq!(pacing.admit(&reference(1), at(0)), Ok(()));
        assert_eq!(pacing.admit(&reference(1), at(1)), wait(599));
        assert_eq!(pacing.admit(&reference(1), at(1) + TimeDelta::milliseconds(1)), wait(599));
        assert_eq!(pacing.admit(&reference(2), at(1)), Ok(()));
        assert_eq!(pacing.admit(&reference(1), at(600)), Ok(()));
        assert_eq!(pacing.admit(&reference(1), at(601)), wait(599));
    }

    #[test]
    fn a_query_that_never_left_does_not_count() {
        let pacing = Pacing::new(TimeDelta::minutes(10));
        assert_eq!(pacing.admit(&reference(1), at(0)), Ok(()));
        pacing.not_asked(&reference(1));
        assert_eq!(pacing.admit(&reference(1), at(0)), Ok(()));
    }

    #[test]
    fn a_block_holds_every_reference_for_half_an_hour() {
        let pacing = Pacing::new(TimeDelta::zero());
        assert_eq!(pacing.admit(&reference(1), at(0)), Ok(()));
        pacing.blocked(at(0));
        assert_eq!((pacing.admit(&reference(2), at(1)), pacing.unblocked(at(1))), (wait(1_799), wait(1_799)));
        assert_eq!((pacing.unblocked(at(1_800)), pacing.admit(&reference(2), at(1_800))), (Ok(()), Ok(())));
    }

    #[test]
    fn the_memory_is_bounded_and_frees_itself() {
        let pacing = Pacing::new(TimeDelta::minutes(10));
        let many = REMEMBERED as u64;
        for n in 0..many {
            assert_eq!(pacing.admit(&reference(n), at(0)), Ok(()));
        }
        assert_eq!(pacing.admit(&reference(many), at(1)), wait(600));
        assert_eq!(pacing.admit(&reference(many), at(600)), Ok(()));
        assert_eq!(pacing.state().asked.len(), 1);
    }

    #[test]
    fn a_clock_set_back_does_not_close_the_door_for_good() {
        let pacing = Pacing::new(TimeDelta::minutes(10));
        assert_eq!(pacing.admit(&reference(1), at(1_000_000)), Ok(()));
        assert_eq!(pacing.admit(&reference(1), at(0)), wait(600));
        let unpaced = Pacing::new(TimeDelta::zero());
        assert_eq!(unpaced.admit(&reference(1), at(1)), Ok(()));
        assert_eq!(unpaced.admit(&reference(1), at(0)), Ok(()));
        unpaced.blocked(at(1_000_000));
        assert_eq!(unpaced.admit(&reference(1), at(0)), wait(1_800));
        assert_eq!(unpaced.admit(&reference(1), at(1_799)), wait(1));
        assert_eq!(unpaced.admit(&reference(1), at(1_800)), Ok(()));
    }
}

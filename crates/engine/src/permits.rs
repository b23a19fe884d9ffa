//! Permits to call one supplier: so many calls at once, and so many in a span of time. Kept in memory; each process takes its
//! share of what the supplier allows an account, for nobody counts over all of them.

use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ports::limits::{CallLimits, Rate};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of the calls a supplier allows: the rest is for clocks that differ, and for what a person asks there meanwhile.
const SHARE_PERCENT: u32 = 80;
/// A supplier that says "too many" or "not now" is left alone for so long.
const PAUSE: Duration = Duration::from_secs(10);

/// See the module.
pub(crate) struct Permits {
    pub(crate) calls: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

/// Calls spread over time: a burst at once, then one in each spacing.
struct Pace {
    /// `None`: as many as there are.
    rule: Option<Rule>,
    /// When the whole burst is there again.
    whole_at: Instant,
    paused_until: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    burst: u32,
    spacing: Duration,
}

impl Permits {
    /// `own` is the engine's bound of calls at once, for a supplier that names none.
    pub(crate) fn new(limits: CallLimits, own: usize, processes: NonZeroU16, now: Instant) -> Self {
        let share = |all: NonZeroU16| usize::from((all.get() / processes).max(1));
        let calls = limits.concurrent.map_or(own, |all| share(all).min(own));
        let rule = limits.rate.map(|rate| rule(rate, processes));
        Self {
            calls: Arc::new(Semaphore::new(calls)),
            pace: Mutex::new(Pace { rule, whole_at: now, paused_until: now }),
        }
    }

    /// One call, if it may be made now.
    pub(crate) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.calls).try_acquire_owned().ok()?;
        self.pace().take(Instant::now()).is_ok().then_some(permit)
    }

    /// One call, as soon as it may be made. `None`: never.
    pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.calls).acquire_owned().await.ok()?;
        loop {
            let taken = self.pace().take(Instant::now());
            match taken {
                Ok(()) => return Some(permit),
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// The supplier asked to be left alone.
    pub(crate) fn pause(&self) {
        self.pace().paused_until = Instant::now() + PAUSE;
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left of a rate for one process.
fn rule(rate: Rate, processes: NonZeroU16) -> Rule {
    let all = u32::from(rate.calls.get()) * SHARE_PERCENT;
    let ours = 100 * u32::from(processes.get());
    Rule { burst: (all / ours).max(1), spacing: rate.per * ours / all }
}

impl Pace {
    /// Takes one. `Err`: not before so long.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if self.paused_until > now {
            return Err(self.paused_until - now);
        }
        let Some(rule) = self.rule else { return Ok(()) };
        let used_until = self.whole_at.max(now) + rule.spacing;
        let most = now + rule.spacing * rule.burst;
        if used_until > most {
            return Err(used_until - most);
        }
        self.whole_at = used_until;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(n: u16) -> NonZeroU16 {
        NonZeroU16::new(n).unwrap()
    }

    fn rate(calls: u16) -> Rate {
        Rate { calls: some(calls), per: Duration::from_secs(10) }
    }

    #[test]
    fn a_rate_is_shared_among_the_processes_and_never_used_up_to_its_end() {
        assert_eq!(rule(rate(500), some(1)), Rule { burst: 400, spacing: Duration::from_millis(25) });
        assert_eq!(rule(rate(500), some(2)), Rule { burst: 200, spacing: Duration::from_millis(50) });
        assert_eq!(rule(rate(1), some(10)), Rule { burst: 1, spacing: Duration::from_secs(125) });
    }

    #[test]
    fn a_burst_is_followed_by_one_in_each_spacing_and_a_pause_by_nothing() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let rule = Some(rule(rate(5), some(1)));
        let mut pace = Pace { rule, whole_at: began, paused_until: began };
        for _ in 0..4 {
            assert_eq!(pace.take(at(0)), Ok(()));
        }
        assert_eq!(pace.take(at(0)), Err(Duration::from_millis(2_500)));
        assert_eq!(pace.take(at(2_499)), Err(Duration::from_millis(1)));
        assert_eq!(pace.take(at(2_500)), Ok(()));
        assert_eq!(pace.take(at(2_500)), Err(Duration::from_millis(2_500)));
        pace.paused_until = at(30_000);
        assert_eq!(pace.take(at(29_000)), Err(Duration::from_secs(1)));
        assert_eq!(pace.take(at(30_000)), Ok(()));
    }

    #[test]
    fn in_any_ten_seconds_no_more_calls_are_made_than_the_supplier_allows() {
        let began = Instant::now();
        let rule = Some(rule(rate(10), some(1)));
        let mut pace = Pace { rule, whole_at: began, paused_until: began };
        let taken: Vec<u64> = (0..40_000).filter(|ms| pace.take(began + Duration::from_millis(*ms)).is_ok()).collect();
        for first in &taken {
            let within = taken.iter().filter(|ms| (*first..*first + 10_000).contains(ms)).count();
            assert!(within <= 16, "{within} calls in ten seconds: a burst and its refill");
        }
        assert!(taken.len() > 30, "and no fewer than it would bear: {}", taken.len());
    }

    #[tokio::test]
    async fn calls_at_once_are_bounded_by_what_the_supplier_says_or_by_our_own_bound() {
        let permits = |concurrent, processes| {
            let limits = CallLimits { concurrent, rate: None };
            Permits::new(limits, 7, some(processes), Instant::now()).calls.available_permits()
        };
        assert_eq!(permits(None, 3), 7);
        assert_eq!((permits(Some(some(50)), 1), permits(Some(some(5)), 2), permits(Some(some(1)), 9)), (7, 2, 1));
        let limits = CallLimits { concurrent: Some(some(1)), rate: None };
        let permits = Permits::new(limits, 7, some(1), Instant::now());
        let held = permits.try_take();
        assert!(held.is_some() && permits.try_take().is_none());
        drop(held);
        permits.pause();
        assert!(permits.try_take().is_none(), "it asked to be left alone");
        assert_eq!(permits.calls.available_permits(), 1, "who may not call holds nothing");
    }
}

//! Permits to call one supplier: so many calls at once, and so many in a span of time. Kept in memory; each process takes its
//! share of what the supplier allows an account, for nobody counts over all of them. Every request that is sent takes one of the rate,
//! but for the second one of a list that takes two, and for those that an adapter paces itself.

use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ports::limits::{CallLimits, Rate};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of the calls a supplier allows in any such span: the rest is for calls that arrive closer together than they left, and for what a person
/// asks there meanwhile.
const SHARE_PERCENT: u32 = 80;
/// This part of the share may be taken at once; the others come one by one over the span, so that both together are no more than it.
const BURST_PART: u32 = 4;
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
        self.keep_pace().await;
        Some(permit)
    }

    /// The next call of somebody who has a permit, and has made the one it was for. `false`: not within this time.
    pub(crate) async fn next(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.keep_pace()).await.is_ok()
    }

    async fn keep_pace(&self) {
        loop {
            let taken = self.pace().take(Instant::now());
            match taken {
                Ok(()) => return,
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

/// What is left of a rate for one process. In any span there are at most the burst, and what its spacing lets come after: each later
/// than its even part, so that the last of them falls behind the span.
fn rule(rate: Rate, processes: NonZeroU16) -> Rule {
    let all = u32::from(rate.calls.get()) * SHARE_PERCENT;
    let ours = 100 * u32::from(processes.get());
    let share = all / ours;
    if share == 0 {
        // Less than one in the span: one in so many spans.
        return Rule { burst: 1, spacing: rate.per * ours / all };
    }
    let burst = (share / BURST_PART).max(1);
    Rule { burst, spacing: rate.per / (share - burst + 1) + Duration::from_nanos(1) }
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
        let one_in = |parts: u32| Duration::from_secs(10) / parts + Duration::from_nanos(1);
        assert_eq!(rule(rate(500), some(1)), Rule { burst: 100, spacing: one_in(301) });
        assert_eq!(rule(rate(500), some(2)), Rule { burst: 50, spacing: one_in(151) });
        assert_eq!(rule(rate(10), some(1)), Rule { burst: 2, spacing: one_in(7) });
        assert_eq!(rule(rate(2), some(1)), Rule { burst: 1, spacing: one_in(1) });
        assert_eq!(rule(rate(1), some(10)), Rule { burst: 1, spacing: Duration::from_secs(125) });
    }

    #[test]
    fn a_burst_is_followed_by_one_in_each_spacing_and_a_pause_by_nothing() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let rule = Some(Rule { burst: 4, spacing: Duration::from_millis(2_500) });
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

    /// Calls of one process that makes them as fast as it may, whenever it wants to (ms).
    fn taken(rule: Rule, wants: impl Iterator<Item = u64>) -> Vec<u64> {
        let began = Instant::now();
        let mut pace = Pace { rule: Some(rule), whole_at: began, paused_until: began };
        let mut calls = Vec::new();
        for ms in wants {
            while pace.take(began + Duration::from_millis(ms)).is_ok() {
                calls.push(ms);
            }
        }
        calls
    }

    /// All processes together, whether they are always at it or come back from a rest. More processes than calls do not start.
    #[test]
    fn in_any_ten_seconds_no_more_calls_are_made_than_the_supplier_allows() {
        let minutes = |n: u64| n * 60_000;
        for (calls, processes) in [(1, 1), (10, 1), (10, 3), (50, 1), (50, 3), (500, 1), (500, 3), (7, 4), (3, 3)] {
            let rule = rule(rate(calls), some(processes));
            let always = taken(rule, 0..minutes(5));
            let in_five_minutes = always.len() * usize::from(processes);
            let with_rests = (0..3_000).chain(9_500..14_000).chain(20_000..minutes(5));
            for one in [always, taken(rule, with_rests)] {
                let most = u32::from(calls) * SHARE_PERCENT / 100;
                for (n, first) in one.iter().enumerate() {
                    let within = one[n..].iter().take_while(|ms| **ms < first + 10_000).count();
                    let together = u32::try_from(within).unwrap() * u32::from(processes);
                    assert!(together <= most.max(u32::from(processes)), "{calls} by {processes}: {together}");
                    assert!(together <= u32::from(calls), "{calls} by {processes}: {together} in ten seconds");
                }
            }
            let allowed = usize::from(calls) * 30;
            assert!(in_five_minutes * 2 > allowed, "{calls} by {processes}: only {in_five_minutes} of {allowed}");
        }
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

    #[tokio::test]
    async fn who_has_a_permit_waits_for_the_pace_of_its_next_call_and_not_for_ever() {
        let limits = CallLimits { concurrent: Some(some(1)), rate: Some(rate(2)) };
        let permits = Permits::new(limits, 7, some(1), Instant::now());
        let held = permits.try_take();
        assert!(held.is_some(), "the only one at once");
        assert!(!permits.next(Duration::from_millis(5)).await, "two calls would be two at once in the ten seconds");
        let unpaced = Permits::new(CallLimits::UNSAID, 7, some(1), Instant::now());
        assert!(unpaced.next(Duration::ZERO).await);
        unpaced.pause();
        assert!(!unpaced.next(Duration::from_millis(5)).await, "it asked to be left alone");
    }
}

//! Permits to call one supplier: so many calls at once, and so many in a span of time. Kept in memory; each process takes its
//! share of what the supplier allows an account, for nobody counts over all of them. Every request that is sent takes one of the rate,
//! but for the second one of a list that takes two, and for those that an adapter paces itself. In business time, as everything that is
//! agreed with a supplier.

use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use domain::Moment;
use ports::Clock;
use ports::limits::{CallLimits, Rate};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of the calls a supplier allows in any such span: the rest is for calls that arrive closer together than they left, and for what a person
/// asks there meanwhile.
const SHARE_PERCENT: u32 = 80;
/// This part of the share may be taken at once; the others come one by one over the span, so that both together are no more than it.
const BURST_PART: u32 = 4;
/// A supplier that says "too many" or "not now" is left alone for so long.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// Afterwards it is called one by one for a while, by all processes together no oftener than this, or all who waited would be turned
/// away together again.
const GENTLE_FOR: TimeDelta = TimeDelta::seconds(60);
const GENTLE: TimeDelta = TimeDelta::milliseconds(200);
/// Nobody who sells takes a call less often.
const LONGEST_SPACING: TimeDelta = TimeDelta::days(1);
/// The least before a call is tried again that might not be made.
pub(crate) const PERMIT_WAIT: TimeDelta = TimeDelta::milliseconds(500);
/// Who waits for the pace looks at the clock so often: business time is not always as fast as the machine's.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// See the module.
pub(crate) struct Permits {
    pub(crate) calls: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

/// Calls spread over time: a burst at once, then one in each spacing.
#[derive(Clone)]
struct Pace {
    /// `None`: as many as there are.
    rule: Option<Rule>,
    /// When the whole burst is there again.
    whole_at: Moment,
    paused_until: Moment,
    /// Between two gentle calls of this process.
    gentle: TimeDelta,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    burst: i32,
    spacing: TimeDelta,
}

impl Permits {
    /// `own` is the engine's bound of calls at once, for a supplier that names none.
    pub(crate) fn new(limits: CallLimits, own: usize, processes: NonZeroU16) -> Self {
        let share = |all: NonZeroU16| usize::from((all.get() / processes).max(1));
        let calls = limits.concurrent.map_or(own, |all| share(all).min(own));
        let pace = Pace::new(limits.rate.map(|rate| rule(rate, processes)), GENTLE * i32::from(processes.get()));
        Self { calls: Arc::new(Semaphore::new(calls)), pace: Mutex::new(pace) }
    }

    /// One call, if it may be made now.
    ///
    /// # Errors
    /// When to try it again.
    pub(crate) fn try_take(&self, clock: &dyn Clock) -> Result<OwnedSemaphorePermit, Moment> {
        let permit = Arc::clone(&self.calls).try_acquire_owned().map_err(|_full| clock.now() + PERMIT_WAIT)?;
        self.take_pace(clock).map_err(|wait| clock.now() + wait.max(PERMIT_WAIT))?;
        Ok(permit)
    }

    /// One call, as soon as it may be made. `None`: never.
    pub(crate) async fn take(&self, clock: &dyn Clock) -> Option<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.calls).acquire_owned().await.ok()?;
        self.keep_pace(clock).await;
        Some(permit)
    }

    /// How long a call would have to wait for the pace.
    pub(crate) fn wait(&self, clock: &dyn Clock) -> TimeDelta {
        self.pace().clone().take(clock.now()).err().unwrap_or_default()
    }

    /// The next call of somebody who has a permit, and has made the one it was for. `false`: not within this time of the machine's.
    pub(crate) async fn next(&self, clock: &dyn Clock, within: Duration) -> bool {
        tokio::time::timeout(within, self.keep_pace(clock)).await.is_ok()
    }

    async fn keep_pace(&self, clock: &dyn Clock) {
        while let Err(wait) = self.take_pace(clock) {
            tokio::time::sleep(wait.to_std().unwrap_or_default().min(LOOK_AGAIN)).await;
        }
    }

    /// The clock is read where nobody else takes: who read it earlier and came later would seem to see it set back.
    fn take_pace(&self, clock: &dyn Clock) -> Result<(), TimeDelta> {
        let mut pace = self.pace();
        pace.take(clock.now())
    }

    /// The supplier asked to be left alone.
    pub(crate) fn pause(&self, clock: &dyn Clock) {
        let mut pace = self.pace();
        pace.paused_until = clock.now() + PAUSE;
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
    let spacing = |even: Duration| TimeDelta::from_std(even).unwrap_or(LONGEST_SPACING);
    if share == 0 {
        // Less than one in the span: one in so many spans.
        return Rule { burst: 1, spacing: spacing(rate.per * ours / all) };
    }
    let burst = (share / BURST_PART).max(1);
    let even = rate.per / (share - burst + 1) + Duration::from_nanos(1);
    Rule { burst: burst.cast_signed(), spacing: spacing(even) }
}

impl Pace {
    const fn new(rule: Option<Rule>, gentle: TimeDelta) -> Self {
        Self { rule, whole_at: Moment::UNIX_EPOCH, paused_until: Moment::UNIX_EPOCH, gentle }
    }

    fn rule(&self, now: Moment) -> Option<Rule> {
        if now - self.paused_until >= GENTLE_FOR {
            return self.rule;
        }
        let spacing = self.rule.map_or(self.gentle, |rule| rule.spacing.max(self.gentle));
        Some(Rule { burst: 1, spacing })
    }

    /// Takes one. `Err`: not before so long.
    fn take(&mut self, now: Moment) -> Result<(), TimeDelta> {
        // A clock that was set back must not make anybody wait longer than ever.
        self.paused_until = self.paused_until.min(now + PAUSE);
        if self.paused_until > now {
            return Err(self.paused_until - now);
        }
        let Some(rule) = self.rule(now) else { return Ok(()) };
        let most = now + rule.spacing * rule.burst;
        self.whole_at = self.whole_at.clamp(now, most);
        let used_until = self.whole_at + rule.spacing;
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
    use crate::tests::world::{Hour, noon};

    fn some(n: u16) -> NonZeroU16 {
        NonZeroU16::new(n).unwrap()
    }

    fn rate(calls: u16) -> Rate {
        Rate { calls: some(calls), per: Duration::from_secs(10) }
    }

    fn at(ms: i64) -> Moment {
        noon() + TimeDelta::milliseconds(ms)
    }

    fn ms(ms: i64) -> TimeDelta {
        TimeDelta::milliseconds(ms)
    }

    fn paced(one: Rule) -> Pace {
        Pace::new(Some(one), GENTLE)
    }

    #[test]
    fn a_rate_is_shared_among_the_processes_and_never_used_up_to_its_end() {
        let one_in = |parts: i32| TimeDelta::nanoseconds(10_000_000_000 / i64::from(parts) + 1);
        assert_eq!(rule(rate(500), some(1)), Rule { burst: 100, spacing: one_in(301) });
        assert_eq!(rule(rate(500), some(2)), Rule { burst: 50, spacing: one_in(151) });
        assert_eq!(rule(rate(10), some(1)), Rule { burst: 2, spacing: one_in(7) });
        assert_eq!(rule(rate(2), some(1)), Rule { burst: 1, spacing: one_in(1) });
        assert_eq!(rule(rate(1), some(10)), Rule { burst: 1, spacing: TimeDelta::seconds(125) });
    }

    #[test]
    fn a_burst_is_followed_by_one_in_each_spacing_and_a_pause_by_nothing() {
        let mut pace = paced(Rule { burst: 4, spacing: ms(2_500) });
        for _ in 0..4 {
            assert_eq!(pace.take(at(0)), Ok(()));
        }
        assert_eq!(pace.take(at(0)), Err(ms(2_500)));
        assert_eq!(pace.take(at(2_499)), Err(ms(1)));
        assert_eq!(pace.take(at(2_500)), Ok(()));
        assert_eq!(pace.take(at(2_500)), Err(ms(2_500)));
        pace.paused_until = at(30_000);
        assert_eq!(pace.take(at(29_000)), Err(ms(1_000)));
        assert_eq!(pace.take(at(30_000)), Ok(()));
    }

    /// The limit that nobody told us is met once, not each time that all who waited come back.
    fn in_the_minute_after(pace: &mut Pace, begin: i64) -> usize {
        (begin..begin + 60_000).step_by(10).filter(|now| pace.take(at(*now)).is_ok()).count()
    }

    #[test]
    fn who_turned_a_call_away_is_called_gently_for_a_minute_by_all_processes_together() {
        for processes in [1, 3] {
            let mut pace = Pace::new(None, GENTLE * processes);
            assert!((0..100).all(|_| pace.take(at(0)).is_ok()));
            pace.paused_until = at(0) + PAUSE;
            assert_eq!(pace.take(at(1)), Err(ms(9_999)), "left alone until then");
            let one_by_one = in_the_minute_after(&mut pace, 10_000) * usize::try_from(processes).unwrap();
            assert!((295..=300).contains(&one_by_one), "{one_by_one} by {processes}");
            assert!((0..100).all(|_| pace.take(at(70_000)).is_ok()), "forgotten");
        }
    }

    #[test]
    fn who_named_a_rate_and_turned_a_call_away_all_the_same_gets_no_burst_for_a_minute() {
        let mut pace = paced(Rule { burst: 2, spacing: ms(1_500) });
        pace.paused_until = at(10_000);
        assert_eq!((pace.take(at(10_000)), pace.take(at(10_000))), (Ok(()), Err(ms(1_500))));
        assert_eq!((pace.take(at(70_000)), pace.take(at(70_000))), (Ok(()), Ok(())));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer_than_ever() {
        let hour_ago = at(-3_600_000);
        let mut pace = paced(Rule { burst: 2, spacing: ms(1_000) });
        assert_eq!((pace.take(at(0)), pace.take(at(0))), (Ok(()), Ok(())));
        assert_eq!(pace.take(hour_ago), Err(ms(1_000)));
        assert_eq!(pace.take(hour_ago + ms(1_000)), Ok(()));
        pace.paused_until = at(10_000);
        assert_eq!(pace.take(hour_ago), Err(PAUSE));
        assert_eq!(pace.take(hour_ago + PAUSE), Ok(()));
    }

    /// Calls of one process that makes them as fast as it may, whenever it wants to (ms).
    fn taken(rule: Rule, wants: impl Iterator<Item = i64>) -> Vec<i64> {
        let mut pace = paced(rule);
        let mut calls = Vec::new();
        for ms in wants {
            while pace.take(at(ms)).is_ok() {
                calls.push(ms);
            }
        }
        calls
    }

    /// All processes together, whether they are always at it or come back from a rest. More processes than calls do not start.
    #[test]
    fn in_any_ten_seconds_no_more_calls_are_made_than_the_supplier_allows() {
        let minutes = |n: i64| n * 60_000;
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

    #[test]
    fn calls_at_once_are_bounded_by_what_the_supplier_says_or_by_our_own_bound() {
        let permits = |concurrent, processes| {
            let limits = CallLimits { concurrent, rate: None };
            Permits::new(limits, 7, some(processes)).calls.available_permits()
        };
        assert_eq!(permits(None, 3), 7);
        assert_eq!((permits(Some(some(50)), 1), permits(Some(some(5)), 2), permits(Some(some(1)), 9)), (7, 2, 1));
        let limits = CallLimits { concurrent: Some(some(1)), rate: None };
        let permits = Permits::new(limits, 7, some(1));
        let clock = Hour::default();
        let held = permits.try_take(&clock);
        assert!(held.is_ok());
        assert_eq!(permits.try_take(&clock).err(), Some(noon() + PERMIT_WAIT));
        drop(held);
        permits.pause(&clock);
        assert_eq!(permits.try_take(&clock).err(), Some(noon() + PAUSE), "it asked to be left alone");
        assert_eq!(permits.calls.available_permits(), 1, "who may not call holds nothing");
    }

    #[tokio::test]
    async fn who_has_a_permit_waits_for_the_pace_of_its_next_call_and_not_for_ever() {
        let clock = Hour::default();
        let limits = CallLimits { concurrent: Some(some(1)), rate: Some(rate(2)) };
        let permits = Permits::new(limits, 7, some(1));
        let held = permits.try_take(&clock);
        assert!(held.is_ok(), "the only one at once");
        assert!(
            !permits.next(&clock, Duration::from_millis(5)).await,
            "two calls would be two at once in the ten seconds"
        );
        clock.pass(11);
        assert!(permits.next(&clock, Duration::from_millis(5)).await);
        let unpaced = Permits::new(CallLimits::UNSAID, 7, some(1));
        assert!(unpaced.next(&clock, Duration::ZERO).await);
        unpaced.pause(&clock);
        assert!(!unpaced.next(&clock, Duration::from_millis(5)).await);
    }
}

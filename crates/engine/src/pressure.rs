//! How many new orders come in while the work cannot keep up with what is paid: whoever has paid comes first. The rate follows
//! what is worked off instead of whether the work is behind just now: who is let in pays seconds or minutes later, and through
//! a door that is open or shut they would come in waves. Not here: how somebody is turned away.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A rush that is over sooner is worked off before anybody notices.
const BEHIND_AFTER: Duration = Duration::from_millis(150);
/// What is worked off is counted for so long at a time: several batches, and less than the shortest wave.
const COUNTED_FOR: Duration = Duration::from_millis(500);
/// Let in for each order that is worked off, because some are never paid …
const FOR_EACH: f64 = 1.1;
/// … and the longer the work is behind without a break the fewer, by so many a second, down to a little less than one: what
/// waits outside, as the calls of suppliers, is seen by nothing else and must be worked off, too.
const FEWER_PER_S: f64 = 0.03;
const FOR_EACH_AT_LEAST: f64 = 0.9;
/// So much less is let in for each second that paid work has waited: gentle, for what is let in now is paid later …
const LESS_PER_S: f64 = 0.1;
/// … and never less than this part, or the shop would be empty when all of it is worked off.
const LEAST_PART: f64 = 0.5;
/// After so long without being behind twice as much is let in, and from there on it opens quickly (with the third power): slowly
/// where it was too much lately, for as long as people take to pay.
const DOUBLED_AFTER: Duration = Duration::from_secs(12);
/// Orders a second that always come in: a shop that works nothing off must find out when it can again.
const LEAST_PER_S: f64 = 5.0;
/// While the work keeps up, a crowd may grow to twice its size in a second, and begin as this many orders a second: more than
/// two cores work off. Without it thousands were in before anybody saw that they are too many.
const FIRST_PER_S: f64 = 1_000.0;
const GROWTH: f64 = 2.0;
/// So many of them at once: whoever comes in the same moment is the business of the places.
const FIRST_AT_ONCE: f64 = 256.0;
/// The part of a second's orders that may come in at once.
const AT_ONCE_S: f64 = 0.1;

/// The door of one process. Real time only: business time jumps, and work does not.
pub(crate) struct Pressure(Mutex<Door>);

impl Pressure {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(Door::new(now)))
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of a look into the queue: whether somebody waits there for a hand, and how long what was found had waited (`None`: no
    /// hand was free to take it).
    pub(crate) fn looked(&self, crowded: bool, waited: Option<Duration>, now: Instant) {
        self.door().looked(crowded, waited, now);
    }

    /// The goods of a paid order are being bought, or it is over. Between them lies the supplier's time, which is no work: by
    /// the end alone a rush would be known too late, by the beginning alone what is begun would pile up.
    pub(crate) fn half_done(&self, now: Instant) {
        self.door().half_done(now);
    }

    /// The work does not keep up.
    pub(crate) fn is_behind(&self, now: Instant) -> bool {
        self.door().is_behind(now)
    }

    /// One more order may come in, and is counted. `unwritten`: more is decided than the next statement can write.
    pub(crate) fn let_in(&self, unwritten: bool, now: Instant) -> bool {
        self.door().let_in(unwritten, now)
    }

    /// Whoever was let in has not ordered.
    pub(crate) fn left_again(&self) {
        self.door().left_again();
    }
}

/// See [`Pressure`].
struct Door {
    /// Somebody works here. Where nobody does, nobody knows whether the work keeps up.
    works: bool,
    /// Since when every look found as much as could be taken, or somebody waited and no hand was free.
    full_since: Option<Instant>,
    /// Since when more was decided than one statement can write, whenever somebody came, and when that was seen last.
    unwritten: Option<(Instant, Instant)>,
    /// When the work was behind last, and since when without a break.
    behind_at: Option<Instant>,
    behind_since: Option<Instant>,
    /// How long what was found last had waited.
    waited: Duration,
    /// Halves of orders done, and orders let in, since then.
    counted_at: Instant,
    halves: u32,
    came: u32,
    /// Orders a second that were worked off while there were more. Nothing: a process that has just begun does not know.
    carried: Option<f64>,
    /// Orders a second that came in lately.
    coming: f64,
    /// Orders that may come in at once; filled at that moment.
    room: f64,
    filled_at: Instant,
}

impl Door {
    const fn new(now: Instant) -> Self {
        Self {
            works: false,
            full_since: None,
            unwritten: None,
            behind_at: None,
            behind_since: None,
            waited: Duration::ZERO,
            counted_at: now,
            halves: 0,
            came: 0,
            carried: None,
            coming: 0.0,
            // Whoever waited for the process to begin comes at once.
            room: FIRST_AT_ONCE,
            filled_at: now,
        }
    }

    fn looked(&mut self, crowded: bool, waited: Option<Duration>, now: Instant) {
        self.tick(now);
        self.works = true;
        self.full_since = crowded.then(|| self.full_since.unwrap_or(now));
        self.waited = waited.unwrap_or(self.waited);
    }

    fn half_done(&mut self, now: Instant) {
        self.halves += 1;
        self.tick(now);
    }

    fn is_behind(&self, now: Instant) -> bool {
        let long = |since: Instant| now.saturating_duration_since(since) >= BEHIND_AFTER;
        let seen_long = |(since, last): (Instant, Instant)| {
            last.saturating_duration_since(since) >= BEHIND_AFTER && now.saturating_duration_since(last) < BEHIND_AFTER
        };
        self.full_since.is_some_and(long) || self.unwritten.is_some_and(seen_long)
    }

    fn let_in(&mut self, unwritten: bool, now: Instant) -> bool {
        if !self.works {
            return true;
        }
        // What was seen a while ago, with nobody coming since, says nothing about now.
        let lately = self.unwritten.filter(|(_, last)| now.saturating_duration_since(*last) < BEHIND_AFTER);
        self.unwritten = unwritten.then(|| (lately.map_or(now, |(since, _)| since), now));
        self.tick(now);
        let rate = self.rate(now);
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.filled_at = now;
        let at_least = if rate >= FIRST_PER_S { FIRST_AT_ONCE } else { 1.0 };
        self.room = (self.room + passed * rate).min((rate * AT_ONCE_S).max(at_least));
        if self.room < 1.0 {
            return false;
        }
        self.room -= 1.0;
        self.came += 1;
        true
    }

    fn left_again(&mut self) {
        self.room += 1.0;
        self.came = self.came.saturating_sub(1);
    }

    /// What is worked off is less than could be while there is nothing more to do: then only more of it counts.
    fn tick(&mut self, now: Instant) {
        let behind = self.is_behind(now);
        if behind && self.behind_since.is_none() && self.carried.is_none() {
            // What was worked off before there was too much to do says nothing about how much can be.
            (self.counted_at, self.halves, self.came) = (now, 0, 0);
        }
        self.behind_since = behind.then(|| self.behind_since.unwrap_or(now));
        if behind {
            self.behind_at = Some(now);
        }
        let passed = now.saturating_duration_since(self.counted_at);
        if passed < COUNTED_FOR {
            return;
        }
        let per_s = |count: u32| f64::from(count) / passed.as_secs_f64();
        let worked_off = per_s(self.halves) / 2.0;
        if behind || self.carried.is_some_and(|carried| worked_off > carried) {
            self.carried = Some(self.carried.map_or(worked_off, |carried| f64::midpoint(carried, worked_off)));
        }
        self.coming = f64::midpoint(self.coming, per_s(self.came));
        (self.counted_at, self.halves, self.came) = (now, 0, 0);
    }

    /// Orders a second that may come in.
    fn rate(&self, now: Instant) -> f64 {
        let most = (self.coming * GROWTH).max(FIRST_PER_S);
        let (Some(behind_at), Some(carried)) = (self.behind_at, self.carried) else { return most };
        let kept_up = now.saturating_duration_since(behind_at).as_secs_f64();
        let opens = 1.0 + (kept_up / DOUBLED_AFTER.as_secs_f64()).powi(3);
        let held_back = (1.0 - LESS_PER_S * self.waited.as_secs_f64()).max(LEAST_PART);
        let behind_for = self.behind_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let for_each = (FOR_EACH - FEWER_PER_S * behind_for.as_secs_f64()).max(FOR_EACH_AT_LEAST);
        let worked_off = (carried * for_each * held_back).max(LEAST_PER_S);
        (worked_off * opens).min(most)
    }
}

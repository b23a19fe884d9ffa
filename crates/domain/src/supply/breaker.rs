//! A breaker: a supplier in trouble is given no more purchases for a while, and then one at a time until it is well again. It
//! spares customers a wait for a supplier that would not answer; what is under way there is asked about as ever.
//!
//! Trouble is not being reached, not answering clearly, and being turned away for now. A refusal is an answer: whatever a supplier
//! says about a purchase, it is there.

use std::collections::{BTreeMap, VecDeque};

use chrono::TimeDelta;

use crate::Moment;
use crate::wire_words;

/// So many troubles without an answer between them open it.
const IN_A_ROW: usize = 5;
/// So does half of what was heard in this time…
const SPAN: TimeDelta = TimeDelta::seconds(60);
/// …if that was as many at least.
const ENOUGH: usize = 10;
/// What was heard, at most: what is older says nothing about now.
const KEPT: usize = 64;
/// So do this many calls that wait…
const HANGING: usize = 8;
/// …for so long each, with no answer to any call in that time: long before they time out.
const HANGING_FOR: TimeDelta = TimeDelta::seconds(5);
/// How long it stays open the first, second… time.
const OPEN_FOR: [TimeDelta; 5] =
    [TimeDelta::seconds(15), TimeDelta::seconds(30), TimeDelta::seconds(60), TimeDelta::seconds(120), LONGEST_OPEN];
/// It is never open longer at a time.
pub const LONGEST_OPEN: TimeDelta = TimeDelta::seconds(300);
/// So many calls, one after the other, must be answered before everybody is let in.
const GOOD_PROBES: u8 = 3;
/// After so long without trouble the times before are forgotten.
const CALM: TimeDelta = TimeDelta::minutes(30);
/// A probe that was not heard of for so long is given up: its process may be gone.
const PROBE_PATIENCE: TimeDelta = TimeDelta::seconds(120);

/// What a call to a supplier says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Answered,
    Trouble,
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Everybody is let in.
    Closed,
    /// Nobody is, before this moment.
    Open { until: Moment },
    /// One at a time; so many were answered.
    HalfOpen { good: u8 },
}

/// What is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerChange {
    Opened,
    Closed,
}

wire_words!(BreakerChange { Opened = "opened", Closed = "closed" });

/// One call, to tell its end by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallNo(u64);

/// See the module. What one process knows of one supplier.
#[derive(Debug, Clone)]
pub struct Breaker {
    state: BreakerState,
    /// How often it opened since it was calm.
    trips: usize,
    last_trouble: Option<Moment>,
    heard: VecDeque<(Moment, Seen)>,
    waiting: BTreeMap<CallNo, Moment>,
    next: CallNo,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: BreakerState::Closed,
            trips: 0,
            last_trouble: None,
            heard: VecDeque::new(),
            waiting: BTreeMap::new(),
            next: CallNo(0),
        }
    }
}

impl Breaker {
    pub const fn state(&self) -> BreakerState {
        self.state
    }

    /// Calls under way.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a purchase may be made now.
    pub fn admits(&self, now: Moment) -> bool {
        match self.state {
            BreakerState::Closed => true,
            BreakerState::Open { until } => until <= now && !self.is_probed(now),
            BreakerState::HalfOpen { .. } => !self.is_probed(now),
        }
    }

    /// When it is worth while to look again, if nothing may be bought now.
    pub fn shut_until(&self, now: Moment) -> Option<Moment> {
        match self.state {
            _ if self.admits(now) => None,
            BreakerState::Open { until } if until > now => Some(until),
            // Somebody tries it just now.
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } | BreakerState::Closed => Some(now + HANGING_FOR),
        }
    }

    /// A call was sent.
    pub fn sent(&mut self, now: Moment) -> CallNo {
        if let BreakerState::Open { until } = self.state
            && until <= now
        {
            self.state = BreakerState::HalfOpen { good: 0 };
            // Calls from before say nothing about it now.
            self.waiting.clear();
        }
        let call = self.next;
        self.next = CallNo(call.0.wrapping_add(1));
        self.waiting.insert(call, now);
        call
    }

    /// What came of it. A call that is not known any more, or ended after the breaker opened, changes nothing.
    pub fn heard(&mut self, call: CallNo, seen: Seen, now: Moment) -> Option<BreakerChange> {
        self.waiting.remove(&call)?;
        if seen == Seen::Trouble {
            self.last_trouble = Some(now);
        } else if self.last_trouble.is_none_or(|last| now - last >= CALM) {
            self.trips = 0;
        }
        match self.state {
            BreakerState::Closed => {
                self.heard.push_back((now, seen));
                while self.heard.len() > KEPT || self.heard.front().is_some_and(|(at, _)| now - *at > SPAN) {
                    self.heard.pop_front();
                }
                self.is_in_trouble().then(|| self.open(now))
            }
            BreakerState::HalfOpen { .. } if seen == Seen::Trouble => Some(self.open(now)),
            BreakerState::HalfOpen { good } if good.saturating_add(1) < GOOD_PROBES => {
                self.state = BreakerState::HalfOpen { good: good.saturating_add(1) };
                None
            }
            BreakerState::HalfOpen { .. } => {
                self.close();
                Some(BreakerChange::Closed)
            }
            BreakerState::Open { .. } => None,
        }
    }

    /// It was not made after all: it says nothing.
    pub fn unmade(&mut self, call: CallNo) {
        self.waiting.remove(&call);
    }

    /// Looks at calls that hang: to be called every second or so.
    pub fn look(&mut self, now: Moment) -> Option<BreakerChange> {
        // A clock that was set back must not keep it open longer than ever.
        if let BreakerState::Open { until } = &mut self.state {
            *until = (*until).min(now + LONGEST_OPEN);
        }
        let silent = self.heard.back().is_none_or(|(at, _)| now - *at >= HANGING_FOR);
        let hang = self.waiting.values().filter(|since| now - **since >= HANGING_FOR).count();
        (self.state == BreakerState::Closed && silent && hang >= HANGING).then(|| self.open(now))
    }

    /// Another process found it in trouble until then. Shorter than what is known here: nothing new.
    pub fn told_open(&mut self, until: Moment) {
        let longer = match self.state {
            BreakerState::Closed | BreakerState::HalfOpen { .. } => true,
            BreakerState::Open { until: own } => until > own,
        };
        if longer {
            self.state = BreakerState::Open { until };
            self.heard.clear();
        }
    }

    /// Another process found it well again.
    pub fn told_closed(&mut self) {
        self.close();
    }

    fn is_in_trouble(&self) -> bool {
        let trouble = self.heard.iter().filter(|(_, seen)| *seen == Seen::Trouble).count();
        let last = self.heard.iter().rev().take(IN_A_ROW).filter(|(_, seen)| *seen == Seen::Trouble).count();
        last == IN_A_ROW || (self.heard.len() >= ENOUGH && trouble * 2 >= self.heard.len())
    }

    fn is_probed(&self, now: Moment) -> bool {
        self.waiting.values().any(|since| now - *since < PROBE_PATIENCE && self.began_after_opening(*since))
    }

    /// Calls from before it opened may hang for long; they are no probes.
    fn began_after_opening(&self, since: Moment) -> bool {
        match self.state {
            BreakerState::Open { until } => since >= until,
            BreakerState::Closed | BreakerState::HalfOpen { .. } => true,
        }
    }

    fn open(&mut self, now: Moment) -> BreakerChange {
        let span = OPEN_FOR.get(self.trips).or(OPEN_FOR.last()).copied().unwrap_or(SPAN);
        self.trips = self.trips.saturating_add(1);
        self.last_trouble = Some(now);
        self.state = BreakerState::Open { until: now + span };
        self.heard.clear();
        BreakerChange::Opened
    }

    fn close(&mut self) {
        self.state = BreakerState::Closed;
        self.heard.clear();
    }
}

#[cfg(test)]
mod tests;

//! How often each of many may do something: a burst at once, then one at a time as time passes. Kept in memory, per process,
//! and bounded however many come.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::TimeDelta;
use domain::Moment;

/// How much everybody may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// So many at once.
    pub(crate) burst: i32,
    /// And then one in this time, so that a silence of `burst` times as long makes room for a burst again.
    pub(crate) spacing: TimeDelta,
    /// So many are told apart; further ones share what their crowd may, until others fall silent.
    pub(crate) told_apart: usize,
}

/// What everybody has used of it: when it is whole again.
#[derive(Debug)]
pub(crate) struct Allowances<K>(HashMap<K, Moment>);

impl<K> Default for Allowances<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Allowances<K> {
    /// Counts one against `who`, or against `crowd` where there is no room to tell `who` apart. `Err`: it is used up, and
    /// after so many seconds no more.
    pub(crate) fn take(&mut self, rule: &Allowance, who: K, crowd: K, now: Moment) -> Result<(), u32> {
        let mut who = who;
        if !self.0.contains_key(&who) && self.0.len() >= rule.told_apart {
            self.0.retain(|_, whole_at| *whole_at > now);
            if self.0.len() >= rule.told_apart {
                who = crowd;
            }
        }
        let whole_at = self.0.entry(who).or_insert(now);
        let whole = rule.spacing * rule.burst;
        // A clock that was set back must not shut anybody out for longer than a burst's worth.
        let used_until = (*whole_at).clamp(now, now + whole) + rule.spacing;
        let over = used_until - now - whole;
        if over > TimeDelta::zero() {
            return Err(u32::try_from(over.num_seconds()).unwrap_or(1).max(1));
        }
        *whole_at = used_until;
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

//! How each supplier fares, as this process sees it: a breaker around its purchases, and what it refused us for. Kept in memory;
//! `crate::watchman` writes down what others must know. Not here: which supplier an item goes to.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use domain::fulfilment::{Shut, is_too_dear};
use domain::supply::{Breaker, BreakerChange, BreakerState, CallNo, Hold, LONGEST_OPEN, Seen, Standing};
use domain::{Moment, Money};

/// Answers to our questions for the balance, before the first purchase is tried again: a supplier that does not answer those is
/// no place for an order.
const BALANCES_FIRST: u8 = 2;
/// So many of those questions in a row that told nothing, each after its wait: perhaps only balances cannot be read there. Then a
/// purchase tries, and when that is no better, it is asked so often again.
const BALANCES_IN_VAIN: u8 = 3;
/// Those questions take some rounds.
const ASKED_FIRST: TimeDelta = TimeDelta::seconds(2);
/// So many refusals that blame the goods…
const OLD_LIST: usize = 5;
/// …within this time say that our copy of the price list is old.
const OLD_LIST_SPAN: TimeDelta = TimeDelta::minutes(5);
/// One refusal for its price says so at once; where the list does not help, it is not read for each.
const LIST_SPACING: TimeDelta = TimeDelta::minutes(1);
/// In trouble for so long, a supplier is a person's business.
const LONG_TROUBLE: TimeDelta = TimeDelta::minutes(10);

/// What is known of one supplier.
#[derive(Default)]
pub(crate) struct Health(Mutex<Vitals>);

#[derive(Default)]
struct Vitals {
    breaker: Breaker,
    /// With what our deposit did not suffice for, where that is it and is known.
    hold: Option<(Hold, Option<Money>)>,
    /// It opened or closed, and the others do not know.
    moved: bool,
    /// It is not closed, and nothing seen here made it so.
    only_told: bool,
    /// It refused us, and the others do not know.
    refused: Option<(Hold, Option<Money>)>,
    /// What it refused was to tell our balance.
    untold: bool,
    /// Somebody asks for the balance to see whether it answers again.
    probing: bool,
    /// Questions for the balance that told nothing, in a row.
    in_vain: u8,
    troubled_since: Option<Moment>,
    called_at: Option<Moment>,
    refusals: VecDeque<Moment>,
    /// When its price list was asked for last because of a price.
    list_asked: Option<Moment>,
}

/// What the others must know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct News {
    /// It opened until then, or closed.
    pub(crate) broken_until: Option<Option<Moment>>,
    pub(crate) refused: Option<(Hold, Option<Money>)>,
    /// It does not tell our balance any more: what it told before was told to somebody it knew.
    pub(crate) untold: bool,
}

impl Health {
    /// Why nothing should be bought there now.
    pub(crate) fn shut(&self, now: Moment) -> Option<Shut> {
        self.vitals().shut(now)
    }

    /// What our deposit did not suffice for: nothing that costs as much should be bought there.
    pub(crate) fn too_dear(&self) -> Option<Money> {
        self.vitals().too_dear()
    }

    /// A purchase of this cost is about to leave. `Err`: it must not, for this reason.
    pub(crate) fn enter(&self, cost: Money, now: Moment) -> Result<CallNo, &'static str> {
        let mut vitals = self.vitals();
        match vitals.shut(now) {
            _ if is_too_dear(vitals.too_dear(), cost) => Err("account_held"),
            None => Ok(vitals.breaker.sent(now)),
            Some(Shut::Held) => Err("account_held"),
            Some(_) => Err("supplier_in_trouble"),
        }
    }

    /// What came of it. Something: the others must know.
    pub(crate) fn heard(&self, call: CallNo, seen: Seen, now: Moment) -> Option<BreakerChange> {
        let mut vitals = self.vitals();
        let change = vitals.breaker.heard(call, seen, now);
        if change == Some(BreakerChange::Opened) {
            vitals.in_vain = 0;
        }
        vitals.note(change, now)
    }

    /// It did not leave after all.
    pub(crate) fn unmade(&self, call: CallNo) {
        self.vitals().breaker.unmade(call);
    }

    /// Looks at calls that hang.
    pub(crate) fn look(&self, now: Moment) -> Option<BreakerChange> {
        let mut vitals = self.vitals();
        let change = vitals.breaker.look(now);
        vitals.note(change, now)
    }

    /// What is stored about it, seen at this moment. `None`: nothing.
    pub(crate) fn told(&self, standing: Option<&Standing>, now: Moment) {
        let mut vitals = self.vitals();
        // What was seen here and is not written yet is newer.
        if vitals.refused.is_none() {
            vitals.hold = standing.and_then(|standing| Some((standing.hold?, standing.needed)));
        }
        if vitals.moved {
            return;
        }
        // Longer than can be: it was found by another clock.
        let broken_until =
            standing.and_then(|standing| standing.broken_until).filter(|until| *until <= now + LONGEST_OPEN);
        match broken_until {
            // Also when its time is over: nobody has seen it well since, perhaps because whoever saw the trouble is gone.
            Some(until) if until > now || vitals.breaker.state() == BreakerState::Closed => {
                vitals.only_told |= vitals.breaker.state() == BreakerState::Closed;
                vitals.breaker.told_open(until);
                vitals.troubled_since.get_or_insert(now);
            }
            Some(_) => {}
            // Whoever was only told that there is trouble believes that it is over.
            None if vitals.only_told => {
                vitals.breaker.told_closed();
                (vitals.only_told, vitals.in_vain) = (false, 0);
                (vitals.troubled_since, vitals.called_at) = (None, None);
            }
            None => {}
        }
    }

    /// It refused an attempt for our deposit or account.
    pub(crate) fn refuse(&self, hold: Hold, needed: Option<Money>) {
        let mut vitals = self.vitals();
        let before = vitals.hold.and_then(|(_, needed)| needed);
        let held = (hold, least(before, needed));
        (vitals.hold, vitals.refused) = (Some(held), Some(held));
    }

    /// It refused to tell our balance: it does not know our account, whatever it says of purchases.
    pub(crate) fn refuse_to_tell(&self) {
        self.refuse(Hold::Account, None);
        self.vitals().untold = true;
    }

    /// It refused an attempt for its price. `true`: its list should be read, which was not asked for a moment ago.
    pub(crate) fn refuse_price(&self, now: Moment) -> bool {
        let asked = &mut self.vitals().list_asked;
        let due = asked.is_none_or(|at| now - at >= LIST_SPACING);
        if due {
            *asked = Some(now);
        }
        due
    }

    /// It refused an attempt for a reason of the goods. `true`: so often that its list should be read.
    pub(crate) fn refuse_goods(&self, now: Moment) -> bool {
        let refusals = &mut self.vitals().refusals;
        refusals.push_back(now);
        while refusals.front().is_some_and(|at| now - *at > OLD_LIST_SPAN) {
            refusals.pop_front();
        }
        let often = refusals.len() >= OLD_LIST;
        if often {
            refusals.clear();
        }
        often
    }

    /// What is to be written down. It stays to be, until [`Self::written`].
    pub(crate) fn news(&self) -> Option<News> {
        let news = self.vitals().news();
        (news != News::default()).then_some(news)
    }

    /// What has changed meanwhile is still to be written.
    pub(crate) fn written(&self, news: &News) {
        let mut vitals = self.vitals();
        let now = vitals.news();
        vitals.moved &= now.broken_until != news.broken_until;
        if now.refused == news.refused {
            (vitals.refused, vitals.untold) = (None, false);
        }
    }

    /// A question for the balance is to be asked, as a purchase's forerunner. Whoever gets one says how it ended.
    pub(crate) fn probe(&self, now: Moment) -> Option<CallNo> {
        let mut vitals = self.vitals();
        if !vitals.asks_balance_first() || vitals.probing || !vitals.breaker.admits(now) {
            return None;
        }
        vitals.probing = true;
        Some(vitals.breaker.sent(now))
    }

    pub(crate) fn probed(&self, call: CallNo, seen: Seen, now: Moment) -> Option<BreakerChange> {
        let mut vitals = self.vitals();
        vitals.probing = false;
        vitals.in_vain = if seen == Seen::Trouble { vitals.in_vain.saturating_add(1) } else { 0 };
        let change = vitals.breaker.heard(call, seen, now);
        vitals.note(change, now)
    }

    /// Since when it has been in trouble, when that is worth another call.
    pub(crate) fn worth_a_call(&self, now: Moment) -> Option<Moment> {
        let mut vitals = self.vitals();
        let open = matches!(vitals.breaker.state(), BreakerState::Open { .. });
        let since = vitals.troubled_since.filter(|since| open && now - *since > LONG_TROUBLE)?;
        if vitals.called_at.is_some_and(|at| now - at < LONG_TROUBLE) {
            return None;
        }
        vitals.called_at = Some(now);
        Some(since)
    }

    /// A person says that what held it is mended.
    pub(crate) fn release(&self) {
        let mut vitals = self.vitals();
        (vitals.hold, vitals.refused, vitals.untold) = (None, None, false);
    }

    pub(crate) fn is_held(&self) -> bool {
        self.vitals().hold.is_some()
    }

    pub(crate) fn is_held_for(&self, why: Hold) -> bool {
        self.vitals().hold.is_some_and(|(hold, _)| hold == why)
    }

    /// The word for where its breaker stands, and how many purchases are under way.
    pub(crate) fn at_a_glance(&self, now: Moment) -> (&'static str, usize) {
        let vitals = self.vitals();
        let word = match vitals.breaker.state() {
            BreakerState::Closed => "closed",
            BreakerState::Open { until } if until > now => "open",
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => "half_open",
        };
        (word, vitals.breaker.waiting())
    }

    fn vitals(&self) -> MutexGuard<'_, Vitals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vitals {
    fn news(&self) -> News {
        let broken_until = match self.breaker.state() {
            BreakerState::Open { until } if self.moved => Some(Some(until)),
            BreakerState::Closed if self.moved => Some(None),
            // Neither here nor there: what comes of it is news.
            BreakerState::Open { .. } | BreakerState::Closed | BreakerState::HalfOpen { .. } => None,
        };
        News { broken_until, refused: self.refused, untold: self.untold }
    }

    fn too_dear(&self) -> Option<Money> {
        self.hold.and_then(|(_, needed)| needed)
    }

    fn shut(&self, now: Moment) -> Option<Shut> {
        if matches!(self.hold, Some((_, None))) {
            return Some(Shut::Held);
        }
        match self.breaker.state() {
            BreakerState::Closed => None,
            BreakerState::Open { until } if until > now => Some(Shut::Broken(until)),
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } if self.asks_balance_first() => {
                Some(Shut::Broken(now + ASKED_FIRST))
            }
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => self.breaker.shut_until(now).map(Shut::Broken),
        }
    }

    /// Our questions go before the next purchase.
    fn asks_balance_first(&self) -> bool {
        let asked_enough = match self.breaker.state() {
            BreakerState::Closed => true,
            BreakerState::Open { .. } => false,
            BreakerState::HalfOpen { good } => good >= BALANCES_FIRST,
        };
        !asked_enough && self.in_vain < BALANCES_IN_VAIN
    }

    fn note(&mut self, change: Option<BreakerChange>, now: Moment) -> Option<BreakerChange> {
        match change {
            Some(BreakerChange::Opened) => {
                (self.moved, self.only_told) = (true, false);
                self.troubled_since.get_or_insert(now);
            }
            Some(BreakerChange::Closed) => {
                (self.moved, self.only_told) = (true, false);
                (self.troubled_since, self.called_at, self.in_vain) = (None, None, 0);
            }
            None => {}
        }
        change
    }
}

/// Of two sums that a deposit did not suffice for. Where a refusal was not for a sum, or they cannot be compared, only the last
/// one counts.
pub(crate) fn least(before: Option<Money>, needed: Option<Money>) -> Option<Money> {
    let needed = needed?;
    Some(before.filter(|b| b.currency() == needed.currency() && b.minor() < needed.minor()).unwrap_or(needed))
}

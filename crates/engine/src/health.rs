//! How each supplier fares, as this process sees it: a breaker around its purchases, what it refused us for, and what
//! happened there. Kept in memory; `crate::watchman` writes down what others must know. Not here: which supplier an item goes to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Attempt, AttemptState, Cause, Shut};
use domain::order::Applied;
use domain::supply::{Breaker, BreakerChange, BreakerState, CallNo, Hold, Seen, Standing, Sums};
use domain::{Moment, Money, SupplierId};
use ports::supply::SupplierMinute;

use crate::Engine;

/// Answers to our questions for the balance, before the first purchase is tried again: a supplier that does not answer those is
/// no place for an order.
const BALANCES_FIRST: u8 = 2;
/// Those questions take some rounds.
const ASKED_FIRST: TimeDelta = TimeDelta::seconds(2);
/// So many refusals that blame the goods or their price…
const OLD_LIST: usize = 5;
/// …within this time say that our copy of the price list is old.
const OLD_LIST_SPAN: TimeDelta = TimeDelta::minutes(5);
/// In trouble for so long, a supplier is a person's business.
const LONG_TROUBLE: TimeDelta = TimeDelta::minutes(10);
/// Minutes of suppliers kept until they are written: a few suppliers over an outage of the store. Then the oldest are lost.
const MINUTES_KEPT: usize = 1_000;

/// What is known of one supplier.
#[derive(Default)]
pub(crate) struct Health(Mutex<Known>);

#[derive(Default)]
struct Known {
    breaker: Breaker,
    hold: Option<Hold>,
    /// It opened or closed, and the others do not know.
    moved: bool,
    /// It is not closed, and nothing seen here made it so.
    only_told: bool,
    /// It refused us, and the others do not know.
    refused: Option<(Hold, Option<Money>)>,
    /// Somebody asks for the balance to see whether it answers again.
    probing: bool,
    troubled_since: Option<Moment>,
    called_at: Option<Moment>,
    refusals: VecDeque<Moment>,
}

/// What the others must know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct News {
    /// It opened until then, or closed.
    pub(crate) broken_until: Option<Option<Moment>>,
    pub(crate) refused: Option<(Hold, Option<Money>)>,
}

impl Health {
    /// Why nothing should be bought there now.
    pub(crate) fn shut(&self, now: Moment) -> Option<Shut> {
        self.known().shut(now)
    }

    /// A purchase is about to leave. `Err`: it must not, for this reason.
    pub(crate) fn enter(&self, now: Moment) -> Result<CallNo, &'static str> {
        let mut known = self.known();
        match known.shut(now) {
            None => Ok(known.breaker.sent(now)),
            Some(Shut::Held) => Err("account_held"),
            Some(_) => Err("supplier_in_trouble"),
        }
    }

    /// What came of it. Something: the others must know.
    pub(crate) fn heard(&self, call: CallNo, seen: Seen, now: Moment) -> Option<BreakerChange> {
        let mut known = self.known();
        let change = known.breaker.heard(call, seen, now);
        known.note(change, now)
    }

    /// Looks at calls that hang.
    pub(crate) fn look(&self, now: Moment) -> Option<BreakerChange> {
        let mut known = self.known();
        let change = known.breaker.look(now);
        known.note(change, now)
    }

    /// What is stored about it, seen at this moment. `None`: nothing.
    pub(crate) fn told(&self, standing: Option<&Standing>, now: Moment) {
        let mut known = self.known();
        // What was seen here and is not written yet is newer.
        if known.refused.is_none() {
            known.hold = standing.and_then(|standing| standing.hold);
        }
        match standing.and_then(|standing| standing.broken_until) {
            Some(until) if until > now => {
                known.only_told |= known.breaker.state() == BreakerState::Closed;
                known.breaker.told_open(until);
                known.troubled_since.get_or_insert(now);
            }
            Some(_) => {}
            // Whoever was told that there is trouble believes that it is over.
            None if known.only_told && !known.moved => {
                known.breaker = Breaker::default();
                (known.only_told, known.troubled_since, known.called_at) = (false, None, None);
            }
            None => {}
        }
    }

    /// It refused an attempt for our deposit or account.
    fn refuse(&self, hold: Hold, needed: Option<Money>) {
        let mut known = self.known();
        known.hold = Some(hold);
        known.refused = Some((hold, needed));
    }

    /// It refused an attempt for a reason of the goods. `true`: so often that its list should be read.
    fn refuse_goods(&self, now: Moment) -> bool {
        let refusals = &mut self.known().refusals;
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
        let known = self.known();
        let until = match known.breaker.state() {
            BreakerState::Open { until } => Some(until),
            BreakerState::Closed | BreakerState::HalfOpen { .. } => None,
        };
        let news = News { broken_until: known.moved.then_some(until), refused: known.refused };
        (news != News::default()).then_some(news)
    }

    pub(crate) fn written(&self, news: &News) {
        let mut known = self.known();
        known.moved &= news.broken_until.is_none();
        if known.refused == news.refused {
            known.refused = None;
        }
    }

    /// A question for the balance is to be asked, as a purchase's forerunner. Whoever gets one says how it ended.
    pub(crate) fn probe(&self, now: Moment) -> Option<CallNo> {
        let mut known = self.known();
        let wanted = match known.breaker.state() {
            BreakerState::Closed => false,
            BreakerState::Open { .. } => true,
            BreakerState::HalfOpen { good } => good < BALANCES_FIRST,
        };
        if !wanted || known.probing || !known.breaker.admits(now) {
            return None;
        }
        known.probing = true;
        Some(known.breaker.sent(now))
    }

    pub(crate) fn probed(&self, call: CallNo, seen: Seen, now: Moment) -> Option<BreakerChange> {
        self.known().probing = false;
        self.heard(call, seen, now)
    }

    /// Since when it has been in trouble, when that is worth another call.
    pub(crate) fn worth_a_call(&self, now: Moment) -> Option<Moment> {
        let mut known = self.known();
        let open = matches!(known.breaker.state(), BreakerState::Open { .. });
        let since = known.troubled_since.filter(|since| open && now - *since > LONG_TROUBLE)?;
        if known.called_at.is_some_and(|at| now - at < LONG_TROUBLE) {
            return None;
        }
        known.called_at = Some(now);
        Some(since)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.known().hold.is_some()
    }

    /// The word for where its breaker stands, and how many purchases are under way.
    pub(crate) fn at_a_glance(&self, now: Moment) -> (&'static str, usize) {
        let known = self.known();
        let word = match known.breaker.state() {
            BreakerState::Closed => "closed",
            BreakerState::Open { until } if until > now => "open",
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => "half_open",
        };
        (word, known.breaker.waiting())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn shut(&self, now: Moment) -> Option<Shut> {
        if self.hold.is_some() {
            return Some(Shut::Held);
        }
        match self.breaker.state() {
            BreakerState::Closed => None,
            BreakerState::Open { until } if until > now => Some(Shut::Broken(until)),
            BreakerState::HalfOpen { good } if good >= BALANCES_FIRST => self.breaker.shut_until(now).map(Shut::Broken),
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => Some(Shut::Broken(now + ASKED_FIRST)),
        }
    }

    fn note(&mut self, change: Option<BreakerChange>, now: Moment) -> Option<BreakerChange> {
        match change {
            Some(BreakerChange::Opened) => {
                (self.moved, self.only_told) = (true, false);
                self.troubled_since.get_or_insert(now);
            }
            Some(BreakerChange::Closed) => {
                (self.moved, self.only_told) = (true, false);
                (self.troubled_since, self.called_at) = (None, None);
            }
            Some(BreakerChange::HalfOpened) | None => {}
        }
        change
    }
}

/// What an answer to a purchase says about its supplier. A refusal is an answer; being turned away for now is none.
pub(crate) const fn seen(answer: &Answer) -> Seen {
    match answer {
        Answer::Delivered { .. } | Answer::Pending { .. } | Answer::Failed { .. } => Seen::Answered,
        Answer::Refused { cause: Cause::Busy | Cause::NotFormed, .. } => Seen::Trouble,
        Answer::Refused { .. } => Seen::Answered,
        Answer::Unclear { .. } | Answer::NotFound => Seen::Trouble,
    }
}

/// Whether a supplier asks to be left alone.
pub(crate) const fn is_busy(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused { cause: Cause::Busy, .. } | Answer::Failed { cause: Cause::Busy, .. })
}

/// What happened at the suppliers and is not written yet, by minute.
#[derive(Default)]
pub(crate) struct Sightings(Mutex<BTreeMap<(Moment, SupplierId), Sums>>);

impl Sightings {
    fn add(&self, supplier: &SupplierId, now: Moment, sums: Sums) {
        let minute = now - TimeDelta::milliseconds(now.timestamp_millis().rem_euclid(60_000));
        let minute = minute - TimeDelta::nanoseconds(i64::from(minute.timestamp_subsec_nanos()));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept.entry((minute, supplier.clone())).or_default() += sums;
        while kept.len() > MINUTES_KEPT {
            kept.pop_first();
        }
    }

    pub(crate) fn take(&self) -> Vec<SupplierMinute> {
        let kept = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        kept.into_iter().map(|((minute, supplier), sums)| SupplierMinute { supplier, minute, sums }).collect()
    }
}

impl Engine {
    /// Sees what a commit of ours did to attempts: each step is in one commit, so each is seen by one process, once.
    pub(crate) fn saw(&self, applied: &Applied) {
        let now = applied.change.history.at;
        for change in &applied.change.history.changes {
            let no = change.subject.strip_prefix("attempt ").and_then(|no| no.parse().ok());
            let Some(attempt) = applied.after.attempts.iter().find(|attempt| Some(attempt.no.0) == no) else {
                continue;
            };
            let steps = change.from.parse::<AttemptState>().ok().zip(change.to.parse::<AttemptState>().ok());
            let Some((from, to)) = steps.filter(|(from, to)| from != to) else { continue };
            self.sightings.add(&attempt.supplier, now, sums_of(attempt, from, to, now));
            if matches!(to, AttemptState::Refused | AttemptState::Failed) {
                self.mind_refusal(attempt, now);
            }
        }
    }

    fn mind_refusal(&self, attempt: &Attempt, now: Moment) {
        let Some(slot) = self.suppliers.get(&attempt.supplier) else { return };
        match attempt.cause {
            Some(Cause::Deposit) => slot.health.refuse(Hold::Deposit, Some(attempt.cost)),
            Some(Cause::Account) => slot.health.refuse(Hold::Account, None),
            Some(Cause::Supplier) if attempt.state == AttemptState::Refused && slot.health.refuse_goods(now) => {
                self.rounds.read_list_of(attempt.supplier.clone());
            }
            _ => return,
        }
        self.rounds.call();
    }
}

fn sums_of(attempt: &Attempt, from: AttemptState, to: AttemptState, now: Moment) -> Sums {
    let mut sums = Sums::default();
    let never_left = to == AttemptState::Refused && attempt.cause == Some(Cause::NotFormed);
    sums.sent = u32::from(from == AttemptState::Reserved && !never_left);
    let price = attempt.artifacts.price.unwrap_or(attempt.cost).minor();
    match to {
        AttemptState::Done => {
            sums.delivered = 1;
            sums.deliver_ms = u64::try_from((now - attempt.reserved_at).num_milliseconds()).unwrap_or(0);
            sums.spent_minor = price;
        }
        AttemptState::Refused if never_left => sums.not_sent = 1,
        AttemptState::Refused if attempt.was_turned_away() => sums.turned_away = 1,
        AttemptState::Refused => sums.refused = 1,
        AttemptState::Failed => sums.failed = 1,
        AttemptState::Unknown => sums.unclear = 1,
        AttemptState::Reversed => {
            sums.reversed = 1;
            sums.spent_minor = -price;
        }
        AttemptState::Reserved | AttemptState::Pending => {}
    }
    sums
}

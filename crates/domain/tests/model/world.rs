//! The small world: what is true outside, what the order says, and what the workers are about to do.

use std::collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher};
use std::fmt::Write;
use std::hash::Hasher;

use chrono::{DateTime, TimeDelta};
use domain::catalogue::{Category, Product};
use domain::fulfilment::{Answer, Attempt, AttemptState, Cause, Item, NewAttempt};
use domain::order::{Applied, NewItem, place};
use domain::payment::{Checkout, PaymentState};
use domain::pricing::{FxRate, LinePrice, MarginRule, Terms};
use domain::refund::{Refund, RefundState};
use domain::schedule::{LATE_LOOK, RECEIPT_HORIZON};
use domain::{
    Actor, Currency, CustomerId, Decision, DedupeKey, Event, ItemNo, Moment, Money, Order, OrderId, Private, Reference,
    Refusal, TaskKind, What, decide,
};
use rust_decimal::Decimal;

use crate::books::Books;

/// Now. The world turns around it: time passing moves every moment of the order into the past.
pub fn now() -> Moment {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

pub const SMALL: TimeDelta = TimeDelta::minutes(11);
pub const MIDDLE: TimeDelta = TimeDelta::minutes(61);
pub const LARGE: TimeDelta = TimeDelta::hours(25);

/// What a supplier really did with one reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// On its way to the supplier, who knows nothing yet.
    Travelling,
    NeverFormed,
    Working,
    Delivered {
        serial: bool,
    },
    Refused(Cause),
    Failed(Cause),
    Reversed,
}

/// One purchase at a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    pub item: u16,
    pub absence: bool,
    pub truth: Truth,
    /// It was called failed or refused, and was delivered after all.
    pub late: bool,
}

/// One transaction a gateway really took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    pub checkout: usize,
    pub transaction: String,
    pub amount: Money,
    /// Its notices may arrive: at any time, in any order, any number of times, or never. `false`: they are lost.
    pub notices: bool,
}

/// What a worker does next. It may die before, and its lease may be over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Commit a reservation.
    Reserve,
    /// Its own commit reserved this: send it, once.
    Send,
    /// Sent; a reply is awaited.
    Await,
    /// Commit what it learned.
    Commit,
}

/// A worker at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub task: TaskKind,
    pub lease_over: bool,
    pub phase: Phase,
    pub attempt: Option<NewAttempt>,
    pub event: Option<What>,
}

impl Job {
    /// A notice about this purchase is told: what was asked of it left before that.
    fn asked_before(&mut self, reference: &Reference) {
        if let Some(What::Answered { reference: of, asked_at, .. }) = &mut self.event
            && of == reference
        {
            *asked_at = now() - TimeDelta::seconds(1);
        }
    }
}

/// What may go wrong in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpentOn {
    Everything,
    /// The customer and the gateway are done, and the only fault is a worker that dies or whose lease runs out.
    Crashes,
    /// They are done, suppliers fail as they like, and the only fault is one that delivers after all.
    LateSuccess,
}

/// Everything at one moment.
#[derive(Clone)]
pub struct World {
    pub order: Order,
    pub books: Books,
    pub keys: BTreeSet<DedupeKey>,
    pub charges: Vec<Charge>,
    pub goods: BTreeMap<Reference, Goods>,
    /// At most two; which of the two does not matter.
    pub jobs: Vec<Job>,
    pub faults: u8,
    /// What the bank took back by force, and what finance paid back.
    pub disputed: i64,
    pub returned: i64,
    /// What faults are spent on.
    pub spent_on: SpentOn,
    /// So many suppliers sell what is wanted.
    pub suppliers: usize,
    /// An operator may have an item tried again. Each such item is looked at a day later: beside all that may happen to another
    /// bought item these are more worlds than a walk can bear.
    pub retries: bool,
    /// Broken on purpose: the request leaves before the reservation is written.
    pub send_first: bool,
}

impl World {
    pub fn placed(items: usize, faults: u8) -> Self {
        let twd = |minor| Money::from_minor(minor, Currency::Twd);
        let idr = |minor| Money::from_minor(minor, Currency::Idr);
        let line = LinePrice {
            cost: idr(1_000_000),
            converted: twd(2_000),
            margin: twd(600),
            discount: twd(0),
            charged: twd(2_600),
            max_cost: idr(1_300_000),
        };
        let terms = Terms {
            fx: FxRate {
                id: "fx".into(),
                source: "manual".into(),
                base: Currency::Idr,
                quote: Currency::Twd,
                rate: Decimal::new(2, 3),
                as_of: now(),
                fetched_at: now(),
            },
            buffer_percent: Decimal::ZERO,
            margin: MarginRule { id: "m".into(), percent: Decimal::ZERO, fixed: twd(600), minimum: twd(0) },
            promo: None,
            discount: twd(0),
            total: twd(2_600 * i64::try_from(items).unwrap()),
            lines: vec![line; items],
        };
        // One is waited for to its receipt, of two each to its code.
        let category = if items == 1 { Category::Airtime } else { Category::Voucher };
        let product = Product { id: "pulsa".parse().unwrap(), category, brand: "T".into(), name: "P".into() };
        let items = vec![NewItem { product, target: Private::new("0812"), bill: None }; items];
        let (id, customer) = (OrderId::new(uuid::Uuid::from_u128(1)), CustomerId::new(uuid::Uuid::from_u128(2)));
        let order = place(id, customer, items, terms, now()).order;
        let mut world = Self {
            order,
            books: Books::default(),
            keys: BTreeSet::new(),
            charges: Vec::new(),
            goods: BTreeMap::new(),
            jobs: Vec::new(),
            faults,
            disputed: 0,
            returned: 0,
            spent_on: SpentOn::Everything,
            suppliers: 2,
            retries: true,
            send_first: false,
        };
        world.forget();
        world
    }

    /// Load, decide, commit, as the store does it: the version is checked, so a worker's snapshot is the newest order or it
    /// is `Stale` and decided again on the newest; what stays old is the event it carries. `Ok(true)`: this very commit
    /// was answered "applied".
    pub fn tell(&mut self, actor: Actor, what: What) -> Result<bool, String> {
        let event = Event { what, actor };
        let applied = match decide(&self.order, &event, now()) {
            Decision::Applied(applied) => *applied,
            Decision::Refused(Refusal::Invariant(rule)) => return Err(format!("{}: {rule}", event.what.name())),
            Decision::AlreadyApplied | Decision::Refused(_) => return Ok(false),
        };
        if applied.change.keys.iter().any(|key| self.keys.contains(key)) {
            return Ok(false);
        }
        self.keys.extend(applied.change.keys.iter().cloned());
        if applied.after.version != self.order.version + 1 {
            return Err(format!("{}: not the next version", event.what.name()));
        }
        if let Some(reference) = self.ends_in_silence(&event.what, &applied) {
            return Err(format!("what a notice claims of {reference} ends in silence"));
        }
        if let What::Nudged { reference, .. } = &event.what {
            self.jobs.iter_mut().for_each(|job| job.asked_before(reference));
        }
        self.order = applied.after;
        self.books.post(&applied.change);
        self.forget();
        Ok(true)
    }

    /// The closed attempt of which a notice says otherwise, nobody told whether it is right, and no person hears of it.
    fn ends_in_silence(&self, what: &What, applied: &Applied) -> Option<Reference> {
        let What::Answered { reference, answer, trust, .. } = what else { return None };
        let tells = match answer {
            Answer::Unclear { .. } | Answer::Pending { .. } => false,
            Answer::NotFound => trust.absence,
            Answer::Delivered { .. } | Answer::Refused { .. } | Answer::Failed { .. } => true,
        };
        let contested = |order: &Order| order.attempt(reference).is_some_and(|a| a.contested && !a.state.is_live());
        let silent = contested(&self.order) && !contested(&applied.after) && !tells && applied.change.alerts.is_empty();
        silent.then(|| reference.clone())
    }

    /// Time passes. Only its coarse steps count: a poll, past every deadline, past every horizon.
    pub fn pass(&mut self, time: TimeDelta) {
        let order = &mut self.order;
        order.created_at -= time;
        order.payments.iter_mut().for_each(|p| p.deadline -= time);
        for attempt in &mut order.attempts {
            attempt.reserved_at -= time;
            attempt.closed_at = attempt.closed_at.map(|at| at - time);
            attempt.not_found_since = attempt.not_found_since.map(|since| since - time);
        }
        for checkout in &mut order.checkouts {
            checkout.opened_at -= time;
            checkout.known_by -= time;
        }
        order.refunds.iter_mut().for_each(|r| r.requested_at -= time);
        order.tasks.iter_mut().for_each(|t| t.run_at -= time);
        self.forget();
    }

    /// Forgets what no rule looks at, and how often exactly somebody asked: the worlds that are left are finitely many.
    fn forget(&mut self) {
        let order = &mut self.order;
        order.version = 1;
        // The price window, and late money's.
        let may_be_paid = order
            .payments
            .iter()
            .any(|p| matches!(p.state, PaymentState::Pending | PaymentState::Expired | PaymentState::Cancelled));
        let windows = [TimeDelta::minutes(60), TimeDelta::hours(24)];
        order.created_at = if may_be_paid { aged(order.created_at, &windows) } else { now() };
        for payment in &mut order.payments {
            let open = payment.state == PaymentState::Pending && payment.deadline > now();
            payment.deadline = if open { now() + MIDDLE } else { now() };
            payment.paid_at = payment.paid_at.map(|_| now());
        }
        // Only a checkout that is still to be looked at has an age.
        let looks = domain::schedule::LAST_LOOKS;
        let awaited = order.payments.iter().any(|p| p.state == PaymentState::Pending);
        let watched = |c: &Checkout| order.tasks.iter().any(|t| t.kind == TaskKind::Confirm(c.reference.clone()));
        for checkout in &mut order.checkouts {
            checkout.opened_at = if watched(checkout) { aged(checkout.opened_at, &looks) } else { now() };
            // And only one that is waited for may still become known.
            let waits = watched(checkout) || awaited;
            checkout.known_by = if waits && checkout.known_by > now() { now() + MIDDLE } else { now() };
            checkout.instructions.iter_mut().for_each(|i| i.payable_until = now());
        }
        order.items.iter_mut().for_each(|i| i.failure = None);
        let late_looks: BTreeSet<Reference> = (order.attempts.iter())
            .filter(|a| {
                order.task(&TaskKind::Recheck(a.reference.clone())).is_some_and(|t| Some(t.run_at) == a.late_look())
            })
            .map(|a| a.reference.clone())
            .collect();
        for attempt in &mut order.attempts {
            let kind = TaskKind::Recheck(attempt.reference.clone());
            let asks_serial = order.items.iter().any(|i| i.live_attempt == Some(attempt.no) && i.serial_pending);
            let asked = attempt.state.is_live() || asks_serial || order.tasks.iter().any(|t| t.kind == kind);
            let [grace, horizon] = [TimeDelta::seconds(95), TimeDelta::hours(24)];
            // Whether "not found" counts already is asked of open attempts only; what a supplier never saw, or turned away for now, may
            // be tried there again after a wait.
            attempt.reserved_at = match (attempt.state.is_live(), attempt.was_turned_away()) {
                (true, _) => aged(attempt.reserved_at, &[grace, horizon]),
                (false, true) => aged(attempt.reserved_at, &domain::schedule::NOT_FORMED_WAITS),
                (false, false) => now(),
            };
            // Only questions count from it, and patience, but here nobody is shut.
            let horizons: &[TimeDelta] = if asks_serial { &[RECEIPT_HORIZON, LATE_LOOK] } else { &[LATE_LOOK] };
            attempt.closed_at = attempt.closed_at.map(|at| if asked { aged(at, horizons) } else { now() });
            attempt.not_found_since = attempt.not_found_since.map(|since| aged(since, &[TimeDelta::minutes(10)]));
            attempt.not_found = attempt.not_found.min(3);
            // Of what is closed it counts only for what gave no goods, and is asked about.
            let lacks = matches!(attempt.state, AttemptState::Refused | AttemptState::Failed);
            if !(attempt.state.is_live() || asked && lacks) {
                (attempt.not_found, attempt.not_found_since) = (0, None);
            }
            // Answers look at it.
            attempt.contested &= asked;
            if !attempt.state.is_live() {
                let refused = attempt.state == AttemptState::Refused;
                attempt.cause = attempt.cause.filter(|cause| match cause {
                    Cause::NotFormed | Cause::Deposit | Cause::Account | Cause::Busy | Cause::Closed | Cause::Price => {
                        refused
                    }
                    Cause::Concluded => true,
                    Cause::Supplier | Cause::Us | Cause::Customer | Cause::Repeat => false,
                });
            }
            attempt.polls = 0;
            attempt.word = None;
        }
        let (look, hold) =
            (domain::schedule::refund_last_look(domain::schedule::REFUND_SETTLE), domain::schedule::REFUND_HOLD);
        for refund in &mut order.refunds {
            let waits = refund.item.is_some() && refund.state == RefundState::Requested;
            refund.requested_at = if waits { aged(refund.requested_at, &[look, hold]) } else { now() };
        }
        // A task is due or it is not yet; what only reminds people is never the next thing to do.
        for task in &mut order.tasks {
            let reminds = match task.kind {
                TaskKind::Review => true,
                TaskKind::Refund(no) => order.refunds.iter().any(|r| r.no == no && r.state != RefundState::Requested),
                TaskKind::Payment(_) | TaskKind::Confirm(_) | TaskKind::Item(_) | TaskKind::Recheck(_) => false,
            };
            // The late look keeps its distance from its conclusion: nobody waits for it.
            let look = match &task.kind {
                TaskKind::Recheck(reference) if late_looks.contains(reference) => {
                    order.attempts.iter().find(|a| a.reference == *reference).and_then(Attempt::late_look)
                }
                _ => None,
            };
            task.run_at = match look {
                Some(look) => look.max(now()),
                None if reminds || task.run_at > now() => now() + SMALL,
                None => now(),
            };
        }
    }

    pub fn is_due(&self, kind: &TaskKind) -> bool {
        self.order.task(kind).is_some_and(|t| t.run_at <= now())
    }

    pub fn is_leased(&self, kind: &TaskKind) -> bool {
        self.jobs.iter().any(|j| j.task == *kind && !j.lease_over)
    }

    pub fn is_booked(&self, charge: &Charge) -> bool {
        let checkout = &self.order.checkouts[charge.checkout];
        self.keys.contains(&DedupeKey::money(&checkout.gateway, &checkout.account, &charge.transaction))
    }

    /// What makes two worlds the same world. Which of two items is called the first, and what was bought or refunded first,
    /// makes no difference: what is told of each item is told without its number, and sorted.
    pub fn fingerprint(&self) -> u64 {
        let mut text = String::with_capacity(600);
        let o = &self.order;
        let minutes = |m: Moment| (m - now()).num_minutes();
        for p in &o.payments {
            let _ =
                write!(text, "p{}{:?}{}{}{:?};", p.state, p.review, minutes(p.deadline), p.received.minor(), p.paid_by);
        }
        let _ = write!(text, "{};", minutes(o.created_at));
        for c in &o.checkouts {
            let (known_by, issued) = (minutes(c.known_by), c.instructions.is_some());
            let _ = write!(text, "c{}{:?}{}{known_by}{issued};", c.state, c.transaction, minutes(c.opened_at));
        }
        for c in &self.charges {
            let _ =
                write!(text, "${}{}{}{}{};", c.checkout, c.transaction, c.amount.minor(), c.notices, self.is_booked(c));
        }
        let mut rows: Vec<String> = Vec::new();
        for t in &o.tasks {
            if matches!(t.kind, TaskKind::Payment(_) | TaskKind::Confirm(_) | TaskKind::Review) {
                rows.push(format!("t{}{};", t.kind, minutes(t.run_at)));
            }
        }
        for r in o.refunds.iter().filter(|r| r.item.is_none()) {
            rows.push(self.refund_text(r));
        }
        for j in self.jobs.iter().filter(|j| self.item_of(&j.task).is_none()) {
            rows.push(format!("{j:?}"));
        }
        rows.sort_unstable();
        let mut items: Vec<String> = o.items.iter().map(|i| self.item_text(i)).collect();
        items.sort_unstable();
        rows.iter().chain(&items).for_each(|row| text.push_str(row));
        let _ = write!(text, "{}{}{}{}", self.faults, self.disputed, self.returned, self.keys.len());
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        hasher.finish()
    }

    fn refund_text(&self, r: &Refund) -> String {
        let due = self.order.task(&TaskKind::Refund(r.no)).map(|t| t.run_at - now());
        let age = (r.requested_at - now()).num_minutes();
        format!("r{}{}{}{due:?}{age};", r.state, r.reason, r.amount.minor())
    }

    /// The item a supplier's task is about.
    fn item_of(&self, kind: &TaskKind) -> Option<ItemNo> {
        match kind {
            TaskKind::Item(no) => Some(*no),
            TaskKind::Recheck(reference) => self.order.attempt(reference).map(|a| a.item),
            TaskKind::Payment(_) | TaskKind::Confirm(_) | TaskKind::Refund(_) | TaskKind::Review => None,
        }
    }

    /// Everything about one item, without its number; its references are told by their last letter.
    fn item_text(&self, item: &Item) -> String {
        let o = &self.order;
        let last = |r: &Reference| r.as_str().chars().last();
        let live = o.live_attempt(item).and_then(|a| last(&a.reference));
        let mut rows = Vec::new();
        for a in o.attempts.iter().filter(|a| a.item == item.no) {
            let mut row = format!("a{:?}{}{}{:?}", last(&a.reference), a.supplier, a.state, a.cause);
            let (age, since) =
                ((a.reserved_at - now()).num_minutes(), a.not_found_since.map(|s| (s - now()).num_minutes()));
            let closed = a.closed_at.map(|at| (at - now()).num_minutes());
            let (serial, price) = (a.artifacts.serial.is_some(), a.artifacts.price.is_some());
            let recheck = o.task(&TaskKind::Recheck(a.reference.clone())).map(|t| t.run_at <= now());
            let _ = write!(row, "{age}{closed:?}{}{since:?}{}{serial}{price}{recheck:?};", a.not_found, a.contested);
            rows.push(row);
        }
        for (reference, g) in self.goods.iter().filter(|(_, g)| g.item == item.no.0) {
            rows.push(format!("g{:?}{:?}{};", last(reference), g.truth, g.late));
        }
        for r in o.refunds.iter().filter(|r| r.item == Some(item.no)) {
            rows.push(self.refund_text(r));
        }
        for j in self.jobs.iter().filter(|j| self.item_of(&j.task) == Some(item.no)) {
            let told = format!("{j:?}").replace(&"Q".repeat(19), &"P".repeat(19));
            rows.push(told.replace("ItemNo(1)", "ItemNo(0)"));
        }
        rows.sort_unstable();
        let due = o.task(&TaskKind::Item(item.no)).map(|t| t.run_at <= now());
        let (state, charged) = (item.state, item.charged.minor());
        format!("i{state}{live:?}{}{charged}{due:?}{};", item.serial_pending, rows.concat())
    }
}

/// The age of a moment, as far as a threshold can see it.
fn aged(moment: Moment, thresholds: &[TimeDelta]) -> Moment {
    let age = now() - moment;
    thresholds.iter().rev().find(|limit| age >= **limit).map_or(now(), |limit| now() - *limit - TimeDelta::seconds(1))
}

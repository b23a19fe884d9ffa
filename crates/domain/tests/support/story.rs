//! One order, told event by event. Whatever is told, the store in miniature and the books are checked.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use domain::catalogue::{Category, Product};
use domain::fulfilment::{Answer, Cause, NewAttempt, StatusTrust};
use domain::order::{Claim, ItemResolution, NewItem, PaymentResolution, place};
use domain::payment::{Evidence, NewCheckout, PaidReport};
use domain::pricing::{FxRate, MarginRule, PriceBook, Promo, price};
use domain::{
    Actor, Bill, BillLine, ChangeSet, Currency, CustomerId, Decision, DedupeKey, Event, HistoryRow, Instructions,
    ItemNo, Moment, Money, Order, OrderId, PayCode, PaymentNo, Private, Reference, RefundNo, Refusal, TaskKind, What,
    decide,
};

use crate::books::Books;
use crate::store::apply;

pub const TRUST: StatusTrust = StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::seconds(30) };
/// 10,250 rupiah: airtime for ten thousand. One costs the customer 26 TWD, two cost 51, three 77.
pub const PULSA: i64 = 10_250;
/// Two million rupiah: above the limit of one person's word.
pub const DEAR: i64 = 2_000_000;

pub fn twd(units: i64) -> Money {
    Money::from_units(units, Currency::Twd).unwrap()
}

pub fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

pub fn start() -> Moment {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

pub fn reference(kind: char, n: usize) -> Reference {
    let last = char::from(b'A' + u8::try_from(n % 26).unwrap());
    format!("{}{last}", kind.to_string().repeat(19)).parse().unwrap()
}

/// How the store answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Applied(Box<ChangeSet>),
    AlreadyApplied,
    /// The key was taken before: also "already applied".
    Duplicate,
    Refused(Refusal),
}

pub struct Story {
    pub order: Order,
    pub now: Moment,
    pub books: Books,
    pub history: Vec<HistoryRow>,
    alerts: Vec<String>,
    keys: BTreeSet<DedupeKey>,
}

impl Story {
    pub fn placed(costs: &[i64]) -> Self {
        Self::placed_with(costs, None)
    }

    /// With `off` minor units of a promo.
    pub fn placed_with(costs: &[i64], off: Option<i64>) -> Self {
        let product = Product {
            id: "pulsa-10000".parse().unwrap(),
            category: Category::Airtime,
            brand: "Telkomsel".into(),
            name: "Pulsa 10.000".into(),
        };
        let item = NewItem { product, target: Private::new("081234567890"), bill: None };
        Self::placed_of(&item, costs, off)
    }

    /// An order of one bill, seen to be 300,000 with a fee of 2,500; it costs us 301,900.
    pub fn placed_bill() -> Self {
        Self::placed_bill_with(None)
    }

    /// A promo pays it whole, so it is paid at once.
    pub fn bought_free_bill() -> Self {
        Self::placed_bill_with(Some(1_000_000))
    }

    fn placed_bill_with(off: Option<i64>) -> Self {
        let product = Product {
            id: "pln-bill".parse().unwrap(),
            category: Category::PlnBill,
            brand: "PLN".into(),
            name: "Tagihan PLN".into(),
        };
        let line = BillLine { period: "202610".into(), amount: idr(300_000), penalty: idr(0) };
        let bill = Bill {
            holder: Private::new("BUDI"),
            lines: vec![line],
            debt: idr(300_000),
            admin: idr(2_500),
            count: 1,
            remaining: Some(0),
            months: None,
        };
        let item = NewItem { product, target: Private::new("530000000001"), bill: Some(Box::new(bill)) };
        Self::placed_of(&item, &[301_900], off)
    }

    fn placed_of(item: &NewItem, costs: &[i64], off: Option<i64>) -> Self {
        let now = start();
        let book = PriceBook {
            fx: FxRate {
                id: "fx-1".into(),
                source: "manual".into(),
                base: Currency::Idr,
                quote: Currency::Twd,
                rate: rust_decimal::Decimal::new(196, 5),
                as_of: now,
                fetched_at: now,
            },
            buffer_percent: rust_decimal::Decimal::new(20, 1),
            margin: MarginRule {
                id: "m-1".into(),
                percent: rust_decimal::Decimal::new(3, 0),
                fixed: Money::zero(Currency::Twd),
                minimum: twd(5),
            },
            charge_unit: 100,
            max_rate_age: TimeDelta::days(3),
        };
        let promo = off.map(|minor| Promo { code: "HEMAT".into(), discount: Money::from_minor(minor, Currency::Twd) });
        let costs: Vec<Money> = costs.iter().map(|units| idr(*units)).collect();
        let terms = price(&costs, &book, promo, now).unwrap();
        let items = costs.iter().map(|_| item.clone());
        let (id, customer) = (OrderId::new(uuid::Uuid::from_u128(1)), CustomerId::new(uuid::Uuid::from_u128(2)));
        let new = place(id, customer, items.collect(), terms, now);
        assert_eq!((new.order.version, new.history.version, new.status), (1, 1, new.order.status()));
        Self {
            order: new.order,
            now,
            books: Books::default(),
            history: vec![new.history],
            alerts: Vec::new(),
            keys: BTreeSet::new(),
        }
    }

    /// A paid order of one bill.
    pub fn bought_bill() -> Self {
        Self::placed_bill().then_paid()
    }

    /// A paid order of one electricity token.
    pub fn bought_token() -> Self {
        Self::bought_one(Category::PlnToken, "PLN", "12345678901")
    }

    /// A paid order of one game's credit.
    pub fn bought_game() -> Self {
        Self::bought_one(Category::Game, "Steam", "156378300")
    }

    fn bought_one(category: Category, brand: &str, target: &str) -> Self {
        let (id, name) = ("goods-1".parse().unwrap(), format!("{brand} 1"));
        let product = Product { id, category, brand: brand.into(), name };
        let item = NewItem { product, target: Private::new(target), bill: None };
        Self::placed_of(&item, &[PULSA], None).then_paid()
    }

    /// A paid order of items of these costs.
    pub fn bought(costs: &[i64]) -> Self {
        Self::placed(costs).then_paid()
    }

    fn then_paid(self) -> Self {
        let mut story = self;
        let checkout = story.open();
        story.pay(&checkout, "T1");
        story
    }

    pub fn tell_as(&mut self, actor: Actor, what: What) -> Told {
        let change = match decide(&self.order, &Event { what, actor }, self.now) {
            Decision::AlreadyApplied => return Told::AlreadyApplied,
            Decision::Refused(refusal) => {
                assert!(!matches!(refusal, Refusal::Invariant(_)), "{refusal} in {:#?}", self.order);
                return Told::Refused(refusal);
            }
            Decision::Applied(applied) => {
                assert_eq!(apply(&self.order, &applied.change), applied.after, "the change is not the whole change");
                applied.change
            }
        };
        assert_eq!(change.decided_on, self.order.version);
        if change.keys.iter().any(|key| self.keys.contains(key)) {
            return Told::Duplicate;
        }
        self.keys.extend(change.keys.iter().cloned());
        self.order = apply(&self.order, &change);
        assert_eq!((change.history.version, change.status), (self.order.version, self.order.status()));
        self.history.push(change.history.clone());
        self.alerts.extend(change.alerts.iter().map(|a| a.kind.to_string()));
        self.books.post(&change);
        self.books.check(&self.order).unwrap_or_else(|broken| panic!("{broken} after {:#?}", change.history));
        Told::Applied(Box::new(change))
    }

    pub fn tell(&mut self, what: What) -> Told {
        self.tell_as(Actor::Engine, what)
    }

    /// Told, and it must be a change.
    pub fn applies(&mut self, what: What) -> ChangeSet {
        self.applies_as(Actor::Engine, what)
    }

    pub fn applies_as(&mut self, actor: Actor, what: What) -> ChangeSet {
        match self.tell_as(actor, what.clone()) {
            Told::Applied(change) => *change,
            other => panic!("{} was {other:?}", what.name()),
        }
    }

    pub fn refused(&mut self, what: What) -> Refusal {
        match self.tell(what.clone()) {
            Told::Refused(refusal) => refusal,
            other => panic!("{} was {other:?}", what.name()),
        }
    }

    /// Told again, and nothing may change.
    pub fn is_known(&mut self, what: What) {
        let before = self.order.clone();
        let told = self.tell(what);
        assert!(matches!(told, Told::AlreadyApplied | Told::Duplicate), "{told:?}");
        assert_eq!(self.order, before);
    }

    /// A person's report that was made before: refused, by the decision or by its key.
    pub fn is_not_booked_again(&mut self, what: What) {
        let before = self.order.clone();
        let told = self.tell(what);
        assert!(matches!(told, Told::Refused(Refusal::NotNow(_)) | Told::Duplicate), "{told:?}");
        assert_eq!(self.order, before);
    }

    pub fn wait(&mut self, time: TimeDelta) {
        assert!(time >= TimeDelta::zero(), "time does not run backwards");
        self.now += time;
    }

    pub fn minutes(&mut self, n: i64) {
        self.wait(TimeDelta::minutes(n));
    }

    // What happens.

    pub fn new_checkout(&self, n: usize) -> NewCheckout {
        NewCheckout {
            payment: PaymentNo(0),
            reference: reference('C', n),
            gateway: "ecpay".parse().unwrap(),
            account: "3002607".parse().unwrap(),
            method: "credit".into(),
            code_life: None,
            lag: TimeDelta::minutes(10),
        }
    }

    /// A checkout that is paid into an account within a day of its page's closing; the bank may take a day to say so.
    pub fn open_for_code(&mut self) -> Reference {
        let n = self.order.checkouts.len();
        let day = TimeDelta::days(1);
        let new = NewCheckout { method: "atm".into(), code_life: Some(day), lag: day, ..self.new_checkout(n) };
        let reference = new.reference.clone();
        self.applies(What::CheckoutOpened(new));
        reference
    }

    /// The gateway issues an account for a checkout, payable so long from now.
    pub fn issued(&self, reference: &Reference, payable: TimeDelta) -> What {
        let account = Private::new(format!("91035{:011}", 7 + self.order.checkouts.len()));
        let code = PayCode::VirtualAccount { bank: "013".into(), account };
        let instructions = Instructions { code, payable_until: self.now + payable };
        What::Instructions { reference: reference.clone(), instructions, lag: TimeDelta::days(1) }
    }

    pub fn open(&mut self) -> Reference {
        let new = self.new_checkout(self.order.checkouts.len());
        let reference = new.reference.clone();
        self.applies(What::CheckoutOpened(new));
        reference
    }

    pub fn report(&self, reference: &Reference, transaction: &str, evidence: Evidence) -> PaidReport {
        PaidReport {
            gateway: "ecpay".parse().unwrap(),
            account: "3002607".parse().unwrap(),
            reference: reference.clone(),
            transaction: transaction.into(),
            amount: self.order.payments[0].amount,
            fee: None,
            simulated: false,
            evidence,
        }
    }

    pub fn paid(&self, reference: &Reference, transaction: &str) -> What {
        What::Paid(self.report(reference, transaction, Evidence::Notice))
    }

    pub fn pay(&mut self, reference: &Reference, transaction: &str) -> ChangeSet {
        let what = self.paid(reference, transaction);
        self.applies(what)
    }

    pub fn pay_amount(&mut self, reference: &Reference, transaction: &str, amount: Money) -> ChangeSet {
        let report = PaidReport { amount, ..self.report(reference, transaction, Evidence::Notice) };
        self.applies(What::Paid(report))
    }

    pub fn asked(&self, retry_after: Option<TimeDelta>) -> What {
        let unpaid = self.order.checkouts.iter().map(|c| c.reference.clone()).collect();
        What::GatewayAsked { payment: PaymentNo(0), unpaid, retry_after }
    }

    pub fn new_attempt(&self, item: u16, supplier: &str) -> NewAttempt {
        NewAttempt {
            item: ItemNo(item),
            supplier: supplier.parse().unwrap(),
            account: "seberang".parse().unwrap(),
            reference: reference('P', self.order.attempts.len()),
            code: "htelkomsel10000".into(),
            cost: self.order.item(ItemNo(item)).unwrap().cost,
            reason: "the only one".into(),
            settle: domain::schedule::REFUND_SETTLE,
        }
    }

    pub fn reserve(&mut self, item: u16, supplier: &str) -> Reference {
        let new = self.new_attempt(item, supplier);
        let reference = new.reference.clone();
        self.applies(What::AttemptReserved(new));
        reference
    }

    pub fn answer(&mut self, reference: &Reference, answer: Answer) -> ChangeSet {
        self.applies(answered(reference, answer))
    }

    pub fn deliver(&mut self, item: u16, supplier: &str) -> Reference {
        let reference = self.reserve(item, supplier);
        self.answer(&reference, delivered());
        reference
    }

    /// What comes of this task, when it is due. Refunds that are due before it are not forgotten meanwhile.
    pub fn works_next(&mut self, what: What, kind: &TaskKind) -> ChangeSet {
        let until = self.order.task(kind).unwrap_or_else(|| panic!("no task {kind}")).run_at;
        let earlier = |s: &Self| {
            let due = s.order.tasks.iter().filter(|t| t.run_at < until);
            due.filter_map(|t| match t.kind {
                TaskKind::Refund(no) => Some((t.run_at, no)),
                _ => None,
            })
            .min()
        };
        while let Some((run_at, refund)) = earlier(self) {
            self.now = self.now.max(run_at);
            self.applies(What::RefundDue { refund });
        }
        self.now = self.now.max(until);
        self.applies(what)
    }

    /// It is asked whatever it is asked about until no notice contests it, and says this each time.
    pub fn answer_contest(&mut self, reference: &Reference, answer: &Answer) {
        while self.order.attempt(reference).unwrap().contested {
            self.wait(self.due_in(&TaskKind::Recheck(reference.clone())));
            self.answer(reference, answer.clone());
        }
    }

    pub fn deliver_without_serial(&mut self, supplier: &str) -> Reference {
        let reference = self.reserve(0, supplier);
        self.answer(&reference, without_serial());
        reference
    }

    /// Bought and finally refused by fault of the customer's number.
    pub fn fail(&mut self, item: u16, supplier: &str) -> Reference {
        let reference = self.reserve(item, supplier);
        self.answer(&reference, failed(Cause::Customer));
        reference
    }

    pub fn resolve_item(&mut self, item: u16, resolution: ItemResolution) -> ChangeSet {
        let evidence = "the supplier's chat of Monday".to_owned();
        self.applies_as(operator("rina"), What::ItemResolved { item: ItemNo(item), resolution, evidence })
    }

    /// The suppliers of what failed are asked a last time, and know nothing new.
    pub fn last_words(&mut self) {
        let again = |r: &Reference| {
            let attempt = self.order.attempt(r).filter(|a| !a.state.is_live())?;
            Some(match attempt.cause {
                Some(Cause::Concluded) | None => Answer::NotFound,
                Some(cause) => failed(cause),
            })
        };
        let asked: Vec<(Reference, Moment, Answer)> = self
            .order
            .tasks
            .iter()
            .filter_map(|t| match &t.kind {
                TaskKind::Recheck(r) => Some((r.clone(), t.run_at, again(r)?)),
                _ => None,
            })
            .collect();
        for (reference, run_at, answer) in asked {
            self.now = self.now.max(run_at);
            self.answer(&reference, answer);
        }
    }

    pub fn refund_back(&mut self, refund: u16) {
        self.last_words();
        self.applies(due(refund));
        self.applies_as(operator("rina"), confirmed(refund));
    }

    // What is.

    /// The payment, the items and the refunds, in words.
    pub fn is(&self, payment: &str, items: &str, refunds: &str) {
        let join = |words: Vec<&str>| words.join(" ");
        let is = (
            self.order.payments[0].state.as_str(),
            join(self.order.items.iter().map(|i| i.state.as_str()).collect()),
            join(self.order.refunds.iter().map(|r| r.state.as_str()).collect()),
        );
        assert_eq!(is, (payment, items.to_owned(), refunds.to_owned()));
    }

    pub fn attempts_of(&self, reference: &Reference, word: &str) {
        assert_eq!(self.order.attempt(reference).unwrap().state.as_str(), word);
    }

    pub fn attempts(&self, words: &str) {
        let is: Vec<&str> = self.order.attempts.iter().map(|a| a.state.as_str()).collect();
        assert_eq!(is.join(" "), words);
    }

    /// All live tasks by kind and number, sorted: `item:0 payment:0`. References are left out.
    pub fn has_tasks(&self, keys: &str) {
        let mut is: Vec<String> = self.order.tasks.iter().map(|t| short(&t.kind)).collect();
        is.sort();
        assert_eq!(is.join(" "), keys);
    }

    /// When a task is due, from now.
    pub fn due_in(&self, kind: &TaskKind) -> TimeDelta {
        self.order.task(kind).unwrap_or_else(|| panic!("no task {kind}")).run_at - self.now
    }

    /// Every account that is not at zero.
    pub fn books_say(&self, lines: &[&str]) {
        let is: Vec<String> =
            self.books.0.iter().map(|((a, c), n)| format!("{a} {}", Money::from_minor(*n, *c))).collect();
        assert_eq!(is, lines);
    }

    /// The alerts since last asked.
    pub fn alerted(&mut self, kinds: &str) {
        assert_eq!(std::mem::take(&mut self.alerts).join(" "), kinds);
    }

    /// The causes of all versions: one row each, without gaps.
    pub fn history_is(&self, causes: &str) {
        let versions: Vec<i32> = self.history.iter().map(|row| row.version).collect();
        assert_eq!(versions, (1..=self.order.version).collect::<Vec<_>>());
        assert_eq!(self.history.iter().map(|row| row.cause).collect::<Vec<_>>().join(" "), causes);
    }
}

fn short(kind: &TaskKind) -> String {
    match kind {
        TaskKind::Confirm(_) => "confirm".to_owned(),
        TaskKind::Recheck(_) => "recheck".to_owned(),
        TaskKind::Payment(_) | TaskKind::Item(_) | TaskKind::Refund(_) | TaskKind::Review => kind.to_string(),
    }
}

pub fn operator(name: &str) -> Actor {
    Actor::Operator(name.into())
}

/// Nothing was called for after this question left.
pub fn asked_last() -> Moment {
    Moment::MAX_UTC
}

pub fn answered(reference: &Reference, answer: Answer) -> What {
    What::Answered { reference: reference.clone(), answer, trust: TRUST, asked_at: asked_last() }
}

/// A notice that proves a delivery.
pub fn proved(reference: &Reference, answer: Answer) -> What {
    What::Proved { reference: reference.clone(), answer, trust: TRUST }
}

/// A notice that proves nothing.
pub fn nudged(reference: &Reference, claim: Claim) -> What {
    What::Nudged { reference: reference.clone(), claim, vouched: false }
}

/// The reserving process is gone.
pub fn lost(reference: &Reference) -> What {
    What::SenderLost { reference: reference.clone() }
}

pub fn delivered() -> Answer {
    Answer::Delivered { serial: Some(Private::new("SN-0001")), price: Some(idr(PULSA)), supplier_ref: None }
}

pub fn delivered_at(price: i64) -> Answer {
    Answer::Delivered { serial: Some(Private::new("SN-0001")), price: Some(idr(price)), supplier_ref: None }
}

pub fn without_serial() -> Answer {
    Answer::Delivered { serial: None, price: None, supplier_ref: Some("77".into()) }
}

pub fn pending() -> Answer {
    Answer::Pending { supplier_ref: Some("77".into()), price: None }
}

pub fn refused(cause: Cause) -> Answer {
    Answer::Refused { cause, code: "206".into() }
}

pub fn failed(cause: Cause) -> Answer {
    Answer::Failed { cause, code: "14".into() }
}

pub fn unclear() -> Answer {
    Answer::Unclear { why: "timeout".into() }
}

pub fn due(refund: u16) -> What {
    What::RefundDue { refund: RefundNo(refund) }
}

pub fn confirmed(refund: u16) -> What {
    What::RefundConfirmed { refund: RefundNo(refund), evidence: "bank slip 881".into() }
}

pub fn rejected(refund: u16) -> What {
    What::RefundRejected { refund: RefundNo(refund), why: "account closed".into() }
}

pub fn resolved(resolution: PaymentResolution) -> What {
    What::PaymentResolved { payment: PaymentNo(0), resolution, evidence: "the bank's letter".into() }
}

pub fn charged_back(reference: &Reference, amount: Money) -> What {
    disputed(reference, amount, "case-1")
}

pub fn disputed(reference: &Reference, amount: Money, case: &str) -> What {
    What::ChargedBack { reference: reference.clone(), amount, case: case.into(), evidence: "the console".into() }
}

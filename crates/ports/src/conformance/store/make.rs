//! Orders, events and commits for the suite and for adapters' own tests, made by the domain's own doors.

use std::time::SystemTime;

use chrono::{DateTime, SubsecRound, TimeDelta};
use domain::catalogue::{Category, Product};
use domain::fulfilment::{Answer, Cause, NewAttempt, StatusTrust};
use domain::order::{Applied, NewItem, place};
use domain::payment::{Evidence, NewCheckout, PaidReport};
use domain::pricing::{FxRate, MarginRule, PriceBook, Promo, price};
use domain::{
    Actor, Bill, BillLine, ChangeSet, Currency, CustomerId, Decision, Event, Instructions, ItemNo, Moment, Money,
    Order, OrderId, PayCode, PaymentNo, Private, Reference, What, decide,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::line;
use crate::store::{Commit, Create, StaffAct, StoredAnswer};

/// The machine's time, as a database can hold it: microseconds.
#[expect(clippy::disallowed_methods, reason = "a suite is where time and chance come from")]
pub fn now() -> Moment {
    DateTime::from(SystemTime::now()).trunc_subsecs(6)
}

/// An id that nobody else has: the database may hold the cases that ran before.
#[expect(clippy::disallowed_methods, reason = "a suite is where time and chance come from")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// The moment so many seconds after another one; before it when they are negative.
pub fn later(moment: Moment, seconds: i64) -> Moment {
    moment + TimeDelta::seconds(seconds)
}

/// A customer nobody else is.
pub fn customer() -> CustomerId {
    CustomerId::new(fresh())
}

/// What a member of staff does now.
pub fn act(act: &str) -> StaffAct {
    let (actor, subject) = ("ops".to_owned(), "something".to_owned());
    StaffAct { id: fresh(), at: now(), actor, act: act.to_owned(), subject, detail: String::new() }
}

/// A promo with a code nobody else has, of so many units of TWD.
pub fn promo(units: i64) -> Result<Promo, String> {
    let discount = Money::from_units(units, Currency::Twd).map_err(line)?;
    Ok(Promo { code: format!("P{}", fresh().simple()), discount })
}

/// The `n`th phone number.
pub fn target(n: usize) -> Private {
    Private::new(format!("08123456{n:04}"))
}

/// The `n`th product.
pub fn product(n: usize) -> Result<Product, String> {
    let id = format!("pulsa-telkomsel-{n}").parse().map_err(line)?;
    Ok(Product { id, category: Category::Airtime, brand: "Telkomsel".into(), name: format!("Pulsa {n}") })
}

/// A price book with decimals that binary fractions cannot hold.
pub(super) fn book(now: Moment) -> PriceBook {
    let zero = Money::zero(Currency::Twd);
    PriceBook {
        fx: FxRate {
            id: "fx-1".into(),
            source: "manual".into(),
            base: Currency::Idr,
            quote: Currency::Twd,
            rate: Decimal::new(200_000_001, 11),
            as_of: now,
            fetched_at: now,
        },
        buffer_percent: Decimal::new(15, 1),
        margin: MarginRule { id: "m-1".into(), percent: Decimal::new(333, 2), fixed: zero, minimum: zero },
        charge_unit: 100,
        max_rate_age: TimeDelta::hours(1),
    }
}

/// A new order of some items, with the answer to the request that made it.
pub fn create(items: usize, customer: CustomerId, promo: Option<Promo>) -> Result<Create, String> {
    let now = now();
    let costs =
        (0..items).map(|n| Money::from_units(10_000 + i64::try_from(n).map_err(line)?, Currency::Idr).map_err(line));
    let terms = price(&costs.collect::<Result<Vec<_>, _>>()?, &book(now), promo, now).map_err(line)?;
    let items = (0..items).map(|n| Ok(NewItem { product: product(n)?, target: target(n), bill: None }));
    let id = OrderId::new(fresh());
    let new = place(id, customer, items.collect::<Result<_, String>>()?, terms, now);
    Ok(Create { answer: answer(id, &fresh().to_string()), new, unless_since: None })
}

/// A bill of a number nobody else has, as the supplier told it.
pub fn bill_item() -> Result<NewItem, String> {
    let idr = |units| Money::from_units(units, Currency::Idr).map_err(line);
    let lines = vec![
        BillLine { period: "202609".into(), amount: idr(150_000)?, penalty: idr(3_000)? },
        BillLine { period: "202610".into(), amount: idr(147_000)?, penalty: idr(0)? },
    ];
    let bill = Bill {
        holder: Private::new("BUDI SANTOSO"),
        lines,
        debt: idr(300_000)?,
        admin: idr(2_500)?,
        count: 2,
        remaining: Some(1),
        months: Some(2),
    };
    let id = "pln-bill".parse().map_err(line)?;
    let product = Product { id, category: Category::PlnBill, brand: "PLN".into(), name: "Tagihan PLN".into() };
    let target = Private::new(format!("{:012}", fresh().as_u128() % 1_000_000_000_000));
    Ok(NewItem { product, target, bill: Some(Box::new(bill)) })
}

/// A new order of this item alone, for 301,900 rupiah.
pub fn create_of(item: NewItem, customer: CustomerId) -> Result<Create, String> {
    let now = now();
    let cost = Money::from_units(301_900, Currency::Idr).map_err(line)?;
    let terms = price(&[cost], &book(now), None, now).map_err(line)?;
    let id = OrderId::new(fresh());
    let new = place(id, customer, vec![item], terms, now);
    Ok(Create { answer: answer(id, &fresh().to_string()), new, unless_since: None })
}

/// What the request with this key was answered; it names the target, as real ones do.
pub fn answer(order: OrderId, key: &str) -> StoredAnswer {
    StoredAnswer {
        scope: "customer-1 POST /v1/orders".into(),
        key: key.to_owned(),
        request_hash: [7; 32],
        order,
        status: 201,
        body: format!("{{\"id\":\"{order}\",\"target\":\"081234560000\"}}"),
        at: now(),
    }
}

/// A commit of this change alone.
pub fn commit(change: ChangeSet) -> Commit {
    Commit { change, leases: Vec::new(), takes: Vec::new(), exchanges: Vec::new(), notice: None, answer: None }
}

/// A reference nobody else has.
pub fn mint(now: Moment) -> Reference {
    let (_, chance) = fresh().as_u64_pair();
    Reference::mint(now, chance.to_be_bytes())
}

/// Decides, and insists that something changes.
pub fn apply(order: &Order, what: What, now: Moment) -> Result<Applied, String> {
    match decide(order, &Event { what, actor: Actor::Engine }, now) {
        Decision::Applied(applied) => Ok(*applied),
        other => Err(format!("the case expected a change, got {other:?}")),
    }
}

/// A change of nothing but the version and the history, for races.
pub fn touch(order: OrderId, version: i32, key: Option<domain::DedupeKey>) -> Commit {
    let history = domain::HistoryRow {
        version: version.saturating_add(1),
        at: now(),
        actor: "engine".into(),
        cause: "touched",
        changes: Vec::new(),
        note: String::new(),
    };
    commit(ChangeSet {
        order,
        decided_on: version,
        keys: key.into_iter().collect(),
        status: domain::OrderStatus::Pending,
        frees_bills: false,
        promo: None,
        payments: Vec::new(),
        checkouts: Vec::new(),
        items: Vec::new(),
        attempts: Vec::new(),
        refunds: Vec::new(),
        tasks: Vec::new(),
        history,
        postings: Vec::new(),
        alerts: Vec::new(),
    })
}

/// The customer opens a page of the gateway.
pub fn open_checkout(reference: &Reference) -> Result<What, String> {
    Ok(What::CheckoutOpened(NewCheckout {
        payment: PaymentNo(0),
        reference: reference.clone(),
        gateway: "ecpay".parse().map_err(line)?,
        account: "3002607".parse().map_err(line)?,
        method: "credit".into(),
        code_life: None,
        lag: TimeDelta::minutes(10),
    }))
}

/// The gateway issues an account to pay into.
pub fn issued(reference: &Reference) -> What {
    let code = PayCode::VirtualAccount { bank: "004".into(), account: Private::new("9103522175887271") };
    let instructions = Instructions { code, payable_until: now() + TimeDelta::days(1) };
    What::Instructions { reference: reference.clone(), instructions, lag: TimeDelta::days(1) }
}

/// The gateway says that this page brought all the money.
pub fn paid(order: &Order, reference: &Reference) -> Result<What, String> {
    let amount = order.terms.total;
    Ok(What::Paid(PaidReport {
        gateway: "ecpay".parse().map_err(line)?,
        account: "3002607".parse().map_err(line)?,
        reference: reference.clone(),
        transaction: format!("T{}", fresh().simple()),
        amount,
        fee: Some(Money::from_minor(500, amount.currency())),
        simulated: false,
        evidence: Evidence::Notice,
    }))
}

/// The engine is about to buy an item.
pub fn reserve(order: &Order, item: ItemNo, reference: &Reference) -> Result<What, String> {
    reserve_at("iak", order, item, reference)
}

pub(super) fn reserve_at(supplier: &str, order: &Order, item: ItemNo, reference: &Reference) -> Result<What, String> {
    let cost = order.item(item).map(|item| item.cost).ok_or("no such item")?;
    Ok(What::AttemptReserved(NewAttempt {
        item,
        supplier: supplier.parse().map_err(line)?,
        account: "0812".parse().map_err(line)?,
        reference: reference.clone(),
        code: "htelkomsel10000".into(),
        cost,
        reason: "cheapest".into(),
        settle: domain::schedule::REFUND_SETTLE,
    }))
}

/// The supplier delivered, with a serial.
pub fn delivered(order: &Order, item: ItemNo, reference: &Reference) -> What {
    let price = order.item(item).map(|item| item.cost);
    let serial = Some(Private::new("1234-5678-9012-3456"));
    answered(reference, Answer::Delivered { serial, price, supplier_ref: Some("S-1".into()) })
}

pub(super) fn answered(reference: &Reference, answer: Answer) -> What {
    What::Answered { reference: reference.clone(), answer, trust: trust(), asked_at: now() }
}

/// The supplier refuses the customer's number: no other one is tried, and the money goes back.
pub fn failed(reference: &Reference) -> What {
    answered(reference, Answer::Failed { cause: Cause::Customer, code: "WRONG".into() })
}

/// The bank takes back one unit less than came.
pub fn charged_back(order: &Order, reference: &Reference) -> What {
    let total = order.terms.total;
    let amount = Money::from_minor(total.minor().saturating_sub(1), total.currency());
    What::ChargedBack { reference: reference.clone(), amount, case: "D-1".into(), evidence: "the console".into() }
}

fn trust() -> StatusTrust {
    StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::seconds(30) }
}

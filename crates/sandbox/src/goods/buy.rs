//! Buying and asking, as it is alike at every supplier: a known reference buys nothing, a new one is checked and, if
//! nothing is wrong, bought and pending.

use super::ending::Ending;
use super::offers::Offer;
use super::purchase::{Delivery, Fate, PaidBills, Purchase, PurchaseKey};
use super::{Refusal, Why, bills, fate};
use crate::clock::jakarta;
use crate::faults::{At, Call, FORMING, Kind};
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::suppliers::seller;
use crate::truth::{Event, MAX_RECORDS};

/// Faults without a delay of their own, virtual.
const DEFAULT_PENDING_MS: u64 = 3_600_000;
const DEFAULT_AFTERWARDS_MS: u64 = 600_000;
/// The fault `price_change` adds a twentieth, at least this, whole rupiah.
const LEAST_PRICE_CHANGE: i64 = 100;

/// What is to be bought.
pub struct Order<'a> {
    pub key: &'a PurchaseKey,
    /// The supplier's code, as it was asked for.
    pub product: &'a str,
    pub target: &'a str,
    /// What the code means; nothing, where it means nothing.
    pub offer: Option<&'static Offer>,
    /// Dearer than so many rupiah it is not wanted.
    pub at_most: Option<i64>,
    /// Where it asks to be called back.
    pub callback_url: Option<String>,
    /// What a test number says becomes of it.
    pub ending: Option<Ending>,
}

/// Bills that are to be paid, as an inquiry found them.
pub struct Dues {
    pub periods: Vec<String>,
    /// Whole rupiah out of the deposit, for all of them.
    pub total: i64,
}

impl Order<'_> {
    fn at(&self) -> At<'_> {
        At {
            provider: self.key.supplier,
            call: Call::Topup,
            account: &self.key.account,
            reference: &self.key.reference,
            product: self.product,
        }
    }
}

/// Leaves a purchase in the books: the one that is there, or a new one.
///
/// # Errors
/// Why nothing was bought.
pub fn buy(sandbox: &Sandbox, state: &mut State, order: &Order<'_>, refused: Option<Refusal>) -> Result<(), Refusal> {
    deal(sandbox, state, order, None, refused)
}

/// The same of bills.
///
/// # Errors
/// Why nothing was paid.
pub fn pay(
    sandbox: &Sandbox,
    state: &mut State,
    order: &Order<'_>,
    dues: &Dues,
    refused: Option<Refusal>,
) -> Result<(), Refusal> {
    deal(sandbox, state, order, Some(dues), refused)
}

fn deal(
    sandbox: &Sandbox,
    state: &mut State,
    order: &Order<'_>,
    dues: Option<&Dues>,
    refused: Option<Refusal>,
) -> Result<(), Refusal> {
    let now_ms = sandbox.now_ms();
    if state.books.purchases.contains_key(order.key) {
        sandbox.record(state, Event::Asked { key: order.key.clone() });
        return Ok(());
    }
    let why = match refused.or_else(|| order.ending.and_then(Ending::refusal)) {
        Some(Refusal::Code(code)) => return Err(Refusal::Code(code)),
        Some(Refusal::Why(why)) => why,
        None => match check(state, order, dues, now_ms) {
            Ok(offer) => return form(sandbox, state, order, dues, offer, now_ms).map_err(Refusal::Why),
            Err(why) => why,
        },
    };
    let seller = seller(order.key.supplier).filter(|seller| seller.books(why));
    let offer = order.offer.filter(|_| seller.is_some()).ok_or(Refusal::Why(why))?;
    form(sandbox, state, order, dues, offer, now_ms).map_err(Refusal::Why)?;
    fate::fail(sandbox, state, order.key, Refusal::Why(why));
    Ok(())
}

/// The purchase somebody asks about, unless a fault hides it.
pub fn look(sandbox: &Sandbox, state: &mut State, at: &At<'_>) -> Option<Purchase> {
    let hidden = state.faults.draw(at, &[Kind::NotFound]).has(Kind::NotFound);
    let (account, reference) = (at.account.to_owned(), at.reference.to_owned());
    let key = PurchaseKey { supplier: at.provider, account, reference };
    if state.books.purchases.contains_key(&key) {
        sandbox.record(state, Event::Checked { key: key.clone() });
    }
    state.books.purchases.get(&key).filter(|_| !hidden).cloned()
}

fn check(state: &State, order: &Order<'_>, dues: Option<&Dues>, now_ms: i64) -> Result<&'static Offer, Why> {
    if state.books.purchases.len() >= MAX_RECORDS {
        return Err(Why::Maintenance);
    }
    let settings = state.settings.supplier(order.key.supplier);
    // What is owed is paid, not bought.
    let offer = order.offer.filter(|offer| offer.goods.kind.is_bill() == dues.is_some()).ok_or(Why::UnknownProduct)?;
    if !offer.open {
        return Err(Why::Closed);
    }
    if offer.closed.is_some_and(|hours| hours.include(now_ms)) {
        return Err(Why::CutOff);
    }
    if seller(order.key.supplier).is_none_or(|seller| seller.needs_number(offer.goods)) {
        offer.goods.check_target(order.target, settings.reading)?;
    }
    if settings.once_a_day && bought_today(state, order.key, order.product, order.target, now_ms).is_some() {
        return Err(Why::Repeat);
    }
    let paid = |dues: &Dues| bills::any_paid(&state.books.paid_bills, &of(offer, order, dues));
    if dues.is_some_and(paid) {
        return Err(Why::BillPaid);
    }
    let price = dues.map_or(offer.price, |dues| dues.total);
    if state.books.deposits.left(order.key.supplier, &order.key.account) < price {
        return Err(Why::Deposit);
    }
    Ok(offer)
}

fn of(offer: &Offer, order: &Order<'_>, dues: &Dues) -> PaidBills {
    PaidBills { goods: offer.goods.id(), number: order.target.to_owned(), periods: dues.periods.clone() }
}

/// Same number, same product, same day in Jakarta, not failed. Walks all purchases: only when the account asks for it.
pub fn bought_today<'a>(
    state: &'a State,
    key: &PurchaseKey,
    product: &str,
    target: &str,
    now_ms: i64,
) -> Option<&'a Purchase> {
    let today = jakarta(now_ms, "%Y%m%d");
    state.books.purchases.values().find(|purchase| {
        purchase.key.supplier == key.supplier
            && purchase.key.account == key.account
            && purchase.target == target
            && purchase.product == product
            && purchase.state != Delivery::Failed
            && jakarta(purchase.formed_ms, "%Y%m%d") == today
    })
}

fn form(
    sandbox: &Sandbox,
    state: &mut State,
    order: &Order<'_>,
    dues: Option<&Dues>,
    offer: &Offer,
    now_ms: i64,
) -> Result<(), Why> {
    let drawn = state.faults.draw(&order.at(), FORMING);
    let listed = dues.map_or(offer.price, |dues| dues.total);
    let dearer = drawn.has(Kind::PriceChange) || order.ending == Some(Ending::Dearer);
    let price = listed + if dearer { (listed / 20).max(LEAST_PRICE_CHANGE) } else { 0 };
    if order.at_most.is_some_and(|most| price > most) {
        return Err(Why::Price);
    }
    let extra = drawn.delay_ms(Kind::PendingFor, DEFAULT_PENDING_MS);
    let extra = extra.or_else(|| order.ending.and_then(Ending::after_ms));
    let usual = state.settings.supplier(order.key.supplier).final_delay_ms;
    let wait = extra.or(usual.filter(|_| order.ending != Some(Ending::Forever)));
    let fails = drawn.get(Kind::Fail).or_else(|| drawn.get(Kind::FailThenSuccess));
    let fails = fails.map(|rule| rule.refusal().unwrap_or(Refusal::Why(Why::Failed)));
    let ends_badly = matches!(order.ending, Some(Ending::Then { delivered: false, .. }));
    let fate = Fate {
        fails: fails.or_else(|| ends_badly.then_some(Refusal::Why(Why::Failed))),
        reverse_after_ms: drawn
            .delay_ms(Kind::LateReversal, DEFAULT_AFTERWARDS_MS)
            .or_else(|| order.ending.and_then(Ending::reversed_after_ms)),
        recover_after_ms: drawn.delay_ms(Kind::FailThenSuccess, DEFAULT_AFTERWARDS_MS),
        serial_after_ms: drawn
            .delay_ms(Kind::SerialLate, DEFAULT_AFTERWARDS_MS)
            .or_else(|| order.ending.and_then(Ending::serial_after_ms)),
        serial_short: drawn.has(Kind::SerialShort),
    };
    let purchase = Purchase {
        key: order.key.clone(),
        number: state.books.purchases.len() as u64 + 10_001,
        product: order.product.to_owned(),
        target: order.target.to_owned(),
        callback_url: order.callback_url.clone(),
        price,
        state: Delivery::Pending,
        failed: None,
        serial: None,
        pin: None,
        formed_ms: now_ms,
        due_ms: wait.map(|wait| now_ms.saturating_add(wait)),
        fate,
        settled_ms: None,
        asked: 1,
        checks: 0,
        callback_open: false,
        bills: dues.map(|dues| of(offer, order, dues)),
    };
    if let Some(due_ms) = purchase.due_ms {
        state.schedule.at(due_ms, Job::Settle(purchase.key.clone()));
    }
    sandbox.record(state, Event::Formed { purchase: Box::new(purchase) });
    if drawn.has(Kind::AtOnce) {
        fate::deliver_at_once(sandbox, state, order.key, now_ms);
    }
    Ok(())
}

//! Which offer to try next for an item: pure, cheapest first, and explained.

use crate::Moment;
use crate::catalogue::Offer;
use crate::fulfilment::Item;
use crate::ids::{ItemNo, SupplierId};
use crate::money::Money;
use crate::order::Order;
use crate::schedule::{CLAIM_PATIENCE, CLAIM_SPACING, NOT_FORMED_WAITS, SUPPLY_PATIENCE, SUPPLY_SPACING};
use crate::task::TaskKind;

/// So many of those that were passed over are named in the reason: it is stored with every attempt.
const PASSED_OVER_TOLD: usize = 3;

/// What is known of a supplier at this moment, beside its offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierView {
    pub supplier: SupplierId,
    /// Its place in the settings: of two that cost the same, the earlier one is tried.
    pub rank: u16,
    /// Why nothing is bought there now.
    pub shut: Option<Shut>,
    /// Our deposit there did not suffice for something of this cost: only what costs less is bought.
    pub too_dear: Option<Money>,
    /// When its daily hours without sale last ended, if it has such for this kind of goods.
    pub opened: Option<Moment>,
}

impl SupplierView {
    /// Why nothing of this cost is bought there now. What ends for certain, and what a person said, comes first.
    pub fn shut_for(&self, cost: Money) -> Option<Shut> {
        match self.shut {
            Some(Shut::Broken(_) | Shut::Full) | None if is_too_dear(self.too_dear, cost) => Some(Shut::Held),
            shut => shut,
        }
    }
}

/// Whether our deposit may not suffice, because it did not for this much.
pub fn is_too_dear(refused: Option<Money>, cost: Money) -> bool {
    refused.is_some_and(|refused| refused.currency() != cost.currency() || cost.minor() >= refused.minor())
}

/// Why nothing is bought from a supplier at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// Not its hours for this kind of goods. They end at this moment.
    Closed(Moment),
    /// In trouble lately; not tried before this moment.
    Broken(Moment),
    /// Our deposit there did not suffice, or our account is not accepted; not yet seen to be mended.
    Held,
    /// A person switched it, or these goods there, off and named no end.
    Off,
    /// As many calls are under way there as it takes.
    Full,
    /// This process has no account there. Another one sold its goods, and will buy them.
    Stranger,
}

impl Shut {
    /// For staff, and for the reason that is stored with an attempt.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed(_) => "closed at this hour",
            Self::Broken(_) => "in trouble",
            Self::Held => "our account there is held",
            Self::Off => "switched off by hand",
            Self::Full => "busy with others",
            Self::Stranger => "unknown to the process that chose",
        }
    }
}

/// What to do next for an item that is to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Try(Choice),
    /// Nothing may be tried before this moment: an earlier attempt is in doubt, or only suppliers are left that cannot be asked
    /// now.
    Wait(Moment),
    /// Nothing is left to try.
    Exhausted,
}

/// The offer chosen, with the reason that is stored beside the attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub offer: Offer,
    pub reason: String,
}

/// Why an offer was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ineligible {
    Disabled,
    AlreadyTried,
    NotYet(Moment),
    WouldLose,
    Shut(Shut),
}

impl Ineligible {
    const fn word(self) -> &'static str {
        match self {
            Self::Disabled => "switched off",
            Self::AlreadyTried => "already tried",
            Self::NotYet(_) => "out of reach a moment ago",
            Self::WouldLose => "dearer than the price charged allows",
            Self::Shut(shut) => shut.word(),
        }
    }

    /// When it is looked at again, if that may help: to be waited for at any time, or only while there is patience.
    fn again(self, now: Moment, patient: bool) -> Option<Moment> {
        let soon = now + SUPPLY_SPACING;
        match self {
            Self::NotYet(moment) | Self::Shut(Shut::Closed(moment)) => Some(moment),
            Self::Shut(Shut::Broken(until)) => patient.then(|| until.min(soon)),
            Self::Shut(Shut::Held | Shut::Off | Shut::Full | Shut::Stranger) => patient.then_some(soon),
            Self::Disabled | Self::AlreadyTried | Self::WouldLose => None,
        }
    }
}

/// Earlier attempts of the item that are being asked about again, because a call or a last look doubts their end: when the
/// questions are due. The late look, a day after, is not waited for.
pub(crate) fn open_questions(order: &Order, item: ItemNo) -> impl Iterator<Item = Moment> {
    let closed = order.attempts.iter().filter(move |a| a.item == item && !a.state.is_live());
    closed.filter_map(|a| {
        let task = order.task(&TaskKind::Recheck(a.reference.clone()))?;
        (Some(task.run_at) != a.late_look()).then_some(task.run_at)
    })
}

/// A doubt that will be settled soon is waited for: the earlier attempt may have delivered after all. One that should have been
/// settled long ago is not: its question was given up, or nobody has a hand free.
pub(crate) fn doubt_until(order: &Order, item: ItemNo, now: Moment) -> Option<Moment> {
    let soon = now - CLAIM_PATIENCE..=now + CLAIM_PATIENCE;
    open_questions(order, item).filter(|due| soon.contains(due)).min().map(|due| due.max(now) + CLAIM_SPACING)
}

/// The cheapest offer that may be tried; ties go by the order of the settings, so the choice is always the same. Offers of
/// suppliers that are not among `suppliers` are left to a process that has them: while one is added, not all do.
pub fn choose(order: &Order, item: &Item, offers: &[Offer], suppliers: &[SupplierView], now: Moment) -> Next {
    if let Some(until) = doubt_until(order, item.no, now) {
        return Next::Wait(until);
    }
    let of_item = offers.iter().filter(|offer| offer.product == item.product);
    let viewed = of_item.map(|offer| {
        let view = suppliers.iter().find(|view| view.supplier == offer.supplier);
        let shut = view.map_or(Some(Shut::Stranger), |view| view.shut_for(offer.cost));
        (offer, view, ineligible(order, item, offer, shut, now))
    });
    let mut ranked: Vec<_> = viewed.collect();
    ranked.sort_by_key(|(offer, view, _)| (offer.cost.minor(), view.map_or(u16::MAX, |view| view.rank)));
    let Some((chosen, ..)) = ranked.iter().find(|(_, _, why)| why.is_none()) else {
        let waits_since = waits_since(order, item.no);
        let again = ranked.iter().filter_map(|(offer, view, why)| {
            let patient = now < patience_begins(waits_since, offer, *view, now) + SUPPLY_PATIENCE;
            why.and_then(|why| why.again(now, patient))
        });
        return again.min().map_or(Next::Exhausted, Next::Wait);
    };
    let others = ranked.iter().filter(|(offer, ..)| offer.supplier != chosen.supplier);
    let others = others.take(PASSED_OVER_TOLD).map(|(offer, _, why)| {
        let why = why.map_or("no cheaper", Ineligible::word);
        format!("{} {}: {why}", offer.supplier, offer.cost)
    });
    let others: Vec<String> = others.collect();
    let mut reason = format!("{} {}: cheapest that may be tried", chosen.supplier, chosen.cost);
    if !others.is_empty() {
        reason.push_str("; not ");
        reason.push_str(&others.join(", "));
    }
    Next::Try(Choice { offer: (*chosen).clone(), reason })
}

fn ineligible(order: &Order, item: &Item, offer: &Offer, shut: Option<Shut>, now: Moment) -> Option<Ineligible> {
    if !offer.active {
        return Some(Ineligible::Disabled);
    }
    if offer.cost.currency() != item.max_cost.currency() || offer.cost.minor() > item.max_cost.minor() {
        return Some(Ineligible::WouldLose);
    }
    match standing(order, item.no, &offer.supplier) {
        Standing::Free => {}
        Standing::FreeFrom(moment) if moment <= now => {}
        Standing::FreeFrom(moment) => return Some(Ineligible::NotYet(moment)),
        Standing::Tried => return Some(Ineligible::AlreadyTried),
    }
    // Waited for to its end is only what is bought here then.
    if shut == Some(Shut::Stranger) {
        return shut.map(Ineligible::Shut);
    }
    if let Some(until) = offer.closed.and_then(|hours| hours.closed_until(now)) {
        return Some(Ineligible::Shut(Shut::Closed(until)));
    }
    shut.map(Ineligible::Shut)
}

/// Since when an item waits for a supplier that is no help at the moment: hours in which it was closed were waited for anyway.
fn patience_begins(waits_since: Moment, offer: &Offer, view: Option<&SupplierView>, now: Moment) -> Moment {
    let opened = [offer.closed.map(|hours| hours.opened(now)), view.and_then(|view| view.opened)];
    opened.into_iter().flatten().fold(waits_since, Moment::max)
}

/// Since when an item waits to be bought: its payment, or the end of the last attempt.
pub fn waits_since(order: &Order, item: ItemNo) -> Moment {
    let paid = order.payments.iter().filter_map(|payment| payment.paid_at);
    let of_item = order.attempts.iter().filter(|attempt| attempt.item == item);
    let tried = of_item.map(|attempt| attempt.closed_at.unwrap_or(attempt.reserved_at));
    paid.chain(tried).max().unwrap_or(order.created_at)
}

/// Whether a supplier may be tried for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Free,
    /// The earlier tries never left us, or were turned away at the door.
    FreeFrom(Moment),
    Tried,
}

/// A supplier is tried once per item, also after an operator's "retry". What never left us, or was turned away for a reason that
/// passes, was no try, up to a bound.
pub(crate) fn standing(order: &Order, item: ItemNo, supplier: &SupplierId) -> Standing {
    let tries = || order.attempts.iter().filter(|a| a.item == item && a.supplier == *supplier);
    if tries().any(|a| !a.was_turned_away()) {
        return Standing::Tried;
    }
    let Some(last) = tries().map(|a| a.reserved_at).max() else { return Standing::Free };
    NOT_FORMED_WAITS.get(tries().count() - 1).map_or(Standing::Tried, |wait| Standing::FreeFrom(last + *wait))
}

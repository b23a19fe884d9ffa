//! Which offer to try next for an item: pure, cheapest first, and explained.

use crate::Moment;
use crate::catalogue::Offer;
use crate::fulfilment::Item;
use crate::ids::{ItemNo, SupplierId};
use crate::order::Order;
use crate::schedule::{CLAIM_PATIENCE, CLAIM_SPACING, LATE_LOOK, NOT_FORMED_WAITS};
use crate::task::TaskKind;

/// What to do next for an item that is to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Try(Choice),
    /// Nothing may be tried before this moment: an earlier attempt is in doubt, or only suppliers are left that were out of
    /// reach.
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
}

impl Ineligible {
    const fn word(self) -> &'static str {
        match self {
            Self::Disabled => "switched off",
            Self::AlreadyTried => "already tried",
            Self::NotYet(_) => "out of reach a moment ago",
            Self::WouldLose => "dearer than the price charged allows",
        }
    }
}

/// An earlier attempt of the item that is being asked about again, because a call or a last look doubts its end: when the
/// question is due. The late look, a day after, is not waited for.
pub(crate) fn open_question(order: &Order, item: ItemNo) -> Option<Moment> {
    let closed = order.attempts.iter().filter(|a| a.item == item && !a.state.is_live());
    let asked = closed.filter_map(|a| {
        let task = order.task(&TaskKind::Recheck(a.reference.clone()))?;
        (task.run_at != a.reserved_at + LATE_LOOK).then_some(task.run_at)
    });
    asked.min()
}

/// A doubt that will be settled soon is waited for: the earlier attempt may have delivered after all.
pub(crate) fn doubt_until(order: &Order, item: ItemNo, now: Moment) -> Option<Moment> {
    open_question(order, item).filter(|due| *due <= now + CLAIM_PATIENCE).map(|due| due.max(now) + CLAIM_SPACING)
}

/// The cheapest offer that may be tried; ties go to the supplier's id, so the choice is always the same.
pub fn choose(order: &Order, item: &Item, offers: &[Offer], now: Moment) -> Next {
    if let Some(until) = doubt_until(order, item.no, now) {
        return Next::Wait(until);
    }
    let mut ranked: Vec<(&Offer, Option<Ineligible>)> =
        offers.iter().filter(|o| o.product == item.product).map(|o| (o, ineligible(order, item, o, now))).collect();
    ranked.sort_by(|(a, _), (b, _)| a.cost.minor().cmp(&b.cost.minor()).then_with(|| a.supplier.cmp(&b.supplier)));
    let Some((chosen, _)) = ranked.iter().find(|(_, why)| why.is_none()) else {
        let later = ranked.iter().filter_map(|(_, why)| match why {
            Some(Ineligible::NotYet(moment)) => Some(*moment),
            Some(Ineligible::Disabled | Ineligible::AlreadyTried | Ineligible::WouldLose) | None => None,
        });
        return later.min().map_or(Next::Exhausted, Next::Wait);
    };
    let others: Vec<String> = ranked
        .iter()
        .filter(|(offer, _)| offer.supplier != chosen.supplier)
        .map(|(offer, why)| {
            let why = why.map_or("no cheaper", Ineligible::word);
            format!("{} {}: {why}", offer.supplier, offer.cost)
        })
        .collect();
    let mut reason = format!("{} {}: cheapest that may be tried", chosen.supplier, chosen.cost);
    if !others.is_empty() {
        reason.push_str("; not ");
        reason.push_str(&others.join(", "));
    }
    Next::Try(Choice { offer: (*chosen).clone(), reason })
}

fn ineligible(order: &Order, item: &Item, offer: &Offer, now: Moment) -> Option<Ineligible> {
    if !offer.active {
        return Some(Ineligible::Disabled);
    }
    if offer.cost.currency() != item.max_cost.currency() || offer.cost.minor() > item.max_cost.minor() {
        return Some(Ineligible::WouldLose);
    }
    match standing(order, item.no, &offer.supplier) {
        Standing::Free => None,
        Standing::FreeFrom(moment) if moment <= now => None,
        Standing::FreeFrom(moment) => Some(Ineligible::NotYet(moment)),
        Standing::Tried => Some(Ineligible::AlreadyTried),
    }
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

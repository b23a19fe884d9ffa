//! Which offer to try next for an item: pure, cheapest first, and explained.

use crate::Moment;
use crate::catalogue::Offer;
use crate::fulfilment::{Cause, Item};
use crate::ids::{ItemNo, SupplierId};
use crate::order::Order;
use crate::schedule::NOT_FORMED_WAITS;

/// What to do next for an item that is to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Try(Choice),
    /// Only suppliers are left that never saw an earlier try; the first of them may be tried again at this moment.
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

/// The cheapest offer that may be tried; ties go to the supplier's id, so the choice is always the same.
pub fn choose(order: &Order, item: &Item, offers: &[Offer], now: Moment) -> Next {
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
            let why = why.map_or("dearer", Ineligible::word);
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
    /// It never saw the earlier tries.
    FreeFrom(Moment),
    Tried,
}

/// A supplier is tried once per item, also after an operator's "retry". What it never saw was no try, up to a bound.
pub(crate) fn standing(order: &Order, item: ItemNo, supplier: &SupplierId) -> Standing {
    let tries = || order.attempts.iter().filter(|a| a.item == item && a.supplier == *supplier);
    if tries().any(|a| a.state.is_live() || a.cause != Some(Cause::NotFormed)) {
        return Standing::Tried;
    }
    let Some(last) = tries().map(|a| a.reserved_at).max() else { return Standing::Free };
    NOT_FORMED_WAITS.get(tries().count() - 1).map_or(Standing::Tried, |wait| Standing::FreeFrom(last + *wait))
}

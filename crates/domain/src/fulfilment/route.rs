//! Which offer to try next for an item: pure, cheapest first, and explained.

use crate::catalogue::Offer;
use crate::fulfilment::Item;
use crate::ids::SupplierId;
use crate::order::Order;

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
    WouldLose,
}

impl Ineligible {
    const fn word(self) -> &'static str {
        match self {
            Self::Disabled => "switched off",
            Self::AlreadyTried => "already tried",
            Self::WouldLose => "dearer than the price charged allows",
        }
    }
}

/// The cheapest offer that may be tried; ties go to the supplier's id, so the choice is always the same.
/// `None`: nothing is left to try.
pub fn choose(order: &Order, item: &Item, offers: &[Offer]) -> Option<Choice> {
    let mut ranked: Vec<&Offer> = offers.iter().filter(|o| o.product == item.product).collect();
    ranked.sort_by(|a, b| a.cost.minor().cmp(&b.cost.minor()).then_with(|| a.supplier.cmp(&b.supplier)));
    let chosen = ranked.iter().find(|offer| ineligible(order, item, offer).is_none())?;
    let others: Vec<String> = ranked
        .iter()
        .filter(|offer| offer.supplier != chosen.supplier)
        .map(|offer| match ineligible(order, item, offer) {
            Some(why) => format!("{} {}: {}", offer.supplier, offer.cost, why.word()),
            None => format!("{} {}: dearer", offer.supplier, offer.cost),
        })
        .collect();
    let mut reason = format!("{} {}: cheapest that may be tried", chosen.supplier, chosen.cost);
    if !others.is_empty() {
        reason.push_str("; not ");
        reason.push_str(&others.join(", "));
    }
    Some(Choice { offer: (*chosen).clone(), reason })
}

fn ineligible(order: &Order, item: &Item, offer: &Offer) -> Option<Ineligible> {
    if !offer.active {
        Some(Ineligible::Disabled)
    } else if tried(order, item, &offer.supplier) {
        Some(Ineligible::AlreadyTried)
    } else if offer.cost.currency() != item.max_cost.currency() || offer.cost.minor() > item.max_cost.minor() {
        Some(Ineligible::WouldLose)
    } else {
        None
    }
}

/// A supplier is tried once per item. After an operator's "retry" the same rule holds: another supplier, or none.
fn tried(order: &Order, item: &Item, supplier: &SupplierId) -> bool {
    order.attempts.iter().any(|a| a.item == item.no && a.supplier == *supplier)
}

//! What is known of the suppliers at this moment, for the choice between them. Nothing is asked here.

use domain::catalogue::{Category, Product};
use domain::fulfilment::{Shut, SupplierView};
use domain::supply::{Off, Standing};
use domain::{Bill, Moment, Money, SupplierId};
use ports::catalogue::Stocked;

use crate::Engine;
use crate::setup::SupplierSlot;
use crate::work::bill::whole_cost;

/// For how much something can be had, and from when on, if not at this hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deal {
    pub(crate) cost: Money,
    pub(crate) opens_at: Option<Moment>,
}

impl Engine {
    /// All suppliers of this installation, as they are for goods of this kind, with what the store says of them.
    pub(crate) fn views(&self, category: Category, standings: &[Standing], now: Moment) -> Vec<SupplierView> {
        self.suppliers.iter().map(|(id, slot)| self.view(id, slot, category, standings, now)).collect()
    }

    fn view(
        &self,
        id: &SupplierId,
        slot: &SupplierSlot,
        category: Category,
        standings: &[Standing],
        now: Moment,
    ) -> SupplierView {
        let shut = self.shut(id, slot, category, standings, now);
        let opened = slot.closed.iter().filter_map(|closed| closed.opened(category, now)).max();
        SupplierView { supplier: id.clone(), rank: slot.rank, shut, too_dear: slot.health.too_dear(), opened }
    }

    /// What a person said comes first, then what has an end that is known.
    fn shut(
        &self,
        id: &SupplierId,
        slot: &SupplierSlot,
        category: Category,
        standings: &[Standing],
        now: Moment,
    ) -> Option<Shut> {
        let off = off(standings, id, now);
        let ends = match off {
            Some(Off::Open) => return Some(Shut::Off),
            Some(Off::Until(until)) => Some(until),
            None => None,
        };
        let closed = slot.closed.iter().filter_map(|closed| closed.until(category, now));
        closed.chain(ends).max().map(Shut::Closed).or_else(|| slot.health.shut(now))
    }

    /// What a read of offers says about their suppliers holds for whatever they sell.
    pub(crate) fn hear_of_standings(&self, read: &[Stocked]) {
        let now = self.clock.now();
        for stocked in read {
            for offer in &stocked.offers {
                let Some(slot) = self.suppliers.get(&offer.supplier) else { continue };
                let standing = stocked.standings.iter().find(|standing| standing.supplier == offer.supplier);
                slot.health.told(standing, now);
            }
        }
    }

    /// The cheapest active offer of a supplier that this installation has. One that is open goes before one in trouble, and that
    /// before one that is closed at this hour; where our account is held or a person switched it off, nothing is for sale.
    pub(crate) fn best_deal(&self, stocked: &Stocked, now: Moment) -> Option<Deal> {
        self.best_deal_for(None, stocked, now)
    }

    /// The same, of a bill that was asked for: our deposit must suffice for all of it, not for the fee alone.
    pub(crate) fn best_deal_for(&self, bill: Option<&Bill>, stocked: &Stocked, now: Moment) -> Option<Deal> {
        let Stocked { product: Product { category, .. }, offers, standings } = stocked;
        let deals = offers.iter().filter(|offer| offer.active).filter_map(|offer| {
            let slot = self.suppliers.get(&offer.supplier)?;
            let whole = bill.and_then(|bill| whole_cost(bill, offer.cost, Some(slot.adapter.as_ref())));
            let shut = self.view(&offer.supplier, slot, *category, standings, now);
            let shut = shut.shut_for(whole.unwrap_or(offer.cost));
            let hours = offer.closed.and_then(|hours| hours.closed_until(now));
            let (last, opens_at) = match shut {
                Some(Shut::Off | Shut::Held | Shut::Stranger) => return None,
                Some(Shut::Closed(until)) => (2, Some(hours.map_or(until, |hours| hours.max(until)))),
                Some(Shut::Broken(_)) => (1 + u8::from(hours.is_some()), hours),
                Some(Shut::Full) | None => (2 * u8::from(hours.is_some()), hours),
            };
            Some((last, Deal { cost: offer.cost, opens_at }))
        });
        deals.min_by_key(|(last, deal)| (*last, deal.cost.minor())).map(|(_, deal)| deal)
    }
}

/// Whether, and how, a person switched a supplier off for what was looked at.
pub(crate) fn off(standings: &[Standing], supplier: &SupplierId, now: Moment) -> Option<Off> {
    let standing = standings.iter().find(|standing| standing.supplier == *supplier)?;
    standing.off.filter(|off| match off {
        Off::Open => true,
        Off::Until(until) => *until > now,
    })
}

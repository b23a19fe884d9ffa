//! Who sells a product at this moment, for staff who wonder why something is dear, late or not for sale. Nothing is asked here.

use domain::ProductId;
use domain::catalogue::{Offer, Product};
use domain::fulfilment::Shut;

use crate::{ActError, Engine};

/// One supplier's offer, and what stands against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    pub offer: Offer,
    /// Why nothing of it is bought there now, as this process sees it.
    pub shut: Option<Shut>,
}

impl Engine {
    /// A product with its sellers, in the order in which they would be tried; those of other installations are left out. `None`:
    /// nobody ever sold it.
    pub async fn sellers(&self, id: &ProductId) -> Result<Option<(Product, Vec<Seller>)>, ActError> {
        let Some(stocked) = self.products(std::slice::from_ref(id)).await?.pop() else { return Ok(None) };
        let now = self.clock.now();
        let views = self.views(stocked.product.category, &stocked.standings, now);
        let sellers = stocked.offers.into_iter().filter_map(|offer| {
            let view = views.iter().find(|view| view.supplier == offer.supplier)?;
            let hours = offer.closed.and_then(|hours| hours.closed_until(now));
            let shut = hours.map(Shut::Closed).or(view.shut_for(offer.cost));
            Some((view.rank, Seller { offer, shut }))
        });
        let mut sellers: Vec<(u16, Seller)> = sellers.collect();
        sellers.sort_by_key(|(rank, seller)| (seller.offer.cost.minor(), *rank));
        Ok(Some((stocked.product, sellers.into_iter().map(|(_, seller)| seller).collect())))
    }
}

//! What is compared, and how it is read from both sides.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::api::{Acknowledged, Api};
use crate::driver::{AT_ONCE, Driven, Shop};
use crate::error::DemoError;
use crate::faults::FOLLOWED;
use crate::outside::{Outside, Truth};
use crate::view::{OwnOrder, Seller, Story};

/// One order from both of its sides.
#[derive(Debug, Clone)]
pub struct OrderEvidence {
    /// Its id.
    pub id: String,
    /// As staff see it; `None` when it is not there.
    pub story: Option<Story>,
    /// As its customer sees it.
    pub own: Option<OwnOrder>,
}

/// Both sides of a run.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The books, order by order.
    pub orders: Vec<OrderEvidence>,
    /// What the providers did.
    pub truth: Truth,
    /// What the client was told had been done.
    pub acknowledged: Vec<Acknowledged>,
    /// How often a redirect of a provider was followed, which would send a purchase twice.
    pub redirects_followed: u64,
    /// Orders that were not taken: their products.
    pub turned_away: Vec<Vec<String>>,
    /// Who sells what was not delivered, by product.
    pub sellers: BTreeMap<String, Vec<Seller>>,
    /// Suppliers that were in trouble all the time, by id.
    pub in_trouble: BTreeSet<String>,
}

/// Where all of it is read.
pub struct Sources<'a> {
    /// The servers.
    pub api: &'a Api,
    /// The providers.
    pub outside: &'a Outside,
    /// The customers.
    pub shop: &'a Shop,
    /// A token of staff.
    pub staff: &'a str,
}

/// Reads everything there is to compare.
///
/// # Errors
/// When server or sandbox do not answer.
pub async fn gather(sources: &Sources<'_>, orders: &[Driven]) -> Result<Evidence, DemoError> {
    let Sources { api, outside, shop, staff } = *sources;
    let read = |order: &Driven| {
        let (id, token) = (order.id.clone(), shop.token(order.customer).to_owned());
        async move {
            let (story, own) = tokio::try_join!(api.story(staff, &id), api.own_order(&token, &id))?;
            Ok::<_, DemoError>(OrderEvidence { id, story, own })
        }
    };
    let reads: Vec<_> = orders.iter().map(read).collect();
    let orders: Vec<OrderEvidence> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    Ok(Evidence {
        orders,
        truth: outside.truth().await?,
        acknowledged: api.acknowledged(),
        redirects_followed: outside.faults_fired().await?.get(FOLLOWED).copied().unwrap_or(0),
        ..Evidence::default()
    })
}

impl Evidence {
    /// Adds the orders that were not taken, the suppliers that could not help it, and who sells what was not delivered: only with
    /// these is it judged whether somebody could have.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn add_sellers(
        &mut self,
        sources: &Sources<'_>,
        turned_away: &[Vec<String>],
        in_trouble: BTreeSet<String>,
    ) -> Result<(), DemoError> {
        self.turned_away = turned_away.to_vec();
        self.in_trouble = in_trouble;
        for product in self.not_delivered() {
            let sellers = sources.api.sellers(sources.staff, &product).await?;
            self.sellers.insert(product, sellers);
        }
        Ok(())
    }

    /// Products of items that failed and of orders that were not taken.
    fn not_delivered(&self) -> BTreeSet<String> {
        let items = self.orders.iter().filter_map(|order| order.story.as_ref()).flat_map(|story| &story.order.items);
        let failed = items.filter(|item| item.state == "failed").map(|item| item.product.clone());
        failed.chain(self.turned_away.iter().flatten().cloned()).collect()
    }
}

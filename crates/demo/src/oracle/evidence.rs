//! What is compared, and how it is read from both sides.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::api::{Acknowledged, Api};
use crate::driver::{AT_ONCE, Driven, Shop};
use crate::error::DemoError;
use crate::faults::FOLLOWED;
use crate::outside::{Outside, Truth};
use crate::view::{OwnOrder, Story};

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
}

/// Reads everything there is to compare.
///
/// # Errors
/// When server or sandbox do not answer.
pub async fn gather(
    api: &Api,
    outside: &Outside,
    shop: &Shop,
    staff: &str,
    orders: &[Driven],
) -> Result<Evidence, DemoError> {
    let read = |order: &Driven| {
        let (id, token) = (order.id.clone(), shop.token(order.customer).to_owned());
        async move {
            let (story, own) = tokio::try_join!(api.story(staff, &id), api.own_order(&token, &id))?;
            Ok::<_, DemoError>(OrderEvidence { id, story, own })
        }
    };
    let reads: Vec<_> = orders.iter().map(read).collect();
    let orders = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    let redirects_followed = outside.faults_fired().await?.get(FOLLOWED).copied().unwrap_or(0);
    Ok(Evidence { orders, truth: outside.truth().await?, acknowledged: api.acknowledged(), redirects_followed })
}

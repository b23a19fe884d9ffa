//! Many customers at once, each living their order's plan over HTTP; then time, moved on until nothing is open.

mod calm;
mod customer;
mod time;

use futures_util::StreamExt;
use futures_util::stream;

use crate::error::DemoError;
use crate::plan::OrderPlan;

pub use calm::{Calm, calm};
pub use customer::Shop;
pub use time::{ALL_KNOWN_MS, Closing, Ended, SETTLED_MS};

/// Customers who do something at the same time.
pub const AT_ONCE: usize = 16;

/// An order that was placed.
#[derive(Debug, Clone)]
pub struct Driven {
    /// Its id.
    pub id: String,
    /// The number of its customer.
    pub customer: usize,
}

/// What became of the plans: orders in the plan's order, and in words what could not be done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Placed, whatever happened then.
    pub orders: Vec<Driven>,
    /// Plans that broke off, with the reason.
    pub broken_off: Vec<String>,
}

/// Lives all plans, at most [`AT_ONCE`] at a time.
pub async fn drive(shop: &Shop, plans: &[OrderPlan]) -> Outcome {
    let lives = stream::iter(plans.iter().enumerate()).map(|(n, plan)| shop.live(n, plan));
    let lived: Vec<(Option<Driven>, Result<(), DemoError>)> = lives.buffered(AT_ONCE).collect().await;
    let mut outcome = Outcome::default();
    for (n, (order, ended)) in lived.into_iter().enumerate() {
        if let Err(error) = ended {
            let name = order.as_ref().map_or("not placed", |order| order.id.as_str());
            outcome.broken_off.push(format!("plan {n} ({name}): {error}"));
        }
        outcome.orders.extend(order);
    }
    outcome
}

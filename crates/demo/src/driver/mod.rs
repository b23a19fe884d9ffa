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

/// What became of one plan.
enum Lived {
    /// Placed; and whether the rest of it could be done.
    Placed(Driven, Result<(), DemoError>),
    /// Nobody sells one of these products at the moment.
    TurnedAway(Vec<String>),
    /// Bills only, and of none could be said what is owed.
    Left,
    BrokenOff(DemoError),
}

/// What became of the plans: orders in the plan's order, and in words what could not be done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Placed, whatever happened then.
    pub orders: Vec<Driven>,
    /// Of orders that were refused because something is not for sale at the moment: their products.
    pub turned_away: Vec<Vec<String>>,
    /// Customers who wanted bills only, and were told of none what is owed.
    pub left: u64,
    /// Plans that broke off, with the reason.
    pub broken_off: Vec<String>,
}

/// Lives all plans, at most [`AT_ONCE`] at a time.
pub async fn drive(shop: &Shop, plans: &[OrderPlan]) -> Outcome {
    let lives = stream::iter(plans.iter().enumerate()).map(|(n, plan)| shop.live(n, plan));
    let lived: Vec<Lived> = lives.buffered(AT_ONCE).collect().await;
    let mut outcome = Outcome::default();
    for (n, lived) in lived.into_iter().enumerate() {
        match lived {
            Lived::Placed(order, ended) => {
                if let Err(error) = ended {
                    outcome.broken_off.push(format!("plan {n} ({}): {error}", order.id));
                }
                outcome.orders.push(order);
            }
            Lived::TurnedAway(products) => outcome.turned_away.push(products),
            Lived::Left => outcome.left += 1,
            Lived::BrokenOff(error) => outcome.broken_off.push(format!("plan {n} (not placed): {error}")),
        }
    }
    outcome
}

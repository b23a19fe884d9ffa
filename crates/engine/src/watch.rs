//! Live status: who watches which order at this process, and how they hear that it has moved.
//!
//! Watchers are told of versions, never of states: whoever hears of a newer one loads the order. They hear of what this
//! process committed at once, and of what others did from one question a second about all watched orders. An order nobody
//! watches costs nothing. What must not live here: how a state is shown, or to whom.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{CustomerId, Order, OrderId};
use ports::store::Unavailable;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{ActError, Engine, Metric};

/// Between two questions about what others committed: half of the two seconds in which a change is to be seen.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Of one process: all of them are in one question, and their connections take 40 MiB.
pub(crate) const MAX_WATCHERS: usize = 2048;
/// Of one customer: a few devices with a few pages each, and connections that died unnoticed a moment ago.
pub(crate) const MAX_OF_CUSTOMER: usize = 16;
/// Between two looks of one watcher: an order's commits come in bursts, and a person sees no more than this.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Before a watcher looks again when the store did not answer.
const STORE_AWAY_WAIT: Duration = Duration::from_secs(1);

/// Why an order cannot be watched at this process now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WatchRefused {
    /// It stops, or as many watch as may.
    #[error("no more can watch here")]
    Full,
    /// This customer watches with as many connections as one may.
    #[error("the customer watches too often")]
    TooMany,
}

/// One who watches an order. Gives the place back when dropped.
pub struct Watcher {
    engine: Arc<Engine>,
    order: OrderId,
    customer: CustomerId,
    /// The version of the order that was looked at last.
    seen: i32,
    newest: watch::Receiver<i32>,
    /// Not looked at before.
    again: Instant,
}

impl Watcher {
    /// Waits until the order is newer than what was seen last. `false`: nobody watches here any more, the process stops.
    /// May be given up at any time and begun again.
    pub async fn moved(&mut self) -> bool {
        let seen = self.seen;
        if self.newest.wait_for(|newest| *newest > seen).await.is_err() {
            return false;
        }
        tokio::time::sleep_until(self.again).await;
        true
    }

    /// The order as it is now.
    ///
    /// # Errors
    /// As of any load. After one, [`Self::moved`] says a little later that there is still something to be seen.
    pub async fn look(&mut self) -> Result<Order, ActError> {
        let order = self.engine.order(self.order).await;
        let wait = if order.is_ok() { LOOK_AGAIN } else { STORE_AWAY_WAIT };
        self.again = Instant::now() + wait;
        if let Ok(order) = &order {
            self.seen = order.version;
        }
        order
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.engine.watches.leave(self.order, self.customer);
    }
}

impl Engine {
    /// Watches an order from the version in hand on.
    ///
    /// # Errors
    /// When too many do; it may be tried again in a moment.
    pub fn watch(self: &Arc<Self>, order: &Order) -> Result<Watcher, WatchRefused> {
        let newest = self.watches.join(order)?;
        Ok(Watcher {
            engine: Arc::clone(self),
            order: order.id,
            customer: order.customer,
            seen: order.version,
            newest,
            again: Instant::now(),
        })
    }

    /// Asks once a second how far the watched orders are, until [`Self::end_watches`]. One task of a process that serves.
    pub async fn ask_for_watchers(&self) {
        let mut away = false;
        while self.watches.still_open_after(ASK_EVERY).await {
            let asked = self.ask_once().await;
            // Said once per outage, not once per question. Nobody is sent away: they hear of it afterwards.
            match (asked, away) {
                (Err(error), false) => tracing::warn!(%error, "watched orders cannot be asked about; trying on"),
                (Ok(()), true) => tracing::info!("watched orders can be asked about again"),
                (Err(_), true) | (Ok(()), false) => continue,
            }
            away = !away;
        }
    }

    /// Nothing is asked when nobody watches.
    pub(crate) async fn ask_once(&self) -> Result<(), Unavailable> {
        let watched = self.watches.orders();
        if !watched.is_empty() {
            let versions = self.stores.orders.versions(&watched).await?;
            versions.into_iter().for_each(|(order, version)| self.watches.moved(order, version));
        }
        Ok(())
    }

    /// Nobody watches any more from now on: every [`Watcher::moved`] says so.
    pub fn end_watches(&self) {
        self.watches.close();
    }

    pub(crate) fn watch_metric(&self) -> Metric {
        Metric {
            name: "seberang_order_watchers",
            help: "Connections that watch an order",
            labels: Vec::new(),
            value: u64::try_from(self.watches.places().taken).unwrap_or(u64::MAX),
        }
    }
}

/// Everybody who watches at this process.
pub(crate) struct Watches {
    places: Mutex<Places>,
    open: watch::Sender<bool>,
}

#[derive(Default)]
struct Places {
    taken: usize,
    of_customer: HashMap<CustomerId, usize>,
    orders: HashMap<OrderId, Watched>,
}

struct Watched {
    watchers: usize,
    newest: watch::Sender<i32>,
}

impl Default for Watches {
    fn default() -> Self {
        Self { places: Mutex::default(), open: watch::Sender::new(true) }
    }
}

impl Watches {
    /// A hint that an order stands at this version now. An older one changes nothing.
    pub(crate) fn moved(&self, order: OrderId, version: i32) {
        if let Some(watched) = self.places().orders.get(&order) {
            watched.newest.send_if_modified(|newest| {
                let newer = version > *newest;
                *newest = version.max(*newest);
                newer
            });
        }
    }

    fn join(&self, order: &Order) -> Result<watch::Receiver<i32>, WatchRefused> {
        let mut places = self.places();
        if places.taken >= MAX_WATCHERS || !*self.open.borrow() {
            return Err(WatchRefused::Full);
        }
        let of_customer = places.of_customer.entry(order.customer).or_default();
        if *of_customer >= MAX_OF_CUSTOMER {
            return Err(WatchRefused::TooMany);
        }
        *of_customer += 1;
        places.taken += 1;
        let fresh = || Watched { watchers: 0, newest: watch::Sender::new(order.version) };
        let watched = places.orders.entry(order.id).or_insert_with(fresh);
        watched.watchers += 1;
        Ok(watched.newest.subscribe())
    }

    fn leave(&self, order: OrderId, customer: CustomerId) {
        let mut places = self.places();
        places.taken = places.taken.saturating_sub(1);
        one_less(&mut places.of_customer, customer, |left| left);
        one_less(&mut places.orders, order, |watched| &mut watched.watchers);
    }

    fn orders(&self) -> Vec<OrderId> {
        self.places().orders.keys().copied().collect()
    }

    /// Without the senders every receiver ends.
    fn close(&self) {
        let mut places = self.places();
        self.open.send_replace(false);
        places.orders.clear();
    }

    /// `false`: closed meanwhile.
    async fn still_open_after(&self, wait: Duration) -> bool {
        let mut open = self.open.subscribe();
        let closed = open.wait_for(|open| !open);
        tokio::time::timeout(wait, closed).await.is_err()
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one down, and forgets what nobody is left of.
fn one_less<K: Eq + std::hash::Hash, V>(all: &mut HashMap<K, V>, key: K, count: impl Fn(&mut V) -> &mut usize) {
    let Some(entry) = all.get_mut(&key) else { return };
    let left = count(entry);
    *left = left.saturating_sub(1);
    if *left == 0 {
        all.remove(&key);
    }
}

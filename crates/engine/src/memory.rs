//! What this process remembers so as not to ask the store again: open orders as their last commit here left them, whose a
//! reference is, and for a moment what can be bought.
//!
//! A remembered order may be behind: another process may have moved it on. That is no danger to a commit, which holds only
//! for the version it was decided on; but "this has happened" and "this cannot be" are said from a fresh load only.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::pricing::PriceBook;
use domain::{DedupeKey, Order, OrderId, ProductId};
use ports::catalogue::{PromoRow, Stocked};
use ports::store::{LoadError, Unavailable};
use quick_cache::sync::Cache;

use crate::Engine;

/// Open orders remembered at most, about 2 KB each. More are open only in a rush, and then some are loaded again, each with
/// eight statements: with half as many that was most of what the database did in a rush (measured).
const ORDERS: usize = 4_000;
/// References remembered at most, about 200 bytes each: those of the orders remembered. Whose a reference is never changes.
const REFERENCES: usize = 20_000;
/// Products remembered at most: all that sell within a second.
const PRODUCTS: usize = 2_000;
/// Promos remembered at most: a shop runs a handful at a time.
const PROMOS: usize = 200;
/// A price book or promo changed elsewhere counts here after this long.
const FRESH: Duration = Duration::from_secs(1);
/// Who sells, and what is switched off there: half of the second after which nothing may be bought any more from whom a person
/// has switched off. The other half is for the look right before a purchase leaves.
const FRESH_OFFERS: Duration = Duration::from_millis(500);

/// See the module. Bounded, and shared by all threads.
pub(crate) struct Memory {
    orders: Cache<OrderId, Arc<Order>>,
    holders: Cache<DedupeKey, OrderId>,
    products: Cache<ProductId, (Instant, Option<Stocked>)>,
    book: Cache<(), (Instant, Option<PriceBook>)>,
    promos: Cache<String, (Instant, PromoRow)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            orders: Cache::new(ORDERS),
            holders: Cache::new(REFERENCES),
            products: Cache::new(PRODUCTS),
            book: Cache::new(1),
            promos: Cache::new(PROMOS),
        }
    }
}

impl Memory {
    /// An order as a commit or a load left it. Those that are over are not worth remembering, nor is what is older than
    /// what is known.
    pub(crate) fn keep(&self, order: &Order) {
        if order.status().is_final() {
            self.orders.remove(&order.id);
            // Little is still said of it, and what is not forgotten pushes those out that are waited for.
            for key in references(order) {
                self.holders.remove(&key);
            }
        } else if self.orders.get(&order.id).is_none_or(|known| known.version <= order.version) {
            self.orders.insert(order.id, Arc::new(order.clone()));
        }
    }

    /// An order as it is stored, also where more is remembered: a database that was restored may know less than we do.
    pub(crate) fn keep_loaded(&self, order: &Order) {
        self.orders.remove(&order.id);
        self.keep(order);
    }

    pub(crate) fn keep_holder(&self, key: DedupeKey, order: OrderId) {
        self.holders.insert(key, order);
    }

    pub(crate) fn forget(&self, order: OrderId) {
        self.orders.remove(&order);
    }

    /// The store was away, and may come back as another one that knows less.
    pub(crate) fn forget_orders(&self) {
        self.orders.clear();
        self.holders.clear();
    }

    /// What stands against a supplier was changed here.
    pub(crate) fn forget_products(&self) {
        self.products.clear();
    }

    /// Prices, offers or promos were changed here.
    pub(crate) fn forget_prices(&self) {
        self.products.clear();
        self.book.clear();
        self.promos.clear();
    }
}

/// Every reference of ours that somebody may name.
fn references(order: &Order) -> impl Iterator<Item = DedupeKey> {
    let checkouts = order.checkouts.iter().map(|c| c.reference.key(c.gateway.as_str(), &c.account));
    let attempts = order.attempts.iter().map(|a| a.reference.key(a.supplier.as_str(), &a.account));
    checkouts.chain(attempts)
}

/// An order in hand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    pub(crate) order: Order,
    /// Loaded just now, or known to be as good.
    pub(crate) fresh: bool,
}

impl Known {
    /// An order in hand that somebody may have moved on meanwhile.
    pub(crate) const fn remembered(order: Order) -> Self {
        Self { order, fresh: false }
    }
}

impl Engine {
    /// The order as this process last knew it, or as it is.
    pub(crate) async fn known(&self, id: OrderId) -> Result<Known, LoadError> {
        match self.memory.orders.get(&id) {
            Some(order) => Ok(Known::remembered((*order).clone())),
            None => self.fresh(id).await,
        }
    }

    /// The order no older than this version: as good as loaded when a task was taken that says so.
    pub(crate) async fn known_since(&self, id: OrderId, version: i32) -> Result<Known, LoadError> {
        let new_enough = || self.memory.orders.get(&id).filter(|order| order.version >= version);
        if new_enough().is_none() {
            // Whoever has just committed it here is about to remember it.
            let _whose_turn_is_over = self.turns.of(id, self.limits.patience).await;
        }
        match new_enough() {
            Some(order) => Ok(Known { order: (*order).clone(), fresh: true }),
            None => self.fresh(id).await,
        }
    }

    /// The order in hand, or as a commit here left it meanwhile.
    pub(crate) fn or_newer(&self, known: Known) -> Known {
        match self.memory.orders.get(&known.order.id).filter(|order| order.version > known.order.version) {
            Some(newer) => Known { order: (*newer).clone(), ..known },
            None => known,
        }
    }

    /// The order as it is.
    pub(crate) async fn fresh(&self, id: OrderId) -> Result<Known, LoadError> {
        let order = self.stores.orders.load(id).await?;
        self.memory.keep_loaded(&order);
        Ok(Known { order, fresh: true })
    }

    /// The order after a commit said that this version of it has gone.
    pub(crate) async fn newer_than(&self, gone: &Order) -> Result<Known, LoadError> {
        let known = self.known(gone.id).await?;
        if known.fresh || known.order.version > gone.version { Ok(known) } else { self.fresh(gone.id).await }
    }

    /// Which order a reference of ours belongs to.
    pub(crate) async fn holder(&self, key: &DedupeKey) -> Result<Option<OrderId>, Unavailable> {
        if let Some(order) = self.memory.holders.get(key) {
            return Ok(Some(order));
        }
        let holder = self.stores.orders.holder_of(key).await?;
        if let Some(order) = holder {
            self.memory.keep_holder(key.clone(), order);
        }
        Ok(holder)
    }

    /// These products with their offers, each once; the ones that there are not are left out.
    pub(crate) async fn products(&self, ids: &[ProductId]) -> Result<Vec<Stocked>, Unavailable> {
        let fresh = |id: &ProductId| self.memory.products.get(id).filter(|(since, _)| since.elapsed() < FRESH_OFFERS);
        let mut found = Vec::with_capacity(ids.len());
        let mut unknown: Vec<ProductId> = Vec::new();
        for id in ids {
            match fresh(id) {
                Some((_, stocked)) => found.extend(stocked),
                None => unknown.push(id.clone()),
            }
        }
        if !unknown.is_empty() {
            let now = Instant::now();
            let read = self.stores.catalogue.find(&unknown, self.clock.now()).await?;
            self.hear_of_standings(&read);
            for id in unknown {
                let stocked = read.iter().find(|stocked| stocked.product.id == id).cloned();
                found.extend(stocked.clone());
                self.memory.products.insert(id, (now, stocked));
            }
        }
        Ok(found)
    }

    /// A promo as it is, or as it was a moment ago with room left: whoever comes too late for that is told so by the store.
    pub(crate) async fn known_promo(&self, code: &str) -> Result<Option<PromoRow>, Unavailable> {
        if let Some((_, row)) = self.memory.promos.get(code).filter(|(since, _)| since.elapsed() < FRESH) {
            return Ok(Some(row));
        }
        let now = Instant::now();
        let row = self.stores.catalogue.promo(code).await?;
        match &row {
            Some(open) if open.used < open.max_uses => self.memory.promos.insert(code.to_owned(), (now, open.clone())),
            // It may be given back, or made, at any moment.
            Some(_) | None => drop(self.memory.promos.remove(code)),
        }
        Ok(row)
    }

    /// The prices sold at.
    pub(crate) async fn book(&self) -> Result<Option<PriceBook>, Unavailable> {
        if let Some((_, book)) = self.memory.book.get(&()).filter(|(since, _)| since.elapsed() < FRESH) {
            return Ok(book);
        }
        let now = Instant::now();
        let book = self.stores.catalogue.price_book().await?;
        self.memory.book.insert((), (now, book.clone()));
        Ok(book)
    }
}

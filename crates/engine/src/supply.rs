//! What suppliers tell about themselves: their price lists and our deposits there. One supplier's trouble is never
//! another's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use domain::{AlertKind, Moment, Money, ProductId, SupplierId};
use ports::catalogue::ProductFilter;
use ports::store::Unavailable;
use ports::supplier::{Listing, ReadFailed};

use crate::setup::SupplierSlot;
use crate::{ActError, Engine, Metric};

/// A deposit is shown for two rounds of asking: an older number may have been spent since, or another process has a newer.
const BALANCE_SHOWN: TimeDelta = TimeDelta::minutes(10);

/// A list that lacks more than half of a supplier's offers, and more than so many, is rather cut short than true: a small
/// supplier may well change all it has.
const SHRUNK_BY: usize = 20;
/// Products read at once to see what a supplier offered until now: what the store gives at most.
const KNOWN_PAGE: u16 = 500;

/// What is done with a price list that has shrunk beyond belief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shrunk {
    /// A person says it is right.
    Taken,
    /// The old list stays, and a person is called.
    Refused,
}

/// What this process read last of each deposit.
#[derive(Default)]
pub(crate) struct Balances(Mutex<BTreeMap<SupplierId, (Money, Moment)>>);

impl Engine {
    /// Reads the price lists of these suppliers. One that cannot be read, or not be stored, keeps its old list and does not
    /// hold up the others. Returns how many were read and stored.
    ///
    /// # Errors
    /// When the store did not take one of them; the whole may be done again.
    pub(crate) async fn read_lists(
        &self,
        suppliers: impl Iterator<Item = &SupplierId>,
        shrunk: Shrunk,
    ) -> Result<usize, ActError> {
        let mut read = 0;
        let mut failed = None;
        for (id, slot) in suppliers.filter_map(|id| self.suppliers.get_key_value(id)) {
            let now = self.clock.now();
            let stored = match slot.adapter.price_list(now).await {
                Ok(list) => {
                    let stored = self.take_list(id, usable(id, list), shrunk, now).await;
                    read += usize::from(stored == Ok(true));
                    stored.map(drop)
                }
                Err(why) => self.not_read(id, "price list", why).await,
            };
            failed = stored.err().or(failed);
        }
        failed.map_or(Ok(read), |unavailable| Err(unavailable.into()))
    }

    /// `false`: the list was refused, and the old one stays.
    async fn take_list(
        &self,
        id: &SupplierId,
        list: Vec<Listing>,
        shrunk: Shrunk,
        now: Moment,
    ) -> Result<bool, Unavailable> {
        if shrunk == Shrunk::Refused {
            let on: BTreeSet<&ProductId> = list.iter().filter(|l| l.offer.active).map(|l| &l.product.id).collect();
            let known = self.known_offers(id).await?;
            let gone = known.iter().filter(|product| !on.contains(product)).count();
            if gone > SHRUNK_BY && gone * 2 > known.len() {
                let detail = format!(
                    "its list lacks {gone} of {} offers and was refused; have it read by hand if it is \
                                      right",
                    known.len()
                );
                tracing::error!(supplier = %id, detail, "a price list was refused");
                self.raise(AlertKind::PriceListStale, id.to_string(), detail).await?;
                return Ok(false);
            }
        }
        self.stores.catalogue.put_list(id, list, now).await?;
        self.memory.forget_prices();
        Ok(true)
    }

    /// The products this supplier sells us now.
    async fn known_offers(&self, id: &SupplierId) -> Result<BTreeSet<ProductId>, Unavailable> {
        let mut known = BTreeSet::new();
        let mut filter = ProductFilter { limit: KNOWN_PAGE, ..ProductFilter::default() };
        loop {
            let page = self.stores.catalogue.list(&filter).await?;
            let full = page.len() >= usize::from(KNOWN_PAGE);
            filter.after = page.last().map(|last| last.product.id.clone());
            let sold = page.into_iter().filter(|s| s.offers.iter().any(|o| o.active && o.supplier == *id));
            known.extend(sold.map(|s| s.product.id));
            if !full {
                return Ok(known);
            }
        }
    }

    /// Reads every deposit, shows it as a metric, and calls a person when one is low.
    ///
    /// # Errors
    /// When an alert could not be stored; the whole may be done again.
    pub(crate) async fn read_balances(&self) -> Result<(), ActError> {
        let mut failed = None;
        for (id, slot) in &self.suppliers {
            let now = self.clock.now();
            let stored = match slot.adapter.balance(now).await {
                Ok(balance) => {
                    self.balances.keep(id, balance, now);
                    self.mind_deposit(id, slot, balance).await
                }
                Err(why) => self.not_read(id, "balance", why).await,
            };
            failed = stored.err().or(failed);
        }
        failed.map_or(Ok(()), |unavailable| Err(unavailable.into()))
    }

    /// What was read of the deposits a short while ago, in whole units.
    pub(crate) fn balance_metrics(&self) -> Vec<Metric> {
        let since = self.clock.now() - BALANCE_SHOWN;
        let balances = self.balances.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = balances.iter().filter(|(_, (_, at))| *at >= since);
        fresh
            .map(|(id, (balance, _))| Metric {
                name: "seberang_supplier_balance",
                help: "Our deposit at a supplier in whole units of its currency, as this process read it last",
                labels: vec![("supplier", id.to_string()), ("currency", balance.currency().code().to_owned())],
                // A deposit below nothing is as empty as one of nothing.
                value: u64::try_from(balance.minor() / balance.currency().minor_per_unit()).unwrap_or(0),
            })
            .collect()
    }

    async fn mind_deposit(&self, id: &SupplierId, slot: &SupplierSlot, balance: Money) -> Result<(), Unavailable> {
        let Some(low) = slot.low_deposit.filter(|low| low.currency() == balance.currency()) else { return Ok(()) };
        if balance.minor() >= low.minor() {
            return Ok(());
        }
        tracing::warn!(supplier = %id, %balance, %low, "the deposit is low");
        self.call_about(id, format!("the deposit is {balance}, less than {low}")).await
    }

    /// A supplier that is away is looked at again; one that does not know us needs a person.
    pub(crate) async fn not_read(&self, id: &SupplierId, what: &str, why: ReadFailed) -> Result<(), Unavailable> {
        match why {
            ReadFailed::Unavailable(why) => {
                tracing::warn!(supplier = %id, what, why, "a supplier could not be read");
                Ok(())
            }
            ReadFailed::Unauthorised(why) => {
                tracing::error!(supplier = %id, what, why, "the supplier refuses our credentials");
                self.call_about(id, format!("it refuses our credentials: {what}, {why}")).await
            }
        }
    }

    /// One alert per supplier, counted up while it is open.
    pub(crate) async fn call_about(&self, id: &SupplierId, detail: String) -> Result<(), Unavailable> {
        self.raise(AlertKind::SupplierAccount, id.to_string(), detail).await
    }
}

impl Balances {
    fn keep(&self, id: &SupplierId, balance: Money, now: Moment) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), (balance, now));
    }
}

/// The lines that can be sold from. A bad one costs itself alone, not the list.
fn usable(id: &SupplierId, list: Vec<Listing>) -> Vec<Listing> {
    let all = list.len();
    let good: Vec<Listing> = list.into_iter().filter(|line| is_usable(id, line)).collect();
    if good.len() < all {
        tracing::warn!(supplier = %id, lines.bad = all - good.len(), lines.good = good.len(), "bad lines in a price list");
    }
    good
}

fn is_usable(id: &SupplierId, Listing { product, offer }: &Listing) -> bool {
    // Of a bill it is what is taken beyond the debt, which may be nothing.
    let least = i64::from(!product.category.is_bill());
    offer.supplier == *id && offer.product == product.id && offer.cost.minor() >= least && !offer.code.is_empty()
}

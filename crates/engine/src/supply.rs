//! What suppliers tell about themselves: their price lists and our deposits there. One supplier's trouble is never
//! another's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use domain::supply::{Hold, Spending, Sums, hours_left};
use domain::{AlertKind, Moment, Money, ProductId, SupplierId};
use futures_util::future::join_all;
use ports::store::Unavailable;
use ports::supplier::{Listing, ReadFailed};
use ports::supply::{Held, SupplierState};

use crate::setup::SupplierSlot;
use crate::{ActError, Engine, Metric};

/// A deposit is shown for two rounds of asking: an older number may have been spent since, or another process has a newer.
const BALANCE_SHOWN: TimeDelta = TimeDelta::minutes(10);

/// A balance that could not be read for so long is a person's business: it is asked for every five minutes.
const BALANCE_AGE: TimeDelta = TimeDelta::hours(1);

/// A list that lacks more than half of a supplier's offers, and more than so many, is rather cut short than true: a small
/// supplier may well change all it has.
const SHRUNK_BY: usize = 20;

/// What is done with a price list that has shrunk beyond belief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shrunk {
    /// A person says it is right.
    Taken,
    /// The old list stays, and a person is called.
    Refused,
}

/// A deposit that lasts for less is a person's business today.
const LASTS_LONG_H: u32 = 12;

/// What this process read last of each deposit.
#[derive(Default)]
pub(crate) struct Balances(Mutex<BTreeMap<SupplierId, Read>>);

struct Read {
    balance: Money,
    hours_left: Option<u32>,
    at: Moment,
}

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
        // All are asked at once, and stored one after the other.
        let storing = &tokio::sync::Mutex::new(());
        let reading = suppliers.filter_map(|id| self.suppliers.get_key_value(id)).map(|(id, slot)| async move {
            let permit = slot.permits.take(self.clock.as_ref()).await;
            let now = self.clock.now();
            let list = slot.heed(slot.adapter.price_list(now).await, self.clock.as_ref());
            drop(permit);
            let _alone = storing.lock().await;
            match list {
                Ok(list) => self.take_list(id, usable(id, list), shrunk, now).await,
                Err(why) => self.not_read(id, "price list", why).await.map(|()| false),
            }
        });
        // Each is polled to its end whatever becomes of the others: a request that was left standing would run out of time.
        let stored = join_all(reading).await;
        let read = stored.iter().filter(|stored| **stored == Ok(true)).count();
        stored.into_iter().find_map(Result::err).map_or(Ok(read), |unavailable| Err(unavailable.into()))
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
            let known = self.stores.catalogue.sold_by(id).await?;
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

    /// Reads every deposit, says how long it lasts, and calls a person when one is low.
    ///
    /// # Errors
    /// When the store did not take what was read; the whole may be done again.
    pub(crate) async fn read_balances(&self) -> Result<(), ActError> {
        let read = self.read_balances_of(|_| true).await;
        self.mind_unread_balances().await?;
        read
    }

    /// A deposit that nobody can read may be empty, and a hold for it is never seen to be mended.
    async fn mind_unread_balances(&self) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let states = self.stores.supply.states().await?;
        for id in self.suppliers.keys() {
            let state = states.iter().find(|state| state.supplier == *id);
            let (read, held) = state.map_or((None, None), |state| (state.balance, state.held));
            let read_at = read.map(|(_, at)| at).or(held.map(|held| held.since)).unwrap_or(self.since);
            let unread = now - read_at;
            if unread > BALANCE_AGE {
                self.call_about(id, format!("its balance could not be read for {} min", unread.num_minutes())).await?;
            }
            let refuses_all_the_same = held.is_some_and(|held| held.hold == Hold::Account && read_at > held.since);
            if refuses_all_the_same {
                let detail =
                    "it tells our balance and refuses our purchases: when that is mended, let go of it by hand";
                self.call_about(id, detail.to_owned()).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn read_balances_of(&self, wanted: impl Fn(&SupplierId) -> bool) -> Result<(), ActError> {
        let now = self.clock.now();
        let lately = self.stores.supply.sums(now - TimeDelta::hours(2)).await?;
        let today = self.stores.supply.sums(now - TimeDelta::hours(24)).await?;
        let asked = self.suppliers.iter().filter(|(id, _)| wanted(id));
        let asking = asked.map(|(id, slot)| {
            let spending = Spending { last_2_hours: spent(&lately, id), last_24_hours: spent(&today, id) };
            async move {
                match self.balance_of(slot).await {
                    Ok(told @ (balance, _)) => self.take_balance(id, slot, told, hours_left(balance, spending)).await,
                    Err(why) => self.balance_unread(id, slot, why).await,
                }
            }
        });
        let stored = join_all(asking).await;
        stored.into_iter().find_map(Result::err).map_or(Ok(()), |unavailable| Err(unavailable.into()))
    }

    /// A person was called when it refused an order, and is not called again with every look.
    async fn balance_unread(&self, id: &SupplierId, slot: &SupplierSlot, why: ReadFailed) -> Result<(), Unavailable> {
        if matches!(why, ReadFailed::Unauthorised(_)) {
            // What it said before was said to somebody it knew: the next balance shows that it knows us again.
            let unknown = |state: &mut SupplierState| {
                if state.held.is_some_and(|held| held.hold == Hold::Account) {
                    (state.balance, state.hours_left) = (None, None);
                }
            };
            self.alter(id, unknown).await?;
        }
        if slot.health.is_held() {
            tracing::debug!(supplier = %id, %why, "still held");
            return Ok(());
        }
        self.not_read(id, "balance", why).await
    }

    /// A balance says that our account is accepted there, and perhaps that what held the supplier is mended.
    async fn take_balance(
        &self,
        id: &SupplierId,
        slot: &SupplierSlot,
        (balance, asked_at): (Money, Moment),
        hours_left: Option<u32>,
    ) -> Result<(), Unavailable> {
        let now = self.clock.now();
        self.balances.keep(id, balance, hours_left, now);
        let was_held = slot.health.is_held();
        let state = self
            .alter(id, |state| {
                // What was asked before it refused us says nothing about that, and not that it has told us all along.
                let is_older = state.held.is_some_and(|held| asked_at < held.since);
                if is_older {
                    return;
                }
                let told_before = state.balance.is_some();
                state.held = state.held.filter(|held| !is_mended(held, told_before, balance, slot.low_deposit));
                (state.balance, state.hours_left) = (Some((balance, now)), hours_left);
            })
            .await?;
        if state.held.is_some() {
            return Ok(());
        }
        if was_held {
            tracing::info!(supplier = %id, %balance, "what held it is mended: it is bought from again");
            self.memory.forget_products();
        }
        self.mind_deposit(id, slot, balance).await?;
        match hours_left {
            Some(hours) if hours < LASTS_LONG_H => {
                self.call_about(id, format!("the deposit is {balance}, which lasts for {hours} h")).await
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What was read of the deposits a short while ago, in whole units.
    pub(crate) fn balance_metrics(&self) -> Vec<Metric> {
        let since = self.clock.now() - BALANCE_SHOWN;
        let balances = self.balances.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = balances.iter().filter(|(_, read)| read.at >= since);
        let metrics = fresh.flat_map(|(id, read)| {
            let currency = read.balance.currency();
            let balance = Metric {
                name: "seberang_supplier_balance",
                help: "Our deposit at a supplier in whole units of its currency, as this process read it last",
                labels: vec![("supplier", id.to_string()), ("currency", currency.code().to_owned())],
                // A deposit below nothing is as empty as one of nothing.
                value: u64::try_from(read.balance.minor() / currency.minor_per_unit()).unwrap_or(0),
            };
            let hours = read.hours_left.map(|hours| Metric {
                name: "seberang_supplier_hours_left",
                help: "How long our deposit lasts at the pace at which it is spent",
                labels: vec![("supplier", id.to_string())],
                value: u64::from(hours),
            });
            std::iter::once(balance).chain(hours)
        });
        metrics.collect()
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
            ReadFailed::Busy(why) | ReadFailed::Unavailable(why) => {
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
    fn keep(&self, id: &SupplierId, balance: Money, hours_left: Option<u32>, now: Moment) {
        let read = Read { balance, hours_left, at: now };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), read);
    }
}

/// What could not be paid can be now, with what a person wants to be there; or we are known again, and were not before. Who told our
/// balance all along and refused our purchases would do so again: order after order would be spent on it, so a person lets go of it.
fn is_mended(held: &Held, told_before: bool, balance: Money, low: Option<Money>) -> bool {
    let same = |money: &Money| money.currency() == balance.currency();
    let wanted = held.needed.filter(same).into_iter().chain(low.filter(same)).map(Money::minor).max();
    match held.hold {
        Hold::Account => !told_before,
        // Nobody knows what was needed: something.
        Hold::Deposit => balance.minor() >= wanted.unwrap_or(1),
    }
}

fn spent(sums: &[(SupplierId, Sums)], id: &SupplierId) -> i64 {
    sums.iter().find(|(supplier, _)| supplier == id).map_or(0, |(_, sums)| sums.spent_minor)
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

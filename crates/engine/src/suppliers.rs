//! What staff see of the suppliers, and how they switch goods off and on.

use chrono::TimeDelta;
use domain::supply::{Score, Sums};
use domain::{Moment, SupplierId};
use ports::store::Unavailable;
use ports::supply::{Goods, SupplierState, Switch};
use uuid::Uuid;

use crate::{ActError, Engine, Metric};

/// A switch with an end is maintenance, and customers' orders wait for its end: no longer than that.
const MAINTENANCE: TimeDelta = TimeDelta::hours(24);
/// Maintenance is announced so long ahead, at most.
const AHEAD: TimeDelta = TimeDelta::days(90);
/// What a score says about now.
const LATELY: TimeDelta = TimeDelta::minutes(15);
/// What it says about its supplier.
const TODAY: TimeDelta = TimeDelta::hours(24);

/// One supplier of this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierNow {
    /// As the store knows it.
    pub state: SupplierState,
    /// Its place in the settings.
    pub rank: u16,
    /// When its price list was taken last.
    pub list_taken: Option<Moment>,
    /// `closed`, `open` or `half_open`, as this process sees it.
    pub breaker: &'static str,
    /// Purchases this process waits for.
    pub calls_waiting: usize,
    /// Of a quarter of an hour.
    pub lately: Score,
    /// Of a day.
    pub today: Score,
}

/// All of them, with what is switched off or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppliersNow {
    /// In the order of the settings.
    pub suppliers: Vec<SupplierNow>,
    /// Oldest first.
    pub switches: Vec<Switch>,
}

/// What a person wants switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSwitch {
    pub goods: Goods,
    /// `None`: now.
    pub from: Option<Moment>,
    /// `None`: until somebody ends it.
    pub until: Option<Moment>,
    pub why: String,
}

/// Why something cannot be switched off like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchRefused {
    #[error("a supplier, a product or a category is wanted")]
    Nothing,
    #[error("there is no such supplier here")]
    UnknownSupplier,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("it must begin within 90 days, and not before now")]
    BadBeginning,
    #[error("it must end after it begins, and within 24 hours of that; without an end it lasts until it is ended")]
    BadEnd,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Engine {
    /// How the suppliers fare, and what is off.
    pub async fn suppliers_now(&self) -> Result<SuppliersNow, ActError> {
        let now = self.clock.now();
        let states = self.stores.supply.states().await?;
        let lists = self.stores.catalogue.lists_taken().await?;
        let (lately, today) =
            (self.stores.supply.sums(now - LATELY).await?, self.stores.supply.sums(now - TODAY).await?);
        let mut suppliers: Vec<_> = self
            .suppliers
            .iter()
            .map(|(id, slot)| {
                let stored = states.iter().find(|state| state.supplier == *id).cloned();
                let (breaker, calls_waiting) = slot.health.at_a_glance(now);
                SupplierNow {
                    state: stored.unwrap_or_else(|| SupplierState::unknown(id.clone())),
                    rank: slot.rank,
                    list_taken: lists.iter().find(|(supplier, _)| supplier == id).map(|(_, at)| *at),
                    breaker,
                    calls_waiting,
                    lately: score(&lately, id),
                    today: score(&today, id),
                }
            })
            .collect();
        suppliers.sort_by_key(|supplier| supplier.rank);
        Ok(SuppliersNow { suppliers, switches: self.stores.supply.switches(now).await? })
    }

    /// Switches goods off in the name of who acts. Within a second no process buys them any more; what is under way goes on.
    /// The same goods for as long are switched off once: then the switch that stands is told.
    pub async fn switch_off(&self, new: NewSwitch, by: &str) -> Result<Switch, SwitchRefused> {
        let now = self.clock.now();
        let from = new.from.unwrap_or(now);
        if new.goods == Goods::default() {
            return Err(SwitchRefused::Nothing);
        }
        if from < now || from > now + AHEAD {
            return Err(SwitchRefused::BadBeginning);
        }
        if new.until.is_some_and(|until| until <= from || until > from + MAINTENANCE) {
            return Err(SwitchRefused::BadEnd);
        }
        if new.goods.supplier.as_ref().is_some_and(|id| !self.suppliers.contains_key(id)) {
            return Err(SwitchRefused::UnknownSupplier);
        }
        if let Some(product) = &new.goods.product
            && self.products(std::slice::from_ref(product)).await?.is_empty()
        {
            return Err(SwitchRefused::UnknownProduct);
        }
        let until = new.until.map_or_else(|| "it is ended".to_owned(), |until| until.to_rfc3339());
        let detail = format!("from {} until {until}: {}", from.to_rfc3339(), new.why);
        let act = self.staff_act(by, "switch_off", words(&new.goods), detail);
        let switch = Switch { id: act.id, goods: new.goods, from, until: new.until, by: by.to_owned(), why: new.why };
        let stands = self.stores.supply.switch_off(&switch, &act).await?;
        self.memory.forget_products();
        if stands == switch.id {
            tracing::warn!(goods = words(&switch.goods), by, "switched off");
            return Ok(switch);
        }
        let all = self.stores.supply.switches(now).await?;
        all.into_iter()
            .find(|switch| switch.id == stands)
            .ok_or_else(|| Unavailable("it was ended meanwhile".into()).into())
    }

    /// Ends a switch in the name of who acts. `false`: there is none that is not ended.
    pub async fn switch_on(&self, id: Uuid, by: &str) -> Result<bool, ActError> {
        let act = self.staff_act(by, "switch_on", format!("switch {id}"), String::new());
        let ended = self.stores.supply.switch_on(id, &act).await?;
        self.memory.forget_products();
        Ok(ended)
    }

    /// Ends what holds a supplier, in the name of who acts: the next purchase tries it, and holds it again if it is refused. For a
    /// supplier whose balance does not say that it is mended. `false`: nothing holds it.
    pub async fn release_supplier(&self, id: &SupplierId, by: &str) -> Result<bool, ActError> {
        let act = self.staff_act(by, "release_supplier", format!("supplier {id}"), String::new());
        let released = self.stores.supply.release(id, &act).await?;
        if let Some(slot) = self.suppliers.get(id).filter(|_| released) {
            slot.health.release();
            tracing::warn!(supplier = %id, by, "what held it was ended by hand");
        }
        self.memory.forget_products();
        Ok(released)
    }

    /// Breakers, holds and calls as this process sees them, and the share of purchases that became unclear lately.
    pub(crate) async fn supplier_metrics(&self) -> Vec<Metric> {
        let now = self.clock.now();
        let sums = self.stores.supply.sums(now - LATELY).await.unwrap_or_default();
        let mut all = Vec::new();
        for (id, slot) in &self.suppliers {
            let of = |more: Option<(&'static str, String)>| {
                std::iter::once(("supplier", id.to_string())).chain(more).collect::<Vec<_>>()
            };
            let (breaker, waiting) = slot.health.at_a_glance(now);
            all.push(Metric {
                name: "seberang_supplier_breaker",
                help: "1 for where the breaker of a supplier stands in this process",
                labels: of(Some(("state", breaker.to_owned()))),
                value: 1,
            });
            all.push(Metric {
                name: "seberang_supplier_held",
                help: "1 while nothing is bought at a supplier for our deposit or account",
                labels: of(None),
                value: u64::from(slot.health.is_held()),
            });
            all.push(Metric {
                name: "seberang_supplier_calls_waiting",
                help: "Purchases that this process waits for",
                labels: of(None),
                value: u64::try_from(waiting).unwrap_or(u64::MAX),
            });
            if let Some(unknown) = score(&sums, id).unknown_permille {
                all.push(Metric {
                    name: "seberang_supplier_unknown_permille",
                    help: "Of the purchases of a quarter of an hour at all processes: those that became unclear",
                    labels: of(None),
                    value: u64::from(unknown),
                });
            }
        }
        all
    }
}

fn score(sums: &[(SupplierId, Sums)], id: &SupplierId) -> Score {
    sums.iter().find(|(supplier, _)| supplier == id).map(|(_, sums)| Score::of(sums)).unwrap_or_default()
}

/// For the log and the trace: `supplier iak, product pulsa-10000`.
fn words(goods: &Goods) -> String {
    let supplier = goods.supplier.as_ref().map(|id| format!("supplier {id}"));
    let product = goods.product.as_ref().map(|id| format!("product {id}"));
    let category = goods.category.map(|category| format!("category {}", category.as_str()));
    let all: Vec<String> = [supplier, product, category].into_iter().flatten().collect();
    all.join(", ")
}

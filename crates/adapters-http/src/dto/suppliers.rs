//! Suppliers as staff see them, and what is switched off.

use chrono::{DateTime, Utc};
use domain::catalogue::{Category, Product};
use domain::fulfilment::Shut;
use domain::supply::Score;
use domain::{ProductId, SupplierId};
use engine::{NewSwitch, Seller, SupplierNow, SuppliersNow};
use ports::supply::{Goods, Switch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Line, MoneyDto};

/// All suppliers of this installation, and what is off or will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuppliersView {
    /// In the order in which they are tried when prices are equal.
    pub suppliers: Vec<SupplierView>,
    pub switches: Vec<SwitchView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SupplierView {
    pub id: String,
    /// `closed` (all is well), `open` (nothing is bought) or `half_open` (one purchase at a time), as this process sees it.
    pub breaker: &'static str,
    /// Since when any process has seen it in trouble.
    pub in_trouble_since: Option<DateTime<Utc>>,
    pub held: Option<HeldView>,
    /// Our deposit, as it was read last.
    pub balance: Option<MoneyDto>,
    pub balance_at: Option<DateTime<Utc>>,
    /// How long it lasts at the pace at which it is spent.
    pub hours_left: Option<u32>,
    /// When its price list was taken last.
    pub list_taken_at: Option<DateTime<Utc>>,
    /// Purchases that this process waits for.
    pub calls_waiting: usize,
    /// Of a quarter of an hour, all processes.
    pub last_15_minutes: ScoreView,
    pub last_24_hours: ScoreView,
}

/// Nothing is bought there until this is mended.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    /// `deposit` or `account`.
    pub why: &'static str,
    pub since: DateTime<Utc>,
    /// What the deposit did not suffice for.
    pub needed: Option<MoneyDto>,
}

/// Shares are in thousandths, and absent where too little happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreView {
    pub sent: u32,
    /// Of what came to an end.
    pub success_permille: Option<u32>,
    /// Of what was sent: unclear at some time.
    pub unknown_permille: Option<u32>,
    /// Of what was delivered: taken back.
    pub reversed_permille: Option<u32>,
    /// The mean time from the reservation to the delivery.
    pub deliver_ms: Option<u64>,
}

/// A product, and who sells it to us.
#[derive(Debug, Serialize, ToSchema)]
pub struct SellersView {
    pub product: String,
    pub category: &'static str,
    pub brand: String,
    pub name: String,
    /// In the order in which they would be tried.
    pub sellers: Vec<SellerView>,
}

/// One supplier's offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SellerView {
    pub supplier: String,
    /// The supplier's own code.
    pub code: String,
    /// What leaves our deposit; of a bill, what does beyond the debt, per bill.
    pub cost: MoneyDto,
    /// It is on the supplier's list, and not as something that is out of stock.
    pub listed: bool,
    /// Why nothing of it is bought there at the moment, as this process sees it.
    pub shut: Option<ShutView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ShutView {
    pub why: &'static str,
    /// When it is looked at again, where that is known.
    pub until: Option<DateTime<Utc>>,
}

/// Goods switched off: all that each word given fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct SwitchView {
    #[schema(value_type = String, format = Uuid)]
    pub id: Uuid,
    pub supplier: Option<String>,
    pub product: Option<String>,
    pub category: Option<&'static str>,
    pub from: DateTime<Utc>,
    /// Absent: until it is ended.
    pub until: Option<DateTime<Utc>>,
    /// Who did it, by login name.
    pub by: String,
    pub why: String,
}

/// At least one of supplier, product and category.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchBody {
    #[schema(value_type = Option<String>, example = "iak")]
    supplier: Option<SupplierId>,
    #[schema(value_type = Option<String>)]
    product: Option<ProductId>,
    #[schema(value_type = Option<String>, example = "pln_token")]
    category: Option<Category>,
    /// Now, unless a time to come is given.
    from: Option<DateTime<Utc>>,
    /// Maintenance, 24 hours at most: orders wait for its end. Without it nothing is sold there until the switch is ended.
    until: Option<DateTime<Utc>>,
    /// For whoever wonders.
    #[schema(value_type = String, max_length = 500)]
    why: Line<500>,
}

impl SwitchBody {
    pub fn into_switch(self) -> NewSwitch {
        let SwitchBody { supplier, product, category, from, until, why } = self;
        NewSwitch { goods: Goods { supplier, product, category }, from, until, why: why.into_string() }
    }
}

impl From<SuppliersNow> for SuppliersView {
    fn from(now: SuppliersNow) -> Self {
        let suppliers = now.suppliers.into_iter().map(Into::into).collect();
        Self { suppliers, switches: now.switches.into_iter().map(Into::into).collect() }
    }
}

impl From<SupplierNow> for SupplierView {
    fn from(now: SupplierNow) -> Self {
        let SupplierNow { state, rank: _, list_taken, breaker, calls_waiting, lately, today } = now;
        let held = state.held.map(|held| HeldView {
            why: held.hold.as_str(),
            since: held.since,
            needed: held.needed.map(MoneyDto::from),
        });
        Self {
            id: state.supplier.into(),
            breaker,
            in_trouble_since: state.broken_since,
            held,
            balance: state.balance.map(|(balance, _)| balance.into()),
            balance_at: state.balance.map(|(_, at)| at),
            hours_left: state.hours_left,
            list_taken_at: list_taken,
            calls_waiting,
            last_15_minutes: lately.into(),
            last_24_hours: today.into(),
        }
    }
}

impl SellersView {
    pub fn new(product: Product, sellers: Vec<Seller>) -> Self {
        let Product { id, category, brand, name } = product;
        let sellers = sellers.into_iter().map(Into::into).collect();
        Self { product: id.into(), category: category.as_str(), brand, name, sellers }
    }
}

impl From<Seller> for SellerView {
    fn from(seller: Seller) -> Self {
        let Seller { offer, shut } = seller;
        Self {
            supplier: offer.supplier.into(),
            code: offer.code,
            cost: offer.cost.into(),
            listed: offer.active,
            shut: shut.map(Into::into),
        }
    }
}

impl From<Shut> for ShutView {
    fn from(shut: Shut) -> Self {
        let until = match shut {
            Shut::Closed(until) | Shut::Broken(until) => Some(until),
            Shut::Held | Shut::Off | Shut::Full | Shut::Stranger => None,
        };
        Self { why: shut.word(), until }
    }
}

impl From<Score> for ScoreView {
    fn from(score: Score) -> Self {
        let Score { sent, success_permille, unknown_permille, reversed_permille, deliver_ms } = score;
        Self { sent, success_permille, unknown_permille, reversed_permille, deliver_ms }
    }
}

impl From<Switch> for SwitchView {
    fn from(switch: Switch) -> Self {
        let Switch { id, goods, from, until, by, why } = switch;
        Self {
            id,
            supplier: goods.supplier.map(Into::into),
            product: goods.product.map(Into::into),
            category: goods.category.map(|category| category.as_str()),
            from,
            until,
            by,
            why,
        }
    }
}

//! How suppliers fare, at rest: what people switched off, what the machine knows, and what happened minute by minute.

use async_trait::async_trait;
use domain::catalogue::Category;
use domain::supply::{Hold, Sums};
use domain::{Moment, Money, ProductId, SupplierId};
use uuid::Uuid;

use crate::store::{StaffAct, Unavailable};

/// What a person switches off: everything that all of these words fit. At least one is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Goods {
    pub supplier: Option<SupplierId>,
    pub product: Option<ProductId>,
    pub category: Option<Category>,
}

/// Goods switched off, now or for a time to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// A fresh UUIDv7.
    pub id: Uuid,
    pub goods: Goods,
    pub from: Moment,
    /// `None`: until somebody ends it.
    pub until: Option<Moment>,
    /// The login name.
    pub by: String,
    /// For whoever wonders: up to [`StaffAct::DETAIL_LIMIT`] characters.
    pub why: String,
}

/// What the machine knows of a supplier. Read, changed and written whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierState {
    pub supplier: SupplierId,
    /// Of the row this was read from; 0: there is none yet.
    pub version: i32,
    /// In trouble, and not tried before this moment.
    pub broken_until: Option<Moment>,
    /// Since when it has been in trouble, however often it was tried meanwhile.
    pub broken_since: Option<Moment>,
    pub held: Option<Held>,
    /// What the supplier said last of our deposit, and when. Nothing while it takes us for a stranger, and does not say.
    pub balance: Option<(Money, Moment)>,
    /// How long it lasts, as it is spent now; nothing where nothing is spent.
    pub hours_left: Option<u32>,
}

/// Why and since when less or nothing is bought there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub hold: Hold,
    /// When our account was refused first, or our deposit last.
    pub since: Moment,
    /// The least that could not be paid, where that was it: what costs less is bought.
    pub needed: Option<Money>,
}

impl SupplierState {
    /// Of a supplier of which nothing is known.
    pub const fn unknown(supplier: SupplierId) -> Self {
        Self {
            supplier,
            version: 0,
            broken_until: None,
            broken_since: None,
            held: None,
            balance: None,
            hours_left: None,
        }
    }
}

/// What happened at a supplier in one minute of business time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierMinute {
    pub supplier: SupplierId,
    /// Its first moment.
    pub minute: Moment,
    pub sums: Sums,
}

/// See the module. What is written here is seen by every [`find`](crate::catalogue::Catalogue::find) and
/// [`list`](crate::catalogue::Catalogue::list) from then on.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SupplyStore: Send + Sync {
    /// Of every supplier of which something is known.
    async fn states(&self) -> Result<Vec<SupplierState>, Unavailable>;
    /// Writes a state that was read as this version, and makes it the next one. `false`: somebody else was faster, and nothing
    /// is written.
    async fn put_state(&self, state: &SupplierState) -> Result<bool, Unavailable>;
    /// Ends what holds a supplier, in the name of who acts. `false`: nothing does; then the act is not stored either.
    async fn release(&self, supplier: &SupplierId, act: &StaffAct) -> Result<bool, Unavailable>;
    /// Switches goods off, in the name of who acts, and says the id of the switch that stands. It is an earlier one's where the
    /// same goods are off already for as long; then the act is not stored.
    async fn switch_off(&self, switch: &Switch, act: &StaffAct) -> Result<Uuid, Unavailable>;
    /// Ends a switch, also before it has begun. `false`: there is none that is not ended; then the act is not stored either.
    async fn switch_on(&self, id: Uuid, act: &StaffAct) -> Result<bool, Unavailable>;
    /// Those that are not ended nor over at this moment, oldest first; never more than 500.
    async fn switches(&self, now: Moment) -> Result<Vec<Switch>, Unavailable>;
    /// Adds to the minutes.
    ///
    /// MUST: be whole or not at all. Unavailable: it may have happened.
    async fn observed(&self, minutes: Vec<SupplierMinute>) -> Result<(), Unavailable>;
    /// All minutes since then, summed up by supplier.
    async fn sums(&self, since: Moment) -> Result<Vec<(SupplierId, Sums)>, Unavailable>;
    /// Deletes minutes before that one, and says how many.
    async fn forget_minutes(&self, before: Moment) -> Result<u64, Unavailable>;
}

//! What can be bought at what price, at rest.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::catalogue::{Category, Offer, Product};
use domain::pricing::{PriceBook, Promo};
use domain::supply::Standing;
use domain::{Moment, ProductId, SupplierId};

use crate::store::{StaffAct, Unavailable};
use crate::supplier::Listing;

/// A product with the offers that are on now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stocked {
    /// What is sold.
    pub product: Product,
    /// Who sells it to us, by supplier.
    pub offers: Vec<Offer>,
    /// What speaks against buying it there at this moment, of the suppliers of these offers of which something does.
    pub standings: Vec<Standing>,
}

/// Which products to list, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// Only this one.
    pub category: Option<Category>,
    /// Only products whose id is larger.
    pub after: Option<ProductId>,
    /// At most so many, and never more than 500.
    pub limit: u16,
}

/// A promo and how far it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoRow {
    /// Its code and discount.
    pub promo: Promo,
    /// New orders are admitted up to it.
    pub max_uses: i32,
    /// Orders that hold it. May exceed the limit: late money honours the promo it was promised.
    pub used: i32,
}

/// What is for sale. All writes are whole or not at all, and what they replace is seen until they are done.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Takes a supplier's whole list: offers no longer on it are switched off. An empty list changes nothing, since a
    /// supplier that shows nothing is broken, not out of everything. Of several lines of one product the cheapest that is
    /// on counts.
    ///
    /// MUST: never show half of the old list and half of the new one; leave other suppliers' offers alone; write no product
    /// or offer that says the same, so that a repetition changes nothing but the time it was taken. Lists of one supplier come one at a time: of two at once,
    /// offers of both may be on until the next list.
    async fn put_list(&self, supplier: &SupplierId, list: Vec<Listing>, now: Moment) -> Result<(), Unavailable>;
    /// When each supplier's list was taken last, by business time: also one that changed nothing, but not an empty one.
    async fn lists_taken(&self) -> Result<Vec<(SupplierId, Moment)>, Unavailable>;
    /// The products this supplier sells us now, whatever stands against it at the moment.
    async fn sold_by(&self, supplier: &SupplierId) -> Result<BTreeSet<ProductId>, Unavailable>;
    /// Switches all offers of a supplier off that is ours no longer, if its list was taken last before `unread_since`, and says how many
    /// there were. Its next list switches them on again.
    async fn retire(&self, supplier: &SupplierId, unread_since: Moment, now: Moment) -> Result<u64, Unavailable>;
    /// Products that have an active offer, with their active offers, by id; at most `limit`, and never more than 500. Also those
    /// that a person has switched off at this moment: their standings say so.
    async fn list(&self, filter: &ProductFilter, now: Moment) -> Result<Vec<Stocked>, Unavailable>;
    /// The named products, with all offers, also those that are no longer on their supplier's list, and how the suppliers stand at
    /// this moment. Unknown ids are left out.
    async fn find(&self, ids: &[ProductId], now: Moment) -> Result<Vec<Stocked>, Unavailable>;
    /// The price book set last; `None` before one was set.
    async fn price_book(&self) -> Result<Option<PriceBook>, Unavailable>;
    /// Sets the price book from now on, in the name of who acts.
    ///
    /// MUST: keep the older ones; do the same act once, however often it is sent. Of two at once the last one written
    /// counts, and both are stored.
    async fn set_price_book(&self, book: &PriceBook, act: &StaffAct) -> Result<(), Unavailable>;
    /// `None`: there is no such promo. Exact match.
    async fn promo(&self, code: &str) -> Result<Option<PromoRow>, Unavailable>;
    /// Makes a promo or changes its limit, in the name of who acts. `false`: the promo has been used, so its discount
    /// cannot change; nothing is written, the act neither.
    ///
    /// MUST: leave the count of its uses as it is; change nothing when it is sent again.
    async fn put_promo(&self, promo: &Promo, max_uses: i32, act: &StaffAct) -> Result<bool, Unavailable>;
}

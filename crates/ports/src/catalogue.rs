//! What can be bought at what price, at rest.

use async_trait::async_trait;
use domain::catalogue::{Category, Offer, Product};
use domain::pricing::{PriceBook, Promo};
use domain::{Moment, ProductId, SupplierId};

use crate::store::Unavailable;
use crate::supplier::Listing;

/// A product with the offers that are on now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stocked {
    pub product: Product,
    pub offers: Vec<Offer>,
}

/// Which products to list, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    pub category: Option<Category>,
    pub after: Option<ProductId>,
    pub limit: u16,
}

/// A promo and how far it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoRow {
    pub promo: Promo,
    pub max_uses: i32,
    pub used: i32,
}

#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Takes a supplier's whole list: offers no longer on it are switched off. An empty list changes nothing, since a
    /// supplier that shows nothing is broken, not out of everything. Unchanged rows are not written.
    async fn put_list(&self, supplier: &SupplierId, list: Vec<Listing>, now: Moment) -> Result<(), Unavailable>;
    /// Products that have an active offer.
    async fn list(&self, filter: &ProductFilter) -> Result<Vec<Stocked>, Unavailable>;
    /// The named products, with all offers, also those switched off. Unknown ids are left out.
    async fn find(&self, ids: &[ProductId]) -> Result<Vec<Stocked>, Unavailable>;
    /// The newest price book; `None` before one was set.
    async fn price_book(&self) -> Result<Option<PriceBook>, Unavailable>;
    async fn set_price_book(&self, book: &PriceBook, by: &str, now: Moment) -> Result<(), Unavailable>;
    async fn promo(&self, code: &str) -> Result<Option<PromoRow>, Unavailable>;
    /// Makes a promo or changes its limit. The discount of a promo that has been used cannot change: `false`.
    async fn put_promo(&self, promo: &Promo, max_uses: i32, by: &str, now: Moment) -> Result<bool, Unavailable>;
}

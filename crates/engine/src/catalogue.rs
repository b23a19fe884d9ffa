//! What is for sale, and for how much.

use domain::catalogue::Product;
use domain::pricing::{PriceBook, Promo, Terms, price};
use domain::{Money, ProductId};
use ports::catalogue::{ProductFilter, PromoRow, Stocked};

use crate::{ActError, Engine, PlaceError};

/// A product and what it costs bought alone (TWD).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    pub product: Product,
    pub price: Money,
}

impl Engine {
    /// Products that can be bought now.
    pub async fn catalogue(&self, filter: &ProductFilter) -> Result<Vec<Priced>, PlaceError> {
        let book = self.open_book().await?;
        let now = self.clock.now();
        let stocked = self.stores.catalogue.list(filter).await?;
        let priced = stocked.into_iter().filter_map(|stocked| {
            let cost = self.cheapest(&stocked)?;
            // A product whose price cannot be named is not for sale; the others are.
            let terms = price(&[cost], &book, None, now).ok()?;
            Some(Priced { product: stocked.product, price: terms.total })
        });
        Ok(priced.collect())
    }

    /// What an order of these products would cost now.
    pub async fn quote(&self, items: &[ProductId], promo: Option<&str>) -> Result<Terms, PlaceError> {
        let stocked = self.stock_of(items).await?;
        let costs = self.costs_of(&stocked)?;
        self.terms(&costs, promo).await
    }

    pub(crate) async fn terms(&self, costs: &[Money], promo: Option<&str>) -> Result<Terms, PlaceError> {
        let promo = match promo {
            None => None,
            Some(code) => Some(self.usable_promo(code).await?),
        };
        let book = self.open_book().await?;
        price(costs, &book, promo, self.clock.now()).map_err(|e| PlaceError::NotSelling(e.to_string()))
    }

    async fn usable_promo(&self, code: &str) -> Result<Promo, PlaceError> {
        match self.stores.catalogue.promo(code).await? {
            None => Err(PlaceError::PromoUnknown),
            Some(row) if row.used >= row.max_uses => Err(PlaceError::PromoSpent),
            Some(row) => Ok(row.promo),
        }
    }

    async fn open_book(&self) -> Result<PriceBook, PlaceError> {
        self.stores.catalogue.price_book().await?.ok_or_else(|| PlaceError::NotSelling("no prices are set".to_owned()))
    }

    /// The named products in the order named.
    pub(crate) async fn stock_of(&self, items: &[ProductId]) -> Result<Vec<Stocked>, PlaceError> {
        if items.is_empty() {
            return Err(PlaceError::NoItems);
        }
        let max = domain::schedule::MAX_ITEMS;
        if items.len() > max {
            return Err(PlaceError::TooManyItems { max });
        }
        let found = self.stores.catalogue.find(items).await?;
        let wanted = items.iter().enumerate();
        wanted
            .map(|(index, id)| {
                let stocked = found.iter().find(|s| s.product.id == *id).cloned();
                stocked.ok_or(PlaceError::UnknownProduct { index })
            })
            .collect()
    }

    pub(crate) fn costs_of(&self, stocked: &[Stocked]) -> Result<Vec<Money>, PlaceError> {
        let costs = stocked.iter().enumerate();
        costs.map(|(index, s)| self.cheapest(s).ok_or(PlaceError::NotAvailable { index })).collect()
    }

    /// The cheapest active offer of a supplier that this installation has.
    fn cheapest(&self, stocked: &Stocked) -> Option<Money> {
        let usable = stocked.offers.iter().filter(|o| o.active && self.suppliers.contains_key(&o.supplier));
        usable.map(|o| o.cost).min_by_key(|cost| cost.minor())
    }

    /// A member of staff has every supplier's price list read now.
    pub async fn sync_catalogue_for(&self, by: &str) -> Result<usize, ActError> {
        let act = self.staff_act(by, "sync_catalogue", "price lists".to_owned(), String::new());
        self.stores.upkeep.record_act(&act).await?;
        self.sync_catalogue().await
    }

    pub async fn price_book(&self) -> Result<Option<PriceBook>, ActError> {
        Ok(self.stores.catalogue.price_book().await?)
    }

    pub async fn set_price_book(&self, book: PriceBook, by: &str) -> Result<(), ActError> {
        let (fx, margin) = (&book.fx, &book.margin);
        let detail = format!(
            "rate {} of {}, buffer {} %, margin {} % + {}, at least {}",
            fx.rate, fx.source, book.buffer_percent, margin.percent, margin.fixed, margin.minimum
        );
        let act = self.staff_act(by, "set_price_book", format!("price book {}", margin.id), detail);
        Ok(self.stores.catalogue.set_price_book(&book, &act).await?)
    }

    pub async fn promo(&self, code: &str) -> Result<Option<PromoRow>, ActError> {
        Ok(self.stores.catalogue.promo(code).await?)
    }

    /// `false`: the promo has been used, so its discount cannot change any more.
    pub async fn put_promo(&self, promo: Promo, max_uses: i32, by: &str) -> Result<bool, ActError> {
        let detail = format!("{} off, {max_uses} uses", promo.discount);
        let act = self.staff_act(by, "put_promo", format!("promo {}", promo.code), detail);
        Ok(self.stores.catalogue.put_promo(&promo, max_uses, &act).await?)
    }
}

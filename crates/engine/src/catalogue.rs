//! What is for sale, and for how much.

use domain::catalogue::Product;
use domain::pricing::{PriceBook, PriceError, Promo, Terms, price};
use domain::{Moment, Money, ProductId};
use ports::catalogue::{ProductFilter, PromoRow, Stocked};

use crate::supply::Shrunk;
use crate::views::Deal;
use crate::{ActError, Engine, PlaceError};

/// One page of what is for sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Products with a supplier and a price here, by id. May be fewer than were asked for, or none.
    pub products: Vec<Priced>,
    /// The last id that was looked at, when there may be more behind it.
    pub next: Option<ProductId>,
}

/// A product and what it costs bought alone (TWD).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// What is sold.
    pub product: Product,
    /// In TWD.
    pub price: Money,
    /// Nobody sells it at this hour: an order waits until then.
    pub opens_at: Option<Moment>,
}

impl Engine {
    /// Products that can be bought now.
    ///
    /// # Errors
    /// [`PlaceError::NotSelling`] without a price book, when its rate is too old, and before a first price list was read.
    pub async fn catalogue(&self, filter: &ProductFilter) -> Result<Shelf, PlaceError> {
        let book = self.open_book().await?;
        let now = self.clock.now();
        let stocked = self.stores.catalogue.list(filter, now).await?;
        self.hear_of_standings(&stocked);
        // An empty shop and one that has not opened yet look the same, but for what was read.
        let nothing = stocked.is_empty() && filter.after.is_none();
        if nothing && self.lists_never_read().await?.len() == self.suppliers.len() {
            return Err(PlaceError::NotSelling("no price list was read yet".to_owned()));
        }
        let full = stocked.len() >= usize::from(filter.limit);
        let next = stocked.last().filter(|_| full).map(|last| last.product.id.clone());
        let mut products = Vec::with_capacity(stocked.len());
        for stocked in stocked {
            let Some(Deal { cost, opens_at }) = self.best_deal(&stocked, now) else { continue };
            match price(&[cost], &book, None, now) {
                Ok(terms) => products.push(Priced { product: stocked.product, price: terms.total, opens_at }),
                Err(error @ PriceError::RateTooOld) => return Err(PlaceError::NotSelling(error.to_string())),
                // A product whose price cannot be named is not for sale; the others are.
                Err(PriceError::WrongRate(_) | PriceError::Money(_)) => {}
            }
        }
        Ok(Shelf { products, next })
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
        match self.known_promo(code).await? {
            None => Err(PlaceError::PromoUnknown),
            Some(row) if row.used >= row.max_uses => Err(PlaceError::PromoSpent),
            Some(row) => Ok(row.promo),
        }
    }

    async fn open_book(&self) -> Result<PriceBook, PlaceError> {
        self.book().await?.ok_or_else(|| PlaceError::NotSelling("no prices are set".to_owned()))
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
        let found = self.products(items).await?;
        let wanted = items.iter().enumerate();
        wanted
            .map(|(index, id)| {
                let stocked = found.iter().find(|s| s.product.id == *id).cloned();
                stocked.ok_or(PlaceError::UnknownProduct { index })
            })
            .collect()
    }

    pub(crate) fn costs_of(&self, stocked: &[Stocked]) -> Result<Vec<Money>, PlaceError> {
        let now = self.clock.now();
        let deals = stocked.iter().map(|stocked| self.best_deal(stocked, now)).enumerate();
        deals.map(|(index, deal)| deal.map(|deal| deal.cost).ok_or(PlaceError::NotAvailable { index })).collect()
    }

    /// A member of staff has every supplier's price list read now, and vouches for lists that have shrunk.
    pub async fn sync_catalogue_for(&self, by: &str) -> Result<usize, ActError> {
        let act = self.staff_act(by, "sync_catalogue", "price lists".to_owned(), String::new());
        self.stores.upkeep.record_act(&act).await?;
        self.read_lists(self.suppliers.keys(), Shrunk::Taken).await
    }

    /// The prices sold at now; `None` before any were set.
    pub async fn price_book(&self) -> Result<Option<PriceBook>, ActError> {
        Ok(self.stores.catalogue.price_book().await?)
    }

    /// Sets the prices to sell at from now on, in the name of who acts.
    pub async fn set_price_book(&self, book: PriceBook, by: &str) -> Result<(), ActError> {
        let (fx, margin) = (&book.fx, &book.margin);
        let detail = format!(
            "rate {} of {}, buffer {} %, margin {} % + {}, at least {}",
            fx.rate, fx.source, book.buffer_percent, margin.percent, margin.fixed, margin.minimum
        );
        let act = self.staff_act(by, "set_price_book", format!("price book {}", margin.id), detail);
        self.stores.catalogue.set_price_book(&book, &act).await?;
        self.memory.forget_prices();
        Ok(())
    }

    /// A promo and how far it is used.
    pub async fn promo(&self, code: &str) -> Result<Option<PromoRow>, ActError> {
        Ok(self.stores.catalogue.promo(code).await?)
    }

    /// Makes a promo or changes its limit. `false`: the promo has been used, so its discount cannot change any more.
    pub async fn put_promo(&self, promo: Promo, max_uses: i32, by: &str) -> Result<bool, ActError> {
        let detail = format!("{} off, {max_uses} uses", promo.discount);
        let act = self.staff_act(by, "put_promo", format!("promo {}", promo.code), detail);
        let put = self.stores.catalogue.put_promo(&promo, max_uses, &act).await?;
        self.memory.forget_prices();
        Ok(put)
    }
}

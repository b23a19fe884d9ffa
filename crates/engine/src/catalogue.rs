//! What is for sale, and for how much.

use domain::catalogue::Product;
use domain::pricing::{PriceBook, PriceError, Promo, Terms, price};
use domain::{CustomerId, Moment, Money, ProductId};
use ports::bills::BillInquiry;
use ports::catalogue::{ProductFilter, PromoRow, Stocked};
use uuid::Uuid;

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

/// A product and what it costs bought alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// What is sold.
    pub product: Product,
    pub tag: Tag,
    /// Nobody sells it at this hour: an order waits until then.
    pub opens_at: Option<Moment>,
}

/// What a product costs (TWD).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Price(Money),
    /// Of a bill: the least that is paid beyond the debt, which only an inquiry knows.
    Fee(Money),
}

/// One thing to be priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteItem {
    pub product: ProductId,
    /// For a bill, and only for one: what the customer was told of it.
    pub inquiry: Option<Uuid>,
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
                Ok(terms) => {
                    let bill = stocked.product.category.is_bill();
                    let tag = if bill { Tag::Fee(terms.total) } else { Tag::Price(terms.total) };
                    products.push(Priced { product: stocked.product, tag, opens_at });
                }
                Err(error @ PriceError::RateTooOld) => return Err(PlaceError::NotSelling(error.to_string())),
                // A product whose price cannot be named is not for sale; the others are.
                Err(PriceError::WrongRate(_) | PriceError::Money(_)) => {}
            }
        }
        Ok(Shelf { products, next })
    }

    /// What an order of these would cost this customer now.
    pub async fn quote(
        &self,
        customer: CustomerId,
        items: &[QuoteItem],
        promo: Option<&str>,
    ) -> Result<Terms, PlaceError> {
        let ids: Vec<ProductId> = items.iter().map(|item| item.product.clone()).collect();
        let stocked = self.stock_of(&ids).await?;
        let bills = self.bills_of(customer, items.iter().map(|item| item.inquiry).collect(), &stocked).await?;
        let costs = self.costs_of(&stocked, &bills)?;
        self.terms(&costs, promo).await
    }

    /// What the customer was told of the bills among these products, by the inquiries named in their places. Goods have none, and
    /// cost no question.
    pub(crate) async fn bills_of(
        &self,
        customer: CustomerId,
        inquiries: Vec<Option<Uuid>>,
        stocked: &[Stocked],
    ) -> Result<Vec<Option<BillInquiry>>, PlaceError> {
        let mut bills = Vec::with_capacity(stocked.len());
        for (index, (inquiry, stocked)) in inquiries.into_iter().zip(stocked).enumerate() {
            bills.push(match (stocked.product.category.is_bill(), inquiry) {
                (true, Some(id)) => Some(self.bill_of(index, customer, id, &stocked.product.id).await?),
                (true, None) => return Err(PlaceError::InquiryRequired { index }),
                (false, Some(_)) => return Err(PlaceError::TargetRequired { index }),
                (false, None) => None,
            });
        }
        Ok(bills)
    }

    async fn bill_of(
        &self,
        index: usize,
        customer: CustomerId,
        id: Uuid,
        product: &ProductId,
    ) -> Result<BillInquiry, PlaceError> {
        let asked = self.stores.bills.inquiry(id, customer).await?.filter(|asked| asked.product == *product);
        let asked = asked.ok_or(PlaceError::UnknownInquiry { index })?;
        if asked.expires_at <= self.clock.now() { Err(PlaceError::InquiryExpired { index }) } else { Ok(asked) }
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

    /// Of a bill, what it would have cost at the supplier that told of it; it must be for sale still.
    pub(crate) fn costs_of(
        &self,
        stocked: &[Stocked],
        bills: &[Option<BillInquiry>],
    ) -> Result<Vec<Money>, PlaceError> {
        let now = self.clock.now();
        let each = stocked.iter().zip(bills).enumerate();
        each.map(|(index, (stocked, bill))| {
            let owed = bill.as_ref().map(|asked| &asked.bill);
            let deal = self.best_deal_for(owed, stocked, now).ok_or(PlaceError::NotAvailable { index })?;
            Ok(bill.as_ref().map_or(deal.cost, |bill| bill.cost))
        })
        .collect()
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

//! `Catalogue`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::pricing::{PriceBook, Promo};
use domain::{Moment, ProductId, SupplierId};
use ports::catalogue::{Catalogue, ProductFilter, PromoRow, Stocked};
use ports::store::{StaffAct, Unavailable};
use ports::supplier::Listing;

use super::PgStore;
use crate::rows::{
    BookRow, CountRow, Hit, NameRow, PromoDataRow, StockedRow, TakenRow, book_json, listings, stocked, word,
};
use crate::stmt::catalogue as stmt;

#[async_trait]
impl Catalogue for PgStore {
    async fn put_list(&self, supplier: &SupplierId, list: Vec<Listing>, now: Moment) -> Result<(), Unavailable> {
        if list.is_empty() {
            return Ok(());
        }
        let rows: Vec<CountRow> = self.db.ask(&stmt::put_list(listings(supplier, &list, now))).await?;
        let changed = rows.first().map_or(0, |row| row.n);
        tracing::debug!(supplier = %supplier, offers.listed = list.len(), offers.changed = changed, "took a price list");
        Ok(())
    }

    async fn lists_taken(&self) -> Result<Vec<(SupplierId, Moment)>, Unavailable> {
        let rows: Vec<TakenRow> = self.db.ask(&stmt::lists_taken()).await?;
        let taken: Result<Vec<_>, _> = rows.into_iter().map(TakenRow::read).collect();
        Ok(taken?)
    }

    async fn sold_by(&self, supplier: &SupplierId) -> Result<BTreeSet<ProductId>, Unavailable> {
        let rows: Vec<NameRow> = self.db.ask(&stmt::sold_by(supplier)).await?;
        let products: Result<_, _> = rows.iter().map(|row| word("product", &row.name)).collect();
        Ok(products?)
    }

    async fn retire(&self, supplier: &SupplierId, unread_since: Moment, now: Moment) -> Result<u64, Unavailable> {
        let rows: Vec<CountRow> = self.db.ask(&stmt::retire(supplier, unread_since, now)).await?;
        Ok(rows.first().map_or(0, |row| u64::try_from(row.n).unwrap_or(0)))
    }

    async fn list(&self, filter: &ProductFilter, now: Moment) -> Result<Vec<Stocked>, Unavailable> {
        let rows: Vec<StockedRow> = self.db.ask(&stmt::list_products(filter, now)).await?;
        Ok(stocked(rows)?)
    }

    async fn find(&self, ids: &[ProductId], now: Moment) -> Result<Vec<Stocked>, Unavailable> {
        let rows: Vec<StockedRow> = self.db.ask(&stmt::find_products(ids, now)).await?;
        Ok(stocked(rows)?)
    }

    async fn price_book(&self) -> Result<Option<PriceBook>, Unavailable> {
        let rows: Vec<BookRow> = self.db.ask(&stmt::newest_book()).await?;
        Ok(rows.into_iter().next().map(BookRow::read).transpose()?)
    }

    async fn set_price_book(&self, book: &PriceBook, act: &StaffAct) -> Result<(), Unavailable> {
        let statement = stmt::add_book(book_json(book)?, act);
        self.db.ask::<_, Hit>(&statement).await?;
        Ok(())
    }

    async fn promo(&self, code: &str) -> Result<Option<PromoRow>, Unavailable> {
        let rows: Vec<PromoDataRow> = self.db.ask(&stmt::promo(code)).await?;
        Ok(rows.into_iter().next().map(PromoDataRow::read).transpose()?)
    }

    async fn put_promo(&self, promo: &Promo, max_uses: i32, act: &StaffAct) -> Result<bool, Unavailable> {
        let rows: Vec<Hit> = self.db.ask(&stmt::put_promo(promo, max_uses, act)).await?;
        Ok(!rows.is_empty())
    }
}

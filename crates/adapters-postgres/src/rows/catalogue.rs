//! Products, offers, the price book and promos as rows.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::catalogue::{Offer, Product};
use domain::pricing::{FxRate, MarginRule, PriceBook, Promo};
use domain::supply::{DailyWindow, Off, Standing};
use domain::{Moment, ProductId, SupplierId};
use ports::catalogue::{PromoRow, Stocked};
use ports::supplier::Listing;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::columns::{BadRow, json, money, opt_money, opt_word, word};
use super::row;
use crate::stmt::{Feed, Write};

/// A supplier's list, each product once: of several lines of one product, the cheapest active one.
pub(crate) fn listings(supplier: &SupplierId, list: &[Listing], now: Moment) -> Feed {
    let mut best: BTreeMap<&ProductId, &Listing> = BTreeMap::new();
    let rank = |listing: &Listing| (!listing.offer.active, listing.offer.cost.minor());
    for listing in list {
        let kept = best.entry(&listing.product.id).or_insert(listing);
        if rank(listing) < rank(kept) {
            *kept = listing;
        }
    }
    let rows: Vec<&Listing> = best.into_values().collect();
    Feed::of("listing", Write::Text, &rows)
        .text("product", |l| l.product.id.as_str())
        .text("supplier", |_| supplier.as_str())
        .text("category", |l| l.product.category.as_str())
        .text("brand", |l| l.product.brand.as_str())
        .text("name", |l| l.product.name.as_str())
        .text("code", |l| l.offer.code.as_str())
        .money("cost_minor", "cost_currency", |l| Some(l.offer.cost))
        .bool("active", |l| l.offer.active)
        .opt_int("closed_from", |l| l.offer.closed.map(DailyWindow::from_minute))
        .opt_int("closed_until", |l| l.offer.closed.map(DailyWindow::until_minute))
        .time("at", |_| now)
        .done()
}

row! { TakenRow { supplier: String = Text, taken_at: Moment = Timestamptz } }

impl TakenRow {
    pub(crate) fn read(self) -> Result<(SupplierId, Moment), BadRow> {
        Ok((word("supplier", &self.supplier)?, self.taken_at))
    }
}

row! {
    StockedRow {
        id: String = Text,
        category: String = Text,
        brand: String = Text,
        name: String = Text,
        supplier: String = Text,
        code: String = Text,
        cost_minor: i64 = BigInt,
        cost_currency: String = Text,
        active: bool = Bool,
        closed_from: Option<i32> = Nullable<Integer>,
        closed_until: Option<i32> = Nullable<Integer>,
        /// A person switched it off, until…
        off: bool = Bool,
        off_until: Option<Moment> = Nullable<Timestamptz>,
        held: Option<String> = Nullable<Text>,
        broken_until: Option<Moment> = Nullable<Timestamptz>,
        needed_minor: Option<i64> = Nullable<BigInt>,
        needed_currency: Option<String> = Nullable<Text>,
    }
}

/// Rows come sorted by product.
pub(crate) fn stocked(rows: Vec<StockedRow>) -> Result<Vec<Stocked>, BadRow> {
    let mut all: Vec<Stocked> = Vec::new();
    for row in rows {
        let id: ProductId = word("product", &row.id)?;
        let supplier: SupplierId = word("supplier", &row.supplier)?;
        let standing = Standing {
            supplier: supplier.clone(),
            off: row.off.then(|| row.off_until.map_or(Off::Open, Off::Until)),
            hold: opt_word("held", row.held.as_deref())?,
            needed: opt_money("needed", row.needed_minor, row.needed_currency.as_deref())?,
            broken_until: row.broken_until,
        };
        let says = standing.off.is_some() || standing.hold.is_some() || standing.broken_until.is_some();
        let offer = Offer {
            product: id.clone(),
            supplier,
            code: row.code,
            cost: money("cost", row.cost_minor, &row.cost_currency)?,
            active: row.active,
            closed: closed(row.closed_from, row.closed_until)?,
        };
        let standings = says.then_some(standing);
        match all.last_mut().filter(|last| last.product.id == id) {
            Some(last) => {
                last.offers.push(offer);
                last.standings.extend(standings);
            }
            None => {
                let product =
                    Product { id, category: word("category", &row.category)?, brand: row.brand, name: row.name };
                all.push(Stocked { product, offers: vec![offer], standings: standings.into_iter().collect() });
            }
        }
    }
    Ok(all)
}

/// Both minutes of the day, or neither.
fn closed(from: Option<i32>, until: Option<i32>) -> Result<Option<DailyWindow>, BadRow> {
    let (Some(from), Some(until)) = (from, until) else { return Ok(None) };
    let minute = |n: i32| u16::try_from(n).map_err(|error| BadRow(error.to_string()));
    DailyWindow::of_minutes(minute(from)?, minute(until)?).map(Some).map_err(|error| BadRow(error.to_string()))
}

row! { BookRow { book: Value = Jsonb } }

/// `price_book.book`: decimals as text, the age in seconds.
#[derive(Serialize, Deserialize)]
struct StoredBook {
    fx: FxRate,
    buffer_percent: Decimal,
    margin: MarginRule,
    charge_unit: i64,
    max_rate_age_s: i64,
}

pub(crate) fn book_json(book: &PriceBook) -> Result<Value, BadRow> {
    let stored = StoredBook {
        fx: book.fx.clone(),
        buffer_percent: book.buffer_percent,
        margin: book.margin.clone(),
        charge_unit: book.charge_unit,
        max_rate_age_s: book.max_rate_age.num_seconds(),
    };
    serde_json::to_value(stored).map_err(|error| BadRow(error.to_string()))
}

impl BookRow {
    pub(crate) fn read(self) -> Result<PriceBook, BadRow> {
        let stored: StoredBook = json("book", self.book)?;
        Ok(PriceBook {
            fx: stored.fx,
            buffer_percent: stored.buffer_percent,
            margin: stored.margin,
            charge_unit: stored.charge_unit,
            max_rate_age: TimeDelta::seconds(stored.max_rate_age_s),
        })
    }
}

row! {
    PromoDataRow {
        code: String = Text,
        discount_minor: i64 = BigInt,
        discount_currency: String = Text,
        max_uses: i32 = Integer,
        used: i32 = Integer,
    }
}

impl PromoDataRow {
    pub(crate) fn read(self) -> Result<PromoRow, BadRow> {
        let discount = money("discount", self.discount_minor, &self.discount_currency)?;
        let promo = Promo { code: self.code, discount };
        Ok(PromoRow { promo, max_uses: self.max_uses, used: self.used })
    }
}

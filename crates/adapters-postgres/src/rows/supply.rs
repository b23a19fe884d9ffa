//! Suppliers' states, switches and minutes as rows.

use domain::supply::Sums;
use domain::{Moment, SupplierId};
use ports::supply::{Goods, Held, SupplierMinute, SupplierState, Switch};
use uuid::Uuid;

use super::columns::{BadRow, opt_money, opt_word, word};
use super::row;
use crate::stmt::{Feed, Write};

row! {
    StateRow {
        supplier: String = Text,
        version: i32 = Integer,
        broken_until: Option<Moment> = Nullable<Timestamptz>,
        broken_since: Option<Moment> = Nullable<Timestamptz>,
        held: Option<String> = Nullable<Text>,
        held_since: Option<Moment> = Nullable<Timestamptz>,
        needed_minor: Option<i64> = Nullable<BigInt>,
        needed_currency: Option<String> = Nullable<Text>,
        balance_minor: Option<i64> = Nullable<BigInt>,
        balance_currency: Option<String> = Nullable<Text>,
        balance_at: Option<Moment> = Nullable<Timestamptz>,
        hours_left: Option<i64> = Nullable<BigInt>,
    }
}

impl StateRow {
    pub(crate) fn read(self) -> Result<SupplierState, BadRow> {
        let needed = opt_money("needed", self.needed_minor, self.needed_currency.as_deref())?;
        let balance = opt_money("balance", self.balance_minor, self.balance_currency.as_deref())?;
        let hold = opt_word("held", self.held.as_deref())?;
        Ok(SupplierState {
            supplier: word("supplier", &self.supplier)?,
            version: self.version,
            broken_until: self.broken_until,
            broken_since: self.broken_since,
            held: hold.zip(self.held_since).map(|(hold, since)| Held { hold, since, needed }),
            balance: balance.zip(self.balance_at),
            hours_left: self.hours_left.map(u32::try_from).transpose().map_err(|error| BadRow(error.to_string()))?,
        })
    }
}

row! {
    SwitchRow {
        id: Uuid = Id,
        supplier: Option<String> = Nullable<Text>,
        product: Option<String> = Nullable<Text>,
        category: Option<String> = Nullable<Text>,
        from_at: Moment = Timestamptz,
        until_at: Option<Moment> = Nullable<Timestamptz>,
        set_by: String = Text,
        why: String = Text,
    }
}

impl SwitchRow {
    pub(crate) fn read(self) -> Result<Switch, BadRow> {
        let goods = Goods {
            supplier: opt_word("supplier", self.supplier.as_deref())?,
            product: opt_word("product", self.product.as_deref())?,
            category: opt_word("category", self.category.as_deref())?,
        };
        Ok(Switch { id: self.id, goods, from: self.from_at, until: self.until_at, by: self.set_by, why: self.why })
    }
}

/// Which minutes may be added to at once: each once.
pub(crate) fn minutes(rows: &[SupplierMinute]) -> Feed {
    Feed::of("seen", Write::Text, rows)
        .time("minute", |m| m.minute)
        .text("supplier", |m| m.supplier.as_str())
        .bigint("sent", |m| m.sums.sent)
        .bigint("delivered", |m| m.sums.delivered)
        .bigint("refused", |m| m.sums.refused)
        .bigint("turned_away", |m| m.sums.turned_away)
        .bigint("failed", |m| m.sums.failed)
        .bigint("unclear", |m| m.sums.unclear)
        .bigint("not_sent", |m| m.sums.not_sent)
        .bigint("reversed", |m| m.sums.reversed)
        .bigint("deliver_ms", |m| i64::try_from(m.sums.deliver_ms).unwrap_or(i64::MAX))
        .bigint("spent_minor", |m| m.sums.spent_minor)
        .done()
}

row! {
    SumsRow {
        supplier: String = Text,
        sent: i64 = BigInt,
        delivered: i64 = BigInt,
        refused: i64 = BigInt,
        turned_away: i64 = BigInt,
        failed: i64 = BigInt,
        unclear: i64 = BigInt,
        not_sent: i64 = BigInt,
        reversed: i64 = BigInt,
        deliver_ms: i64 = BigInt,
        spent_minor: i64 = BigInt,
    }
}

impl SumsRow {
    pub(crate) fn read(self) -> Result<(SupplierId, Sums), BadRow> {
        let count = |n: i64| u32::try_from(n).map_err(|error| BadRow(error.to_string()));
        let sums = Sums {
            sent: count(self.sent)?,
            delivered: count(self.delivered)?,
            refused: count(self.refused)?,
            turned_away: count(self.turned_away)?,
            failed: count(self.failed)?,
            unclear: count(self.unclear)?,
            not_sent: count(self.not_sent)?,
            reversed: count(self.reversed)?,
            deliver_ms: u64::try_from(self.deliver_ms).map_err(|error| BadRow(error.to_string()))?,
            spent_minor: self.spent_minor,
        };
        Ok((word("supplier", &self.supplier)?, sums))
    }
}

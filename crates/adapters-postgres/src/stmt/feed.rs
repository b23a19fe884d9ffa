//! Rows of one table on their way in: one array per column, and how the table takes them.
//!
//! A feed for the table `x` is the `WITH` entry `x_in`; its columns are the table's. It is written for the orders that
//! survived, which every statement with feeds calls `kept` (columns `id`, `version`).

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use domain::{Moment, Money};
use serde_json::Value;
use uuid::Uuid;

use super::bind::{Column, storable};

/// How a table takes the rows. Rows are whole: every column is written.
pub(crate) enum Write {
    /// The statement's own text says how.
    Text,
    /// Insert. The order is new, and so are its rows.
    Insert,
    /// Change the row with this key, or insert it. The order's version is held, so nobody else does the same: `ON CONFLICT`
    /// would write its lock and its promise for each row into the log, for nothing.
    Put(&'static [&'static str]),
    /// Change the row with this key, which is there.
    Update(&'static [&'static str]),
    /// Insert, with the version the commit made.
    Version,
}

/// The rows for one table.
pub(crate) struct Feed {
    table: &'static str,
    write: Write,
    columns: Vec<(&'static str, Column)>,
}

impl Feed {
    pub(crate) fn of<'a, R>(table: &'static str, write: Write, rows: &'a [R]) -> FeedOf<'a, R> {
        FeedOf { rows, feed: Self { table, write, columns: Vec::new() } }
    }

    /// `payment_in(order_id, n, …) AS (SELECT * FROM unnest($1, $2, …))`
    pub(super) fn push_input<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&format!("{}_in({}) AS (SELECT * FROM unnest(", self.table, self.names("")));
        for ((_, column), n) in self.columns.iter().zip(0..) {
            out.push_sql(if n == 0 { "" } else { ", " });
            column.push(out)?;
        }
        out.push_sql("))");
        Ok(())
    }

    pub(super) fn push_write(&self, out: &mut AstPass<'_, '_, Pg>) {
        let (table, names, values) = (self.table, self.names(""), self.names("i."));
        let from = format!("FROM {table}_in i JOIN kept ON kept.id = i.order_id");
        let insert = format!("INSERT INTO {table} ({names}) SELECT {values} {from}");
        let update =
            |key: &[&str], same: &str| format!("UPDATE {table} t SET {} {from} WHERE {same}", self.changes(key));
        let write = match &self.write {
            Write::Text => return,
            Write::Insert => format!(",\n{table}_out AS ({insert})"),
            Write::Put(key) => {
                let same = same(key);
                let update = update(key, &same);
                let insert = format!("{insert} WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same})");
                format!(",\n{table}_changed AS ({update}),\n{table}_new AS ({insert})")
            }
            Write::Update(key) => format!(",\n{table}_out AS ({})", update(key, &same(key))),
            Write::Version => {
                let insert = format!("INSERT INTO {table} (version, {names}) SELECT kept.version, {values} {from}");
                format!(",\n{table}_out AS ({insert})")
            }
        };
        out.push_sql(&write);
    }

    fn changes(&self, key: &[&str]) -> String {
        let changing = self.columns.iter().map(|(name, _)| name).filter(|name| !key.contains(name));
        let set: Vec<String> = changing.map(|name| format!("{name} = i.{name}")).collect();
        set.join(", ")
    }

    fn names(&self, prefix: &str) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("{prefix}{name}")).collect();
        names.join(", ")
    }
}

/// The stored row `t` is the one that came in as `i`.
fn same(key: &[&str]) -> String {
    let same: Vec<String> = key.iter().map(|name| format!("t.{name} = i.{name}")).collect();
    same.join(" AND ")
}

/// Builds a feed: one line per column.
pub(crate) struct FeedOf<'a, R> {
    rows: &'a [R],
    feed: Feed,
}

/// `name` is the column, the closure its value in a row; the plain form is never null, the `opt_` form may be.
macro_rules! columns {
    ($($plain:ident, $opt:ident: $kind:ident of $type:ty;)+) => {
        impl<'a, R> FeedOf<'a, R> {
            $(
                pub(crate) fn $plain<V: Into<$type>>(self, name: &'static str, value: impl Fn(&'a R) -> V) -> Self {
                    self.$opt(name, |row| Some(value(row)))
                }
                pub(crate) fn $opt<V: Into<$type>>(mut self, name: &'static str, value: impl Fn(&'a R) -> Option<V>) -> Self {
                    let values = self.rows.iter().map(|row| value(row).map(Into::into).map(Storable::storable));
                    self.feed.columns.push((name, Column::$kind(values.collect())));
                    self
                }
            )+
        }
    };
}

columns! {
    uuid, opt_uuid: Uuid of Uuid;
    int, opt_int: Int of i32;
    bigint, opt_bigint: BigInt of i64;
    bool, opt_bool: Bool of bool;
    text, opt_text: Text of String;
    json, opt_json: Json of Value;
    time, opt_time: Time of Moment;
    bytes, opt_bytes: Bytes of Vec<u8>;
}

impl<'a, R> FeedOf<'a, R> {
    /// Two columns: minor units and currency.
    pub(crate) fn money(
        self,
        minor: &'static str,
        currency: &'static str,
        value: impl Fn(&'a R) -> Option<Money>,
    ) -> Self {
        self.opt_bigint(minor, |row| value(row).map(Money::minor))
            .opt_text(currency, |row| value(row).map(|money| money.currency().code()))
    }

    pub(crate) fn done(self) -> Feed {
        self.feed
    }
}

/// Only texts need a look before they are stored.
trait Storable {
    fn storable(self) -> Self;
}
macro_rules! storable_as_is {
    ($($type:ty),+) => { $(impl Storable for $type { fn storable(self) -> Self { self } })+ };
}
storable_as_is!(Uuid, i32, i64, bool, Value, Moment, Vec<u8>);
impl Storable for String {
    fn storable(self) -> Self {
        storable(self)
    }
}

//! Single columns: words, amounts, sealed texts.

use std::fmt::Display;
use std::str::FromStr;

use domain::{Money, OrderId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cipher::{CipherKeys, Place, child_row};
use crate::pack::unpack;

/// A stored value the domain does not understand. Names the column, never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRow(pub(crate) String);

impl BadRow {
    fn new(column: &str, why: impl Display) -> Self {
        Self(format!("{column}: {why}"))
    }
}

/// Reads the columns of one order.
pub(crate) struct Reader<'a> {
    pub(crate) order: OrderId,
    pub(crate) keys: &'a CipherKeys,
}

impl Reader<'_> {
    pub(crate) fn open(
        &self,
        table: &'static str,
        n: i32,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<String, BadRow> {
        let row = child_row(self.order, number(column, n)?);
        self.keys.open_text(sealed, &Place { table, row: &row, column }).map_err(BadRow)
    }
}

pub(crate) fn word<T: FromStr<Err: Display>>(column: &str, text: &str) -> Result<T, BadRow> {
    text.parse().map_err(|error| BadRow::new(column, error))
}

pub(crate) fn opt_word<T: FromStr<Err: Display>>(column: &str, text: Option<&str>) -> Result<Option<T>, BadRow> {
    text.map(|text| word(column, text)).transpose()
}

pub(crate) fn packed(column: &str, bytes: &[u8]) -> Result<String, BadRow> {
    unpack(bytes).ok_or_else(|| BadRow::new(column, "is no packed text"))
}

pub(crate) fn packed_json<T: DeserializeOwned>(column: &str, bytes: &[u8]) -> Result<T, BadRow> {
    serde_json::from_str(&packed(column, bytes)?).map_err(|error| BadRow::new(column, error))
}

/// The domain's numbers are smaller than the database's.
pub(crate) fn number<T: TryFrom<i32, Error: Display>>(column: &str, n: i32) -> Result<T, BadRow> {
    n.try_into().map_err(|error| BadRow::new(column, error))
}

pub(crate) fn money(column: &str, minor: i64, currency: &str) -> Result<Money, BadRow> {
    Ok(Money::from_minor(minor, word(column, currency)?))
}

pub(crate) fn opt_money(column: &str, minor: Option<i64>, currency: Option<&str>) -> Result<Option<Money>, BadRow> {
    minor.zip(currency).map(|(minor, currency)| money(column, minor, currency)).transpose()
}

pub(crate) fn json<T: DeserializeOwned>(column: &str, value: Value) -> Result<T, BadRow> {
    serde_json::from_value(value).map_err(|error| BadRow::new(column, error))
}

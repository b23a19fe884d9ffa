//! Parameters: single values, and columns of many rows.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Integer, Json, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::Moment;
use serde_json::Value;
use uuid::Uuid;

/// One parameter.
#[derive(Debug)]
pub(crate) enum Bind {
    Uuid(Option<Uuid>),
    Int(i32),
    BigInt(Option<i64>),
    Bool(bool),
    Text(Option<String>),
    Json(Value),
    Time(Option<Moment>),
    Bytes(Option<Vec<u8>>),
    Many(Column),
}

/// One column of many rows.
#[derive(Debug)]
pub(crate) enum Column {
    Uuid(Vec<Option<Uuid>>),
    Int(Vec<Option<i32>>),
    BigInt(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Text(Vec<Option<String>>),
    /// Sent as `json`: a column of that type keeps the text as it comes, and `jsonb` would be told with blanks.
    Json(Vec<Option<Value>>),
    Time(Vec<Option<Moment>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Bind {
    pub(crate) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Uuid(value) => out.push_bind_param::<Nullable<SqlUuid>, _>(value),
            Self::Int(value) => out.push_bind_param::<Integer, _>(value),
            Self::BigInt(value) => out.push_bind_param::<Nullable<BigInt>, _>(value),
            Self::Bool(value) => out.push_bind_param::<Bool, _>(value),
            Self::Text(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Self::Json(value) => out.push_bind_param::<Jsonb, _>(value),
            Self::Time(value) => out.push_bind_param::<Nullable<Timestamptz>, _>(value),
            Self::Bytes(value) => out.push_bind_param::<Nullable<Binary>, _>(value),
            Self::Many(column) => column.push(out),
        }
    }
}

impl Column {
    pub(crate) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Uuid(values) => out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(values),
            Self::Int(values) => out.push_bind_param::<Array<Nullable<Integer>>, _>(values),
            Self::BigInt(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values),
            Self::Bool(values) => out.push_bind_param::<Array<Nullable<Bool>>, _>(values),
            Self::Text(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values),
            Self::Json(values) => out.push_bind_param::<Array<Nullable<Json>>, _>(values),
            Self::Time(values) => out.push_bind_param::<Array<Nullable<Timestamptz>>, _>(values),
            Self::Bytes(values) => out.push_bind_param::<Array<Nullable<Binary>>, _>(values),
        }
    }
}

/// What PostgreSQL can store of a text: a provider's reply may hold the one character it cannot.
pub(crate) fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl From<Uuid> for Bind {
    fn from(value: Uuid) -> Self {
        Self::Uuid(Some(value))
    }
}
impl From<Option<Uuid>> for Bind {
    fn from(value: Option<Uuid>) -> Self {
        Self::Uuid(value)
    }
}
impl From<i32> for Bind {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}
impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::BigInt(Some(value))
    }
}
impl From<Option<i64>> for Bind {
    fn from(value: Option<i64>) -> Self {
        Self::BigInt(value)
    }
}
impl From<bool> for Bind {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(Some(storable(value.to_owned())))
    }
}
impl From<Option<&str>> for Bind {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(|text| storable(text.to_owned())))
    }
}
impl From<Value> for Bind {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}
impl From<Moment> for Bind {
    fn from(value: Moment) -> Self {
        Self::Time(Some(value))
    }
}
impl From<Option<Moment>> for Bind {
    fn from(value: Option<Moment>) -> Self {
        Self::Time(value)
    }
}
impl From<Option<Vec<u8>>> for Bind {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}
impl From<Column> for Bind {
    fn from(value: Column) -> Self {
        Self::Many(value)
    }
}

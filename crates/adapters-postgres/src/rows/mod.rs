//! Between rows and the domain's types. Plain translation: nothing is decided here.

mod around;
mod bill;
mod catalogue;
mod children;
mod columns;
mod instructions;
mod order;
mod said;
mod write;

pub(crate) use around::{
    AlertRow, AnswerRow, HistoryRow, LineRow, NoticeRow, StaffActRow, StoryTaskRow, SummaryRow, leased, outlook,
};
pub(crate) use bill::{InquiryRow, seal_inquiry};
pub(crate) use catalogue::{BookRow, PromoDataRow, StockedRow, TakenRow, book_json, listings, stocked};
pub(crate) use columns::BadRow;
pub(crate) use order::{OrderRow, OrderRows};
pub(crate) use write::{commit_feeds, create_feeds, notice_id, notice_key};

/// Declares a row: its columns by name, with their types on both sides.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $rust:ty = $sql:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $rust),* }
        impl diesel::QueryableByName<diesel::pg::Pg> for $name {
            fn build<'a>(row: &impl diesel::row::NamedRow<'a, diesel::pg::Pg>) -> diesel::deserialize::Result<Self> {
                #[expect(unused_imports, reason = "each row names the types it needs")]
                use diesel::sql_types::{
                    Array, BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as Id,
                };
                Ok(Self { $($field: diesel::row::NamedRow::get::<$sql, $rust>(row, stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use row;

/// A row that is there, whatever it holds.
pub(crate) struct Hit;
impl diesel::QueryableByName<diesel::pg::Pg> for Hit {
    fn build<'a>(_row: &impl diesel::row::NamedRow<'a, diesel::pg::Pg>) -> diesel::deserialize::Result<Self> {
        Ok(Self)
    }
}

row! { NameRow { name: String = Text } }
row! { CountRow { n: i64 = BigInt } }
row! { FoundRow { found: bool = Bool } }
row! { VersionRow { version: i32 = Integer } }
row! { StandingRow { id: uuid::Uuid = Id, version: i32 = Integer } }
row! { HolderRow { order_id: Option<uuid::Uuid> = Nullable<Id> } }

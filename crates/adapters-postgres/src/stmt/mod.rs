//! Every statement, as text with its parameters, run through one fragment that diesel caches: `sql_query`, `update`,
//! `values(&vec)` and `do_update` of its DSL are prepared anew at each call.
//!
//! A text is plain SQL. Its parameters are either `$1`, `$2`, … in the order of their first use, or rows: then `{inputs}`
//! stands where their `WITH` entries go and `{writes}` where the rows are written (see [`feed`]).

pub(crate) mod bills;
mod bind;
pub(crate) mod catalogue;
mod claim;
mod commit;
mod create;
mod feed;
mod load;
mod lookup;
mod schedule;
mod staff;
mod story;
mod tasks;
mod upkeep;

pub(crate) use bind::{Bind, Column};
pub(crate) use claim::{ClaimBackOffice, ClaimGateway, ClaimSupplier, ClaimedRow, claim, lease_millis};
#[cfg(feature = "test-hooks")]
pub(crate) use commit::commit_on_any_version;
pub(crate) use commit::{CommitAnswer, commit};
pub(crate) use create::{CreateAnswer, create};
pub(crate) use feed::{Feed, FeedOf, Write};
pub(crate) use load::{
    load_attempts, load_checkouts, load_items, load_order, load_payments, load_refunds, load_tasks, load_version,
    load_versions,
};
pub(crate) use lookup::{
    holder_of, list_all, list_of_customer, list_open, notices_about, page_limit, park, stored_answer,
};
pub(crate) use schedule::{begin_slot, finish_slot, give_back_slot};
pub(crate) use staff::{record_act, staff_acts};
pub(crate) use story::{story_alerts, story_history, story_lines, story_notices, story_tasks};
pub(crate) use tasks::{OutlookRow, bury, hand_back, outlook, retry_later, revive};
pub(crate) use upkeep::{
    SweptRow, all_alerts, applied_versions, close_alert, forget_answers, has_schema, make_partitions,
    missing_partitions, open_alerts, raise_alert, sweep,
};

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::Fault;

/// The text of one statement; the type is the statement's identity in the cache.
pub(crate) trait Text: Send + Sync + 'static {
    const SQL: &'static str;
}

/// Names a statement's text.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident = $sql:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;
        impl $crate::stmt::Text for $name {
            const SQL: &'static str = $sql;
        }
    };
}
pub(crate) use text;

/// A row that can be read by its column names.
pub(crate) trait Fetch: QueryableByName<Pg> + Send + 'static {}
impl<R: QueryableByName<Pg> + Send + 'static> Fetch for R {}

/// A statement with its parameters.
pub(crate) struct Statement<T> {
    input: Input,
    text: PhantomData<T>,
}

enum Input {
    Binds(Vec<Bind>),
    Feeds(Vec<Feed>),
}

impl<T: Text> Statement<T> {
    pub(crate) fn with<const N: usize>(binds: [Bind; N]) -> Self {
        Self { input: Input::Binds(binds.into()), text: PhantomData }
    }

    pub(crate) fn fed(feeds: Vec<Feed>) -> Self {
        Self { input: Input::Feeds(feeds), text: PhantomData }
    }

    /// Sends it. Several futures on one connection, polled together, are pipelined.
    pub(crate) async fn fetch<R: Fetch>(&self, mut connection: &AsyncPgConnection) -> Result<Vec<R>, Fault> {
        RunQueryDsl::load::<R>(self, &mut connection).await.map_err(Fault::from)
    }
}

impl<T: Text> QueryId for Statement<T> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T: Text> Query for Statement<T> {
    type SqlType = Untyped;
}

impl<T: Text> QueryFragment<Pg> for Statement<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match &self.input {
            Input::Binds(binds) => walk_binds(T::SQL, binds, &mut out),
            Input::Feeds(feeds) => walk_feeds(T::SQL, feeds, &mut out),
        }
    }
}

/// diesel writes the `$n` of each parameter itself, in order; later uses are part of the text.
fn walk_binds<'b>(sql: &str, binds: &'b [Bind], out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    let mut rest = sql;
    for (bind, number) in binds.iter().zip(1..) {
        let marker = format!("${number}");
        let Some((before, after)) = rest.split_once(&marker) else {
            return Err(diesel::result::Error::QueryBuilderError(format!("{marker} is not used").into()));
        };
        out.push_sql(before);
        bind.push(out)?;
        rest = after;
    }
    out.push_sql(rest);
    Ok(())
}

fn walk_feeds<'b>(sql: &str, feeds: &'b [Feed], out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    let (before, rest) = sql.split_once("{inputs}").unwrap_or(("", sql));
    let (middle, after) = rest.split_once("{writes}").unwrap_or((rest, ""));
    out.push_sql(before);
    for (feed, n) in feeds.iter().zip(0..) {
        out.push_sql(if n == 0 { "" } else { ",\n" });
        feed.push_input(out)?;
    }
    out.push_sql(middle);
    for feed in feeds {
        feed.push_write(out);
    }
    out.push_sql(after);
    Ok(())
}

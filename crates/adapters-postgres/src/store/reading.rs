//! Reading an order whole, and its story: statements sent together over one connection, one round trip.

use diesel_async::AsyncPgConnection;
use domain::{Order, OrderId};
use ports::store::{LoadError, Story, Unavailable};

use super::PgStore;
use crate::db::Fault;
use crate::rows::{AlertRow, BadRow, HistoryRow, LineRow, NoticeRow, OrderRow, OrderRows, StoryTaskRow, VersionRow};
use crate::stmt;

/// An order that was committed between two of our statements is read again; more often than this it is not moving, it is
/// running.
const READ_TRIES: usize = 3;

/// What the statements of one reading found.
enum Reading {
    Missing,
    /// The order was committed meanwhile: the parts may not fit together.
    Torn,
    Whole(Box<OrderRows>),
}

impl PgStore {
    pub(super) async fn read_order(&self, id: OrderId) -> Result<Order, LoadError> {
        for _ in 0..READ_TRIES {
            let reading = match self.order_rows(id).await {
                Err(Fault::Lost(_)) => self.order_rows(id).await?,
                reading => reading?,
            };
            match reading {
                Reading::Missing => return Err(LoadError::NotFound),
                Reading::Torn => {}
                Reading::Whole(rows) => return Ok(rows.read(id, &self.keys)?),
            }
        }
        Err(LoadError::Unavailable(Unavailable("the order changes faster than it can be read".into())))
    }

    async fn order_rows(&self, id: OrderId) -> Result<Reading, Fault> {
        self.db.once(async |c| Self::rows_on(c, id).await).await
    }

    async fn rows_on(c: &AsyncPgConnection, id: OrderId) -> Result<Reading, Fault> {
        let (order, payments, checkouts, items) =
            (stmt::load_order(id), stmt::load_payments(id), stmt::load_checkouts(id), stmt::load_items(id));
        let (attempts, refunds, tasks, version) =
            (stmt::load_attempts(id), stmt::load_refunds(id), stmt::load_tasks(id), stmt::load_version(id));
        // Sent and run in this order: the version is looked at before and after all else.
        let (order, payments, checkouts, items, attempts, refunds, tasks, version) = tokio::join!(
            biased;
            order.fetch::<OrderRow>(c),
            payments.fetch(c),
            checkouts.fetch(c),
            items.fetch(c),
            attempts.fetch(c),
            refunds.fetch(c),
            tasks.fetch(c),
            version.fetch::<VersionRow>(c),
        );
        let Some(order) = order?.into_iter().next() else { return Ok(Reading::Missing) };
        if version?.first().map(|last| last.version) != Some(order.version) {
            return Ok(Reading::Torn);
        }
        Ok(Reading::Whole(Box::new(OrderRows {
            order,
            payments: payments?,
            checkouts: checkouts?,
            items: items?,
            attempts: attempts?,
            refunds: refunds?,
            tasks: tasks?,
        })))
    }

    pub(super) async fn read_story(&self, id: OrderId) -> Result<Story, Unavailable> {
        match self.story_of(id).await {
            Err(Fault::Lost(_)) => Ok(self.story_of(id).await??),
            story => Ok(story??),
        }
    }

    async fn story_of(&self, id: OrderId) -> Result<Result<Story, BadRow>, Fault> {
        self.db.once(async |c| Self::story_on(c, id).await).await
    }

    async fn story_on(c: &AsyncPgConnection, id: OrderId) -> Result<Result<Story, BadRow>, Fault> {
        let (history, lines) = (stmt::story_history(id), stmt::story_lines(id));
        let (notices, alerts, tasks) = (stmt::story_notices(id), stmt::story_alerts(id), stmt::story_tasks(id));
        let rows = tokio::join!(
            history.fetch::<HistoryRow>(c),
            lines.fetch::<LineRow>(c),
            notices.fetch::<NoticeRow>(c),
            alerts.fetch::<AlertRow>(c),
            tasks.fetch::<StoryTaskRow>(c),
        );
        let (history, lines) = (rows.0?, rows.1?);
        let (notices, alerts, tasks) = (rows.2?, rows.3?, rows.4?);
        let told = || {
            Ok(Story {
                exchanges: in_time(history.iter().collect(), HistoryRow::exchanges)?.concat(),
                history: in_time(history, HistoryRow::read)?,
                ledger: in_time(lines, LineRow::read)?,
                notices: in_time(notices, NoticeRow::read)?,
                alerts: in_time(alerts, AlertRow::read)?,
                tasks: in_time(tasks, StoryTaskRow::read)?,
            })
        };
        Ok(told())
    }
}

/// Rows come newest first, so that the limit cuts the oldest; a story is told from the beginning.
fn in_time<R, T>(rows: Vec<R>, read: impl Fn(R) -> Result<T, BadRow>) -> Result<Vec<T>, BadRow> {
    rows.into_iter().rev().map(read).collect()
}

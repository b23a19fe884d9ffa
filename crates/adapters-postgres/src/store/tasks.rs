//! `TaskStore` and `Schedules`.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::task::Queue;
use domain::{Moment, OrderId, TaskKind};
use ports::store::{StaffAct, Unavailable};
use ports::tasks::{LeaseToken, Leased, Outlook, Schedules, TaskStore};

use super::PgStore;
use crate::rows::{BadRow, Hit, leased, outlook};
use crate::stmt::{self, ClaimBackOffice, ClaimGateway, ClaimSupplier, ClaimedRow, OutlookRow, Statement, Text};

#[async_trait]
impl TaskStore for PgStore {
    async fn claim(
        &self,
        queue: Queue,
        limit: u16,
        lease: Duration,
        token: LeaseToken,
        now: Moment,
    ) -> Result<Vec<Leased>, Unavailable> {
        // Looked at before the database counts: our end of the lease is never later than its.
        let until = Instant::now() + lease;
        let rows: Vec<ClaimedRow> = match queue {
            Queue::Gateway => self.db.tell(&stmt::claim::<ClaimGateway>(limit, lease, token, now)).await?,
            Queue::Supplier => self.db.tell(&stmt::claim::<ClaimSupplier>(limit, lease, token, now)).await?,
            Queue::BackOffice => self.db.tell(&stmt::claim::<ClaimBackOffice>(limit, lease, token, now)).await?,
        };
        let mut tasks = Vec::with_capacity(rows.len());
        for row in rows {
            match leased(&row, until) {
                Ok(task) => tasks.push(task),
                Err(bad) => self.bury_unreadable(&row, &bad, now).await,
            }
        }
        Ok(tasks)
    }

    async fn retry_later(&self, task: &Leased, run_at: Moment, error: &str) -> Result<bool, Unavailable> {
        self.did(&stmt::retry_later(task, run_at, error)).await
    }

    async fn hand_back(&self, task: &Leased, run_at: Moment) -> Result<bool, Unavailable> {
        self.did(&stmt::hand_back(task, run_at)).await
    }

    async fn bury(&self, task: &Leased, error: &str, now: Moment) -> Result<bool, Unavailable> {
        self.did(&stmt::bury(task.order.uuid(), &task.kind.to_string(), task.token, error, now)).await
    }

    async fn revive(&self, order: OrderId, kind: &TaskKind, act: &StaffAct) -> Result<bool, Unavailable> {
        self.did(&stmt::revive(order, kind, act)).await
    }

    async fn outlook(&self) -> Result<Outlook, Unavailable> {
        let rows: Vec<OutlookRow> = self.db.ask(&stmt::outlook()).await?;
        Ok(rows.into_iter().next().map(outlook).unwrap_or_default())
    }
}

#[async_trait]
impl Schedules for PgStore {
    async fn begin(&self, name: &str, slot: i64, lease: Duration, token: LeaseToken) -> Result<bool, Unavailable> {
        self.did(&stmt::begin_slot(name, slot, lease, token)).await
    }

    async fn finish(&self, name: &str, slot: i64, token: LeaseToken) -> Result<bool, Unavailable> {
        self.did(&stmt::finish_slot(name, slot, token)).await
    }
}

impl PgStore {
    /// The others of its claim do not wait for it. Where it cannot be buried now, its lease runs out and it comes again.
    async fn bury_unreadable(&self, row: &ClaimedRow, bad: &BadRow, now: Moment) {
        let error = format!("this server cannot read the task: {}", bad.0);
        let statement = stmt::bury(row.order_id, &row.key, LeaseToken(row.lease_token), &error, now);
        let buried = self.did(&statement).await;
        tracing::error!(order.id = %row.order_id, error, ?buried, "a task cannot be read");
    }

    /// Whether the statement changed its row.
    async fn did<T: Text>(&self, statement: &Statement<T>) -> Result<bool, Unavailable> {
        let rows: Vec<Hit> = self.db.tell(statement).await?;
        Ok(!rows.is_empty())
    }
}

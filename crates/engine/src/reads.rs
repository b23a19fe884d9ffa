//! Reading, and the small acts that are not about one order's state.

use domain::{Order, OrderId, TaskKind};
use ports::store::{OrderFilter, OrderSummary, StaffAct, StoredAlert, Story};
use ports::tasks::NotReady;
use uuid::Uuid;

use crate::{ActError, Engine, Metric, MetricsSnapshot};

impl Engine {
    pub async fn order(&self, id: OrderId) -> Result<Order, ActError> {
        Ok(self.stores.orders.load(id).await?)
    }

    pub async fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderSummary>, ActError> {
        Ok(self.stores.orders.list(filter).await?)
    }

    /// An order with everything that was stored around it.
    pub async fn story(&self, id: OrderId) -> Result<(Order, Story), ActError> {
        let order = self.stores.orders.load(id).await?;
        let story = self.stores.orders.story(id).await?;
        Ok((order, story))
    }

    pub async fn ready(&self) -> Result<(), NotReady> {
        self.stores.upkeep.ready(self.clock.now()).await
    }

    pub async fn alerts(&self, open_only: bool, before: Option<i64>, limit: u16) -> Result<Vec<StoredAlert>, ActError> {
        Ok(self.stores.upkeep.alerts(open_only, before, limit).await?)
    }

    /// `false`: there is no such open alert.
    pub async fn close_alert(&self, id: i64, by: &str) -> Result<bool, ActError> {
        let act = self.staff_act(by, "close_alert", format!("alert {id}"), String::new());
        Ok(self.stores.upkeep.close_alert(id, &act).await?)
    }

    /// What members of staff did outside orders, newest first; only acts with an id below `before`.
    pub async fn staff_acts(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<StaffAct>, ActError> {
        Ok(self.stores.upkeep.staff_acts(before, limit).await?)
    }

    /// `false`: there is no such dead task.
    pub async fn revive_task(&self, id: OrderId, kind: &TaskKind, by: &str) -> Result<bool, ActError> {
        let act = self.staff_act(by, "revive_task", format!("order {id} {kind}"), String::new());
        let revived = self.stores.tasks.revive(id, kind, &act).await?;
        self.wake.of(kind.queue()).notify_one();
        Ok(revived)
    }

    /// What this process counted, and how the queue stands.
    pub async fn metrics(&self) -> MetricsSnapshot {
        let mut all = self.counters.snapshot();
        let counted = self.stores.upkeep.counted().into_iter();
        all.extend(counted.map(|(name, help, value)| Metric { name, help, labels: Vec::new(), value }));
        all.extend(self.balance_metrics());
        // Without a store there are no gauges of it; the counters are still true.
        if let Ok(outlook) = self.stores.tasks.outlook().await {
            let lag = outlook
                .oldest_due
                .map_or(0, |due| u64::try_from(self.clock.now().signed_duration_since(due).num_seconds()).unwrap_or(0));
            let gauge = |name, help, value| Metric { name, help, labels: Vec::new(), value };
            let next = outlook.next_due.and_then(|due| u64::try_from(due.timestamp_millis()).ok()).unwrap_or(0);
            all.push(gauge("seberang_tasks_next_due_ms", "When the next task is due, Unix ms; 0 for never", next));
            all.push(gauge("seberang_tasks_live", "Tasks that are not done", outlook.live));
            all.push(gauge("seberang_tasks_leased", "Tasks in somebody's hands", outlook.leased));
            all.push(gauge("seberang_tasks_dead", "Tasks given up", outlook.dead));
            all.push(gauge("seberang_tasks_lag_seconds", "Age of the oldest task that is due", lag));
        }
        all
    }
}

//! Reading, and the small acts that are not about one order's state.

use std::time::Instant;

use domain::{CustomerId, DedupeKey, Order, OrderId, Reference, TaskKind};
use ports::store::{OrderFilter, OrderPage, OrderSummary, StaffAct, StoredAlert, Story, StoryNotice};
use ports::tasks::NotReady;
use uuid::Uuid;

use crate::{ActError, Engine, Metric, MetricsSnapshot};

/// An order has one first line in a list, whatever it is found by.
fn summary(order: &Order) -> OrderSummary {
    OrderSummary {
        id: order.id,
        customer: order.customer,
        created_at: order.created_at,
        status: order.status(),
        total: order.terms.total,
        items: u16::try_from(order.items.len()).unwrap_or(u16::MAX),
    }
}

impl Engine {
    /// One order, whole.
    pub async fn order(&self, id: OrderId) -> Result<Order, ActError> {
        Ok(self.stores.orders.load(id).await?)
    }

    /// Whose order it is, which never changes.
    pub async fn customer_of(&self, id: OrderId) -> Result<CustomerId, ActError> {
        Ok(self.known(id).await?.order.customer)
    }

    /// A page of summaries, newest first.
    pub async fn orders(&self, filter: &OrderFilter) -> Result<OrderPage, ActError> {
        Ok(self.stores.orders.list(filter).await?)
    }

    /// An order with everything that was stored around it.
    pub async fn story(&self, id: OrderId) -> Result<(Order, Story), ActError> {
        let order = self.stores.orders.load(id).await?;
        let story = self.stores.orders.story(id).await?;
        Ok((order, story))
    }

    /// Orders to which this reference of ours belongs, at any gateway or supplier of this installation: one, or none.
    pub async fn orders_by_reference(&self, reference: &Reference) -> Result<Vec<OrderSummary>, ActError> {
        let gateways = self.gateways.iter().map(|(id, slot)| reference.key(id.as_str(), slot.adapter.account()));
        let suppliers = self.suppliers.iter().map(|(id, slot)| reference.key(id.as_str(), slot.adapter.account()));
        self.holders(gateways.chain(suppliers).collect()).await
    }

    /// Orders for which money came by this transaction of a gateway of this installation.
    pub async fn orders_by_transaction(&self, transaction: &str) -> Result<Vec<OrderSummary>, ActError> {
        let keys = self.gateways.iter().map(|(id, slot)| DedupeKey::money(id, slot.adapter.account(), transaction));
        self.holders(keys.collect()).await
    }

    async fn holders(&self, keys: Vec<DedupeKey>) -> Result<Vec<OrderSummary>, ActError> {
        let mut found: Vec<OrderSummary> = Vec::new();
        for key in keys {
            let Some(id) = self.stores.orders.holder_of(&key).await? else { continue };
            if found.iter().all(|known| known.id != id) {
                found.push(summary(&self.stores.orders.load(id).await?));
            }
        }
        Ok(found)
    }

    /// What providers sent us about a reference, also one we never made; newest first.
    pub async fn notices_about(&self, reference: &Reference, limit: u16) -> Result<Vec<StoryNotice>, ActError> {
        Ok(self.stores.orders.notices_about(reference, limit).await?)
    }

    /// Whether this instance should get traffic.
    pub async fn ready(&self) -> Result<(), NotReady> {
        self.stores.upkeep.ready(self.clock.now()).await
    }

    /// Alerts with an id below `before`, newest first.
    pub async fn alerts(&self, open_only: bool, before: Option<i64>, limit: u16) -> Result<Vec<StoredAlert>, ActError> {
        Ok(self.stores.upkeep.alerts(open_only, before, limit).await?)
    }

    /// Closes an alert in the name of who acts. `false`: there is no such open alert.
    pub async fn close_alert(&self, id: i64, by: &str) -> Result<bool, ActError> {
        let act = self.staff_act(by, "close_alert", format!("alert {id}"), String::new());
        Ok(self.stores.upkeep.close_alert(id, &act).await?)
    }

    /// What members of staff did outside orders, newest first; only acts with an id below `before`.
    pub async fn staff_acts(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<StaffAct>, ActError> {
        Ok(self.stores.upkeep.staff_acts(before, limit).await?)
    }

    /// Has a dead task tried again at once. `false`: there is no such dead task.
    pub async fn revive_task(&self, id: OrderId, kind: &TaskKind, by: &str) -> Result<bool, ActError> {
        let act = self.staff_act(by, "revive_task", format!("order {id} {kind}"), String::new());
        let revived = self.stores.tasks.revive(id, kind, &act).await?;
        self.hands.of(kind.queue()).call();
        Ok(revived)
    }

    /// What this process counted, and how the queue stands.
    pub async fn metrics(&self) -> MetricsSnapshot {
        let mut all = self.counters.snapshot();
        let counted = self.stores.upkeep.counted().into_iter();
        all.extend(counted.map(|counted| Metric {
            name: counted.name,
            help: counted.help,
            labels: counted.label.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            value: counted.count,
        }));
        all.extend(self.group.counted().into_iter().flat_map(|(kind, batches, members)| {
            let metric = |name, help, value| Metric { name, help, labels: vec![("kind", kind.to_owned())], value };
            [
                metric("seberang_batches_total", "Statements that wrote commits or new orders", batches),
                metric("seberang_batch_members_total", "Commits and new orders in these statements", members),
            ]
        }));
        all.push(Metric {
            name: "seberang_batch_waiting",
            help: "Commits and new orders that wait for the statements under way",
            labels: Vec::new(),
            value: u64::try_from(self.group.waiting()).unwrap_or(u64::MAX),
        });
        all.push(Metric {
            name: "seberang_work_behind",
            help: "1 while paid orders wait for hands, so that fewer new ones come in",
            labels: Vec::new(),
            value: u64::from(self.pressure.is_behind(Instant::now())),
        });
        all.extend(self.balance_metrics());
        all.extend(self.supplier_metrics().await);
        all.extend(self.age_metrics().await);
        all.push(self.watch_metric());
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
        // The exposition says once what a name means, so its numbers stand together.
        all.sort_by_key(|metric| metric.name);
        all
    }
}

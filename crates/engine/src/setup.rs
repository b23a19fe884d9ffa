//! What the engine is made of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::task::Queue;
use domain::{GatewayId, SupplierId};
use ports::catalogue::Catalogue;
use ports::store::OrderStore;
use ports::tasks::{Schedules, TaskStore, Upkeep};
use ports::{Chance, Clock, Gateway, Supplier};
use tokio::sync::{Notify, Semaphore};

use crate::metrics::Counters;

/// The stores. One adapter may implement them all.
#[derive(Clone)]
pub struct Stores {
    pub orders: Arc<dyn OrderStore>,
    pub tasks: Arc<dyn TaskStore>,
    pub schedules: Arc<dyn Schedules>,
    pub upkeep: Arc<dyn Upkeep>,
    pub catalogue: Arc<dyn Catalogue>,
}

/// Bounds of the work of one process.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tasks of one queue worked on at once.
    pub tasks_per_queue: usize,
    /// Calls to one supplier at once.
    pub calls_per_supplier: usize,
    /// Between two looks into the queue when nothing woke us.
    pub poll: Duration,
    /// How long a claimed task is ours. Longer than a supplier's timeout plus the send window plus its margin.
    pub lease: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tasks_per_queue: 32,
            calls_per_supplier: 16,
            poll: Duration::from_millis(250),
            lease: Duration::from_secs(90),
        }
    }
}

/// A supplier and the permits to call it.
pub(crate) struct SupplierSlot {
    pub(crate) adapter: Arc<dyn Supplier>,
    pub(crate) permits: Arc<Semaphore>,
}

/// The use cases over their ports. Shared by the API and the workers of one process.
pub struct Engine {
    pub(crate) stores: Stores,
    pub(crate) gateways: BTreeMap<GatewayId, Arc<dyn Gateway>>,
    pub(crate) suppliers: BTreeMap<SupplierId, SupplierSlot>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) limits: Limits,
    pub(crate) wake: Wake,
    pub(crate) counters: Counters,
}

impl Engine {
    pub fn new(
        stores: Stores,
        gateways: Vec<Arc<dyn Gateway>>,
        suppliers: Vec<Arc<dyn Supplier>>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        limits: Limits,
    ) -> Self {
        let slot = |adapter: Arc<dyn Supplier>| SupplierSlot {
            permits: Arc::new(Semaphore::new(limits.calls_per_supplier)),
            adapter,
        };
        Self {
            stores,
            gateways: gateways.into_iter().map(|g| (g.id().clone(), g)).collect(),
            suppliers: suppliers.into_iter().map(|s| (s.id().clone(), slot(s))).collect(),
            clock,
            chance,
            limits,
            wake: Wake::default(),
            counters: Counters::default(),
        }
    }

    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}

/// Wakes the workers of this process after a commit. A hint only: they also look by themselves.
#[derive(Default)]
pub(crate) struct Wake {
    gateway: Notify,
    supplier: Notify,
    back_office: Notify,
}

impl Wake {
    pub(crate) fn of(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::Gateway => &self.gateway,
            Queue::Supplier => &self.supplier,
            Queue::BackOffice => &self.back_office,
        }
    }
}

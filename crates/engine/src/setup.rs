//! What the engine is made of.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::supply::Closed;
use domain::{GatewayId, Moment, Money, SupplierId};
use ports::bills::BillStore;
use ports::catalogue::Catalogue;
use ports::limits::CallLimits;
use ports::store::OrderStore;
use ports::supplier::ReadFailed;
use ports::supply::SupplyStore;
use ports::tasks::{Schedules, TaskStore, Upkeep};
use ports::{Chance, Clock, Gateway, Supplier};
use tokio::sync::Semaphore;

use crate::group::GroupCommit;
use crate::hands::Hands;
use crate::health::Health;
use crate::inquire::{INQUIRIES_AT_ONCE, Inquirers};
use crate::memory::Memory;
use crate::metrics::Counters;
use crate::permits::Permits;
use crate::pressure::Pressure;
use crate::rejected::Rejected;
use crate::sightings::Sightings;
use crate::supply::Balances;
use crate::turns::Turns;
use crate::watch::Watches;
use crate::watchman::Rounds;

/// The stores. One adapter may implement them all.
#[derive(Clone)]
pub struct Stores {
    /// Orders at rest.
    pub orders: Arc<dyn OrderStore>,
    /// The queue.
    pub tasks: Arc<dyn TaskStore>,
    /// What recurs.
    pub schedules: Arc<dyn Schedules>,
    /// What keeps the store healthy.
    pub upkeep: Arc<dyn Upkeep>,
    /// What can be bought.
    pub catalogue: Arc<dyn Catalogue>,
    /// What customers asked about bills.
    pub bills: Arc<dyn BillStore>,
    /// How suppliers fare.
    pub supply: Arc<dyn SupplyStore>,
}

/// Bounds of the work of one process.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tasks of one queue worked on at once.
    pub tasks_per_queue: usize,
    /// Calls to one supplier, or questions to one gateway, at once.
    pub calls_per_provider: usize,
    /// Between two looks into the queue when nothing woke us.
    pub poll: Duration,
    /// How long a claimed task is ours. Longer than twice a supplier's timeout plus the send window plus its margin.
    pub lease: Duration,
    /// How long one supplier may take over an inquiry…
    pub inquiry: Duration,
    /// …and how long a turn there is waited for: a person would rather hear from somebody else.
    pub turn: Duration,
    /// How long those are waited for who decide about the same order here, and after that, how long it is decided anew when
    /// another process was faster.
    pub patience: Duration,
    /// Processes that share the suppliers' accounts: each takes its part of the calls they allow.
    pub processes: NonZeroU16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Most of a task's time goes to waiting for a provider, which costs a few KB and no connection of the database's; what
            // comes back together is written together.
            tasks_per_queue: 512,
            // Half of a queue, so that a slow provider leaves the other half to the rest.
            calls_per_provider: 256,
            // A person does not notice a quarter of a second, nor an idle database four looks in one.
            poll: Duration::from_millis(250),
            // Twice the usual timeout of a supplier (30 s), the send window (5 s) and the margin (10 s), with some to spare.
            lease: Duration::from_secs(90),
            // Suppliers take a second or two; a person waits with the form open.
            inquiry: Duration::from_secs(8),
            turn: Duration::from_secs(2),
            // What the API promises; and a gateway waits ten seconds for the answer to its notice.
            patience: Duration::from_secs(5),
            processes: NonZeroU16::MIN,
        }
    }
}

/// A supplier and what this installation wants of it, in the order in which suppliers of one price are tried.
pub struct SupplierSetup {
    /// The supplier itself.
    pub adapter: Arc<dyn Supplier>,
    /// A person is called when our deposit there is less.
    pub low_deposit: Option<Money>,
    /// What it allows an account, all processes together.
    pub limits: CallLimits,
    /// Hours in which it sells nothing, or nothing of one kind, beside those its offers tell.
    pub closed: Vec<Closed>,
    /// How long what it called failed may still be delivered.
    pub settle: TimeDelta,
}

/// A gateway and the permits to ask it.
pub(crate) struct GatewaySlot {
    pub(crate) adapter: Arc<dyn Gateway>,
    pub(crate) permits: Arc<Semaphore>,
}

/// A supplier and the permits to call it.
pub(crate) struct SupplierSlot {
    pub(crate) adapter: Arc<dyn Supplier>,
    pub(crate) low_deposit: Option<Money>,
    pub(crate) closed: Vec<Closed>,
    pub(crate) settle: TimeDelta,
    /// Its place in the settings.
    pub(crate) rank: u16,
    pub(crate) permits: Permits,
    pub(crate) health: Health,
    /// How many of those may be inquiries.
    pub(crate) inquiries: Semaphore,
}

impl SupplierSlot {
    /// What was read of a supplier, or not: who asks to be left alone is.
    pub(crate) fn heed<T>(&self, read: Result<T, ReadFailed>, clock: &dyn Clock) -> Result<T, ReadFailed> {
        if matches!(read, Err(ReadFailed::Busy(_))) {
            self.permits.pause(clock);
        }
        read
    }
}

/// The use cases over their ports. Shared by the API and the workers of one process.
pub struct Engine {
    pub(crate) stores: Stores,
    pub(crate) group: GroupCommit,
    pub(crate) turns: Turns,
    pub(crate) pressure: Pressure,
    pub(crate) memory: Memory,
    pub(crate) gateways: BTreeMap<GatewayId, GatewaySlot>,
    pub(crate) suppliers: BTreeMap<SupplierId, SupplierSlot>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) limits: Limits,
    pub(crate) hands: Arc<Hands>,
    pub(crate) counters: Counters,
    pub(crate) rejected: Rejected,
    pub(crate) inquirers: Inquirers,
    pub(crate) balances: Balances,
    pub(crate) sightings: Sightings,
    pub(crate) rounds: Rounds,
    pub(crate) watches: Watches,
    /// When this process began: what was never done is no older than that.
    pub(crate) since: Moment,
}

impl Engine {
    /// Puts the parts together. Opens nothing and asks nobody. What is stored will be written on the current runtime.
    pub fn new(
        stores: Stores,
        gateways: Vec<Arc<dyn Gateway>>,
        suppliers: Vec<SupplierSetup>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        limits: Limits,
    ) -> Self {
        let own = limits.calls_per_provider;
        let gateway = |adapter: Arc<dyn Gateway>| GatewaySlot { adapter, permits: Arc::new(Semaphore::new(own)) };
        let supplier = |(rank, setup): (u16, SupplierSetup)| SupplierSlot {
            adapter: setup.adapter,
            low_deposit: setup.low_deposit,
            closed: setup.closed,
            settle: setup.settle,
            rank,
            permits: Permits::new(setup.limits, own, limits.processes),
            health: Health::default(),
            inquiries: Semaphore::new(INQUIRIES_AT_ONCE),
        };
        let since = clock.now();
        Self {
            group: GroupCommit::new(Arc::clone(&stores.orders)),
            stores,
            turns: Turns::default(),
            pressure: Pressure::new(Instant::now()),
            memory: Memory::default(),
            gateways: gateways.into_iter().map(|g| (g.id().clone(), gateway(g))).collect(),
            suppliers: (0..).zip(suppliers).map(|s| (s.1.adapter.id().clone(), supplier(s))).collect(),
            clock,
            chance,
            limits,
            hands: Arc::default(),
            counters: Counters::default(),
            rejected: Rejected::default(),
            inquirers: Inquirers::default(),
            balances: Balances::default(),
            sightings: Sightings::default(),
            rounds: Rounds::default(),
            watches: Watches::default(),
            since,
        }
    }

    /// Whether a new order may come in at this process. While what is paid waits for hands, only as many do as are worked off.
    pub fn let_in(&self) -> bool {
        self.pressure.let_in(self.group.commits_wait(), Instant::now())
    }

    /// Whoever was let in has not ordered: somebody else may.
    pub fn left_again(&self) {
        self.pressure.left_again();
    }

    /// Business time, as everything here takes it.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}

//! What the stories share: ports that expect nothing yet, an order at each of its first stages, and a few facts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use domain::catalogue::{Category, Offer, Product};
use domain::fulfilment::{Answer, NewAttempt, StatusTrust};
use domain::order::{Applied, NewItem, place};
use domain::payment::{Evidence, NewCheckout, PaidReport};
use domain::pricing::{FxRate, MarginRule, PriceBook, price};
use domain::schedule::REFUND_SETTLE;
use domain::{
    Account, Actor, Bill, BillLine, Currency, Decision, Event, GatewayId, ItemNo, Moment, Money, Order, PaymentNo,
    Private, Reference, SupplierId, What, decide,
};
use ports::bill::{BillAnswer, BillHandle, Owed};
use ports::bills::MockBillStore;
use ports::catalogue::{MockCatalogue, Stocked};
use ports::gateway::MockGateway;
use ports::limits::CallLimits;
use ports::store::MockOrderStore;
use ports::supplier::{Listing, MockSupplier};
use ports::supply::MockSupplyStore;
use ports::tasks::{MockSchedules, MockTaskStore, MockUpkeep};
use ports::{Chance, Clock, Exchange, Sent};

use crate::{Engine, Limits, Stores, SupplierSetup};

pub const TARGET: &str = "081234567890";
pub const BILL_TARGET: &str = "530000000001";

pub fn noon() -> Moment {
    Moment::from_timestamp(1_795_000_000, 0).unwrap()
}

/// A clock that stands still unless it is moved.
#[derive(Default)]
pub struct Hour(AtomicI64);

impl Hour {
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hour {
    fn now(&self) -> Moment {
        noon() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}
impl Chance for Hour {
    fn bytes(&self) -> [u8; 16] {
        [7; 16]
    }
}

/// Every port of an engine, each expecting nothing but to be asked for its name.
pub struct Ports {
    pub orders: MockOrderStore,
    pub tasks: MockTaskStore,
    pub schedules: MockSchedules,
    pub upkeep: MockUpkeep,
    pub catalogue: MockCatalogue,
    pub bills: MockBillStore,
    pub gateway: MockGateway,
    pub supply: MockSupplyStore,
    pub suppliers: Vec<MockSupplier>,
    pub limits: CallLimits,
    pub low_deposit: Option<Money>,
    pub turn: Duration,
    pub patience: Duration,
    pub poll: Duration,
    pub clock: Arc<Hour>,
}

impl Ports {
    pub fn new() -> Self {
        let mut gateway = MockGateway::new();
        gateway.expect_id().return_const("ecpay".parse::<GatewayId>().unwrap());
        gateway.expect_account().return_const(account());
        Self {
            orders: MockOrderStore::new(),
            tasks: MockTaskStore::new(),
            schedules: MockSchedules::new(),
            upkeep: MockUpkeep::new(),
            catalogue: MockCatalogue::new(),
            bills: MockBillStore::new(),
            gateway,
            supply: nothing_known(),
            suppliers: vec![supplier("iak")],
            limits: CallLimits::UNSAID,
            low_deposit: None,
            turn: Limits::default().turn,
            patience: Limits::default().patience,
            // Stories end by being told, not by waiting.
            poll: Duration::from_millis(1),
            clock: Arc::default(),
        }
    }

    pub fn supplier(&mut self) -> &mut MockSupplier {
        &mut self.suppliers[0]
    }

    pub fn engine(self) -> Arc<Engine> {
        let stores = Stores {
            orders: Arc::new(self.orders),
            tasks: Arc::new(self.tasks),
            schedules: Arc::new(self.schedules),
            upkeep: Arc::new(self.upkeep),
            catalogue: Arc::new(self.catalogue),
            bills: Arc::new(self.bills),
            supply: Arc::new(self.supply),
        };
        let (low_deposit, calls) = (self.low_deposit, self.limits);
        let suppliers = self
            .suppliers
            .into_iter()
            .map(|adapter| SupplierSetup {
                adapter: Arc::new(adapter),
                low_deposit,
                limits: calls,
                closed: Vec::new(),
                settle: REFUND_SETTLE,
            })
            .collect();
        let (turn, patience, poll) = (self.turn, self.patience, self.poll);
        let limits = Limits { poll, turn, patience, ..Limits::default() };
        let clock = self.clock;
        Arc::new(Engine::new(stores, vec![Arc::new(self.gateway)], suppliers, clock.clone(), clock, limits))
    }
}

/// A store that knows nothing of suppliers, and takes what it is told.
pub fn nothing_known() -> MockSupplyStore {
    let mut supply = MockSupplyStore::new();
    supply.expect_states().returning(|| Ok(Vec::new()));
    supply.expect_put_state().returning(|_| Ok(true));
    supply.expect_sums().returning(|_| Ok(Vec::new()));
    supply.expect_observed().returning(|_| Ok(()));
    supply
}

pub fn supplier(id: &str) -> MockSupplier {
    supplier_that(id, false)
}

/// One of whom a question may buy, or not.
pub fn supplier_that(id: &str, asking_may_buy: bool) -> MockSupplier {
    let mut supplier = MockSupplier::new();
    supplier.expect_asking_may_buy().return_const(asking_may_buy);
    supplier.expect_fees().returning(|bills| bills);
    supplier.expect_id().return_const(id.parse::<SupplierId>().unwrap());
    supplier.expect_account().return_const(account());
    let trust = StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::seconds(30) };
    supplier.expect_trust().return_const(trust);
    supplier
}

/// The sum of a counter over the labels that are named.
pub async fn counted(engine: &Engine, name: &str, labels: &[(&str, &str)]) -> u64 {
    let has =
        |own: &[(&'static str, String)], (name, value): &(&str, &str)| own.iter().any(|(n, v)| n == name && v == value);
    let all = engine.counters.snapshot().into_iter().filter(|metric| metric.name == name);
    all.filter(|metric| labels.iter().all(|label| has(&metric.labels, label))).map(|metric| metric.value).sum()
}

pub fn account() -> Account {
    "3002607".parse().unwrap()
}

pub fn reference() -> Reference {
    "AAAAAAAAAAAAAAAAAAAA".parse().unwrap()
}

pub fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

pub fn product() -> Product {
    Product {
        id: "pulsa-10000".parse().unwrap(),
        category: Category::Airtime,
        brand: "Brand".into(),
        name: "Pulsa 10000".into(),
    }
}

pub fn listing(supplier: &str, code: &str, rupiah: i64) -> Listing {
    let product = product();
    let offer = Offer {
        product: product.id.clone(),
        supplier: supplier.parse().unwrap(),
        code: code.into(),
        cost: idr(rupiah),
        active: true,
        closed: None,
    };
    Listing { product, offer }
}

pub fn stocked() -> Stocked {
    let Listing { product, offer } = listing("iak", "hcode", 10_400);
    Stocked { product, offers: vec![offer], standings: Vec::new() }
}

/// What the customer saw: 300,000 with a fee of 2,500, of which we keep 600.
pub fn bill() -> Bill {
    let line = BillLine { period: "202610".into(), amount: idr(300_000), penalty: idr(0) };
    let holder = Private::new("BUDI SANTOSO");
    Bill {
        holder,
        lines: vec![line],
        debt: idr(300_000),
        admin: idr(2_500),
        count: 1,
        remaining: Some(0),
        months: None,
    }
}

pub fn bill_product() -> Product {
    let id = "pln-bill".parse().unwrap();
    Product { id, category: Category::PlnBill, brand: "PLN".into(), name: "Tagihan PLN".into() }
}

/// A supplier's fee beyond the debt.
pub fn bill_offer(supplier: &str, fee: i64) -> Offer {
    let (product, code) = (bill_product().id, "PLNPOSTPAID".into());
    Offer { product, supplier: supplier.parse().unwrap(), code, cost: idr(fee), active: true, closed: None }
}

pub fn stocked_bill() -> Stocked {
    Stocked { product: bill_product(), offers: vec![bill_offer("iak", 1_900)], standings: Vec::new() }
}

/// What the supplier says when it is asked again, good for an hour.
pub fn owed(bill: Bill) -> BillAnswer {
    let until = noon() + TimeDelta::hours(1);
    BillAnswer::Owed(Owed { bill, cost: idr(301_900), handle: BillHandle("9900".into()), until, fresh: true })
}

/// An order of one bill whose page was opened and paid.
pub fn paid_bill() -> Order {
    let target = Private::new(BILL_TARGET);
    let opened = opened_of(vec![NewItem { product: bill_product(), target, bill: Some(Box::new(bill())) }], 301_900);
    after(&opened, What::Paid(money(&opened)))
}

pub fn book() -> PriceBook {
    let twd = |minor| Money::from_minor(minor, Currency::Twd);
    PriceBook {
        fx: FxRate {
            id: "fx-1".into(),
            source: "manual".into(),
            base: Currency::Idr,
            quote: Currency::Twd,
            rate: "0.002".parse().unwrap(),
            as_of: noon(),
            fetched_at: noon(),
        },
        buffer_percent: "1".parse().unwrap(),
        margin: MarginRule { id: "m-1".into(), percent: "5".parse().unwrap(), fixed: twd(0), minimum: twd(500) },
        charge_unit: 100,
        max_rate_age: TimeDelta::days(1),
    }
}

/// An order of one item whose page was opened.
pub fn opened() -> Order {
    opened_with(1)
}

/// The same, of so many items.
pub fn opened_with(items: usize) -> Order {
    let target = |n: usize| Private::new(if n == 0 { TARGET.to_owned() } else { format!("08123456789{n}") });
    opened_of((0..items).map(|n| NewItem { product: product(), target: target(n), bill: None }).collect(), 10_400)
}

/// The same, of these items at this cost each.
fn opened_of(items: Vec<NewItem>, rupiah: i64) -> Order {
    let terms = price(&vec![idr(rupiah); items.len()], &book(), None, noon()).unwrap();
    let id = "0199aa00-0000-7000-8000-00000000000a".parse().unwrap();
    let customer = "0199aa00-0000-7000-8000-000000000001".parse().unwrap();
    let order = place(id, customer, items, terms, noon()).order;
    after(
        &order,
        What::CheckoutOpened(NewCheckout {
            payment: PaymentNo(0),
            reference: reference(),
            gateway: "ecpay".parse().unwrap(),
            account: account(),
            method: "credit".into(),
            code_life: None,
            lag: TimeDelta::minutes(5),
        }),
    )
}

/// The same, paid: its item waits to be bought.
pub fn paid() -> Order {
    after(&opened(), What::Paid(money(&opened())))
}

pub fn after(order: &Order, what: What) -> Order {
    decided(order, what).after
}

pub fn decided(order: &Order, what: What) -> Applied {
    match decide(order, &Event { what, actor: Actor::Engine }, noon()) {
        Decision::Applied(applied) => *applied,
        other => panic!("{other:?}"),
    }
}

/// The first purchase of the first item, at the first supplier.
pub fn reserved() -> What {
    What::AttemptReserved(NewAttempt {
        item: ItemNo(0),
        supplier: "iak".parse().unwrap(),
        account: account(),
        reference: "BBBBBBBBBBBBBBBBBBBB".parse().unwrap(),
        code: "hcode".into(),
        cost: idr(10_400),
        reason: "cheapest".into(),
        settle: REFUND_SETTLE,
    })
}

/// What the supplier says to it.
pub fn answered(answer: Answer) -> What {
    let trust = StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::seconds(30) };
    What::Answered { reference: "BBBBBBBBBBBBBBBBBBBB".parse().unwrap(), answer, trust, asked_at: noon() }
}

/// The gateway's word that the order is paid.
pub fn money(order: &Order) -> PaidReport {
    PaidReport {
        gateway: "ecpay".parse().unwrap(),
        account: account(),
        reference: reference(),
        transaction: "2611211200001".into(),
        amount: order.terms.total,
        fee: None,
        simulated: false,
        evidence: Evidence::Notice,
    }
}

/// A supplier's word that it delivered, with what was said.
pub fn delivered() -> (Answer, Exchange) {
    let answer = Answer::Delivered { serial: None, price: Some(idr(10_400)), supplier_ref: Some("771".into()) };
    (answer, exchange("top-up"))
}

/// A call that was answered.
pub fn exchange(call: &'static str) -> Exchange {
    Exchange {
        provider: "iak".into(),
        call,
        at: noon(),
        elapsed_ms: 12,
        sent: Sent::Replied,
        request: String::new(),
        status: Some(200),
        busy: false,
        response: String::new(),
    }
}

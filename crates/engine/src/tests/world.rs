//! What the stories share: ports that expect nothing yet, an order at each of its first stages, and a few facts.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::catalogue::{Category, Offer, Product};
use domain::fulfilment::{Answer, StatusTrust};
use domain::order::{NewItem, place};
use domain::payment::{Evidence, NewCheckout, PaidReport};
use domain::pricing::{FxRate, MarginRule, PriceBook, price};
use domain::schedule::REFUND_SETTLE;
use domain::{
    Account, Actor, Currency, Decision, Event, GatewayId, Moment, Money, Order, PaymentNo, Private, Reference,
    SupplierId, What, decide,
};
use ports::catalogue::{MockCatalogue, Stocked};
use ports::gateway::MockGateway;
use ports::store::MockOrderStore;
use ports::supplier::{Listing, MockSupplier};
use ports::tasks::{MockSchedules, MockTaskStore, MockUpkeep};
use ports::{Chance, Clock, Exchange, Sent};

use crate::{Engine, Limits, Stores, SupplierSetup};

pub const TARGET: &str = "081234567890";

pub fn noon() -> Moment {
    Moment::from_timestamp(1_795_000_000, 0).unwrap()
}

struct Noon;
impl Clock for Noon {
    fn now(&self) -> Moment {
        noon()
    }
}
impl Chance for Noon {
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
    pub gateway: MockGateway,
    pub suppliers: Vec<MockSupplier>,
    pub low_deposit: Option<Money>,
    pub inquiry: Duration,
    pub patience: Duration,
    pub poll: Duration,
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
            gateway,
            suppliers: vec![supplier("iak")],
            low_deposit: None,
            inquiry: Limits::default().inquiry,
            patience: Limits::default().patience,
            // Stories end by being told, not by waiting.
            poll: Duration::from_millis(1),
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
        };
        let low_deposit = self.low_deposit;
        let suppliers = self
            .suppliers
            .into_iter()
            .map(|adapter| SupplierSetup {
                adapter: Arc::new(adapter),
                low_deposit,
                closed: Vec::new(),
                settle: REFUND_SETTLE,
            })
            .collect();
        let (inquiry, patience, poll) = (self.inquiry, self.patience, self.poll);
        let limits = Limits { poll, inquiry, patience, ..Limits::default() };
        let clock = Arc::new(Noon);
        Arc::new(Engine::new(stores, vec![Arc::new(self.gateway)], suppliers, clock.clone(), clock, limits))
    }
}

pub fn supplier(id: &str) -> MockSupplier {
    supplier_that(id, false)
}

/// One of whom a question may buy, or not.
pub fn supplier_that(id: &str, asking_may_buy: bool) -> MockSupplier {
    let mut supplier = MockSupplier::new();
    supplier.expect_asking_may_buy().return_const(asking_may_buy);
    supplier.expect_id().return_const(id.parse::<SupplierId>().unwrap());
    supplier.expect_account().return_const(account());
    let trust = StatusTrust { absence: true, request_timeout: TimeDelta::seconds(30) };
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
    Stocked { product, offers: vec![offer] }
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
    let terms = price(&vec![idr(10_400); items], &book(), None, noon()).unwrap();
    let id = "0199aa00-0000-7000-8000-00000000000a".parse().unwrap();
    let customer = "0199aa00-0000-7000-8000-000000000001".parse().unwrap();
    let target = |n: usize| Private::new(if n == 0 { TARGET.to_owned() } else { format!("08123456789{n}") });
    let items = (0..items).map(|n| NewItem { product: product(), target: target(n) }).collect();
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
    match decide(order, &Event { what, actor: Actor::Engine }, noon()) {
        Decision::Applied(applied) => applied.after,
        other => panic!("{other:?}"),
    }
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
    let exchange = Exchange {
        provider: "iak".into(),
        call: "top-up",
        at: noon(),
        elapsed_ms: 12,
        sent: Sent::Replied,
        request: String::new(),
        status: Some(200),
        response: String::new(),
    };
    (answer, exchange)
}

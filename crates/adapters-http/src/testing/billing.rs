//! A shop that sells one bill, of a supplier that knows what is owed, over a store that keeps what was asked.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use domain::catalogue::{Category, Offer, Product};
use domain::fulfilment::StatusTrust;
use domain::pricing::{FxRate, MarginRule, PriceBook};
use domain::{Account, Bill, BillLine, Currency, Money, Private, SupplierId};
use engine::{Engine, Limits, Stores, SupplierSetup};
use ports::bill::{BillAnswer, BillHandle, NotOwed, Owed};
use ports::bills::{BillInquiry, MockBillStore};
use ports::catalogue::{MockCatalogue, Stocked};
use ports::gateway::{Method, MockGateway};
use ports::store::{CreateError, MockOrderStore};
use ports::supplier::MockSupplier;
use ports::{Exchange, Sent};

use super::down::Down;
use super::{Noon, noon};

/// What is owed for it is 300,000.
pub const BILL_NUMBER: &str = "530000000001";
/// Its bill is paid.
pub const PAID_NUMBER: &str = "530000000004";
/// Its bill is in somebody's order.
pub const TAKEN_NUMBER: &str = "530000000009";

fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

/// See the module.
pub fn engine_with_bills() -> Arc<Engine> {
    let down = Arc::new(Down);
    let kept: Arc<Mutex<Vec<BillInquiry>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let mut bills = MockBillStore::new();
    bills.expect_keep_inquiry().returning(move |inquiry| {
        keep.lock().unwrap().push(inquiry.clone());
        Ok(())
    });
    bills.expect_inquiry().returning(move |id, customer| {
        let kept = kept.lock().unwrap();
        Ok(kept.iter().find(|inquiry| (inquiry.id, inquiry.customer) == (id, customer)).cloned())
    });
    let mut orders = MockOrderStore::new();
    orders.expect_stored_answer().returning(|_, _| Ok(None));
    orders.expect_create().returning(|batch| {
        let taken = |item: &domain::fulfilment::Item| item.target.expose() == TAKEN_NUMBER;
        let answer = |order: &domain::Order| {
            if order.items.iter().any(taken) { Err(CreateError::BillTaken) } else { Ok(()) }
        };
        batch.iter().map(|create| answer(&create.new.order)).collect()
    });
    let stores = Stores {
        orders: Arc::new(orders),
        tasks: down.clone(),
        schedules: down.clone(),
        upkeep: down.clone(),
        supply: down,
        catalogue: Arc::new(catalogue()),
        bills: Arc::new(bills),
    };
    let (closed, settle) = (Vec::new(), TimeDelta::minutes(30));
    let supplier = SupplierSetup {
        adapter: Arc::new(supplier()),
        low_deposit: None,
        limits: ports::limits::CallLimits::UNSAID,
        closed,
        settle,
    };
    let mut gateway = MockGateway::new();
    let method = Method { name: "credit".into(), code_life: None, lag: TimeDelta::minutes(30) };
    gateway.expect_id().return_const("ecpay".parse::<domain::GatewayId>().unwrap());
    gateway.expect_methods().returning(move |_| vec![method.clone()]);
    let clock = Arc::new(Noon);
    Arc::new(Engine::new(stores, vec![Arc::new(gateway)], vec![supplier], clock.clone(), clock, Limits::default()))
}

fn catalogue() -> MockCatalogue {
    let mut catalogue = MockCatalogue::new();
    let product = Product {
        id: "pln-bill".parse().unwrap(),
        category: Category::PlnBill,
        brand: "PLN".into(),
        name: "Tagihan PLN".into(),
    };
    let offer = Offer {
        product: product.id.clone(),
        supplier: "iak".parse().unwrap(),
        code: "PLNPOSTPAID".into(),
        cost: idr(1_900),
        active: true,
        closed: None,
    };
    let stocked = Stocked { product, offers: vec![offer], standings: Vec::new() };
    let listed = stocked.clone();
    catalogue.expect_find().returning(move |_, _| Ok(vec![stocked.clone()]));
    catalogue.expect_list().returning(move |_, _| Ok(vec![listed.clone()]));
    catalogue.expect_price_book().returning(|| Ok(Some(book())));
    catalogue
}

fn book() -> PriceBook {
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

fn supplier() -> MockSupplier {
    let mut supplier = MockSupplier::new();
    supplier.expect_fees().returning(|bills| bills);
    supplier.expect_id().return_const("iak".parse::<SupplierId>().unwrap());
    supplier.expect_account().return_const("u-1".parse::<Account>().unwrap());
    let trust = StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::seconds(30) };
    supplier.expect_trust().return_const(trust);
    supplier.expect_inquire_bill().returning(|query, _| {
        let exchange = Exchange {
            provider: "iak".into(),
            call: "inq-pasca",
            at: noon(),
            elapsed_ms: 1,
            sent: Sent::Replied,
            request: String::new(),
            status: Some(200),
            busy: false,
            response: String::new(),
        };
        let paid = query.target.expose() == PAID_NUMBER;
        Some((if paid { BillAnswer::NotOwed(NotOwed::Paid) } else { owed() }, exchange))
    });
    supplier
}

fn owed() -> BillAnswer {
    let line = BillLine { period: "202610".into(), amount: idr(300_000), penalty: idr(0) };
    let holder = Private::new("BUDI SANTOSO");
    let (debt, admin) = (idr(300_000), idr(2_500));
    let bill = Bill { holder, lines: vec![line], debt, admin, count: 1, remaining: Some(0), months: None };
    let until = noon() + TimeDelta::hours(1);
    BillAnswer::Owed(Owed { bill, cost: idr(301_900), handle: BillHandle("9900".into()), until, fresh: true })
}

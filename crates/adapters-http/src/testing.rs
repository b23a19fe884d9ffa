//! What the tests of this crate share: an engine whose database is down, tokens, and an order with a past.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{TimeDelta, TimeZone, Utc};
use domain::catalogue::{Category, Product};
use domain::fulfilment::{Answer, NewAttempt, StatusTrust};
use domain::order::{NewItem, place};
use domain::payment::{Evidence, NewCheckout, PaidReport};
use domain::pricing::{FxRate, MarginRule, PriceBook, Promo, price};
use domain::task::Queue;
use domain::*;
use engine::{Engine, Limits, Stores};
use ports::catalogue::{Catalogue, ProductFilter, PromoRow, Stocked};
use ports::notice::{NoticeRecord, NoticeReply};
use ports::store::*;
use ports::supplier::Listing;
use ports::tasks::{LeaseToken, Leased, NotReady, Outlook, Schedules, TaskStore, Upkeep};
use ports::{Chance, Clock};
use secrecy::SecretString;

use crate::auth::{Claims, JwtKeys, Role, TOKEN_LIFE};

pub const CUSTOMER: &str = "0199aa00-0000-7000-8000-000000000001";

pub fn noon() -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

pub fn keys() -> JwtKeys {
    JwtKeys::parse(&SecretString::from("k1:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=")).unwrap()
}

pub fn token(role: Role) -> String {
    let sub = if matches!(role, Role::Customer | Role::Partner) { CUSTOMER } else { "rina" };
    keys().issue(&Claims::new(sub, role, noon(), TOKEN_LIFE)).unwrap()
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

/// An engine whose database does not answer, with one gateway that signs nothing it is shown.
pub fn engine_without_store() -> Arc<Engine> {
    let down = Arc::new(Down);
    let stores = Stores {
        orders: down.clone(),
        tasks: down.clone(),
        schedules: down.clone(),
        upkeep: down.clone(),
        catalogue: down,
    };
    let clock = Arc::new(Noon);
    Arc::new(Engine::new(stores, vec![Arc::new(gateway())], Vec::new(), clock.clone(), clock, Limits::default()))
}

fn gateway() -> ports::gateway::MockGateway {
    let mut gateway = ports::gateway::MockGateway::new();
    gateway.expect_id().return_const("ecpay".parse::<GatewayId>().unwrap());
    gateway.expect_account().return_const("3002607".parse::<Account>().unwrap());
    gateway.expect_methods().returning(|_| Vec::new());
    gateway.expect_verify_notice().returning(|_, _| Err(ports::notice::NoticeRejected::BadSignature));
    gateway.expect_notice_reply().returning(|outcome| NoticeReply {
        status: 400,
        content_type: "text/plain",
        body: format!("0|{outcome:?}"),
    });
    gateway
}

/// A database that is down: it knows nothing and says so.
struct Down;

fn down<T>() -> Result<T, Unavailable> {
    Err(Unavailable("connection refused".to_owned()))
}

#[async_trait]
impl OrderStore for Down {
    async fn create(&self, batch: Vec<Create>) -> Vec<Result<(), CreateError>> {
        batch.iter().map(|_| down().map_err(Into::into)).collect()
    }
    async fn commit(&self, batch: Vec<Commit>) -> Vec<Result<(), CommitError>> {
        batch.iter().map(|_| down().map_err(Into::into)).collect()
    }
    async fn load(&self, _: OrderId) -> Result<Order, LoadError> {
        Ok(down()?)
    }
    async fn holder_of(&self, _: &DedupeKey) -> Result<Option<OrderId>, Unavailable> {
        down()
    }
    async fn park(&self, _: NoticeRecord, _: Option<OrderId>, _: Option<Alert>, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn stored_answer(&self, _: &str, _: &str) -> Result<Option<StoredAnswer>, Unavailable> {
        down()
    }
    async fn ordered_since(&self, _: CustomerId, _: &[(ProductId, Private)], _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    async fn list(&self, _: &OrderFilter) -> Result<Vec<OrderSummary>, Unavailable> {
        down()
    }
    async fn story(&self, _: OrderId) -> Result<Story, Unavailable> {
        down()
    }
}

#[async_trait]
impl TaskStore for Down {
    async fn claim(
        &self,
        _: Queue,
        _: u16,
        _: std::time::Duration,
        _: LeaseToken,
        _: Moment,
    ) -> Result<Vec<Leased>, Unavailable> {
        down()
    }
    async fn retry_later(&self, _: &Leased, _: Moment, _: &str) -> Result<bool, Unavailable> {
        down()
    }
    async fn hand_back(&self, _: &Leased, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    async fn bury(&self, _: &Leased, _: &str, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    async fn revive(&self, _: OrderId, _: &TaskKind, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    async fn outlook(&self) -> Result<Outlook, Unavailable> {
        down()
    }
}

#[async_trait]
impl Schedules for Down {
    async fn begin(&self, _: &str, _: i64, _: std::time::Duration, _: LeaseToken) -> Result<bool, Unavailable> {
        down()
    }
    async fn finish(&self, _: &str, _: i64, _: LeaseToken) -> Result<bool, Unavailable> {
        down()
    }
}

#[async_trait]
impl Upkeep for Down {
    async fn make_partitions(&self, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn sweep(&self, _: Moment) -> Result<Vec<Alert>, Unavailable> {
        down()
    }
    async fn forget_answers(&self, _: Moment) -> Result<u64, Unavailable> {
        down()
    }
    async fn ready(&self, _: Moment) -> Result<(), NotReady> {
        Ok(down()?)
    }
    async fn alerts(&self, _: bool, _: Option<i64>, _: u16) -> Result<Vec<StoredAlert>, Unavailable> {
        down()
    }
    async fn close_alert(&self, _: i64, _: &str, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
    fn counted(&self) -> Vec<(&'static str, &'static str, u64)> {
        Vec::new()
    }
}

#[async_trait]
impl Catalogue for Down {
    async fn put_list(&self, _: &SupplierId, _: Vec<Listing>, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn list(&self, _: &ProductFilter) -> Result<Vec<Stocked>, Unavailable> {
        down()
    }
    async fn find(&self, _: &[ProductId]) -> Result<Vec<Stocked>, Unavailable> {
        down()
    }
    async fn price_book(&self) -> Result<Option<PriceBook>, Unavailable> {
        down()
    }
    async fn set_price_book(&self, _: &PriceBook, _: &str, _: Moment) -> Result<(), Unavailable> {
        down()
    }
    async fn promo(&self, _: &str) -> Result<Option<PromoRow>, Unavailable> {
        down()
    }
    async fn put_promo(&self, _: &Promo, _: i32, _: &str, _: Moment) -> Result<bool, Unavailable> {
        down()
    }
}

pub const TARGET: &str = "081234567890";
pub const SERIAL: &str = "1234-5678-9012-3456";

/// A paid order of two items: one delivered with its token, one that the supplier finally failed.
pub fn order() -> Order {
    let idr = |units| Money::from_units(units, Currency::Idr).unwrap();
    let twd = |minor| Money::from_minor(minor, Currency::Twd);
    let book = PriceBook {
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
    };
    let terms = price(&[idr(20_150), idr(10_400)], &book, None, noon()).unwrap();
    let item = |id: &str, category, target| NewItem {
        product: Product { id: id.parse().unwrap(), category, brand: "Brand".into(), name: format!("Name of {id}") },
        target: Private::new(target),
    };
    let items =
        vec![item("pln-20000", Category::PlnToken, "12345678901"), item("pulsa-10000", Category::Airtime, TARGET)];
    let id = "0199aa00-0000-7000-8000-00000000000a".parse().unwrap();
    let mut order = place(id, CUSTOMER.parse().unwrap(), items, terms, noon()).order;

    let account: Account = "3002607".parse().unwrap();
    let gateway: GatewayId = "ecpay".parse().unwrap();
    let paid_by: Reference = "AAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    happen(
        &mut order,
        What::CheckoutOpened(NewCheckout {
            payment: PaymentNo(0),
            reference: paid_by.clone(),
            gateway: gateway.clone(),
            account: account.clone(),
            method: "credit".into(),
            lag: TimeDelta::minutes(5),
        }),
    );
    let amount = order.terms.total;
    happen(
        &mut order,
        What::Paid(PaidReport {
            gateway,
            account: account.clone(),
            reference: paid_by,
            transaction: "2611211200001".into(),
            amount,
            fee: None,
            simulated: false,
            evidence: Evidence::Query,
        }),
    );
    let delivered = Answer::Delivered {
        serial: Some(Private::new(SERIAL)),
        price: Some(idr(20_150)),
        supplier_ref: Some("771".into()),
    };
    let failed = Answer::Failed { cause: domain::fulfilment::Cause::Customer, code: "14".into() };
    for (no, reference, answer) in [(0, "BBBBBBBBBBBBBBBBBBBB", delivered), (1, "CCCCCCCCCCCCCCCCCCCC", failed)] {
        let reference: Reference = reference.parse().unwrap();
        let cost = order.items[usize::from(no)].cost;
        happen(
            &mut order,
            What::AttemptReserved(NewAttempt {
                item: ItemNo(no),
                supplier: "iak".parse().unwrap(),
                account: account.clone(),
                reference: reference.clone(),
                code: "hcode".into(),
                cost,
                reason: "iak: cheapest that may be tried".into(),
            }),
        );
        let trust = StatusTrust { absence: true, request_timeout: TimeDelta::seconds(30) };
        happen(&mut order, What::Answered { reference, answer, trust });
    }
    order
}

fn happen(order: &mut Order, what: What) {
    let event = Event { what, actor: Actor::Engine };
    match decide(order, &event, noon()) {
        Decision::Applied(applied) => *order = applied.after,
        other => panic!("{}: {other:?}", event.what.name()),
    }
}

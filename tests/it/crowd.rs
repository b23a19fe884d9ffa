//! A crowd of customers who live plans, all at once, by the demo's driver. What a test is about (its orders, faults,
//! kills) stays with the test.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use demo::api::Acknowledged;
use demo::driver::{self, Closing, Ended, Shop};
use demo::methods::Way;
use demo::plan::{Fate, OrderPlan, When, wanted};
use demo::seed;
use demo::view::Product;
use demo::world::{EVERYBODY, WorldOptions};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{A_YEAR, Place, Stage};

/// The account at the sandbox of the supplier that is tried first: of equal prices the name decides.
pub const FIRST: &str = "628000000001";
/// Of each supplier so many products are bought at which it is the cheapest, and which another one sells, too.
const OF_EACH: usize = 2;
/// Products that are looked at for these; every so many of a long list.
const LOOKED_AT: usize = 400;

/// Each has one token.
const CUSTOMERS: usize = 4;
/// Real time; a run that is not over by then hangs.
const CLOSE_WITHIN: Duration = Duration::from_secs(240);

pub struct Crowd {
    stage: Stage,
    /// What is bought, in turn.
    goods: Vec<Product>,
    customers: Vec<String>,
    runs: u32,
}

impl Deref for Crowd {
    type Target = Stage;
    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl DerefMut for Crowd {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }
}

impl Crowd {
    /// Starts a world with this many servers and these variables, and opens the shop.
    pub async fn start(place: Place, servers: usize, env: &[(&str, &str)]) -> Self {
        Self::start_with(place, |options| {
            options.servers = servers;
            options.env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        })
        .await
    }

    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
    pub async fn start_with(place: Place, change: impl FnOnce(&mut WorldOptions)) -> Self {
        let stage = Stage::start(place, |options| {
            // For a person who looks for a fault: a file that survives the world.
            options.log_file = std::env::var_os("SEBERANG_TEST_LOG").map(PathBuf::from);
            change(options);
        })
        .await;
        let customer =
            |n: usize| stage.world.token("customer", &Uuid::from_u128(n as u128).to_string(), A_YEAR).unwrap();
        let customers: Vec<String> = (1..=CUSTOMERS).map(customer).collect();
        let products = seed::seed(&stage.api, &stage.admin, &customers[0], stage.now()).await.unwrap();
        let goods = if stage.world.suppliers().contains_key("lapak") {
            of_everybody(&stage, &products).await
        } else {
            products.into_iter().filter(|p| p.category == "airtime" && p.brand == "Telkomsel").collect()
        };
        assert!(goods.len() > 1, "there is something to buy");
        Self { stage, goods, customers, runs: 0 }
    }

    /// The same with all suppliers registered, each the cheapest of something. Their calls end after a second.
    pub async fn of_all_suppliers(place: Place, servers: usize, env: &[(&str, &str)]) -> Self {
        Self::start_with(place, |options| {
            options.servers = servers;
            options.suppliers = EVERYBODY.map(str::to_owned).to_vec();
            let short = EVERYBODY.map(|id| (format!("SUPPLIER_{}_TIMEOUT_MS", id.to_uppercase()), "1000".to_owned()));
            options.env =
                env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(short).collect();
        })
        .await
    }

    /// The shop for one more drive: its Idempotency-Keys are its own.
    pub fn shop(&mut self) -> Shop {
        self.runs += 1;
        Shop::new(self.api.clone(), self.outside.clone(), self.customers.clone(), format!("it{}", self.runs))
    }

    /// Orders nothing goes wrong with by itself: right numbers, paid at once (a code an hour later), so many items each.
    /// `from` is the number of the first one: no two items of a play may have one target.
    pub fn paying(&self, from: usize, orders: usize, way: Way, items: impl Fn(usize) -> usize) -> Vec<OrderPlan> {
        let wanted = |order: usize, item: usize| {
            let number = (from + order) * 10 + item;
            wanted(&self.goods[(from + order + item) % self.goods.len()], number as u64, false)
        };
        let plan = |order: usize| OrderPlan {
            customer: order % CUSTOMERS,
            items: (0..items(order)).map(|item| wanted(order, item)).collect(),
            bills: Vec::new(),
            promo: None,
            fate: Fate::Pay,
            notice: None,
            twice: order.is_multiple_of(7),
            way,
            when: When::Hours(1),
        };
        (0..orders).map(plan).collect()
    }

    /// A plan that breaks off is an answer the product should not have given.
    pub fn all_was_done(outcome: &driver::Outcome) {
        assert!(outcome.broken_off.is_empty(), "{:#?}", outcome.broken_off);
    }

    /// Lives all plans.
    pub async fn drive(&mut self, plans: &[OrderPlan]) {
        let outcome = driver::drive(&self.shop(), plans).await;
        Self::all_was_done(&outcome);
    }

    pub async fn faults(&self, rules: &[Value]) {
        self.outside.add_faults(1, rules).await.unwrap();
    }

    /// Moves time on until nothing is open, at most for so long.
    pub async fn close_within(&self, limit: Duration) -> Ended {
        let closing = Closing {
            world: &self.world,
            api: &self.api,
            outside: &self.outside,
            staff: &self.admin,
            aftermath_ms: demo::driver::SETTLED_MS,
            deadline: Instant::now() + limit,
            come_back: &[],
        };
        closing.run().await.unwrap()
    }

    /// Everything ends, no order is open, and the oracle finds nothing.
    pub async fn close_clean(&self) {
        let ended = self.close_within(CLOSE_WITHIN).await;
        let verdict = self.verdict_at_rest().await;
        assert!(verdict.is_clean(), "{:#?}\n{:#?}", verdict.findings, verdict.statuses);
        assert_eq!(ended, Ended::Quiet, "{:#?}", verdict.statuses);
    }

    /// Everything the client was told had been done is in the database.
    pub async fn everything_acknowledged_is_stored(&self) {
        let client = self.client().await;
        let acknowledged = self.api.acknowledged();
        assert!(!acknowledged.is_empty());
        for done in acknowledged {
            let (order, sql, reference) = match &done {
                Acknowledged::Placed { order } => {
                    (order, "SELECT count(*) FROM orders WHERE id::text = $1 AND $2 = ''", "")
                }
                Acknowledged::Opened { order, reference } => (
                    order,
                    "SELECT count(*) FROM checkout WHERE order_id::text = $1 AND reference = $2",
                    reference.as_str(),
                ),
                Acknowledged::Cancelled { order } => (
                    order,
                    "SELECT count(*) FROM history WHERE order_id::text = $1 AND changes::text LIKE '%cancelled%' AND $2 = ''",
                    "",
                ),
            };
            let rows: i64 = client.query_one(sql, &[order, &reference]).await.unwrap().get(0);
            assert_eq!(rows, 1, "{done:?}");
        }
    }

    /// The end: what the providers did is what the books say.
    pub async fn end(self) {
        self.stage.end(&[]).await;
    }

    /// Stops without a judgement: something was broken on purpose.
    pub async fn stop(self) {
        self.stage.stop().await;
    }
}

/// Goods of which each supplier is the cheapest seller, and not the only one.
async fn of_everybody(stage: &Stage, products: &[Product]) -> Vec<Product> {
    // Lists are read one after the other: the last one is there when everybody sells something.
    let mut found: BTreeMap<String, Vec<Product>> = BTreeMap::new();
    let goods: Vec<&Product> = products.iter().filter(|product| !product.is_bill()).collect();
    for product in goods.iter().step_by((goods.len() / LOOKED_AT).max(1)) {
        let sellers = stage.api.sellers(&stage.admin, &product.id).await.unwrap();
        if let [cheapest, _, ..] = sellers.as_slice() {
            let of_it = found.entry(cheapest.supplier.clone()).or_default();
            if of_it.len() < OF_EACH {
                of_it.push((*product).clone());
            }
        }
    }
    assert!(EVERYBODY.iter().all(|id| found.contains_key(*id)), "everybody is the cheapest of something: {found:?}");
    found.into_values().flatten().collect()
}

/// A rule of the sandbox about purchases at one account.
pub fn topup_fault(account: &str, kind: &str, more: &Value) -> Value {
    let mut rule = json!({ "provider": "iak", "call": "topup", "account": account, "kind": kind });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rule
}

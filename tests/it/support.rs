//! What the heavy tests share: one world at a time, its customers, and the end every world must come to.
//! What a test is about (its orders, faults, kills) stays with the test.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use demo::DemoError;
use demo::api::{Acknowledged, Api, Wanted};
use demo::driver::{self, Closing, Driven, Ended, Shop};
use demo::oracle::{self, Verdict};
use demo::outside::Outside;
use demo::plan::{Fate, OrderPlan};
use demo::seed;
use demo::view::Product;
use demo::world::{World, WorldOptions};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The account at the sandbox of the supplier that is tried first: of equal prices the name decides.
pub const FIRST: &str = "628000000001";

/// The customers of a play. Each has one token.
const CUSTOMERS: usize = 4;
/// Tokens outlive every jump of the clock.
const TOKEN_MINUTES: u32 = 60 * 24 * 365;
/// Real time; a run that is not over by then hangs.
const CLOSE_WITHIN: Duration = Duration::from_secs(240);

/// Worlds are heavy and machines small: one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Until the guard goes, no other test has a world.
pub async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// The program under test, beside the tests, with the fail points and rules that can be broken.
pub fn server_program() -> PathBuf {
    let me = std::env::current_exe().expect("the path of this test program");
    let program = me.parent().and_then(Path::parent).expect("a target folder").join("seberang");
    let build = "cargo build --workspace --all-features --bins";
    assert!(program.exists(), "{} is not there; build it with: {build}", program.display());
    program
}

/// A world with customers in it.
pub struct Play {
    pub world: World,
    pub api: Api,
    pub outside: Outside,
    products: Vec<Product>,
    customers: Vec<String>,
    driven: Vec<Driven>,
    runs: u32,
    staff: String,
    http: reqwest::Client,
    // Last: the next world starts when everything above is gone.
    _alone: MutexGuard<'static, ()>,
}

impl Play {
    /// Starts a world with this many servers and these variables, and opens the shop.
    pub async fn start(servers: usize, env: &[(&str, &str)]) -> Self {
        let alone = alone().await;
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        // For a person who looks for a fault: a file that survives the world.
        let log_file = std::env::var_os("SEBERANG_TEST_LOG").map(PathBuf::from);
        let options = WorldOptions { servers, env, log_file, ..WorldOptions::new(server_program()) };
        let world = World::start(options).await.unwrap();
        let (api, outside) = (world.api().unwrap(), world.outside().unwrap());
        let staff = world.token("admin", "it", TOKEN_MINUTES).unwrap();
        let customers: Result<Vec<String>, DemoError> = (1..=CUSTOMERS)
            .map(|n| world.token("customer", &Uuid::from_u128(n as u128).to_string(), TOKEN_MINUTES))
            .collect();
        let customers = customers.unwrap();
        let products = seed::seed(&api, &staff, &customers[0], world.clock().now_ms()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
        let (driven, runs) = (Vec::new(), 0);
        Self { world, api, outside, products, customers, driven, runs, staff, http, _alone: alone }
    }

    /// The shop for one more drive: its Idempotency-Keys are its own.
    pub fn shop(&mut self) -> Shop {
        self.runs += 1;
        Shop::new(self.api.clone(), self.outside.clone(), self.customers.clone(), format!("it{}", self.runs))
    }

    /// Orders nothing goes wrong with by itself: right numbers, paid at once, so many items each. `from` is the number
    /// of the first one: no two items of a play may have one target.
    pub fn paying(&self, from: usize, orders: usize, items: impl Fn(usize) -> usize) -> Vec<OrderPlan> {
        let airtime: Vec<&Product> =
            self.products.iter().filter(|p| p.category == "airtime" && p.brand == "Telkomsel").collect();
        assert!(airtime.len() > 1, "the catalogue has Telkomsel's airtime");
        let wanted = |order: usize, item: usize| Wanted {
            product: airtime[(order + item) % airtime.len()].id.clone(),
            target: format!("0812{:08}", (from + order) * 10 + item),
        };
        let plan = |order: usize| OrderPlan {
            customer: order % CUSTOMERS,
            items: (0..items(order)).map(|item| wanted(order, item)).collect(),
            promo: None,
            fate: Fate::Pay,
            notice: None,
            twice: order.is_multiple_of(7),
        };
        (0..orders).map(plan).collect()
    }

    /// Keeps what was driven for the verdict. A plan that breaks off is an answer the product should not have given.
    pub fn keep(&mut self, outcome: driver::Outcome) {
        assert!(outcome.broken_off.is_empty(), "{:#?}", outcome.broken_off);
        self.driven.extend(outcome.orders);
    }

    /// Lives all plans.
    pub async fn drive(&mut self, plans: &[OrderPlan]) {
        let outcome = driver::drive(&self.shop(), plans).await;
        self.keep(outcome);
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
            staff: &self.staff,
            deadline: Instant::now() + limit,
        };
        closing.run().await.unwrap()
    }

    pub async fn verdict(&mut self) -> Verdict {
        let shop = self.shop();
        let evidence = oracle::gather(&self.api, &self.outside, &shop, &self.staff, &self.driven).await.unwrap();
        oracle::judge(&evidence)
    }

    /// Everything ends, and the oracle finds nothing.
    pub async fn close_clean(&mut self) {
        let ended = self.close_within(CLOSE_WITHIN).await;
        let verdict = self.verdict().await;
        let dead = self.number("SELECT count(*) FROM task WHERE state = 'dead'").await;
        assert!(verdict.is_clean(), "{:#?}\n{:#?}", verdict.findings, verdict.statuses);
        assert_eq!((ended, dead), (Ended::Quiet, 0), "{:#?}", verdict.statuses);
    }

    /// One number from the database, asked on a connection of its own.
    pub async fn number(&self, sql: &str) -> i64 {
        let row = self.client().await.query_one(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        row.get(0)
    }

    pub async fn client(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(self.world.database_url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// What all servers together counted under this name, with all these labels (`outcome="stored"`).
    pub async fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        let mut sum = 0;
        for server in self.world.servers() {
            let text = self.http.get(format!("{}/metrics", server.admin_url())).send().await.unwrap();
            let text = text.text().await.unwrap();
            let lines = text.lines().filter(|line| {
                let named = line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
                named && labels.iter().all(|label| line.contains(label))
            });
            sum += lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum::<u64>();
        }
        sum
    }

    /// The whole truth of the sandbox, also what the driver does not read of it.
    pub async fn truth(&self) -> Value {
        let answer = self.http.get(format!("{}/truth", self.world.sandbox_url())).send().await.unwrap();
        answer.json().await.unwrap()
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

    /// Stops the world; nothing of it may be left running.
    pub async fn end(mut self) {
        let mut pids: Vec<u32> = self.world.servers().iter().filter_map(|server| server.pid()).collect();
        pids.extend(self.world.pg().unwrap().pid());
        self.world.stop().await.unwrap();
        let left: Vec<u32> = pids.into_iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).collect();
        assert!(left.is_empty(), "still running: {left:?}");
    }
}

/// A rule of the sandbox about purchases at one account.
pub fn topup_fault(account: &str, kind: &str, more: &Value) -> Value {
    let mut rule = json!({ "provider": "iak", "call": "topup", "account": account, "kind": kind });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rule
}

//! What every story plays on: a world of its own, ways to look into it, and the end it must come to. Who orders, and how,
//! is the business of `shop` (one customer, step by step) and `crowd` (many at once, by plan).

use std::path::Path;
use std::time::{Duration, Instant};

use demo::api::Api;
use demo::driver::{self, Calm, Driven};
use demo::oracle::{self, Counter, Verdict};
use demo::outside::Outside;
use demo::world::{World, WorldOptions};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{NoTls, Row};

use crate::programs;

/// Nothing takes longer in real time, even beside a compiler.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Tokens outlive every jump of the clock.
pub const A_YEAR: u32 = 60 * 24 * 365;

const DEATH_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What the dead held is free after its lease, in real time. `crash` waits for that.
const LEASES_RUN_OUT: &str =
    "UPDATE task SET leased_until = clock_timestamp() - interval '1 second' WHERE leased_until > clock_timestamp()";
/// What the dead had asked for, the database still does.
const STILL_DONE: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()";

/// A long time passes in so many steps, or in more: what is due within one of them is done together, but not what is due later
/// than this.
const STEPS: i64 = 500;
const TOGETHER_MS: i64 = 30_000;

/// Something may come due while both sides are read.
const RESTS: u32 = 20;

/// Worlds at the same time: machines are small, and most of a story is waiting.
const WORLDS: u32 = 3;
static PLACES: Semaphore = Semaphore::const_new(WORLDS as usize);

/// Until it is dropped, a world may stand.
pub type Place = SemaphorePermit<'static>;

/// Room for a world beside others; in the soak, whose runs are long, beside none.
pub async fn place() -> Place {
    PLACES.acquire_many(if is_soak() { WORLDS } else { 1 }).await.unwrap()
}

/// Room for a world beside which no other one stands: for what keeps a machine busy, or counts what goes together, or has a
/// limit in real time.
pub async fn alone() -> Place {
    PLACES.acquire_many(WORLDS).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
fn is_soak() -> bool {
    std::env::var_os("SEBERANG_SOAK").is_some()
}

/// Whether the long runs are wanted; says so if not.
pub fn soaks() -> bool {
    if !is_soak() {
        eprintln!("skipped: `cargo xtask soak` runs it");
    }
    is_soak()
}

pub struct Stage {
    pub world: World,
    pub api: Api,
    pub outside: Outside,
    pub admin: String,
    pub http: reqwest::Client,
    owed: Owed,
    // Last: the next world starts when everything above is gone.
    _place: Place,
}

/// A story that went well owes the oracle a look at its end.
struct Owed(bool);

impl Drop for Owed {
    fn drop(&mut self) {
        assert!(
            !self.0 || std::thread::panicking(),
            "the story ended without `end()`: nobody compared truth and books"
        );
    }
}

impl Stage {
    pub async fn start(place: Place, change: impl FnOnce(&mut WorldOptions)) -> Self {
        let mut options = WorldOptions::new(programs::server());
        change(&mut options);
        let world = World::start(options).await.unwrap();
        Self {
            api: world.api().unwrap(),
            outside: world.outside().unwrap(),
            admin: world.token("admin", "ada", A_YEAR).unwrap(),
            http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            owed: Owed(true),
            _place: place,
            world,
        }
    }

    // Time.

    pub fn now(&self) -> i64 {
        self.world.clock().now_ms()
    }

    /// Waits until nothing is in flight and nothing is due.
    pub async fn quiet(&self) -> Calm {
        let calm = driver::calm(&self.api, &self.outside, Instant::now() + PATIENCE).await.unwrap();
        calm.unwrap_or_else(|| panic!("something is always in flight"))
    }

    /// Lets business time pass, from one due thing to the next; of a long time, with those that are due shortly after it.
    pub async fn pass(&self, ms: i64) {
        let until = self.now() + ms;
        let together = (ms / STEPS).clamp(1, TOGETHER_MS);
        loop {
            let calm = self.quiet().await;
            let next = calm.next_due_ms.filter(|next| *next < until);
            let moved = calm.jump(&self.world, next.map_or(until, |next| until.min(next + together))).await.unwrap();
            if moved && self.now() >= until {
                self.quiet().await;
                return;
            }
        }
    }

    /// Kills the only server, and starts it with this variable when the leases of the dead one have run out.
    pub async fn restart_with(&mut self, name: &str, value: &str) {
        self.world.kill_server(0).unwrap();
        self.leases_of_the_dead_run_out().await;
        self.world.restart_server(0, &[(name.to_owned(), value.to_owned())]).await.unwrap();
    }

    /// The only server dies when it passes this point.
    pub async fn restart_to_die_at(&mut self, point: &str) {
        self.restart_with("SEBERANG_DIE_AT", &format!("{point}:1")).await;
    }

    /// Waits for that death; then as [`Self::restart_with`].
    pub async fn comes_back_from(&mut self, point: &str) {
        let began = Instant::now();
        while !self.world.server_has_ended(0).unwrap() {
            assert!(began.elapsed() < DEATH_WITHIN, "nobody passed {point} (built without test-hooks?)");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.leases_of_the_dead_run_out().await;
        self.world.restart_server(0, &[]).await.unwrap();
    }

    async fn leases_of_the_dead_run_out(&self) {
        self.until("the dead are done", async || (self.count(STILL_DONE).await == 0).then_some(())).await;
        self.client().await.execute(LEASES_RUN_OUT, &[]).await.unwrap();
    }

    /// Asks again and again, in real time.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    // Looking behind the counter.

    pub async fn client(&self) -> tokio_postgres::Client {
        client(self.world.database_url()).await
    }

    pub async fn sql(&self, query: &str) -> Vec<Row> {
        sql(self.world.database_url(), query).await
    }

    /// One number from the database, asked on a connection of its own.
    pub async fn count(&self, query: &str) -> i64 {
        self.sql(query).await[0].get(0)
    }

    /// What each server counted under this name, with all these labels (`outcome="stored"`).
    pub async fn metric_of_each(&self, name: &str, labels: &[&str]) -> Vec<u64> {
        let mut all = Vec::new();
        for server in self.world.servers() {
            let text = self.http.get(format!("{}/metrics", server.admin_url())).send().await.unwrap();
            let text = text.text().await.unwrap();
            let lines = text.lines().filter(|line| {
                let named = line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
                named && labels.iter().all(|label| line.contains(label))
            });
            all.push(lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum());
        }
        all
    }

    /// What all servers counted together.
    pub async fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        self.metric_of_each(name, labels).await.iter().sum()
    }

    /// The whole truth of the sandbox, also what the driver does not read of it.
    pub async fn truth(&self) -> Value {
        let answer = self.http.get(format!("{}/truth", self.world.sandbox_url())).send().await.unwrap();
        answer.json().await.unwrap()
    }

    // The end.

    /// Every order there is, compared with what the providers did.
    pub async fn verdict(&self) -> Verdict {
        let mut customers: Vec<String> = Vec::new();
        let rows = self.sql("SELECT id::text, customer::text FROM orders ORDER BY id").await;
        let order = |row: &Row| {
            let customer: String = row.get(1);
            let known = customers.iter().position(|known| *known == customer);
            let place = known.unwrap_or_else(|| {
                customers.push(customer);
                customers.len() - 1
            });
            Driven { id: row.get(0), customer: place }
        };
        let orders: Vec<Driven> = rows.iter().map(order).collect();
        let tokens = customers.iter().map(|id| self.world.token("customer", id, A_YEAR).unwrap()).collect();
        let shop = driver::Shop::new(self.api.clone(), self.outside.clone(), tokens, "end".to_owned());
        let sources = oracle::Sources { api: &self.api, outside: &self.outside, shop: &shop, staff: &self.admin };
        let evidence = oracle::gather(&sources, &orders).await.unwrap();
        oracle::judge(&evidence)
    }

    /// The same when nothing is in flight or due, which must come true, and while that lasts.
    pub async fn verdict_at_rest(&self) -> Verdict {
        for _ in 0..RESTS {
            let calm = self.quiet().await;
            let verdict = self.verdict().await;
            if calm.still(&self.world) {
                return verdict;
            }
        }
        panic!("there is always something to do");
    }

    /// No task is dead or overdue, and truth and books agree, but for orders about which a person said, with evidence of
    /// their own, something else than what the sandbox did. An order may still be open: some stories are about that.
    async fn judge(&self, told: &[&str]) {
        let dead =
            self.sql("SELECT order_id::text || ' ' || key || ' ' || last_error FROM task WHERE state = 'dead'").await;
        let dead: Vec<Option<String>> = dead.iter().map(|row| row.get(0)).collect();
        assert!(dead.is_empty(), "dead tasks: {dead:#?}");
        // Both sides read one clock: a stamp can only be old when time was moved while somebody was asking.
        let skewed = self.told_to_and_by_providers().await.iter().any(|text| text.contains("TimeStamp Error"));
        assert!(!skewed, "the clock was moved while something was in flight");
        let findings = self.verdict_at_rest().await.findings;
        let (expected, wrong): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .filter(|finding| finding.counter != Counter::Open)
            .partition(|finding| told.contains(&finding.order.as_str()));
        assert!(wrong.is_empty(), "{wrong:#?}");
        for order in told {
            assert!(expected.iter().any(|finding| finding.order == *order), "{order} agrees after all");
        }
    }

    /// What the books keep of each call and each notice. They are packed: no SQL and no dump finds a word in them.
    pub async fn told_to_and_by_providers(&self) -> Vec<String> {
        let rows = self.sql("SELECT said FROM history WHERE said <> '' UNION ALL SELECT body FROM inbox");
        rows.await.iter().map(|row| adapters_postgres::unpack(row.get(0)).unwrap()).collect()
    }

    /// The end of every story.
    pub async fn end(self, told: &[&str]) {
        self.judge(told).await;
        self.stop().await;
    }

    /// Stops the world without a judgement: something was broken on purpose. Nothing of it may be left running.
    pub async fn stop(mut self) {
        self.owed.0 = false;
        let mut pids: Vec<u32> = self.world.servers().iter().filter_map(|server| server.pid()).collect();
        pids.extend(self.world.pg().unwrap().pid());
        self.world.stop().await.unwrap();
        let left: Vec<u32> = pids.into_iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).collect();
        assert!(left.is_empty(), "still running: {left:?}");
    }
}

pub async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub async fn sql(url: &str, query: &str) -> Vec<Row> {
    client(url).await.query(query, &[]).await.unwrap_or_else(|error| panic!("{query}: {error}"))
}

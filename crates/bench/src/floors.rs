//! What PostgreSQL itself can do for the rows of an order, by pgbench, in a database beside ours. The schema and the scripts
//! are in `floors/`. Not here: when a floor is measured, and what is compared with it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use pgbox::PgBox;
use serde_json::json;
use tempfile::TempDir;
use tokio_postgres::Client;

use crate::db;
use crate::error::{BenchError, Doing};
use crate::machine::{flush_time, must_be_durable};
use crate::stats::Rate;

const SCHEMA: &str = include_str!("../floors/schema.sql");
const DATABASE: &str = "floors";
/// Of one run of a script: two clients may get into each other's way once, and whoever is told so runs the same again.
const TRIES: u32 = 10;
/// Ids a run may use up: far above what one can do.
const IDS_OF_A_RUN: u64 = 10_000_000;
/// Orders that are there before anything is measured, so that the indexes have some depth.
const OLD_ORDERS: u64 = 50_000;
/// Orders in one statement where they are only made to be there.
const AT_ONCE: u64 = 1_000;

/// A script of `floors/`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// For people.
    pub name: &'static str,
    script: &'static str,
    clients: u64,
    /// Orders in one run of the script.
    orders: u64,
    /// Each needs an order that waits for its money; they are made before.
    notices: bool,
}

const fn floor(name: &'static str, script: &'static str, clients: u64) -> Floor {
    Floor { name, script, clients, orders: 1, notices: false }
}

/// The single-call floor of a create, for one at a time…
pub const CREATE_ALONE: Floor = floor("create, one call, 1 client", include_str!("../floors/create.sql"), 1);
/// …and for as many connections as two cores have use for.
pub const CREATE: Floor = floor("create, one call, 8 clients", include_str!("../floors/create.sql"), 8);
/// The single-call floor of a notice.
pub const NOTICE: Floor =
    Floor { notices: true, ..floor("notice, one call, 8 clients", include_str!("../floors/notice.sql"), 8) };
/// The best that goes without batches.
pub const F1: Floor = floor("F1: whole order, 4 calls, 8 clients", include_str!("../floors/order_by_order.sql"), 8);
/// Small batches.
pub const F2: Floor = Floor {
    orders: 10,
    ..floor("F2: whole orders in batches of 10, 2 clients", include_str!("../floors/batches_of_10.sql"), 2)
};
/// Large ones.
pub const F3: Floor = Floor {
    orders: 100,
    ..floor("F3: whole orders in batches of 100, 2 clients", include_str!("../floors/batches_of_100.sql"), 2)
};
/// As one writes it without thinking of cost: a transaction with a statement per row.
pub const IDIOMATIC_CREATE: Floor =
    floor("create, a statement per row, 8 clients", include_str!("../floors/idiomatic_create.sql"), 8);
/// The same.
pub const IDIOMATIC_NOTICE: Floor = Floor {
    notices: true,
    ..floor("notice, a statement per row, 8 clients", include_str!("../floors/idiomatic_notice.sql"), 8)
};
/// The same.
pub const IDIOMATIC_ORDER: Floor =
    floor("whole order, a statement per row, 8 clients", include_str!("../floors/idiomatic_order.sql"), 8);

/// The floors' own database in somebody's PostgreSQL.
pub struct Floors {
    db: Client,
    pgbench: PathBuf,
    socket: PathBuf,
    scripts: TempDir,
    next_id: AtomicU64,
}

impl Floors {
    /// Makes the database with its tables.
    ///
    /// # Errors
    /// When the database is not durable or has no room.
    pub async fn new(pg: &PgBox) -> Result<Self, BenchError> {
        Self::with_old_orders(pg, OLD_ORDERS).await
    }

    async fn with_old_orders(pg: &PgBox, many: u64) -> Result<Self, BenchError> {
        let (pgbench, socket) = (pg.bin_dir().join("pgbench"), pg.socket_dir());
        let head = db::connect(&pg.url("postgres")).await?;
        must_be_durable(&head, &socket).await?;
        head.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await?;
        let db = db::connect(&pg.url(DATABASE)).await?;
        db.batch_execute(SCHEMA).await?;
        let scripts = tempfile::tempdir().doing(|| "make a temporary folder".to_owned())?;
        let floors = Self { db, pgbench, socket, scripts, next_id: AtomicU64::new(0) };
        floors.make_orders(many).await?;
        floors.db.batch_execute("VACUUM ANALYZE").await?;
        Ok(floors)
    }

    /// Measures one for so many seconds.
    ///
    /// # Errors
    /// When pgbench fails, or one of its clients.
    pub async fn measure(&self, floor: &Floor, seconds: u32) -> Result<Rate, BenchError> {
        // What batches left unclaimed at their end would be claimed by the next ones.
        self.db.batch_execute("TRUNCATE job, task").await?;
        let (first, run) = if floor.notices {
            let each = NOTICES_PER_SECOND * u64::from(seconds) / floor.clients;
            (self.make_orders(each * floor.clients).await?, ["-t".to_owned(), each.to_string()])
        } else {
            (self.next_id.fetch_add(IDS_OF_A_RUN, Ordering::Relaxed), ["-T".to_owned(), seconds.to_string()])
        };
        let flush = flush_time(self.socket.clone()).await?;
        let mut command = self.command(floor, first)?;
        command.args(run).arg(format!("--max-tries={TRIES}"));
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.map_err(|error| BenchError::Expected(format!("pgbench's runner ended: {error}")))?;
        let output = output.doing(|| format!("run {}", self.pgbench.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        match runs_per_second(&said).filter(|_| output.status.success()) {
            Some(per_s) => {
                let rate = Rate { per_s: per_s * floor.orders as f64, flush };
                progress!("{}: {:.0}/s", floor.name, rate.per_s);
                Ok(rate)
            }
            None => {
                let words = String::from_utf8_lossy(&output.stderr);
                Err(BenchError::Expected(format!("pgbench ({}): {said}{words}", floor.name)))
            }
        }
    }

    fn command(&self, floor: &Floor, first: u64) -> Result<Command, BenchError> {
        let script = self.scripts.path().join("script.sql");
        fs::write(&script, floor.script).doing(|| format!("write {}", script.display()))?;
        let mut command = Command::new(&self.pgbench);
        command.args(["-n", "-M", "prepared", "-U", pgbox::USER, "-d", DATABASE, "-h"]).arg(&self.socket);
        command.args(["-c", &floor.clients.to_string(), "-j", &floor.clients.min(2).to_string(), "-f"]).arg(script);
        let numbers = [("i", "-1".to_owned()), ("first", first.to_string()), ("clients", floor.clients.to_string())];
        for (name, value) in numbers.into_iter().chain(texts()) {
            command.arg("-D").arg(format!("{name}={value}"));
        }
        Ok(command)
    }

    /// Orders that wait for their money; the number of the first one.
    async fn make_orders(&self, many: u64) -> Result<u64, BenchError> {
        let first = self.next_id.fetch_add(many.next_multiple_of(AT_ONCE), Ordering::Relaxed);
        let texts: Vec<String> = texts().into_iter().map(|(_, text)| text.replace('\'', "''")).collect();
        let [terms, target, why, ..] = texts.as_slice() else { return Ok(first) };
        let make = format!(
            "SELECT create_orders(g, {AT_ONCE}, (1 + g % 50)::integer, '{terms}', '{target}', '{why}')
             FROM generate_series({first}::bigint, {first} + {many} - 1, {AT_ONCE}) AS g"
        );
        self.db.batch_execute(&make).await?;
        Ok(first)
    }
}

/// A notice's floor runs as long as orders wait for one: about as many as it can take.
const NOTICES_PER_SECOND: u64 = 2_000;

/// What the scripts write, as long as what a shop writes.
fn texts() -> [(&'static str, String); 5] {
    let terms = json!({
        "price": { "cost": "104500.00", "rate": "0.00196", "buffer_percent": "2", "margin_percent": "3", "discount": "10.00" },
        "lines": [{ "product": "airtime-telkomsel-50000", "charged": "123.00" }, { "product": "pln-token-50000", "charged": "123.00" }],
        "shown_at": "2026-11-20T08:00:00.000Z", "language": "id",
    });
    let target =
        json!({ "number": "sealed:dev:q83vEjRWeJCrze8SNFZ4kKvN", "operator": "Telkomsel", "name": "Telkomsel 50.000" });
    let why = json!({ "cause": "paid", "reference": "7Q2M4K9X1B3N5V8C6Z0L", "attempt": 1, "by": "gateway:ecpay" });
    let headers = json!({
        "content-type": "application/x-www-form-urlencoded", "user-agent": "Gateway/1.0", "x-request-id": "7f9c2b7e-55aa-4c1d",
        "x-forwarded-for": "203.0.113.77", "signature": "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
    });
    let fields = (0..24).map(|n| format!("CustomField{n:02}=value-{}-abcdefghijkl", n * 7_919)).collect::<Vec<_>>();
    [
        ("terms", terms.to_string()),
        ("target", target.to_string()),
        ("why", why.to_string()),
        ("headers", headers.to_string()),
        ("body", fields.join("&")),
    ]
}

/// `tps = 1183.2 (without initial connection time)`. `None` when it is not there, or a run of the script failed.
fn runs_per_second(said: &str) -> Option<f64> {
    let value = |name: &str| {
        said.lines().find_map(|line| line.strip_prefix(name)).and_then(|rest| rest.split_whitespace().next())
    };
    // Versions before 15 do not say it.
    if value("number of failed transactions: ").is_some_and(|failed| failed != "0") {
        return None;
    }
    value("tps = ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "pgbench (15.18)\ntransaction type: x.sql\nnumber of transactions actually processed: 4733\n\
                        number of failed transactions: 0 (0.000%)\nlatency average = 6.762 ms\n\
                        initial connection time = 9.1 ms\ntps = 1183.021 (without initial connection time)\n";

    #[test]
    fn the_rate_is_read_from_what_pgbench_says() {
        assert_eq!(runs_per_second(SAID), Some(1183.021));
        assert_eq!(runs_per_second(&SAID.replace("number of failed", "no word of")), Some(1183.021));
    }

    #[test]
    fn a_run_with_failures_has_no_rate() {
        assert_eq!(runs_per_second(&SAID.replace("transactions: 0", "transactions: 3")), None);
        assert_eq!(runs_per_second("pgbench: error: connection failed"), None);
    }

    /// On a real database, and with each of them: what is compared with must be right, too.
    #[tokio::test]
    async fn every_floor_runs_and_leaves_whole_orders() {
        let pg = PgBox::start(pgbox::Options::default()).unwrap();
        let floors = Floors::with_old_orders(&pg, AT_ONCE).await.unwrap();
        let all = [CREATE_ALONE, CREATE, NOTICE, F1, F2, F3, IDIOMATIC_CREATE, IDIOMATIC_NOTICE, IDIOMATIC_ORDER];
        for floor in &all {
            assert!(floors.measure(floor, 1).await.unwrap().per_s > 0.0, "{}", floor.name);
        }
        let count = async |sql: &str| floors.db.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
        assert!(count("SELECT count(*) FROM orders WHERE state = 3").await > 0);
        assert_eq!(
            count("SELECT count(*) FROM orders o WHERE state = 3 AND (SELECT count(*) FROM exchange e WHERE e.order_id = o.id) <> 2")
                .await,
            0
        );
        assert_eq!(count("SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_line").await, 0);
    }
}

//! What it costs to read where there are many orders: pages of the database touched, and time over HTTP, of a table and of one
//! ten times as large. The orders are made by `adapters-postgres/tests/seed/orders.sql`.

use std::time::{Duration, Instant};

use super::{Bench, Outcome};
use crate::db;
use crate::error::BenchError;
use crate::line::{Ask, Line};
use crate::report::{Bar, Measure, Table};
use crate::shop::Placed;
use crate::stage::{Kind, Stage};
use crate::stats::percentile;

const SEED: &str = include_str!("../../../adapters-postgres/tests/seed/orders.sql");
/// The one of the seed who orders a lot.
const REGULAR: &str = "00000000-0000-7000-8000-00000000c001";
/// Of the smaller table; the sweep reads two of them and one more, so it leaves most of either table alone.
const DAYS: u64 = 100;
/// The larger table beside the smaller one: an index of it is a page deeper at most.
const TIMES: u64 = 10;
/// Orders in work, as many in both.
const OPEN: u64 = 60;
/// Each read, for the median: enough that none that met somebody else's work is in the middle, few beside filling the tables.
const READS: usize = 20;
/// Between two sweeps.
const SWEEP_MS: i64 = 600_000;
/// Of ten million orders it takes seconds; a minute is one that does not come.
const SWEEP_PATIENCE: Duration = Duration::from_secs(60);
/// How long the sweep took is told by the database, so this may be coarse.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Longer than any bench.
const TOKEN_MINUTES: u32 = 60 * 24;
/// Looks into an empty queue would be counted as reads.
const ENV: [(&str, &str); 1] = [("TASK_POLL_MS", "10000")];

/// Something that is read.
struct Read {
    what: &'static str,
    /// Look-ups by an index: of a larger table each may touch one page more.
    lookups: u64,
    admin: bool,
    path: String,
    token: String,
}

/// What it cost.
struct Cost {
    what: &'static str,
    lookups: u64,
    pages: f64,
    milliseconds: f64,
}

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let stage = Stage::start(&bench.programs, Kind { movable_clock: true, env: &ENV, ..Kind::default() }).await?;
    stage.db.batch_execute("CREATE EXTENSION pg_stat_statements").await?;
    stage.db.batch_execute(SEED).await?;
    let orders = match (bench.pace.quick, bench.pace.large) {
        (true, _) => 100_000,
        (false, false) => 1_000_000,
        (false, true) => 10_000_000,
    };
    let per_day = orders / (DAYS * TIMES);
    let mut line = Line::to(&stage.public()).await?;
    let mut own = Vec::new();
    for _ in 0..OPEN {
        own.push(stage.shop.place(&mut line, None).await?);
    }
    fill(&stage, 0, DAYS, per_day).await?;
    let few = costs(&stage, &own, orders / TIMES).await?;
    fill(&stage, DAYS, DAYS * (TIMES - 1), per_day).await?;
    let many = costs(&stage, &own, orders).await?;
    stage.stop().await?;
    Ok(Outcome::from(table(orders, &few, &many)))
}

/// Fills so many days before the day that lies so many back.
async fn fill(stage: &Stage, back: u64, days: u64, per_day: u64) -> Result<(), BenchError> {
    let began = Instant::now();
    // A hundred days at a time: what is made is kept in memory until it is written.
    for from in (back..back + days).step_by(usize::try_from(DAYS).unwrap_or(1)) {
        let fill = format!("SELECT pg_temp.seed_orders((now() - interval '{from} days')::date, {DAYS}, {per_day})");
        stage.db.batch_execute(&fill).await?;
    }
    stage.db.batch_execute("VACUUM ANALYZE").await?;
    progress!("{} orders made in {:.0} s", days * per_day, began.elapsed().as_secs_f64());
    Ok(())
}

async fn costs(stage: &Stage, own: &[Placed], orders: u64) -> Result<Vec<Cost>, BenchError> {
    let reads = reads(stage, own, orders).await?;
    // Opened now: a connection that says nothing while the middle of a large table is looked for is closed.
    let mut lines = [Line::to(&stage.public()).await?, Line::to(&stage.admin()).await?];
    let mut costs = Vec::new();
    for read in reads {
        let [public, admin] = &mut lines;
        costs.push(cost(stage, if read.admin { admin } else { public }, read).await?);
    }
    costs.push(sweep(stage).await?);
    Ok(costs)
}

async fn reads(stage: &Stage, own: &[Placed], orders: u64) -> Result<Vec<Read>, BenchError> {
    let middle = format!("SELECT id::text FROM orders ORDER BY id OFFSET {} LIMIT 1", orders / 2);
    let middle: String = stage.db.query_one(&middle, &[]).await?.try_get(0)?;
    let regular = stage.world.token("customer", REGULAR, TOKEN_MINUTES)?;
    let Some(one) = own.first() else { return Ok(Vec::new()) };
    let staff = |what, lookups, path: String| Read { what, lookups, admin: true, path, token: stage.staff.clone() };
    let customer = |what, lookups, path: &str, token: &str| Read {
        what,
        lookups,
        admin: false,
        path: path.to_owned(),
        token: token.to_owned(),
    };
    let list = |more: &str| format!("/v1/admin/orders?limit=50{more}");
    Ok(vec![
        staff("all orders, a page of 50", 1, list("")),
        staff("the same, from the middle on", 1, list(&format!("&cursor={middle}"))),
        staff("a frequent status", 1, list("&status=success")),
        staff("a rare status", 1, list("&status=failed")),
        staff("open orders", OPEN + 1, list("&status=pending")),
        customer("one in five orders is theirs", 1, "/v1/orders?limit=50", &regular),
        customer("an order, for its customer", 8, &format!("/v1/orders/{}", one.id), &one.token),
        staff("its story, for staff", 14, format!("/v1/admin/orders/{}", one.id)),
    ])
}

async fn cost(stage: &Stage, line: &mut Line, read: Read) -> Result<Cost, BenchError> {
    let ask = Ask { path: &read.path, token: &read.token, ..Ask::default() };
    // The first time prepares, and sets the hints that the next one finds.
    line.send(&ask).await?.must_be(200, read.what)?;
    forget_statements(stage).await?;
    let mut took = Vec::with_capacity(READS);
    for _ in 0..READS {
        let began = Instant::now();
        line.send(&ask).await?.must_be(200, read.what)?;
        took.push(began.elapsed());
    }
    let pages = pages(stage, "NOT LIKE '/* bench */%'").await? / READS as f64;
    let milliseconds = percentile(&mut took, 50).as_secs_f64() * 1_000.0;
    Ok(Cost { what: read.what, lookups: read.lookups, pages, milliseconds })
}

/// It comes by the clock.
async fn sweep(stage: &Stage) -> Result<Cost, BenchError> {
    forget_statements(stage).await?;
    stage.world.advance(SWEEP_MS).await?;
    let deadline = Instant::now() + SWEEP_PATIENCE;
    let of_sweep = "LIKE 'WITH days(low, high)%'";
    while pages(stage, of_sweep).await? == 0.0 {
        if Instant::now() >= deadline {
            return Err(BenchError::Expected("the sweep did not come".to_owned()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let took = "SELECT round(sum(total_exec_time) * 1000)::bigint FROM pg_stat_statements WHERE query LIKE 'WITH days(low, high)%'";
    let milliseconds = db::number(&stage.db, took).await? as f64 / 1_000.0;
    Ok(Cost { what: "the sweep", lookups: OPEN * 6 + 20, pages: pages(stage, of_sweep).await?, milliseconds })
}

async fn forget_statements(stage: &Stage) -> Result<(), BenchError> {
    Ok(stage.db.batch_execute("SELECT pg_stat_statements_reset()").await?)
}

async fn pages(stage: &Stage, which: &str) -> Result<f64, BenchError> {
    let sql = format!(
        "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint FROM pg_stat_statements
         WHERE query {which} AND query NOT LIKE '%pg_stat_statements%'"
    );
    Ok(db::number(&stage.db, &sql).await? as f64)
}

fn table(orders: u64, few: &[Cost], many: &[Cost]) -> Table {
    let mut measures = Vec::new();
    for (small, large) in few.iter().zip(many) {
        let line = |cost: &Cost, orders: u64| {
            let what = format!("{}, of {} thousand orders", cost.what, orders / 1_000);
            Measure::new(what, cost.pages, "pages").noted(format!("{:.1} ms", cost.milliseconds))
        };
        measures.push(line(small, orders / TIMES));
        measures.push(line(large, orders).within(Bar::AtMost((small.pages * 1.1 + large.lookups as f64).floor())));
    }
    Table {
        title: "Reading where there are many orders",
        about: format!(
            "Pages of PostgreSQL (8,192 bytes) touched, in memory or not, and the median time over HTTP (of the sweep: in the database); {OPEN} orders \
             are open in both. The larger table may cost a tenth more, and a page for each look-up by an index, which may be one \
             page deeper."
        ),
        measures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_table_may_cost_a_tenth_more_and_a_page_for_each_look_up() {
        let cost = |pages| Cost { what: "a list", lookups: 2, pages, milliseconds: 1.0 };
        let met = |pages| table(1_000_000, &[cost(20.0)], &[cost(pages)]).measures[1].met;
        assert_eq!((met(24.0), met(25.0)), (Some(true), Some(false)));
        let line = &table(1_000_000, &[cost(20.0)], &[cost(24.0)]).measures[0];
        assert_eq!((line.what.as_str(), line.note.as_str()), ("a list, of 100 thousand orders", "1.0 ms"));
    }
}

//! What one order costs the database, in counts, which no other program of the machine changes: once with one order at a time,
//! once with many in flight.

use std::time::{Duration, Instant};

use super::{Bench, Outcome};
use crate::db;
use crate::error::BenchError;
use crate::flow::{IN_FLIGHT, closed, pay_for};
use crate::line::Line;
use crate::report::{Bar, Measure, Table};
use crate::shop::Placed;
use crate::stage::{Kind, Stage};
use crate::truth;

/// One order after the other: looks into an empty queue are no order's, as few as may be.
const SELDOM: [(&str, &str); 1] = [("TASK_POLL_MS", "10000")];
/// Many at a time: as usual, for a task that had to wait is found by looking.
const USUAL: (&str, &str) = ("TASK_POLL_MS", "250");
/// The first orders prepare the statements on the connections.
const WARM: u32 = 10;
/// What one order costs is nearly the same each time: of twenty the odd look into the queue does not show.
const ALONE: u32 = 20;
/// An order takes a tenth of a second; more is a machine that does something else.
const PATIENCE: Duration = Duration::from_secs(30);
/// Short beside an order, and the looks are not counted.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Of the log that an order may write, in KB.
const WAL_BYTES_PER_KB: f64 = 1_000.0;

/// Counted by the server and by PostgreSQL, since they began.
#[derive(Debug, Clone, Copy)]
struct Counts {
    orders: f64,
    round_trips: f64,
    statements: f64,
    commits: f64,
    wal_position: f64,
}

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind { env: &SELDOM, ..Kind::default() }).await?;
    stage.db.batch_execute("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION IF NOT EXISTS pg_walinspect").await?;
    let mut placed = Vec::new();
    one_by_one(&stage, WARM, &mut placed).await?;
    let before = count(&stage).await?;
    one_by_one(&stage, ALONE, &mut placed).await?;
    let after = count(&stage).await?;
    let mut measures = measures_of("one at a time", &stage, before, after).await?;
    for measure in measures.iter_mut().filter(|measure| measure.what.starts_with("round trips")) {
        *measure = measure.clone().within(Bar::AtMost(12.0));
    }

    let pace = bench.pace;
    flush_statistics(&mut stage).await?;
    closed(&mut stage, IN_FLIGHT, pace.ramp, Duration::ZERO, &mut placed).await?;
    flush_statistics(&mut stage).await?;
    let shares_before = Shares::read(&stage).await?;
    let before = count(&stage).await?;
    let length = if pace.quick { pace.flow } else { pace.flow * 2 };
    closed(&mut stage, IN_FLIGHT, Duration::ZERO, length, &mut placed).await?;
    let after = count(&stage).await?;
    let mut many = measures_of("many in flight", &stage, before, after).await?;
    for measure in many.iter_mut().filter(|measure| measure.what.starts_with("commits")) {
        *measure = measure.clone().within(Bar::AtMost(0.1));
    }
    flush_statistics(&mut stage).await?;
    many.extend(Shares::read(&stage).await?.since(&shares_before, after.orders - before.orders));
    let counters = truth::compare(&stage, &placed).await?;
    stage.stop().await?;
    measures.extend(many);
    let table = Table {
        title: "What an order costs the database",
        about: format!(
            "Counted, per order of two items: placed, page opened, paid, noticed, bought, called back, asked about, ended. First \
             {ALONE} orders one after the other, then some thousand with {IN_FLIGHT} in flight. A commit is a transaction that \
             wrote; a KB of the log (WAL) is 1,000 bytes, without the images of whole pages."
        ),
        measures,
    };
    Ok(Outcome { tables: vec![table], counters })
}

/// Buys so many, each when the one before has succeeded.
async fn one_by_one(stage: &Stage, many: u32, placed: &mut Vec<Placed>) -> Result<(), BenchError> {
    let (mut own, mut outside) = (Line::to(&stage.public()).await?, Line::to(stage.world.sandbox_url()).await?);
    for _ in 0..many {
        let order = stage.shop.place(&mut own, None).await?;
        pay_for(&stage.shop, &mut own, &mut outside, &order).await?;
        placed.push(order);
        let deadline = Instant::now() + PATIENCE;
        while db::number(&stage.db, "SELECT count(*) FROM open_order").await? > 0 {
            if Instant::now() >= deadline {
                return Err(BenchError::Expected(format!("an order was not delivered within {PATIENCE:?}")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    Ok(())
}

async fn count(stage: &Stage) -> Result<Counts, BenchError> {
    let metrics = stage.api.metrics().await?;
    let round_trips = metrics.number("seberang_store_round_trips_total");
    let round_trips = round_trips.ok_or_else(|| BenchError::Expected("/metrics has no round trips".to_owned()))?;
    let number = async |sql: &str| db::number(&stage.db, sql).await.map(|number| number as f64);
    Ok(Counts {
        orders: number("SELECT count(*) FROM orders").await?,
        round_trips: round_trips as f64,
        statements: number(
            "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query NOT LIKE '/* bench */%'",
        )
        .await?,
        // Only what writes gets a number.
        commits: number("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").await?,
        wal_position: number("SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint").await?,
    })
}

async fn measures_of(when: &str, stage: &Stage, before: Counts, after: Counts) -> Result<Vec<Measure>, BenchError> {
    let orders = (after.orders - before.orders).max(1.0);
    let each = |part: fn(&Counts) -> f64| (part(&after) - part(&before)) / orders;
    let name = |what: &str| format!("{what}, {when}");
    let images = full_page_images(stage, before.wal_position, after.wal_position).await?;
    let wal_kb = ((after.wal_position - before.wal_position) - images) / orders / WAL_BYTES_PER_KB;
    Ok(vec![
        Measure::new(name("round trips"), each(|counts| counts.round_trips), ""),
        Measure::new(name("statements"), each(|counts| counts.statements), ""),
        Measure::new(name("commits"), each(|counts| counts.commits), ""),
        Measure::new(name("WAL, full-page images aside"), wal_kb, "KB").within(Bar::AtMost(16.0)),
    ])
}

/// Bytes of whole pages that a checkpoint had asked for.
async fn full_page_images(stage: &Stage, from: f64, to: f64) -> Result<f64, BenchError> {
    let sql = "SELECT coalesce(sum(fpi_size), 0)::bigint
               FROM pg_get_wal_stats('0/0'::pg_lsn + $1::text::numeric, '0/0'::pg_lsn + $2::text::numeric)";
    let (from, to) = (format!("{from:.0}"), format!("{to:.0}"));
    let bytes: i64 = stage.db.query_one(sql, &[&from, &to]).await?.try_get(0)?;
    Ok(bytes as f64)
}

/// PostgreSQL's statistics are written down when a connection is idle for ten seconds, or ends.
async fn flush_statistics(stage: &mut Stage) -> Result<(), BenchError> {
    let (name, value) = USUAL;
    Ok(stage.world.restart_server(0, &[(name.to_owned(), value.to_owned())]).await?)
}

/// How much of the changes stayed in place, and how often the log was flushed.
struct Shares {
    /// Table, updates, those in place.
    updates: Vec<(String, f64, f64)>,
    flushes: f64,
}

impl Shares {
    async fn read(stage: &Stage) -> Result<Self, BenchError> {
        let sql = "SELECT relname::text, n_tup_upd::float8, n_tup_hot_upd::float8 FROM pg_stat_user_tables
                   WHERE relname IN ('orders', 'payment', 'item') ORDER BY 1";
        let rows = stage.db.query(sql, &[]).await?;
        let updates = rows.iter().map(|row| Ok::<_, BenchError>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)));
        let version = db::number(&stage.db, "SELECT current_setting('server_version_num')::bigint").await?;
        let flushes = if version >= 180_000 {
            "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'"
        } else {
            "SELECT wal_sync FROM pg_stat_wal"
        };
        Ok(Self { updates: updates.collect::<Result<_, _>>()?, flushes: db::number(&stage.db, flushes).await? as f64 })
    }

    fn since(&self, before: &Self, orders: f64) -> Vec<Measure> {
        let mut measures = vec![Measure::new(
            "flushes of the log, many in flight",
            (self.flushes - before.flushes) / orders.max(1.0),
            "",
        )];
        for ((table, updates, hot), (_, updates_before, hot_before)) in self.updates.iter().zip(&before.updates) {
            let share = 100.0 * (hot - hot_before) / (updates - updates_before).max(1.0);
            measures.push(
                Measure::new(format!("changes in place (HOT) of `{table}`"), share, "%").within(Bar::AtLeast(95.0)),
            );
        }
        measures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_changed_in_between() {
        let shares = |updates, hot, flushes| Shares { updates: vec![("item".to_owned(), updates, hot)], flushes };
        let measures = shares(300.0, 290.0, 150.0).since(&shares(100.0, 100.0, 50.0), 1_000.0);
        assert_eq!(measures[0].value, Some(0.1));
        assert_eq!((measures[1].value, measures[1].met), (Some(95.0), Some(true)));
    }
}

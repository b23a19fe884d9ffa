//! What one order costs the database: round trips, statements, commits and WAL, counted and recorded.

use std::time::Duration;

use crate::support::Play;

/// Orders counted. Enough that work of the hour does not show.
const ORDERS: usize = 20;
const ITEMS: usize = 2;

/// What was counted, all orders together.
#[derive(Debug, Clone, Copy)]
struct Counts {
    round_trips: f64,
    statements: f64,
    commits: f64,
    wal_bytes: f64,
}

async fn count(play: &Play) -> Counts {
    let statements = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements";
    let commits = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    // Full-page images are the checkpoint's doing, not the order's.
    let wal = "SELECT coalesce(sum(wal_bytes - wal_fpi * 8192), 0)::bigint FROM pg_stat_statements";
    Counts {
        round_trips: play.metric("seberang_store_round_trips_total", &[]).await as f64,
        statements: play.number(statements).await as f64,
        commits: play.number(commits).await as f64,
        wal_bytes: play.number(wal).await as f64,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_two_items_costs_what_is_recorded() {
    // Looks into an empty queue are no order's: as few as may be.
    let mut play = Play::start(1, &[("TASK_POLL_MS", "10000")]).await;
    play.client().await.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await.unwrap();
    // The first order prepares the statements on the connections.
    let warm = play.paying(0, 8, |_| ITEMS);
    play.drive(&warm).await;
    play.close_within(Duration::from_secs(120)).await;

    let before = count(&play).await;
    let plans = play.paying(100, ORDERS, |_| ITEMS);
    play.drive(&plans).await;
    let looks = wait_for_success(&play, 8 + ORDERS).await;
    let after = count(&play).await;

    let each = |part: fn(&Counts) -> f64| (part(&after) - part(&before)) / ORDERS as f64;
    let own = looks / ORDERS as f64;
    let (trips, statements) = (each(|c| c.round_trips), each(|c| c.statements) - own);
    let (commits, wal) = (each(|c| c.commits) - own, each(|c| c.wal_bytes));
    println!("per order: {trips:.1} round trips, {statements:.1} statements, {commits:.1} commits, {wal:.0} B of WAL");
    // What docs/PERFORMANCE.md records, with room for decisions that had to be made twice.
    assert!(trips < 50.0, "{trips} round trips");
    assert!(wal < 40_000.0, "{wal} bytes of WAL");
    play.close_clean().await;
    play.end().await;
}

/// Looks into the database itself: asking the server would be counted. Returns how often.
async fn wait_for_success(play: &Play, orders: usize) -> f64 {
    let client = play.client().await;
    for look in 1..=200 {
        let row = client.query_one("SELECT count(*) FROM orders WHERE status = 'success'", &[]).await.unwrap();
        if row.get::<_, i64>(0) == i64::try_from(orders).unwrap() {
            return f64::from(look);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("not all orders were delivered in time");
}

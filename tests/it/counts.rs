//! What one order costs the database: round trips, statements, commits and WAL, counted and recorded.

use std::time::Duration;

use crate::crowd::Crowd;

/// Orders counted. Enough that work of the hour does not show.
const ORDERS: usize = 20;
const ITEMS: usize = 2;

/// What was counted, all orders together.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// Waits of the server for the database; some pipelined statements are one.
    round_trips: f64,
    /// As PostgreSQL counts them; a load is eight.
    statements: f64,
    /// Commits that create or change an order. Every statement is a transaction of its own; the others only read, or move
    /// tasks from hand to hand.
    commits: f64,
    /// Without the images of whole pages that follow a checkpoint.
    wal_bytes: f64,
}

/// What docs/PERFORMANCE.md records, and a tenth for decisions that had to be made twice.
const RECORDED: Counts = Counts { round_trips: 39.0, statements: 118.0, commits: 11.0, wal_bytes: 27_600.0 };
const ROOM: f64 = 1.1;

async fn count(crowd: &Crowd) -> Counts {
    let statements = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements";
    // Full-page images are the checkpoint's doing, not the order's.
    let wal = "SELECT coalesce(sum(wal_bytes - wal_fpi * 8192), 0)::bigint FROM pg_stat_statements";
    Counts {
        round_trips: crowd.metric("seberang_store_round_trips_total", &[]).await as f64,
        statements: crowd.count(statements).await as f64,
        commits: crowd.metric("seberang_store_commits_total", &[]).await as f64,
        wal_bytes: crowd.count(wal).await as f64,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_two_items_costs_what_is_recorded() {
    // Looks into an empty queue are no order's: as few as may be.
    let mut crowd = Crowd::start(1, &[("TASK_POLL_MS", "10000")]).await;
    crowd.client().await.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await.unwrap();
    // The first order prepares the statements on the connections.
    let warm = crowd.paying(0, 8, |_| ITEMS);
    crowd.drive(&warm).await;
    crowd.close_within(Duration::from_secs(120)).await;

    let before = count(&crowd).await;
    let plans = crowd.paying(100, ORDERS, |_| ITEMS);
    crowd.drive(&plans).await;
    let looks = wait_for_success(&crowd, 8 + ORDERS).await;
    let after = count(&crowd).await;

    // Our own looks are the test's, not the order's.
    let looked = Counts { round_trips: 0.0, statements: looks, commits: 0.0, wal_bytes: 0.0 };
    type Part = fn(&Counts) -> f64;
    let parts: [(&str, Part); 4] = [
        ("round trips", |c| c.round_trips),
        ("statements", |c| c.statements),
        ("commits", |c| c.commits),
        ("B of WAL", |c| c.wal_bytes),
    ];
    let measured =
        parts.map(|(name, part)| (name, (part(&after) - part(&before) - part(&looked)) / ORDERS as f64, part));
    for (name, each, part) in &measured {
        println!("per order: {each:.1} {name}, {} recorded", part(&RECORDED));
    }
    for (name, each, part) in measured {
        assert!(each > 0.0 && each <= part(&RECORDED) * ROOM, "{each:.1} {name} per order");
    }
    crowd.close_clean().await;
    crowd.end().await;
}

/// Looks into the database itself: asking the server would be counted. Returns how often.
async fn wait_for_success(crowd: &Crowd, orders: usize) -> f64 {
    let client = crowd.client().await;
    for look in 1..=200 {
        let row = client.query_one("SELECT count(*) FROM orders WHERE status = 'success'", &[]).await.unwrap();
        if row.get::<_, i64>(0) == i64::try_from(orders).unwrap() {
            return f64::from(look);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("not all orders were delivered in time");
}

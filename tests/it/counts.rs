//! What one order costs the database: round trips, statements, commits and WAL, and how many of its rows are changed in
//! place, counted and recorded.

use std::time::Duration;

use demo::methods::CARD;

use crate::crowd::Crowd;
use crate::stage::alone;

/// Orders counted. Enough that work of the hour does not show.
const ORDERS: usize = 20;
const ITEMS: usize = 2;
/// Orders before them.
const WARM: usize = 8;

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
    /// What the log grew by, without the images of whole pages that follow a checkpoint.
    wal_bytes: f64,
}

/// What docs/PERFORMANCE.md records.
const RECORDED: Counts = Counts { round_trips: 6.0, statements: 13.0, commits: 9.3, wal_bytes: 15_400.0 };
/// The same where six suppliers are the cheapest in turn, each of which answers in its own way: no more than with one.
const RECORDED_OF_ALL: Counts = Counts { round_trips: 5.0, statements: 12.0, commits: 8.7, wal_bytes: 15_400.0 };
/// Looks into an empty queue are no order's: as few as may be.
const SELDOM: (&str, &str) = ("TASK_POLL_MS", "10000");
/// For decisions that had to be made twice, and batches that came out small: what is ready at one time goes together, and a busy
/// machine has less ready.
const ROOM: f64 = 1.4;
/// Whatever is recorded, no more than this (design of the store).
const ROUND_TRIPS: f64 = 12.0;
/// What is written depends little on what went together.
const LITTLE_ROOM: f64 = 1.08;
/// Of the changes of orders, payments and items: in place, without a word to any index (design of the tables).
const IN_PLACE: f64 = 0.95;

/// Of the log, as far as the server tells. Only reported: how many commits share one is the disk's mood.
async fn fsyncs(crowd: &Crowd) -> f64 {
    crowd.count("SELECT coalesce((to_jsonb(w) ->> 'wal_sync')::bigint, 0) FROM pg_stat_wal w").await as f64
}

async fn count(crowd: &Crowd) -> Counts {
    let statements = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements";
    // Full-page images are the checkpoint's doing, not the order's.
    let wal = "SELECT (w.here - '0/0' - (SELECT sum(fpi_size) FROM pg_get_wal_stats(m.began, w.here)))::bigint
               FROM measured_from m, (SELECT pg_current_wal_flush_lsn() AS here) w";
    Counts {
        round_trips: crowd.metric("seberang_store_round_trips_total", &[]).await as f64,
        statements: crowd.count(statements).await as f64,
        commits: crowd.metric("seberang_store_commits_total", &[]).await as f64,
        wal_bytes: crowd.count(wal).await as f64,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_two_items_costs_what_is_recorded() {
    costs(Crowd::start(alone().await, 1, &[SELDOM]).await, &RECORDED).await;
}

/// Whoever else could have been tried costs nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_six_suppliers_to_choose_from_it_costs_what_is_recorded() {
    costs(Crowd::of_all_suppliers(alone().await, 1, &[SELDOM]).await, &RECORDED_OF_ALL).await;
}

async fn costs(mut crowd: Crowd, recorded: &Counts) {
    let extensions = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; CREATE EXTENSION IF NOT EXISTS pg_walinspect;
                      CREATE TABLE measured_from AS SELECT pg_current_wal_flush_lsn() AS began";
    crowd.client().await.batch_execute(extensions).await.unwrap();
    // The first orders prepare the statements on the connections.
    let warm = crowd.paying(0, WARM, CARD, |_| ITEMS);
    crowd.drive(&warm).await;
    wait_for_success(&crowd, WARM).await;

    let synced = fsyncs(&crowd).await;
    let before = count(&crowd).await;
    let plans = crowd.paying(100, ORDERS, CARD, |_| ITEMS);
    crowd.drive(&plans).await;
    let looks = wait_for_success(&crowd, WARM + ORDERS).await;
    let after = count(&crowd).await;

    // Our own looks are the test's, not the order's.
    let looked = Counts { round_trips: 0.0, statements: looks, commits: 0.0, wal_bytes: 0.0 };
    type Part = fn(&Counts) -> f64;
    let parts: [(&str, f64, Part); 4] = [
        ("round trips", ROOM, |c| c.round_trips),
        ("statements", ROOM, |c| c.statements),
        ("commits", ROOM, |c| c.commits),
        ("B of WAL", LITTLE_ROOM, |c| c.wal_bytes),
    ];
    let measured = parts
        .map(|(name, room, part)| (name, (part(&after) - part(&before) - part(&looked)) / ORDERS as f64, room, part));
    for (name, each, _, part) in &measured {
        println!("per order: {each:.1} {name}, {} recorded", part(recorded));
    }
    for (name, each, room, part) in measured {
        let gate = part(recorded) * room;
        let gate = if name == "round trips" { gate.min(ROUND_TRIPS) } else { gate };
        assert!(each > 0.0 && each <= gate, "{each:.1} {name} per order, at most {gate:.1}");
    }
    println!("per order: {:.1} fsyncs", (fsyncs(&crowd).await - synced) / ORDERS as f64);
    // Who seldom looks would let time go by slowly.
    crowd.restart_with(SELDOM.0, "20").await;
    crowd.close_clean().await;
    rows_are_changed_in_place(&crowd).await;
    crowd.end().await;
}

/// Of the whole run: a connection hands its counts over when it ends, or has been idle for a while.
async fn rows_are_changed_in_place(crowd: &Crowd) {
    let of = |column: &str| {
        format!("SELECT sum({column})::bigint FROM pg_stat_user_tables WHERE relname IN ('orders', 'payment', 'item')")
    };
    let (all, in_place) = (crowd.count(&of("n_tup_upd")).await, crowd.count(&of("n_tup_hot_upd")).await);
    println!("{in_place} of {all} changes in place");
    assert!(all >= i64::try_from(ORDERS * 5).unwrap(), "{all} changes of orders, payments and items");
    assert!(in_place as f64 >= all as f64 * IN_PLACE, "{in_place} of {all} changes in place");
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

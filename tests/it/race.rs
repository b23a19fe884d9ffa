//! Two servers over one database, and every notice sixteen times at once: whoever comes first, the order ends as if
//! everything had come once.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::json;

use crate::support::{FIRST, Play, topup_fault};

const ORDERS: usize = 200;
const COPIES: u64 = 16;
/// Orders of the most items there may be. All their notices and status answers are about one version.
const CROWDS: usize = 2;
const CROWD: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_copies_of_every_notice_at_two_servers_make_one_receipt_and_one_purchase_each() {
    let mut play = Play::start(2, &[]).await;
    play.outside.change_settings(&json!({ "notice_copies": COPIES })).await.unwrap();
    // The first supplier refuses at once or fails later, so that the second one gets its share.
    play.faults(&[
        topup_fault(FIRST, "refuse", &json!({ "rc": "106", "probability": 0.25 })),
        topup_fault(FIRST, "fail", &json!({ "rc": "07", "probability": 0.1 })),
    ])
    .await;
    let began = Instant::now();
    let mut plans = play.paying(0, ORDERS, |n| 1 + usize::from(n % 8 == 0));
    plans.extend(play.paying(ORDERS, CROWDS, |_| CROWD));
    play.drive(&plans).await;
    let driven = began.elapsed().as_secs_f64();
    play.close_clean().await;
    eprintln!("{} orders placed in {driven:.1} s, closed after {:.1} s", plans.len(), began.elapsed().as_secs_f64());

    let items = i64::try_from(plans.iter().map(|plan| plan.items.len()).sum::<usize>()).unwrap();
    one_receipt_per_order(&play, plans.len()).await;
    one_purchase_per_item(&play, items).await;
    every_version_has_its_row(&play).await;
    every_notice_was_answered(&play).await;
    let due = play.world.clock().now_ms();
    let left = format!("SELECT count(*) FROM task WHERE state = 'dead' OR run_at <= to_timestamp({due} / 1000.0)");
    assert_eq!(play.number(&left).await, 0, "tasks due or dead");
    play.end().await;
}

async fn one_receipt_per_order(play: &Play, orders: usize) {
    let receipts = "template = 'receipt' AND account = 'customer_liability'";
    let several = format!(
        "SELECT count(*) FROM (SELECT FROM ledger_line WHERE {receipts} GROUP BY order_id HAVING count(*) > 1) AS x"
    );
    assert_eq!(play.number(&several).await, 0, "orders with several receipts");
    let all = play.number(&format!("SELECT count(*) FROM ledger_line WHERE {receipts}")).await;
    assert_eq!(usize::try_from(all).unwrap(), orders, "each order was paid");
}

async fn one_purchase_per_item(play: &Play, items: i64) {
    let done = play.client().await.query("SELECT reference FROM attempt WHERE state = 'done'", &[]).await.unwrap();
    let done: BTreeSet<String> = done.iter().map(|row| row.get(0)).collect();
    let truth = play.truth().await;
    let deliveries = truth["deliveries"].as_array().unwrap();
    let delivered = deliveries.iter().filter(|d| d["state"] == "delivered");
    let delivered: BTreeSet<String> = delivered.map(|d| d["reference"].as_str().unwrap().to_owned()).collect();
    assert_eq!(delivered, done, "the supplier delivered what the books say");
    assert_eq!(i64::try_from(delivered.len()).unwrap(), items, "every item was delivered once");
    assert!(deliveries.iter().all(|d| d["asked"] == 1), "every purchase was sent once");
    let twice = "SELECT count(*) FROM (SELECT FROM attempt WHERE state = 'done' GROUP BY order_id, item HAVING count(*) > 1) AS x";
    assert_eq!(play.number(twice).await, 0, "items delivered by two attempts");
    let second = play.number("SELECT count(*) FROM attempt WHERE supplier = 'iak-b'").await;
    assert!(second > items / 10, "fallback happened {second} times only");
}

async fn every_version_has_its_row(play: &Play) {
    let versions = play.number("SELECT sum(version) FROM orders").await;
    let history = play.number("SELECT count(*) FROM history").await;
    assert_eq!(versions, history, "sum of versions, rows of history");
    let stale = play.metric("seberang_commit_stale_total", &[]).await;
    let gave_up = play.metric("seberang_commit_gave_up_total", &[]).await;
    let deadlocks = play.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await;
    eprintln!("{versions} versions, {stale} stale, {gave_up} given up for a while, {deadlocks} deadlocks");
    assert!(stale > 0, "nobody raced");
    // A task is in one hand at a time, so nobody else may have bought while somebody was buying.
    assert_eq!(play.metric("seberang_refused_total", &["cause=\"attempt_reserved\""]).await, 0);
}

/// What could not be stored at once was answered "try again", and nothing was taken for a forgery.
async fn every_notice_was_answered(play: &Play) {
    let name = "seberang_notices_total";
    let stored = play.metric(name, &["outcome=\"stored\""]).await;
    let again = play.metric(name, &["outcome=\"try_again\""]).await;
    let rejected = play.metric(name, &["outcome=\"rejected\""]).await;
    let truth = play.truth().await;
    let said = truth["charges"].as_array().unwrap().len() + truth["deliveries"].as_array().unwrap().len();
    let sent = COPIES * u64::try_from(said).unwrap();
    eprintln!("{sent} notices sent, {stored} stored, {again} told to come again");
    assert_eq!(rejected, 0);
    assert!(stored + again >= sent, "{stored} + {again} of {sent} were answered");
    assert!(again * 20 < sent, "{again} of {sent} could not be stored at once");
    // A message is closed by an acknowledgement; one that is open would still be planned.
    assert_eq!(play.outside.pending().await.unwrap().scheduled, 0);
}

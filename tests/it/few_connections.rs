//! Many purchases over few connections to the database: a call that has one goes on, so that whoever waits for it gets it.

use demo::methods::CARD;
use serde_json::json;

use crate::crowd::Crowd;
use crate::stage::place;

const ORDERS: usize = 150;
/// Their calls share a task.
const ITEMS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_connections_are_enough() {
    let mut crowd = Crowd::start(place().await, 1, &[("DATABASE_POOL", "2")]).await;
    // Answers of one order come one after the other, and while one is written others have not left yet.
    let slow = json!({ "provider": "iak", "call": "topup", "kind": "latency", "delay_ms": 50, "probability": 0.7 });
    crowd.faults(&[slow]).await;
    let plans = crowd.paying(0, ORDERS, CARD, |_| ITEMS);
    crowd.drive(&plans).await;
    crowd.close_clean().await;
    assert_eq!(crowd.metric("seberang_store_lost_connections_total", &[]).await, 0, "nobody waited in vain");
    crowd.end().await;
}

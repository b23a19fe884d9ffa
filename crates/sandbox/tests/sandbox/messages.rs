//! What can happen to a message: copies, order, delay, loss, and a forger beside it.

use serde_json::{Value, json};

use crate::kit::{World, mac, value};
use crate::receiver::Shop;

const HOUR_MS: i64 = 3_600_000;

fn notice(kind: &str) -> Value {
    json!({ "provider": "ecpay", "call": "notice", "kind": kind, "times": 1 })
}

#[tokio::test]
async fn copies_are_sent_at_once_over_all_targets() {
    let world = World::new().await;
    let other = Shop::open().await;
    world
        .control("/control/settings", json!({ "notice_copies": 2, "notice_targets": [world.shop.url, other.url] }))
        .await;
    world.pay("A1", 200).await;
    assert_eq!((world.shop.count(), other.count()), (1, 1));
    assert_eq!(other.received()[0].path, "/webhooks/ecpay");

    world.control("/control/settings", json!({ "notice_copies": 1, "notice_targets": [] })).await;
    world.fault(json!({ "provider": "ecpay", "call": "notice", "kind": "duplicate", "copies": 3 })).await;
    world.pay("A2", 200).await;
    assert_eq!(world.shop.count(), 4);
    let received = world.shop.received();
    assert!(received[1..].iter().all(|copy| copy.body == received[1].body));
}

#[tokio::test]
async fn a_reordered_notice_follows_the_next_one() {
    let world = World::new().await;
    world.fault(notice("reorder")).await;
    world.pay("A1", 200).await;
    assert_eq!(world.shop.count(), 0);
    world.pay("A2", 200).await;
    let order: Vec<_> = world.shop.received().iter().map(|n| value(&n.form(), "MerchantTradeNo").to_owned()).collect();
    assert_eq!(order, ["A2", "A1"]);
}

#[tokio::test]
async fn a_reordered_notice_does_not_wait_for_ever() {
    let mut world = World::new().await;
    world.fault(notice("reorder")).await;
    world.pay("A1", 200).await;
    world.jump(61_000).await;
    assert_eq!(world.shop.count(), 1);
}

#[tokio::test]
async fn late_means_hours_and_lost_means_never() {
    let mut world = World::new().await;
    world.fault(notice("late")).await;
    world.pay("A1", 200).await;
    world.jump(6 * HOUR_MS - 60_000).await;
    assert_eq!(world.shop.count(), 0);
    world.jump(60_000).await;
    assert_eq!(world.shop.count(), 1);

    world.fault(notice("lost")).await;
    world.pay("A2", 200).await;
    world.jump(48 * HOUR_MS).await;
    assert_eq!(world.shop.count(), 1);
    assert_eq!(world.charges().await.len(), 2);
}

#[tokio::test]
async fn a_forged_notice_comes_beside_the_true_one_and_does_not_verify() {
    let mut world = World::new().await;
    world.fault(notice("forged")).await;
    world.pay("A1", 200).await;
    let forms: Vec<_> = world.shop.received().iter().map(|n| n.form()).collect();
    assert_eq!(forms.len(), 2);
    assert_ne!(value(&forms[0], "CheckMacValue"), mac(&forms[0]));
    assert_eq!(value(&forms[0], "TradeAmt"), "1200");
    assert_eq!(value(&forms[1], "CheckMacValue"), mac(&forms[1]));

    world.fault(notice("forged")).await;
    world.checkout("A2", 200).await;
    world.press("A2", "abandon").await;
    world.quiet().await;
    assert_eq!(value(&world.shop.received()[2].form(), "RtnCode"), "1");
    assert_eq!(world.charges().await.len(), 1);

    world.fault(json!({ "provider": "iak", "call": "callback", "kind": "forged" })).await;
    world.top_up("R1").await;
    world.jump(2_000).await;
    let callbacks: Vec<_> = world.shop.received()[3..].iter().map(|n| n.data()).collect();
    assert_eq!((&callbacks[0]["status"], &callbacks[1]["status"]), (&json!("2"), &json!("1")));
    assert_ne!(callbacks[0]["sign"], callbacks[1]["sign"]);
}

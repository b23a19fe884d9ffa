//! The database goes away and comes back; the server is told to stop in the middle of its work. Nothing that was
//! acknowledged is lost, and nothing is acknowledged that is not stored.

use std::process::Command;
use std::time::{Duration, Instant};

use demo::outside::Click;
use serde_json::json;

use crate::reading::{each, list, text};
use crate::shop::{AIRTIME, MINUTE, Shop, fresh, phone};

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_the_server_acknowledges_nothing_and_recovers_by_itself() {
    let mut shop = Shop::open().await;
    let server = shop.world.servers()[0].pid();
    assert_eq!(shop.get("/readyz").send().await.status, 200);
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout(&who, &order).await;
    let body = shop.new_order(&[(AIRTIME, &phone())], None).await;
    shop.quiet().await;

    shop.world.pg().unwrap().kill9().unwrap();
    assert_eq!(shop.get("/healthz").send().await.status, 200, "the process lives");
    let not_ready = shop.get("/readyz").send().await;
    assert_eq!(not_ready.problem(), "503 store_unavailable");
    assert!(!not_ready.header("retry-after").is_empty());
    let key = fresh();
    let place = || shop.post("/v1/orders").by(&who).key(&key).json(&body).send();
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(place().await.problem(), "503 unavailable");
        assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    }
    assert_eq!(shop.get(&format!("/v1/orders/{order}")).by(&who).send().await.problem(), "503 unavailable");
    assert_eq!(shop.get("/v1/admin/orders").by(&shop.operator).send().await.problem(), "503 unavailable");
    assert_eq!(shop.get("/metrics").send().await.status, 200, "the counters are still there");
    // Paid meanwhile: the notice is not acknowledged, so the gateway plans another.
    shop.outside.click(&page, Click::Pay).await.unwrap();
    let resend = shop
        .until("a resend is planned", async || {
            let pending = shop.outside.pending().await.unwrap();
            pending.next_due_ms.filter(|due| pending.in_flight == 0 && *due > pending.now_ms)
        })
        .await;
    assert!(resend > shop.now() + 4 * MINUTE, "in five minutes, after the first one failed");

    shop.world.pg().unwrap().start_again().unwrap();
    shop.until("it is ready again", async || (shop.get("/readyz").send().await.status == 200).then_some(())).await;
    assert_eq!(shop.world.servers()[0].pid(), server, "without a restart");
    assert_eq!(shop.own(&who, &order).await["status"], "pending");
    let orders = shop.get("/v1/orders").by(&who).send().await.ok();
    assert_eq!(list(&orders["items"]).len(), 1, "what was not acknowledged is not there");
    let placed = shop.post("/v1/orders").by(&who).key(&key).json(&body).send().await;
    assert_eq!((placed.status, placed.header("idempotent-replay")), (201, ""));
    shop.pass(6 * MINUTE).await;
    assert_eq!(shop.own(&who, &order).await["status"], "success", "the resent notice was taken");
    shop.click(&who, &text(&placed.ok()["id"]), Click::Pay).await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &text(&placed.ok()["id"])).await["status"], "success");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_finishes_what_it_has_in_hand() {
    const ORDERS: usize = 12;
    let mut shop = Shop::open().await;
    // Purchases take a while, so that some are under way when the word comes.
    shop.outside
        .add_faults(1, &[json!({ "provider": "iak", "call": "topup", "kind": "latency", "delay_ms": 1_500 })])
        .await
        .unwrap();
    let mut orders = Vec::new();
    for _ in 0..ORDERS {
        let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
        let (_, page) = shop.checkout(&who, &id).await;
        orders.push((who, id, page));
    }
    let mut clicks = tokio::task::JoinSet::new();
    for (_, _, page) in &orders {
        let (outside, page) = (shop.outside.clone(), page.clone());
        clicks.spawn(async move { outside.click(&page, Click::Pay).await.unwrap() });
    }
    clicks.join_all().await;
    shop.until("purchases are under way", async || {
        (shop.count("SELECT count(*) FROM attempt WHERE state = 'reserved'").await >= 3).then_some(())
    })
    .await;
    let pid = shop.world.servers()[0].pid().unwrap();
    assert!(Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap().success());
    let began = Instant::now();
    while !shop.world.server_has_ended(0).unwrap() {
        assert!(began.elapsed() < Duration::from_secs(40), "it does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = std::fs::read_to_string(shop.world.log()).unwrap();
    assert!(log.contains("stopped") && !log.contains("did not end in time"), "{log}");
    assert_eq!(shop.count("SELECT count(*) FROM attempt WHERE state = 'reserved'").await, 0, "every answer was kept");

    shop.world.restart_server(0, &[]).await.unwrap();
    // Notices that met the closed door come again within minutes; what no notice tells is asked.
    shop.pass(12 * MINUTE).await;
    for (who, id, _) in &orders {
        assert_eq!(shop.own(who, id).await["status"], "success");
        let story = shop.story(id).await;
        let causes = each(&story["timeline"], "cause");
        assert!(!causes.iter().any(|cause| cause == "sender_lost"), "{causes:?}");
        assert_eq!(list(&story["order"]["attempts"]).len(), 1);
    }
    let truth = shop.outside.truth().await.unwrap();
    assert_eq!((truth.charges.len(), truth.deliveries.len()), (ORDERS, ORDERS), "each paid once and bought once");
    shop.end().await;
}

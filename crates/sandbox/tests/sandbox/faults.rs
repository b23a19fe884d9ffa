//! Every kind of fault does what its name says, and the truth stays the truth.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::{USER, World, mac, purchase, value};

fn topup(kind: &str) -> Value {
    json!({ "provider": "iak", "call": "topup", "kind": kind, "times": 1 })
}

fn notice(kind: &str) -> Value {
    json!({ "provider": "ecpay", "call": "notice", "kind": kind, "times": 1 })
}

#[tokio::test]
async fn a_drop_sends_not_one_byte_and_before_means_nothing_was_bought() {
    for (kind, bought) in [("drop_before", 0), ("drop_after", 1)] {
        let world = World::new().await;
        world.fault(topup(kind)).await;
        let error = world.send_top_up("R1").await.unwrap_err();
        assert!(!error.is_timeout() && !error.is_connect(), "{error:?}");
        assert_eq!(world.deliveries().await.len(), bought, "{kind}");
        assert_eq!(world.fired(kind).await, 1);
        let asked_again = world.top_up("R1").await;
        assert_eq!(asked_again["rc"], "39", "the fault is spent");
    }
}

#[tokio::test]
async fn silence_lasts_until_the_client_gives_up_and_before_means_nothing_was_bought() {
    for (kind, bought) in [("silence_before", 0), ("silence_after", 1)] {
        let world = World::new().await;
        world.fault(topup(kind)).await;
        let waited = tokio::time::timeout(Duration::from_millis(300), world.send_top_up("R1")).await;
        assert!(waited.is_err(), "{kind}: {waited:?}");
        // The client is gone, and so is its request.
        world.quiet().await;
        assert_eq!(world.deliveries().await.len(), bought, "{kind}");
        assert_eq!(world.top_up("R1").await["rc"], "39", "the fault is spent");
    }
}

#[tokio::test]
async fn a_raw_socket_sees_the_end_and_nothing_else() {
    let world = World::new().await;
    world.fault(json!({ "provider": "iak", "call": "balance", "kind": "drop_before" })).await;
    let mut stream = tokio::net::TcpStream::connect(world.sandbox.addr()).await.unwrap();
    let body = format!(r#"{{"username":"{USER}","sign":"x"}}"#);
    let request = format!(
        "POST /iak/api/check-balance HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await.unwrap();
    // The end of the stream or a reset; never a byte.
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    assert_eq!(bytes, b"");
}

#[tokio::test]
async fn errors_and_garbage_come_before_or_after_the_purchase() {
    for (kind, status, bought) in
        [("error_before", 500, 0), ("error_after", 500, 1), ("html", 200, 1), ("garbage", 200, 1)]
    {
        let world = World::new().await;
        world.fault(topup(kind)).await;
        let answer = world.send_top_up("R1").await.unwrap();
        assert_eq!(answer.status(), status, "{kind}");
        assert!(answer.json::<Value>().await.is_err(), "{kind} must not be readable");
        assert_eq!(world.deliveries().await.len(), bought, "{kind}");
    }
}

#[tokio::test]
async fn a_reply_can_be_spoiled_in_every_way_and_the_purchase_stays_what_it_was() {
    let world = World::new().await;
    let spoiled = async |n: usize, kind: &str| {
        world.fault(topup(kind)).await;
        let answer = world.send_top_up(&format!("R{n}")).await.unwrap();
        assert_eq!(answer.status(), 200, "{kind}");
        answer.bytes().await.unwrap()
    };
    let huge = spoiled(1, "huge").await;
    assert_eq!(huge.len(), 10 * 1024 * 1024);
    assert_eq!(serde_json::from_slice::<Value>(&huge).unwrap()["data"]["rc"], "39", "whoever reads on can read it");

    let other: Value = serde_json::from_slice(&spoiled(2, "other_reference").await).unwrap();
    assert_eq!((&other["data"]["ref_id"], &other["data"]["rc"]), (&json!("ZZ"), &json!("39")));

    let latin = spoiled(3, "charset").await;
    assert!(std::str::from_utf8(&latin).is_err() && latin.contains(&0xE9));

    let half = spoiled(4, "truncated").await;
    assert!(half.starts_with(b"{\"data\":{") && serde_json::from_slice::<Value>(&half).is_err());

    let typed: Value = serde_json::from_slice(&spoiled(5, "wrong_types").await).unwrap();
    assert_eq!(typed["data"]["rc"], json!(["39"]));
    assert!(typed["data"]["price"][0].is_number());

    for n in 1..=5 {
        assert_eq!(world.status(&format!("R{n}")).await["rc"], "39");
    }
    assert_eq!(world.deliveries().await.len(), 5);
}

#[tokio::test]
async fn a_reply_that_drips_comes_byte_by_byte() {
    let world = World::new().await;
    world.fault(topup("drip")).await;
    let mut answer = world.send_top_up("R1").await.unwrap();
    let started = Instant::now();
    let mut seen = 0;
    while started.elapsed() < Duration::from_millis(500) {
        seen += answer.chunk().await.unwrap().unwrap().len();
    }
    assert!((3..=60).contains(&seen), "{seen} bytes in half a second");
    assert_eq!(world.deliveries().await.len(), 1);
}

#[tokio::test]
async fn a_redirect_forms_nothing_and_who_follows_is_counted() {
    let world = World::new().await;
    world.fault(topup("redirect_307")).await;
    let answer = world.send_top_up("R1").await.unwrap();
    assert_eq!(answer.status(), 307);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with("/iak/api/top-up"));
    assert!(world.deliveries().await.is_empty());
    assert_eq!(world.fired("redirect_followed").await, 0);
    world
        .http
        .post(world.url(&location))
        .json(&json!({ "username": USER, "sign": "", "ref_id": "R1",
        "customer_id": "081234567890", "product_code": "htelkomsel10000" }))
        .send()
        .await
        .unwrap();
    assert_eq!(world.fired("redirect_followed").await, 1);
}

#[tokio::test]
async fn latency_delays_the_answer_and_not_the_purchase() {
    let world = World::new().await;
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "latency", "delay_ms": 300 })).await;
    let started = Instant::now();
    let (answer, bought) = tokio::join!(world.top_up("R1"), async {
        loop {
            if !world.deliveries().await.is_empty() {
                return started.elapsed();
            }
        }
    });
    assert_eq!(answer["rc"], "39");
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert!(bought < Duration::from_millis(300), "{bought:?}");
}

#[tokio::test]
async fn a_refusal_has_the_code_of_its_rule_and_forms_nothing() {
    let world = World::new().await;
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "refuse", "rc": "110", "times": 1 })).await;
    assert_eq!(world.top_up("R1").await["rc"], "110");
    assert!(world.deliveries().await.is_empty());
    for (why, rc) in [("deposit", "17"), ("closed", "106"), ("credentials", "204"), ("unknown_code", "999")] {
        world.fault(json!({ "provider": "iak", "call": "topup", "kind": "refuse", "why": why, "times": 1 })).await;
        assert_eq!(world.top_up("R1").await["rc"], rc, "{why}");
    }
    for (why, status) in [("busy", 429), ("malformed", 400)] {
        world.fault(json!({ "provider": "iak", "call": "topup", "kind": "refuse", "why": why, "times": 1 })).await;
        assert_eq!(world.send_top_up("R1").await.unwrap().status(), status, "{why}");
    }
    assert!(world.deliveries().await.is_empty());
    world.fault(json!({ "provider": "ecpay", "call": "checkout", "kind": "refuse", "rc": "10200999" })).await;
    let page = world.submit(&world.order("A1", 200)).await.text().await.unwrap();
    assert!(page.contains("10200999"));
}

#[tokio::test]
async fn a_wrong_amount_is_what_was_really_charged() {
    let world = World::new().await;
    world.fault(notice("wrong_amount")).await;
    world.pay("A1", 200).await;
    let form = world.shop.received()[0].form();
    assert_eq!(value(&form, "TradeAmt"), "201");
    assert_eq!(value(&form, "CheckMacValue"), mac(&form));
    assert_eq!(world.charges().await[0]["amount_minor"], 20_100);
    assert_eq!(value(&world.query("A1").await, "TradeAmt"), "201");
}

#[tokio::test]
async fn a_changed_price_is_in_the_answer_the_truth_and_the_deposit() {
    let world = World::new().await;
    let before = world.balance().await;
    world.fault(topup("price_change")).await;
    let price = world.top_up("R1").await["price"].as_i64().unwrap();
    assert!(price > 10_250);
    assert_eq!(before - world.balance().await, price);
    assert_eq!(world.deliveries().await[0]["price_minor"], price * 100);
}

#[tokio::test]
async fn a_late_reversal_takes_back_what_was_delivered() {
    let mut world = World::new().await;
    let before = world.balance().await;
    world.fault(topup("late_reversal")).await;
    world.top_up("R1").await;
    world.jump(2_000).await;
    assert_eq!(world.status("R1").await["rc"], "00");
    world.jump(600_000).await;
    let taken = world.status("R1").await;
    assert_eq!((taken["status"].as_i64(), taken["rc"].as_str()), (Some(2), Some("07")));
    assert!(taken.get("sn").is_none());
    assert_eq!(world.deliveries().await[0]["state"], "reversed");
    assert_eq!(world.balance().await, before);
    let statuses: Vec<_> = world.shop.received().iter().map(|n| n.data()["status"].clone()).collect();
    assert_eq!(statuses, ["1", "2"]);
}

#[tokio::test]
async fn a_failure_may_turn_into_a_delivery() {
    let mut world = World::new().await;
    let before = world.balance().await;
    world.fault(topup("fail_then_success")).await;
    world.top_up("R1").await;
    world.jump(2_000).await;
    assert_eq!(world.status("R1").await["rc"], "07");
    assert_eq!(world.balance().await, before);
    world.jump(600_000).await;
    assert_eq!(world.status("R1").await["rc"], "00");
    assert_eq!(before - world.balance().await, 10_250);
}

#[tokio::test]
async fn a_purchase_may_stay_pending_or_wait_for_its_serial() {
    let mut world = World::new().await;
    world
        .fault(json!({ "provider": "iak", "call": "topup", "kind": "pending_for", "delay_ms": 60_000, "times": 1 }))
        .await;
    world.top_up("R1").await;
    world.jump(50_000).await;
    assert_eq!(world.status("R1").await["rc"], "39");
    world.jump(10_000).await;
    assert_eq!(world.status("R1").await["rc"], "00");

    world.fault(topup("serial_late")).await;
    world.top_up("R2").await;
    world.jump(2_000).await;
    let bare = world.status("R2").await;
    assert_eq!((bare["rc"].as_str(), bare["sn"].as_str()), (Some("00"), Some("")));
    world.jump(600_000).await;
    assert_eq!(world.status("R2").await["sn"].as_str().unwrap().len(), 12);
}

#[tokio::test]
async fn not_found_hides_what_exists() {
    let world = World::new().await;
    world.top_up("R1").await;
    world.pay("A1", 200).await;
    for (provider, call) in [("iak", "status"), ("ecpay", "query")] {
        world.fault(json!({ "provider": provider, "call": call, "kind": "not_found", "times": 2 })).await;
    }
    for _ in 0..2 {
        assert_eq!(world.status("R1").await["rc"], "06");
        assert_eq!(value(&world.query("A1").await, "TradeStatus"), "10200047");
    }
    assert_eq!(world.status("R1").await["rc"], "39");
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
}

#[tokio::test]
async fn the_two_questions_about_a_trade_have_faults_of_their_own() {
    let world = World::new().await;
    world.pay("A1", 200).await;
    for (call, statuses) in [("query", [500, 200]), ("code_query", [200, 500])] {
        world.fault(json!({ "provider": "ecpay", "call": call, "kind": "error_before", "times": 1 })).await;
        let asked = world.send_query("A1", world.now_ms() / 1_000).await;
        let asked_code = world.send_code_query("A1").await;
        assert_eq!([asked.status(), asked_code.status()], statuses, "{call}");
        world.http.delete(world.url("/control/faults")).send().await.unwrap();
    }
}

#[tokio::test]
async fn an_empty_answer_and_an_ampersand_in_a_name_say_nothing_and_change_nothing() {
    let world = World::new().await;
    world.pay("A1", 200).await;
    let query = async |kind: &str| {
        world.fault(json!({ "provider": "ecpay", "call": "query", "kind": kind, "times": 1 })).await;
        world.send_query("A1", world.now_ms() / 1_000).await
    };
    let empty = query("empty").await;
    assert_eq!((empty.status().as_u16(), empty.text().await.unwrap().as_str()), (200, ""));
    let named = query("ampersand").await.text().await.unwrap();
    assert!(named.contains("ItemName=") && named.contains(" & more&MerchantID="), "{named}");
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
}

#[tokio::test]
async fn rules_can_be_cleared_and_nonsense_is_refused() {
    let world = World::new().await;
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "error_before" })).await;
    world.http.delete(world.url("/control/faults")).send().await.unwrap();
    assert_eq!(world.top_up("R1").await["rc"], "39");
    for body in [
        json!({ "rules": [{ "provider": "iak", "call": "topup", "kind": "gremlin" }] }),
        json!({ "rules": [{ "provider": "iak", "call": "topup", "kind": "lost" }] }),
        json!({ "rules": [{ "provider": "iak", "call": "topup", "kind": "refuse", "why": "price" }] }),
        json!({ "rules": [], "more": 1 }),
    ] {
        let answer = world.http.post(world.url("/control/faults")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{body}");
    }
    let huge = "x".repeat(70 * 1024);
    let answer = world.http.post(world.url("/control/faults")).body(huge).send().await.unwrap();
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn in_a_crowd_with_random_faults_truth_deposit_and_callbacks_agree() {
    const CROWD: usize = 200;
    let mut world = World::new().await;
    let before = world.balance().await;
    let rules: Vec<Value> = ["drop_before", "drop_after", "error_after", "html", "fail", "price_change"]
        .iter()
        .map(|kind| json!({ "provider": "iak", "call": "topup", "kind": kind, "probability": 0.1 }))
        .collect();
    world.control("/control/faults", json!({ "seed": 42, "rules": rules })).await;
    let references: Vec<String> = (0..CROWD).map(|n| format!("R{n}")).collect();
    // Each twice at the same time: however they meet, it is bought once.
    let asked = references.iter().chain(&references).map(|reference| world.send_top_up(reference));
    futures_join(asked).await;
    world.jump(2_000).await;

    let deliveries = world.deliveries().await;
    let spent: i64 = deliveries
        .iter()
        .filter(|row| row["state"] == "delivered")
        .map(|row| row["price_minor"].as_i64().unwrap() / 100)
        .sum();
    assert_eq!(before - world.balance().await, spent);
    let mut bought: Vec<_> = deliveries.iter().map(|row| row["reference"].to_string()).collect();
    bought.sort_unstable();
    bought.dedup();
    assert_eq!(bought.len(), deliveries.len());
    assert!((CROWD - 20..=CROWD).contains(&bought.len()), "{}", bought.len());
    assert_eq!(world.shop.count(), deliveries.len());
    for kind in ["drop_before", "drop_after", "error_after", "html", "fail", "price_change"] {
        assert!(world.fired(kind).await > 0, "{kind}");
    }
}

/// Polls all at once.
async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn a_driver_says_how_a_purchase_ends_and_ends_again() {
    let world = World::new().await;
    let act = async |act: &str| {
        let body = json!({ "supplier": "iak", "account": USER, "reference": "R1", "act": act });
        world.control("/control/purchases", body).await;
        world.status("R1").await["rc"].as_str().unwrap().to_owned()
    };
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "fail", "why": "wrong_number" })).await;
    world.top_up("R1").await;
    assert_eq!(act("recover").await, "39", "it has not failed yet");
    assert_eq!(act("settle").await, "14", "as it was fated to");
    assert_eq!(act("recover").await, "00");
    assert_eq!(act("reverse").await, "07");
}

#[tokio::test]
async fn it_may_be_over_at_once_and_a_token_may_lack_a_digit() {
    let world = World::new().await;
    for kind in ["at_once", "serial_short"] {
        world.fault(json!({ "provider": "iak", "call": "topup", "kind": kind })).await;
    }
    let said = world.iak("top-up", "R1", purchase("R1", "hpln20000", "12345678901")).await;
    assert_eq!(said["rc"], "00");
    let token = said["sn"].as_str().unwrap().split('/').next().unwrap();
    assert_eq!(token.bytes().filter(u8::is_ascii_digit).count(), 19, "{token}");
}

#[tokio::test]
async fn one_text_of_a_reply_is_replaced_and_a_field_is_too_many() {
    let world = World::new().await;
    let rule = json!({ "from": "\"rc\":\"39\"", "to": "\"rc\":\"00\"" });
    let mut rewrite = topup("rewrite");
    rewrite.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    world.fault(rewrite).await;
    assert_eq!(world.top_up("R1").await["rc"], "00");
    world.fault(topup("extra_fields")).await;
    let said = world.top_up("R2").await;
    assert_eq!(said["rc"], "39");
    assert!(said["unheard_of"].is_array(), "{said}");
}

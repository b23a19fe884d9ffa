//! Two servers over one database. What a person switches off at one of them, the other buys no more within a second; a supplier
//! that has no money of ours left, or is in trouble, is passed over by both until it is mended.

use std::time::Duration;

use serde_json::{Value, json};

use crate::reading::{each, list, text};
use crate::shop::{AIRTIME, FIRST, MINUTE, SECOND, Shop, TOKEN, meter, phone};

/// In real time: what is promised.
const A_SECOND: Duration = Duration::from_secs(1);
const ORDERS: usize = 6;

/// What staff ask for at the second server. Providers tell the first one, and that one buys.
async fn at_the_other(shop: &Shop, path: &str, body: &Value) -> Value {
    let url = format!("{}{path}", shop.world.servers()[1].admin_url());
    shop.ask_at(reqwest::Method::POST, &url).by(&shop.operator).json(body).send().await.ok()
}

async fn suppliers(shop: &Shop) -> Value {
    shop.get("/v1/admin/suppliers").by(&shop.operator).send().await.ok()
}

async fn supplier(shop: &Shop, id: &str) -> Value {
    let all = suppliers(shop).await;
    list(&all["suppliers"]).iter().find(|supplier| supplier["id"] == id).cloned().unwrap()
}

/// Who was tried for the items of so many new orders.
async fn tried(shop: &Shop, orders: usize) -> Vec<String> {
    let mut tried = Vec::new();
    for _ in 0..orders {
        let (_, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
        tried.extend(each(&shop.story(&id).await["order"]["attempts"], "supplier"));
    }
    tried
}

/// What a supplier's account was asked to buy, whatever came of it.
async fn asked(shop: &Shop, account: &str) -> usize {
    let truth = shop.truth().await;
    list(&truth["deliveries"]).iter().filter(|delivery| delivery["account"] == account).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_at_one_server_the_other_buys_no_more_within_a_second() {
    let shop = Shop::open_with(|options| options.servers = 2).await;
    // Both know the product, and that the first supplier sells it.
    assert_eq!(tried(&shop, 2).await, ["iak", "iak"]);

    let off = json!({ "supplier": "iak", "why": "it delivers the wrong goods" });
    let switch = at_the_other(&shop, "/v1/admin/switches", &off).await;
    tokio::time::sleep(A_SECOND).await;
    let before = asked(&shop, FIRST).await;
    assert_eq!(tried(&shop, ORDERS).await, ["iak-b"; ORDERS]);
    assert_eq!(asked(&shop, FIRST).await, before, "nothing was sent to the first one");
    let again = at_the_other(&shop, "/v1/admin/switches", &off).await;
    assert_eq!(again["id"], switch["id"], "it is off once");

    nobody_sells_it(&shop).await;

    let end = format!("/v1/admin/switches/{}/end", text(&switch["id"]));
    assert_eq!(at_the_other(&shop, &end, &json!({})).await["ended_by"], "ola");
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(&shop, 1).await, ["iak"]);
    let url = format!("{}{end}", shop.world.servers()[1].admin_url());
    let twice = shop.ask_at(reqwest::Method::POST, &url).by(&shop.operator).json(&json!({})).send().await;
    assert_eq!(twice.problem(), "404 no_such_switch");
    let acts = shop.get("/v1/admin/staff-acts").by(&shop.admin).send().await.ok();
    let acts: Vec<String> = each(&acts["items"], "act").into_iter().filter(|act| act.starts_with("switch")).collect();
    assert_eq!(acts, ["switch_on", "switch_on", "switch_off", "switch_off"]);
    refused_switches(&shop).await;
    shop.end().await;
}

/// What is off everywhere is not for sale; what was paid before waits, and is bought when it is on again.
async fn nobody_sells_it(shop: &Shop) {
    let (who, id) = shop.order(&[(TOKEN, &meter())], None).await;
    let off = json!({ "product": TOKEN, "why": "PLN has changed its tariff" });
    let switch = at_the_other(shop, "/v1/admin/switches", &off).await;
    tokio::time::sleep(A_SECOND).await;
    let quote = shop.post("/v1/quotes").by(&shop.customer).json(&json!({ "items": [{ "product": TOKEN }] }));
    assert_eq!(quote.send().await.problem(), "422 not_available items[0].product=not_available");
    let sold = shop.for_sale(&shop.customer, "pln_token").await;
    assert!(!sold.is_empty() && sold.iter().all(|product| product["id"] != TOKEN), "{sold:?}");

    shop.click(&who, &id, demo::outside::Click::Pay).await;
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["items"], "state"), ["queued"], "it waits");
    assert!(list(&story["order"]["attempts"]).is_empty());
    let end = format!("/v1/admin/switches/{}/end", text(&switch["id"]));
    at_the_other(shop, &end, &json!({})).await;
    tokio::time::sleep(A_SECOND).await;
    shop.pass(70_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
}

async fn refused_switches(shop: &Shop) {
    let now = shop.now();
    let at = |hours: i64| chrono::DateTime::from_timestamp_millis(now + hours * 3_600_000).unwrap().to_rfc3339();
    for (who, body, problem) in [
        (&shop.operator, json!({ "why": "x" }), "422 invalid_field supplier=invalid"),
        (&shop.operator, json!({ "supplier": "nobody", "why": "x" }), "422 invalid_field supplier=invalid"),
        (&shop.operator, json!({ "product": "airtime-none-1", "why": "x" }), "422 invalid_field product=invalid"),
        (&shop.operator, json!({ "supplier": "iak", "from": at(-1), "why": "x" }), "422 invalid_field from=invalid"),
        (&shop.operator, json!({ "supplier": "iak", "until": at(25), "why": "x" }), "422 invalid_field until=invalid"),
        (&shop.operator, json!({ "category": "cars", "why": "x" }), "422 invalid_field category=invalid"),
        (&shop.operator, json!({ "supplier": "iak" }), "422 invalid_field why=required"),
        (&shop.finance, json!({ "supplier": "iak", "why": "x" }), "403 forbidden"),
    ] {
        let answer = shop.post("/v1/admin/switches").by(who).json(&body).send().await;
        assert_eq!(answer.problem(), problem, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_without_our_money_is_passed_over_until_it_is_topped_up() {
    let shop = Shop::open_with(|options| options.servers = 2).await;
    let deposit = async |amount: i64| {
        let url = format!("{}/control/iak/{FIRST}/deposit", shop.world.sandbox_url());
        let answer = shop.http.post(url).json(&json!({ "set": amount })).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    };
    let held = async || {
        let is_held = async || {
            let held = supplier(&shop, "iak").await["held"].clone();
            (held["why"] == "deposit").then(|| held["needed"]["amount"].clone())
        };
        shop.until("the supplier is held", is_held).await
    };
    deposit(15_000).await;
    let (_, dear) = shop.paid_order(&[(TOKEN, &meter())]).await;
    let asked_for = each(&shop.story(&dear).await["order"]["attempts"], "supplier");
    assert_eq!(asked_for, ["iak", "iak-b"], "refused there, and bought elsewhere");
    let of_the_token = held().await;
    assert_eq!(tried(&shop, 1).await, ["iak"], "what costs less than was refused is bought there");

    deposit(1_000).await;
    assert_eq!(tried(&shop, 1).await, ["iak", "iak-b"], "refused, too");
    shop.until("less is held", async || (held().await != of_the_token).then_some(())).await;
    let before = asked(&shop, FIRST).await;
    shop.pass(20_000).await;
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(&shop, 3).await, ["iak-b"; 3], "no order is spent on it");
    assert_eq!(asked(&shop, FIRST).await, before);
    let metric = shop.metric("seberang_supplier_held", &["supplier=\"iak\""]).await;
    assert!(metric > 0, "it is a metric, too");

    deposit(50_000_000).await;
    shop.pass(10_000).await;
    shop.until("it is mended", async || supplier(&shop, "iak").await["held"].is_null().then_some(())).await;
    let iak = supplier(&shop, "iak").await;
    assert!(iak["balance"]["amount"].is_string() && iak["balance_at"].is_string(), "{iak}");
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(&shop, 1).await, ["iak"]);
    shop.end().await;
}

/// The first supplier refuses our credentials at these calls, until all faults are taken away.
async fn refuse_us(shop: &Shop, calls: &[&str]) {
    let refuse = |call: &&str| json!({ "provider": "iak", "account": FIRST, "call": call, "kind": "refuse", "why": "credentials" });
    shop.outside.add_faults(1, &calls.iter().map(refuse).collect::<Vec<_>>()).await.unwrap();
}

async fn let_us_in(shop: &Shop) {
    shop.http.delete(format!("{}/control/faults", shop.world.sandbox_url())).send().await.unwrap();
}

/// One order is refused there and delivered by the next one, and no second one is spent on it at either server.
async fn held_for_our_account(shop: &Shop) {
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    assert_eq!(each(&shop.story(&id).await["order"]["attempts"], "supplier"), ["iak", "iak-b"]);
    shop.until("the supplier is held", async || {
        (supplier(shop, "iak").await["held"]["why"] == "account").then_some(())
    })
    .await;
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(shop, 3).await, ["iak-b"; 3]);
    shop.pass(MINUTE).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_that_refuses_our_account_is_held_until_it_is_mended_and_no_second_order_is_spent_on_it() {
    let shop = Shop::open_with(|options| options.servers = 2).await;
    shop.pass(6 * MINUTE).await;
    shop.until("our balance is known", async || supplier(&shop, "iak").await["balance"].is_object().then_some(()))
        .await;

    // It refuses purchases, and tells our balance: when that is mended, nobody but a person knows.
    refuse_us(&shop, &["topup"]).await;
    held_for_our_account(&shop).await;
    let alerts = shop.get("/v1/admin/alerts?open=true").by(&shop.operator).send().await.ok();
    let told = list(&alerts["items"]).iter().any(|a| a["kind"] == "supplier_account" && a["subject"] == "iak");
    assert!(told, "{alerts}");
    let_us_in(&shop).await;
    shop.pass(MINUTE).await;
    let told = async || {
        let iak = supplier(&shop, "iak").await;
        assert_eq!(iak["held"]["why"], "account", "its balance was told all along");
        (text(&iak["balance_at"]) > text(&iak["held"]["since"])).then_some(())
    };
    shop.until("its balance was told since", told).await;
    assert_eq!(tried(&shop, 1).await, ["iak-b"]);
    let release = shop.post("/v1/admin/suppliers/iak/release").by(&shop.operator).fresh_key();
    assert_eq!(release.json(&json!({})).send().await.ok()["released_by"], "ola");
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(&shop, 1).await, ["iak"]);

    // It does not let us in at all, and then does.
    refuse_us(&shop, &["topup", "balance"]).await;
    held_for_our_account(&shop).await;
    shop.until("it does not tell our balance any more", async || {
        let iak = supplier(&shop, "iak").await;
        (iak["held"]["why"] == "account" && iak["balance"].is_null()).then_some(())
    })
    .await;
    let_us_in(&shop).await;
    shop.pass(20_000).await;
    shop.until("it is mended", async || supplier(&shop, "iak").await["held"].is_null().then_some(())).await;
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(&shop, 1).await, ["iak"]);
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_in_trouble_is_spared_until_it_answers_again() {
    let shop = Shop::open_with(|options| options.servers = 2).await;
    let away = json!({ "provider": "iak", "account": FIRST, "call": "topup", "kind": "error_before" });
    let mute = json!({ "provider": "iak", "account": FIRST, "call": "balance", "kind": "error_before" });
    shop.outside.add_faults(1, &[away, mute]).await.unwrap();
    // Five doubtful answers at one server; none of these items may be bought elsewhere before it is known that they were not.
    let mut doubted = Vec::new();
    while supplier(&shop, "iak").await["breaker"] == "closed" {
        assert!(doubted.len() < 10, "five of these were one server's");
        doubted.push(shop.paid_order(&[(AIRTIME, &phone())]).await);
    }
    shop.until("it is written down", async || {
        (!supplier(&shop, "iak").await["in_trouble_since"].is_null()).then_some(())
    })
    .await;
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(tried(&shop, 3).await, ["iak-b"; 3]);
    let opened = shop.metric("seberang_supplier_breaker_total", &["supplier=\"iak\"", "change=\"opened\""]).await;
    assert!(opened > 0);

    shop.http.delete(format!("{}/control/faults", shop.world.sandbox_url())).send().await.unwrap();
    // What was in doubt is settled, and the supplier is asked for our balance meanwhile.
    shop.pass(20 * 60_000).await;
    for (who, id) in &doubted {
        assert_eq!(shop.own(who, id).await["status"], "success");
    }
    shop.until("nothing but a purchase is missing", async || {
        let breaker = supplier(&shop, "iak").await["breaker"].clone();
        ["half_open", "closed"].contains(&text(&breaker).as_str()).then_some(())
    })
    .await;
    assert_eq!(tried(&shop, 2).await, ["iak"; 2]);
    shop.until("it is out of trouble", async || {
        let iak = supplier(&shop, "iak").await;
        (iak["breaker"] == "closed" && iak["in_trouble_since"].is_null()).then_some(())
    })
    .await;
    shop.until("its score says so", async || {
        let share = supplier(&shop, "iak").await["last_24_hours"]["unknown_permille"].as_u64();
        share.filter(|share| *share > 0)
    })
    .await;
    assert!(asked(&shop, SECOND).await >= 3);
    shop.end().await;
}

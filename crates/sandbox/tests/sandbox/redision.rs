//! Redision: signature, list, purchase, used references, test numbers, callbacks.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::time::timeout;

use crate::kit::World;

const SKU: &str = "TSEL-10000";
const SECRET: &str = "appsecret-0001";
/// Of a client that gets no answer.
const SHORT_PATIENCE: Duration = Duration::from_millis(300);

fn sign(bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(bytes);
    URL_SAFE.encode(mac.finalize().into_bytes())
}

impl World {
    async fn redision(&self, path: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        let body = body.to_string();
        let request = self.http.post(self.url(&format!("/redision/api/v1/{path}")));
        let request = request.header("appid", "app-0001").header("appkey", "appkey-0001");
        request.header("bodysign", sign(body.as_bytes())).body(body).send().await
    }

    async fn buy(&self, reference: &str, msisdn: &str) -> reqwest::Result<reqwest::Response> {
        self.redision("topup", &order(self, reference, msisdn)).await
    }

    async fn bought(&self, reference: &str, msisdn: &str) -> Value {
        self.buy(reference, msisdn).await.unwrap().json().await.unwrap()
    }

    async fn check(&self, reference: &str) -> Value {
        let path = format!("/api/v1/check/{reference}");
        let request = self.http.get(self.url(&format!("/redision{path}")));
        let request = request.header("appid", "app-0001").header("appkey", "appkey-0001");
        let answer = request.header("bodysign", sign(path.as_bytes())).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn left(&self) -> i64 {
        let answer: Value = self.redision("balance", &json!({})).await.unwrap().json().await.unwrap();
        answer["data"]["balance"].as_i64().unwrap()
    }
}

fn order(world: &World, reference: &str, msisdn: &str) -> Value {
    let url = format!("{}/webhooks/redision/order", world.shop.url);
    json!({ "merchant_transaction_id": reference, "sku": SKU, "msisdn": msisdn, "notification_url": url })
}

fn code(answer: &Value) -> (&str, u64) {
    (answer["retcode"].as_str().unwrap(), answer["data"]["status_code"].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn a_purchase_is_pending_then_delivered_then_called_back() {
    let mut world = World::new().await;
    let before = world.left().await;
    let accepted = world.bought("R1", "081234567890").await;
    assert_eq!((code(&accepted), &accepted["success"]), (("0000", 1001), &json!(true)));
    let price = accepted["data"]["price"].as_i64().unwrap();
    world.jump(2_000).await;
    let done = world.check("R1").await;
    assert_eq!(code(&done), ("0000", 1000));
    assert_eq!(done["data"]["reference_id"], accepted["data"]["reference_id"]);
    assert_eq!(before - world.left().await, price);

    let truth = &world.deliveries().await[0];
    assert_eq!((&truth["provider"], &truth["account"]), (&json!("redision"), &json!("app-0001")));
    assert_eq!((&truth["serial"], &truth["state"]), (&done["data"]["serial_number"], &json!("delivered")));

    let received = world.shop.received();
    assert_eq!((received.len(), received[0].path.as_str()), (1, "/webhooks/redision/order"));
    assert_eq!(received[0].header("bodysign"), sign(received[0].body.as_bytes()));
    let notice: Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!((&notice["merchant_transaction_id"], &notice["status"]), (&json!("R1"), &json!("success")));
    assert_eq!((&notice["status_code"], &notice["serial_number"]), (&json!(1000), &truth["serial"]));
}

#[tokio::test]
async fn a_used_reference_is_refused_and_buys_nothing() {
    let world = World::new().await;
    world.bought("R1", "081234567890").await;
    let before = world.left().await;
    let again = world.buy("R1", "081234567890").await.unwrap();
    assert_eq!(again.status(), 400);
    assert_eq!(again.json::<Value>().await.unwrap()["retcode"], "E0023");
    assert_eq!((world.left().await, world.deliveries().await.len()), (before, 1));
}

#[tokio::test]
async fn refusals_carry_the_code_of_their_reason_and_form_nothing() {
    let world = World::new().await;
    let with = |field: &str, value: Value| {
        let mut order = order(&world, "R1", "081234567890");
        order[field] = value;
        order
    };
    for (body, expected) in [
        (with("sku", json!("NONSENSE")), "E0011"),
        (with("msisdn", json!("081712345678")), "E0010"),
        (with("msisdn", json!("0912345678")), "E0020"),
        (with("max_price", json!(10_000)), "E0012"),
        (with("msisdn", json!("081234567810")), "E0012"),
        (with("msisdn", json!("081234567811")), "E0015"),
        (with("msisdn", json!("081234567808")), "E0023"),
    ] {
        let answer: Value = world.redision("topup", &body).await.unwrap().json().await.unwrap();
        assert_eq!((answer["retcode"].as_str(), &answer["success"]), (Some(expected), &json!(false)), "{body}");
    }
    world.control("/control/redision/app-0001/deposit", json!({ "set": 100 })).await;
    assert_eq!(code(&world.bought("R1", "081234567890").await).0, "E0015");
    world.fault(json!({ "provider": "redision", "call": "topup", "kind": "refuse", "why": "address" })).await;
    assert_eq!(code(&world.bought("R1", "081234567890").await).0, "E0003");
    assert_eq!(code(&world.check("R1").await).0, "E0030");
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn only_who_knows_key_and_secret_is_let_in() {
    let world = World::new().await;
    for (id, key, signed, expected) in [
        ("nobody", "appkey-0001", "{}", "E0001"),
        ("app-0001", "other", "{}", "E0001"),
        ("app-0001", "appkey-0001", "[]", "E0002"),
        ("app-0001", "appkey-0001", "{}", "0000"),
    ] {
        let request = world.http.post(world.url("/redision/api/v1/balance")).body("{}");
        let request = request.header("appid", id).header("appkey", key).header("bodysign", sign(signed.as_bytes()));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["retcode"], expected, "{id} {key} {signed}");
    }
}

#[tokio::test]
async fn test_numbers_end_as_they_say() {
    let mut world = World::new().await;
    let number = |digits: &str| format!("0812345678{digits}");
    assert_eq!(code(&world.bought("R01", &number("01")).await), ("0000", 1000));
    assert_eq!(code(&world.bought("R02", &number("02")).await), ("0000", 1001));
    assert_eq!(code(&world.bought("R03", &number("03")).await), ("0000", 1001));
    assert_eq!(code(&world.bought("R04", &number("04")).await), ("0000", 1003));
    let error = world.buy("R05", &number("05")).await.unwrap();
    assert_eq!(error.status(), 500);
    assert_eq!(error.json::<Value>().await.unwrap()["retcode"], "E0050");
    for end in ["06", "07"] {
        let bought = timeout(SHORT_PATIENCE, world.buy(&format!("R{end}"), &number(end))).await;
        assert!(bought.is_err(), "{end}: nothing comes, not even the end");
    }
    world.jump(6_000).await;
    for (reference, expected) in [
        ("R02", ("0000", 1000)),
        ("R03", ("0000", 1005)),
        ("R04", ("0000", 1003)),
        ("R05", ("0000", 1000)),
        ("R06", ("0000", 1000)),
        ("R07", ("E0030", 0)),
    ] {
        assert_eq!(code(&world.check(reference).await), expected, "{reference}");
    }
    world.jump(60_000).await;
    assert_eq!(code(&world.check("R04").await), ("0000", 1000));
    assert!(world.shop.received().iter().all(|notice| !notice.body.contains("R03")), "failures are not told");
    world.control("/control/settings", json!({ "suppliers": { "redision": { "endings": false } } })).await;
    assert_eq!(code(&world.bought("R10", &number("10")).await), ("0000", 1001), "a number like others");
}

#[tokio::test]
async fn callbacks_lie_or_are_signed_by_somebody_else_as_their_number_says_and_the_check_tells_the_truth() {
    let mut world = World::new().await;
    world.bought("R09", "081234567809").await;
    world.bought("R12", "081234567812").await;
    world.jump(2_000).await;
    let received = world.shop.received();
    let about = |reference: &str| received.iter().find(|notice| notice.body.contains(reference)).unwrap();
    let (forged, lie) = (about("R09"), about("R12"));
    assert_ne!(forged.header("bodysign"), sign(forged.body.as_bytes()));
    assert_eq!(lie.header("bodysign"), sign(lie.body.as_bytes()));
    let said: Value = serde_json::from_str(&lie.body).unwrap();
    assert_eq!((&said["status"], &said["status_code"]), (&json!("failed"), &json!(1005)));
    assert_eq!(code(&world.check("R12").await), ("0000", 1000));
    let amounts: Vec<bool> = received
        .iter()
        .map(|notice| serde_json::from_str::<Value>(&notice.body).unwrap()["amount"].is_string())
        .collect();
    assert!(amounts.contains(&true) && amounts.contains(&false), "text for one, a number for the next");
}

#[tokio::test]
async fn a_forged_callback_comes_beside_the_true_one_and_a_lie_instead_of_it() {
    let mut world = World::new().await;
    world.fault(json!({ "provider": "redision", "call": "callback", "kind": "forged", "times": 1 })).await;
    world.bought("R1", "081234567890").await;
    world.jump(2_000).await;
    let statuses = |world: &World| -> Vec<(String, bool)> {
        let told = |notice: &crate::receiver::Received| {
            let status = serde_json::from_str::<Value>(&notice.body).unwrap()["status"].as_str().unwrap().to_owned();
            (status, notice.header("bodysign") == sign(notice.body.as_bytes()))
        };
        world.shop.received().iter().map(told).collect()
    };
    assert_eq!(statuses(&world), [("failed".to_owned(), false), ("success".to_owned(), true)]);

    world.fault(json!({ "provider": "redision", "call": "callback", "kind": "lie", "times": 1 })).await;
    world.bought("R2", "081234567891").await;
    world.jump(2_000).await;
    assert_eq!(statuses(&world)[2..], [("failed".to_owned(), true)]);
    assert_eq!(code(&world.check("R2").await), ("0000", 1000));
}

#[tokio::test]
async fn a_callback_that_is_not_accepted_is_tried_five_times() {
    let mut world = World::new().await;
    world.shop.reply_with(500, "no");
    world.bought("R1", "081234567890").await;
    for _ in 0..60 {
        world.jump(5 * 60_000).await;
    }
    assert_eq!((world.shop.count(), world.scheduled().await), (5, 0));
}

#[tokio::test]
async fn the_list_has_prices_and_hours_in_which_nothing_is_sold() {
    let mut world = World::new().await;
    let list: Value = world.redision("products", &json!({})).await.unwrap().json().await.unwrap();
    let rows = list["data"]["products"].as_array().unwrap().clone();
    assert!(rows.len() >= 600, "{}", rows.len());
    let row = |sku: &str| rows.iter().find(|row| row["sku"] == sku).unwrap();
    assert_eq!(row(SKU)["status"], "open");
    assert!(row(SKU)["price"].is_i64() && row(SKU)["cutoff_start"].is_null());
    let smart = row("SMART-10000");
    assert_eq!((&smart["cutoff_start"], &smart["cutoff_end"]), (&json!("23:30"), &json!("00:30")));
    assert!(rows.iter().any(|row| row["status"] != "open"));
    let data: Value = world.redision("products", &json!({ "category": "data" })).await.unwrap().json().await.unwrap();
    assert!(data["data"]["products"].as_array().unwrap().iter().all(|row| row["category"] == "data"));

    // To midnight in Jakarta, seven hours ahead.
    let day_ms = 24 * 3_600_000;
    let to_midnight = day_ms - (world.now_ms() + 7 * 3_600_000).rem_euclid(day_ms);
    world.jump(to_midnight).await;
    let mut late = order(&world, "R1", "088123456790");
    late["sku"] = json!("SMART-10000");
    let refused: Value = world.redision("topup", &late).await.unwrap().json().await.unwrap();
    assert_eq!(refused["retcode"], "E0011", "its own hours, not everybody's maintenance");
    world.jump(31 * 60_000).await;
    let accepted: Value = world.redision("topup", &late).await.unwrap().json().await.unwrap();
    assert_eq!(accepted["retcode"], "0000");
}

//! Lapak Gaming: keys, limits, products, orders, test codes, callbacks.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::kit::World;

const KEY: &str = "lgkey-0001";
const DIAMONDS: &str = "ML78_8-S2";
const VOUCHER: &str = "VCGS330-S22";

impl World {
    fn lapak(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(&format!("/lapak/api/{path}"))).bearer_auth(KEY)
    }

    async fn lapak_read(&self, path: &str) -> Value {
        self.lapak(path).send().await.unwrap().json().await.unwrap()
    }

    async fn send_order(&self, order: &Value) -> reqwest::Result<reqwest::Response> {
        self.http.post(self.url("/lapak/api/order")).bearer_auth(KEY).json(order).send().await
    }

    async fn ordered(&self, order: &Value) -> Value {
        self.send_order(order).await.unwrap().json().await.unwrap()
    }

    async fn order_status(&self, reference: &str) -> Value {
        self.lapak_read(&format!("order_status?partner_reference_id={reference}")).await
    }

    async fn price_of(&self, code: &str) -> i64 {
        let found = self.lapak_read(&format!("product?product_code={code}")).await;
        found["data"]["products"][0]["price"].as_i64().unwrap()
    }

    async fn uid_check(&self, body: Value) -> Value {
        let request = self.http.post(self.url("/lapak/api/uid-check")).bearer_auth(KEY);
        request.json(&body).send().await.unwrap().json().await.unwrap()
    }

    async fn lapak_reading(&self, reading: &str) {
        self.control("/control/settings", json!({ "suppliers": { "lapak": { "reading": reading } } })).await;
    }
}

fn diamonds(world: &World, reference: &str) -> Value {
    json!({
        "user_id": "156378300",
        "additional_id": "8483",
        "count_order": 1,
        "product_code": DIAMONDS,
        "country_code": "ID",
        "partner_reference_id": reference,
        "override_callback_url": format!("{}/webhooks/lapak/order/SECRET?ref={reference}", world.shop.url),
    })
}

fn with(mut order: Value, field: &str, value: Value) -> Value {
    order[field] = value;
    order
}

fn of_user(world: &World, user: &str, reference: &str) -> Value {
    with(diamonds(world, reference), "user_id", json!(user))
}

fn state(answer: &Value) -> (&str, &str) {
    let code = answer["code"].as_str().unwrap();
    (code, answer["data"]["transactions"][0]["status"].as_str().unwrap_or(""))
}

#[tokio::test]
async fn an_order_is_accepted_then_sent_then_called_back_without_a_signature() {
    let mut world = World::new().await;
    let price = world.price_of(DIAMONDS).await;
    let accepted = world.ordered(&with(diamonds(&world, "R1"), "price", json!(price))).await;
    assert_eq!((&accepted["code"], &accepted["data"]["total_price"]), (&json!("SUCCESS"), &json!(price)));
    let tid = accepted["data"]["tid"].as_str().unwrap().to_owned();
    assert_eq!(state(&world.order_status("R1").await), ("SUCCESS", "PENDING"));
    world.jump(2_000).await;
    let done = world.order_status("R1").await;
    assert_eq!((state(&done), &done["data"]["status"]), (("SUCCESS", "SUCCESS"), &json!("SUCCESS")));
    let sent = &done["data"]["transactions"][0];
    assert_eq!((&sent["note"], &sent["voucher_code"]), (&json!("sent"), &json!("")), "it went straight into the game");
    assert_eq!(world.lapak_read(&format!("order_status?tid={tid}")).await, done);
    let both = |reference: &str| format!("order_status?tid={tid}&partner_reference_id={reference}");
    assert_eq!(world.lapak_read(&both("R1")).await, done);
    assert_eq!(world.lapak_read(&both("R2")).await["code"], "TID_NOT_FOUND");

    let received = world.shop.received();
    assert_eq!((received.len(), received[0].path.as_str()), (1, "/webhooks/lapak/order/SECRET?ref=R1"));
    assert_eq!(serde_json::from_str::<Value>(&received[0].body).unwrap(), done, "as a question is answered");
    assert!(!received[0].body.contains("R1"), "our reference is not in it");

    let truth = &world.deliveries().await[0];
    assert_eq!((&truth["provider"], &truth["account"]), (&json!("lapak"), &json!("lapak-0001")));
    assert_eq!((&truth["target"], &truth["serial"]), (&json!("156378300|8483"), &Value::Null));
    let left = world.lapak_read("balance").await["data"]["balance"].as_i64().unwrap();
    assert_eq!(left, 10_000_000_000 - price);
}

#[tokio::test]
async fn a_voucher_is_free_text_and_needs_no_player() {
    let mut world = World::new().await;
    let voucher = json!({ "count_order": 1, "product_code": VOUCHER, "partner_reference_id": "R1", "user_id": "" });
    assert_eq!(world.ordered(&voucher).await["code"], "SUCCESS");
    world.jump(2_000).await;
    let code = world.order_status("R1").await["data"]["transactions"][0]["voucher_code"].take();
    let (pin, serial) = code.as_str().unwrap().strip_prefix("PIN : ").unwrap().split_once("\tSerial : ").unwrap();
    assert!(pin.len() == 10 && serial.len() == 10, "{code}");
    assert_eq!(world.deliveries().await[0]["serial"], serial);

    world.lapak_reading("other").await;
    let refused = world.ordered(&with(voucher, "partner_reference_id", json!("R2"))).await;
    assert_eq!(refused["code"], "USER_ID_EMPTY");
}

#[tokio::test]
async fn refusals_carry_the_code_of_their_reason_and_form_nothing() {
    let world = World::new().await;
    let order = || diamonds(&world, "R1");
    let genshin = with(with(order(), "product_code", json!("GENSHIN60-S2")), "additional_id", json!("os_asia"));
    for (body, expected) in [
        (with(order(), "price", json!(999_999)), "PRICE_NOT_MATCH"),
        (with(order(), "price", json!(1)), "PRICE_NOT_MATCH"),
        (with(order(), "product_code", json!("ASD")), "PRODUCT_NOT_FOUND"),
        (with(order(), "country_code", json!("MY")), "PRODUCT_NOT_FOUND"),
        (with(order(), "product_code", json!("ML156_16-S42")), "PRODUCT_EMPTY"),
        (with(order(), "product_code", json!("ML234_23-S2")), "PROVIDER_NOT_FOUND"),
        (with(order(), "product_code", json!("ML625_81-S2")), "PROVIDER_INACTIVE"),
        (with(order(), "product_code", json!("ML7740_1548-S42")), "INSUFFICIENT_BALANCE"),
        (with(order(), "user_id", json!("")), "USER_ID_EMPTY"),
        (with(order(), "user_id", json!("1563 78300")), "USER_ID_CONTAIN_SPACE"),
        (with(order(), "additional_id", json!("")), "INVALID_USER_ID_OR_ADDITIONAL_ID"),
        (with(order(), "count_order", json!(2)), "BAD_REQUEST"),
        (with(order(), "count_order", Value::Null), "BAD_REQUEST"),
        (with(order(), "count_order", json!("1")), "BAD_REQUEST"),
        (genshin.clone(), "BAD_REQUEST"),
    ] {
        let answer = world.send_order(&body).await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], expected, "{body}");
    }
    world.fault(json!({ "provider": "lapak", "call": "topup", "kind": "refuse", "why": "address", "times": 1 })).await;
    let answer = world.send_order(&order()).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "NOT_ALLOWED");
    world
        .fault(json!({ "provider": "lapak", "call": "topup", "kind": "refuse", "rc": "SYSTEM_ERROR", "times": 1 }))
        .await;
    assert_eq!(world.send_order(&order()).await.unwrap().status(), 500);
    world.fault(json!({ "provider": "lapak", "call": "topup", "kind": "price_change", "times": 1 })).await;
    let price = world.price_of(DIAMONDS).await;
    assert_eq!(world.ordered(&with(order(), "price", json!(price))).await["code"], "PRICE_NOT_MATCH");
    assert_eq!(world.order_status("R1").await["code"], "TID_NOT_FOUND");
    world.control("/control/lapak/lapak-0001/deposit", json!({ "set": 100 })).await;
    assert_eq!(world.ordered(&order()).await["code"], "INSUFFICIENT_BALANCE");
    assert!(world.deliveries().await.is_empty());
    world.control("/control/lapak/lapak-0001/deposit", json!({ "set": 1_000_000 })).await;
    assert_eq!(world.ordered(&with(genshin, "end_user_ip_address", json!("203.0.113.7"))).await["code"], "SUCCESS");

    world.lapak_reading("other").await;
    let answer = world.send_order(&with(order(), "product_code", json!("ASD"))).await.unwrap();
    assert_eq!(answer.status(), 200, "one status for all that is understood");
}

#[tokio::test]
async fn only_a_known_key_is_let_in() {
    let world = World::new().await;
    let ask = async |header: Option<&str>| {
        let request = world.http.get(world.url("/lapak/api/balance"));
        let request = if let Some(header) = header { request.header("authorization", header) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned())
    };
    for header in [None, Some("Bearer "), Some("Bearer nobody"), Some(KEY), Some("Basic lgkey-0001")] {
        assert_eq!(ask(header).await, (401, "UNAUTHORIZED".to_owned()), "{header:?}");
    }
    assert_eq!(ask(Some("Bearer lgkey-0001")).await, (200, "SUCCESS".to_owned()));
}

#[tokio::test]
async fn fifty_reads_of_products_in_ten_seconds_are_allowed_and_one_more_is_not() {
    let mut world = World::new().await;
    for _ in 0..50 {
        assert_eq!(world.lapak("product?product_code=ASD").send().await.unwrap().status(), 200);
    }
    assert_eq!(world.lapak("category").send().await.unwrap().status(), 429);
    assert_eq!(world.lapak("balance").send().await.unwrap().status(), 200, "others have a limit of their own");
    world.jump(11_000).await;
    assert_eq!(world.lapak("category").send().await.unwrap().status(), 200);
    for _ in 0..499 {
        world.lapak("balance").send().await.unwrap();
    }
    assert_eq!(world.send_order(&diamonds(&world, "R1")).await.unwrap().status(), 429);
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn a_used_reference_is_the_same_order_or_another_one_as_it_is_read() {
    let world = World::new().await;
    let first = world.ordered(&diamonds(&world, "R1")).await;
    assert_eq!(world.ordered(&diamonds(&world, "R1")).await, first);
    assert_eq!(world.deliveries().await.len(), 1);
    world.lapak_reading("other").await;
    let second = world.ordered(&diamonds(&world, "R1")).await;
    assert_eq!(second["code"], "SUCCESS");
    assert_ne!(second["data"]["tid"], first["data"]["tid"]);
    let mut bought: Vec<Value> = world.deliveries().await.into_iter().map(|row| row["reference"].clone()).collect();
    bought.sort_by_key(Value::to_string);
    assert_eq!(bought, ["R1", "R1~2"]);
}

#[tokio::test]
async fn test_codes_and_user_ids_end_as_they_say() {
    let mut world = World::new().await;
    let forever = with(diamonds(&world, "R42"), "product_code", json!("ML4649_883-S42"));
    assert_eq!(world.ordered(&forever).await["code"], "SUCCESS");
    assert!(world.send_order(&of_user(&world, "900000006", "R06")).await.is_err());
    assert!(world.send_order(&of_user(&world, "900000007", "R07")).await.is_err());
    assert_eq!(world.ordered(&of_user(&world, "900000008", "R08")).await["code"], "SUCCESS");
    let late = with(of_user(&world, "900000009", "R09"), "product_code", json!(VOUCHER));
    let late = with(late, "additional_id", json!(""));
    assert_eq!(world.ordered(&late).await["code"], "SUCCESS");
    assert_eq!(world.ordered(&of_user(&world, "900000010", "R10")).await, json!({ "code": "SUCCESS", "data": {} }));
    world.jump(6_000).await;
    for (reference, expected) in [
        ("R42", ("SUCCESS", "PENDING")),
        ("R06", ("SUCCESS", "SUCCESS")),
        ("R07", ("TID_NOT_FOUND", "")),
        ("R08", ("SUCCESS", "REFUNDED")),
        ("R09", ("SUCCESS", "SUCCESS")),
        ("R10", ("SUCCESS", "SUCCESS")),
    ] {
        assert_eq!(state(&world.order_status(reference).await), expected, "{reference}");
    }
    let voucher =
        async |world: &World| world.order_status("R09").await["data"]["transactions"][0]["voucher_code"].take();
    assert_eq!(voucher(&world).await, "");
    world.jump(10_000).await;
    assert_ne!(voucher(&world).await, "");
    world.jump(24 * 3_600_000).await;
    assert_eq!(state(&world.order_status("R42").await), ("SUCCESS", "PENDING"));

    world.control("/control/settings", json!({ "suppliers": { "lapak": { "endings": false } } })).await;
    assert_eq!(world.ordered(&of_user(&world, "900000007", "R1")).await["code"], "SUCCESS", "a player like others");
    assert_eq!(world.ordered(&with(forever, "partner_reference_id", json!("R2"))).await["code"], "PRODUCT_NOT_FOUND");
}

#[tokio::test]
async fn callbacks_are_tried_again_or_not_and_a_forger_does_not_know_the_address() {
    for (reading, tries) in [("likely", 4), ("other", 1)] {
        let mut world = World::new().await;
        world.lapak_reading(reading).await;
        world.shop.reply_with(204, "");
        world.ordered(&diamonds(&world, "R1")).await;
        for _ in 0..10 {
            world.jump(5 * 60_000).await;
        }
        assert_eq!((world.shop.count(), world.scheduled().await), (tries, 0), "{reading}: only 200 will do");
    }
    let mut world = World::new().await;
    world.shop.reply_with(200, "OK");
    world.fault(json!({ "provider": "lapak", "call": "callback", "kind": "forged", "times": 1 })).await;
    world.ordered(&diamonds(&world, "R1")).await;
    world.jump(2_000).await;
    let told: Vec<(String, bool)> =
        world.shop.received().iter().map(|told| (told.path.clone(), told.body.contains("REFUNDED"))).collect();
    let (forged, right) =
        (format!("/webhooks/lapak/order/{}?ref=R1", "A".repeat(26)), "/webhooks/lapak/order/SECRET?ref=R1");
    assert_eq!(told, [(forged, true), (right.to_owned(), false)]);

    let dashboard = format!("{}/webhooks/lapak/order", world.shop.url);
    let set = json!({ "suppliers": { "lapak": { "callback_url": { "lapak-0001": dashboard } } } });
    world.control("/control/settings", set).await;
    world.ordered(&with(diamonds(&world, "R2"), "override_callback_url", Value::Null)).await;
    world.jump(2_000).await;
    assert_eq!(world.shop.received().last().unwrap().path, "/webhooks/lapak/order");
    world.fault(json!({ "provider": "lapak", "call": "topup", "kind": "late_reversal", "delay_ms": 1_000 })).await;
    world.ordered(&diamonds(&world, "R3")).await;
    world.jump(2_000).await;
    let before = world.shop.count();
    world.jump(2_000).await;
    assert_eq!(state(&world.order_status("R3").await), ("SUCCESS", "REFUNDED"));
    assert_eq!(world.shop.count(), before, "what is taken back is not told");
}

#[tokio::test]
async fn the_lists_say_what_is_sold_to_whom_and_what_a_form_asks_for() {
    let world = World::new().await;
    let products = world.lapak_read("all-products").await["data"]["products"].take();
    let rows = products.as_array().unwrap();
    assert!(rows.len() >= 600, "{}", rows.len());
    let row = |code: &str| rows.iter().find(|row| row["code"] == code).unwrap();
    let diamonds = row(DIAMONDS);
    assert_eq!((&diamonds["name"], &diamonds["category_code"]), (&json!("86 Diamonds ( 78 + 8 Bonus )"), &json!("ML")));
    assert_eq!((&diamonds["provider_code"], &diamonds["status"]), (&json!("S2"), &json!("available")));
    assert!(diamonds["price"].is_i64() && diamonds["process_time"].is_i64());
    assert_eq!(row(VOUCHER)["name"], "Garena Shell IDR 100.000");
    assert!(rows.iter().any(|row| row["status"] == "empty"));
    assert!(rows.iter().any(|row| row["country_code"] == "MY"));
    let codes: std::collections::HashSet<&str> = rows.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), rows.len());
    let shorter = world.lapak_read("product?category_code=ML&country_code=ID").await["data"]["products"].take();
    assert!(shorter.as_array().unwrap().iter().all(|row| row["category_code"] == "ML"));
    assert!(shorter.as_array().unwrap().len() >= 24);

    let categories = world.lapak_read("category").await["data"]["categories"].take();
    let category = |code: &str| {
        let found = categories.as_array().unwrap().iter().find(|row| row["code"] == code);
        found.unwrap_or_else(|| panic!("no {code}")).clone()
    };
    let inputs = |code: &str| category(code)["forms"].as_array().unwrap().len();
    assert_eq!((inputs("ML"), inputs("FREEFIRE"), inputs("GARENA"), inputs("XL")), (2, 1, 0, 1));
    assert_eq!(category("ML")["check_id"], true);
    assert_eq!(category("GENSHIN")["servers"][0]["value"], "os_asia");
}

#[tokio::test]
async fn a_player_has_a_name_or_there_is_none() {
    let world = World::new().await;
    let ask = |category: &str, user: &str, zone: &str| json!({ "category_code": category, "user_id": user, "additional_id": zone });
    let known = world.uid_check(ask("ML", "156378300", "8483")).await;
    assert_eq!(known, json!({ "code": "SUCCESS", "data": { "name": "Penjual Pulsa" } }));
    let other = world.uid_check(ask("FREEFIRE", "1234567890", "")).await;
    assert_eq!((&other["code"], other["data"]["name"].is_string()), (&json!("SUCCESS"), true));
    for (body, expected) in [
        (ask("ML", "156378300", ""), "INVALID_USER_ID_OR_ADDITIONAL_ID"),
        (ask("ML", "abc", "8483"), "INVALID_USER_ID_OR_ADDITIONAL_ID"),
        (ask("ML", "", "8483"), "USER_ID_EMPTY"),
        (ask("GARENA", "1", ""), "INACTIVE"),
        (ask("NONSENSE", "1", ""), "CATEGORY_NOT_FOUND"),
        (json!([]), "CATEGORY_NOT_FOUND"),
    ] {
        assert_eq!(world.uid_check(body.clone()).await["code"], expected, "{body}");
    }
}

#[tokio::test]
async fn a_restart_knows_every_order() {
    let mut world = World::new().await;
    world.ordered(&with(diamonds(&world, "R1"), "product_code", json!("ML4649_883-S42"))).await;
    world.ordered(&diamonds(&world, "R2")).await;
    world.jump(2_000).await;
    let before = world.order_status("R2").await;
    world = world.restarted().await;
    assert_eq!(world.order_status("R2").await, before);
    assert_eq!(state(&world.order_status("R1").await), ("SUCCESS", "PENDING"));
}

//! Digiflazz: signatures, purchases that are asked about by being sent again, test numbers, bills, webhooks, lists.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::kit::{World, md5_hex};

const NAME: &str = "digi-0001";
const KEY: &str = "dfkey-0001";
const SKU: &str = "tsel-10";
const DAY_MS: i64 = 86_400_000;

fn hub_signature(bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(b"whsecret-0001").unwrap();
    mac.update(bytes);
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

impl World {
    async fn midday() -> Self {
        let mut world = Self::new().await;
        world.jump_to_hour(12).await;
        world
    }

    async fn send_digi(&self, path: &str, x: &str, fields: Value) -> reqwest::Result<reqwest::Response> {
        let mut body = json!({ "username": NAME, "sign": md5_hex(&format!("{NAME}{KEY}{x}")) });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.http.post(self.url(&format!("/digiflazz/v1/{path}"))).json(&body).send().await
    }

    async fn digi(&self, path: &str, x: &str, fields: Value) -> Value {
        let answer = self.send_digi(path, x, fields).await.unwrap();
        answer.json::<Value>().await.unwrap()["data"].take()
    }

    async fn transact(&self, order: &Value) -> Value {
        self.digi("transaction", order["ref_id"].as_str().unwrap(), order.clone()).await
    }

    async fn pasca(&self, commands: &str, reference: &str, code: &str, number: &str) -> Value {
        let mut order = order(reference, code, number);
        order["commands"] = json!(commands);
        self.transact(&order).await
    }

    async fn digi_reading(&self, reading: &str) {
        self.control("/control/settings", json!({ "suppliers": { "digiflazz": { "reading": reading } } })).await;
    }

    async fn digi_webhook(&self) {
        let url = format!("{}/webhooks/digiflazz/transaction", self.shop.url);
        let set = json!({ "suppliers": { "digiflazz": { "callback_url": { NAME: url } } } });
        self.control("/control/settings", set).await;
    }

    async fn saldo(&self) -> i64 {
        self.digi("cek-saldo", "depo", json!({ "cmd": "deposit" })).await["deposit"].as_i64().unwrap()
    }
}

fn order(reference: &str, code: &str, number: &str) -> Value {
    json!({ "ref_id": reference, "buyer_sku_code": code, "customer_no": number })
}

fn with(mut order: Value, field: &str, value: Value) -> Value {
    order[field] = value;
    order
}

fn stands(answer: &Value) -> (&str, &str) {
    (answer["status"].as_str().unwrap_or(""), answer["rc"].as_str().unwrap())
}

#[tokio::test]
async fn a_purchase_is_pending_then_delivered_and_sent_again_it_only_asks() {
    let mut world = World::midday().await;
    world.digi_webhook().await;
    let before = world.saldo().await;
    let bought = order("R1", SKU, "081234567890");
    let accepted = world.transact(&bought).await;
    assert_eq!(stands(&accepted), ("Pending", "03"));
    let price = accepted["price"].as_i64().unwrap();
    assert_eq!((&accepted["sn"], &accepted["buyer_last_saldo"]), (&json!(""), &json!(before - price)));
    assert_eq!(world.transact(&bought).await, accepted);
    world.jump(2_000).await;
    let done = world.transact(&bought).await;
    assert_eq!(stands(&done), ("Sukses", "00"));
    assert_eq!((done["sn"].as_str().unwrap().len(), world.saldo().await), (12, before - price));
    let truth = world.deliveries().await;
    assert_eq!((truth.len(), &truth[0]["serial"], &truth[0]["provider"]), (1, &done["sn"], &json!("digiflazz")));
    assert_eq!((&truth[0]["asked"], &truth[0]["checks"]), (&json!(1), &json!(2)));
    assert_eq!(world.arrivals_at("digiflazz", "R1").await, json!({ "topup": 1, "status": 2 }));

    let told = &world.shop.received()[0];
    assert_eq!((world.shop.count(), told.path.as_str()), (1, "/webhooks/digiflazz/transaction"));
    assert_eq!(told.header("x-hub-signature"), hub_signature(told.body.as_bytes()));
    assert_eq!((told.header("x-digiflazz-event"), told.header("user-agent")), ("update", "Digiflazz-Hookshot"));
    assert!(!told.header("x-digiflazz-delivery").is_empty());
    let data = told.data();
    for field in ["ref_id", "customer_no", "buyer_sku_code", "status", "rc", "sn", "price"] {
        assert_eq!(data[field], done[field], "{field}");
    }
}

#[tokio::test]
async fn a_question_about_what_never_arrived_buys_it_unless_the_price_is_guarded() {
    let world = World::midday().await;
    let lost = order("R1", SKU, "081234567890");
    world.fault(json!({ "provider": "digiflazz", "call": "topup", "kind": "drop_before", "times": 1 })).await;
    assert!(world.send_digi("transaction", "R1", lost.clone()).await.is_err());
    assert!(world.deliveries().await.is_empty());
    let guarded = world.transact(&with(lost.clone(), "max_price", json!(1))).await;
    assert_eq!(stands(&guarded), ("Gagal", "69"));
    assert!(world.deliveries().await.is_empty());
    assert_eq!(stands(&world.transact(&lost).await), ("Pending", "03"));
    assert_eq!(world.deliveries().await.len(), 1);

    let guarded = with(lost, "max_price", json!(1));
    assert_eq!(stands(&world.transact(&guarded).await), ("Pending", "03"), "the reference is looked at first");
    world.digi_reading("other").await;
    assert_eq!(stands(&world.transact(&guarded).await), ("Gagal", "69"), "or the guard");
    assert_eq!(world.deliveries().await.len(), 1);
}

#[tokio::test]
async fn after_ninety_days_a_reference_buys_anew() {
    let mut world = World::midday().await;
    let bought = order("R1", SKU, "081234567890");
    world.transact(&bought).await;
    world.jump(90 * DAY_MS - 60_000).await;
    assert_eq!(stands(&world.transact(&bought).await), ("Sukses", "00"));
    world.jump(60_000).await;
    assert_eq!(stands(&world.transact(&bought).await), ("Pending", "03"));
    world.jump(2_000).await;
    assert_eq!(stands(&world.transact(&bought).await), ("Sukses", "00"));
    let mut bought: Vec<Value> = world.deliveries().await.into_iter().map(|row| row["reference"].clone()).collect();
    bought.sort_by_key(Value::to_string);
    assert_eq!(bought, ["R1", "R1~2"]);
}

#[tokio::test]
async fn refusals_say_whether_something_was_formed() {
    let world = World::midday().await;
    let before = world.saldo().await;
    let good = || order("R1", SKU, "081234567890");
    for (n, (body, expected, formed)) in [
        (with(good(), "buyer_sku_code", json!("nonsense")), "43", false),
        (with(good(), "buyer_sku_code", json!("pln")), "43", false),
        (with(good(), "max_price", json!(10)), "69", false),
        (with(good(), "customer_no", json!("0812.34567890")), "40", false),
        (with(good(), "customer_no", json!("081712345678")), "52", true),
        (with(good(), "customer_no", json!("0912345678")), "54", true),
        (with(good(), "customer_no", json!("08123456789012")), "57", true),
        (with(good(), "commands", json!("dance")), "40", false),
        (with(good(), "customer_no", json!("")), "40", false),
    ]
    .into_iter()
    .enumerate()
    {
        let reference = format!("R{n}");
        let body = with(body, "ref_id", json!(reference));
        let answer = world.transact(&body).await;
        assert_eq!(answer["rc"], expected, "{body}");
        let truth = world.deliveries().await.into_iter().find(|row| row["reference"] == json!(reference));
        assert_eq!(truth.map(|row| row["state"].clone()), formed.then(|| json!("failed")), "{body}");
        if formed {
            assert_eq!(world.transact(&body).await["rc"], expected, "and asked about, it says the same");
        }
    }
    assert_eq!(world.saldo().await, before);
    world.transact(&order("S1", SKU, "081234567890")).await;
    assert_eq!(world.transact(&order("S1", SKU, "081234567891")).await["rc"], "49");
    assert_eq!(world.transact(&order("S1", "xl-10", "081234567890")).await["rc"], "49");
    world.control("/control/digiflazz/digi-0001/deposit", json!({ "set": 100 })).await;
    assert_eq!(world.transact(&order("S2", SKU, "081234567890")).await["rc"], "44");
    world.control("/control/digiflazz/digi-0001/deposit", json!({ "set": 10_000_000 })).await;
    world
        .fault(json!({ "provider": "digiflazz", "call": "topup", "kind": "refuse", "why": "address", "times": 1 }))
        .await;
    assert_eq!(world.transact(&order("S3", SKU, "081234567890")).await["rc"], "45");
    let wrong = world.digi("transaction", "S5", order("S4", SKU, "081234567890")).await;
    assert_eq!(stands(&wrong), ("Gagal", "41"));
    let nobody = json!({ "username": "nobody", "sign": "x", "cmd": "deposit" });
    let nobody = world.http.post(world.url("/digiflazz/v1/cek-saldo")).json(&nobody).send().await.unwrap();
    assert_eq!(nobody.status(), 200);
    assert_eq!(nobody.json::<Value>().await.unwrap()["data"]["rc"], "41");
    world.digi_reading("other").await;
    let answer = world.send_digi("transaction", "S9", order("S9", "nonsense", "081234567890")).await.unwrap();
    assert_eq!(answer.status(), 400, "what formed nothing");
    assert_eq!(stands(&world.transact(&order("S8", SKU, "081234567890")).await), ("Pending", "99"));
}

#[tokio::test]
async fn electricity_is_not_sold_around_midnight_and_what_was_tried_failed() {
    let mut world = World::new().await;
    world.jump_to_hour(0).await;
    let token = order("R1", "pln-20", "12345678901");
    assert_eq!(stands(&world.transact(&token).await), ("Gagal", "58"));
    assert_eq!(world.deliveries().await[0]["state"], "failed");
    assert_eq!(world.pasca("inq-pasca", "R2", "pln", "530000000001").await["rc"], "58");
    assert_eq!(world.deliveries().await.len(), 1, "asking forms nothing");
    world.jump(16 * 60_000).await;
    assert_eq!(stands(&world.transact(&with(token, "ref_id", json!("R3"))).await), ("Pending", "03"));
    for (reading, dashes) in [("likely", 0), ("other", 4)] {
        world.digi_reading(reading).await;
        let reference = format!("T{reading}");
        let token = order(&reference, "pln-50", "12345678901");
        world.transact(&token).await;
        world.jump(2_000).await;
        let sn = world.transact(&token).await["sn"].as_str().unwrap().to_owned();
        let (digits, rest) = sn.split_once('/').unwrap();
        assert_eq!((digits.len(), digits.matches('-').count()), (20 + dashes, dashes), "{sn}");
        assert!(rest.starts_with("PT X/R1"), "{sn}");
    }
}

#[tokio::test]
async fn test_numbers_end_as_they_say() {
    let mut world = World::midday().await;
    world.digi_webhook().await;
    let number = |end: &str| order(&format!("R{end}"), "xl-10", &format!("08780000{end}"));
    for (end, at_once, later) in [
        ("1230", ("Sukses", "00"), ("Sukses", "00")),
        ("1232", ("Gagal", "02"), ("Gagal", "02")),
        ("1233", ("Pending", "03"), ("Sukses", "00")),
        ("1234", ("Pending", "03"), ("Gagal", "02")),
    ] {
        assert_eq!(stands(&world.transact(&number(end)).await), at_once, "{end}");
        world.jump(6_000).await;
        assert_eq!(stands(&world.transact(&number(end)).await), later, "{end}");
    }
    let event = |end: &str| {
        let told = world.shop.received();
        told.iter().find(|told| told.body.contains(&format!("R{end}"))).unwrap().header("x-digiflazz-event").to_owned()
    };
    assert_eq!((event("1230").as_str(), event("1234").as_str()), ("create", "update"));
    world.control("/control/settings", json!({ "suppliers": { "digiflazz": { "endings": false } } })).await;
    assert_eq!(stands(&world.transact(&with(number("1232"), "ref_id", json!("S1"))).await), ("Pending", "03"));
}

#[tokio::test]
async fn what_was_delivered_may_be_refunded_and_webhooks_be_forged_or_sent_again() {
    let mut world = World::midday().await;
    let url = format!("{}/own", world.shop.url);
    let bought = with(order("R1", SKU, "081234567890"), "cb_url", json!(url));
    let fault = |call: &str, kind: &str| json!({ "provider": "digiflazz", "call": call, "kind": kind, "times": 1, "delay_ms": 10_000 });
    world.fault(fault("topup", "late_reversal")).await;
    world.fault(json!({ "provider": "digiflazz", "call": "callback", "kind": "forged", "times": 1 })).await;
    world.transact(&bought).await;
    world.jump(2_000).await;
    assert_eq!(stands(&world.transact(&bought).await), ("Sukses", "00"));
    world.jump(10_000).await;
    assert_eq!(stands(&world.transact(&bought).await), ("Gagal", "74"));
    let told: Vec<(String, bool)> = world
        .shop
        .received()
        .iter()
        .map(|told| {
            assert_eq!(told.path, "/own");
            let signed = told.header("x-hub-signature") == hub_signature(told.body.as_bytes());
            (told.data()["rc"].as_str().unwrap().to_owned(), signed)
        })
        .collect();
    assert_eq!(told, [("02".to_owned(), false), ("00".to_owned(), true), ("74".to_owned(), true)]);

    for (reading, tries) in [("likely", 4), ("other", 1)] {
        world.digi_reading(reading).await;
        world.shop.reply_with(500, "no");
        let before = world.shop.count();
        world
            .transact(&with(with(bought.clone(), "ref_id", json!(reading)), "customer_no", json!("081234567899")))
            .await;
        for _ in 0..10 {
            world.jump(5 * 60_000).await;
        }
        assert_eq!(world.shop.count() - before, tries, "{reading}");
    }
}

#[tokio::test]
async fn a_bill_is_asked_paid_and_asked_about_under_one_reference() {
    let mut world = World::midday().await;
    world.digi_webhook().await;
    let before = world.saldo().await;
    let asked = world.pasca("inq-pasca", "R1", "pln", "530000000002").await;
    assert_eq!(stands(&asked), ("Sukses", "00"));
    let desc = &asked["desc"];
    assert_eq!((&desc["lembar_tagihan"], &desc["lembar_tagihan_sisa"]), (&json!(3), &json!(5)));
    let sum = |field: &str| {
        let lines = desc["detail"].as_array().unwrap().iter();
        lines.map(|line| line[field].as_str().unwrap().parse::<i64>().unwrap()).sum::<i64>()
    };
    assert_eq!((asked["admin"].as_i64(), sum("admin")), (Some(9_000), 9_000));
    assert_eq!(asked["selling_price"], sum("nilai_tagihan") + sum("denda") + sum("admin"));
    let price = asked["price"].as_i64().unwrap();
    assert!(price < asked["selling_price"].as_i64().unwrap());
    assert_eq!(world.pasca("inq-pasca", "R1", "pln", "530000000002").await, asked, "asked again, the same");
    assert_eq!(stands(&world.pasca("status-pasca", "R1", "pln", "530000000002").await), ("Gagal", "50"));
    assert!(world.deliveries().await.is_empty());

    let paid = world.pasca("pay-pasca", "R1", "pln", "530000000002").await;
    assert_eq!((stands(&paid), &paid["price"]), (("Pending", "03"), &json!(price)));
    assert_eq!(world.pasca("pay-pasca", "R1", "pln", "530000000002").await["rc"], "03", "once");
    world.jump(2_000).await;
    let done = world.pasca("status-pasca", "R1", "pln", "530000000002").await;
    assert_eq!(stands(&done), ("Sukses", "00"));
    assert_eq!(world.saldo().await, before - price);
    let truth = &world.deliveries().await[0];
    assert_eq!((&truth["serial"], truth["bills"].as_array().unwrap().len()), (&done["sn"], 3));
    let told = &world.shop.received()[0];
    assert_eq!((told.header("user-agent"), &told.data()["sn"]), ("Digiflazz-Pasca-Hookshot", &done["sn"]));
    let rest = world.pasca("inq-pasca", "R2", "pln", "530000000002").await;
    assert_eq!(rest["desc"]["lembar_tagihan_sisa"], 2);
    assert_eq!(world.arrivals_at("digiflazz", "R1").await, json!({ "bill_inquiry": 2, "topup": 2, "status": 2 }));
    let once = world.pasca("inq-pasca", "R3", "pln", "530000000001").await;
    assert_eq!(stands(&once), ("Sukses", "00"));
    assert_eq!(stands(&world.pasca("pay-pasca", "R3", "pln", "530000000001").await), ("Sukses", "00"));
}

#[tokio::test]
async fn bills_that_cannot_be_paid_say_why() {
    let mut world = World::midday().await;
    assert_eq!(world.pasca("pay-pasca", "R1", "pln", "530000000001").await["rc"], "50", "nobody asked");
    world.pasca("inq-pasca", "R1", "pln", "530000000001").await;
    assert_eq!(world.pasca("pay-pasca", "R1", "pln", "530000000002").await["rc"], "49");
    assert_eq!(world.pasca("inq-pasca", "R1", "pln", "530000000002").await["rc"], "49");
    let guarded = with(order("R1", "pln", "530000000001"), "commands", json!("pay-pasca"));
    assert_eq!(world.transact(&with(guarded, "max_price", json!(1))).await["rc"], "69");
    world.control("/control/bills", json!({ "goods": "plnbill/pln", "number": "530000000001" })).await;
    assert_eq!(world.pasca("inq-pasca", "R2", "pln", "530000000001").await["rc"], "60");
    assert!(world.deliveries().await.is_empty());
    assert_eq!(stands(&world.pasca("pay-pasca", "R1", "pln", "530000000001").await), ("Gagal", "60"));
    assert_eq!(world.deliveries().await[0]["state"], "failed", "it was formed");
    assert_eq!(world.pasca("inq-pasca", "R3", SKU, "081234567890").await["rc"], "43");
    assert_eq!(world.pasca("inq-pasca", "R3", "pln", "5300").await["rc"], "54");
    for code in ["bpjs", "kotasurabaya", "indihome"] {
        let number = if code == "bpjs" { "8801234560001" } else { "1020200100" };
        let asked = world.pasca("inq-pasca", &format!("S{code}"), code, number).await;
        assert_eq!(stands(&asked), ("Sukses", "00"), "{code}");
        assert!(asked["desc"]["detail"].is_array());
    }
    world.jump(13 * 3_600_000).await;
    assert_eq!(world.pasca("pay-pasca", "Sbpjs", "bpjs", "8801234560001").await["rc"], "50", "of yesterday");
}

#[tokio::test]
async fn the_lists_say_what_is_sold_and_are_limited_as_they_are_read() {
    let mut world = World::new().await;
    let list = async |world: &World, cmd: &str| world.digi("price-list", "pricelist", json!({ "cmd": cmd })).await;
    let prepaid = list(&world, "prepaid").await;
    let rows = prepaid.as_array().unwrap();
    assert!(rows.len() >= 500, "{}", rows.len());
    let row = |rows: &[Value], code: &str| rows.iter().find(|row| row["buyer_sku_code"] == code).unwrap().clone();
    let airtime = row(rows, SKU);
    assert_eq!((&airtime["category"], &airtime["brand"]), (&json!("Pulsa"), &json!("TELKOMSEL")));
    assert_eq!((&airtime["product_name"], airtime["price"].is_i64()), (&json!("Telkomsel 10.000"), true));
    assert_eq!(airtime["start_cut_off"], airtime["end_cut_off"]);
    let token = row(rows, "pln-20");
    assert_eq!((&token["start_cut_off"], &token["end_cut_off"]), (&json!("23:45"), &json!("00:15")));
    let is_off = |row: &Value| row["buyer_product_status"] == false || row["seller_product_status"] == false;
    assert!(rows.iter().any(is_off) && !is_off(&airtime));
    let pasca = list(&world, "pasca").await;
    let bill = row(pasca.as_array().unwrap(), "pln");
    assert_eq!((&bill["category"], &bill["brand"]), (&json!("Pascabayar"), &json!("PLN PASCABAYAR")));
    assert!(bill["admin"].as_i64() > bill["commission"].as_i64());
    assert_eq!(list(&world, "nonsense").await["rc"], "40");
    world.digi_reading("other").await;
    assert!(list(&world, "prepaid").await.is_array());
    assert_eq!(list(&world, "prepaid").await["rc"], "83");
    assert!(list(&world, "pasca").await.is_array());
    world.jump(61_000).await;
    assert!(list(&world, "prepaid").await.is_array());
}

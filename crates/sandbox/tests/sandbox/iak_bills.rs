//! IAK's bills: list, inquiry, payment, question, and the numbers of its own sandbox.

use serde_json::{Value, json};

use crate::kit::{API_KEY, USER, World, md5_hex};

const PLN: &str = "PLNPOSTPAID";
const HOUR_MS: i64 = 3_600_000;

impl World {
    /// At noon in Jakarta, when every bill can be paid.
    async fn at_noon() -> Self {
        let mut world = Self::new().await;
        world.jump_to_hour(12).await;
        world
    }

    async fn send_bill(&self, commands: &str, x: &str, fields: Value) -> reqwest::Result<reqwest::Response> {
        let sign = md5_hex(&format!("{USER}{API_KEY}{x}"));
        let mut body = json!({ "commands": commands, "username": USER, "sign": sign });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.http.post(self.url("/iak/api/v1/bill/check")).json(&body).send().await
    }

    async fn bill(&self, commands: &str, x: &str, fields: Value) -> Value {
        let mut answer: Value = self.send_bill(commands, x, fields).await.unwrap().json().await.unwrap();
        assert_eq!(answer["meta"], json!([]));
        answer["data"].take()
    }

    async fn inquire(&self, reference: &str, code: &str, number: &str) -> Value {
        self.bill("inq-pasca", reference, json!({ "ref_id": reference, "code": code, "hp": number })).await
    }

    async fn pay_bill(&self, inquiry: &Value) -> Value {
        self.bill("pay-pasca", &inquiry["tr_id"].to_string(), json!({ "tr_id": inquiry["tr_id"] })).await
    }

    async fn bill_status(&self, reference: &str) -> Value {
        self.bill("checkstatus", "cs", json!({ "ref_id": reference })).await
    }

    async fn endings(&self, on: bool) {
        self.control("/control/settings", json!({ "suppliers": { "iak": { "endings": on } } })).await;
    }

    async fn iak_reading(&self, reading: &str) {
        self.control("/control/settings", json!({ "suppliers": { "iak": { "reading": reading } } })).await;
    }

    async fn owes(&self, goods: &str, number: &str) -> usize {
        let debt = self.get(&format!("/control/bills?goods={goods}&number={number}")).await;
        debt["bills"].as_array().unwrap().len()
    }
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn rc(answer: &Value) -> &str {
    answer["response_code"].as_str().unwrap()
}

fn stands(answer: &Value) -> (&str, i64) {
    (rc(answer), answer["status"].as_i64().unwrap_or(-1))
}

#[tokio::test]
async fn a_bill_is_asked_paid_at_once_and_owed_no_more() {
    let world = World::at_noon().await;
    let before = world.balance().await;
    let asked = world.inquire("R1", PLN, "530000000001").await;
    assert_eq!((rc(&asked), &asked["ref_id"], &asked["hp"]), ("00", &json!("R1"), &json!("530000000001")));
    let owed = world.get("/control/bills?goods=plnbill/pln&number=530000000001").await;
    let nominal = owed["bills"][0]["amount"].as_i64().unwrap();
    assert_eq!(
        (&asked["nominal"], &asked["admin"], &asked["tr_name"]),
        (&json!(nominal), &json!(2_500), &owed["holder"])
    );
    assert_eq!((&asked["price"], &asked["selling_price"]), (&json!(nominal + 2_500), &json!(nominal + 1_900)));
    assert_eq!(stands(&world.bill_status("R1").await), ("42", 0), "asked is not paid");
    assert_eq!(world.balance().await, before);
    assert!(world.deliveries().await.is_empty());

    let paid = world.pay_bill(&asked).await;
    assert_eq!(stands(&paid), ("00", 1));
    for field in ["tr_id", "code", "hp", "tr_name", "period", "nominal", "admin", "ref_id", "price", "selling_price"] {
        assert_eq!(paid[field], asked[field], "{field}");
    }
    let receipt = paid["noref"].as_str().unwrap();
    assert!(receipt.len() == 32 && receipt.bytes().all(|byte| byte.is_ascii_hexdigit()), "{receipt}");
    assert!(paid["datetime"].as_str().unwrap().len() == 14);
    assert_eq!(paid["balance"], json!(before - nominal - 1_900));
    assert_eq!(world.bill_status("R1").await, paid);

    let truth = &world.deliveries().await[0];
    assert_eq!((&truth["state"], &truth["serial"]), (&json!("delivered"), &json!(receipt)));
    assert_eq!((&truth["price_minor"], &truth["reference"]), (&json!((nominal + 1_900) * 100), &json!("R1")));
    assert_eq!(truth["bills"], json!([asked["period"]]));
    assert_eq!(world.owes("plnbill/pln", "530000000001").await, 0);
    assert_eq!(rc(&world.inquire("R2", PLN, "530000000001").await), "01");
    assert_eq!(world.shop.count(), 0, "of bills nobody is told");
    assert_eq!(world.arrivals("R1").await, json!({ "bill_inquiry": 1, "topup": 1, "status": 2 }));
}

#[tokio::test]
async fn four_of_eight_bills_are_paid_at_once_and_the_rest_the_next_time() {
    let world = World::at_noon().await;
    let mut types = Vec::new();
    for (reference, left) in [("R1", 4), ("R2", 0)] {
        let asked = world.inquire(reference, PLN, "530000000002").await;
        let desc = &asked["desc"];
        assert_eq!((whole(&desc["lembar_tagihan"]), whole(&desc["lembar_tagihan_sisa"])), (4, left));
        let lines = desc["tagihan"]["detail"].as_array().unwrap();
        let sum = |field: &str| lines.iter().map(|line| whole(&line[field])).sum::<i64>();
        assert_eq!(asked["nominal"], sum("nilai_tagihan") + sum("denda"));
        assert_eq!((asked["admin"].as_i64(), sum("admin")), (Some(10_000), 10_000));
        assert_eq!(asked["price"], sum("total"));
        assert_eq!(asked["selling_price"], sum("total") - 4 * 600);
        types.push(desc["lembar_tagihan"].is_string());
        let paid = world.pay_bill(&asked).await;
        assert_eq!((rc(&paid), whole(&paid["desc"]["lembar_tagihan_sisa"])), ("00", left));
    }
    types.sort_unstable();
    assert_eq!(types, [false, true], "numbers are text in one reply, and none in the next");
    assert_eq!(world.owes("plnbill/pln", "530000000002").await, 0);
}

#[tokio::test]
async fn each_kind_of_bill_has_its_own_particulars() {
    let world = World::at_noon().await;
    let health = json!({ "ref_id": "R1", "code": "BPJS", "hp": "8801234560001", "month": "3" });
    let health = world.bill("inq-pasca", "R1", health).await;
    assert_eq!((rc(&health), health["period"].as_str().unwrap().split(',').count()), ("00", 3));
    assert_eq!(whole(&health["desc"]["jumlah_peserta"]), 1);
    assert_eq!(health["price"].as_i64().unwrap() - health["selling_price"].as_i64().unwrap(), 600);
    let months = |months: Value| json!({ "ref_id": "R9", "code": "BPJS", "hp": "8801234560001", "month": months });
    for wrong in [json!(0), json!(13), json!("x")] {
        assert_eq!(rc(&world.bill("inq-pasca", "R9", months(wrong)).await), "107");
    }
    let water = world.inquire("R2", "PDAMKOTA.MEDAN", "10202002").await;
    assert_eq!(whole(&water["desc"]["bill_quantity"]), 4);
    assert_eq!(water["desc"]["bill"]["detail"].as_array().unwrap().len(), 4);
    assert_eq!(water["desc"]["pdam_name"], "PDAM KOTA MEDAN");
    let line = world.inquire("R3", "TELKOMPSTN", "6391601202").await;
    assert_eq!(line["desc"]["tagihan"]["detail"].as_array().unwrap().len(), 3);
    assert_eq!(rc(&world.inquire("R4", "CBN", "01927101").await), "00");
    assert_eq!(rc(&world.pay_bill(&health).await), "00");
}

#[tokio::test]
async fn the_numbers_of_its_own_sandbox_end_as_they_say() {
    let mut world = World::at_noon().await;
    for (n, (code, number)) in
        [(PLN, "53000000000"), ("BPJS", "880123456000"), ("PDAMKOTA.MEDAN", "1020200"), ("TELKOMPSTN", "639160120")]
            .into_iter()
            .enumerate()
    {
        for (digit, asked, paid, then) in [
            ("3", "103", "", ("06", -1)),
            ("4", "01", "", ("06", -1)),
            ("5", "14", "", ("06", -1)),
            ("6", "00", "37", ("37", 2)),
            ("7", "00", "39", ("39", 3)),
            ("8", "00", "105", ("37", 2)),
        ] {
            let reference = format!("R{n}{digit}");
            let inquiry = world.inquire(&reference, code, &format!("{number}{digit}")).await;
            assert_eq!(rc(&inquiry), asked, "{code} {digit}");
            if asked == "00" {
                assert_eq!(rc(&world.pay_bill(&inquiry).await), paid, "{code} {digit}");
            }
            assert_eq!(stands(&world.bill_status(&reference).await), then, "{code} {digit}");
        }
    }
    world.jump(2_000).await;
    assert_eq!(stands(&world.bill_status("R07").await), ("00", 1));
    assert_eq!(world.owes("plnbill/pln", "530000000007").await, 0);
    assert_ne!(world.owes("plnbill/pln", "530000000006").await, 0, "what failed is owed");

    // Any code at any stage, by number.
    for (number, asked, paid, then) in [
        ("08991230000", "00", "00", ("00", 1)),
        ("08991230010", "10", "", ("06", -1)),
        ("08991230109", "109", "", ("06", -1)),
        ("08991231017", "00", "17", ("42", 0)),
        ("08991231033", "00", "33", ("33", 2)),
        ("08991231201", "00", "201", ("39", 3)),
        ("08991231091", "00", "91", ("37", 2)),
    ] {
        let reference = format!("S{number}");
        let inquiry = world.inquire(&reference, PLN, number).await;
        assert_eq!(rc(&inquiry), asked, "{number}");
        if asked == "00" {
            let said = world.pay_bill(&inquiry).await;
            assert!(rc(&said) == paid || (paid == "201" && rc(&said) == "39"), "{number}: {said}");
        }
        assert_eq!(stands(&world.bill_status(&reference).await), then, "{number}");
    }
    world.endings(false).await;
    assert_eq!(rc(&world.inquire("T1", PLN, "530000000004").await), "00", "a number like others");
}

#[tokio::test]
async fn what_the_documents_leave_open_is_read_both_ways() {
    let world = World::at_noon().await;
    world.iak_reading("other").await;
    let asked = world.inquire("R1", PLN, "530000000002").await;
    assert_eq!(asked["admin"], 2_500, "one fee for all bills");
    assert_eq!(asked["price"].as_i64().unwrap() - asked["selling_price"].as_i64().unwrap(), 600);
    assert_eq!(stands(&world.bill_status("R1").await), ("06", 0));
    let paid = world.pay_bill(&asked).await;
    assert!(paid["no_ref"].is_string() && paid.get("noref").is_none());
    let unclear = world.inquire("R2", PLN, "530000000008").await;
    assert_eq!(rc(&world.pay_bill(&unclear).await), "105");
    assert_eq!(stands(&world.bill_status("R2").await), ("00", 1), "it was paid all the same");

    let health = json!({ "ref_id": "R3", "code": "BPJS", "hp": "8801234560001" });
    let health = world.bill("inq-pasca", "R3", health).await;
    world.pay_bill(&health).await;
    let ahead = world.inquire("R4", "BPJS", "8801234560001").await;
    assert_eq!(rc(&ahead), "00", "the next month is paid ahead");
    assert_ne!(ahead["period"], health["period"]);
    world.iak_reading("likely").await;
    assert_eq!(rc(&world.inquire("R5", "BPJS", "8801234560001").await), "01");
}

#[tokio::test]
async fn refusals_carry_the_code_of_their_reason_and_pay_nothing() {
    let mut world = World::at_noon().await;
    for (reference, code, number, expected) in [
        ("R-1", PLN, "530000000001", "03"),
        ("", PLN, "530000000001", "03"),
        ("R1", "NONSENSE", "530000000001", "20"),
        ("R1", "htelkomsel10000", "081234567890", "20"),
        ("R1", PLN, "5300", "14"),
        ("R1", "BPJS", "12345", "14"),
    ] {
        assert_eq!(rc(&world.inquire(reference, code, number).await), expected, "{reference} {code} {number}");
    }
    let wrong_sign = world.bill("inq-pasca", "R2", json!({ "ref_id": "R1", "code": PLN, "hp": "530000000001" })).await;
    assert_eq!(rc(&wrong_sign), "100");
    assert_eq!(rc(&world.bill("dance", "cs", json!({})).await), "101");
    let garbage = world.http.post(world.url("/iak/api/v1/bill/check")).body("{").send().await.unwrap();
    assert_eq!(rc(&garbage.json::<Value>().await.unwrap()["data"]), "107");

    let asked = world.inquire("R1", PLN, "530000000001").await;
    assert_eq!(rc(&world.inquire("R1", PLN, "530000000001").await), "11", "an inquiry uses its reference up");
    assert_eq!(rc(&world.bill("pay-pasca", "1", json!({ "tr_id": 1 })).await), "06");
    assert_eq!(rc(&world.bill("pay-pasca", "1", json!({ "tr_id": asked["tr_id"] })).await), "100");
    assert_eq!(stands(&world.bill_status("R404").await), ("06", -1));
    world.control("/control/iak/628000000001/deposit", json!({ "set": 100 })).await;
    assert_eq!(rc(&world.pay_bill(&asked).await), "17");
    world.control("/control/iak/628000000001/deposit", json!({ "set": 100_000_000 })).await;
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "refuse", "why": "cut_off", "times": 1 })).await;
    assert_eq!(rc(&world.pay_bill(&asked).await), "109");
    world
        .fault(json!({ "provider": "iak", "call": "bill_inquiry", "kind": "refuse", "why": "busy", "times": 1 }))
        .await;
    let busy = json!({ "ref_id": "R7", "code": PLN, "hp": "530000000001" });
    assert_eq!(world.send_bill("inq-pasca", "R7", busy).await.unwrap().status(), 429);
    // Paid at a counter meanwhile.
    let other = world.inquire("R3", PLN, "530000000001").await;
    world.control("/control/bills", json!({ "goods": "plnbill/pln", "number": "530000000001" })).await;
    assert_eq!(rc(&world.pay_bill(&asked).await), "01");
    assert_eq!(rc(&world.pay_bill(&other).await), "01");
    assert!(world.deliveries().await.is_empty());

    let yesterday = world.inquire("R4", "PDAMKOTA.SURABAYA", "10202001").await;
    world.jump(13 * HOUR_MS).await;
    assert_eq!(rc(&world.pay_bill(&yesterday).await), "04", "inquiry and payment are of one day");
    world.jump_to_hour(23).await;
    assert_eq!(rc(&world.inquire("R5", PLN, "530000000002").await), "109");
    world.jump(2 * HOUR_MS).await;
    assert_eq!(rc(&world.inquire("R6", PLN, "530000000002").await), "00");
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn answers_get_lost_and_payments_fail_or_wait_as_a_fault_says() {
    let mut world = World::at_noon().await;
    let fault = |kind: &str| json!({ "provider": "iak", "call": "topup", "kind": kind, "times": 1 });
    let ask = async |world: &World, n: &str| world.inquire(&format!("R{n}"), PLN, &format!("53000000011{n}")).await;
    let send = async |world: &World, inquiry: &Value| {
        world.send_bill("pay-pasca", &inquiry["tr_id"].to_string(), json!({ "tr_id": inquiry["tr_id"] })).await
    };
    for (n, kind, then) in [("1", "drop_after", ("00", 1)), ("2", "drop_before", ("42", 0))] {
        let asked = ask(&world, n).await;
        world.fault(fault(kind)).await;
        assert!(send(&world, &asked).await.is_err());
        assert_eq!(stands(&world.bill_status(&format!("R{n}")).await), then, "{kind}");
    }
    let asked = ask(&world, "3").await;
    world.fault(fault("fail")).await;
    assert_eq!(stands(&world.pay_bill(&asked).await), ("37", 2));
    let asked = ask(&world, "4").await;
    world
        .fault(json!({ "provider": "iak", "call": "topup", "kind": "pending_for", "delay_ms": 60_000, "times": 1 }))
        .await;
    assert_eq!(stands(&world.pay_bill(&asked).await), ("39", 3));
    assert_eq!(stands(&world.pay_bill(&asked).await), ("39", 3), "once");
    world.jump(61_000).await;
    assert_eq!(stands(&world.bill_status("R4").await), ("00", 1));
    assert_eq!(world.deliveries().await.iter().filter(|row| row["state"] == "delivered").count(), 2);

    // Two that mean to pay the same: the one that waits finds it paid.
    let (slow, fast) = (world.inquire("R5", PLN, "530000000117").await, world.inquire("R6", PLN, "530000000117").await);
    world
        .fault(json!({ "provider": "iak", "call": "topup", "kind": "pending_for", "delay_ms": 60_000, "times": 1 }))
        .await;
    assert_eq!(stands(&world.pay_bill(&slow).await), ("39", 3));
    assert_eq!(stands(&world.pay_bill(&fast).await), ("00", 1));
    world.jump(61_000).await;
    assert_eq!(stands(&world.bill_status("R5").await), ("01", 2));
    assert_eq!(world.balance().await, {
        let kept = world.deliveries().await.into_iter().filter(|row| row["state"] == "delivered");
        10_000_000_000 - kept.map(|row| row["price_minor"].as_i64().unwrap() / 100).sum::<i64>()
    });
}

#[tokio::test]
async fn the_list_of_bills_is_apart_from_that_of_goods() {
    let world = World::new().await;
    let list = world.bill("pricelist-pasca", "pl", json!({ "status": "all" })).await;
    let rows = list["pasca"].as_array().unwrap();
    let row = |code: &str| rows.iter().find(|row| row["code"] == code).unwrap();
    assert_eq!((&row(PLN)["type"], &row(PLN)["fee"], &row(PLN)["komisi"]), (&json!("pln"), &json!(2_500), &json!(600)));
    assert_eq!((&row("PDAMKOTA.SURABAYA")["type"], &row(PLN)["status"]), (&json!("pdam"), &json!(1)));
    assert!(rows.len() >= 70 && rows.iter().any(|row| row["type"] == "internet"));
    let sign = md5_hex(&format!("{USER}{API_KEY}pl"));
    let body = json!({ "commands": "pricelist-pasca", "username": USER, "sign": sign, "status": "active" });
    let water = world.http.post(world.url("/iak/api/v1/bill/check/pdam")).json(&body).send().await.unwrap();
    let water: Value = water.json().await.unwrap();
    assert!(water["data"]["pasca"].as_array().unwrap().iter().all(|row| row["type"] == "pdam"));
    assert_eq!(rc(&world.bill("pricelist-pasca", "cs", json!({})).await), "100");
}

#[tokio::test]
async fn a_restart_knows_what_was_paid_and_forgets_what_was_asked() {
    let mut world = World::at_noon().await;
    let paid = world.inquire("R1", PLN, "530000000001").await;
    world.pay_bill(&paid).await;
    let asked = world.inquire("R2", PLN, "530000000002").await;
    world = world.restarted().await;
    let again = world.bill_status("R1").await;
    assert_eq!((stands(&again), &again["selling_price"]), (("00", 1), &paid["selling_price"]));
    assert_eq!((&again["nominal"], &again["tr_name"]), (&paid["nominal"], &paid["tr_name"]));
    assert_eq!(rc(&world.pay_bill(&asked).await), "06");
    assert_eq!(world.owes("plnbill/pln", "530000000001").await, 0);
}

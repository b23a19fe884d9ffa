//! BillFazz: credentials, list, purchase, used references, bills, test numbers, callbacks, both readings.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder};
use sandbox::Reading;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::kit::World;
use crate::receiver::Received;

const CODE: &str = "TLKM10";
const WATER: &str = "PASCAPDAMKOTASURABAYA";
const HALF_HOUR_MS: i64 = 30 * 60_000;

fn signature(notice: &Received) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"bfcb-0001").unwrap();
    mac.update(format!("{}.{}", notice.header("x-billfazz-timestamp"), notice.body).as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn is_signed(notice: &Received) -> bool {
    notice.header("x-billfazz-signature") == signature(notice)
}

fn said(notice: &Received) -> Value {
    serde_json::from_str(&notice.body).unwrap()
}

/// Status and error code of an answer.
async fn refusal(answer: reqwest::Response) -> (u16, String) {
    let status = answer.status().as_u16();
    (status, answer.json::<Value>().await.unwrap()["code"].as_str().unwrap_or("").to_owned())
}

impl World {
    fn ask_billfazz(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(&format!("/billfazz{path}")));
        request.basic_auth("client-0001", Some("secret-0001"))
    }

    async fn billfazz(&self, path: &str, body: Value) -> reqwest::Result<reqwest::Response> {
        self.ask_billfazz(Method::POST, path).json(&body).send().await
    }

    async fn read_billfazz(&self, path: &str) -> Value {
        self.ask_billfazz(Method::GET, path).send().await.unwrap().json().await.unwrap()
    }

    async fn order_for(&self, reference: &str, number: &str) -> reqwest::Result<reqwest::Response> {
        self.billfazz("/prepaid/payment", order(self, reference, CODE, number)).await
    }

    async fn billfazz_ordered(&self, reference: &str, number: &str) -> Value {
        self.order_for(reference, number).await.unwrap().json().await.unwrap()
    }

    async fn advice(&self, reference: &str) -> Value {
        self.read_billfazz(&format!("/orders?refId={reference}")).await
    }

    async fn in_deposit(&self) -> i64 {
        self.read_billfazz("/app/deposits/balance").await["balance"].as_i64().unwrap()
    }

    async fn billfazz_inquire(&self, code: &str, number: &str) -> reqwest::Response {
        let ask = json!({ "destinationNo": number, "productCode": code });
        self.billfazz("/postpaid/inquiry", ask).await.unwrap()
    }

    async fn owed_at_billfazz(&self, number: &str) -> Value {
        self.billfazz_inquire(WATER, number).await.json().await.unwrap()
    }

    async fn billfazz_pay_bill(&self, inquiry: &Value, reference: &str) -> reqwest::Response {
        let url = format!("{}/webhooks/billfazz/order", self.shop.url);
        let ask = json!({ "inquiryId": inquiry["inquiryId"], "refId": reference, "callbackUrl": url });
        self.billfazz("/postpaid/payment", ask).await.unwrap()
    }
}

fn order(world: &World, reference: &str, code: &str, number: &str) -> Value {
    let url = format!("{}/webhooks/billfazz/order", world.shop.url);
    json!({ "refId": reference, "productCode": code, "destinationNo": number, "callbackUrl": url })
}

#[tokio::test]
async fn an_order_is_pending_then_delivered_then_called_back() {
    let mut world = World::new().await;
    let before = world.in_deposit().await;
    let answer = world.order_for("R1", "081234567890").await.unwrap();
    assert_eq!(answer.status(), 201);
    let accepted: Value = answer.json().await.unwrap();
    assert_eq!(
        (&accepted["status"], &accepted["sn"], &accepted["token"]),
        (&json!("pending"), &Value::Null, &Value::Null)
    );
    assert_eq!((&accepted["refId"], &accepted["productCode"]), (&json!("R1"), &json!(CODE)));
    world.jump(2_000).await;
    let done = world.advice("R1").await;
    assert_eq!((&done["status"], &done["orderId"]), (&json!("success"), &accepted["orderId"]));
    assert_eq!(before - world.in_deposit().await, done["price"].as_i64().unwrap());
    assert_eq!(world.read_billfazz(&format!("/orders/{}", done["orderId"].as_str().unwrap())).await, done);

    let truth = &world.deliveries().await[0];
    assert_eq!((&truth["provider"], &truth["account"]), (&json!("billfazz"), &json!("client-0001")));
    assert_eq!((&truth["serial"], &truth["state"], &truth["bills"]), (&done["sn"], &json!("delivered"), &Value::Null));

    let received = world.shop.received();
    assert_eq!((received.len(), received[0].path.as_str()), (1, "/webhooks/billfazz/order"));
    assert!(is_signed(&received[0]));
    assert_eq!(said(&received[0]), done);
    let sent_s: i64 = received[0].header("x-billfazz-timestamp").parse().unwrap();
    assert!((world.now_ms() / 1_000 - sent_s).abs() <= 2, "{sent_s}");
    assert_eq!(world.arrivals_at("billfazz", "R1").await, json!({ "topup": 1, "status": 2 }));
}

#[tokio::test]
async fn a_token_is_written_apart_from_the_serial_with_who_has_the_meter() {
    let mut world = World::new().await;
    let asked = json!({ "destinationNo": "53000000045", "type": "PLN" });
    let meter: Value = world.billfazz("/prepaid/info", asked).await.unwrap().json().await.unwrap();
    world.billfazz("/prepaid/payment", order(&world, "R1", "PLN20", "53000000045")).await.unwrap();
    world.jump(2_000).await;
    let done = world.advice("R1").await;
    let token = done["token"].as_str().unwrap();
    assert!(token.len() == 20 && token.bytes().all(|byte| byte.is_ascii_digit()), "{token}");
    assert_ne!(done["sn"], done["token"]);
    assert_eq!(done["detail"]["customerName"], meter["customerName"]);
    assert_eq!((&done["detail"]["kwh"], &done["detail"]["power"]), (&json!("13.8"), &json!("900VA")));
    assert_eq!(world.deliveries().await[0]["serial"], done["token"]);

    for (number, kind, expected) in [
        ("5300", "pln", "INVALID_DESTINATION"),
        ("53000000010", "pln", "INVALID_DESTINATION"),
        ("081234567890", "nonsense", "PRODUCT_NOT_FOUND"),
    ] {
        let answer = world.billfazz("/prepaid/info", json!({ "destinationNo": number, "type": kind })).await.unwrap();
        assert_eq!(refusal(answer).await.1, expected, "{number} {kind}");
    }
    let wallet = json!({ "destinationNo": "081234567890", "type": "ovo" });
    let wallet: Value = world.billfazz("/prepaid/info", wallet).await.unwrap().json().await.unwrap();
    assert!(wallet["customerName"].is_string() && wallet["power"].is_null());
}

#[tokio::test]
async fn a_used_reference_is_told_with_its_order_and_for_something_else_without() {
    let world = World::new().await;
    let first = world.billfazz_ordered("R1", "081234567890").await;
    let before = world.in_deposit().await;
    let again = world.order_for("R1", "081234567890").await.unwrap();
    assert_eq!(again.status(), 409);
    let again: Value = again.json().await.unwrap();
    assert_eq!((&again["code"], &again["order"]), (&json!("DUPLICATE_REF"), &first));
    let other = world.order_for("R1", "081234567891").await.unwrap();
    assert_eq!(other.status(), 409);
    let other: Value = other.json().await.unwrap();
    assert_eq!((&other["code"], other.get("order")), (&json!("REF_MISMATCH"), None));
    assert_eq!((world.in_deposit().await, world.deliveries().await.len()), (before, 1));
    assert_eq!(world.deliveries().await[0]["asked"], 3);
}

#[tokio::test]
async fn refusals_carry_status_and_code_and_form_nothing() {
    let world = World::new().await;
    for (code, number, expected) in [
        ("NONSENSE", "081234567890", (404, "PRODUCT_NOT_FOUND")),
        (WATER, "10202001", (404, "PRODUCT_NOT_FOUND")),
        (CODE, "081712345678", (422, "INVALID_DESTINATION")),
        (CODE, "0912345678", (422, "INVALID_DESTINATION")),
        (CODE, "081234567809", (503, "PRODUCT_PROBLEM")),
        (CODE, "081234567810", (422, "INVALID_DESTINATION")),
        (CODE, "081234567811", (402, "INSUFFICIENT_DEPOSIT")),
    ] {
        let answer = world.billfazz("/prepaid/payment", order(&world, "R1", code, number)).await.unwrap();
        assert_eq!(refusal(answer).await, (expected.0, expected.1.to_owned()), "{code} {number}");
    }
    world.control("/control/billfazz/client-0001/deposit", json!({ "set": 100 })).await;
    let poor = world.order_for("R1", "081234567890").await.unwrap();
    assert_eq!(refusal(poor).await, (402, "INSUFFICIENT_DEPOSIT".to_owned()));
    for (why, status) in [("address", 403), ("busy", 429), ("cut_off", 503), ("closed", 422), ("unknown_code", 422)] {
        world.fault(json!({ "provider": "billfazz", "call": "topup", "kind": "refuse", "why": why, "times": 1 })).await;
        assert_eq!(world.order_for("R1", "081234567890").await.unwrap().status(), status, "{why}");
    }
    let unknown = world.ask_billfazz(Method::GET, "/orders?refId=R1").send().await.unwrap();
    assert_eq!(refusal(unknown).await, (404, "ORDER_NOT_FOUND".to_owned()));
    assert_eq!(world.billfazz("/prepaid/payment", json!({ "refId": "R1" })).await.unwrap().status(), 400);
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn only_who_knows_key_and_secret_is_let_in() {
    let world = World::new().await;
    for (key, secret, status) in
        [("nobody", "secret-0001", 401), ("client-0001", "secret-0002", 401), ("client-0001", "secret-0001", 200)]
    {
        for path in ["/app/deposits/balance", "/products/client", "/orders?refId=R1"] {
            let request = world.http.get(world.url(&format!("/billfazz{path}"))).basic_auth(key, Some(secret));
            let got = request.send().await.unwrap().status().as_u16();
            assert_eq!(got, if path.ends_with("R1") && status == 200 { 404 } else { status }, "{key} {path}");
        }
    }
    let nobody =
        world.http.post(world.url("/billfazz/prepaid/payment")).json(&order(&world, "R1", CODE, "081234567890"));
    assert_eq!(refusal(nobody.send().await.unwrap()).await, (401, "INVALID_CREDENTIAL".to_owned()));
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn test_numbers_end_as_they_say() {
    let mut world = World::new().await;
    let number = |digits: &str| format!("0812345678{digits}");
    for (digits, status) in
        [("01", "success"), ("02", "pending"), ("03", "pending"), ("04", "pending"), ("08", "success")]
    {
        let order = world.billfazz_ordered(&format!("R{digits}"), &number(digits)).await;
        assert_eq!(order["status"], status, "{digits}");
        assert_eq!(order["sn"].is_string(), digits == "01", "{digits}");
    }
    let error = world.order_for("R05", &number("05")).await.unwrap();
    assert_eq!(refusal(error).await, (500, "INTERNAL".to_owned()));
    assert!(world.order_for("R06", &number("06")).await.is_err());
    assert!(world.order_for("R07", &number("07")).await.is_err());
    let dearer = world.billfazz_ordered("R14", &number("14")).await["price"].as_i64().unwrap();
    assert!(dearer > world.billfazz_ordered("R90", &number("90")).await["price"].as_i64().unwrap());
    world.billfazz_ordered("R15", &number("15")).await;
    world.jump(5_000).await;
    for (reference, status) in [
        ("R02", "success"),
        ("R03", "failed"),
        ("R04", "pending"),
        ("R05", "success"),
        ("R06", "success"),
        ("R08", "success"),
        ("R14", "success"),
        ("R15", "success"),
    ] {
        assert_eq!(world.advice(reference).await["status"], status, "{reference}");
    }
    assert_eq!(world.advice("R07").await["code"], "ORDER_NOT_FOUND");
    assert!(world.advice("R08").await["sn"].is_null());
    world.jump(5_000).await;
    assert!(world.advice("R08").await["sn"].is_string());
    world.jump(60_000).await;
    assert_eq!(world.advice("R15").await["status"], "failed");
    assert_eq!(world.deliveries().await.iter().filter(|row| row["state"] == "reversed").count(), 1);
    let told: Vec<Value> =
        world.shop.received().iter().filter(|notice| notice.body.contains("R15")).map(said).collect();
    assert_eq!(
        told.iter().map(|order| &order["status"]).collect::<Vec<_>>(),
        ["success", "failed"],
        "a late refund is told"
    );
    world.jump(24 * 3_600_000).await;
    assert_eq!(world.advice("R04").await["status"], "pending", "for ever");
    world.control("/control/settings", json!({ "suppliers": { "billfazz": { "endings": false } } })).await;
    assert_eq!(world.billfazz_ordered("R11", &number("11")).await["status"], "pending", "a number like others");
}

#[tokio::test]
async fn callbacks_come_twice_or_never_as_their_number_says_and_forged_or_lying_as_a_fault_says() {
    let mut world = World::new().await;
    world.billfazz_ordered("R12", "081234567812").await;
    world.billfazz_ordered("R13", "081234567813").await;
    world.jump(2_000).await;
    assert_eq!(
        world.shop.received().iter().map(|notice| said(notice)["refId"].clone()).collect::<Vec<_>>(),
        ["R12", "R12"]
    );
    assert_eq!(world.advice("R13").await["status"], "success");
    for (kind, expected) in [
        ("forged", vec![("failed".to_owned(), false), ("success".to_owned(), true)]),
        ("lie", vec![("failed".to_owned(), true)]),
    ] {
        let seen = world.shop.count();
        world.fault(json!({ "provider": "billfazz", "call": "callback", "kind": kind, "times": 1 })).await;
        world.billfazz_ordered(kind, "081234567890").await;
        world.jump(2_000).await;
        let told = |notice: &Received| (said(notice)["status"].as_str().unwrap().to_owned(), is_signed(notice));
        assert_eq!(world.shop.received()[seen..].iter().map(told).collect::<Vec<_>>(), expected, "{kind}");
        assert_eq!(world.advice(kind).await["status"], "success");
    }
}

#[tokio::test]
async fn a_callback_that_is_not_accepted_is_tried_five_times_and_signed_anew_each_time() {
    let mut world = World::new().await;
    world.shop.reply_with(500, "no");
    world.billfazz_ordered("R1", "081234567890").await;
    for _ in 0..40 {
        world.jump(5 * 60_000).await;
    }
    assert_eq!((world.shop.count(), world.scheduled().await), (5, 0));
    let received = world.shop.received();
    assert!(received.iter().all(is_signed));
    let stamps: Vec<i64> =
        received.iter().map(|notice| notice.header("x-billfazz-timestamp").parse().unwrap()).collect();
    assert!(stamps.windows(2).all(|pair| pair[1] >= pair[0] + 60), "{stamps:?}");
}

#[tokio::test]
async fn a_bill_is_asked_about_and_paid_once() {
    let mut world = World::new().await;
    let before = world.in_deposit().await;
    let bill = world.owed_at_billfazz("10202041").await;
    let number = |field: &str| bill[field].as_i64().unwrap();
    assert_eq!(number("totalAmount"), number("billAmount") + number("penalty") + number("adminFee"));
    assert_eq!((bill["bills"].as_array().unwrap().len(), &bill["bills"][0]["amount"]), (1, &bill["billAmount"]));
    assert!(bill["customerName"].is_string() && bill["expiresAt"].is_string());
    assert_eq!(world.in_deposit().await, before, "asking pays nothing");

    let paid = world.billfazz_pay_bill(&bill, "R1").await;
    assert_eq!(paid.status(), 201);
    let paid: Value = paid.json().await.unwrap();
    assert_eq!((&paid["price"], &paid["adminPrice"]), (&bill["totalAmount"], &bill["adminFee"]));
    assert_eq!((&paid["destinationNo"], &paid["productCode"]), (&json!("10202041"), &json!(WATER)));
    world.jump(2_000).await;
    let done = world.advice("R1").await;
    assert!(done["status"] == "success" && done["sn"].is_string(), "{done}");
    assert_eq!(before - world.in_deposit().await, number("totalAmount"));
    assert_eq!(world.deliveries().await[0]["bills"], json!([bill["period"]]));
    assert_eq!(said(&world.shop.received()[0])["refId"], "R1");

    assert_eq!(refusal(world.billfazz_inquire(WATER, "10202041").await).await, (422, "BILL_ALREADY_PAID".to_owned()));
    let again = world.billfazz_pay_bill(&bill, "R1").await;
    assert_eq!(refusal(again).await, (409, "DUPLICATE_REF".to_owned()));
    let twice = world.billfazz_pay_bill(&bill, "R2").await;
    assert_eq!(refusal(twice).await, (422, "BILL_ALREADY_PAID".to_owned()));
    assert_eq!(world.deliveries().await.len(), 1);

    // A restart knows what was paid, and forgets what was asked.
    world = world.restarted().await;
    assert_eq!(refusal(world.billfazz_inquire(WATER, "10202041").await).await, (422, "BILL_ALREADY_PAID".to_owned()));
    assert_eq!(refusal(world.billfazz_pay_bill(&bill, "R3").await).await, (410, "INQUIRY_EXPIRED".to_owned()));
    assert_eq!(world.advice("R1").await, done);
}

#[tokio::test]
async fn of_many_bills_the_three_oldest_are_paid_and_a_payment_taken_back_is_owed_again() {
    let mut world = World::new().await;
    let all = world.get("/control/bills?goods=pdam/Kota%20Surabaya&number=10202042").await;
    let bill = world.owed_at_billfazz("10202042").await;
    let periods = |bill: &Value| -> Vec<Value> {
        bill["bills"].as_array().unwrap().iter().map(|line| line["period"].clone()).collect()
    };
    assert_eq!(periods(&bill), periods(&all)[..3]);
    world.fault(json!({ "provider": "billfazz", "call": "topup", "kind": "late_reversal", "times": 1 })).await;
    world.billfazz_pay_bill(&bill, "R1").await;
    world.jump(2_000).await;
    assert_eq!(periods(&world.owed_at_billfazz("10202042").await), periods(&all)[3..6]);
    world.jump(600_000).await;
    assert_eq!(world.advice("R1").await["status"], "failed");
    assert_eq!(periods(&world.owed_at_billfazz("10202042").await), periods(&bill));
}

#[tokio::test]
async fn an_inquiry_lives_half_an_hour_and_pays_nothing_that_somebody_else_paid() {
    let mut world = World::new().await;
    let bill = world.owed_at_billfazz("10202041").await;
    world.jump(HALF_HOUR_MS).await;
    assert_eq!(refusal(world.billfazz_pay_bill(&bill, "R1").await).await, (410, "INQUIRY_EXPIRED".to_owned()));
    let unknown = world.billfazz_pay_bill(&json!({ "inquiryId": "nothing" }), "R1").await;
    assert_eq!(refusal(unknown).await, (410, "INQUIRY_EXPIRED".to_owned()));

    let counter = json!({ "goods": "pdam/Kota Surabaya", "number": "10202041" });
    let bill = world.owed_at_billfazz("10202041").await;
    world.control("/control/bills", counter).await;
    assert_eq!(refusal(world.billfazz_pay_bill(&bill, "R1").await).await, (422, "BILL_ALREADY_PAID".to_owned()));
    assert!(world.deliveries().await.is_empty());

    // Paid at a counter while the payment was pending: it fails, and its money comes back.
    let bill = world.owed_at_billfazz("10202051").await;
    let before = world.in_deposit().await;
    world.billfazz_pay_bill(&bill, "R2").await;
    world.control("/control/bills", json!({ "goods": "pdam/Kota Surabaya", "number": "10202051" })).await;
    world.jump(2_000).await;
    let failed = world.advice("R2").await;
    assert_eq!((&failed["status"], &failed["errorCode"]), (&json!("failed"), &json!("BILL_ALREADY_PAID")));
    assert_eq!(world.in_deposit().await, before);
}

#[tokio::test]
async fn inquiries_are_refused_for_their_number_their_product_and_the_hour() {
    let mut world = World::new().await;
    world.jump_to_hour(12).await;
    for (code, number, expected) in [
        (WATER, "10202009", (503, "PRODUCT_PROBLEM")),
        (WATER, "10202010", (422, "INVALID_DESTINATION")),
        (WATER, "10202016", (404, "BILL_NOT_FOUND")),
        (WATER, "10202017", (422, "BILL_ALREADY_PAID")),
        (WATER, "1", (422, "INVALID_DESTINATION")),
        (CODE, "081234567890", (404, "PRODUCT_NOT_FOUND")),
        ("PASCAPLN", "530000000045", (200, "")),
    ] {
        assert_eq!(
            refusal(world.billfazz_inquire(code, number).await).await,
            (expected.0, expected.1.to_owned()),
            "{number}"
        );
    }
    let bill: Value = world.billfazz_inquire("PASCAPLN", "530000000045").await.json().await.unwrap();
    world.jump_to_hour(0).await;
    let late = world.billfazz_inquire("PASCAPLN", "530000000045").await;
    assert_eq!(refusal(late).await, (503, "CUTOFF".to_owned()));
    assert_eq!(refusal(world.billfazz_pay_bill(&bill, "R1").await).await.0, 410);
    world.fault(json!({ "provider": "billfazz", "call": "bill_inquiry", "kind": "drop_after", "times": 1 })).await;
    let ask = json!({ "destinationNo": "10202041", "productCode": WATER });
    assert!(world.billfazz("/postpaid/inquiry", ask).await.is_err());
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn months_of_health_insurance_are_paid_ahead_and_in_one_reading_even_when_nothing_is_owed() {
    for reading in [Reading::Likely, Reading::Other] {
        let world = World::read_as(reading).await;
        let inquire = async |months: u8| {
            let ask = json!({ "destinationNo": "8801234560041", "productCode": "BPJSKS", "month": months });
            world.billfazz("/postpaid/inquiry", ask).await.unwrap()
        };
        let bill: Value = inquire(3).await.json().await.unwrap();
        assert_eq!(bill["bills"].as_array().unwrap().len(), 3, "{reading:?}");
        world.control("/control/bills", json!({ "goods": "bpjs/bpjs", "number": "8801234560041" })).await;
        assert_eq!(inquire(1).await.status(), if reading == Reading::Likely { 422 } else { 200 }, "{reading:?}");
        assert_eq!(inquire(13).await.status(), 400);
    }
}

#[tokio::test]
async fn the_other_reading_hangs_orders_under_data_and_shouts() {
    let mut world = World::read_as(Reading::Other).await;
    let answer = world.order_for("R1", "081234567890").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["data"]["status"], "PENDING");
    world.jump(2_000).await;
    assert_eq!(world.advice("R1").await["data"][0]["status"], "SUCCESS");
    assert_eq!(said(&world.shop.received()[0])["status"], "SUCCESS");
    assert!(world.read_billfazz("/app/deposits/balance").await["data"]["balance"].is_i64());
    let asked = json!({ "destinationNo": "53000000045", "type": "pln" });
    let meter: Value = world.billfazz("/prepaid/info", asked).await.unwrap().json().await.unwrap();
    assert!(meter["name"].is_string() && meter.get("customerName").is_none());
}

#[tokio::test]
async fn the_list_tells_what_is_off_from_what_is_in_trouble() {
    let world = World::new().await;
    let rows = async |query: &str| {
        let list = world.read_billfazz(&format!("/products/client{query}")).await;
        list["data"].as_array().unwrap().clone()
    };
    let all = rows("").await;
    assert!(all.len() >= 600, "{}", all.len());
    let row = |code: &str| all.iter().find(|row| row["code"] == code).unwrap();
    assert_eq!((&row("TLKM5")["type"], &row("TLKM5")["operatorCode"]), (&json!("prepaid"), &json!("telkomsel")));
    assert!(row("TLKM5")["sellPrice"].is_i64() && row("TLKM5")["active"] == true && row("TLKM5")["problem"] == false);
    assert_eq!((&row("BPJSKS")["type"], &row("BPJSKS")["sellPrice"]), (&json!("postpaid"), &json!(0)));
    assert!(row("BPJSKS")["adminPrice"].as_i64().unwrap() > 0);
    assert!(all.iter().any(|row| row["operatorCode"] == "smartfren_data"));
    let [prepaid, postpaid] = [rows("?type=prepaid").await, rows("?type=postpaid").await];
    assert_eq!(prepaid.len() + postpaid.len(), all.len());
    assert!(!rows("?problem=true").await.is_empty() && !rows("?active=false").await.is_empty());
    assert!(rows("?searchQuery=surabaya").await.iter().all(|row| row["code"] == WATER));

    for (query, expected) in [("?active=false", "PRODUCT_INACTIVE"), ("?problem=true", "PRODUCT_PROBLEM")] {
        let off = rows(query).await[0]["code"].as_str().unwrap().to_owned();
        let answer = world.billfazz("/prepaid/payment", order(&world, "R1", &off, "081234567890")).await.unwrap();
        assert_eq!(refusal(answer).await.1, expected, "{off}");
    }
}

//! ECPay: what is paid elsewhere.

use serde_json::json;

use crate::kit::{World, mac, value};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

#[tokio::test]
async fn each_kind_of_code_is_told_with_its_own_fields_and_asked_for_until_it_is_paid() {
    let world = World::new().await;
    for (reference, choose, code, own) in [
        ("A1", "ATM", "2", ["BankCode", "vAccount"].as_slice()),
        ("A2", "CVS", "10100073", &["PaymentNo"]),
        ("A3", "BARCODE", "10100073", &["Barcode1", "Barcode2", "Barcode3"]),
    ] {
        let told = world.code(reference, 200, choose, &[]).await;
        assert_eq!(value(&told, "CheckMacValue"), mac(&told));
        assert_eq!((value(&told, "RtnCode"), value(&told, "TradeAmt")), (code, "200"));
        assert!(own.iter().all(|name| !value(&told, name).is_empty()), "{told:?}");
        assert!(!told.iter().any(|(name, _)| name == "SimulatePaid"), "{told:?}");
        let asked = world.ask_code(reference).await;
        assert_eq!(value(&asked, "CheckMacValue"), mac(&asked));
        assert!(own.iter().all(|name| value(&asked, name) == value(&told, name)), "{asked:?}");
        let found = world.query(reference).await;
        assert_eq!((value(&found, "TradeStatus"), value(&found, "PaymentDate")), ("0", ""));
        assert_eq!(value(&found, "PaymentType"), value(&told, "PaymentType"));
    }
    assert_eq!(world.get("/truth").await["codes"], json!({ "ATM": 1, "CVS": 1, "BARCODE": 1 }));
    assert!(world.charges().await.is_empty());

    assert_eq!(world.press("A1", "pay").await.status(), 200);
    world.quiet().await;
    let paid = world.shop.received().last().unwrap().form();
    assert_eq!((value(&paid, "RtnCode"), value(&paid, "PaymentType")), ("1", "ATM_BOT"));
    assert_eq!(value(&paid, "PaymentTypeChargeFee"), "10");
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
    assert_eq!(value(&world.ask_code("A1").await, "RtnCode"), "10200047");
    let charge = &world.charges().await[0];
    assert_eq!((&charge["way"], &charge["choose"]), (&json!("ATM"), &json!("ATM")));
}

#[tokio::test]
async fn a_code_lives_as_long_as_the_form_says_and_nobody_is_told_when_it_dies() {
    let mut world = World::new().await;
    let day_end = world.code("A1", 200, "ATM", &[("ExpireDate", "1")]).await;
    assert_eq!(value(&day_end, "ExpireDate").len(), 10, "a day, no time");
    let minutes = world.code("A2", 200, "CVS", &[("StoreExpireDate", "30")]).await;
    assert_eq!(value(&minutes, "ExpireDate").len(), 19);
    world.jump(8 * DAY_MS).await;
    assert_eq!(world.shop.count(), 2, "no word of an end");
    assert_eq!(value(&world.query("A2").await, "TradeStatus"), "0");
}

#[tokio::test]
async fn a_code_is_taken_once_before_it_is_paid_and_may_be_paid_later() {
    let mut world = World::new().await;
    world.submit(&world.order_by("A1", 200, "CVS", &[])).await;
    assert_eq!(world.press("A1", "pay").await.status(), 409, "no code yet");
    assert_eq!(world.press("A1", "code").await.status(), 200);
    assert_eq!(world.press("A1", "code").await.status(), 409, "there is one");
    let later = world.http.post(world.url("/ecpay/pay/A1")).form(&[("action", "pay"), ("after_ms", "3600000")]);
    assert_eq!(later.send().await.unwrap().status(), 200);
    world.jump(59 * MINUTE_MS).await;
    assert!(world.charges().await.is_empty());
    world.jump(2 * MINUTE_MS).await;
    assert_eq!(world.charges().await.len(), 1);
}

#[tokio::test]
async fn a_till_reports_after_two_days() {
    let mut world = World::new().await;
    world.code("A1", 200, "BARCODE", &[]).await;
    world.press("A1", "pay").await;
    world.jump(2 * DAY_MS - MINUTE_MS).await;
    assert_eq!(world.charges().await.len(), 1, "the money is there");
    assert_eq!(
        (value(&world.query("A1").await, "TradeStatus"), world.shop.count()),
        ("0", 1),
        "and ECPay knows nothing"
    );
    world.jump(2 * MINUTE_MS).await;
    assert_eq!((value(&world.query("A1").await, "TradeStatus"), world.shop.count()), ("1", 2));
}

#[tokio::test]
async fn the_notice_of_a_code_is_sent_again_and_has_faults_of_its_own() {
    let mut world = World::new().await;
    world.fault(json!({ "provider": "ecpay", "call": "payment_info", "kind": "lost", "times": 1 })).await;
    world.submit(&world.order_by("A1", 200, "ATM", &[])).await;
    world.press("A1", "code").await;
    world.quiet().await;
    assert_eq!(world.shop.count(), 0);
    world.shop.reply_with(200, "no");
    world.code("A2", 200, "ATM", &[]).await;
    for _ in 0..6 {
        world.jump(16 * MINUTE_MS).await;
    }
    assert_eq!(world.shop.count(), 5, "once and four times more");
    world.shop.reply_with(200, "1|OK");
    world.press("A1", "pay").await;
    world.quiet().await;
    assert_eq!(world.shop.received().last().unwrap().path, "/webhooks/ecpay", "the payment has its own notice");
}

#[tokio::test]
async fn where_the_customer_chooses_every_way_is_there() {
    let world = World::new().await;
    let form = world.order_by("A1", 200, "ALL", &[("IgnorePayment", "WeiXin#BNPL")]);
    assert_eq!(world.submit(&form).await.status(), 302);
    let page = world.http.get(world.url("/ecpay/pay/A1")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Get a code: CVS") && page.contains("Pay NT$ 200"), "{page}");
    let chosen = world.http.post(world.url("/ecpay/pay/A1")).form(&[("action", "code"), ("method", "CVS")]);
    assert_eq!(chosen.send().await.unwrap().status(), 200);
    world.quiet().await;
    assert_eq!(value(&world.shop.received()[0].form(), "PaymentType"), "CVS_CVS");
}

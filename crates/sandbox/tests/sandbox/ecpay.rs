//! ECPay: checkout, payment, notices and their resends, queries.

use serde_json::json;

use crate::kit::{World, mac, value};

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn a_paid_order_is_charged_noticed_and_found() {
    let world = World::new().await;
    world.pay("A1", 200).await;

    let charges = world.charges().await;
    assert_eq!(charges.len(), 1);
    assert_eq!(charges[0]["account"], "3002607");
    assert_eq!(charges[0]["reference"], "A1");
    assert_eq!(charges[0]["amount_minor"], 20_000);
    assert_eq!(charges[0]["simulated"], false);

    let received = world.shop.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].path, "/webhooks/ecpay");
    let notice = received[0].form();
    assert_eq!(value(&notice, "CheckMacValue"), mac(&notice));
    assert_eq!(value(&notice, "RtnCode"), "1");
    assert_eq!(value(&notice, "RtnMsg"), "交易成功");
    assert_eq!(value(&notice, "TradeAmt"), "200");
    assert_eq!(value(&notice, "PaymentTypeChargeFee"), "5");
    assert_eq!(value(&notice, "SimulatePaid"), "0");
    for empty in ["StoreID", "CustomField1", "CustomField2", "CustomField3", "CustomField4"] {
        assert_eq!(value(&notice, empty), "");
    }
    assert_eq!(charges[0]["transaction"], value(&notice, "TradeNo"));

    let found = world.query("A1").await;
    assert_eq!(value(&found, "TradeStatus"), "1");
    assert_eq!(value(&found, "TradeNo"), value(&notice, "TradeNo"));
    assert_eq!(value(&found, "ItemName"), "Telkomsel 10.000#PLN 20.000");
    assert_eq!(world.scheduled().await, 0);
}

#[tokio::test]
async fn a_notice_that_is_not_acknowledged_comes_four_more_times_and_no_more() {
    let mut world = World::new().await;
    world.shop.reply_with(200, "OK");
    world.pay("A1", 200).await;
    assert_eq!(world.shop.count(), 1);

    world.jump(5 * MINUTE_MS - 5_000).await;
    assert_eq!(world.shop.count(), 1, "too early");
    for (wait, count) in [(5_000, 2), (10 * MINUTE_MS, 3), (15 * MINUTE_MS, 4), (15 * MINUTE_MS, 5)] {
        world.jump(wait + 1_000).await;
        assert_eq!(world.shop.count(), count);
    }
    world.jump(24 * 60 * MINUTE_MS).await;
    assert_eq!(world.shop.count(), 5);
    assert_eq!(world.scheduled().await, 0);

    let received = world.shop.received();
    assert_eq!(value(&received[0].form(), "RtnMsg"), "交易成功");
    for resend in &received[1..] {
        let form = resend.form();
        assert_eq!(value(&form, "RtnMsg"), "paid");
        assert_eq!(value(&form, "CheckMacValue"), mac(&form));
        assert_ne!(resend.body, received[0].body);
    }
    assert_eq!(world.charges().await.len(), 1);
}

#[tokio::test]
async fn an_acknowledged_resend_is_the_last_and_a_redirect_is_not_followed() {
    let mut world = World::new().await;
    world.shop.reply_raw(&format!(
        "HTTP/1.1 302 X\r\nlocation: {}/elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        world.shop.url
    ));
    world.pay("A1", 200).await;
    assert_eq!(world.shop.count(), 1);
    world.shop.reply_with(200, "1|OK");
    world.jump(5 * MINUTE_MS + 1_000).await;
    world.jump(60 * MINUTE_MS).await;
    assert_eq!(world.shop.count(), 2);
    assert!(world.shop.received().iter().all(|message| message.path == "/webhooks/ecpay"));
}

#[tokio::test]
async fn bad_orders_get_a_page_with_the_code_and_no_trade() {
    let world = World::new().await;
    let mut tampered = world.order("A1", 200);
    tampered.iter_mut().find(|(key, _)| key == "TotalAmount").unwrap().1 = "100".to_owned();
    let mut bad_number = world.order("A-1", 200);
    let mut firewalled = world.order("A1", 200);
    firewalled.push(("Remark".to_owned(), "curl it".to_owned()));
    for form in [&mut bad_number, &mut firewalled] {
        form.retain(|(key, _)| key != "CheckMacValue");
        let value = mac(form);
        form.push(("CheckMacValue".to_owned(), value));
    }
    for (form, code) in
        [(tampered, "10200073"), (world.order("A1", 4), "10200050"), (bad_number, "10200052"), (firewalled, "10400011")]
    {
        let answer = world.submit(&form).await;
        assert_eq!(answer.status(), 200);
        let page = answer.text().await.unwrap();
        assert!(page.contains(code), "{code}: {page}");
    }
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "10200047");
}

#[tokio::test]
async fn a_number_is_used_once_for_ever_and_a_trade_is_paid_once() {
    let world = World::new().await;
    world.checkout("A1", 200).await;
    let again = world.submit(&world.order("A1", 200)).await;
    assert!(again.text().await.unwrap().contains("10300028"));

    let (first, second) = tokio::join!(world.press("A1", "pay"), world.press("A1", "pay"));
    let mut statuses = [first.status().as_u16(), second.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    world.quiet().await;
    assert_eq!(world.charges().await.len(), 1);
    assert_eq!(world.shop.count(), 1);
}

#[tokio::test]
async fn a_declined_card_is_noticed_and_may_be_tried_again_until_the_customer_leaves() {
    let world = World::new().await;
    world.checkout("A1", 200).await;
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "0");
    assert_eq!(world.press("A1", "decline").await.status(), 200);
    world.quiet().await;
    let notice = world.shop.received()[0].form();
    assert_eq!(value(&notice, "RtnCode"), "10200058");
    assert_eq!(value(&notice, "CheckMacValue"), mac(&notice));
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "10200095");

    assert_eq!(world.press("A1", "pay").await.status(), 200);
    world.quiet().await;
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
    assert_eq!(value(&world.shop.received()[1].form(), "TradeNo"), value(&notice, "TradeNo"));

    world.checkout("A2", 200).await;
    world.press("A2", "abandon").await;
    assert_eq!(world.press("A2", "pay").await.status(), 409);
    world.quiet().await;
    assert_eq!(world.shop.count(), 2, "nobody is told of a customer who left");
    assert_eq!(world.charges().await.len(), 1);
}

#[tokio::test]
async fn a_simulated_payment_moves_no_money_and_stays_unpaid_in_the_query() {
    let world = World::new().await;
    world.checkout("A1", 200).await;
    world.press("A1", "simulate").await;
    world.quiet().await;
    let notice = world.shop.received()[0].form();
    assert_eq!((value(&notice, "RtnCode"), value(&notice, "SimulatePaid")), ("1", "1"));
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "0");
    assert_eq!(world.charges().await[0]["simulated"], true);
}

#[tokio::test]
async fn a_silent_payment_is_charged_and_only_a_query_tells() {
    let mut world = World::new().await;
    world.checkout("A1", 200).await;
    world.press("A1", "pay_silent").await;
    world.jump(24 * 60 * MINUTE_MS).await;
    assert_eq!(world.shop.count(), 0);
    assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
    assert_eq!(world.charges().await.len(), 1);
}

#[tokio::test]
async fn the_browser_carries_the_result_where_the_shop_asked_for_it_with_card_details() {
    let world = World::new().await;
    let mut form = world.order("A1", 200);
    form.retain(|(key, _)| key != "CheckMacValue");
    form.push(("OrderResultURL".to_owned(), "http://127.0.0.1:9/done?a=1&b=2".to_owned()));
    form.push(("NeedExtraPaidInfo".to_owned(), "Y".to_owned()));
    form.push(("CustomField1".to_owned(), "it's \"x\"".to_owned()));
    form.push(("CheckMacValue".to_owned(), mac(&form)));
    assert_eq!(world.submit(&form).await.status(), 302);
    let shown = world.http.get(world.url("/ecpay/pay/A1")).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("NT$ 200") && shown.contains("<li>PLN 20.000</li>"), "{shown}");

    let page = world.press("A1", "pay").await.text().await.unwrap();
    assert!(page.contains("action=\"http://127.0.0.1:9/done?a=1&amp;b=2\""), "{page}");
    assert!(page.contains("value=\"Succeeded\"") && page.contains("it&#39;s &quot;x&quot;"), "{page}");

    world.quiet().await;
    let notice = world.shop.received()[0].form();
    assert_eq!(value(&notice, "CheckMacValue"), mac(&notice));
    assert_eq!(value(&notice, "card4no"), "2222");
    assert_eq!(value(&notice, "amount"), "200");
    assert_eq!(value(&world.query("A1").await, "card6no"), "431195");
}

#[tokio::test]
async fn a_query_with_an_old_time_stamp_is_refused() {
    let world = World::new().await;
    world.pay("A1", 200).await;
    for (age_s, good) in [(170, true), (190, false)] {
        let answer = world.send_query("A1", world.now_ms() / 1_000 - age_s).await;
        assert_eq!(answer.text().await.unwrap().contains("TradeStatus=1&"), good, "{age_s}");
    }
}

#[tokio::test]
async fn who_asks_too_often_is_blocked_for_half_an_hour() {
    let mut world = World::new().await;
    world.pay("A1", 200).await;
    world.control("/control/settings", json!({ "ecpay_pacing": 2 })).await;
    world.query("A1").await;
    world.query("A1").await;
    for _ in 0..2 {
        assert_eq!(world.send_query("A1", world.now_ms() / 1_000).await.status(), 403);
        assert_eq!(world.send_code_query("A1").await.status(), 403, "whoever is blocked");
    }
    world.jump(29 * MINUTE_MS).await;
    assert_eq!(world.send_query("A1", world.now_ms() / 1_000).await.status(), 403);
    world.jump(2 * MINUTE_MS).await;
    world.query("A1").await;
    world.control("/control/settings", json!({ "ecpay_pacing": null })).await;
    for _ in 0..5 {
        world.query("A1").await;
    }
}

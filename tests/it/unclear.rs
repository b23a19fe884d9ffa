//! Answers of the gateway that come with status 200 and say nothing. Each ends in a delivery, a refund or a case.

use demo::outside::Click;
use reqwest::Method;
use serde_json::{Value, json};

use crate::reading::{each, list, text};
use crate::shop::{AIRTIME, MINUTE, Shop, phone};

const HOUR: i64 = 60 * MINUTE;

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_say_nothing_end_in_a_delivery_a_refund_or_a_case() {
    let shop = Shop::open().await;
    an_empty_answer_is_asked_again_until_the_goods_are_delivered(&shop).await;
    an_empty_answer_is_not_taken_for_unpaid(&shop).await;
    an_empty_answer_about_a_code_is_asked_again(&shop).await;
    an_ampersand_in_a_name_hides_a_cancelled_orders_money_until_it_goes_back(&shop).await;
    an_ampersand_for_ever_calls_a_person_and_the_goods_come_when_it_ends(&shop).await;
    shop.end().await;
}

async fn fault(shop: &Shop, call: &str, kind: &str, times: Option<u32>) {
    shop.fault(json!({ "provider": "ecpay", "call": call, "kind": kind, "times": times })).await;
}

/// From now on the gateway answers as it should.
async fn heal(shop: &Shop) {
    let url = format!("{}/control/faults", shop.world.sandbox_url());
    assert_eq!(shop.ask_at(Method::DELETE, &url).send().await.status, 204);
}

/// An order that is paid by card, and the gateway never says so by itself.
async fn paid_silently(shop: &Shop) -> (String, String) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    shop.click(&who, &id, Click::PaySilent).await;
    (who, id)
}

async fn status(shop: &Shop, who: &str, id: &str) -> String {
    text(&shop.own(who, id).await["status"])
}

/// What was kept of each question: the status and whether anything came with it.
fn answers(story: &Value) -> Vec<(Value, bool)> {
    let calls = list(&story["timeline"]).iter().flat_map(|change| list(&change["exchanges"]));
    calls
        .filter(|call| call["call"] == "query")
        .map(|call| (call["status"].clone(), text(&call["response"]).is_empty()))
        .collect()
}

async fn an_empty_answer_is_asked_again_until_the_goods_are_delivered(shop: &Shop) {
    fault(shop, "query", "empty", Some(2)).await;
    let (who, id) = paid_silently(shop).await;
    shop.pass(25 * MINUTE).await;
    assert_eq!(status(shop, &who, &id).await, "pending");
    assert_eq!(answers(&shop.story(&id).await), [(json!(200), true), (json!(200), true)]);
    shop.pass(10 * MINUTE).await;
    assert_eq!(status(shop, &who, &id).await, "success");
    let story = shop.story(&id).await;
    assert_eq!((shop.charges(&story).await.len(), shop.delivered(&story).await), (1, 1));
}

async fn an_empty_answer_is_not_taken_for_unpaid(shop: &Shop) {
    fault(shop, "query", "empty", None).await;
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    shop.checkout(&who, &id).await;
    shop.pass(5 * HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "pending", "its deadline was after an hour");
    heal(shop).await;
    shop.pass(11 * MINUTE).await;
    assert_eq!(status(shop, &who, &id).await, "expired");
}

async fn an_empty_answer_about_a_code_is_asked_again(shop: &Shop) {
    fault(shop, "payment_info", "lost", Some(1)).await;
    fault(shop, "code_query", "empty", Some(1)).await;
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout_by(&who, &id, "atm").await;
    shop.outside.take_code(&page, None).await.unwrap();
    shop.pass(11 * MINUTE).await;
    assert!(list(&shop.own(&who, &id).await["instructions"]).is_empty());
    shop.pass(10 * MINUTE).await;
    assert_eq!(each(&shop.own(&who, &id).await["instructions"], "kind"), ["virtual_account"]);
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.pass(MINUTE).await;
    assert_eq!(status(shop, &who, &id).await, "success");
}

async fn an_ampersand_in_a_name_hides_a_cancelled_orders_money_until_it_goes_back(shop: &Shop) {
    fault(shop, "query", "ampersand", None).await;
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout(&who, &id).await;
    shop.post(&format!("/v1/orders/{id}/cancel")).by(&who).fresh_key().send().await.ok();
    shop.outside.click(&page, Click::PaySilent).await.unwrap();
    shop.pass(5 * HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "cancelled");
    assert!(!answers(&shop.story(&id).await).is_empty(), "its last look told nothing");
    heal(shop).await;
    shop.pass(20 * HOUR).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["refunds"][0]["reason"]), (&json!("failed"), &json!("late_money")));
}

async fn an_ampersand_for_ever_calls_a_person_and_the_goods_come_when_it_ends(shop: &Shop) {
    fault(shop, "query", "ampersand", None).await;
    let (who, id) = paid_silently(shop).await;
    shop.pass(24 * HOUR).await;
    assert!(shop.alert(&id, "payment_unsure").await.is_none(), "a day after the deadline, not before");
    shop.pass(2 * HOUR).await;
    let case = shop.alert(&id, "payment_unsure").await.unwrap();
    assert!(text(&case["detail"]).contains("does not say clearly"), "{case}");
    let before = answers(&shop.story(&id).await).len();
    shop.pass(20 * HOUR).await;
    assert_eq!(answers(&shop.story(&id).await).len(), before, "whoever called a person asks once a day");
    heal(shop).await;
    shop.pass(5 * HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "success", "it still waited for its money");
    let story = shop.story(&id).await;
    assert_eq!((shop.charges(&story).await.len(), shop.delivered(&story).await), (1, 1));
}

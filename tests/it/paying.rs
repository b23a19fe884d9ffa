//! Ways to pay and not to pay: cancelled, declined, late, and nothing to pay at all.

use demo::outside::Click;
use serde_json::json;

use crate::reading::{books, change, each, list, minor, text, twd};
use crate::shop::{AIRTIME, MINUTE, Shop, fresh, phone};

#[tokio::test(flavor = "multi_thread")]
async fn paid_or_not() {
    let shop = Shop::open().await;
    an_unpaid_order_can_be_cancelled(&shop).await;
    declined_on_the_first_page_paid_on_the_second(&shop).await;
    an_unpaid_order_expires_and_late_money_buys_it(&shop).await;
    a_free_order_needs_no_gateway(&shop).await;
    shop.end().await;
}

async fn an_unpaid_order_can_be_cancelled(shop: &Shop) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let cancel = |key: String| shop.post(&format!("/v1/orders/{id}/cancel")).by(&who).key(&key).send();
    let key = fresh();
    let cancelled = cancel(key.clone()).await;
    assert_eq!((cancelled.status, cancelled.ok()["status"].as_str()), (200, Some("cancelled")));
    let again = cancel(key).await;
    assert_eq!((&again.text, again.header("idempotent-replay")), (&cancelled.text, "true"));
    assert_eq!(cancel(fresh()).await.ok()["version"], 2, "cancelled already");
    let story = shop.story(&id).await;
    assert_eq!(each(&story["timeline"], "cause"), ["placed", "cancelled"]);
    assert_eq!(each(&story["order"]["items"], "state"), ["cancelled"]);
    assert_eq!((list(&story["next"]).len(), books(&story).len()), (0, 0));
    assert_eq!(checkout_again(shop, &who, &id).await, "409 not_now");
}

async fn declined_on_the_first_page_paid_on_the_second(shop: &Shop) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let first = shop.click(&who, &id, Click::Decline).await;
    let story = shop.story(&id).await;
    assert_eq!(
        (&story["order"]["status"], &story["order"]["checkouts"][0]["state"]),
        (&json!("pending"), &json!("declined"))
    );
    assert!(text(&change(&story, "checkout_declined")["note"]).contains("10200058"));
    // A test of the gateway's console moves nothing.
    let test = shop.click(&who, &id, Click::Simulate).await;
    let before = shop.story(&id).await;
    assert_eq!((&before["order"]["status"], books(&before).len()), (&json!("pending"), 0));
    let second = shop.click(&who, &id, Click::Pay).await;
    let references = [&first, &test, &second].map(|opened| text(&opened["reference"]));
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["checkouts"], "reference"), references);
    assert_eq!(each(&story["order"]["checkouts"], "state"), ["declined", "open", "paid"]);
    assert_eq!(story["order"]["payments"][0]["paid_by"], references[2]);
    assert_eq!(shop.charges(&story).await, [2_600]);
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
}

async fn an_unpaid_order_expires_and_late_money_buys_it(shop: &Shop) {
    let promo = async || shop.get("/v1/admin/promos/HEMAT10").by(&shop.operator).send().await.ok()["used"].clone();
    let (who, id) = shop.order(&[(AIRTIME, &phone())], Some("HEMAT10")).await;
    assert_eq!(promo().await, 1);
    let (opened, page) = shop.checkout(&who, &id).await;
    shop.pass(59 * MINUTE).await;
    assert_eq!(shop.own(&who, &id).await["status"], "pending");
    shop.pass(3 * MINUTE).await;
    let story = shop.story(&id).await;
    assert_eq!(story["order"]["status"], "expired");
    assert_eq!(each(&story["order"]["items"], "state"), ["cancelled"]);
    assert_eq!(promo().await, 0, "the promo is given back");
    // The page may still be paid and its notice lost: it is asked about once more.
    let last_look = format!("confirm:{}", text(&opened["reference"]));
    assert_eq!(each(&story["next"], "key"), [last_look.as_str()]);
    let asked = change(&story, "gateway_asked");
    assert_eq!(each(&asked["exchanges"], "provider"), ["ecpay"]);
    assert_eq!(checkout_again(shop, &who, &id).await, "409 not_now");

    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    shop.pass(4_000).await;
    let story = shop.story(&id).await;
    assert_eq!((&story["order"]["status"], promo().await), (&json!("success"), json!(1)), "the promo is honoured");
    assert_eq!(story["order"]["payments"][0]["paid_by"], opened["reference"]);
    let total = minor(&story["order"]["terms"]["total"]);
    assert_eq!((total, shop.charges(&story).await), (1_600, vec![1_600]));
    let books = books(&story);
    assert_eq!((books["sales TWD"], books["promo_expense TWD"]), (-2_600, 1_000));
}

async fn a_free_order_needs_no_gateway(shop: &Shop) {
    let free = json!({ "discount": twd(500), "max_uses": 1 });
    shop.put("/v1/admin/promos/GRATIS").by(&shop.finance).json(&free).send().await.ok();
    let (who, id) = shop.order(&[(AIRTIME, &phone())], Some("GRATIS")).await;
    shop.quiet().await;
    shop.pass(4_000).await;
    let story = shop.story(&id).await;
    assert_eq!((&story["order"]["status"], &story["order"]["terms"]["total"]), (&json!("success"), &twd(0)));
    assert!(list(&story["order"]["checkouts"]).is_empty() && shop.charges(&story).await.is_empty());
    let books = books(&story);
    assert_eq!((books["promo_expense TWD"], books["sales TWD"]), (2_549, -2_549), "{books:?}");
    assert!(!text(&shop.own(&who, &id).await["items"][0]["serial"]).is_empty());
    // It was the last use.
    let again = json!({
        "items": [{ "product": AIRTIME, "target": phone() }], "promo_code": "GRATIS", "expected_total": twd(0),
    });
    let spent = shop.post("/v1/orders").by(&who).fresh_key().json(&again).send().await;
    assert_eq!(spent.problem(), "409 promo_spent promo_code=promo_spent");
}

/// What another opening of the page is answered.
pub async fn checkout_again(shop: &Shop, who: &str, id: &str) -> String {
    let ask = shop.post(&format!("/v1/orders/{id}/checkouts")).by(who).fresh_key();
    ask.json(&json!({ "method": "credit" })).send().await.problem()
}

//! Bills from the question to the receipt: paid as they were seen, once, whoever dies in between. The numbers are those of IAK's
//! own sandbox (IAK docs); all others owe something, too.

use demo::outside::Click;
use serde_json::{Value, json};

use crate::http::Answer;
use crate::reading::{books, change, each, idr, list, text, twd};
use crate::shop::{AIRTIME, FIRST, MINUTE, SECOND, Shop, phone};

const BILL: &str = "pln-bill";
// One bill; eight, of which a payment takes four; paid already; nobody's; the payment fails; it stays pending.
const ONE: &str = "530000000001";
const EIGHT: &str = "530000000002";
const PAID: &str = "530000000004";
const NOBODY: &str = "530000000005";
const FAILS: &str = "530000000006";
const PENDS: &str = "530000000007";
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// In Jakarta it is nine in the morning then: PLN's day is open for hours.
const MORNING: i64 = 2 * HOUR;
/// Where a process may die while it pays a bill.
const DEATHS: [&str; 5] = [
    "engine.before_reserve",
    "engine.after_reserve",
    "engine.after_bill_inquiry",
    "engine.before_send",
    "engine.after_send",
];

/// A shop in the morning, whose calls end after a second.
async fn open() -> Shop {
    Shop::open_with(|options| {
        options.begins_at = Some(MORNING);
        let short = ["SUPPLIER_IAK_TIMEOUT_MS", "SUPPLIER_IAK_B_TIMEOUT_MS"].map(|name| (name.into(), "1000".into()));
        options.env = short.to_vec();
    })
    .await
}

async fn ask(shop: &Shop, who: &str, number: &str) -> Value {
    let body = json!({ "kind": "bill", "product": BILL, "target": number });
    shop.post("/v1/inquiries").by(who).json(&body).send().await.ok()
}

async fn order(shop: &Shop, who: &str, asked: &Value) -> Answer {
    let item = json!({ "product": BILL, "inquiry": asked["inquiry"] });
    let body = json!({ "items": [item], "expected_total": asked["price"] });
    shop.post("/v1/orders").by(who).fresh_key().json(&body).send().await
}

/// Asked about, ordered and paid by somebody new.
async fn pay(shop: &Shop, number: &str) -> (String, String) {
    let who = shop.stranger();
    let asked = ask(shop, &who, number).await;
    assert_eq!(asked["result"], "found", "{asked}");
    let id = text(&order(shop, &who, &asked).await.ok()["id"]);
    shop.click(&who, &id, Click::Pay).await;
    (who, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_are_paid_as_they_were_seen_and_once() {
    let shop = open().await;
    from_the_question_to_the_receipt(&shop).await;
    what_is_not_owed_is_told_for_certain(&shop).await;
    of_eight_bills_four_are_paid(&shop).await;
    one_bill_is_in_one_order_at_a_time(&shop).await;
    a_bill_and_goods_are_one_order(&shop).await;
    a_payment_that_fails_goes_back(&shop).await;
    a_payment_under_way_is_asked_about(&shop).await;
    a_bill_that_may_be_paid_already_is_a_persons(&shop).await;
    shop.end().await;
}

async fn from_the_question_to_the_receipt(shop: &Shop) {
    let listed = shop.for_sale(&shop.customer, "pln_bill").await;
    let bill = listed.iter().find(|product| product["id"] == BILL).unwrap();
    assert!(bill["price"].is_null() && bill["fee"]["currency"] == "TWD", "{bill}");

    let who = shop.stranger();
    let asked = ask(shop, &who, ONE).await;
    assert_eq!((&asked["result"], &asked["bill"]["count"]), (&json!("found"), &json!(1)));
    let stolen = order(shop, &shop.stranger(), &asked).await;
    assert_eq!(stolen.status, 422, "somebody else's inquiry is nobody's");
    let id = text(&order(shop, &who, &asked).await.ok()["id"]);
    shop.click(&who, &id, Click::Pay).await;

    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["items"][0]["state"]), (&json!("success"), &json!("delivered")), "{own}");
    assert_eq!(own["items"][0]["bill"], asked["bill"], "as it was told");
    assert!(text(&own["items"][0]["serial"]).len() >= 16, "the biller's receipt: {own}");
    let story = shop.story(&id).await;
    assert_eq!(shop.delivered(&story).await, 1);
    let calls = each(&change(&story, "answered")["exchanges"], "call");
    assert_eq!(calls, ["inq-pasca", "pay-pasca"], "both are evidence");
    let all = story.to_string();
    for private in [ONE, asked["bill"]["holder"].as_str().unwrap(), own["items"][0]["serial"].as_str().unwrap()] {
        assert!(!all.contains(private), "{private} in the operator's story");
    }
    assert_eq!(ask(shop, &who, ONE).await["result"], "bill_paid");
}

async fn what_is_not_owed_is_told_for_certain(shop: &Shop) {
    for (number, result) in [(PAID, "bill_paid"), (NOBODY, "no_such_target")] {
        let told = ask(shop, &shop.stranger(), number).await;
        assert_eq!((&told["result"], &told["inquiry"]), (&json!(result), &Value::Null));
    }
}

async fn of_eight_bills_four_are_paid(shop: &Shop) {
    let asked = ask(shop, &shop.stranger(), EIGHT).await;
    let bill = &asked["bill"];
    assert_eq!((&bill["count"], &bill["remaining"], list(&bill["lines"]).len()), (&json!(4), &json!(4), 4));
    let (who, id) = pay(shop, EIGHT).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    let rest = ask(shop, &who, EIGHT).await;
    assert_eq!((&rest["bill"]["count"], &rest["bill"]["remaining"]), (&json!(4), &json!(0)));
}

async fn one_bill_is_in_one_order_at_a_time(shop: &Shop) {
    let number = "530012340001";
    let (first, second) = (shop.stranger(), shop.stranger());
    let (own, others) = (ask(shop, &first, number).await, ask(shop, &second, number).await);
    let (a, b) = tokio::join!(order(shop, &first, &own), order(shop, &second, &others));
    let mut told = [a.status, b.status];
    told.sort_unstable();
    assert_eq!(told, [201, 409], "{} {}", a.text, b.text);
    let (who, asked, placed, other) =
        if a.status == 201 { (first, own, a, (second, others)) } else { (second, others, b, (first, own)) };
    let refused = order(shop, &other.0, &other.1).await;
    assert!(refused.status == 409 && refused.text.contains("bill_in_progress"), "{}", refused.text);
    let id = text(&placed.ok()["id"]);
    let cancelled = shop.post(&format!("/v1/orders/{id}/cancel")).by(&who).fresh_key().send().await;
    assert_eq!(cancelled.status, 200);
    assert_eq!(order(shop, &other.0, &other.1).await.status, 201, "the first one is over");
    let again = ask(shop, &who, number).await;
    assert_eq!(again["bill"], asked["bill"], "asking changes nothing");
}

async fn a_bill_and_goods_are_one_order(shop: &Shop) {
    let who = shop.stranger();
    let asked = ask(shop, &who, "530012340002").await;
    let goods = json!({ "product": AIRTIME });
    let bill = json!({ "product": BILL, "inquiry": asked["inquiry"] });
    let total = shop.post("/v1/quotes").by(&who).json(&json!({ "items": [bill, goods] })).send().await.ok();
    let goods = json!({ "product": AIRTIME, "target": phone() });
    let body = json!({ "items": [bill, goods], "expected_total": total["total"] });
    let id = text(&shop.post("/v1/orders").by(&who).fresh_key().json(&body).send().await.ok()["id"]);
    shop.click(&who, &id, Click::Pay).await;
    shop.pass(MINUTE).await;
    assert_eq!(each(&shop.own(&who, &id).await["items"], "state"), ["delivered"; 2]);
}

async fn a_payment_that_fails_goes_back(shop: &Shop) {
    let (who, id) = pay(shop, FAILS).await;
    assert_eq!(shop.own(&who, &id).await["status"], "failed");
    let other = shop.stranger();
    let asked = ask(shop, &other, FAILS).await;
    let refused = order(shop, &other, &asked).await;
    assert!(
        refused.status == 409 && refused.text.contains("bill_in_progress"),
        "it may still arrive: {}",
        refused.text
    );
    shop.pass(HOUR).await;
    let asked = ask(shop, &other, FAILS).await;
    let again = text(&order(shop, &other, &asked).await.ok()["id"]);
    shop.post(&format!("/v1/orders/{again}/cancel")).by(&other).fresh_key().send().await.ok();
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["items"][0]["failure"]), (&json!("failed"), &json!("unavailable")), "{own}");
    assert_eq!(own["refunds"][0]["amount"], own["total"]);
    assert_ne!(own["total"], twd(0));
    let story = shop.story(&id).await;
    assert_eq!(shop.delivered(&story).await, 0);
}

async fn a_payment_under_way_is_asked_about(shop: &Shop) {
    let (who, id) = pay(shop, PENDS).await;
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["attempts"], "state"), ["pending"]);
    shop.pass(HOUR).await;
    let own = shop.own(&who, &id).await;
    assert_eq!(own["items"][0]["state"], "delivered", "{own}");
    assert_eq!(shop.delivered(&shop.story(&id).await).await, 1);
}

/// The first account's payment arrives and is never heard of again; the second account cannot serve the number. Nothing goes back: a
/// person finds out who paid it, and there it is booked.
async fn a_bill_that_may_be_paid_already_is_a_persons(shop: &Shop) {
    let rule = |call: &str, kind: &str, account: &str, rc: Option<&str>| json!({ "provider": "iak", "call": call, "kind": kind, "account": account, "rc": rc, "times": 20 });
    shop.fault(rule("topup", "drop_after", FIRST, None)).await;
    shop.fault(rule("status", "not_found", FIRST, None)).await;
    shop.fault(rule("bill_inquiry", "refuse", SECOND, Some("15"))).await;
    let (who, id) = pay(shop, "530012340003").await;
    shop.pass(HOUR).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], list(&own["refunds"]).len()), (&json!("review"), 0), "{own}");
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["attempts"], "state"), ["refused"; 2]);
    assert_eq!(shop.delivered(&story).await, 1, "by the first");
    assert!(text(&shop.alert(&id, "item_review").await.unwrap()["detail"]).contains("target_rejected"));

    let reference = text(&story["order"]["attempts"][0]["reference"]);
    let truth = shop.outside.truth().await.unwrap().deliveries;
    let paid = truth.into_iter().find(|delivery| delivery.reference == reference).unwrap();
    let body = json!({
        "resolution": "delivered", "reference": reference, "serial": paid.serial, "price": idr(paid.price_minor / 100),
        "evidence": "IAK's console",
    });
    shop.decide(&shop.operator, &id, "items/0/resolve", body).await.ok();
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    shop.pass(DAY + HOUR).await;
    let books = books(&shop.story(&id).await);
    assert_eq!(books["supplier_deposit:iak IDR"], -paid.price_minor);
    assert!(!books.keys().any(|account| account.contains("iak-b") || account.contains("loss")), "{books:?}");
}

/// Whoever dies between the reservation and the answer: the bill is paid once, and its customer has the receipt or the money.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_while_it_pays_a_bill_pays_it_once() {
    let mut shop = open().await;
    for (n, point) in DEATHS.into_iter().enumerate() {
        let who = shop.stranger();
        let asked = ask(&shop, &who, &format!("53004321{n:04}")).await;
        let id = text(&order(&shop, &who, &asked).await.ok()["id"]);
        let (_, page) = shop.checkout(&who, &id).await;
        shop.restart_to_die_at(point).await;
        shop.outside.click(&page, Click::Pay).await.unwrap();
        shop.comes_back_from(point).await;
        shop.pass(2 * HOUR).await;
        let story = shop.story(&id).await;
        assert_eq!(shop.delivered(&story).await, 1, "{point}: {}", story["order"]["attempts"]);
        let own = shop.own(&who, &id).await;
        assert_eq!((&own["status"], &own["items"][0]["bill"]), (&json!("success"), &asked["bill"]), "{point}: {own}");
        assert!(own["items"][0]["serial"].is_string(), "{point}: {own}");
    }
    shop.end().await;
}

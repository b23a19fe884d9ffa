//! Bills and the clock, months that are chosen, and a server that dies with a payment under way at whoever pays bills.

use std::collections::BTreeMap;
use std::time::Duration;

use demo::outside::Click;
use demo::plan::wanted;
use demo::view::Product;
use demo::world::EVERYBODY;
use serde_json::{Value, json};

use crate::http::Answer;
use crate::kinds;
use crate::reading::text;
use crate::shop::{MINUTE, Shop};

const BILLS: [&str; 4] = ["pln_bill", "bpjs", "pdam", "internet"];
/// Who pays bills, by name.
const PAYERS: [&str; 4] = ["billfazz", "digiflazz", "iak", "pulsaif"];
/// In real time: by then every process obeys a switch.
const A_SECOND: Duration = Duration::from_secs(1);
const HOUR: i64 = 60 * MINUTE;
/// Ten minutes before midnight in Jakarta.
const LATE: i64 = 16 * HOUR + 50 * MINUTE;

async fn ask(shop: &Shop, who: &str, product: &Product, number: u64, months: Option<u8>) -> Answer {
    let item = wanted(product, number, false);
    let mut body = json!({ "kind": "bill", "product": item.product, "target": item.target });
    if let Some(months) = months {
        body["months"] = json!(months);
    }
    shop.post("/v1/inquiries").by(who).json(&body).send().await
}

async fn order(shop: &Shop, who: &str, product: &Product, asked: &Value) -> Answer {
    let body = json!({
        "items": [{ "product": product.id, "inquiry": asked["inquiry"] }], "expected_total": asked["price"],
    });
    shop.post("/v1/orders").by(who).fresh_key().json(&body).send().await
}

/// The first product of a kind.
async fn first_of(shop: &Shop, kind: &str) -> Product {
    let listed = shop.for_sale(&shop.customer, kind).await;
    serde_json::from_value(listed[0].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_told_for_half_an_hour_and_for_the_months_that_are_chosen() {
    let shop = kinds::open(|_| {}).await;
    half_an_hour(&shop).await;
    months(&shop).await;
    shop.end().await;
}

async fn half_an_hour(shop: &Shop) {
    let (who, bill) = (shop.stranger(), first_of(shop, "pln_bill").await);
    let asked = ask(shop, &who, &bill, 8_101, None).await.ok();
    shop.pass(31 * MINUTE).await;
    let late = order(shop, &who, &bill, &asked).await;
    assert_eq!(late.problem(), "409 inquiry_expired items[0].inquiry=inquiry_expired");
    let again = ask(shop, &who, &bill, 8_101, None).await.ok();
    shop.pass(29 * MINUTE).await;
    let id = text(&order(shop, &who, &bill, &again).await.ok()["id"]);
    // Ordered in time is in time, though the answer has ended when it is paid.
    shop.pass(20 * MINUTE).await;
    shop.click(&who, &id, Click::Pay).await;
    shop.pass(HOUR).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
}

async fn months(shop: &Shop) {
    let (who, insurance, bill) = (shop.stranger(), first_of(shop, "bpjs").await, first_of(shop, "pln_bill").await);
    let one = ask(shop, &who, &insurance, 8_201, None).await.ok();
    let three = ask(shop, &who, &insurance, 8_201, Some(3)).await.ok();
    assert_eq!((&one["bill"]["months"], &three["bill"]["months"]), (&json!(1), &json!(3)));
    let minor = |asked: &Value| text(&asked["bill"]["debt"]["amount"]).replace('.', "").parse::<i64>().unwrap();
    assert!(minor(&three) > 2 * minor(&one), "{one} {three}");
    for (product, months) in [(&insurance, 0), (&insurance, 13), (&bill, 2)] {
        let refused = ask(shop, &who, product, 8_202, Some(months)).await;
        assert_eq!(refused.problem(), "422 bad_months months=bad_months", "{} {months}", product.id);
    }
    let id = text(&order(shop, &who, &insurance, &three).await.ok()["id"]);
    shop.click(&who, &id, Click::Pay).await;
    shop.pass(HOUR).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["items"][0]["bill"]), (&json!("success"), &three["bill"]), "{own}");
    assert_eq!(shop.delivered(&shop.story(&id).await).await, 1);
}

/// Suppliers know an inquiry for the same day only; what was ordered before midnight is asked for again after it, and paid.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_told_until_midnight_in_jakarta() {
    let shop = kinds::open(|options| options.begins_at = Some(LATE)).await;
    let water = first_of(&shop, "pdam").await;
    let (who, other) = (shop.stranger(), shop.stranger());
    let asked = ask(&shop, &who, &water, 8_301, None).await.ok();
    assert!(text(&asked["expires_at"]).ends_with("T17:00:00Z"), "{asked}");
    let in_time = ask(&shop, &other, &water, 8_311, None).await.ok();
    let id = text(&order(&shop, &other, &water, &in_time).await.ok()["id"]);
    shop.pass(11 * MINUTE).await;
    let late = order(&shop, &who, &water, &asked).await;
    assert_eq!(late.problem(), "409 inquiry_expired items[0].inquiry=inquiry_expired");
    shop.click(&other, &id, Click::Pay).await;
    shop.pass(2 * HOUR).await;
    assert_eq!(shop.own(&other, &id).await["status"], "success");
    shop.end().await;
}

/// Paid, and whoever sent it is dead before the answer is written down: each supplier is asked, and none pays a second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_with_a_payment_under_way_at_whoever_pays_bills_pays_it_once() {
    let mut shop = kinds::open(|options| {
        let ids = options.suppliers.iter().map(|id| id.to_uppercase());
        let short = ids.map(|id| (format!("SUPPLIER_{id}_TIMEOUT_MS"), "1000".to_owned()));
        options.env = short.collect();
    })
    .await;
    let bills = one_of_each(&shop).await;
    assert_eq!(bills.keys().collect::<Vec<_>>(), PAYERS);
    for (n, (supplier, bill)) in bills.iter().enumerate() {
        let others = switch_off_all_but(&shop, supplier).await;
        dies_with_a_payment_under_way(&mut shop, supplier, bill, 8_401 + 10 * n as u64).await;
        for switch in others {
            let end = shop.post(&format!("/v1/admin/switches/{switch}/end")).by(&shop.operator);
            end.json(&json!({})).send().await.ok();
        }
    }
    shop.end().await;
}

async fn dies_with_a_payment_under_way(shop: &mut Shop, supplier: &str, bill: &Product, number: u64) {
    let who = shop.stranger();
    let asked = ask(shop, &who, bill, number, None).await;
    assert_eq!(asked.status, 200, "{} at {supplier}: {}", bill.id, asked.text);
    let asked = asked.json();
    let id = text(&order(shop, &who, bill, &asked).await.ok()["id"]);
    let (_, page) = shop.checkout(&who, &id).await;
    shop.restart_to_die_at("engine.after_send").await;
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.comes_back_from("engine.after_send").await;
    shop.pass(2 * HOUR).await;
    let story = shop.story(&id).await;
    let attempts = &story["order"]["attempts"];
    assert_eq!(&text(&attempts[0]["supplier"]), supplier, "{attempts:#}");
    assert_eq!(shop.delivered(&story).await, 1, "{supplier}: {attempts:#}");
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["items"][0]["bill"]), (&json!("success"), &asked["bill"]), "{supplier}: {own}");
}

/// One bill product that each of them sells.
async fn one_of_each(shop: &Shop) -> BTreeMap<String, Product> {
    let mut found = BTreeMap::new();
    for kind in BILLS {
        for product in shop.for_sale(&shop.customer, kind).await {
            if found.len() == PAYERS.len() {
                return found;
            }
            let product: Product = serde_json::from_value(product).unwrap();
            for seller in shop.api.sellers(&shop.admin, &product.id).await.unwrap() {
                found.entry(seller.supplier).or_insert_with(|| product.clone());
            }
        }
    }
    found
}

/// Nothing is asked or bought elsewhere, a second later; the switches.
async fn switch_off_all_but(shop: &Shop, supplier: &str) -> Vec<String> {
    let mut switches = Vec::new();
    for other in EVERYBODY.iter().filter(|other| **other != supplier) {
        let off = json!({ "supplier": other, "why": "another one is looked at" });
        let switched = shop.post("/v1/admin/switches").by(&shop.operator).json(&off).send().await.ok();
        switches.push(text(&switched["id"]));
    }
    tokio::time::sleep(A_SECOND).await;
    switches
}

//! All ten kinds of goods over the API with all suppliers registered: bought where it is cheapest, and of the next one when that one
//! refuses, fails, or is not there.

use demo::outside::Click;
use demo::plan::wanted;
use demo::view::{Product, Seller};
use demo::world::{EVERYBODY, WorldOptions};
use serde_json::{Value, json};

use crate::reading::{each, list, text};
use crate::shop::{MINUTE, Shop};

pub const KINDS: [&str; 10] =
    ["airtime", "data", "pln_token", "e_money", "game", "voucher", "pln_bill", "bpjs", "pdam", "internet"];
/// Products of a kind that are looked at for one that two sell at nearly the same price.
const LOOKED_AT: usize = 60;
const HOUR: i64 = 60 * MINUTE;
/// Nine in the morning in Jakarta: everything is open.
const MORNING: i64 = 2 * HOUR;
/// What fails is asked about for a while before the next one is tried.
const PATIENCE: i64 = 2 * HOUR;

/// What is wrong with the cheapest seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Nothing,
    Refuses,
    Fails,
    NobodyThere,
}

/// A product with its two cheapest sellers.
pub struct Sold {
    product: Product,
    first: Seller,
    second: Seller,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_bought_where_it_is_cheapest_and_of_the_next_one_when_that_fails() {
    let shop = open(|_| {}).await;
    let mut sold = Vec::new();
    for kind in KINDS {
        sold.push(sold_by_two(&shop, kind).await);
    }
    let mut number = 4_700;
    for trouble in [Trouble::Nothing, Trouble::Refuses, Trouble::Fails, Trouble::NobodyThere] {
        for sold in &sold {
            number += 10;
            // Whoever has a number that ends in 1 owes one bill, which all take.
            buy(&shop, sold, trouble, number + 1).await;
        }
    }
    shop.end().await;
}

/// Lapak buys at the price it is told or not at all. What it alone sells waits for the price of today.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_supplier_alone_sells_is_tried_there_again_when_its_price_has_changed() {
    let shop = open(|options| options.suppliers = vec!["lapak".to_owned()]).await;
    let listed = shop.for_sale(&shop.customer, "voucher").await;
    let product: Product = serde_json::from_value(listed[0].clone()).unwrap();
    shop.fault(json!({ "provider": "lapak", "call": "topup", "kind": "price_change", "times": 1 })).await;
    let item = wanted(&product, 4_242, false);
    let (who, id) = shop.paid_order(&[(&item.product, &item.target)]).await;
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["attempts"], "cause"), ["price"], "{story:#}");
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["attempts"], "state"), ["refused", "done"]);
    assert_eq!(shop.delivered(&story).await, 1);
    shop.end().await;
}

/// A shop in the morning, with all suppliers.
pub async fn open(change: impl FnOnce(&mut WorldOptions)) -> Shop {
    Shop::open_with(|options| {
        options.suppliers = EVERYBODY.map(str::to_owned).to_vec();
        options.begins_at = Some(MORNING);
        change(options);
    })
    .await
}

/// Of those that two sell the one at which the second is hardly dearer: nobody is bought from at a loss.
pub async fn sold_by_two(shop: &Shop, kind: &str) -> Sold {
    let listed = shop.for_sale(&shop.customer, kind).await;
    let mut best: Option<Sold> = None;
    for product in listed.iter().step_by((listed.len() / LOOKED_AT).max(1)) {
        let product: Product = serde_json::from_value(product.clone()).unwrap();
        let sellers = shop.api.sellers(&shop.admin, &product.id).await.unwrap();
        if let [first, second, ..] = sellers.as_slice() {
            let dearer = |first: &Seller, second: &Seller| second.cost.minor * 1_000 / first.cost.minor.max(1);
            if best.as_ref().is_none_or(|best| dearer(first, second) < dearer(&best.first, &best.second)) {
                best = Some(Sold { product, first: first.clone(), second: second.clone() });
            }
        }
    }
    best.unwrap_or_else(|| panic!("nobody but one sells any {kind}"))
}

/// Somebody new buys it for whoever has this number; the order's customer and id.
pub async fn buy(shop: &Shop, sold: &Sold, trouble: Trouble, number: u64) -> (String, String) {
    let Sold { product, first, second } = sold;
    let words = format!("{} at {} then {}, {trouble:?}", product.id, first.supplier, second.supplier);
    let who = shop.stranger();
    let item = wanted(product, number, false);
    let item = if product.is_bill() {
        let body = json!({ "kind": "bill", "product": item.product, "target": item.target });
        let asked = shop.post("/v1/inquiries").by(&who).json(&body).send().await.ok();
        assert_eq!(asked["result"], "found", "{words}: {asked}");
        json!({ "product": item.product, "inquiry": asked["inquiry"] })
    } else {
        json!({ "product": item.product, "target": item.target })
    };
    let quoted = json!({ "product": item["product"], "inquiry": item["inquiry"] });
    let total = shop.post("/v1/quotes").by(&who).json(&json!({ "items": [without_null(quoted)] })).send().await.ok();
    let body = json!({ "items": [item], "expected_total": total["total"] });
    let id = text(&shop.post("/v1/orders").by(&who).fresh_key().json(&body).send().await.ok()["id"]);
    begin(shop, &first.supplier, trouble).await;
    shop.click(&who, &id, Click::Pay).await;
    let mut passed = 0;
    let mut own = shop.own(&who, &id).await;
    while own["status"] == "paid" && passed < PATIENCE {
        shop.pass(5 * MINUTE).await;
        passed += 5 * MINUTE;
        own = shop.own(&who, &id).await;
    }
    end(shop, &first.supplier, trouble).await;
    let story = shop.story(&id).await;
    assert_eq!(own["status"], "success", "{words}: {:#}", story["order"]["attempts"]);
    let attempts = list(&story["order"]["attempts"]);
    let tried: Vec<String> = each(&story["order"]["attempts"], "supplier");
    let by = attempts.iter().find(|attempt| attempt["state"] == "done").map(|attempt| text(&attempt["supplier"]));
    let expected = if trouble == Trouble::Nothing { &first.supplier } else { &second.supplier };
    assert_eq!(by.as_ref(), Some(expected), "{words}: tried {tried:?}");
    assert_eq!(shop.delivered(&story).await, 1, "{words}");
    (who, id)
}

fn without_null(mut item: Value) -> Value {
    item.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    item
}

async fn begin(shop: &Shop, supplier: &str, trouble: Trouble) {
    let rule = |kind: &str, more: Value| {
        let mut rule = json!({ "provider": supplier, "call": "topup", "kind": kind, "times": 1 });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    match trouble {
        Trouble::Nothing => {}
        Trouble::Refuses => shop.fault(rule("refuse", json!({ "why": "closed" }))).await,
        Trouble::Fails => shop.fault(rule("fail", json!({}))).await,
        Trouble::NobodyThere => shop.outside.take_down(supplier).await.unwrap(),
    }
}

async fn end(shop: &Shop, supplier: &str, trouble: Trouble) {
    if trouble == Trouble::NobodyThere {
        shop.outside.bring_up(supplier).await.unwrap();
        // Until its breaker, if it opened, has closed again.
        shop.pass(10 * MINUTE).await;
    }
}

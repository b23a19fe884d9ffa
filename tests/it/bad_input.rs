//! Whatever comes in wrong is answered with a 4xx that names what is wrong, and changes nothing.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::reading::twd;
use crate::shop::{AIRTIME, Shop, TOKEN, fresh, phone};
use crate::slow_clients;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let shop = Shop::open().await;
    let before = shop.count("SELECT count(*) FROM orders").await;
    let quick = async {
        bodies(&shop).await;
        orders_that_make_no_sense(&shop).await;
        headers(&shop).await;
        queries_and_paths(&shop).await;
        staffs_bodies(&shop).await;
        methods_and_unknown_addresses(&shop).await;
    };
    tokio::join!(slow_clients::all(&shop), quick);
    let placed = shop.count("SELECT count(*) FROM orders").await - before;
    assert_eq!(placed, 1, "nothing was placed but the one order staff had to look at");
    let metrics = shop.get("/metrics").send().await.text;
    let broken: Vec<&str> = metrics.lines().filter(|line| line.contains("status=\"5")).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let mut said_once = HashSet::new();
    let types = metrics.lines().filter(|line| line.starts_with("# TYPE "));
    let twice: Vec<&str> = types.filter(|line| !said_once.insert(*line)).collect();
    assert!(twice.is_empty(), "a reader of the numbers takes each name's meaning once: {twice:?}");
    shop.end().await;
}

/// `{"items":[…],"expected_total":…}` with something done to it.
fn order_with(change: impl FnOnce(&mut Value)) -> String {
    let mut body = json!({ "items": [{ "product": AIRTIME, "target": "081231234567" }], "expected_total": twd(26) });
    change(&mut body);
    body.to_string()
}

async fn bodies(shop: &Shop) {
    let place = |content_type: &str, body: Vec<u8>| {
        shop.post("/v1/orders").by(&shop.customer).fresh_key().body(content_type, body).send()
    };
    let good = order_with(|_| {});
    let huge = format!("{{\"x\":\"{}\"}}", "a".repeat(1_000_000));
    let not_utf8 = good.replace("081231234567", "\u{1}").into_bytes();
    let not_utf8 = not_utf8.into_iter().map(|b| if b == 1 { 0xff } else { b }).collect::<Vec<u8>>();
    let deep = "[".repeat(10_000);
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        (JSON, b"".to_vec(), "400 malformed_json body=malformed"),
        (JSON, b"{".to_vec(), "400 malformed_json body=malformed"),
        (JSON, format!("{good}{good}").into_bytes(), "400 malformed_json body=malformed"),
        (JSON, good.replace(':', "=").into_bytes(), "400 malformed_json body=malformed"),
        (JSON, not_utf8, "400 not_utf8 body=not_utf8"),
        (JSON, b"null".to_vec(), "422 invalid_field body=invalid"),
        (JSON, b"7".to_vec(), "422 invalid_field body=invalid"),
        (JSON, format!("[{good}]").into_bytes(), "422 invalid_field body=invalid"),
        (JSON, deep.into_bytes(), "422 invalid_field body=invalid"),
        (JSON, huge.into_bytes(), "413 too_large body=too_large"),
        ("text/plain", good.clone().into_bytes(), "415 unsupported_media_type Content-Type=unsupported"),
        (FORM, b"items=1".to_vec(), "415 unsupported_media_type Content-Type=unsupported"),
        ("application/jsonp", good.into_bytes(), "415 unsupported_media_type Content-Type=unsupported"),
    ];
    for (content_type, body, expected) in table {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!(place(content_type, body).await.problem(), expected, "{content_type} {shown}");
    }
}

async fn orders_that_make_no_sense(shop: &Shop) {
    let place = async |body: String| {
        shop.post("/v1/orders").by(&shop.customer).fresh_key().body(JSON, body).send().await.problem()
    };
    let item = |product: &str, target: &str| json!({ "product": product, "target": target });
    let eleven: Vec<Value> = (0..11).map(|n| item(AIRTIME, &format!("08123123456{}", n % 10))).collect();
    let mut table: Vec<(String, String)> = Vec::new();
    let mut row = |expected: &str, change: &dyn Fn(&mut Value)| {
        table.push((order_with(change), expected.to_owned()));
    };
    // Missing, unknown, of another type.
    row("422 invalid_field items=required", &|b| drop(b.as_object_mut().unwrap().remove("items")));
    row("422 invalid_field expected_total=required", &|b| drop(b.as_object_mut().unwrap().remove("expected_total")));
    row("422 invalid_field items[0].target=required", &|b| b["items"][0] = json!({ "product": AIRTIME }));
    row("422 invalid_field items[0].product=required", &|b| b["items"][0] = json!({ "target": "081231234567" }));
    row("422 invalid_field surprise=unknown", &|b| b["surprise"] = json!(1));
    row("422 invalid_field items[0].price=unknown", &|b| b["items"][0]["price"] = twd(1));
    row("422 invalid_field expected_total.cents=unknown", &|b| b["expected_total"]["cents"] = json!(1));
    row("422 invalid_field items=invalid", &|b| b["items"] = json!("airtime"));
    row("422 invalid_field items=invalid", &|b| b["items"] = Value::Null);
    row("422 invalid_field items[0].target=invalid", &|b| b["items"][0]["target"] = json!(81_231_234_567_u64));
    row("422 invalid_field items[0].product=invalid", &|b| b["items"][0]["product"] = json!(["x"]));
    row("422 invalid_field confirm_repeat=invalid", &|b| b["confirm_repeat"] = json!("yes"));
    row("422 invalid_field promo_code=invalid", &|b| b["promo_code"] = json!(10));
    row("422 invalid_field promo_code=invalid", &|b| b["promo_code"] = json!("X".repeat(33)));
    row("422 invalid_field promo_code=invalid", &|b| b["promo_code"] = json!("A\u{0}B"));
    // How many, of what, for whom.
    row("422 items_required items=required", &|b| b["items"] = json!([]));
    row("422 too_many_items items=too_many", &|b| b["items"] = json!(eleven));
    row("422 unknown_product items[0].product=unknown_product", &|b| {
        b["items"][0] = item("airtime-nobody-1", "081231234567")
    });
    row("422 unknown_product items[1].product=unknown_product", &|b| {
        b["items"] = json!([item(AIRTIME, "081231234567"), item("nothing-at-all", "081231234567")]);
    });
    row("422 invalid_field items[0].product=invalid", &|b| b["items"][0] = item("' OR 1=1 --", "081231234567"));
    row("422 invalid_field items[0].product=invalid", &|b| b["items"][0] = item("", "081231234567"));
    row("422 invalid_field items[0].target=invalid", &|b| b["items"][0] = item(AIRTIME, ""));
    row("422 invalid_field items[0].target=invalid", &|b| b["items"][0] = item(AIRTIME, &"0".repeat(65)));
    row("422 invalid_field items[0].target=invalid", &|b| b["items"][0] = item(AIRTIME, "0812\n31234567"));
    for taiwanese in ["0912345678", "+886912345678", "886 912 345 678"] {
        row("422 bad_target items[0].target=taiwanese_number", &|b| b["items"][0] = item(AIRTIME, taiwanese));
    }
    for wrong in ["0812", "071231234567", "08123123456789", "0812345x", "٠٨١٢٣١٢٣٤٥٦٧"] {
        row("422 bad_target items[0].target=not_a_mobile_number", &|b| b["items"][0] = item(AIRTIME, wrong));
    }
    row("422 bad_target items[1].target=not_a_meter_number", &|b| {
        b["items"] = json!([item(AIRTIME, "081231234567"), item(TOKEN, "123")]);
    });
    // Money.
    for (amount, currency, field) in [
        ("26.005", "TWD", "expected_total"),
        ("-26.00", "TWD", "expected_total"),
        ("", "TWD", "expected_total"),
        ("26,00", "TWD", "expected_total"),
        ("2.6e1", "TWD", "expected_total"),
        ("0x1a", "TWD", "expected_total"),
        ("NaN", "TWD", "expected_total"),
        ("99999999999999999999999999", "TWD", "expected_total"),
        ("92233720368547758.08", "TWD", "expected_total"),
        ("26.00", "USD", "expected_total"),
        ("26.00", "twd", "expected_total"),
        ("26.00", "", "expected_total"),
    ] {
        row(&format!("422 invalid_field {field}=invalid"), &|b| {
            b["expected_total"] = json!({ "amount": amount, "currency": currency });
        });
    }
    row("422 invalid_field expected_total.amount=invalid", &|b| b["expected_total"]["amount"] = json!(26));
    row("422 invalid_field expected_total=invalid", &|b| b["expected_total"] = json!("26 TWD"));
    row("409 total_changed expected_total=total_changed", &|b| b["expected_total"]["currency"] = json!("IDR"));
    row("409 total_changed expected_total=total_changed", &|b| b["expected_total"]["amount"] = json!("0.01"));
    row("422 promo_unknown promo_code=promo_unknown", &|b| b["promo_code"] = json!("NOBODY"));
    for (body, expected) in table {
        assert_eq!(place(body.clone()).await, expected, "{body}");
    }
    let doubled = order_with(|_| {}).replacen('{', "{\"items\":[],", 1);
    assert_eq!(place(doubled).await, "422 invalid_field items=duplicate");

    let quote = async |body: Value| shop.post("/v1/quotes").by(&shop.customer).json(&body).send().await.problem();
    assert_eq!(quote(json!({ "items": [] })).await, "422 items_required items=required");
    let with_target = json!({ "items": [item(AIRTIME, "081231234567")] });
    assert_eq!(quote(with_target).await, "422 invalid_field items[0].target=unknown");
}

async fn headers(shop: &Shop) {
    let body = order_with(|_| {});
    let place = || shop.post("/v1/orders").by(&shop.customer).body(JSON, body.clone());
    let wanted = |code| format!("400 idempotency_key_required Idempotency-Key={code}");
    assert_eq!(place().send().await.problem(), wanted("required"));
    assert_eq!(place().key("").send().await.problem(), wanted("invalid"));
    assert_eq!(place().key(&"k".repeat(101)).send().await.problem(), wanted("invalid"));
    assert_eq!(place().key("two words").send().await.problem(), wanted("invalid"));
    assert_eq!(place().key("one").key("two").send().await.problem(), wanted("duplicate"));
    // A head that does not end is cut off by its size.
    let long = shop.get("/v1/catalogue").by(&shop.customer).header("X-Long", &"x".repeat(200_000)).send().await;
    assert!((400..500).contains(&long.status), "{long:?}");
}

async fn queries_and_paths(shop: &Shop) {
    let (customer, staff) = (shop.customer.as_str(), shop.operator.as_str());
    let id = fresh();
    for (who, path, expected) in [
        (customer, "/v1/catalogue?limit=0", "400 invalid_query limit=invalid"),
        (customer, "/v1/catalogue?limit=101", "400 invalid_query limit=invalid"),
        (customer, "/v1/catalogue?limit=abc", "400 invalid_query limit=invalid"),
        (customer, "/v1/catalogue?limit=99999999999999999999", "400 invalid_query limit=invalid"),
        (customer, "/v1/catalogue?category=cars", "400 invalid_query category=invalid"),
        (customer, "/v1/catalogue?cursor=%ff", "400 invalid_query cursor=not_utf8"),
        (customer, "/v1/catalogue?cursor=", "400 invalid_query cursor=invalid"),
        (customer, "/v1/catalogue?page=2", "400 invalid_query page=unknown"),
        (customer, "/v1/orders?limit=-1", "400 invalid_query limit=invalid"),
        (customer, "/v1/orders?cursor=abc", "400 invalid_query cursor=invalid"),
        (customer, "/v1/orders?limit=1&limit=2", "400 invalid_query limit=duplicate"),
        (customer, "/v1/orders/7", "400 invalid_path id=invalid"),
        (customer, "/v1/orders/%00", "400 invalid_path id=invalid"),
        (customer, "/v1/orders/00000000-0000-0000-0000-00000000000g", "400 invalid_path id=invalid"),
        (staff, "/v1/admin/orders?status=lost", "400 invalid_query status=invalid"),
        (staff, "/v1/admin/orders?customer=me", "400 invalid_query customer=invalid"),
        (staff, "/v1/admin/orders?cursor='", "400 invalid_query cursor=invalid"),
        (staff, "/v1/admin/alerts?open=maybe", "400 invalid_query open=invalid"),
        (staff, "/v1/admin/alerts?cursor=99999999999999999999", "400 invalid_query cursor=invalid"),
        (staff, "/v1/admin/promos/a", "400 invalid_path code=invalid"),
        (staff, "/v1/admin/promos/NOBODY", "404 no_such_promo"),
        (staff, "/v1/admin/orders/x", "400 invalid_path id=invalid"),
        (customer, &format!("/v1/orders/{id}"), "404 no_such_order"),
        (staff, &format!("/v1/admin/orders/{id}"), "404 no_such_order"),
    ] {
        assert_eq!(shop.get(path).by(who).send().await.problem(), expected, "{path}");
    }
}

async fn staffs_bodies(shop: &Shop) {
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let resolve = json!({ "resolution": "failed", "evidence": "T" });
    for (path, body, expected) in [
        ("items/9/resolve", resolve.clone(), "404 no_such_part"),
        ("items/65536/resolve", resolve.clone(), "400 invalid_path n=invalid"),
        ("items/-1/resolve", resolve.clone(), "400 invalid_path n=invalid"),
        ("items/0/resolve", json!({ "resolution": "lost", "evidence": "T" }), "422 invalid_field resolution=invalid"),
        ("items/0/resolve", json!({ "resolution": "failed", "evidence": "" }), "422 invalid_field evidence=invalid"),
        (
            "items/0/resolve",
            json!({ "resolution": "failed", "evidence": "x".repeat(501) }),
            "422 invalid_field evidence=invalid",
        ),
        ("items/0/resolve", resolve, "409 not_now"),
        ("payments/7/resolve", json!({ "resolution": "accept", "evidence": "T" }), "404 no_such_part"),
        ("refunds/0/confirm", json!({ "evidence": "T" }), "404 no_such_part"),
        ("refunds/0/confirm", json!({ "evidence": "T", "amount": twd(1) }), "422 invalid_field amount=unknown"),
        ("refunds/0/reject", json!({}), "422 invalid_field reason=required"),
        ("tasks/revive", json!({ "key": "item" }), "422 invalid_field key=invalid"),
        ("tasks/revive", json!({ "key": "item:0" }), "404 no_dead_task"),
    ] {
        assert_eq!(shop.decide(&shop.admin, &order, path, body).await.problem(), expected, "{path}");
    }
    let book = shop.get("/v1/admin/price-book").by(&shop.admin).send().await.ok();
    let put = async |change: &dyn Fn(&mut Value)| {
        let mut body = json!({
            "fx": { "base": "IDR", "quote": "TWD", "rate": "0.00196", "source": "x", "as_of": "2026-01-01T00:00:00Z" },
            "buffer_percent": "2", "margin": { "percent": "3", "fixed": twd(0), "minimum": twd(5) },
            "charge_unit": 100, "max_rate_age_seconds": 3600,
        });
        change(&mut body);
        shop.put("/v1/admin/price-book").by(&shop.finance).json(&body).send().await.problem()
    };
    for (field, value, named) in [
        ("/fx/rate", json!("0"), "fx.rate"),
        ("/fx/rate", json!("-0.1"), "fx.rate"),
        ("/fx/rate", json!("1e-3"), "fx.rate"),
        ("/fx/base", json!("XXX"), "fx.base"),
        ("/fx/as_of", json!("yesterday"), "fx.as_of"),
        ("/buffer_percent", json!("101"), "buffer_percent"),
        ("/margin/fixed", json!({ "amount": "0", "currency": "IDR" }), "margin.fixed"),
        ("/margin/minimum", json!({ "amount": "1.001", "currency": "TWD" }), "margin.minimum"),
        ("/charge_unit", json!(0), "charge_unit"),
        ("/max_rate_age_seconds", json!(1), "max_rate_age_seconds"),
    ] {
        let told = put(&|body: &mut Value| *body.pointer_mut(field).unwrap() = value.clone()).await;
        assert_eq!(told, format!("422 invalid_field {named}=invalid"), "{field} {value}");
    }
    assert_eq!(shop.get("/v1/admin/price-book").by(&shop.admin).send().await.ok(), book, "the old prices stand");
    let promo =
        async |body: Value| shop.put("/v1/admin/promos/BARU").by(&shop.finance).json(&body).send().await.problem();
    assert_eq!(promo(json!({ "discount": twd(1), "max_uses": -1 })).await, "422 invalid_field max_uses=invalid");
    assert_eq!(
        promo(json!({ "discount": twd(1), "max_uses": 9_000_000_000_u64 })).await,
        "422 invalid_field max_uses=invalid"
    );
    let nothing =
        [twd(0), json!({ "amount": "10.00", "currency": "IDR" }), json!({ "amount": "-1.00", "currency": "TWD" })];
    for discount in nothing {
        let told = promo(json!({ "discount": discount, "max_uses": 1 })).await;
        assert_eq!(told, "422 invalid_field discount=invalid", "{discount}");
    }

    let checkout = async |body: Value| {
        let ask = shop.post(&format!("/v1/orders/{order}/checkouts")).by(&who).fresh_key();
        ask.json(&body).send().await.problem()
    };
    assert_eq!(checkout(json!({ "method": "gold" })).await, "422 not_offered method=not_offered");
    assert_eq!(
        checkout(json!({ "method": "credit", "gateway": "nobody" })).await,
        "422 not_offered method=not_offered"
    );
    assert_eq!(checkout(json!({ "method": "credit", "language": "de" })).await, "422 invalid_field language=invalid");
    assert_eq!(checkout(json!({ "method": "credit", "payment": 3 })).await, "404 no_such_part");
    // It was placed for this test only.
    shop.post(&format!("/v1/orders/{order}/cancel")).by(&who).fresh_key().send().await.ok();
}

async fn methods_and_unknown_addresses(shop: &Shop) {
    for path in [
        "/",
        "/v1",
        "/v1/order",
        "/v1/orders/",
        "/v1/orders/a/b/c",
        "/V1/orders",
        "/webhooks/ecpay",
        "/.env",
        "/v1/admin/nothing",
    ] {
        assert_eq!(shop.get(path).by(&shop.customer).send().await.problem(), "404 no_such_route", "{path}");
    }
    // The staff's API is not on the customers' address.
    let outside = format!("{}/v1/admin/orders", shop.world.servers()[0].public_url());
    assert_eq!(shop.ask_at(Method::GET, &outside).by(&shop.operator).send().await.problem(), "404 no_such_route");
    for (method, path, allow) in [
        (Method::DELETE, "/v1/orders", "GET, POST"),
        (Method::PUT, "/v1/quotes", "POST"),
        (Method::POST, "/v1/catalogue", "GET"),
        (Method::GET, "/webhooks/ecpay/return", "POST"),
        (Method::PATCH, "/v1/admin/price-book", "GET, PUT"),
        (Method::from_bytes(b"BREW").unwrap(), "/v1/orders", "GET, POST"),
    ] {
        let answer = shop.ask(method, path).by(&shop.admin).send().await;
        assert_eq!((answer.problem().as_str(), answer.header("allow")), ("405 method_not_allowed", allow), "{path}");
    }
}

//! Orders from the catalogue to the token: what customers, staff, books and the providers' own truth say after each step.

use demo::outside::Click;
use serde_json::{Value, json};

use crate::paying::checkout_again;
use crate::reading::{book, books, change, each, list, ms, text, twd};
use crate::shop::{AIRTIME, METER, MINUTE, Shop, TOKEN, fresh, phone};

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job() {
    let shop = Shop::open().await;
    from_the_catalogue_to_the_token(&shop).await;
    a_repeated_request_is_answered_as_before(&shop).await;
    a_changed_total_and_a_quick_repeat_need_the_customers_word(&shop).await;
    shop.end().await;
}

async fn from_the_catalogue_to_the_token(shop: &Shop) {
    let who = shop.customer.as_str();
    let number = phone();

    // The catalogue and a quote. 10,250 and 20,350 rupiah at 0.00196 + 2 %, five dollars on each, up to whole dollars.
    let products = shop.for_sale(who, "airtime").await;
    let airtime = products.iter().find(|product| product["id"] == AIRTIME).unwrap();
    assert_eq!(airtime["price"], twd(26));
    let quote = json!({ "items": [{ "product": AIRTIME }, { "product": TOKEN }] });
    let quote = shop.post("/v1/quotes").by(who).json(&quote).send().await.ok();
    assert_eq!((&quote["total"], &quote["discount"]), (&twd(72), &twd(0)));
    assert_eq!((&quote["items"][0]["amount"], &quote["items"][1]["amount"]), (&twd(26), &twd(46)));

    // Placed.
    let body = json!({
        "items": [{ "product": AIRTIME, "target": number }, { "product": TOKEN, "target": METER }],
        "expected_total": twd(72),
    });
    let answer = shop.post("/v1/orders").by(who).fresh_key().json(&body).send().await;
    assert_eq!(answer.status, 201);
    let placed = answer.ok();
    assert_eq!((&placed["version"], &placed["status"], &placed["total"]), (&json!(1), &json!("pending"), &twd(72)));
    assert!(!answer.text.contains(&number), "kept answers hold nothing personal");
    let id = text(&placed["id"]);
    let path = format!("/v1/orders/{id}");
    let seen = shop.get(&path).by(who).send().await;
    assert_eq!(seen.header("etag"), "\"1\"");
    assert_eq!(seen.ok()["items"][0]["target"], number, "their own number, in full");
    let same = shop.get(&path).by(who).header("If-None-Match", "\"1\"").send().await;
    assert_eq!((same.status, same.header("etag"), same.text.as_str()), (304, "\"1\"", ""));
    let story = shop.story(&id).await;
    assert_eq!(each(&story["timeline"], "cause"), ["placed"]);
    assert_eq!(story["timeline"][0]["actor"], format!("customer:{}", shop.customer_id));
    assert_eq!(each(&story["next"], "key"), ["payment:0"]);
    assert_eq!(story["next"][0]["run_at"], story["order"]["payments"][0]["deadline"]);
    assert_eq!(ms(&story["next"][0]["run_at"]) - ms(&story["order"]["created_at"]), 60 * MINUTE);
    assert!(books(&story).is_empty());

    // The gateway's page is open: nothing is charged yet, and the next question to the gateway is ten minutes away.
    let methods = shop.get(&format!("{path}/payment-methods")).by(who).send().await.ok();
    assert_eq!(each(&methods, "method").join(" "), "credit atm cvs barcode webatm applepay twqr all");
    assert_eq!(methods[0], json!({ "gateway": "ecpay", "method": "credit" }));
    assert_eq!(methods[1], json!({ "gateway": "ecpay", "method": "atm", "code_hours": 48 }));
    let (opened, page) = shop.checkout(who, &id).await;
    let reference = text(&opened["reference"]);
    assert!(reference.len() == 20 && reference.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    let story = shop.story(&id).await;
    assert_eq!(each(&story["timeline"], "cause"), ["placed", "checkout_opened"]);
    assert_eq!(each(&story["order"]["checkouts"], "reference"), [reference.as_str()]);
    assert_eq!(story["order"]["checkouts"][0]["state"], "open");
    assert_eq!(ms(&story["next"][0]["run_at"]) - ms(&story["timeline"][1]["at"]), 10 * MINUTE);
    assert!(shop.charges(&story).await.is_empty());

    // Paid: the money is booked, both items are ordered and on their way.
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    let story = shop.story(&id).await;
    assert_eq!(shop.charges(&story).await, [7_200]);
    let paid = change(&story, "paid");
    assert_eq!((&paid["version"], &paid["actor"]), (&json!(3), &json!("gateway:ecpay")));
    assert_eq!(each(&paid["ledger"], "template"), ["receipt"; 4]);
    let owed =
        book([("gateway_receivable:ecpay TWD", 6_700), ("gateway_fees TWD", 500), ("customer_liability TWD", -7_200)]);
    assert_eq!(books(&story), owed);
    assert_eq!(each(&story["notices"], "kind"), ["return"]);
    assert_eq!(story["order"]["status"], "paid");
    assert_eq!(each(&story["order"]["items"], "state"), ["in_progress"; 2]);
    assert_eq!(each(&story["order"]["attempts"], "state"), ["pending"; 2]);
    for attempt in list(&story["order"]["attempts"]) {
        assert_eq!(attempt["supplier"], "iak");
        let reason = text(&attempt["reason"]);
        assert!(reason.starts_with("iak ") && reason.contains("cheapest") && reason.contains("not iak-b"), "{reason}");
    }
    let reserved = change(&story, "attempt_reserved");
    assert_eq!((&reserved["actor"], list(&reserved["exchanges"]).len()), (&json!("engine"), 0));
    // Two answers, in one change or in two: as they happened to come.
    let answered: Vec<&Value> = list(&story["timeline"])
        .iter()
        .filter(|c| c["cause"] == "answered")
        .flat_map(|c| list(&c["exchanges"]))
        .collect();
    assert_eq!(answered.len(), 2);
    for exchange in answered {
        let (provider, sent, status) = (&exchange["provider"], &exchange["sent"], &exchange["status"]);
        assert_eq!((provider, sent, status), (&json!("iak"), &json!("replied"), &json!(200)));
    }
    let mut next: Vec<(String, i64)> = list(&story["next"])
        .iter()
        .map(|task| (text(&task["key"]), ms(&task["run_at"]) - answered_at(&story, &task["key"])))
        .collect();
    next.sort_unstable();
    assert_eq!(next, [("item:0".to_owned(), 5_000), ("item:1".to_owned(), 5_000)], "by the ladder of questions");
    let (truth, bought) = (shop.outside.truth().await.unwrap(), each(&story["order"]["attempts"], "reference"));
    let bought = truth.deliveries.iter().filter(|d| bought.contains(&d.reference)).collect::<Vec<_>>();
    assert_eq!(bought.iter().map(|d| d.state.as_str()).collect::<Vec<_>>(), ["pending"; 2]);

    // Delivered: the supplier's callback brought the question forward, its answer decided.
    shop.pass(4_000).await;
    let story = shop.story(&id).await;
    assert_eq!((&story["order"]["status"], list(&story["next"]).len()), (&json!("success"), 0));
    let entries = list(&story["timeline"]).len();
    assert_eq!(entries, story["order"]["version"].as_u64().unwrap() as usize, "one entry per version");
    let nudged = change(&story, "nudged");
    assert_eq!(nudged["actor"], "supplier:iak");
    let reserved: Vec<String> = each(&change(&story, "attempt_reserved")["changes"], "to");
    assert_eq!(reserved.iter().filter(|to| *to == "reserved").count(), 2, "both items in one commit");
    assert_eq!(each(&story["order"]["attempts"], "state"), ["done"; 2]);
    let end = book([
        ("gateway_receivable:ecpay TWD", 6_700),
        ("gateway_fees TWD", 500),
        ("sales TWD", -7_200),
        ("cost_of_goods IDR", 3_060_000),
        ("supplier_deposit:iak IDR", -3_060_000),
    ]);
    assert_eq!(books(&story), end);
    let masked = story.to_string();
    assert!(!masked.contains(&number) && !masked.contains(METER), "staff see no number");
    let truth = shop.outside.truth().await.unwrap();
    let own = shop.own(who, &id).await;
    for (item, attempt) in list(&own["items"]).iter().zip(list(&story["order"]["attempts"])) {
        let attempt = list(&story["order"]["attempts"]).iter().find(|a| a["item"] == item["no"]).unwrap_or(attempt);
        let bought: Vec<_> = truth.deliveries.iter().filter(|d| attempt["reference"] == d.reference).collect();
        assert_eq!(
            (bought.len(), bought[0].state.as_str(), bought[0].target.as_str()),
            (1, "delivered", item["target"].as_str().unwrap())
        );
        assert_eq!(item["serial"].as_str(), bought[0].serial.as_deref(), "the customer has what the supplier gave");
        assert!(!masked.contains(item["serial"].as_str().unwrap()), "staff see no serial");
    }
    let pln: String = text(&own["items"][1]["serial"]).chars().filter(char::is_ascii_digit).take(20).collect();
    assert_eq!(pln.len(), 20, "a PLN token has twenty digits");
    assert!(!shop.get(&path).by(who).header("If-None-Match", "\"1\"").send().await.ok().is_null());
    assert_eq!(
        shop.decide(&shop.operator, &id, "items/0/resolve", json!({ "resolution": "retry", "evidence": "x" }))
            .await
            .problem(),
        "409 not_now"
    );
    assert_eq!(shop.post(&format!("{path}/cancel")).by(who).fresh_key().send().await.problem(), "409 not_now");
    assert_eq!(checkout_again(shop, who, &id).await, "409 not_now");
}

async fn a_repeated_request_is_answered_as_before(shop: &Shop) {
    let who = shop.stranger();
    let body = shop.new_order(&[(AIRTIME, &phone())], None).await;
    let key = fresh();
    let place = |body: Value| shop.post("/v1/orders").by(&who).key(&key).json(&body).send();
    // All at once: one order, one answer.
    let (a, b, c, d) = tokio::join!(place(body.clone()), place(body.clone()), place(body.clone()), place(body.clone()));
    for other in [&b, &c, &d] {
        assert_eq!((other.status, &other.text), (201, &a.text));
    }
    let replayed = [&a, &b, &c, &d].iter().filter(|one| one.header("idempotent-replay") == "true").count();
    assert_eq!(replayed, 3);
    let orders = shop.get("/v1/orders").by(&who).send().await.ok();
    assert_eq!(list(&orders["items"]).len(), 1);

    let mut other = body.clone();
    other["confirm_repeat"] = json!(true);
    assert_eq!(place(other).await.problem(), "422 idempotency_key_reused Idempotency-Key=reused");
    // Somebody else's key of the same name is another key.
    let mine = shop.post("/v1/orders").by(&shop.stranger()).key(&key).json(&body).send().await;
    assert_eq!((mine.status, mine.header("idempotent-replay")), (201, ""));
    assert_ne!(mine.text, a.text);
    // After the order has moved on, the old answer is still the answer.
    let id = text(&a.ok()["id"]);
    shop.click(&who, &id, Click::Pay).await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    assert_eq!(place(body).await.text, a.text);
}

async fn a_changed_total_and_a_quick_repeat_need_the_customers_word(shop: &Shop) {
    let who = shop.stranger();
    let mut body = shop.new_order(&[(AIRTIME, &phone())], None).await;
    body["expected_total"] = twd(25);
    let place = |body: &Value| shop.post("/v1/orders").by(&who).fresh_key().json(body).send();
    let refused = place(&body).await;
    assert_eq!(refused.problem(), "409 total_changed expected_total=total_changed");
    assert_eq!(refused.json()["total"], twd(26));
    body["expected_total"] = twd(26);
    place(&body).await.ok();
    assert_eq!(place(&body).await.problem(), "409 repeat_needs_confirmation confirm_repeat=required");
    let mut confirmed = body.clone();
    confirmed["confirm_repeat"] = json!(true);
    place(&confirmed).await.ok();
    shop.pass(11 * MINUTE).await;
    place(&body).await.ok();
    let orders = shop.get("/v1/orders").by(&who).send().await.ok();
    assert_eq!(list(&orders["items"]).len(), 3);
    // Page by page, newest first.
    let mut seen = Vec::new();
    let mut path = "/v1/orders?limit=1".to_owned();
    loop {
        let page = shop.get(&path).by(&who).send().await.ok();
        seen.extend(each(&page["items"], "id"));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/orders?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, each(&orders["items"], "id"));
}

/// When the supplier answered about an item, by the key of its task.
fn answered_at(story: &Value, task: &Value) -> i64 {
    let item: u64 = text(task).replace("item:", "").parse().unwrap();
    let attempt = list(&story["order"]["attempts"]).iter().find(|a| a["item"] == item).unwrap();
    let subject = format!("attempt {}", attempt["no"]);
    let moved = |c: &&Value| c["cause"] == "answered" && each(&c["changes"], "subject").contains(&subject);
    ms(&list(&story["timeline"]).iter().find(moved).unwrap()["at"])
}

//! Everything that can come in between: late money, failing suppliers, lost answers, doubts, reversals. Each ends with
//! the customer served or paid back, once, and the books saying so.

use demo::outside::Click;
use serde_json::{Value, json};

use crate::reading::{book, books, change, each, idr, list, minor, ms, pair, text, twd};
use crate::shop::{AIRTIME, FIRST, MINUTE, SECOND, Shop, TOKEN, meter, phone};

const DEAR: &str = "pln-token-1000000";

#[tokio::test(flavor = "multi_thread")]
async fn what_can_go_wrong_outside() {
    let shop = Shop::open().await;
    late_money_of_a_cancelled_order_goes_back_by_two_people(&shop).await;
    when_the_first_account_fails_the_second_buys(&shop).await;
    when_both_fail_the_items_share_goes_back_after_the_settle_time(&shop).await;
    a_lost_answer_is_asked_about_and_never_sent_again(&shop).await;
    let told = staff_decide_about_what_was_bought_before(&shop).await;
    let named = staff_name_the_attempt_that_delivered(&shop).await;
    staff_give_a_code_that_never_came(&shop).await;
    finance_reports_a_dispute_that_is_won(&shop).await;
    a_price_above_the_list_is_paid_and_reported(&shop).await;
    goods_taken_back_are_paid_back(&shop).await;
    other_money_than_agreed_waits_for_a_person(&shop).await;
    let sums = shop.sql("SELECT amount_currency, sum(amount_minor)::bigint FROM ledger_line GROUP BY 1").await;
    assert!(sums.iter().all(|row| row.get::<_, i64>(1) == 0), "{sums:?}");
    shop.end_but(&[&told, &named]).await;
}

async fn late_money_of_a_cancelled_order_goes_back_by_two_people(shop: &Shop) {
    let (who, id) = shop.order(&[(DEAR, &meter()), (DEAR, &meter())], None).await;
    let (_, page) = shop.checkout(&who, &id).await;
    shop.post(&format!("/v1/orders/{id}/cancel")).by(&who).fresh_key().send().await.ok();
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    let story = shop.story(&id).await;
    let total = minor(&story["order"]["terms"]["total"]);
    assert!(total > 300_000, "{total} needs two people");
    assert_eq!(story["order"]["status"], "failed");
    assert_eq!(
        (each(&story["order"]["refunds"], "state"), each(&story["order"]["refunds"], "reason")),
        pair("manual", "late_money")
    );
    assert_eq!(minor(&story["order"]["refunds"][0]["amount"]), total);
    assert_eq!(books(&story)["refunds_payable TWD"], -total);
    assert!(shop.alert(&id, "refund_due").await.is_some());
    assert!(list(&story["order"]["attempts"]).is_empty(), "nothing is bought");
    let due = story["next"][0].clone();
    assert_eq!((&due["key"], ms(&due["run_at"]) > shop.now() + 23 * 60 * MINUTE), (&json!("refund:0"), true));

    let confirm = async |by: &str, evidence: &str| {
        shop.decide(by, &id, "refunds/0/confirm", json!({ "evidence": evidence })).await
    };
    assert_eq!(confirm(&shop.operator, "BANK-1").await.problem(), "403 forbidden");
    assert_eq!(confirm(&shop.finance, "").await.problem(), "422 invalid_field evidence=invalid");
    confirm(&shop.finance, "BANK-1").await.ok();
    let story = shop.story(&id).await;
    assert_eq!(
        (&story["order"]["refunds"][0]["state"], &story["order"]["refunds"][0]["confirmed_by"]),
        (&json!("manual"), &json!("fina"))
    );
    assert_eq!(confirm(&shop.finance, "BANK-1").await.problem(), "409 second_person_needed");
    confirm(&shop.finance2, "BANK-1").await.ok();
    let story = shop.story(&id).await;
    assert_eq!(
        (&story["order"]["refunds"][0]["state"], &story["order"]["refunds"][0]["evidence"]),
        (&json!("succeeded"), &json!("BANK-1"))
    );
    let confirmed: Vec<&Value> = list(&story["timeline"]).iter().filter(|c| c["cause"] == "refund_confirmed").collect();
    assert_eq!(confirmed.iter().map(|c| text(&c["actor"])).collect::<Vec<_>>(), ["operator:fina", "operator:fitri"]);
    let fee = books(&story)["gateway_fees TWD"];
    assert_eq!(books(&story), book([("gateway_fees TWD", fee), ("gateway_receivable:ecpay TWD", -fee)]));
    assert!(list(&story["next"]).is_empty());
    assert_eq!(shop.own(&who, &id).await["refunds"][0]["state"], "succeeded");
}

async fn when_the_first_account_fails_the_second_buys(shop: &Shop) {
    shop.fault(fault("topup", "refuse", json!({ "account": FIRST, "rc": "106", "times": 1 }))).await;
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    shop.pass(4_000).await;
    let story = shop.story(&id).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    assert_eq!(
        (each(&story["order"]["attempts"], "supplier"), each(&story["order"]["attempts"], "state")),
        (vec!["iak".to_owned(), "iak-b".to_owned()], vec!["refused".to_owned(), "done".to_owned()])
    );
    let [first, second] = [0, 1].map(|n| story["order"]["attempts"][n].clone());
    assert_eq!((&first["cause"], &first["word"]), (&json!("supplier"), &json!("106")));
    assert!(
        text(&second["reason"]).contains("iak IDR") || text(&second["reason"]).contains("already tried"),
        "{second}"
    );
    assert_eq!(books(&story)["supplier_deposit:iak-b IDR"], -1_025_000);
    assert_eq!(shop.delivered(&story).await, 1);
}

async fn when_both_fail_the_items_share_goes_back_after_the_settle_time(shop: &Shop) {
    for account in [FIRST, SECOND] {
        let more = json!({ "account": account, "product": "hpln20000", "rc": "07", "times": 1 });
        shop.fault(fault("topup", "fail", more)).await;
    }
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone()), (TOKEN, &meter())]).await;
    shop.pass(30_000).await;
    let own = shop.own(&who, &id).await;
    assert_eq!(own["status"], "success", "one item was delivered");
    assert_eq!(each(&own["items"], "state"), ["delivered", "failed"]);
    assert_eq!(own["items"][1]["failure"], "unavailable");
    assert_eq!((&own["refunds"][0]["amount"], &own["refunds"][0]["state"]), (&twd(46), &json!("requested")));
    let story = shop.story(&id).await;
    let refund = list(&story["next"]).iter().find(|task| task["key"] == "refund:0").unwrap();
    assert_eq!(ms(&refund["run_at"]) - ms(&story["order"]["refunds"][0]["requested_at"]), 30 * MINUTE);
    shop.pass(31 * MINUTE).await;
    assert_eq!(shop.own(&who, &id).await["refunds"][0]["state"], "manual");
    assert!(shop.alert(&id, "refund_due").await.is_some());

    // It cannot be paid at first; one person may say that it was in the end.
    let decide =
        async |what: &str, body: Value| shop.decide(&shop.finance, &id, &format!("refunds/0/{what}"), body).await;
    decide("reject", json!({ "reason": "the card is closed" })).await.ok();
    assert_eq!(shop.own(&who, &id).await["refunds"][0]["state"], "failed");
    assert_eq!(books(&shop.story(&id).await)["refunds_payable TWD"], -4_600, "a failed refund is still owed");
    assert_eq!(decide("confirm", json!({ "evidence": "BANK-2" })).await.problem(), "409 not_now");
    let retried =
        shop.post(&format!("/v1/admin/orders/{id}/refunds/0/retry")).by(&shop.finance).fresh_key().send().await;
    retried.ok();
    shop.quiet().await;
    decide("confirm", json!({ "evidence": "BANK-2" })).await.ok();
    let story = shop.story(&id).await;
    assert_eq!(story["order"]["refunds"][0]["state"], "succeeded");
    let left = books(&story);
    assert!(!left.contains_key("refunds_payable TWD") && !left.contains_key("customer_liability TWD"), "{left:?}");
    assert_eq!((left["sales TWD"], left["gateway_receivable:ecpay TWD"]), (-2_600, 2_600 - 500));
    assert_eq!(shop.delivered(&story).await, 1);
}

async fn a_lost_answer_is_asked_about_and_never_sent_again(shop: &Shop) {
    for kind in ["drop_after", "error_after", "html", "garbage", "redirect_307", "drop_before"] {
        shop.fault(fault("topup", kind, json!({ "times": 1 }))).await;
        let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
        let story = shop.story(&id).await;
        assert_eq!(each(&story["order"]["attempts"], "state"), ["unknown"], "{kind}");
        // What never arrived is believed to have never arrived after ten minutes of asking.
        shop.pass(if kind == "redirect_307" || kind == "drop_before" { 20 * MINUTE } else { 30_000 }).await;
        let story = shop.story(&id).await;
        assert_eq!(shop.own(&who, &id).await["status"], "success", "{kind}: {story}");
        assert_eq!(shop.delivered(&story).await, 1, "{kind}");
    }
    assert!(!shop.outside.faults_fired().await.unwrap().contains_key("redirect_followed"));
}

/// Returns the order that staff called delivered although the sandbox knows nothing of it.
async fn staff_decide_about_what_was_bought_before(shop: &Shop) -> String {
    let in_review = async || {
        shop.fault(fault("topup", "refuse", json!({ "rc": "202", "times": 1 }))).await;
        let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
        let own = shop.own(&who, &id).await;
        assert_eq!((&own["status"], &own["items"][0]["state"]), (&json!("review"), &json!("review")));
        let alert = shop.alert(&id, "item_review").await.unwrap();
        assert!(text(&alert["detail"]).contains("202"), "{alert}");
        let story = shop.story(&id).await;
        assert_eq!(each(&story["next"], "key"), ["review"]);
        assert_eq!(story["order"]["attempts"][0]["cause"], "repeat");
        (who, id)
    };
    let resolve = async |id: &str, body: Value| shop.decide(&shop.operator, id, "items/0/resolve", body).await;

    let (who, id) = in_review().await;
    let wrong = resolve(&id, json!({ "resolution": "delivered", "evidence": "T-1" })).await;
    assert_eq!(wrong.problem(), "422 invalid_field price=required");
    let wrong = resolve(&id, json!({ "resolution": "delivered", "price": twd(20), "evidence": "T-1" })).await;
    assert_eq!(wrong.problem(), "422 money_out_of_range");
    let wrong = resolve(&id, json!({ "resolution": "failed" })).await;
    assert_eq!(wrong.problem(), "422 invalid_field evidence=required");
    assert_eq!(shop.decide(&shop.finance, &id, "items/0/resolve", json!({})).await.problem(), "403 forbidden");
    let right = json!({ "resolution": "delivered", "serial": "SN-4711", "price": idr(10_250), "evidence": "T-1" });
    resolve(&id, right).await.ok();
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["items"][0]["serial"]), (&json!("success"), &json!("SN-4711")));
    let story = shop.story(&id).await;
    let decided = change(&story, "item_resolved");
    assert_eq!((&decided["actor"], text(&decided["note"]).contains("T-1")), (&json!("operator:ola"), true));
    assert_eq!((books(&story)["cost_of_goods IDR"], books(&story)["sales TWD"]), (1_025_000, -2_600));
    assert!(!story.to_string().contains("SN-4711"));

    let told = id;

    let (who, id) = in_review().await;
    resolve(&id, json!({ "resolution": "failed", "evidence": "T-2" })).await.ok();
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["refunds"][0]["amount"]), (&json!("failed"), &twd(26)));

    let (who, id) = in_review().await;
    resolve(&id, json!({ "resolution": "retry", "evidence": "T-3" })).await.ok();
    shop.quiet().await;
    shop.pass(4_000).await;
    let story = shop.story(&id).await;
    assert_eq!(
        (&shop.own(&who, &id).await["status"], each(&story["order"]["attempts"], "supplier")),
        (&json!("success"), vec!["iak".to_owned(), "iak-b".to_owned()])
    );
    told
}

/// The first supplier delivered all the same: there it is booked. Returns the order, of which the sandbox knows nothing.
async fn staff_name_the_attempt_that_delivered(shop: &Shop) -> String {
    for (account, rc) in [(FIRST, "106"), (SECOND, "202")] {
        shop.fault(fault("topup", "refuse", json!({ "account": account, "rc": rc, "times": 1 }))).await;
    }
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["items"][0]["state"], "review");
    let reference = shop.story(&id).await["order"]["attempts"][0]["reference"].clone();
    let by = |reference: Value| {
        let evidence = "T-4";
        json!({ "resolution": "delivered", "reference": reference, "price": idr(10_250), "evidence": evidence })
    };
    let resolve = async |body: Value| shop.decide(&shop.operator, &id, "items/0/resolve", body).await;
    assert_eq!(resolve(by(json!("short"))).await.problem(), "422 invalid_field reference=invalid");
    assert_eq!(resolve(by(json!("BBBBBBBBBBBBBBBBBBBB"))).await.problem(), "404 no_such_part");
    resolve(by(reference)).await.ok();
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    let story = shop.story(&id).await;
    assert_eq!(each(&story["order"]["attempts"], "state"), ["done", "refused"]);
    assert_eq!(story["order"]["items"][0]["live_attempt"], 0);
    let books = books(&story);
    assert_eq!(books["supplier_deposit:iak IDR"], -1_025_000);
    assert!(!books.contains_key("supplier_deposit:iak-b IDR"), "{books:?}");
    id
}

/// The supplier tells it to a person only. What the customer has is not replaced.
async fn staff_give_a_code_that_never_came(shop: &Shop) {
    shop.fault(fault("topup", "serial_late", json!({ "delay_ms": 72 * 60 * MINUTE, "times": 1 }))).await;
    let (who, id) = shop.paid_order(&[(TOKEN, &meter())]).await;
    shop.pass(MINUTE).await;
    let tell = async |serial: &str| {
        let body = json!({ "resolution": "delivered", "serial": serial, "price": idr(20_500), "evidence": "T-5" });
        shop.decide(&shop.operator, &id, "items/0/resolve", body).await
    };
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["items"][0]["serial_pending"]), (&json!("success"), &json!(true)), "{own}");
    shop.pass(25 * 60 * MINUTE).await;
    assert!(shop.alert(&id, "item_review").await.is_some());
    let reference = shop.story(&id).await["order"]["attempts"][0]["reference"].clone();
    let truth = shop.outside.truth().await.unwrap().deliveries;
    let code = truth.into_iter().find(|delivery| reference == delivery.reference).unwrap().serial.unwrap();
    let before = books(&shop.story(&id).await);
    tell(&code).await.ok();
    assert_eq!(shop.own(&who, &id).await["items"][0]["serial"], json!(code));
    assert_eq!(books(&shop.story(&id).await), before, "what was bought is booked once");
    assert_eq!(tell("1111-2222-3333-4444-5555").await.problem(), "409 not_now");
}

async fn finance_reports_a_dispute_that_is_won(shop: &Shop) {
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    shop.pass(MINUTE).await;
    let story = shop.story(&id).await;
    let (reference, total) =
        (story["order"]["checkouts"][0]["reference"].clone(), story["order"]["terms"]["total"].clone());
    let before = books(&story);
    let report = async |by: &str, amount: &Value, case: &str| {
        let body = json!({ "reference": reference, "amount": amount, "case": case, "evidence": "the console" });
        shop.decide(by, &id, "disputes", body).await
    };
    assert_eq!(report(&shop.operator, &total, "D-7").await.problem(), "403 forbidden");
    assert_eq!(report(&shop.finance, &twd(26_000), "D-7").await.problem(), "422 money_out_of_range");
    assert_eq!(report(&shop.finance, &total, "").await.problem(), "422 invalid_field case=invalid");
    assert_eq!(report(&shop.finance, &twd(1), "D-6").await.ok()["status"], "success", "a part lies in suspense");
    for (amount, case) in [(&twd(1), "D-6"), (&twd(2), "D-6"), (&total, "D-7")] {
        assert_eq!(report(&shop.finance, amount, case).await.problem(), "409 not_now", "{amount} {case}");
    }
    let rest = twd(minor(&total) / 100 - 1);
    assert_eq!(report(&shop.finance, &rest, "D-7").await.ok()["status"], "review");
    assert!(shop.alert(&id, "charged_back").await.is_some());
    let story = shop.story(&id).await;
    let noted = change(&story, "charged_back");
    assert_eq!((&noted["actor"], &noted["note"]), (&json!("operator:fina"), &json!("case D-6: the console")));
    let won = json!({ "resolution": "accept", "evidence": "the bank's letter" });
    shop.decide(&shop.finance, &id, "payments/0/resolve", won).await.ok();
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    assert_eq!(books(&shop.story(&id).await), before, "as if it had never been");
}

async fn a_price_above_the_list_is_paid_and_reported(shop: &Shop) {
    shop.fault(fault("topup", "price_change", json!({ "times": 1 }))).await;
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    let alert = shop.alert(&id, "price_above_list").await.unwrap();
    assert!(text(&alert["detail"]).contains("10762"), "{alert}");
    let story = shop.story(&id).await;
    assert_eq!(books(&story)["supplier_deposit:iak IDR"], -1_076_200);
    let close = format!("/v1/admin/alerts/{}/close", alert["id"]);
    shop.post(&close).by(&shop.operator).send().await.ok();
    assert_eq!(shop.post(&close).by(&shop.operator).send().await.problem(), "404 no_open_alert");
    assert_eq!(shop.alert(&id, "price_above_list").await.unwrap()["closed_by"], "ola");
}

async fn goods_taken_back_are_paid_back(shop: &Shop) {
    shop.fault(fault("topup", "late_reversal", json!({ "times": 1, "delay_ms": 20 * MINUTE }))).await;
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    shop.pass(21 * MINUTE).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["items"][0]["state"], &own["items"][0]["serial"]), (&json!("reversed"), &Value::Null));
    assert_eq!((&own["refunds"][0]["amount"], &own["refunds"][0]["reason"]), (&twd(26), &json!("taken_back")));
    assert!(shop.alert(&id, "taken_back").await.is_some());
    let story = shop.story(&id).await;
    let end =
        book([("gateway_receivable:ecpay TWD", 2_100), ("gateway_fees TWD", 500), ("refunds_payable TWD", -2_600)]);
    assert_eq!(books(&story), end, "sale and purchase are undone");
    shop.pass(31 * MINUTE).await;
    shop.decide(&shop.finance, &id, "refunds/0/confirm", json!({ "evidence": "BANK-3" })).await.ok();
    assert_eq!(shop.own(&who, &id).await["refunds"][0]["state"], "succeeded");
}

async fn other_money_than_agreed_waits_for_a_person(shop: &Shop) {
    let wrong = json!({ "provider": "ecpay", "call": "notice", "kind": "wrong_amount", "times": 1 });
    shop.fault(wrong).await;
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone())]).await;
    let story = shop.story(&id).await;
    assert_eq!(
        (&story["order"]["status"], &story["order"]["payments"][0]["review"]),
        (&json!("review"), &json!("mismatch"))
    );
    assert_eq!(books(&story)["suspense TWD"], -2_700);
    assert!(list(&story["order"]["attempts"]).is_empty() && shop.alert(&id, "amount_mismatch").await.is_some());
    let resolve = async |by: &str, resolution: &str| {
        shop.decide(by, &id, "payments/0/resolve", json!({ "resolution": resolution, "evidence": "T-9" })).await
    };
    assert_eq!(resolve(&shop.operator, "accept").await.problem(), "403 forbidden");
    assert_eq!(resolve(&shop.finance, "keep").await.problem(), "422 invalid_field resolution=invalid");
    resolve(&shop.finance, "accept").await.ok();
    shop.quiet().await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    let left = books(&shop.story(&id).await);
    assert_eq!((left["sales TWD"], left["refunds_payable TWD"], left.get("suspense TWD")), (-2_600, -100, None));
    shop.decide(&shop.finance, &id, "refunds/0/confirm", json!({ "evidence": "BANK-4" })).await.ok();
    assert_eq!(books(&shop.story(&id).await).get("refunds_payable TWD"), None, "what was over went back");
}

fn fault(call: &str, kind: &str, more: Value) -> Value {
    let mut rule = json!({ "provider": "iak", "call": call, "kind": kind });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rule
}

//! Paying elsewhere: accounts, store codes and barcodes that are paid hours or days later, late, twice, with other money or never;
//! and the customer's browser on its way back.

use demo::outside::Click;
use reqwest::Url;
use serde_json::json;

use crate::reading::{books, each, list, ms, text};
use crate::shop::{AIRTIME, MINUTE, Shop, TOKEN, meter, phone};

const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TAIPEI_AHEAD: i64 = 8 * HOUR;

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_issued_shown_and_paid() {
    let shop = Shop::open().await;
    every_way_that_takes_the_amount_is_offered(&shop).await;
    an_account_is_issued_and_paid_by_transfer(&shop).await;
    a_code_whose_notice_was_lost_is_asked_for(&shop).await;
    a_code_told_after_its_money_changes_nothing(&shop).await;
    a_silent_transfer_is_found_although_the_gateway_blocks_us(&shop).await;
    the_choice_is_left_to_the_customer(&shop).await;
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_paid_late_twice_wrongly_or_never() {
    let shop = Shop::open().await;
    a_minute_before_and_after_midnight_in_taipei(&shop).await;
    a_transfer_of_another_amount_waits_for_a_person(&shop).await;
    two_codes_of_one_order_are_paid_and_one_goes_back(&shop).await;
    a_till_that_reports_two_days_later_still_buys(&shop).await;
    a_code_never_paid_expires_and_money_long_after_goes_back(&shop).await;
    a_cancelled_orders_code_is_watched_to_its_end(&shop).await;
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_comes_back() {
    let shop = Shop::open().await;
    the_browser_is_sent_to_a_page_of_its_payment(&shop).await;
    what_is_not_signed_leads_nowhere(&shop).await;
    shop.end().await;
}

/// An order with a code taken.
async fn coded(shop: &Shop, method: &str) -> (String, String, Url) {
    let (who, id) = shop.order(&[(AIRTIME, &phone()), (TOKEN, &meter())], None).await;
    let (_, page) = shop.checkout_by(&who, &id, method).await;
    shop.outside.take_code(&page, None).await.unwrap();
    shop.quiet().await;
    (who, id, page)
}

async fn status(shop: &Shop, who: &str, id: &str) -> String {
    text(&shop.own(who, id).await["status"])
}

async fn every_way_that_takes_the_amount_is_offered(shop: &Shop) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let methods = async |id: &str| {
        let all = shop.get(&format!("/v1/orders/{id}/payment-methods")).by(&who).send().await.ok();
        each(&all, "method").join(" ")
    };
    assert_eq!(methods(&id).await, "credit atm barcode webatm applepay twqr all", "26 dollars are too few for a store");
    let ask = shop.post(&format!("/v1/orders/{id}/checkouts")).by(&who).fresh_key();
    let refused = ask.json(&json!({ "method": "cvs" })).send().await;
    assert_eq!(refused.problem(), "422 not_offered method=not_offered");
    for method in ["webatm", "applepay", "twqr"] {
        let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
        let (_, page) = shop.checkout_by(&who, &id, method).await;
        shop.outside.click(&page, Click::Pay).await.unwrap();
        shop.quiet().await;
        shop.pass(4_000).await;
        assert_eq!(status(shop, &who, &id).await, "success", "{method}");
    }
}

async fn an_account_is_issued_and_paid_by_transfer(shop: &Shop) {
    let (who, id, page) = coded(shop, "atm").await;
    let own = shop.own(&who, &id).await;
    let told = &own["instructions"][0];
    let account = text(&told["account"]);
    assert_eq!((&told["kind"], &told["bank"], account.len()), (&json!("virtual_account"), &json!("004"), 16));
    let until = ms(&told["pay_until"]);
    assert_eq!((until + TAIPEI_AHEAD).rem_euclid(DAY), DAY - 1_000, "until the end of a day in Taipei");
    assert!((DAY - 1_000..=2 * DAY).contains(&(until - shop.now())), "{told}");

    // Staff recognise it and do not know it; at rest it is sealed; in what was kept of the notice it is masked.
    let story = shop.story(&id).await;
    let seen = text(&story["order"]["checkouts"][0]["instructions"]["account"]);
    assert_eq!(seen, format!("********{}", &account[12..]));
    assert!(!story.to_string().contains(&account));
    assert!(!shop.told_to_and_by_providers().await.iter().any(|text| text.contains(&account)));
    for (table, column) in [("checkout", "instructions"), ("history", "note")] {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%{account}%'");
        assert_eq!(shop.count(&sql).await, 0, "{table}");
    }
    let deadline = ms(&story["order"]["payments"][0]["deadline"]);
    assert_eq!(deadline, until + DAY, "the gateway's expiry and a day's lag");

    shop.pass(5 * HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "pending");
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    shop.pass(MINUTE).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], list(&own["instructions"]).len()), (&json!("success"), 0), "nothing to pay any more");
    let story = shop.story(&id).await;
    assert_eq!(shop.charges(&story).await.len(), 1);
    assert!(books(&story)["gateway_fees TWD"] == 1_000, "a transfer's fee, not a card's");
}

async fn a_code_whose_notice_was_lost_is_asked_for(shop: &Shop) {
    for (method, kind) in [("cvs", "store_code"), ("barcode", "barcodes"), ("atm", "virtual_account")] {
        shop.fault(json!({ "provider": "ecpay", "call": "payment_info", "kind": "lost", "times": 1 })).await;
        let (who, id, page) = coded(shop, method).await;
        assert!(list(&shop.own(&who, &id).await["instructions"]).is_empty(), "{method}");
        shop.pass(11 * MINUTE).await;
        let own = shop.own(&who, &id).await;
        assert_eq!(own["instructions"][0]["kind"], kind, "{own}");
        assert!(shop.truth().await["requests"]["ecpay.payment_info"].as_u64().is_some(), "asked");
        shop.outside.click(&page, Click::Pay).await.unwrap();
        shop.pass(3 * DAY).await;
        assert_eq!(status(shop, &who, &id).await, "success", "{method}");
    }
}

async fn a_code_told_after_its_money_changes_nothing(shop: &Shop) {
    let late =
        json!({ "provider": "ecpay", "call": "payment_info", "kind": "late", "times": 1, "delay_ms": 5 * MINUTE });
    shop.fault(late).await;
    let (who, id, page) = coded(shop, "cvs").await;
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    shop.pass(MINUTE).await;
    let before = shop.own(&who, &id).await;
    assert_eq!(before["status"], "success");
    shop.pass(10 * MINUTE).await;
    assert_eq!(shop.own(&who, &id).await, before);
    let notices = each(&shop.story(&id).await["notices"], "kind");
    assert!(notices.contains(&"payment-info".to_owned()) && notices.contains(&"return".to_owned()), "{notices:?}");
}

async fn a_silent_transfer_is_found_although_the_gateway_blocks_us(shop: &Shop) {
    let (who, id, page) = coded(shop, "atm").await;
    shop.outside.click(&page, Click::PaySilent).await.unwrap();
    shop.outside.change_settings(&json!({ "ecpay_pacing": 0 })).await.unwrap();
    shop.pass(13 * HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "pending", "403, every time");
    shop.outside.change_settings(&json!({ "ecpay_pacing": null })).await.unwrap();
    shop.pass(HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "success");
}

async fn the_choice_is_left_to_the_customer(shop: &Shop) {
    for (way, kind) in [("ATM", "virtual_account"), ("CVS", "store_code"), ("BARCODE", "barcodes")] {
        let (who, id) = shop.order(&[(AIRTIME, &phone()), (TOKEN, &meter())], None).await;
        let (_, page) = shop.checkout_by(&who, &id, "all").await;
        shop.outside.take_code(&page, Some(way)).await.unwrap();
        shop.quiet().await;
        let own = shop.own(&who, &id).await;
        assert_eq!((&own["instructions"][0]["kind"], &own["instructions"][0]["method"]), (&json!(kind), &json!("all")));
        shop.outside.click(&page, Click::Pay).await.unwrap();
        shop.pass(2 * DAY + MINUTE).await;
        assert_eq!(status(shop, &who, &id).await, "success", "{way}");
    }
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout_by(&who, &id, "all").await;
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    shop.pass(MINUTE).await;
    assert_eq!(status(shop, &who, &id).await, "success", "a card after all");
}

async fn a_minute_before_and_after_midnight_in_taipei(shop: &Shop) {
    for after in [-MINUTE, MINUTE] {
        let (who, id, page) = coded(shop, "atm").await;
        let until = ms(&shop.own(&who, &id).await["instructions"][0]["pay_until"]) + 1_000;
        shop.outside.pay_later(&page, Click::Pay, until + after - shop.now()).await.unwrap();
        shop.pass(3 * DAY).await;
        // A minute too late, and the bank took it all the same: the order still waited for its word.
        assert_eq!(status(shop, &who, &id).await, "success", "{after}");
    }
}

async fn a_transfer_of_another_amount_waits_for_a_person(shop: &Shop) {
    let (who, id, page) = coded(shop, "atm").await;
    shop.fault(json!({ "provider": "ecpay", "call": "notice", "kind": "wrong_amount", "times": 1 })).await;
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.quiet().await;
    assert_eq!(status(shop, &who, &id).await, "review");
    assert!(shop.alert(&id, "amount_mismatch").await.is_some());
    let body = json!({ "resolution": "return", "evidence": "the bank's list" });
    shop.decide(&shop.finance, &id, "payments/0/resolve", body).await.ok();
    assert_eq!(status(shop, &who, &id).await, "failed");
    assert_eq!(shop.own(&who, &id).await["refunds"][0]["reason"], "review_returned");
}

async fn two_codes_of_one_order_are_paid_and_one_goes_back(shop: &Shop) {
    let (who, id, first) = coded(shop, "atm").await;
    let (_, second) = shop.checkout_by(&who, &id, "cvs").await;
    shop.outside.take_code(&second, None).await.unwrap();
    shop.quiet().await;
    assert_eq!(each(&shop.own(&who, &id).await["instructions"], "method"), ["atm", "cvs"]);
    for page in [&first, &second] {
        shop.outside.click(page, Click::Pay).await.unwrap();
    }
    shop.pass(2 * HOUR).await;
    let story = shop.story(&id).await;
    assert_eq!((status(shop, &who, &id).await.as_str(), shop.charges(&story).await.len()), ("success", 2));
    let refunds = &story["order"]["refunds"];
    assert_eq!((list(refunds).len(), &refunds[0]["reason"]), (1, &json!("paid_twice")));
}

async fn a_till_that_reports_two_days_later_still_buys(shop: &Shop) {
    let (who, id, page) = coded(shop, "barcode").await;
    let until = ms(&shop.own(&who, &id).await["instructions"][0]["pay_until"]);
    shop.outside.pay_later(&page, Click::Pay, until - MINUTE - shop.now()).await.unwrap();
    shop.pass(until - shop.now() + DAY).await;
    assert_eq!(status(shop, &who, &id).await, "pending", "the till has not reported");
    shop.pass(DAY + HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "success");
}

async fn a_code_never_paid_expires_and_money_long_after_goes_back(shop: &Shop) {
    let (who, id, page) = coded(shop, "cvs").await;
    shop.pass(2 * DAY - HOUR).await;
    assert_eq!(status(shop, &who, &id).await, "pending", "the lag is not over");
    shop.pass(2 * HOUR).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], list(&own["instructions"]).len()), (&json!("expired"), 0));
    let story = shop.story(&id).await;
    let asked = list(&story["timeline"]).iter().filter(|change| change["cause"] == "gateway_asked").count();
    assert!((3..=6).contains(&asked), "asked rarely, and at the deadline: {asked}");
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.pass(HOUR).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["refunds"][0]["reason"]), (&json!("failed"), &json!("late_money")));
}

/// The notice of its money is lost, so only the last look can tell.
async fn a_cancelled_orders_code_is_watched_to_its_end(shop: &Shop) {
    let (who, id, page) = coded(shop, "atm").await;
    shop.post(&format!("/v1/orders/{id}/cancel")).by(&who).fresh_key().send().await.ok();
    shop.outside.pay_later(&page, Click::PaySilent, DAY - HOUR / 2).await.unwrap();
    shop.pass(3 * DAY).await;
    let own = shop.own(&who, &id).await;
    assert_eq!((&own["status"], &own["refunds"][0]["reason"]), (&json!("failed"), &json!("late_money")));
}

/// The hidden fields of the page after the click, as the browser would post them.
async fn carried(shop: &Shop, page: &Url) -> (String, Vec<(String, String)>) {
    let answer = shop.ask_at(reqwest::Method::POST, page.as_str());
    let html = answer.body("application/x-www-form-urlencoded", "action=pay").send().await.text;
    let between = |text: &str, from: &str| {
        let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}"));
        rest.split_once('"').unwrap().0.replace("&amp;", "&")
    };
    let inputs = html.split("<input type=hidden ").skip(1);
    let fields = inputs.map(|input| (between(input, "name=\""), between(input, "value=\""))).collect();
    (between(&html, "method=post action=\""), fields)
}

async fn post_back(shop: &Shop, action: &str, fields: &[(String, String)]) -> crate::http::Answer {
    let body = reqwest::Url::parse_with_params("http://x/", fields).unwrap().query().unwrap_or_default().to_owned();
    shop.ask_at(reqwest::Method::POST, action).body("application/x-www-form-urlencoded", body).send().await
}

async fn the_browser_is_sent_to_a_page_of_its_payment(shop: &Shop) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let ask = shop.post(&format!("/v1/orders/{id}/checkouts")).by(&who).fresh_key();
    let opened = ask.json(&json!({ "method": "credit", "language": "zh-TW" })).send().await.ok();
    let page = shop.page(&opened).await;
    // The notice is lost, and what the browser carries is not believed in its place.
    shop.fault(json!({ "provider": "ecpay", "call": "notice", "kind": "lost", "times": 1 })).await;
    let (action, fields) = carried(shop, &page).await;
    assert!(action.ends_with("/pay/ecpay/return?lang=zh-TW"), "{action}");
    let before = shop.story(&id).await;
    let shown = post_back(shop, &action, &fields).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(shown.text.contains("<html lang=\"zh-TW\">") && shown.text.contains("等待付款"), "{}", shown.text);
    assert!(shown.text.contains("http-equiv=\"refresh\"") && !shown.text.contains("<script"), "{}", shown.text);
    assert_eq!(shop.story(&id).await, before, "a browser changes nothing");

    shop.pass(21 * MINUTE).await;
    let link = format!("/pay/ecpay/{}", text(&opened["reference"]));
    for (language, words) in [("", "Selesai"), ("?lang=en", "Done"), ("?lang=zh-TW", "已完成")] {
        let shown = shop.get(&format!("{link}{language}")).send().await;
        assert!(shown.status == 200 && shown.text.contains(words), "{}", shown.text);
        assert!(!shown.text.contains(&id) && !shown.text.contains("0812"), "{}", shown.text);
        assert!(shown.header("content-security-policy").starts_with("default-src 'none'"));
    }
}

async fn what_is_not_signed_leads_nowhere(shop: &Shop) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout(&who, &id).await;
    let (action, mut fields) = carried(shop, &page).await;
    // Until the goods are there: what is asked about by the clock writes rows, too.
    shop.pass(MINUTE).await;
    for field in &mut fields {
        if field.0 == "TradeAmt" {
            field.1 = "1".to_owned();
        }
    }
    let rows = async || shop.count("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM history)").await;
    let before = rows().await;
    let forged = post_back(shop, &action, &fields).await;
    assert_eq!((forged.status, forged.header("content-type")), (400, "text/html; charset=utf-8"));
    for body in ["", "RtnCode=1", "%ff=%zz"] {
        let path = "/pay/ecpay/return";
        let answer = shop.post(path).body("application/x-www-form-urlencoded", body).send().await;
        assert_eq!(answer.status, 400, "{body}");
    }
    assert_eq!(rows().await, before);
    assert_eq!(shop.post("/pay/nobody/return").body("text/plain", "x").send().await.problem(), "404 no_such_route");
    for link in ["/pay/ecpay/AAAAAAAAAAAAAAAAAAAA", "/pay/ecpay/x", "/pay/nobody/AAAAAAAAAAAAAAAAAAAA"] {
        let answer = shop.get(link).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "text/html; charset=utf-8"), "{link}");
    }
    shop.pass(MINUTE).await;
    assert_eq!(status(shop, &who, &id).await, "success");
}

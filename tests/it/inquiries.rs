//! Questions before an order, from outside: what is known is told, what is not known is never called wrong, and nobody
//! walks through numbers.

use serde_json::{Value, json};

use crate::http::Answer;
use crate::reading::each;
use crate::shop::{METER, MINUTE, Shop};

/// In Jakarta it is nine in the morning then: bills are paid at that hour.
const MORNING: i64 = 120 * MINUTE;
const OVO: &str = "082179374708";

#[tokio::test(flavor = "multi_thread")]
async fn customers_ask_before_they_buy() {
    let shop = Shop::open_with(|options| options.begins_at = Some(MORNING)).await;
    let kept = "SELECT (SELECT count(*) FROM history WHERE said <> '') + (SELECT count(*) FROM inbox) + (SELECT count(*) FROM answer)";
    let before = shop.count(kept).await;
    everything_that_can_be_asked_is_answered(&shop).await;
    what_makes_no_sense_is_named(&shop).await;
    silence_is_never_a_wrong_number(&shop).await;
    nobody_walks_through_numbers(&shop).await;
    assert_eq!(shop.count(kept).await, before, "nothing is kept of an inquiry");
    let asked = shop.metric("seberang_inquiries_total", &["kind=\"pln_meter\"", "outcome=\"found\""]).await;
    assert!(asked >= 2, "{asked}");
    shop.end().await;
}

async fn ask_as(shop: &Shop, who: &str, body: &Value) -> Answer {
    shop.post("/v1/inquiries").by(who).json(body).send().await
}

async fn everything_that_can_be_asked_is_answered(shop: &Shop) {
    let who = shop.stranger();
    for (asked, told) in [
        (
            json!({ "kind": "pln_meter", "target": "1234-5678 901" }),
            json!({ "result": "found", "target": METER, "name": "PT X", "meter": METER, "subscriber": "523300817840",
                "segment": "R1 /000001300" }),
        ),
        (
            json!({ "kind": "pln_meter", "target": "10987654321" }),
            json!({ "result": "no_such_target", "target": "10987654321" }),
        ),
        (
            json!({ "kind": "e_wallet", "brand": "OVO", "target": "+62 821 7937 4708" }),
            json!({ "result": "found", "target": OVO, "name": "BUD** SAN****" }),
        ),
        (
            json!({ "kind": "game_player", "brand": "Mobile Legends", "target": "156378300", "server": "8483" }),
            json!({ "result": "found", "target": "156378300|8483", "name": "Penjual Pulsa" }),
        ),
        (
            json!({ "kind": "game_player", "brand": "mobile-legends", "target": "1|1x" }),
            json!({ "result": "no_such_target", "target": "1|1x" }),
        ),
        (json!({ "kind": "game_servers", "brand": "Mobile Legends" }), json!({ "result": "found", "servers": [] })),
        (
            json!({ "kind": "game_format", "brand": "Mobile Legends" }),
            json!({ "result": "found", "parts": ["userid", "zoneid"] }),
        ),
        (
            json!({ "kind": "operator", "target": "081234567890" }),
            json!({ "result": "found", "target": "081234567890", "operator": "telkomsel" }),
        ),
    ] {
        let mut expected = told;
        expected["kind"] = asked["kind"].clone();
        assert_eq!(ask_as(shop, &who, &asked).await.ok(), expected);
    }
    let servers = ask_as(shop, &who, &json!({ "kind": "game_servers", "brand": "Dragon Nest" })).await.ok();
    assert_eq!(each(&servers["servers"], "name"), ["Nightmare", "Lotus", "Apocalypse"]);
    // A brand of the catalogue is a brand that can be asked about.
    assert!(shop.for_sale(&who, "game").await.iter().any(|product| product["brand"] == "Mobile Legends"));
}

async fn what_makes_no_sense_is_named(shop: &Shop) {
    let who = shop.stranger();
    let long = "1".repeat(65);
    for (asked, problem) in [
        (json!({}), "422 invalid_field kind=required"),
        (json!({ "kind": "weather" }), "422 invalid_field kind=invalid"),
        (json!({ "kind": "pln_meter" }), "422 invalid_field target=required"),
        (json!({ "kind": "pln_meter", "target": 12_345_678_901_u64 }), "422 invalid_field target=invalid"),
        (json!({ "kind": "pln_meter", "target": long }), "422 invalid_field target=invalid"),
        (json!({ "kind": "pln_meter", "target": "1\u{0}2" }), "422 invalid_field target=invalid"),
        (json!({ "kind": "pln_meter", "target": "1234" }), "422 bad_target target=not_a_meter_number"),
        (json!({ "kind": "pln_meter", "target": METER, "brand": "PLN" }), "422 invalid_field brand=unknown"),
        (json!({ "kind": "pln_meter", "target": METER, "name": "x" }), "422 invalid_field name=unknown"),
        (json!({ "kind": "operator", "target": "0912345678" }), "422 bad_target target=taiwanese_number"),
        (json!({ "kind": "e_wallet", "target": OVO }), "422 invalid_field brand=required"),
        (json!({ "kind": "e_wallet", "brand": "GoPay", "target": OVO }), "422 inquiry_not_offered kind=not_offered"),
        (json!({ "kind": "game_format", "brand": "Steam Wallet" }), "422 inquiry_not_offered kind=not_offered"),
        (json!({ "kind": "game_servers", "brand": "Free Fire" }), "422 inquiry_not_offered kind=not_offered"),
        (
            json!({ "kind": "game_player", "brand": "Free Fire", "target": "<b>" }),
            "422 bad_target target=not_an_account",
        ),
    ] {
        assert_eq!(ask_as(shop, &who, &asked).await.problem(), problem, "{asked}");
    }
    let asked = json!({ "kind": "pln_meter", "target": METER });
    assert_eq!(ask_as(shop, "", &asked).await.problem(), "401 token_required Authorization=token_required");
    assert_eq!(ask_as(shop, &shop.operator, &asked).await.problem(), "403 forbidden");
    let xml = shop.post("/v1/inquiries").by(&who).body("application/xml", "<mp/>").send().await;
    assert_eq!(xml.problem(), "415 unsupported_media_type Content-Type=unsupported");
}

async fn silence_is_never_a_wrong_number(shop: &Shop) {
    let who = shop.stranger();
    let asked = json!({ "kind": "pln_meter", "target": METER });
    // The first account's silence is the second's turn.
    shop.fault(json!({ "provider": "iak", "call": "inquiry", "kind": "drop_after", "times": 1 })).await;
    assert_eq!(ask_as(shop, &who, &asked).await.ok()["name"], "PT X");
    nobody_waits_longer_than_eight_seconds(shop, &who, &asked).await;
    for fault in [json!({ "kind": "drop_before" }), json!({ "kind": "html" }), json!({ "kind": "refuse", "rc": "999" })]
    {
        let mut rule = fault.clone();
        for (name, value) in [("provider", json!("iak")), ("call", json!("inquiry")), ("times", json!(2))] {
            rule[name] = value;
        }
        shop.fault(rule).await;
        let answer = ask_as(shop, &who, &asked).await;
        assert_eq!(answer.problem(), "503 inquiry_unavailable", "{fault}");
        assert_eq!(answer.header("retry-after"), "10");
        assert!(!answer.text.contains(METER), "{}", answer.text);
    }
    assert_eq!(ask_as(shop, &who, &asked).await.ok()["result"], "found");
}

/// Then it is the second's turn, whatever is asked.
async fn nobody_waits_longer_than_eight_seconds(shop: &Shop, who: &str, meter: &Value) {
    for call in ["inquiry", "bill_inquiry"] {
        let slow = json!({ "provider": "iak", "call": call, "kind": "latency", "delay_ms": 12_000, "times": 1 });
        shop.fault(slow).await;
    }
    let bill = json!({ "kind": "bill", "product": "pln-bill", "target": "530000000001" });
    let (meter, bill) = tokio::join!(ask_as(shop, who, meter), ask_as(shop, who, &bill));
    assert_eq!(meter.ok()["name"], "PT X");
    assert_eq!(bill.ok()["result"], "found");
    for call in ["call=\"inquire\"", "call=\"inquire_bill\""] {
        assert_eq!(shop.metric("seberang_calls_total", &[call, "outcome=\"timeout\""]).await, 1, "{call}");
    }
}

async fn nobody_walks_through_numbers(shop: &Shop) {
    let who = shop.stranger();
    let walk = async |n: u64| {
        let asked = json!({ "kind": "pln_meter", "target": format!("{n:011}") });
        ask_as(shop, &who, &asked).await
    };
    for n in 0..20 {
        assert_eq!(walk(n).await.ok()["result"], "no_such_target", "{n}");
    }
    let refused = walk(20).await;
    assert_eq!(refused.problem(), "429 too_many_inquiries");
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u32>().unwrap()), "{:?}", refused.headers);
    let asked = json!({ "kind": "pln_meter", "target": METER });
    assert_eq!(ask_as(shop, &shop.stranger(), &asked).await.ok()["result"], "found", "others ask on");
}

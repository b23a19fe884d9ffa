//! IAK: catalogue, purchase, status, callback, deposit, inquiries.

use serde_json::{Value, json};

use crate::kit::{API_KEY, USER, World, md5_hex, purchase};

#[tokio::test]
async fn a_top_up_is_pending_then_delivered_then_called_back() {
    let mut world = World::new().await;
    let before = world.balance().await;
    let accepted = world.top_up("R1").await;
    assert_eq!(accepted["status"], 0);
    assert_eq!(accepted["rc"], "39");
    assert_eq!(accepted["price"], 10_250);
    assert!(accepted.get("sn").is_none());
    assert_eq!(world.status("R1").await["rc"], "39");
    assert_eq!(world.deliveries().await[0]["state"], "pending");

    world.jump(2_000).await;
    let done = world.status("R1").await;
    assert_eq!((done["status"].as_i64(), done["rc"].as_str()), (Some(1), Some("00")));
    let serial = done["sn"].as_str().unwrap();
    assert!(serial.len() == 12 && serial.bytes().all(|byte| byte.is_ascii_digit()), "{serial}");
    assert_eq!(before - world.balance().await, 10_250);

    let received = world.shop.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].path, "/webhooks/iak");
    let callback = received[0].data();
    assert!(callback.as_object().unwrap().values().all(Value::is_string), "{callback}");
    assert_eq!(callback["status"], "1");
    assert_eq!(callback["sn"], serial);
    assert_eq!(callback["price"], "10250");
    assert_eq!(callback["sign"], md5_hex(&format!("{USER}{API_KEY}R1")));

    let truth = &world.deliveries().await[0];
    assert_eq!(truth["state"], "delivered");
    assert_eq!(truth["serial"], serial);
    assert_eq!(truth["price_minor"], 1_025_000);
    assert_eq!(truth["target"], "081234567890");
    assert_eq!((truth["asked"].as_u64(), truth["checks"].as_u64()), (Some(1), Some(2)));
    assert_eq!(world.scheduled().await, 0);
}

#[tokio::test]
async fn the_same_reference_again_buys_nothing() {
    let mut world = World::new().await;
    let before = world.balance().await;
    let first = world.top_up("R1").await;
    let again = world.top_up("R1").await;
    assert_eq!(first, again);
    world.jump(2_000).await;
    assert_eq!(world.top_up("R1").await["rc"], "00");
    assert_eq!(before - world.balance().await, 10_250);
    let deliveries = world.deliveries().await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0]["asked"], 3);
}

#[tokio::test]
async fn a_callback_that_is_not_accepted_comes_three_more_times() {
    let mut world = World::new().await;
    world.shop.reply_with(500, "no");
    world.top_up("R1").await;
    world.jump(2_000).await;
    for (wait, count) in [(60_000, 2), (300_000, 3), (900_000, 4), (86_400_000, 4)] {
        world.jump(wait + 1_000).await;
        assert_eq!(world.shop.count(), count);
    }
    assert_eq!(world.scheduled().await, 0);
}

#[tokio::test]
async fn refusals_carry_the_code_of_their_reason_and_form_nothing() {
    let world = World::new().await;
    for (product, customer, rc) in [
        ("nonsense", "081234567890", "20"),
        ("hlinkaja100000", "081234567890", "106"),
        ("htelkomsel10000", "0912345678", "14"),
        ("htelkomsel10000", "081712345678", "16"),
        ("htelkomsel10000", "0812345678901234", "203"),
        ("hmobilelegend12", "156378300", "141"),
        ("hpln20000", "123", "14"),
    ] {
        let answer = world.iak("top-up", "R1", purchase("R1", product, customer)).await;
        assert_eq!((answer["rc"].as_str(), answer["status"].as_i64()), (Some(rc), Some(2)), "{product}");
    }
    let unsigned = world.iak("top-up", "other", purchase("R1", "htelkomsel10000", "081234567890")).await;
    assert_eq!(unsigned["rc"], "204");
    let malformed = world.send_iak("top-up", "", json!({})).await.unwrap();
    assert_eq!(malformed.status(), 400);
    let malformed: Value = malformed.json().await.unwrap();
    assert_eq!(malformed["data"]["rc"], "107");
    assert!(malformed["data"]["error_details"][0].as_str().unwrap().contains("ref_id"));
    assert_eq!(world.status("R1").await["rc"], "06");
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn a_deposit_runs_down_and_a_failed_purchase_gives_it_back() {
    let mut world = World::new().await;
    world.control(&format!("/control/iak/{USER}/deposit"), json!({ "set": 15_000 })).await;
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "fail", "rc": "10", "times": 1 })).await;
    assert_eq!(world.top_up("R1").await["balance"], 4_750);
    assert_eq!(world.top_up("R2").await["rc"], "17");
    world.jump(2_000).await;
    assert_eq!(world.status("R1").await["rc"], "10");
    assert_eq!(world.shop.received()[0].data()["status"], "2");
    assert_eq!(world.balance().await, 15_000);
    assert_eq!(world.top_up("R2").await["rc"], "39");
}

#[tokio::test]
async fn the_price_list_can_be_narrowed_and_comes_in_two_shapes() {
    let world = World::new().await;
    let all = world.iak("pricelist", "pl", json!({ "status": "all" })).await;
    assert_eq!(all["rc"], "00");
    let all = all["pricelist"].as_array().unwrap().len();
    assert!(all >= 1_700, "{all} lines");
    let active = world.iak("pricelist", "pl", json!({ "status": "active" })).await;
    let off = world.iak("pricelist", "pl", json!({ "status": "non active" })).await;
    let off = off["pricelist"].as_array().unwrap();
    assert!(off.iter().any(|row| row["product_code"] == "hlinkaja100000"));
    assert_eq!(active["pricelist"].as_array().unwrap().len(), all - off.len());
    let pln = world.iak("pricelist/pln", "pl", json!({ "status": "all" })).await;
    let codes: Vec<_> =
        pln["pricelist"].as_array().unwrap().iter().map(|row| row["product_code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["hpln20000", "hpln50000", "hpln100000", "hpln200000", "hpln500000", "hpln1000000"]);
    let xl = world.iak("pricelist/pulsa/xl", "pl", json!({})).await;
    assert_eq!(xl["pricelist"].as_array().unwrap().len(), 29);

    world.control("/control/settings", json!({ "iak_pricelist_bare": true })).await;
    let bare = world.iak("pricelist", "pl", json!({})).await;
    assert_eq!(bare.as_array().unwrap().len(), all);
    assert_eq!(world.iak("pricelist", "bl", json!({})).await["rc"], "204");
}

#[tokio::test]
async fn serials_have_the_shape_of_their_product() {
    let mut world = World::new().await;
    for (reference, product, customer) in [
        ("A1", "htelkomseldata1gb7d", "081234567890"),
        ("P1", "hpln20000", "12345678901"),
        ("M1", "hmobilelegend12", "156378300|8483"),
        ("F1", "hfreefire70", "156378300"),
        ("G1", "hsteam12000", "081234567890"),
        ("V1", "alfamart100", "081234567890"),
        ("E1", "hgopay20000", "081234567890"),
    ] {
        world.iak("top-up", reference, purchase(reference, product, customer)).await;
    }
    world.jump(2_000).await;
    for (reference, digits) in [("A1", 12), ("M1", 9), ("F1", 9)] {
        let status = world.status(reference).await;
        let serial = status["sn"].as_str().unwrap();
        assert!(serial.len() == digits && serial.bytes().all(|byte| byte.is_ascii_digit()), "{serial}");
        assert!(status.get("pin").is_none(), "{status}");
    }
    let token = world.status("P1").await["sn"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = token.splitn(2, '/').collect();
    assert_eq!(parts[0].split('-').map(str::len).collect::<Vec<_>>(), [4; 5]);
    assert_eq!(parts[1], "PT X/R1 /000001300/13.8");
    let game = world.status("G1").await;
    assert_eq!(game["sn"].as_str().unwrap().len(), 19);
    assert_eq!(game["pin"].as_str().unwrap().len(), 6);
    assert!(world.status("V1").await["sn"].as_str().unwrap().contains(" / 20"));
    assert!(world.status("E1").await["sn"].as_str().unwrap().starts_with("BUDI SANTOSO "));
}

#[tokio::test]
async fn inquiries_know_the_numbers_of_the_suppliers_sandbox() {
    let world = World::new().await;
    let pln = world.iak("inquiry-pln", "12345678901", json!({ "customer_id": "12345678901" })).await;
    assert_eq!((pln["rc"].as_str(), pln["status"].as_str()), (Some("00"), Some("1")));
    assert_eq!(pln["segment_power"], "R1 /000001300");
    assert_eq!(world.iak("inquiry-pln", "1", json!({ "customer_id": "1" })).await["rc"], "14");
    let ovo = json!({ "customer_id": "082179374708" });
    assert_eq!(world.iak("inquiry-ovo", "082179374708", ovo).await["rc"], "00");
    let game = |code: &str, id: &str| json!({ "game_code": code, "customer_id": id });
    assert_eq!(world.iak("inquiry-game", "103", game("103", "156378300|8483")).await["rc"], "00");
    assert_eq!(world.iak("inquiry-game", "103", game("103", "1|1")).await["rc"], "14");
    assert_eq!(world.iak("inquiry-game", "999", game("999", "1|1")).await["rc"], "20");
    let servers = world.iak("inquiry-game-server", "103", game("103", "")).await;
    assert_eq!(servers["servers"], json!([]));
    assert_eq!(world.iak("inquiry-game-server", "100", game("100", "")).await["rc"], "20");
    for (code, rc) in [("103", "00"), ("135", "00"), ("140", "00"), ("127", "00"), ("104", "143"), ("1234", "20")] {
        assert_eq!(world.iak("game/format", code, game(code, "")).await["rc"], rc, "{code}");
    }
    let operator = json!({ "customer_id": "081234567890" });
    assert_eq!(world.iak("check-operator", "op", operator).await["operator"], "telkomsel");
    assert_eq!(world.iak("no-such-call", "", json!({})).await["rc"], "117");
}

#[tokio::test]
async fn an_inquiry_can_be_refused_spoiled_and_dropped_and_forms_nothing() {
    let world = World::new().await;
    let ask = async || {
        let fields = json!({ "game_code": "103", "customer_id": "156378300|8483" });
        world.send_iak("inquiry-game", "103", fields).await
    };
    let fault = async |kind: &str, rc: Option<&str>| {
        let rule =
            json!({ "provider": "iak", "call": "inquiry", "kind": kind, "rc": rc, "product": "103", "times": 1 });
        world.fault(rule).await;
    };
    fault("refuse", Some("143")).await;
    let refused: Value = ask().await.unwrap().json().await.unwrap();
    assert_eq!((&refused["data"]["rc"], &refused["data"]["status"]), (&json!("143"), &json!("2")));
    fault("html", None).await;
    assert!(ask().await.unwrap().text().await.unwrap().contains("<html>"));
    fault("error_before", None).await;
    assert_eq!(ask().await.unwrap().status(), 500);
    fault("drop_after", None).await;
    assert!(ask().await.is_err());
    let found: Value = ask().await.unwrap().json().await.unwrap();
    assert_eq!(found["data"]["username"], "Penjual Pulsa");
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn without_a_delay_a_person_decides() {
    let mut world = World::new().await;
    world.control("/control/settings", json!({ "suppliers": { "iak": { "final_delay_ms": null } } })).await;
    for reference in ["R1", "R2"] {
        world.top_up(reference).await;
    }
    world.jump(86_400_000).await;
    assert_eq!(world.status("R1").await["rc"], "39");
    for (reference, action) in [("R1", "deliver"), ("R2", "fail"), ("R1", "reverse")] {
        let url = world.url(&format!("/page/iak/{USER}/{reference}"));
        let answer = world.http.post(url).form(&[("action", action)]).send().await.unwrap();
        assert_eq!(answer.status(), 303);
    }
    world.quiet().await;
    let states: Vec<_> = world.deliveries().await.iter().map(|row| row["state"].clone()).collect();
    assert!(states.contains(&json!("reversed")) && states.contains(&json!("failed")), "{states:?}");
    assert_eq!(world.shop.count(), 3);
    let page = world.http.get(world.url("/")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("htelkomsel10000") && page.contains("reversed"), "{page}");
}

#[tokio::test]
async fn an_account_without_multiple_transactions_refuses_a_repeat_until_tomorrow() {
    let mut world = World::new().await;
    world.control("/control/settings", json!({ "suppliers": { "iak": { "once_a_day": true } } })).await;
    assert_eq!(world.top_up("R1").await["rc"], "39");
    assert_eq!(world.top_up("R2").await["rc"], "202");
    world.jump(86_400_000).await;
    assert_eq!(world.top_up("R3").await["rc"], "39");
    let detected = purchase("R4", "pulsa5000", "087812345678");
    assert_eq!(world.iak("top-up", "R4", detected).await["price"], 5_350);
}

//! What the providers' documents leave open: both readings are really different, from the start or from one moment to
//! the next.

use std::collections::BTreeSet;

use sandbox::Reading;
use serde_json::json;

use crate::kit::{World, mac, purchase, value};

const DAY_MS: i64 = 24 * 3_600_000;
const BOTH: [Reading; 2] = [Reading::Likely, Reading::Other];

#[tokio::test]
async fn a_notice_nobody_acknowledges_comes_on_one_day_or_on_three() {
    for (reading, all) in [(Reading::Likely, 5), (Reading::Other, 13)] {
        let mut world = World::read_as(reading).await;
        world.shop.reply_with(503, "1|OK");
        world.pay("A1", 200).await;
        for _ in 0..4 * 24 * 12 {
            world.jump(DAY_MS / 24 / 12).await;
        }
        assert_eq!((world.shop.count(), world.scheduled().await), (all, 0), "{reading:?}");
    }
}

#[tokio::test]
async fn a_refusal_in_words_ends_the_notices_in_one_reading_only() {
    for (reading, all) in [(Reading::Likely, 5), (Reading::Other, 1)] {
        let mut world = World::read_as(reading).await;
        world.shop.reply_with(200, "0|CheckMacValue Error");
        world.pay("A1", 200).await;
        for _ in 0..12 {
            world.jump(5 * 60_000).await;
        }
        assert_eq!(world.shop.count(), all, "{reading:?}");
    }
}

#[tokio::test]
async fn after_the_test_button_a_question_is_answered_unpaid_or_paid_and_no_money_moved() {
    for (reading, status) in [(Reading::Likely, "0"), (Reading::Other, "1")] {
        let world = World::read_as(reading).await;
        world.checkout("A1", 200).await;
        world.press("A1", "simulate").await;
        let answer = world.query("A1").await;
        assert_eq!(value(&answer, "TradeStatus"), status, "{reading:?}");
        assert_eq!(value(&answer, "PaymentDate").is_empty(), status == "0");
        assert_eq!(world.charges().await[0]["simulated"], true);
        // Real money can still come, and is what counts then.
        world.press("A1", "pay").await;
        assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
        assert_eq!(world.charges().await.len(), 2);
    }
}

#[tokio::test]
async fn quotes_and_tildes_are_signed_differently_and_everything_else_alike() {
    for reading in BOTH {
        let world = World::read_as(reading).await;
        // Signed as the public kits for PHP and Node do.
        let mut form = world.order("A1", 200);
        form.retain(|(name, _)| name != "CheckMacValue");
        for (_, value) in form.iter_mut().filter(|(name, _)| name == "ItemName") {
            *value = "Tom's ~5".to_owned();
        }
        let value = mac(&form);
        form.push(("CheckMacValue".to_owned(), value));
        let taken = world.submit(&form).await.status() == 302;
        assert_eq!(taken, reading == Reading::Likely, "{reading:?}");
        world.checkout("A2", 200).await;
    }
}

#[tokio::test]
async fn a_used_number_and_the_name_of_an_answers_form() {
    for (reading, open, paid, called) in [
        (Reading::Likely, "10300028", "10300028", "text/html"),
        (Reading::Other, "10200047", "10200095", "application/x-www-form-urlencoded"),
    ] {
        let world = World::read_as(reading).await;
        world.checkout("A1", 200).await;
        let again = async || world.submit(&world.order("A1", 200)).await.text().await.unwrap();
        assert!(again().await.contains(open), "{reading:?}");
        world.press("A1", "pay").await;
        assert!(again().await.contains(paid), "{reading:?}");
        let answer = world.send_query("A1", world.now_ms() / 1_000).await;
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(called), "{reading:?}");
        assert_eq!(value(&world.query("A1").await, "TradeStatus"), "1");
    }
}

#[tokio::test]
async fn the_price_list_hangs_here_or_there_and_can_be_moved_while_the_sandbox_runs() {
    let world = World::read_as(Reading::Other).await;
    let list = async || world.iak("pricelist", "pl", json!({ "status": "all" })).await;
    assert!(list().await.as_array().is_some_and(|rows| rows.len() >= 60));
    world.control("/control/settings", json!({ "suppliers": { "iak": { "reading": "likely" } } })).await;
    assert!(list().await["pricelist"].as_array().is_some_and(|rows| rows.len() >= 60));
    world
        .control(
            "/control/settings",
            json!({ "suppliers": { "iak": { "reading": "other" } }, "ecpay_reading": "other" }),
        )
        .await;
    assert!(list().await.is_array());
}

#[tokio::test]
async fn a_callback_that_is_not_accepted_comes_again_or_never() {
    for (reading, all) in [(Reading::Likely, 4), (Reading::Other, 1)] {
        let mut world = World::read_as(reading).await;
        world.shop.reply_with(500, "");
        world.top_up("R1").await;
        for _ in 0..10 {
            world.jump(10 * 60_000).await;
        }
        assert_eq!((world.shop.count(), world.scheduled().await), (all, 0), "{reading:?}");
    }
}

#[tokio::test]
async fn more_than_ten_requests_a_second_are_turned_away_or_not() {
    for (reading, statuses) in [(Reading::Likely, BTreeSet::from([200])), (Reading::Other, BTreeSet::from([200, 429]))]
    {
        let mut world = World::read_as(reading).await;
        let mut seen = Vec::new();
        for n in 0..40 {
            seen.push(world.send_top_up(&format!("R{n}")).await.unwrap().status().as_u16());
        }
        let formed = world.deliveries().await.len();
        assert_eq!(seen.iter().copied().collect::<BTreeSet<u16>>(), statuses, "{reading:?}");
        assert_eq!(formed, seen.iter().filter(|status| **status == 200).count(), "one turned away forms nothing");
        world.jump(5_000).await;
        assert_eq!(world.send_top_up("R99").await.unwrap().status(), 200, "a second later it is served again");
    }
}

#[tokio::test]
async fn a_token_and_a_callback_have_one_shape_or_the_other() {
    for (reading, dashes, tariff, number) in
        [(Reading::Likely, 4, "R1 /000001300", "customer_id"), (Reading::Other, 0, "R1M/900VA", "hp")]
    {
        let mut world = World::read_as(reading).await;
        world.iak("top-up", "P1", purchase("P1", "hpln20000", "12345678901")).await;
        world.jump(2_000).await;
        let status = world.status("P1").await;
        let (token, rest) = status["sn"].as_str().unwrap().split_once('/').unwrap();
        assert_eq!((token.matches('-').count(), token.len()), (dashes, 20 + dashes), "{reading:?}");
        assert_eq!(rest, format!("PT X/{tariff}/13.8"));
        let callback = world.shop.received()[0].data();
        assert_eq!((&callback[number], &callback["sn"]), (&json!("12345678901"), &status["sn"]), "{reading:?}");
    }
}

#[tokio::test]
async fn numbers_with_a_doubtful_prefix_are_known_or_refused() {
    for (reading, rc) in [(Reading::Likely, "39"), (Reading::Other, "16")] {
        let world = World::read_as(reading).await;
        let answer = world.iak("top-up", "R1", purchase("R1", "haxis10000", "083312345678")).await;
        assert_eq!(answer["rc"], rc, "{reading:?}");
        assert_eq!(world.top_up("R2").await["rc"], "39", "others are sold all the same");
    }
}

//! Lapak's own test codes (Lapak docs, "development"), and test user ids specified by us, in the sandbox that plays them.

use std::time::Duration;

use domain::catalogue::Category;
use domain::fulfilment::Answer;
use domain::{Currency, Money};
use serde_json::json;
use supplier_lab::{Lab, Who, said};

use crate::subject::{DIAMONDS, PHONE, PLAYER, SUBJECT, VOUCHER, order};

async fn start() -> Lab {
    let lab = Lab::start(&SUBJECT).await;
    // A usual order is done after a second.
    lab.settings(json!({ "suppliers": { "lapak": { "endings": true, "final_delay_ms": 1_000 } } })).await;
    lab
}

#[tokio::test]
async fn every_test_code_does_what_lapak_says() {
    let lab = start().await;
    let supplier = lab.supplier(Who::First);
    let (game, not_found) = (Category::Game, "not found");
    for (code, target, category, bought, then) in [
        (DIAMONDS, PLAYER, game, "pending", "delivered"),
        (VOUCHER, PHONE, Category::Voucher, "pending", "delivered, with a serial"),
        ("ASD", PLAYER, game, "refused: supplier PRODUCT_NOT_FOUND", not_found),
        ("ML156_16-S42", PLAYER, game, "refused: supplier PRODUCT_EMPTY", not_found),
        ("ML234_23-S2", PLAYER, game, "refused: supplier PROVIDER_NOT_FOUND", not_found),
        ("ML625_81-S2", PLAYER, game, "refused: supplier PROVIDER_INACTIVE", not_found),
        ("ML7740_1548-S42", PLAYER, game, "refused: deposit INSUFFICIENT_BALANCE", not_found),
    ] {
        let purchase = order(&lab, code, target, category);
        assert_eq!(said(&supplier.purchase(&purchase, lab.now()).await.0), bought, "{code}");
        lab.pass(Duration::from_secs(60)).await;
        assert_eq!(said(&supplier.status(&purchase, lab.now()).await.0), then, "{code}");
    }

    let mut guarded = order(&lab, DIAMONDS, PLAYER, game);
    guarded.cost = Money::from_units(999_999, Currency::Idr).unwrap();
    assert_eq!(said(&supplier.purchase(&guarded, lab.now()).await.0), "refused: price PRICE_NOT_MATCH");

    let mut waiting = order(&lab, "ML4649_883-S42", PLAYER, game);
    waiting.cost = order(&lab, DIAMONDS, PLAYER, game).cost;
    assert_eq!(said(&supplier.purchase(&waiting, lab.now()).await.0), "pending");
    lab.pass(Duration::from_secs(24 * 3_600)).await;
    assert_eq!(said(&supplier.status(&waiting, lab.now()).await.0), "pending");
    lab.stop().await;
}

#[tokio::test]
async fn every_test_user_ends_as_specified() {
    let lab = start().await;
    let supplier = lab.supplier(Who::First);
    for (user, bought, then) in [
        ("900000006", "unclear", "delivered"),
        ("900000007", "unclear", "not found"),
        ("900000008", "pending", "failed: supplier REFUNDED"),
        // Accepted, and the number of the order is not said.
        ("900000010", "unclear", "delivered"),
    ] {
        let purchase = order(&lab, "FREEFIRE12-S2", user, Category::Game);
        assert_eq!(said(&supplier.purchase(&purchase, lab.now()).await.0), bought, "{user}");
        lab.pass(Duration::from_secs(60)).await;
        assert_eq!(said(&supplier.status(&purchase, lab.now()).await.0), then, "{user}");
        let requests = lab.arrivals(&purchase.reference).await["topup"].clone();
        assert_eq!(requests, 1, "{user}");
    }
    lab.stop().await;
}

/// Its code is there ten seconds after it was delivered: until then it has none, and is asked for again. A voucher is for nobody, so it
/// is bought here as a game's, for a user whose id says what becomes of it.
#[tokio::test]
async fn a_test_user_s_voucher_is_delivered_before_its_code_is_there() {
    let lab = start().await;
    let supplier = lab.supplier(Who::First);
    let purchase = order(&lab, VOUCHER, "900000009", Category::Game);
    assert_eq!(said(&supplier.purchase(&purchase, lab.now()).await.0), "pending");
    assert_eq!(said(&supplier.status(&purchase, lab.now()).await.0), "delivered");
    lab.pass(Duration::from_secs(11)).await;
    let (answer, exchange) = supplier.status(&purchase, lab.now()).await;
    let Answer::Delivered { serial: Some(serial), .. } = &answer else { panic!("{answer:?}") };
    let truth = lab.deliveries(&purchase.reference).await;
    let (code, pin) = serial.expose().split_once(" PIN ").unwrap();
    assert_eq!((&truth[0]["serial"], &truth[0]["pin"]), (&json!(code), &json!(pin)));
    assert!(!exchange.response.contains(code) && !exchange.response.contains(pin), "{}", exchange.response);
    assert_eq!((truth.len(), lab.arrivals(&purchase.reference).await["topup"].clone()), (1, json!(1)));
    lab.stop().await;
}

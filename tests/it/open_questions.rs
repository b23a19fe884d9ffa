//! What the providers' documents leave open, answered both ways: the same orders end in the same way, whoever is right.

use demo::outside::Click;
use demo::world::Reading;
use serde_json::{Value, json};

use crate::reading::{each, list, minor, text};
use crate::shop::{AIRTIME, METER, MINUTE, Shop, TOKEN, meter, phone};

/// AXIS: the prefix of the first number is AXIS's in some lists only.
const AXIS: &str = "airtime-axis-10000";
const DOUBTFUL: &str = "083312340001";

#[tokio::test(flavor = "multi_thread")]
async fn likely_answers() {
    all_ends_right(Reading::Likely).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_answers() {
    all_ends_right(Reading::Other).await;
}

async fn all_ends_right(reading: Reading) {
    let shop = Shop::open_with(|options| options.reading = reading).await;
    a_list_in_either_shape_is_sold_from(&shop).await;
    a_serial_of_either_shape_is_read_part_by_part(&shop).await;
    a_notice_that_was_never_resent_is_found_by_asking(&shop).await;
    a_doubtful_number_is_served_or_paid_back(&shop, reading).await;
    a_crowded_second_loses_no_purchase(&shop).await;
    a_callback_that_met_a_closed_door_is_not_needed(&shop).await;
    shop.end().await;
}

async fn a_list_in_either_shape_is_sold_from(shop: &Shop) {
    let products = shop.get("/v1/catalogue?limit=100").by(&shop.customer).send().await.ok();
    assert!(list(&products["items"]).len() >= 60);
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone()), (TOKEN, &meter())]).await;
    shop.pass(MINUTE).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
}

async fn a_serial_of_either_shape_is_read_part_by_part(shop: &Shop) {
    let steam = product(shop, "game", "Steam Wallet").await;
    let voucher = product(shop, "voucher", "Alfamart Voucher").await;
    let wallet = product(shop, "e_money", "GoPay").await;
    let player = product(shop, "game", "Mobile Legends").await;
    let number = phone();
    let items = [
        (TOKEN, METER),
        (steam.as_str(), number.as_str()),
        (&voucher, &number),
        (&wallet, &number),
        (&player, "156378300|8483"),
        (AIRTIME, &number),
    ];
    let (who, id) = shop.paid_order(&items).await;
    shop.pass(MINUTE).await;
    let own = shop.own(&who, &id).await;
    let goods = |item: usize| &own["items"][item]["goods"];
    let token = text(&goods(0)["token"]);
    let groups: Vec<usize> = token.split('-').map(str::len).collect();
    assert_eq!((groups, &goods(0)["name"], &goods(0)["kwh"]), (vec![4; 5], &json!("PT X"), &json!("13.8")), "{own}");
    let serial = text(&own["items"][0]["serial"]);
    assert!(serial.replace('-', "").starts_with(&token.replace('-', "")), "and the text as it came");
    assert!(serial.contains(&text(&goods(0)["tariff"])));
    let kinds: Vec<&Value> = (1..4).map(|item| &goods(item)["kind"]).collect();
    assert_eq!(kinds, ["voucher", "voucher", "e_money"]);
    assert_eq!(text(&goods(1)["pin"]).len(), 6, "a code of Steam's is worth nothing without its pin");
    assert!(text(&goods(2)["valid_until"]).starts_with("202"), "{own}");
    assert_eq!(goods(3)["name"], "BUDI SANTOSO");
    for item in [4, 5] {
        assert!(goods(item).is_null() && own["items"][item]["serial"].is_string(), "a number, with nothing to type in");
    }
}

/// The cheapest of a brand.
async fn product(shop: &Shop, category: &str, brand: &str) -> String {
    let products = shop.for_sale(&shop.customer, category).await;
    let own = products.iter().filter(|product| product["brand"] == brand);
    text(&own.min_by_key(|product| minor(&product["price"])).unwrap()["id"])
}

/// The gateway hears nothing but refusals, from somebody else than us. It may try for three days, for forty minutes or
/// not at all.
async fn a_notice_that_was_never_resent_is_found_by_asking(shop: &Shop) {
    let (who, id) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, page) = shop.checkout(&who, &id).await;
    // Nobody listens there.
    shop.outside.change_settings(&json!({ "notice_targets": ["http://127.0.0.1:9"] })).await.unwrap();
    shop.outside.click(&page, Click::Pay).await.unwrap();
    shop.pass(20 * MINUTE).await;
    shop.outside.change_settings(&json!({ "notice_targets": [] })).await.unwrap();
    assert_eq!(shop.own(&who, &id).await["status"], "success");
    assert!(list(&shop.story(&id).await["notices"]).iter().all(|notice| notice["kind"] == "callback"), "none came");
    // What is resent after all is known already.
    shop.pass(4 * 24 * 60 * MINUTE).await;
    let story = shop.story(&id).await;
    assert_eq!((shop.charges(&story).await.len(), shop.delivered(&story).await), (1, 1));
    // Prices are not good for ever.
    demo::seed::set_prices(&shop.api, &shop.admin, shop.now()).await.unwrap();
}

async fn a_doubtful_number_is_served_or_paid_back(shop: &Shop, reading: Reading) {
    let (who, id) = shop.paid_order(&[(AXIS, DOUBTFUL)]).await;
    shop.pass(MINUTE).await;
    let own = shop.own(&who, &id).await;
    match reading {
        Reading::Likely => assert_eq!(own["status"], "success"),
        Reading::Other => {
            assert_eq!(own["status"], "failed");
            assert_eq!(own["refunds"][0]["amount"], own["total"], "the customer's mistake, and the money goes back");
        }
    }
}

/// More purchases in one second than one account may have. Who is turned away is unknown and asked about, by questions that
/// are turned away, too; in the end each is delivered once, or its money goes back.
async fn a_crowded_second_loses_no_purchase(shop: &Shop) {
    const CROWD: usize = 10;
    const STEP: i64 = 5 * MINUTE;
    const SIX_HOURS: i64 = 6 * 60 * MINUTE;
    let mut orders = Vec::new();
    for _ in 0..3 {
        let numbers: Vec<String> = (0..CROWD).map(|_| phone()).collect();
        let items: Vec<(&str, &str)> = numbers.iter().map(|number| (AIRTIME, number.as_str())).collect();
        let (who, id) = shop.order(&items, None).await;
        let (_, page) = shop.checkout(&who, &id).await;
        orders.push((who, id, page));
    }
    for (_, _, page) in &orders {
        shop.outside.click(page, Click::Pay).await.unwrap();
    }
    // Little by little: questions of minutes at one time would all be turned away.
    for _ in 0..SIX_HOURS / STEP {
        shop.pass(STEP).await;
    }
    for (who, id, _) in &orders {
        let own = shop.own(who, id).await;
        let states = each(&own["items"], "state");
        let delivered = states.iter().filter(|state| *state == "delivered").count();
        let failed = states.iter().filter(|state| *state == "failed").count();
        assert_eq!((&own["status"], delivered + failed), (&json!("success"), CROWD), "{states:?}");
        assert_eq!((list(&own["refunds"]).len(), delivered > CROWD / 2), (failed, true), "{states:?}");
        assert_eq!(shop.delivered(&shop.story(id).await).await, delivered, "each once");
    }
}

async fn a_callback_that_met_a_closed_door_is_not_needed(shop: &Shop) {
    shop.outside.change_settings(&json!({ "notice_targets": [shop.url("")] })).await.unwrap();
    let (who, id) = shop.paid_order(&[(TOKEN, &meter())]).await;
    shop.outside.change_settings(&json!({ "notice_targets": ["http://127.0.0.1:9"] })).await.unwrap();
    shop.pass(MINUTE).await;
    shop.outside.change_settings(&json!({ "notice_targets": [] })).await.unwrap();
    assert_eq!(shop.own(&who, &id).await["status"], "success", "by asking");
}

//! What every supplier has: an address of its own, and a count of what arrived there.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::kit::{USER, World, purchase};

const AT_ONCE: usize = 16;

#[tokio::test]
async fn everybody_can_read_which_codes_are_the_same_goods() {
    let world = World::new().await;
    let goods = world.get("/goods").await;
    let row = |id: &str| goods["goods"].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone();
    let airtime = row("airtime/telkomsel/10000");
    assert_eq!(airtime["kind"], "airtime");
    let codes: Vec<&str> =
        airtime["offers"].as_array().unwrap().iter().map(|offer| offer["code"].as_str().unwrap()).collect();
    assert!(codes.len() >= 4 && codes.contains(&"htelkomsel10000") && codes.contains(&"TSEL-10000"), "{codes:?}");
    let bought = world.top_up("R1").await;
    assert_eq!(bought["price"], airtime["offers"][0]["price"]);
    assert_eq!(row("pdam/Kota Surabaya")["offers"][0]["code"], "PDAMKOTA.SURABAYA");
    let bill = purchase("R2", "PLNPOSTPAID", "530000000001");
    assert_eq!(world.iak("top-up", "R2", bill).await["rc"], "20", "a bill is not topped up");
}

#[tokio::test]
async fn a_bill_is_owed_until_somebody_pays_it_and_a_restart_knows() {
    let mut world = World::new().await;
    let goods = "pdam/Kota Surabaya";
    let path = "/control/bills?goods=pdam/Kota%20Surabaya&number=10202002";
    let debt = world.get(path).await;
    assert_eq!(debt["bills"].as_array().unwrap().len(), 4);
    assert!(debt["bills"][0]["amount"].as_i64().unwrap() >= 50_000 && debt["holder"].is_string());
    world.control("/control/bills", json!({ "goods": goods, "number": "10202002" })).await;
    assert_eq!(world.get(path).await["bills"], json!([]));
    world = world.restarted().await;
    assert_eq!(world.get(path).await["bills"], json!([]));
    assert_eq!(world.get(&path.replace("02002", "02001")).await["bills"].as_array().unwrap().len(), 1);
    let nobody = world.http.get(world.url("/control/bills?goods=airtime/telkomsel/10000&number=1")).send().await;
    assert_eq!(nobody.unwrap().status(), 422);
}

#[tokio::test]
async fn what_arrives_is_counted_before_any_fault() {
    let world = World::new().await;
    let drop_all = json!({ "provider": "iak", "call": "topup", "kind": "drop_before" });
    world.fault(drop_all).await;
    for _ in 0..3 {
        assert!(world.send_top_up("R1").await.is_err());
    }
    world.status("R1").await;
    assert_eq!(world.arrivals("R1").await, json!({ "topup": 3, "status": 1 }));
    assert_eq!(world.arrivals("R2").await, json!({}));
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn a_supplier_that_is_down_refuses_connections_and_comes_back_where_it_was() {
    let world = World::new().await;
    let own = format!("{}/api/check-balance", world.sandbox.supplier_url("iak").unwrap());
    let ask = async || world.http.post(&own).json(&json!({ "username": USER, "sign": "x" })).send().await;
    assert_eq!(ask().await.unwrap().json::<Value>().await.unwrap()["data"]["rc"], "204");
    for _ in 0..2 {
        world.control("/control/suppliers/iak", json!({ "down": true })).await;
        world.control("/control/suppliers/iak", json!({ "down": true })).await;
        let refused = ask().await.unwrap_err();
        assert!(refused.is_connect(), "{refused:?}");
        assert_eq!(world.top_up("R1").await["rc"], "39", "the common address is another");
        world.control("/control/suppliers/iak", json!({ "down": false })).await;
        assert_eq!(ask().await.unwrap().status(), 200);
    }
    let press = async |action: &str| {
        let url = world.url("/page/suppliers/iak");
        assert_eq!(world.http.post(url).form(&[("action", action)]).send().await.unwrap().status(), 303);
        world.http.get(world.url("/")).send().await.unwrap().text().await.unwrap()
    };
    let page = press("down").await;
    assert!(page.contains("<strong>iak</strong> is down") && page.contains("redision</strong> answers"), "{page}");
    assert!(page.contains("<code>app-0001</code> <span class=muted>Rp 10.000.000.000<"), "{page}");
    assert!(ask().await.unwrap_err().is_connect());
    assert!(press("up").await.contains("<strong>iak</strong> answers"));
    assert_eq!(ask().await.unwrap().status(), 200);

    let gateway = world.http.post(world.url("/control/suppliers/ecpay")).json(&json!({ "down": true })).send().await;
    assert_eq!(gateway.unwrap().status(), 422);
    assert!(world.sandbox.supplier_url("ecpay").is_none());
}

#[tokio::test]
async fn whoever_is_played_has_an_address_of_its_own_and_a_deposit_that_runs_down() {
    let world = World::new().await;
    for (supplier, account) in
        [("iak", USER), ("redision", "app-0001"), ("lapak", "lapak-0001"), ("digiflazz", "digi-0001")]
    {
        let own = world.sandbox.supplier_url(supplier).unwrap();
        assert!(own.ends_with(supplier), "{own}");
        // Over connections that stay: none of them is answered any more.
        let answered = async || {
            let asked: JoinSet<_> = (0..AT_ONCE).map(|_| world.http.get(&own).send()).collect();
            asked.join_all().await.iter().filter(|answer| answer.is_ok()).count()
        };
        assert_eq!(answered().await, AT_ONCE, "{supplier}");
        world.control(&format!("/control/suppliers/{supplier}"), json!({ "down": true })).await;
        assert_eq!(answered().await, 0, "{supplier}");
        world.control(&format!("/control/{supplier}/{account}/deposit"), json!({ "set": 1 })).await;
        let page = world.http.get(world.url("/")).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("<strong>{supplier}</strong> is down")), "{page}");
        assert!(page.contains(&format!("<code>{account}</code> <span class=muted>Rp 1<")), "{page}");
    }
}

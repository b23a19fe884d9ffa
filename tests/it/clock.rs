//! Seventy days later: the months are there, orders flow, and no row lands where it should not.

use serde_json::Value;

use crate::reading::{list, text};
use crate::shop::{AIRTIME, MINUTE, Shop, TOKEN, meter, phone};

const DAY: i64 = 24 * 60 * MINUTE;
const TABLES: [&str; 3] = ["history", "ledger", "inbox"];

#[tokio::test(flavor = "multi_thread")]
async fn seventy_days_later_orders_still_flow() {
    let shop = Shop::open().await;
    bought(&shop).await;
    let (left_unpaid, unpaid) = shop.order(&[(AIRTIME, &phone())], None).await;

    shop.world.advance(70 * DAY).await.unwrap();
    shop.until("it is ready", async || (shop.get("/readyz").send().await.status == 200).then_some(())).await;
    let ahead = "SELECT count(*) FROM generate_series(0, 3) AS m, partitioned_tables()
        WHERE to_regclass(partition_name(parent, month_start(NOW, m))) IS NOT NULL";
    shop.until("four months are made", async || (shop.count(&at(&shop, ahead)).await == 12).then_some(())).await;
    shop.quiet().await;
    assert_eq!(shop.own(&left_unpaid, &unpaid).await["status"], "expired");

    // The old rate is too old to sell at, and nobody is charged a wrong price.
    let quote = serde_json::json!({ "items": [{ "product": AIRTIME }] });
    let refused = shop.post("/v1/quotes").by(&shop.customer).json(&quote).send().await;
    assert_eq!(refused.problem(), "503 not_selling");
    demo::seed::set_prices(&shop.world.api().unwrap(), &shop.admin, shop.now()).await.unwrap();
    bought(&shop).await;
    // Over the end of the month, too.
    shop.world.advance(25 * DAY).await.unwrap();
    bought(&shop).await;

    for table in TABLES {
        let id = if table == "inbox" { "id" } else { "order_id" };
        let stray = format!("SELECT count(*) FROM {table}_default");
        assert_eq!(shop.count(&stray).await, 0, "{table}_default is empty");
        // The first twelve hex digits of a UUIDv7 are its milliseconds.
        let misplaced = format!(
            "SELECT count(*) FROM {table} WHERE tableoid::regclass::text <> partition_name('{table}',
             to_timestamp(('x' || lpad(left(replace({id}::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0))"
        );
        assert_eq!(shop.count(&misplaced).await, 0, "{table} by month");
        let months = format!("SELECT count(DISTINCT tableoid) FROM {table}");
        assert!(shop.count(&months).await >= 2, "{table} has rows of several months");
    }
    let alerts = shop.get("/v1/admin/alerts").by(&shop.operator).send().await.ok();
    let kinds: Vec<String> = list(&alerts["items"]).iter().map(|alert: &Value| text(&alert["kind"])).collect();
    assert!(!kinds.iter().any(|kind| kind.starts_with("partition")), "{kinds:?}");
    shop.end().await;
}

async fn bought(shop: &Shop) {
    let (who, id) = shop.paid_order(&[(AIRTIME, &phone()), (TOKEN, &meter())]).await;
    shop.pass(4_000).await;
    assert_eq!(shop.own(&who, &id).await["status"], "success");
}

fn at(shop: &Shop, query: &str) -> String {
    query.replace("NOW", &format!("to_timestamp({} / 1000.0)", shop.now()))
}

//! One promo that everybody wants, at two servers at once.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tokio::task::JoinSet;

use crate::flood::{Flood, Told};
use crate::shop::Shop;

const CODE: &str = "RAMAI";
const LIMIT: usize = 200;
const CUSTOMERS: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_want_the_last_two_hundred_uses_of_a_promo() {
    let shop = Shop::open_alone(|options| options.servers = 2).await;
    let promo = json!({ "discount": { "amount": "5.00", "currency": "TWD" }, "max_uses": LIMIT });
    shop.put(&format!("/v1/admin/promos/{CODE}")).by(&shop.finance).json(&promo).send().await.ok();
    shop.client().await.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await.unwrap();
    let flood = Arc::new(Flood::of(&shop, Some(CODE)).await);
    let statements = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
                      WHERE query LIKE 'WITH member_in%kept AS (%INSERT INTO orders%'";
    let (stated, batches) = (shop.count(statements).await, batches(&shop).await);

    let mut all = JoinSet::new();
    for _ in 0..CUSTOMERS {
        let flood = Arc::clone(&flood);
        all.spawn(async move { flood.order(Instant::now()).await.unwrap() });
    }
    let told: Vec<Told> = all.join_all().await;

    let placed = told.iter().filter(|told| told.placed()).count();
    let spent = told.iter().filter(|told| told.status == 409 && told.code() == "promo_spent").count();
    assert_eq!((placed, spent), (LIMIT, CUSTOMERS - LIMIT));
    let limit = LIMIT as i64;
    assert_eq!(shop.count(&format!("SELECT used::bigint FROM promo WHERE code = '{CODE}'")).await, limit);
    assert_eq!(shop.count("SELECT count(*) FROM promo_use").await, limit);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE promo_held").await, limit);
    let (stated, batches) = (shop.count(statements).await - stated, self::batches(&shop).await - batches);
    eprintln!("{CUSTOMERS} customers: {batches} batches, {stated} statements");
    // Each batch is admitted by its one statement, and of those who came too late another one makes sure.
    assert!(stated > 0 && stated <= 2 * batches, "{stated} statements for {batches} batches");
    assert!(batches < CUSTOMERS as i64, "nobody ever waited together");
    shop.end().await;
}

async fn batches(shop: &Shop) -> i64 {
    i64::try_from(shop.metric("seberang_batches_total", &["kind=\"create\""]).await).unwrap()
}

//! What lies on the disk: nothing personal in clear, and rows that are updated in place.

use adapters_postgres::PgStore;
use domain::order::{NewItem, Order};
use domain::{ItemNo, PayCode, Private};
use ports::bills::{BillInquiry, BillStore};
use ports::conformance::store::make::{
    apply, bill_item, commit, create, create_of, customer, delivered, fresh, issued, later, mint, now, open_checkout,
    paid, reserve,
};
use ports::store::OrderStore;

use super::database::TestDb;

/// Places an order and takes it to its first delivery: six commits.
async fn deliver(store: &PgStore) -> Order {
    let new = create(2, customer(), None).unwrap();
    let mut order = new.new.order.clone();
    assert_eq!(store.create(vec![new]).await, [Ok(())]);
    let (checkout, first, second) = (mint(order.created_at), mint(order.created_at), mint(order.created_at));
    for n in 0..6 {
        let what = match n {
            0 => open_checkout(&checkout).unwrap(),
            1 => issued(&checkout),
            2 => paid(&order, &checkout).unwrap(),
            3 => reserve(&order, ItemNo(0), &first).unwrap(),
            4 => delivered(&order, ItemNo(0), &first),
            _ => reserve(&order, ItemNo(1), &second).unwrap(),
        };
        let applied = apply(&order, what, order.created_at).unwrap();
        assert_eq!(store.commit(vec![commit(applied.change)]).await, [Ok(vec![])]);
        order = applied.after;
    }
    order
}

/// What is owed is asked for, and ordered.
async fn asked_and_ordered(store: &PgStore) {
    let item = NewItem { target: Private::new("530000000001"), ..bill_item().unwrap() };
    let inquiry = BillInquiry {
        id: fresh(),
        customer: customer(),
        product: item.product.id.clone(),
        target: item.target.clone(),
        bill: *item.bill.clone().unwrap(),
        cost: item.bill.as_ref().unwrap().debt,
        supplier: "iak".parse().unwrap(),
        asked_at: now(),
        expires_at: later(now(), 1_800),
    };
    store.keep_inquiry(&inquiry).await.unwrap();
    assert_eq!(store.inquiry(inquiry.id, inquiry.customer).await.unwrap(), Some(inquiry.clone()));
    let create = create_of(item, inquiry.customer).unwrap();
    let order = create.new.order.clone();
    assert_eq!(store.create(vec![create]).await, [Ok(())]);
    let read = store.load(order.id).await.unwrap().items.remove(0).bill.unwrap();
    assert_eq!(read.holder.expose(), "BUDI SANTOSO");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_table_holds_a_number_or_a_serial_in_clear() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let order = deliver(&store).await;
    asked_and_ordered(&store).await;
    let read = store.load(order.id).await.unwrap();
    assert_eq!(read.items[0].target.expose(), "081234560000");
    let told = read.checkouts[0].instructions.as_ref().unwrap();
    assert_eq!(read, order, "whole, as it was stored");
    assert!(matches!(&told.code, PayCode::VirtualAccount { account, .. } if account.expose() == "9103522175887271"));
    assert_eq!(read.attempts[0].artifacts.serial.as_ref().unwrap().expose(), "1234-5678-9012-3456");

    let tables = db
        .ask("SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        .await;
    assert!(tables.len() > 20, "{tables:?}");
    let mut rows = 0;
    for table in tables {
        for row in db.ask(&format!("SELECT t::text FROM {table} t")).await {
            rows += 1;
            for secret in ["0812345", "5678-9012", "12345678901", "9103522175887271", "5300000000", "BUDI", "SANTOSO"] {
                // Bytes are shown in hex.
                let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
                assert!(!row.contains(secret) && !row.contains(&hex), "{secret} is in clear in {table}");
            }
        }
    }
    assert!(rows > 20, "only {rows} rows were looked at");
    let packed = db.client().await.query_one("SELECT terms FROM orders LIMIT 1", &[]).await.unwrap();
    let terms = adapters_postgres::unpack(packed.get(0)).unwrap();
    assert!(terms.contains("\"TWD\"") && !terms.contains("0812345"), "{terms}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_change_are_updated_in_place() {
    const TABLES: [&str; 5] = ["orders", "payment", "item", "attempt", "checkout"];
    // A server of its own: a transaction that runs anywhere on a server keeps old versions alive, and so fills pages.
    let db = TestDb::alone().await;
    let store = db.store().await;
    for table in TABLES {
        // So does an analysis that happens to run.
        db.ask(&format!("ALTER TABLE {table} SET (autovacuum_enabled = false)")).await;
    }
    for _ in 0..60 {
        deliver(&store).await;
    }
    let client = db.client().await;
    // Counts are handed over when a connection ends or says so.
    drop(store);
    for _ in 0..100 {
        client.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
        let row = client
            .query_one("SELECT sum(n_tup_upd)::bigint FROM pg_stat_user_tables WHERE relname = 'orders'", &[])
            .await
            .unwrap();
        if row.get::<_, i64>(0) >= 300 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for table in TABLES {
        let sql = format!("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = '{table}'");
        let row = client.query_one(&sql, &[]).await.unwrap();
        let (updates, hot): (i64, i64) = (row.get(0), row.get(1));
        println!("{table}: {hot} of {updates} updates in place");
        assert!(updates >= 60, "{table}: {updates} updates");
        assert!(hot * 100 >= updates * 95, "{table}: {hot} of {updates} updates in place");
    }
}

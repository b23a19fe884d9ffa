//! What is read costs the same however many orders there are. Counted in pages of the database, not in time.

use std::fmt::Write;

use adapters_postgres::PgStore;
use domain::{CustomerId, DedupeKey, Moment, OrderId, OrderStatus};
use ports::conformance::store::make::{create, customer, later, now};
use ports::store::{OrderFilter, OrderPage, OrderStore};
use ports::tasks::{TaskStore, Upkeep};
use tokio_postgres::Client;

use super::database::TestDb;

/// Plain SQL, also for benches.
const SEED: &str = include_str!("../seed/orders.sql");
/// The one of the seed who orders a lot.
const REGULAR: &str = "00000000-0000-7000-8000-00000000c001";
const PER_DAY: u32 = 1_000;
const DAYS: i64 = 10;
const TIMES: i64 = 10;
/// Orders in work, as many in both.
const OPEN: usize = 60;
const DAY_S: i64 = 86_400;

/// What was read, how many look-ups by an index that is (ten times as many rows may make each a page deeper), and the pages.
type Told = Vec<(&'static str, i64, i64)>;

struct Reader {
    store: PgStore,
    client: Client,
    told: Told,
}

impl Reader {
    async fn measure<R>(&mut self, what: &'static str, lookups: i64, read: impl AsyncFn(&PgStore) -> R) {
        // The first time prepares, and sets the hints that the next one finds.
        read(&self.store).await;
        let reset = "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()";
        self.client.execute(reset, &[]).await.unwrap();
        read(&self.store).await;
        let pages = "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint FROM pg_stat_statements s
                     JOIN pg_database d ON d.oid = s.dbid AND datname = current_database() WHERE query NOT LIKE '%pg_stat%'";
        let pages = self.client.query_one(pages, &[]).await.unwrap().get(0);
        self.told.push((what, lookups, pages));
    }

    async fn list(&mut self, what: &'static str, lookups: i64, filter: OrderFilter) {
        let filter = OrderFilter { limit: 50, ..filter };
        self.measure(what, lookups, async |store| OrderStore::list(store, &filter).await.unwrap()).await;
    }
}

/// What staff, customers and schedules read.
async fn read_all(reader: &mut Reader, open: &[OrderId], middle: OrderId, stranger: CustomerId) {
    let regular: CustomerId = REGULAR.parse().unwrap();
    let all = OrderFilter::default;
    let standing = |status| OrderFilter { status: Some(status), ..all() };
    let of = |customer| OrderFilter { customer: Some(customer), ..all() };
    let each = i64::try_from(open.len()).unwrap();
    // One leaf of the index, or two that its end lies across.
    reader.list("all orders", 2, all()).await;
    reader.list("from the middle on", 1, OrderFilter { before: Some(middle), ..all() }).await;
    reader.list("a frequent status", 1, standing(OrderStatus::Success)).await;
    reader.list("a rare status", 1, standing(OrderStatus::Failed)).await;
    reader.list("a status no order has", 1, standing(OrderStatus::Cancelled)).await;
    reader.list("open orders", each + 1, standing(OrderStatus::Pending)).await;
    reader.list("a status no open order has", each + 1, standing(OrderStatus::Review)).await;
    reader.list("a customer's few orders", 1, of(stranger)).await;
    reader.list("a customer's many orders", 1, of(regular)).await;
    let failed = OrderFilter { status: Some(OrderStatus::Failed), ..of(regular) };
    reader.list("a rare status among them", 1, failed).await;
    reader.list("many from the middle on", 1, OrderFilter { before: Some(middle), ..of(regular) }).await;

    let one = open[0];
    reader.measure("an order", 8, async |store| store.load(one).await.unwrap()).await;
    reader.measure("its story", 6, async |store| store.story(one).await.unwrap()).await;
    reader.measure("versions of watched orders", each, async |store| store.versions(open).await.unwrap()).await;
    reader
        .measure("whether a regular ordered it before", 101, async |store| {
            let mut new = create(1, regular, None).unwrap();
            new.unless_since = Some(later(now(), -600));
            // The first time it is stored, and the time that is measured it was ordered before.
            store.create(vec![new]).await
        })
        .await;
    let key: DedupeKey = "ref:ecpay:3002607:AAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    reader.measure("who holds a reference", 1, async |store| store.holder_of(&key).await.unwrap()).await;
    reader.measure("open alerts", 1, async |store| store.alerts(true, None, 50).await.unwrap()).await;
    reader.measure("all alerts", 1, async |store| store.alerts(false, None, 50).await.unwrap()).await;
    reader.measure("the queue", 0, async |store| store.outlook().await.unwrap()).await;
    // The third sweep of a day: it looks at the third of the older days, which both have.
    let third = now().timestamp().div_euclid(DAY_S) * DAY_S + 2 * 600 + 1;
    let third = Moment::from_timestamp(third, 0).unwrap();
    reader.measure("the sweep", each * 6 + 20, async |store| store.sweep(third).await.unwrap()).await;
}

async fn seed(client: &Client, days_ago: i64, days: i64) {
    let before = later(now(), -days_ago * DAY_S).date_naive();
    let fill = format!("SELECT pg_temp.seed_orders('{before}', {days}, {PER_DAY})");
    client.batch_execute(&fill).await.unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_details_and_the_sweep_read_no_more_pages_of_ten_times_as_many_orders() {
    let db = TestDb::new().await;
    let client = db.client().await;
    client.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    client.batch_execute(SEED).await.unwrap();
    let store = db.store().await;
    let made: Vec<_> = (0..OPEN).map(|_| create(1, customer(), None).unwrap()).collect();
    let open: Vec<OrderId> = made.iter().map(|create| create.new.order.id).collect();
    assert!(store.create(made).await.iter().all(Result::is_ok));
    let mut reader = Reader { store, client: db.client().await, told: Told::new() };

    seed(&client, 0, DAYS).await;
    let middle = db.ask("SELECT id FROM orders ORDER BY id OFFSET 5000 LIMIT 1").await[0].parse().unwrap();
    let someone = format!("SELECT customer FROM orders WHERE customer <> '{REGULAR}' ORDER BY id LIMIT 1");
    let stranger = db.ask(&someone).await[0].parse().unwrap();
    read_all(&mut reader, &open, middle, stranger).await;
    let few = std::mem::take(&mut reader.told);
    seed(&client, DAYS, DAYS * (TIMES - 1)).await;
    read_all(&mut reader, &open, middle, stranger).await;

    let mut table = String::new();
    let mut wrong = Vec::new();
    for ((what, lookups, few), (_, _, many)) in few.into_iter().zip(&reader.told) {
        writeln!(table, "{few:6} {many:6}  {what}").unwrap();
        if *many > few + few / 10 + lookups {
            wrong.push(what);
        }
    }
    eprintln!("pages read of {} orders and of {TIMES} times as many:\n{table}", DAYS * i64::from(PER_DAY));
    assert!(wrong.is_empty(), "these read more of more orders: {wrong:?}\n{table}");

    rare_orders_are_found_page_by_page(&reader.store, &db).await;
}

/// Short and empty pages do not end the list.
async fn rare_orders_are_found_page_by_page(store: &PgStore, db: &TestDb) {
    let regular: CustomerId = REGULAR.parse().unwrap();
    for (status, customer) in
        [("failed", None), ("cancelled", None), ("failed", Some(regular)), ("expired", Some(regular))]
    {
        let mut filter =
            OrderFilter { status: Some(status.parse().unwrap()), customer, limit: 100, ..OrderFilter::default() };
        let mut found: Vec<String> = Vec::new();
        loop {
            let OrderPage { orders, next } = OrderStore::list(store, &filter).await.unwrap();
            found.extend(orders.iter().map(|order| order.id.to_string()));
            filter.before = match next {
                Some(next) => Some(next),
                None => break,
            };
        }
        let of = customer.map_or_else(String::new, |id| format!("AND customer = '{id}'"));
        let all = db.ask(&format!("SELECT id FROM orders WHERE status = '{status}' {of} ORDER BY id DESC")).await;
        assert!(found == all, "{status} of {customer:?}: {} of {} were found", found.len(), all.len());
    }
}

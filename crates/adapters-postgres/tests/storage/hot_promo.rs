//! One promo that everybody wants: who comes first is decided inside the statement that stores the orders.

use domain::pricing::Promo;
use ports::catalogue::Catalogue;
use ports::conformance::store::make::{act, create, customer, promo};
use ports::store::{Create, CreateError, OrderStore};

use super::database::TestDb;

fn batch(size: usize, promo: &Promo) -> Vec<Create> {
    (0..size).map(|_| create(1, customer(), Some(promo.clone())).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_admitted_by_one_statement_in_the_order_it_came() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let promo = promo(1).unwrap();
    assert_eq!(store.put_promo(&promo, 130, &act("put_promo")).await, Ok(true));
    let trips = store.counters().round_trips();
    assert_eq!(store.create(batch(100, &promo)).await, vec![Ok(()); 100]);
    assert_eq!(store.counters().round_trips() - trips, 1);
    // Of those who come too late one more statement makes sure.
    let answers = store.create(batch(100, &promo)).await;
    assert_eq!(store.counters().round_trips() - trips, 3);
    let spent = vec![Err(CreateError::PromoSpent); 70];
    assert_eq!(answers, [vec![Ok(()); 30], spent].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_at_two_servers_get_the_two_hundred_places_there_are() {
    const BATCHES: u64 = 12;
    let db = TestDb::new().await;
    let stores = [db.store().await, db.store().await];
    let promo = promo(1).unwrap();
    assert_eq!(stores[0].put_promo(&promo, 200, &act("put_promo")).await, Ok(true));
    let trips = || stores.iter().map(|store| store.counters().round_trips()).sum::<u64>();
    let before = trips();
    let mut makers = tokio::task::JoinSet::new();
    for n in 0..BATCHES {
        let (store, batch) = (stores[usize::from(n % 2 == 0)].clone(), batch(25, &promo));
        makers.spawn(async move { store.create(batch).await });
    }
    let answers: Vec<_> = makers.join_all().await.into_iter().flatten().collect();
    let count = |wanted: &Result<(), CreateError>| answers.iter().filter(|answer| *answer == wanted).count();
    assert_eq!((count(&Ok(())), count(&Err(CreateError::PromoSpent))), (200, 100));
    assert_eq!(stores[0].promo(&promo.code).await.unwrap().unwrap().used, 200);
    assert_eq!(db.ask("SELECT count(*) FROM promo_use").await, ["200"]);
    assert_eq!(db.ask("SELECT count(*) FROM orders").await, ["200"]);
    let statements = trips() - before - 1;
    assert!(statements <= 2 * BATCHES, "{statements} statements for {BATCHES} batches");
    assert_eq!(stores.iter().map(|store| store.counters().conflicts()).sum::<u64>(), 0, "nobody waits crosswise");
}

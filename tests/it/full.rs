//! The store stands still while customers keep coming: as many wait as there are places, everybody else is told at once to
//! come again, and when it goes on nothing is lost of what was promised, and nothing is stored of what was refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::flood::{Flood, Told};
use crate::overload::{MEMORY_MB, count, memory_peak_mb, what_was_told_is_true};
use crate::shop::Shop;
use crate::stage::soaks;

/// Customers' requests that a server serves at once.
const PLACES: usize = 256;
/// After this long a statement that waits for somebody's lock is given up. Who is turned away does not wait for that.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);

fn overloaded(told: &Told) -> bool {
    told.status == 503 && told.code() == "overloaded"
}

async fn standstill(customers: usize) {
    let shop = Shop::open_alone(|_| {}).await;
    let flood = Arc::new(Flood::of(&shop, None).await);
    let first = flood.order(Instant::now()).await.unwrap();
    let before = shop.count("SELECT count(*) FROM orders").await;

    let stranger = shop.client().await;
    stranger.batch_execute("BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE").await.unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..customers {
        let flood = Arc::clone(&flood);
        waiting.spawn(async move { flood.order(Instant::now()).await });
    }
    let mut told = Vec::new();
    while told.len() < customers - PLACES {
        told.extend(waiting.join_next().await.unwrap().unwrap());
    }
    let healthy = shop.get("/healthz").send().await;
    assert_eq!(healthy.status, 200, "a prober needs no place");
    stranger.batch_execute("COMMIT").await.unwrap();
    let away = count(&told, overloaded);
    told.extend(waiting.join_all().await.into_iter().flatten());

    let mut times: Vec<Duration> = told.iter().filter(|told| overloaded(told)).map(|told| told.took).collect();
    times.sort();
    let placed = count(&told, Told::placed);
    eprintln!(
        "{customers} customers: {placed} placed, {} turned away (half of them within {:?}, the last after {:?}); memory {} MB",
        times.len(),
        times[times.len() / 2],
        times[times.len() - 1],
        memory_peak_mb(&shop)
    );
    assert!(memory_peak_mb(&shop) <= MEMORY_MB, "{} MB", memory_peak_mb(&shop));
    // On a slow machine the first batch may be given up before the lock is gone: those places are taken again.
    assert!(away > 0 && times.len() <= customers - PLACES, "{away} of {} were turned away", times.len());
    assert!(times[times.len() / 2] < LOCK_TIMEOUT, "{times:?}");
    for odd in told.iter().filter(|told| !told.placed() && !overloaded(told)) {
        assert_eq!(odd.code(), "unavailable", "{odd:?}");
    }
    let after = shop.count("SELECT count(*) FROM orders").await;
    assert_eq!(after - before, i64::try_from(placed).unwrap());
    let last = flood.order(Instant::now()).await.unwrap();
    assert!(first.placed() && last.placed(), "it goes on by itself: {last:?}");
    told.extend([first, last]);
    what_was_told_is_true(&shop, &flood, &told).await;
    let turned_away = shop.metric("seberang_http_turned_away_total", &["listener=\"public\""]).await;
    assert_eq!(usize::try_from(turned_away).unwrap(), times.len());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_store_stands_still_as_many_wait_as_there_are_places() {
    standstill(900).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_five_thousand_come_while_the_store_stands_still() {
    if soaks() {
        standstill(5_000).await;
    }
}

//! Orders on their way: so many in flight, whole ones, from the first request to the durable success. Not here: what is made
//! of the numbers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_postgres::Client;

use crate::arrivals::gone;
use crate::cpu::Used;
use crate::db;
use crate::error::BenchError;
use crate::line::Line;
use crate::shop::{Placed, Shop, pay};
use crate::stage::Stage;
use crate::stats::Rate;

/// Orders on their way at once where the server has all it can do: the design's "at saturation" (§9), and as many as a queue of
/// tasks works on at once. With more of them only the wait grows.
pub const IN_FLIGHT: usize = 256;
/// Customers who click at the same time; most orders in flight wait for the supplier, not for their customer.
const SHOPPERS: usize = 48;
/// Between two looks at how many orders are open: short beside the time an order takes.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A slice of a steady flow.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// Whole orders, by when their success was durable.
    pub rate: Rate,
    /// Processor time in that time.
    pub used: Used,
    /// How long it was.
    pub seconds: f64,
}

/// What those who order and who watches share.
struct Shared {
    shop: Arc<Shop>,
    /// One for each order that may begin.
    room: Semaphore,
    stop: AtomicBool,
    /// Orders that were answered; `bought` are those of them that were paid, too.
    placed: AtomicUsize,
    bought: Mutex<Vec<Placed>>,
}

/// Keeps so many orders in flight, measures `seconds` of it after `ramp`, and lets all of them end.
///
/// # Errors
/// When an answer is not the expected one, or a backlog stays.
pub async fn closed(
    stage: &mut Stage,
    in_flight: usize,
    ramp: Duration,
    seconds: Duration,
    placed: &mut Vec<Placed>,
) -> Result<Slice, BenchError> {
    let flush = stage.flush().await?;
    let shared = Arc::new(Shared {
        shop: Arc::clone(&stage.shop),
        room: Semaphore::new(in_flight),
        stop: AtomicBool::new(false),
        placed: AtomicUsize::new(0),
        bought: Mutex::default(),
    });
    let mut shoppers = JoinSet::new();
    for _ in 0..SHOPPERS.min(in_flight) {
        let (own, outside) = (Line::to(&stage.public()).await?, Line::to(stage.world.sandbox_url()).await?);
        shoppers.spawn(shop_on(Arc::clone(&shared), own, outside));
    }
    let watching = db::connect(stage.world.database_url()).await?;
    let mut watcher = JoinSet::new();
    watcher.spawn(let_in(Arc::clone(&shared), watching));
    let measured = measure(stage, ramp, seconds).await;
    shared.stop.store(true, Ordering::Relaxed);
    // Whoever waits for room hears that it is over.
    shared.room.close();
    while let Some(ended) = shoppers.join_next().await {
        ended.map_err(gone)??;
    }
    // It only ends by itself when it cannot look.
    if let Some(Ok(Err(blind))) = watcher.try_join_next() {
        return Err(blind);
    }
    watcher.shutdown().await;
    placed.append(&mut shared.bought.lock().unwrap_or_else(PoisonError::into_inner));
    stage.drained().await?;
    let (per_s, used, seconds) = measured?;
    Ok(Slice { rate: Rate { per_s, flush }, used, seconds })
}

/// Whole orders a second in `length` after `ramp`, with the processor time used and how long it really was.
///
/// # Errors
/// When the database does not answer, or a process is gone.
pub async fn measure(stage: &mut Stage, ramp: Duration, length: Duration) -> Result<(f64, Used, f64), BenchError> {
    tokio::time::sleep(ramp).await;
    let (before, used_before) = (stage.succeeded().await?, stage.used()?);
    let began = Instant::now();
    tokio::time::sleep(length).await;
    let (after, used_after, took) = (stage.succeeded().await?, stage.used()?, began.elapsed().as_secs_f64());
    Ok(((after - before) as f64 / took, used_after.since(used_before), took))
}

/// One customer after another, one order each.
async fn shop_on(shared: Arc<Shared>, mut own: Line, mut outside: Line) -> Result<(), BenchError> {
    while let Ok(room) = shared.room.acquire().await {
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        // Given back by whoever sees orders end.
        room.forget();
        let order = shared.shop.place(&mut own, None).await?;
        shared.placed.fetch_add(1, Ordering::Relaxed);
        pay_for(&shared.shop, &mut own, &mut outside, &order).await?;
        shared.bought.lock().unwrap_or_else(PoisonError::into_inner).push(order);
    }
    Ok(())
}

/// The page of an order, and its payment.
///
/// # Errors
/// When one of them is not taken.
pub async fn pay_for(shop: &Shop, own: &mut Line, outside: &mut Line, order: &Placed) -> Result<(), BenchError> {
    let checkout = shop.checkout(own, order).await?;
    pay(outside, &checkout).await
}

/// Lets the next order begin whenever one has ended. What was placed and is open no more has ended.
async fn let_in(shared: Arc<Shared>, db: Client) -> Result<(), BenchError> {
    let mut given_back = 0;
    loop {
        let placed = shared.placed.load(Ordering::Relaxed);
        let open = db::number(&db, "SELECT count(*) FROM open_order").await?;
        // Orders that are just being answered may be among the open ones, so this is at most what has ended.
        let ended = placed.saturating_sub(usize::try_from(open).unwrap_or(usize::MAX));
        shared.room.add_permits(ended.saturating_sub(given_back));
        given_back = given_back.max(ended);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

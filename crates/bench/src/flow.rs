//! Orders on their way: so many in flight, whole ones, from the first request to the durable success. Not here: what is made
//! of the numbers.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_postgres::Client;

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
        ended.map_err(|error| BenchError::Expected(format!("a customer ended: {error}")))??;
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

async fn measure(stage: &mut Stage, ramp: Duration, length: Duration) -> Result<(f64, Used, f64), BenchError> {
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

/// How long each of many requests took, from the moment it was due: one that had to wait for another counts its waiting.
#[derive(Debug, Default)]
pub struct Took {
    /// To place an order.
    pub place: Vec<Duration>,
    /// To open its checkout, from the answer before.
    pub checkout: Vec<Duration>,
}

/// Begins orders at a constant rate, whatever becomes of those before, and pays them.
///
/// # Errors
/// When an answer is not the expected one, or a backlog stays.
pub async fn open_loop(
    stage: &Stage,
    per_s: f64,
    length: Duration,
    placed: &mut Vec<Placed>,
) -> Result<Took, BenchError> {
    let lines =
        Arc::new(Lines { own: stage.public(), outside: stage.world.sandbox_url().to_owned(), free: Mutex::default() });
    let (due, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    // A thread of its own: the runtime's timers are only good for a millisecond.
    let clock = std::thread::spawn(move || {
        let began = Instant::now();
        let many = (length.as_secs_f64() * per_s) as u32;
        for at in (0..many).map(|n| began + Duration::from_secs_f64(f64::from(n) / per_s)) {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if due.send(at).is_err() {
                return;
            }
        }
    });
    let mut buyers = JoinSet::new();
    while let Some(at) = arrivals.recv().await {
        let (shop, lines) = (Arc::clone(&stage.shop), Arc::clone(&lines));
        buyers.spawn(async move {
            let (mut own, mut outside) = lines.take().await?;
            let order = shop.place(&mut own, None).await?;
            let (place, then) = (at.elapsed(), Instant::now());
            let checkout = shop.checkout(&mut own, &order).await?;
            let opened = then.elapsed();
            pay(&mut outside, &checkout).await?;
            lines.give_back((own, outside));
            Ok::<_, BenchError>((order, place, opened))
        });
    }
    let mut took = Took::default();
    while let Some(bought) = buyers.join_next().await {
        let (order, place, checkout) =
            bought.map_err(|error| BenchError::Expected(format!("a customer ended: {error}")))??;
        placed.push(order);
        took.place.push(place);
        took.checkout.push(checkout);
    }
    if clock.join().is_err() {
        return Err(BenchError::Expected("the clock of the arrivals ended".to_owned()));
    }
    stage.drained().await?;
    Ok(took)
}

/// Connections that nobody uses at the moment.
struct Lines {
    own: String,
    outside: String,
    free: Mutex<Vec<(Line, Line)>>,
}

impl Lines {
    fn take(&self) -> impl Future<Output = Result<(Line, Line), BenchError>> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        async move {
            match free {
                Some(pair) => Ok(pair),
                None => Ok((Line::to(&self.own).await?, Line::to(&self.outside).await?)),
            }
        }
    }

    fn give_back(&self, pair: (Line, Line)) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(pair);
    }
}

//! Orders that begin at a constant rate, whatever becomes of those before, and how long each of their requests took. Not here:
//! more of them than can be carried.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use crate::error::BenchError;
use crate::lines::Lines;
use crate::shop::{Placed, pay_silently, send_notice};
use crate::stage::Stage;

/// The moments at which customers come.
pub struct Arrivals {
    moments: UnboundedReceiver<Instant>,
    clock: JoinHandle<()>,
}

impl Arrivals {
    /// So many a second from now on, and so long. They wait in line until somebody looks, which nobody is ever late for.
    pub fn begin(per_s: f64, length: Duration) -> Self {
        let (due, moments) = unbounded_channel();
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
        Self { moments, clock }
    }

    /// When the next one was due, as soon as that is now; `None` after the last.
    pub async fn next(&mut self) -> Option<Instant> {
        self.moments.recv().await
    }

    /// That all have come.
    ///
    /// # Errors
    /// When the clock broke off.
    pub fn end(self) -> Result<(), BenchError> {
        self.clock.join().map_err(|_panic| BenchError::Expected("the clock of the arrivals ended".to_owned()))
    }
}

/// How long each of many requests took.
#[derive(Debug, Default)]
pub struct Took {
    /// To place an order, from the moment it was due: one that had to wait for another counts its waiting.
    pub place: Vec<Duration>,
    /// To open its checkout, from the answer before.
    pub checkout: Vec<Duration>,
    /// To accept the notice of its payment, from the payment on.
    pub notice: Vec<Duration>,
}

/// Begins so many orders a second, and pays them.
///
/// # Errors
/// When an answer is not the expected one, or a backlog stays.
pub async fn at_a_rate(
    stage: &Stage,
    per_s: f64,
    length: Duration,
    placed: &mut Vec<Placed>,
) -> Result<Took, BenchError> {
    let own = Arc::new(Lines::to(&stage.public()));
    let outside = Arc::new(Lines::to(stage.world.sandbox_url()));
    let mut arrivals = Arrivals::begin(per_s, length);
    let mut buyers = JoinSet::new();
    while let Some(due) = arrivals.next().await {
        let (shop, own, outside) = (Arc::clone(&stage.shop), Arc::clone(&own), Arc::clone(&outside));
        buyers.spawn(async move {
            let order = own.with(async |line| shop.place(line, None).await).await?;
            let (place, then) = (due.elapsed(), Instant::now());
            let checkout = own.with(async |line| shop.checkout(line, &order).await).await?;
            let opened = then.elapsed();
            let notice = outside.with(async |line| pay_silently(line, &checkout).await).await?;
            let then = Instant::now();
            own.with(async |line| send_notice(line, &notice).await).await?;
            Ok::<_, BenchError>((order, [place, opened, then.elapsed()]))
        });
    }
    arrivals.end()?;
    let mut took = Took::default();
    while let Some(bought) = buyers.join_next().await {
        let (order, [place, checkout, notice]) = bought.map_err(gone)??;
        placed.push(order);
        took.place.push(place);
        took.checkout.push(checkout);
        took.notice.push(notice);
    }
    stage.drained().await?;
    Ok(took)
}

/// A customer whose task ended before its order.
pub fn gone(error: tokio::task::JoinError) -> BenchError {
    BenchError::Expected(format!("a customer ended: {error}"))
}

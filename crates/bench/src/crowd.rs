//! More orders than can be carried: customers come at a constant rate, whatever becomes of those before them. Whoever is turned
//! away without an order goes; whoever has one comes back until it is paid. Not here: what can be carried.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::arrivals::{Arrivals, gone};
use crate::error::BenchError;
use crate::flow::{Slice, measure};
use crate::lines::Lines;
use crate::shop::{Placed, Shop, pay};
use crate::stage::Stage;
use crate::stats::Rate;

/// Kept open by the proxy that the crowd comes through: more than are served at once. Connections that are opened in the rush are
/// another load than orders.
const PROXY: usize = 1_024;
/// As long as the server asks those to wait that it turns away (`Retry-After`).
const COME_BACK: Duration = Duration::from_secs(2);
/// By then the crowd has long gone. Whoever still cannot pay is a fault, not load.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measurements of one rush, one after the other: waves would show in some of them.
const SLICES: u32 = 3;

/// What a crowd came to.
#[derive(Debug, Clone)]
pub struct Rush {
    /// Whole orders while it was there, slice by slice.
    pub good: Vec<Slice>,
    /// Customers who came.
    pub came: u64,
    /// Those of them who were told to go, and have no order.
    pub turned_away: u64,
    /// From the last arrival until the last order had ended.
    pub until_calm: Duration,
}

impl Rush {
    /// The slice with the fewest whole orders.
    pub fn worst(&self) -> Option<Slice> {
        self.good.iter().copied().min_by(|a, b| a.rate.per_s.total_cmp(&b.rate.per_s))
    }
}

/// The crowd, and where it goes.
struct Crowd {
    shop: Arc<Shop>,
    own: Lines,
    outside: Lines,
    came: AtomicU64,
    turned_away: AtomicU64,
}

/// Sends so many customers a second, measures slices of `length` of it after `ramp`, and lets all orders end.
///
/// # Errors
/// When an answer is neither the expected one nor "come again", or a backlog stays.
pub async fn rush(
    stage: &mut Stage,
    per_s: f64,
    ramp: Duration,
    length: Duration,
    placed: &mut Vec<Placed>,
) -> Result<Rush, BenchError> {
    let flush = stage.flush().await?;
    let crowd = Arc::new(Crowd {
        shop: Arc::clone(&stage.shop),
        own: Lines::to(&stage.public()),
        outside: Lines::to(stage.world.sandbox_url()),
        came: AtomicU64::new(0),
        turned_away: AtomicU64::new(0),
    });
    crowd.own.open(PROXY).await?;
    let mut coming = JoinSet::new();
    coming.spawn(come(Arc::clone(&crowd), Arrivals::begin(per_s, ramp + length * SLICES)));
    tokio::time::sleep(ramp).await;
    let mut good = Vec::new();
    for _ in 0..SLICES {
        let (per_s, used, seconds) = measure(stage, Duration::ZERO, length).await?;
        good.push(Slice { rate: Rate { per_s, flush }, used, seconds });
    }
    let last_came = Instant::now();
    while let Some(bought) = coming.join_next().await {
        placed.append(&mut bought.map_err(gone)??);
    }
    stage.drained().await?;
    Ok(Rush {
        good,
        came: crowd.came.load(Ordering::Relaxed),
        turned_away: crowd.turned_away.load(Ordering::Relaxed),
        until_calm: last_came.elapsed(),
    })
}

/// All of them; what was bought.
async fn come(crowd: Arc<Crowd>, mut arrivals: Arrivals) -> Result<Vec<Placed>, BenchError> {
    let (mut buyers, mut all) = (JoinSet::new(), Vec::new());
    while arrivals.next().await.is_some() {
        crowd.came.fetch_add(1, Ordering::Relaxed);
        buyers.spawn(buy(Arc::clone(&crowd)));
        while let Some(bought) = buyers.try_join_next() {
            all.extend(bought.map_err(gone)??);
        }
    }
    arrivals.end()?;
    while let Some(bought) = buyers.join_next().await {
        all.extend(bought.map_err(gone)??);
    }
    Ok(all)
}

/// One customer. `None`: has no order, and went.
async fn buy(crowd: Arc<Crowd>) -> Result<Option<Placed>, BenchError> {
    let Crowd { shop, own, outside, .. } = crowd.as_ref();
    let Some(order) = unless_full(own.with(async |line| shop.place(line, None).await).await)? else {
        crowd.turned_away.fetch_add(1, Ordering::Relaxed);
        return Ok(None);
    };
    let until = Instant::now() + PATIENCE;
    let checkout = loop {
        if let Some(checkout) = unless_full(own.with(async |line| shop.checkout(line, &order).await).await)? {
            break checkout;
        }
        if Instant::now() >= until {
            return Err(BenchError::Expected(format!("an order could not be paid within {PATIENCE:?}")));
        }
        tokio::time::sleep(COME_BACK).await;
    };
    outside.with(async |line| pay(line, &checkout).await).await?;
    Ok(Some(order))
}

/// `None`: nothing was done, and whoever asked was told to come again.
fn unless_full<T>(answer: Result<T, BenchError>) -> Result<Option<T>, BenchError> {
    match answer {
        Ok(done) => Ok(Some(done)),
        Err(BenchError::Answer { status: 429 | 503, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_being_told_to_come_again_is_no_error() {
        let answer = |status| Err::<(), _>(BenchError::Answer { what: "an order", status, body: String::new() });
        assert_eq!(unless_full(Ok(7)).unwrap(), Some(7));
        assert_eq!(unless_full(answer(503)).unwrap(), None);
        assert_eq!(unless_full(answer(429)).unwrap(), None);
        assert!(unless_full(answer(500)).is_err() && unless_full(answer(409)).is_err());
    }
}

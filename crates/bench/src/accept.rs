//! How many requests a second are taken, by so many connections that each send one after another. Not here: what is compared.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::error::BenchError;
use crate::line::Line;
use crate::shop::{Promo, Shop, notice, send_notice};
use crate::stage::Stage;
use crate::stats::Rate;

/// That prepare orders for their notices.
const PREPARERS: usize = 32;

/// Which promo code an order has; none at all, or one of many by its turn.
pub type PromoOf = fn(usize) -> Option<Promo<'static>>;

/// Orders without a promo.
pub const NO_PROMO: PromoOf = |_| None;

/// Orders placed a second, answered after their commit.
///
/// # Errors
/// When one is not placed.
pub async fn creates(stage: &Stage, connections: usize, length: Duration, promo: PromoOf) -> Result<Rate, BenchError> {
    let flush = stage.flush().await?;
    let lines = lines(stage, connections).await?;
    let turn = Arc::new(AtomicUsize::new(0));
    let (began, mut senders) = (Instant::now(), JoinSet::new());
    for mut line in lines {
        let (shop, turn) = (Arc::clone(&stage.shop), Arc::clone(&turn));
        senders.spawn(async move {
            let mut taken = 0_u32;
            while began.elapsed() < length {
                shop.place(&mut line, promo(turn.fetch_add(1, Ordering::Relaxed))).await?;
                taken += 1;
            }
            Ok(taken)
        });
    }
    let taken = sum(senders).await?;
    let rate = Rate { per_s: f64::from(taken) / began.elapsed().as_secs_f64(), flush };
    progress!("creates by {connections}: {:.0}/s", rate.per_s);
    Ok(rate)
}

/// Notices of payments taken a second, acknowledged after their commit; so many of orders that were opened just before.
///
/// # Errors
/// When one is not acknowledged.
pub async fn notices(stage: &Stage, connections: usize, many: usize) -> Result<Rate, BenchError> {
    let prepared = Arc::new(prepare(stage, many).await?);
    let flush = stage.flush().await?;
    let lines = lines(stage, connections).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let (began, mut senders) = (Instant::now(), JoinSet::new());
    for mut line in lines {
        let (prepared, next) = (Arc::clone(&prepared), Arc::clone(&next));
        senders.spawn(async move {
            let mut taken = 0_u32;
            while let Some(notice) = prepared.get(next.fetch_add(1, Ordering::Relaxed)) {
                send_notice(&mut line, notice).await?;
                taken += 1;
            }
            Ok(taken)
        });
    }
    let taken = sum(senders).await?;
    let rate = Rate { per_s: f64::from(taken) / began.elapsed().as_secs_f64(), flush };
    progress!("notices by {connections}: {:.0}/s", rate.per_s);
    Ok(rate)
}

/// Orders with an open page, and what the gateway would say of their payment.
async fn prepare(stage: &Stage, many: usize) -> Result<Vec<String>, BenchError> {
    let mut preparers = JoinSet::new();
    for (n, mut line) in lines(stage, PREPARERS).await?.into_iter().enumerate() {
        let shop = Arc::clone(&stage.shop);
        let share = many / PREPARERS + usize::from(n < many % PREPARERS);
        preparers.spawn(async move { opened(&shop, &mut line, share).await });
    }
    let mut all = Vec::with_capacity(many);
    while let Some(prepared) = preparers.join_next().await {
        all.append(&mut prepared.map_err(broken)??);
    }
    Ok(all)
}

async fn opened(shop: &Shop, line: &mut Line, many: usize) -> Result<Vec<String>, BenchError> {
    let mut notices = Vec::with_capacity(many);
    for _ in 0..many {
        let order = shop.place(line, None).await?;
        notices.push(notice(&shop.checkout(line, &order).await?));
    }
    Ok(notices)
}

async fn lines(stage: &Stage, connections: usize) -> Result<Vec<Line>, BenchError> {
    let mut lines = Vec::with_capacity(connections);
    for _ in 0..connections {
        lines.push(Line::to(&stage.public()).await?);
    }
    Ok(lines)
}

async fn sum(mut senders: JoinSet<Result<u32, BenchError>>) -> Result<u32, BenchError> {
    let mut taken = 0;
    while let Some(sent) = senders.join_next().await {
        taken += sent.map_err(broken)??;
    }
    Ok(taken)
}

fn broken(error: tokio::task::JoinError) -> BenchError {
    BenchError::Expected(format!("a connection ended: {error}"))
}

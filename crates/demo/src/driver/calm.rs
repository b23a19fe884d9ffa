//! Looking whether anything is in flight, and moving time only when nothing is.

use std::time::{Duration, Instant};

use crate::api::Api;
use crate::error::DemoError;
use crate::outside::Outside;
use crate::world::World;

const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Looks in a row that must find nothing in flight: between the sandbox's answer and the server's commit a single look
/// may find neither.
const QUIET_LOOKS: u32 = 2;
/// What is due sooner is waited for: business time goes on by itself, too, and nothing may begin while the clock is moved.
const MARGIN_MS: i64 = 100;

/// A moment at which nothing was in flight and nothing was due.
#[derive(Debug, Clone)]
pub struct Calm {
    /// What is due next, if anything.
    pub next_due_ms: Option<i64>,
    /// The sandbox has nothing planned.
    pub sandbox_idle: bool,
    /// Suppliers at which nothing is bought for their trouble lately, as one server sees it.
    pub broken: Vec<String>,
    /// Those that are tried again. The last trial is a purchase, which may be long in coming.
    pub tried: Vec<String>,
}

/// Waits for such a moment. `None`: the deadline came first.
///
/// # Errors
/// When server or sandbox stop answering.
pub async fn calm(api: &Api, outside: &Outside, deadline: Instant) -> Result<Option<Calm>, DemoError> {
    let mut looks = 0;
    while Instant::now() < deadline {
        match look(api, outside).await? {
            None => looks = 0,
            Some(_) if looks + 1 < QUIET_LOOKS => looks += 1,
            calm => return Ok(calm),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(None)
}

/// One look; `None` when something is in flight or due now.
async fn look(api: &Api, outside: &Outside) -> Result<Option<Calm>, DemoError> {
    let outside = outside.pending().await?;
    let metrics = api.metrics().await?;
    let number = |name| metrics.number(name).and_then(|value| i64::try_from(value).ok());
    // A server that says nothing of itself has not been looked at.
    let Some(leased) = number("seberang_tasks_leased") else { return Ok(None) };
    // 0 stands for never.
    let server_due = number("seberang_tasks_next_due_ms").filter(|due| *due > 0);
    let next_due_ms = [outside.next_due_ms, server_due].into_iter().flatten().min();
    let due_now = next_due_ms.is_some_and(|due| due <= outside.now_ms);
    let busy = outside.in_flight > 0 || leased > 0 || due_now;
    let (broken, tried) = (metrics.suppliers_at("open"), metrics.suppliers_at("half_open"));
    Ok((!busy).then_some(Calm { next_due_ms, sandbox_idle: outside.scheduled == 0, broken, tried }))
}

impl Calm {
    /// Moves time on to a moment, unless it is calm no more: what was due next may have come since the look. Says whether
    /// time was moved.
    ///
    /// # Errors
    /// When the world runs on the system's clock.
    pub async fn jump(&self, world: &World, moment_ms: i64) -> Result<bool, DemoError> {
        if !self.still(world) {
            // In real time it comes by itself.
            tokio::time::sleep(LOOK_EVERY).await;
            return Ok(false);
        }
        world.advance_to(moment_ms).await?;
        Ok(true)
    }

    /// Whether nothing that was known of has come due since.
    pub fn still(&self, world: &World) -> bool {
        self.lasts(world.clock().now_ms())
    }

    fn lasts(&self, now_ms: i64) -> bool {
        self.next_due_ms.is_none_or(|due| due > now_ms.saturating_add(MARGIN_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calm_lasts_until_shortly_before_the_next_thing_is_due() {
        let until = |next_due_ms| Calm { next_due_ms, sandbox_idle: true, broken: Vec::new(), tried: Vec::new() };
        assert!(until(None).lasts(5_000));
        assert!(until(Some(5_101)).lasts(5_000));
        for due in [5_100, 5_000, 4_000] {
            assert!(!until(Some(due)).lasts(5_000), "{due}");
        }
    }
}

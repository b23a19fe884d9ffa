//! Moving business time to the next thing that is due, whenever nothing is in flight, until nothing is open.

use std::time::{Duration, Instant};

use crate::api::Api;
use crate::error::DemoError;
use crate::outside::Outside;
use crate::world::World;

const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Looks in a row that must find nothing in flight: between the sandbox's answer and the server's commit a single look
/// may find neither.
const QUIET_LOOKS: u32 = 2;
/// A jump goes this share of the time since the start beyond what is due next, so that what belongs together is done
/// together: some hundred jumps instead of thousands.
const COALESCE_SHARE: i64 = 10;
const COALESCE_MS: std::ops::RangeInclusive<i64> = 2_000..=300_000;
/// How long things go on after the last order closed: refunds settle (30 minutes), serials come, late deliveries are
/// looked for.
const AFTERMATH_MS: i64 = 2 * 3_600_000;
/// Without a word from the server about what is due next.
const BLIND_STEP_MS: i64 = 60_000;

/// The run is being closed.
pub struct Closing<'a> {
    /// The world whose clock is moved.
    pub world: &'a World,
    /// Its servers.
    pub api: &'a Api,
    /// Its providers.
    pub outside: &'a Outside,
    /// A token of staff.
    pub staff: &'a str,
    /// Real time at which it is given up.
    pub deadline: Instant,
}

/// How the closing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is open, and nothing more happens by itself but reminders.
    Quiet,
    /// Time was up.
    TimeUp,
}

/// What a look found.
enum Look {
    Busy,
    /// Nothing in flight. When the next thing is due, and whether the sandbox still has something to do.
    Quiet {
        next_due_ms: Option<i64>,
        sandbox_idle: bool,
    },
}

impl Closing<'_> {
    /// Moves time on until no order is open, nothing is scheduled outside, and the aftermath is over.
    ///
    /// # Errors
    /// When server or sandbox stop answering.
    pub async fn run(&self) -> Result<Ended, DemoError> {
        let clock = self.world.clock();
        let began_ms = clock.now_ms();
        let mut closed_ms: Option<i64> = None;
        while Instant::now() < self.deadline {
            let Some((next_due_ms, sandbox_idle)) = self.quiet().await? else { break };
            let now_ms = clock.now_ms();
            if self.any_open().await? {
                closed_ms = None;
            } else if now_ms - *closed_ms.get_or_insert(now_ms) >= AFTERMATH_MS && sandbox_idle {
                return Ok(Ended::Quiet);
            }
            let slack = ((now_ms - began_ms) / COALESCE_SHARE).clamp(*COALESCE_MS.start(), *COALESCE_MS.end());
            let due_ms = next_due_ms.unwrap_or(now_ms + BLIND_STEP_MS).max(now_ms);
            self.world.advance_to(due_ms.saturating_add(slack)).await?;
        }
        Ok(Ended::TimeUp)
    }

    /// Waits until nothing is in flight. `None`: time was up first.
    async fn quiet(&self) -> Result<Option<(Option<i64>, bool)>, DemoError> {
        let mut looks = 0;
        while Instant::now() < self.deadline {
            match self.look().await? {
                Look::Busy => looks = 0,
                Look::Quiet { next_due_ms, sandbox_idle } => {
                    looks += 1;
                    if looks == QUIET_LOOKS {
                        return Ok(Some((next_due_ms, sandbox_idle)));
                    }
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(None)
    }

    async fn look(&self) -> Result<Look, DemoError> {
        let outside = self.outside.pending().await?;
        let metrics = self.api.metrics().await?;
        let number = |name| metrics.number(name).and_then(|value| i64::try_from(value).ok());
        let leased = number("seberang_tasks_leased").unwrap_or(0);
        // 0 stands for never.
        let server_due = number("seberang_tasks_next_due_ms").filter(|due| *due > 0);
        let next_due_ms = [outside.next_due_ms, server_due].into_iter().flatten().min();
        let due_now = next_due_ms.is_some_and(|due| due <= outside.now_ms);
        if outside.in_flight > 0 || leased > 0 || due_now {
            return Ok(Look::Busy);
        }
        Ok(Look::Quiet { next_due_ms, sandbox_idle: outside.scheduled == 0 })
    }

    async fn any_open(&self) -> Result<bool, DemoError> {
        for status in ["pending", "paid"] {
            if self.api.any_with_status(self.staff, status).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

//! Moving business time to the next thing that is due, whenever nothing is in flight, until nothing is open.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::calm::calm;
use crate::api::Api;
use crate::error::DemoError;
use crate::outside::Outside;
use crate::world::World;

/// A jump goes this share of the time since the start beyond what is due next, so that what belongs together is done
/// together: some hundred jumps instead of thousands.
const COALESCE_SHARE: i64 = 10;
const COALESCE_LEAST_MS: i64 = 2_000;
/// While something is being bought: far less than an item waits for a supplier in trouble, which is looked at every few seconds.
const COALESCE_BUYING_MS: i64 = 300_000;
/// While nobody waits for goods.
const COALESCE_CALM_MS: i64 = 2 * 3_600_000;
/// After the last order closed: several steps, for one thing brings about the next.
const COALESCE_AFTER_MS: i64 = 1_800_000;
/// A server whose clock is moved asks a supplier in trouble once in 80 ms of real time whether it is back, whatever the clock
/// says; and gives it fifteen seconds of business time.
const ROUND: Duration = Duration::from_millis(120);
const TROUBLE_MS: i64 = 15_000;
/// Rounds that are waited for one that is tried again: it is asked for our balance as often as it takes, and then for a purchase,
/// which may be long in coming.
const TRIALS: u32 = 10;
/// How long things go on after the last order closed: refunds settle (30 minutes), serials come, late deliveries are
/// looked for.
pub const SETTLED_MS: i64 = 2 * 3_600_000;
/// A code that was paid although its order was paid otherwise, and whose notice was lost, is found when any payment by it must be
/// known: eleven days after it was issued.
pub const ALL_KNOWN_MS: i64 = 12 * 24 * 3_600_000;
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
    /// How long things go on after the last order closed.
    pub aftermath_ms: i64,
    /// Real time at which it is given up.
    pub deadline: Instant,
    /// Suppliers that are out of trouble soon: time waits for them.
    pub come_back: &'a [String],
}

/// How the closing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is open, and nothing more happens by itself but reminders.
    Quiet,
    /// Time was up.
    TimeUp,
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
        let mut trials = Trials::default();
        while Instant::now() < self.deadline {
            let Some(calm) = calm(self.api, self.outside, self.deadline).await? else { break };
            let now_ms = clock.now_ms();
            let buying = self.any("paid").await?;
            if buying || self.any("pending").await? {
                closed_ms = None;
            } else if now_ms - *closed_ms.get_or_insert(now_ms) >= self.aftermath_ms && calm.sandbox_idle {
                return Ok(Ended::Quiet);
            }
            let come_back = |ids: &[String]| -> Vec<String> {
                ids.iter().filter(|id| self.come_back.contains(id)).cloned().collect()
            };
            if buying && trials.are_waited_for(&come_back(&calm.broken), &come_back(&calm.tried)) {
                tokio::time::sleep(ROUND).await;
                calm.jump(self.world, clock.now_ms().saturating_add(TROUBLE_MS)).await?;
                continue;
            }
            let most = match closed_ms {
                Some(_) => COALESCE_AFTER_MS,
                None if buying => COALESCE_BUYING_MS,
                None => COALESCE_CALM_MS,
            };
            let slack = ((now_ms - began_ms) / COALESCE_SHARE).clamp(COALESCE_LEAST_MS, most);
            let due_ms = calm.next_due_ms.unwrap_or(now_ms + BLIND_STEP_MS).max(now_ms);
            calm.jump(self.world, due_ms.saturating_add(slack)).await?;
        }
        Ok(Ended::TimeUp)
    }

    async fn any(&self, status: &str) -> Result<bool, DemoError> {
        self.api.any_with_status(self.staff, status).await
    }
}

/// How many rounds each supplier that is tried again was waited for.
#[derive(Default)]
struct Trials(BTreeMap<String, u32>);

impl Trials {
    /// Whether this round is for one of them. New trouble is waited for anew.
    fn are_waited_for(&mut self, broken: &[String], tried: &[String]) -> bool {
        self.0.retain(|id, _| !broken.contains(id));
        let mut waits = !broken.is_empty();
        for id in tried {
            let rounds = self.0.entry(id.clone()).or_insert(0);
            *rounds += 1;
            waits |= *rounds <= TRIALS;
        }
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_supplier_that_is_tried_again_is_waited_for_ten_rounds_and_after_new_trouble_again() {
        let [none, aa, both] =
            [&[][..], &["aa"], &["aa", "bb"]].map(|ids| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>());
        let mut trials = Trials::default();
        assert!((0..TRIALS).all(|_| trials.are_waited_for(&none, &aa)));
        assert!(!trials.are_waited_for(&none, &aa));
        assert!(trials.are_waited_for(&none, &both), "for the other one");
        assert!(trials.are_waited_for(&aa, &none), "as long as it is in trouble");
        assert!((0..TRIALS).all(|_| trials.are_waited_for(&none, &aa)));
        assert!(!trials.are_waited_for(&none, &aa));
    }
}

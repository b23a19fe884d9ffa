//! Work that recurs: one process does each slot, whatever number run.

use std::time::Duration;

use domain::Moment;
use tokio::sync::watch;

use crate::{ActError, Engine};

/// How long a slot's work may take before another process may do it again. All of it is safe to do twice.
const SLOT_LEASE: Duration = Duration::from_secs(300);
/// Between two looks at the clock.
const TICK: Duration = Duration::from_secs(1);
/// Idempotency-Keys are remembered this long.
const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(7);

/// The recurring work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Partitions,
    Sweep,
    Catalogue,
    ForgetAnswers,
}

impl Job {
    const ALL: [Self; 4] = [Self::Partitions, Self::Sweep, Self::Catalogue, Self::ForgetAnswers];

    const fn name(self) -> &'static str {
        match self {
            Self::Partitions => "partitions",
            Self::Sweep => "sweep",
            Self::Catalogue => "catalogue",
            Self::ForgetAnswers => "forget_answers",
        }
    }

    /// Length of a slot in seconds of business time.
    const fn period_s(self) -> i64 {
        match self {
            Self::Partitions | Self::ForgetAnswers => 86_400,
            Self::Sweep => 600,
            Self::Catalogue => 900,
        }
    }

    fn slot(self, now: Moment) -> i64 {
        now.timestamp().div_euclid(self.period_s())
    }
}

impl Engine {
    /// Runs the recurring work until told to stop.
    pub(crate) async fn run_schedules(&self, mut stop: watch::Receiver<bool>) {
        let mut done: Vec<(Job, i64)> = Job::ALL.iter().map(|job| (*job, i64::MIN)).collect();
        loop {
            for (job, last) in &mut done {
                let slot = job.slot(self.clock.now());
                if slot > *last && self.run_slot(*job, slot).await {
                    *last = slot;
                }
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    /// `true`: the slot is done, by us or by another process.
    async fn run_slot(&self, job: Job, slot: i64) -> bool {
        let token = self.fresh_token();
        match self.stores.schedules.begin(job.name(), slot, SLOT_LEASE, token).await {
            Ok(true) => {}
            // Done, or in another's hands; it is looked at again, so that work a dead process began is not lost.
            Ok(false) => return false,
            Err(error) => {
                tracing::warn!(job = job.name(), %error, "recurring work could not begin");
                return false;
            }
        }
        let outcome = self.run_job(job).await;
        let word = if outcome.is_ok() { "done" } else { "failed" };
        self.counters.add("seberang_schedule_runs_total", &[("name", job.name()), ("outcome", word)]);
        match outcome {
            Ok(()) => self.stores.schedules.finish(job.name(), slot, token).await.unwrap_or(false),
            Err(error) => {
                tracing::error!(job = job.name(), %error, "recurring work failed; it is tried again");
                false
            }
        }
    }

    async fn run_job(&self, job: Job) -> Result<(), ActError> {
        let now = self.clock.now();
        match job {
            Job::Partitions => self.stores.upkeep.make_partitions(now).await?,
            Job::Sweep => {
                let found = self.stores.upkeep.sweep(now).await?;
                for alert in found {
                    tracing::error!(alert = %alert.kind, subject = alert.subject, "the sweep found something");
                }
            }
            Job::Catalogue => {
                self.sync_catalogue().await?;
            }
            Job::ForgetAnswers => {
                self.stores.upkeep.forget_answers(now - ANSWERS_KEPT).await?;
            }
        }
        Ok(())
    }
}

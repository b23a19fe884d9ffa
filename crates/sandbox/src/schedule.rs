//! What is to happen later, on the virtual clock: notices, callbacks and the fate of pending purchases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::ecpay;
use crate::faults::Provider;
use crate::goods::callback::{self, Callback};
use crate::goods::fate;
use crate::goods::purchase::PurchaseKey;
use crate::state::Sandbox;

/// Jobs kept; far above what a run forms in the 6 hours a late notice waits.
const MAX_JOBS: usize = 500_000;
/// Jobs under way at once; each holds at most a few sockets.
const MAX_RUNNING: usize = 256;
/// Real time between two looks at the clock.
const TICK: Duration = Duration::from_millis(10);

#[derive(Clone)]
pub enum Job {
    Notice(ecpay::notice::Notice),
    /// A customer pays a code they took before.
    PayLater(ecpay::page::Later),
    Settle(PurchaseKey),
    Reverse(PurchaseKey),
    Recover(PurchaseKey),
    Callback(Box<Callback>),
}

#[derive(Default)]
pub struct Schedule {
    jobs: BTreeMap<(i64, u64), Job>,
    /// Messages told to stay behind the next one of their provider.
    held: Vec<(Provider, (i64, u64))>,
    next_id: u64,
    pub running: usize,
}

impl Schedule {
    /// Plans a job for a virtual moment. A full schedule drops it: for messages the same as being lost, which clients survive.
    pub fn at(&mut self, due_ms: i64, job: Job) -> Option<(i64, u64)> {
        if self.jobs.len() >= MAX_JOBS {
            tracing::error!(limit = MAX_JOBS, "the schedule is full, a job is dropped");
            return None;
        }
        let slot = (due_ms, self.next_id);
        self.next_id += 1;
        self.jobs.insert(slot, job);
        Some(slot)
    }

    /// Plans a job to follow the next message of its provider, or for `latest_ms` when none comes.
    pub fn behind_the_next(&mut self, provider: Provider, latest_ms: i64, job: Job) {
        if let Some(slot) = self.at(latest_ms, job) {
            self.held.push((provider, slot));
        }
    }

    /// A message of this provider went out: those held behind it are due.
    pub fn release_held(&mut self, provider: Provider, now_ms: i64) {
        if self.held.is_empty() {
            return;
        }
        let (released, kept) = std::mem::take(&mut self.held).into_iter().partition(|(p, _)| *p == provider);
        self.held = kept;
        let released: Vec<(Provider, (i64, u64))> = released;
        for (_, slot) in released {
            if let Some(job) = self.jobs.remove(&slot) {
                self.at(now_ms, job);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    pub fn next_due_ms(&self) -> Option<i64> {
        self.jobs.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// Takes what is due, as much as may run, and counts it as running.
    fn take_due(&mut self, now_ms: i64) -> Vec<Job> {
        let mut due = Vec::new();
        while self.running < MAX_RUNNING
            && let Some(first) = self.jobs.first_entry()
            && first.key().0 <= now_ms
        {
            due.push(first.remove());
            self.running += 1;
        }
        due
    }
}

/// Fires what is due, for ever.
pub async fn run(sandbox: Arc<Sandbox>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        let now_ms = sandbox.now_ms();
        let due = sandbox.state().schedule.take_due(now_ms);
        for job in due {
            let sandbox = Arc::clone(&sandbox);
            actix_web::rt::spawn(async move {
                perform(&sandbox, job).await;
                sandbox.state().schedule.running -= 1;
            });
        }
    }
}

async fn perform(sandbox: &Sandbox, job: Job) {
    match job {
        Job::Notice(notice) => ecpay::notice::deliver(sandbox, notice).await,
        Job::PayLater(later) => ecpay::page::pay_later(sandbox, &later),
        Job::Callback(callback) => callback::deliver(sandbox, *callback).await,
        Job::Settle(key) => fate::settle(sandbox, &key),
        Job::Reverse(key) => fate::reverse(sandbox, &key),
        Job::Recover(key) => fate::recover(sandbox, &key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(name: &str) -> Job {
        Job::Settle(PurchaseKey { supplier: Provider::Iak, account: "a".to_owned(), reference: name.to_owned() })
    }

    fn names(jobs: Vec<Job>) -> Vec<String> {
        jobs.into_iter()
            .map(|job| match job {
                Job::Settle(key) => key.reference,
                _ => panic!("only settle jobs here"),
            })
            .collect()
    }

    #[test]
    fn jobs_come_in_the_order_of_their_time_and_not_before() {
        let mut schedule = Schedule::default();
        schedule.at(20, settle("second"));
        schedule.at(10, settle("first"));
        schedule.at(30, settle("third"));
        assert_eq!(schedule.next_due_ms(), Some(10));
        assert_eq!(names(schedule.take_due(25)), ["first", "second"]);
        assert!(schedule.take_due(25).is_empty());
    }

    #[test]
    fn a_held_message_waits_for_the_next_of_its_provider() {
        let mut schedule = Schedule::default();
        schedule.behind_the_next(Provider::Iak, 1_000, settle("held"));
        schedule.release_held(Provider::Ecpay, 5);
        assert!(schedule.take_due(5).is_empty());
        schedule.release_held(Provider::Iak, 6);
        assert_eq!(names(schedule.take_due(6)), ["held"]);
        assert_eq!(schedule.len(), 0);
    }

    #[test]
    fn no_more_jobs_run_than_may() {
        let mut schedule = Schedule::default();
        for _ in 0..MAX_RUNNING + 5 {
            schedule.at(0, settle("x"));
        }
        assert_eq!(schedule.take_due(1).len(), MAX_RUNNING);
        assert_eq!(schedule.len(), 5);
    }
}

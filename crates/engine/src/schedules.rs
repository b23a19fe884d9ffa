//! Work that recurs: one process does each slot, whatever number run.

use std::time::Duration;

use domain::Moment;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::supply::Shrunk;
use crate::{ActError, Engine};

/// How long a slot's work may take before another process may do it again: ten suppliers with their longest timeout of a
/// minute each, and a minute for the store. All of it is safe to do twice.
const SLOT_LEASE: Duration = Duration::from_secs(660);
/// Before work that failed is tried again, by any process: an outage is over soon, and a supplier that is away is not asked
/// oftener than that.
const FAILED_WAIT: Duration = Duration::from_secs(30);
/// Between two looks at the clock: nothing recurs within a minute, so a second late is on time.
const TICK: Duration = Duration::from_secs(1);
/// Between two readings of a list that was never read, in the processes' own time: a supplier that was away when we began is
/// soon back, and one that stays away is left to the schedule after a while.
const FIRST_LIST_WAITS: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];
/// Idempotency-Keys are remembered this long: whoever repeats a request after a week means a new one. What was asked about bills
/// goes with them: an order keeps its own.
const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(7);

/// The recurring work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Partitions,
    Sweep,
    Catalogue,
    /// Not by the clock: as long as a list was never read, and in one process at a time.
    FirstLists,
    Balances,
    ForgetAnswers,
}

impl Job {
    /// By the clock.
    const ALL: [Self; 5] = [Self::Partitions, Self::Sweep, Self::Catalogue, Self::Balances, Self::ForgetAnswers];

    const fn name(self) -> &'static str {
        match self {
            Self::Partitions => "partitions",
            Self::Sweep => "sweep",
            Self::Catalogue => "catalogue",
            Self::FirstLists => "first_lists",
            Self::Balances => "balances",
            Self::ForgetAnswers => "forget_answers",
        }
    }

    /// Length of a slot in seconds of business time.
    const fn period_s(self) -> i64 {
        match self {
            // Months ahead, and days behind: a day more or less is nothing.
            Self::Partitions | Self::ForgetAnswers => 86_400,
            // Shorter than the quarter of an hour after which a task counts as overdue.
            Self::Sweep => 600,
            // Suppliers change prices a few times a day. What is sold in between cannot lose: nothing is bought dearer than
            // what the customer paid allows, and a supplier that takes more than it listed is an alert (`price_above_list`).
            Self::Catalogue => 900,
            // Shorter than the shortest wait between two tries.
            Self::FirstLists => 2,
            // A good hour empties a deposit: soon enough to top it up, and rare enough for any supplier.
            Self::Balances => 300,
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
        let mut waits = FIRST_LIST_WAITS.into_iter();
        let mut first_lists = waits.next().map(|wait| Instant::now() + wait);
        loop {
            for (job, last) in &mut done {
                let slot = job.slot(self.clock.now());
                // Also an earlier slot: a clock set back must not stop what recurs.
                if slot != *last && self.run_slot(*job, slot).await {
                    *last = slot;
                }
            }
            if first_lists.is_some_and(|due| due <= Instant::now()) {
                let all_read = self.first_lists().await;
                first_lists = waits.next().filter(|_| !all_read).map(|wait| Instant::now() + wait);
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    /// Has lists read that never were. `true`: there is none left.
    async fn first_lists(&self) -> bool {
        let none_left = async || self.lists_never_read().await.map(|missing| missing.is_empty());
        match none_left().await {
            Ok(true) => true,
            Ok(false) => {
                self.run_slot(Job::FirstLists, Job::FirstLists.slot(self.clock.now())).await;
                none_left().await.unwrap_or(false)
            }
            Err(error) => {
                tracing::warn!(%error, "nobody knows which price lists were read");
                false
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
                let given_back = self.stores.schedules.give_back(job.name(), slot, FAILED_WAIT, token).await;
                tracing::error!(job = job.name(), %error, ?given_back, "recurring work failed; it is tried again");
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
                let read = self.read_lists(self.suppliers.keys(), Shrunk::Refused).await;
                // Also when a list could not be stored: that is what makes it old.
                self.mind_ages().await?;
                read?;
            }
            Job::FirstLists => {
                let missing = self.lists_never_read().await?;
                self.read_lists(missing.iter(), Shrunk::Refused).await?;
            }
            Job::Balances => self.read_balances().await?,
            Job::ForgetAnswers => {
                self.stores.upkeep.forget_answers(now - ANSWERS_KEPT).await?;
                self.stores.bills.forget_inquiries(now - ANSWERS_KEPT).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ports::store::Unavailable;

    use super::*;
    use crate::tests::world::{Ports, counted, listing, noon};

    fn slot() -> i64 {
        Job::Partitions.slot(noon())
    }

    /// Ports in which the slot is free, and is begun with its lease.
    fn free() -> Ports {
        let mut ports = Ports::new();
        let begun = ports.schedules.expect_begin().times(1);
        begun.withf(|name, n, lease, _| name == "partitions" && *n == slot() && *lease == SLOT_LEASE);
        begun.returning(|_, _, _, _| Ok(true));
        ports
    }

    #[tokio::test]
    async fn a_slot_is_begun_worked_and_finished() {
        let mut ports = free();
        ports.upkeep.expect_make_partitions().times(1).returning(|_| Ok(()));
        ports.schedules.expect_finish().times(1).returning(|_, _, _| Ok(true));
        let engine = ports.engine();
        assert!(engine.run_slot(Job::Partitions, slot()).await);
        assert_eq!(counted(&engine, "seberang_schedule_runs_total", &[("outcome", "done")]).await, 1);
    }

    #[tokio::test]
    async fn a_slot_in_another_process_hands_is_left_to_it_and_looked_at_again() {
        for answer in [Ok(false), Err(Unavailable("connection reset".into()))] {
            let mut ports = Ports::new();
            ports.schedules.expect_begin().times(1).returning(move |_, _, _, _| answer.clone());
            assert!(!ports.engine().run_slot(Job::Partitions, slot()).await);
        }
    }

    #[tokio::test]
    async fn work_that_failed_is_not_called_finished_and_may_soon_be_tried_again() {
        let mut ports = free();
        ports.upkeep.expect_make_partitions().returning(|_| Err(Unavailable("connection reset".into())));
        ports.schedules.expect_finish().times(0);
        let given_back = ports.schedules.expect_give_back().times(1);
        given_back.withf(|name, n, wait, _| name == "partitions" && *n == slot() && *wait == FAILED_WAIT);
        given_back.returning(|_, _, _, _| Ok(true));
        let engine = ports.engine();
        assert!(!engine.run_slot(Job::Partitions, slot()).await);
        assert_eq!(counted(&engine, "seberang_schedule_runs_total", &[("outcome", "failed")]).await, 1);
    }

    #[tokio::test]
    async fn who_lost_the_slot_while_working_does_not_call_it_done() {
        let mut ports = free();
        ports.upkeep.expect_make_partitions().returning(|_| Ok(()));
        ports.schedules.expect_finish().times(1).returning(|_, _, _| Ok(false));
        assert!(!ports.engine().run_slot(Job::Partitions, slot()).await);
    }

    #[tokio::test]
    async fn a_list_that_was_never_read_is_read_without_waiting_for_its_slot() {
        let mut ports = Ports::new();
        let mut taken = vec![vec![("iak".parse().unwrap(), noon())], Vec::new(), Vec::new()];
        ports.catalogue.expect_lists_taken().times(3).returning(move || Ok(taken.pop().unwrap()));
        let begun = ports.schedules.expect_begin().times(1).withf(|name, _, _, _| name == "first_lists");
        begun.returning(|_, _, _, _| Ok(true));
        ports.schedules.expect_finish().times(1).returning(|_, _, _| Ok(true));
        ports.catalogue.expect_list().returning(|_| Ok(Vec::new()));
        ports.supplier().expect_price_list().times(1).returning(|_| Ok(vec![listing("iak", "x1", 10_000)]));
        ports.catalogue.expect_put_list().times(1).returning(|_, _, _| Ok(()));
        assert!(ports.engine().first_lists().await, "there is none left");
    }

    #[test]
    fn every_job_has_a_name_of_its_own_and_its_slots_follow_each_other() {
        let all = || Job::ALL.into_iter().chain([Job::FirstLists]);
        for (n, job) in all().enumerate() {
            assert!(all().skip(n + 1).all(|other| other.name() != job.name()));
            let next = noon() + chrono::TimeDelta::seconds(job.period_s());
            assert_eq!(job.slot(next), job.slot(noon()) + 1);
        }
    }
}

//! Back-office tasks: refunds that come due, and reminders of what waits for a person.

use domain::{Actor, Event, RefundNo, What};
use ports::tasks::Leased;

use super::{WorkResult, worked};
use crate::Engine;
use crate::along::Along;

impl Engine {
    pub(super) async fn work_refund(&self, task: &Leased, refund: RefundNo) -> WorkResult {
        self.tell(task, What::RefundDue { refund }).await
    }

    pub(super) async fn work_review(&self, task: &Leased) -> WorkResult {
        self.tell(task, What::ReviewReminder).await
    }

    async fn tell(&self, task: &Leased, what: What) -> WorkResult {
        let known = self.known(task.order).await?;
        let along = Along { lease: Some(task.token), ..Along::default() };
        Ok(worked(&self.apply(known, &Event { what, actor: Actor::Engine }, along).await?))
    }
}

//! What the engine would do without its first rule. Only in builds for tests: the shipped program holds no way to send a
//! purchase that nobody wrote down.

use chrono::TimeDelta;
use domain::fulfilment::Answer;
use domain::{Actor, Event, What};
use ports::tasks::Leased;

use super::buy::Buying;
use super::item::purchase_of;
use super::{Worked, worked};
use crate::along::Along;
use crate::memory::Known;
use crate::{ActError, Acted, Engine};

impl Engine {
    /// The rule broken on purpose: the request leaves before anybody wrote it down.
    pub(super) async fn send_before_reserving(
        &self,
        task: &Leased,
        known: Known,
        buying: Buying,
    ) -> Result<Worked, ActError> {
        let purchase = purchase_of(&buying.item, &buying.new.reference, &buying.new.code, buying.new.cost);
        let heard = self.send(buying.supplier.as_ref(), &purchase, buying.supplier.trust()).await;
        // What a careless program does: no answer, so it tries again later as if nothing had been sent.
        if matches!(heard.answer, Answer::Unclear { .. }) {
            return Ok(Worked::Until(self.clock.now() + TimeDelta::seconds(1)));
        }
        let event = Event { what: What::AttemptReserved(buying.new), actor: Actor::Engine };
        let along = Along { lease: Some(task.token), ..Along::default() };
        match self.apply(known, &event, along).await? {
            Acted::Applied { .. } => self.keep_answer(task, heard).await,
            acted @ (Acted::AlreadyApplied(_) | Acted::Replayed(_)) => Ok(worked(&acted)),
        }
    }
}

//! What the engine would do without its first rule. Only in builds for tests: the shipped program holds no way to send a
//! purchase that nobody wrote down.

use chrono::TimeDelta;
use domain::fulfilment::{Answer, Item, NewAttempt};
use domain::{Actor, Event, Order, What};
use ports::Supplier;
use ports::tasks::Leased;

use super::item::purchase_of;
use super::{WorkResult, Worked};
use crate::apply::Along;
use crate::{Acted, Engine};

impl Engine {
    /// The rule broken on purpose: the request leaves before anybody wrote it down.
    pub(super) async fn send_before_reserving(
        &self,
        task: &Leased,
        order: Order,
        item: &Item,
        supplier: &dyn Supplier,
        new: NewAttempt,
    ) -> WorkResult {
        let purchase = purchase_of(item, &new.reference, &new.code, new.cost);
        let heard = self.send(supplier, &purchase).await;
        // What a careless program does: no answer, so it tries again later as if nothing had been sent.
        if matches!(heard.answer, Answer::Unclear { .. }) {
            return Ok(Worked::Wait(TimeDelta::seconds(1)));
        }
        let event = Event { what: What::AttemptReserved(new), actor: Actor::Engine };
        let along = Along { lease: Some(task.token), ..Along::default() };
        match self.apply(order, &event, along).await? {
            Acted::Applied { order, .. } => {
                self.keep_answer(task, *order, &purchase.reference, heard, supplier.trust()).await
            }
            Acted::AlreadyApplied(_) | Acted::Replayed(_) => Ok(Worked::Nothing),
        }
    }
}

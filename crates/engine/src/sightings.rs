//! What commits of this process did to attempts, seen as news of their suppliers: counted by minute until it is added up in the
//! store, and a refusal of our deposit or account noticed at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DurationRound, TimeDelta};
use domain::fulfilment::{Attempt, AttemptState, Cause};
use domain::order::Applied;
use domain::supply::{Hold, Sums};
use domain::{Moment, SupplierId};
use ports::supply::SupplierMinute;

use crate::Engine;

/// Minutes of suppliers kept until they are written: a few suppliers over an outage of the store. Then the oldest are lost.
const MINUTES_KEPT: usize = 1_000;

/// What happened at the suppliers and is not written yet, by minute.
#[derive(Default)]
pub(crate) struct Sightings(Mutex<BTreeMap<(Moment, SupplierId), Sums>>);

impl Sightings {
    fn add(&self, supplier: &SupplierId, now: Moment, sums: Sums) {
        let minute = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept.entry((minute, supplier.clone())).or_default() += sums;
        while kept.len() > MINUTES_KEPT {
            kept.pop_first();
        }
    }

    pub(crate) fn take(&self) -> Vec<SupplierMinute> {
        let kept = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        kept.into_iter().map(|((minute, supplier), sums)| SupplierMinute { supplier, minute, sums }).collect()
    }
}

impl Engine {
    /// Sees what a commit of ours did to attempts: each step is in one commit, so each is seen by one process, once.
    pub(crate) fn saw(&self, applied: &Applied) {
        let now = applied.change.history.at;
        for change in &applied.change.history.changes {
            let no = change.subject.strip_prefix("attempt ").and_then(|no| no.parse().ok());
            let Some(attempt) = applied.after.attempts.iter().find(|attempt| Some(attempt.no.0) == no) else {
                continue;
            };
            let steps = change.from.parse::<AttemptState>().ok().zip(change.to.parse::<AttemptState>().ok());
            let Some((from, to)) = steps.filter(|(from, to)| from != to) else { continue };
            self.sightings.add(&attempt.supplier, now, sums_of(attempt, from, to, now));
            if matches!(to, AttemptState::Refused | AttemptState::Failed) {
                let of_bill = applied.after.item(attempt.item).is_some_and(|item| item.bill.is_some());
                self.mind_refusal(attempt, of_bill, now);
            }
        }
    }

    fn mind_refusal(&self, attempt: &Attempt, of_bill: bool, now: Moment) {
        let Some(slot) = self.suppliers.get(&attempt.supplier) else { return };
        match attempt.cause {
            Some(Cause::Deposit) => slot.health.refuse(Hold::Deposit, Some(attempt.cost)),
            Some(Cause::Account) => slot.health.refuse(Hold::Account, None),
            Some(Cause::Price) if !of_bill && slot.health.refuse_price(now) => {
                self.rounds.read_list_of(attempt.supplier.clone());
            }
            // What a bill comes to stands in no list.
            Some(Cause::Supplier)
                if attempt.state == AttemptState::Refused && !of_bill && slot.health.refuse_goods(now) =>
            {
                self.rounds.read_list_of(attempt.supplier.clone());
            }
            _ => return,
        }
        self.rounds.call();
    }
}

fn sums_of(attempt: &Attempt, from: AttemptState, to: AttemptState, now: Moment) -> Sums {
    let mut sums = Sums::default();
    let never_left = to == AttemptState::Refused && attempt.cause == Some(Cause::NotFormed);
    // A wrong number, or what was bought before: any supplier would say so.
    let customers = matches!(attempt.cause, Some(Cause::Customer | Cause::Repeat));
    sums.sent = u32::from(from == AttemptState::Reserved && !never_left);
    let price = attempt.artifacts.price.unwrap_or(attempt.cost).minor();
    match to {
        AttemptState::Done => {
            sums.delivered = 1;
            sums.deliver_ms = u64::try_from((now - attempt.reserved_at).num_milliseconds()).unwrap_or(0);
            sums.spent_minor = price;
        }
        AttemptState::Refused | AttemptState::Failed if customers => {}
        AttemptState::Refused if never_left => sums.not_sent = 1,
        AttemptState::Refused if attempt.was_turned_away() => sums.turned_away = 1,
        AttemptState::Refused => sums.refused = 1,
        AttemptState::Failed => sums.failed = 1,
        AttemptState::Unknown => sums.unclear = 1,
        AttemptState::Reversed => {
            sums.reversed = 1;
            sums.spent_minor = -price;
        }
        AttemptState::Reserved | AttemptState::Pending => {}
    }
    sums
}

#[cfg(test)]
mod tests {
    use domain::What;
    use domain::fulfilment::Answer;

    use super::*;
    use crate::tests::world::{Ports, answered, decided, idr, noon, paid, reserved};

    /// What is counted of an attempt that goes through these answers, from its reservation on.
    fn counted(answers: Vec<Answer>) -> Sums {
        let engine = Ports::new().engine();
        let steps = std::iter::once(reserved()).chain(answers.into_iter().map(answered));
        let mut order = paid();
        for what in steps.collect::<Vec<What>>() {
            let applied = decided(&order, what);
            engine.saw(&applied);
            order = applied.after;
        }
        let mut all = Sums::default();
        for minute in engine.sightings.take() {
            assert_eq!((minute.supplier.as_str(), minute.minute.timestamp() % 60), ("iak", 0));
            assert!(noon() - minute.minute < TimeDelta::minutes(1));
            all += minute.sums;
        }
        all
    }

    #[tokio::test]
    async fn after_a_price_that_was_not_ours_the_list_is_read_and_not_for_each_of_many() {
        let engine = Ports::new().engine();
        let refuse = |cause| {
            let order = decided(&paid(), reserved()).after;
            engine.saw(&decided(&order, answered(Answer::Refused { cause, code: "x".into() })));
            engine.rounds.old_lists().len()
        };
        assert_eq!(refuse(Cause::Supplier), 0, "once says nothing of the list");
        assert_eq!(refuse(Cause::Price), 1);
        assert_eq!(refuse(Cause::Price), 0, "it was asked for a moment ago");
    }

    #[tokio::test]
    async fn a_customers_wrong_number_is_no_fault_of_the_supplier() {
        let delivered = Answer::Delivered { serial: None, price: None, supplier_ref: None };
        let wrong = |cause| Answer::Refused { cause, code: "14".into() };
        for (said, success) in [(Cause::Customer, 1_000), (Cause::Repeat, 1_000), (Cause::Supplier, 500)] {
            let mut sums = counted(vec![delivered.clone()]);
            sums += counted(vec![wrong(said)]);
            let score = domain::supply::Score::of(&sums);
            assert_eq!((score.sent, score.success_permille), (2, Some(success)), "{said}");
        }
    }

    #[tokio::test]
    async fn each_step_of_an_attempt_is_counted_once() {
        let pending = || Answer::Pending { supplier_ref: None, price: None };
        let delivered = || Answer::Delivered { serial: None, price: Some(idr(10_500)), supplier_ref: None };
        let refused = |cause| Answer::Refused { cause, code: "x".into() };
        let failed = || Answer::Failed { cause: Cause::Supplier, code: "x".into() };
        let unclear = || Answer::Unclear { why: "timeout".into() };
        let spent_minor = idr(10_500).minor();
        let sent = Sums { sent: 1, ..Sums::default() };
        for (answers, expected) in [
            (vec![], Sums::default()),
            (vec![pending(), pending()], sent),
            (vec![pending(), delivered()], Sums { delivered: 1, spent_minor, ..sent }),
            (vec![delivered(), failed()], Sums { delivered: 1, reversed: 1, ..sent }),
            (vec![unclear(), unclear(), failed()], Sums { unclear: 1, failed: 1, ..sent }),
            (vec![failed(), delivered()], Sums { failed: 1, delivered: 1, spent_minor, ..sent }),
            (vec![refused(Cause::Supplier)], Sums { refused: 1, ..sent }),
            (vec![refused(Cause::Deposit)], Sums { turned_away: 1, ..sent }),
            (vec![refused(Cause::Closed)], Sums { turned_away: 1, ..sent }),
            (vec![refused(Cause::Customer)], sent),
            (vec![refused(Cause::Repeat)], sent),
            (vec![pending(), Answer::Failed { cause: Cause::Customer, code: "x".into() }], sent),
            (vec![refused(Cause::NotFormed)], Sums { not_sent: 1, ..Sums::default() }),
        ] {
            let words = format!("{answers:?}");
            assert_eq!(counted(answers), expected, "{words}");
        }
    }
}

//! What is asked about attempts, and until when: the ladder of an open one, what a notice calls for, the last looks at a closed one. What
//! an answer does to an attempt is in `attempt_events`.

use chrono::TimeDelta;

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use super::event::Claim;
use crate::Moment;
use crate::alert::AlertKind;
use crate::fulfilment::{Answer, Attempt, AttemptEvent, AttemptState, Cause, ItemEvent, ItemState, StatusTrust};
use crate::ids::{AttemptNo, ItemNo, Reference};
use crate::refund::RefundState;
use crate::schedule;
use crate::task::TaskKind;

/// The word of an attempt that was given up because its item has its goods.
const NO_OUTCOME: &str = "no outcome";

impl Draft<'_> {
    /// `vouched`: the notice proves that the supplier knows the reference, though not what it says about it.
    pub(super) fn nudged(&mut self, reference: &Reference, claim: Claim, vouched: bool) -> Outcome {
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?;
        let (no, open) = (attempt.no, matches!(attempt.state, AttemptState::Reserved | AttemptState::Unknown));
        if vouched && open {
            // It was formed: "not found" is not believed of it any more. A sender that still waits for its answer holds the task: the
            // question is put when it has it, or is gone.
            self.step_attempt(no, AttemptEvent::SaidPending)?;
        }
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?;
        let contests = match attempt.state {
            AttemptState::Reserved | AttemptState::Pending | AttemptState::Unknown | AttemptState::Done => {
                claim == Claim::NotDelivered
            }
            AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => claim == Claim::Delivered,
        };
        let known = match attempt.state {
            // Its sender is about to know; asking now would only race it.
            AttemptState::Reserved => true,
            AttemptState::Pending | AttemptState::Unknown => false,
            AttemptState::Done => !contests && attempt.artifacts.serial.is_some(),
            AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => !contests,
        };
        if known {
            return Ok(Effect::Nothing);
        }
        let attempt = self.attempt_mut(no)?;
        // Of an open one the last claim counts.
        attempt.contested = contests || attempt.contested && (claim == Claim::Nothing || !attempt.state.is_live());
        if claim == Claim::Delivered {
            // What was said before this claim says nothing about it.
            attempt.forget_absence();
        }
        if contests && !attempt.state.is_live() {
            // While its item may be bought elsewhere, the answer is needed soon.
            attempt.polls = 0;
        }
        let asked = attempt.clone();
        // Also when it is due already: the question under way may have been answered before this was true.
        self.put_task(self.question_about(&asked), self.now);
        Ok(if self.order == *self.before { Effect::Nothing } else { Effect::Changed })
    }

    /// The task by which the outcome of an attempt is asked, or its serial.
    pub(super) fn question_about(&self, attempt: &Attempt) -> TaskKind {
        let lacks_serial = attempt.state == AttemptState::Done && self.asks_serial(attempt.item);
        let by_item = attempt.state.is_live() || lacks_serial && !attempt.contested;
        if by_item && self.decides(attempt) {
            TaskKind::Item(attempt.item)
        } else {
            TaskKind::Recheck(attempt.reference.clone())
        }
    }

    pub(super) fn asks_serial(&self, item: ItemNo) -> bool {
        self.order.item(item).is_some_and(|i| i.serial_pending)
    }

    /// A notice came while the question was under way, and the answer, which is older, closed the attempt: it is asked once more, unless the
    /// notice said the same.
    pub(super) fn doubt_older_answer(&mut self, before: &Attempt) -> Result<(), Refusal> {
        let attempt = self.attempt_mut(before.no)?;
        let doubted = match attempt.state {
            AttemptState::Reserved | AttemptState::Pending | AttemptState::Unknown => false,
            AttemptState::Done => before.state.is_live() && before.contested,
            AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => {
                let said_so = before.contested && (before.state.is_live() || before.state == AttemptState::Done);
                attempt.state != before.state && !said_so
            }
        };
        if doubted {
            attempt.contested = true;
            attempt.polls = 0;
            self.put_task(TaskKind::Recheck(before.reference.clone()), self.now);
        }
        Ok(())
    }

    pub(super) fn recheck_is_due(&self, attempt: &Attempt) -> bool {
        self.order.task(&TaskKind::Recheck(attempt.reference.clone())).is_some_and(|t| t.run_at <= self.now)
    }

    /// The outcome is still open: put the next question on the ladder, or bring a person in at its end.
    pub(super) fn ask_again(&mut self, attempt: &Attempt, asked_at: Moment) -> Result<(), Refusal> {
        let polls = self.attempt_mut(attempt.no)?.polls;
        let next = self.now + schedule::poll_wait(polls, self.order.id);
        let age = self.now.signed_duration_since(attempt.reserved_at);
        if !self.decides(attempt) {
            if age >= schedule::POLL_HORIZON {
                return self.give_up_overtaken(attempt);
            }
            self.next_question(TaskKind::Recheck(attempt.reference.clone()), asked_at, next);
            return Ok(());
        }
        if age >= schedule::POLL_HORIZON && self.step_item(attempt.item, ItemEvent::NeedsPerson)? {
            self.alert(AlertKind::ItemReview, format!("item {}", attempt.item), "no outcome after a day of asking");
        }
        // In review the supplier is still asked: its late word settles the item without a person.
        self.next_question(TaskKind::Item(attempt.item), asked_at, next);
        Ok(())
    }

    /// Its item was settled by another delivery, and a day brought no outcome: a person hears of it, once. It is looked at a last time, as what an
    /// operator closed; a notice may still tell of it.
    fn give_up_overtaken(&mut self, attempt: &Attempt) -> Result<(), Refusal> {
        let detail = format!("{} has no outcome after a day, beside another delivery", attempt.supplier);
        self.alert(AlertKind::ItemReview, format!("attempt {}", attempt.no), detail);
        self.conclude(attempt.no, NO_OUTCOME)?;
        self.no_more_questions(attempt);
        Ok(())
    }

    /// Puts the next question, no later than one that was called for after the answered one left. Was that due already, it is
    /// now: put anew, it goes straight to whoever is free.
    fn next_question(&mut self, kind: TaskKind, asked_at: Moment, next: Moment) {
        let called = self.order.task(&kind).map(|t| t.run_at).filter(|run_at| *run_at > asked_at);
        self.put_task(kind, called.map_or(next, |called| called.min(next).max(self.now)));
    }

    /// Somebody called for a question after the answered one left: what was answered is older than the call.
    pub(super) fn is_called(&self, kind: &TaskKind, asked_at: Moment) -> bool {
        self.order.task(kind).is_some_and(|t| t.run_at > asked_at && t.run_at <= self.now)
    }

    /// A closed attempt needs no more questions but the last looks.
    pub(super) fn no_more_questions(&mut self, attempt: &Attempt) {
        let kind = TaskKind::Recheck(attempt.reference.clone());
        match self.last_look(attempt.no) {
            Some(look) => self.put_task(kind, look),
            None => self.drop_task(&kind),
        }
    }

    /// The next of a closed attempt's last looks that lies ahead: before its item's money goes back, and, if the supplier
    /// itself never said that it failed, when a late delivery would have shown.
    pub(super) fn last_look(&self, no: AttemptNo) -> Option<Moment> {
        let attempt =
            self.order.attempts.iter().find(|a| a.no == no).filter(|a| !a.state.is_live() && a.may_exist())?;
        let refund =
            self.order.refunds.iter().find(|r| r.item == Some(attempt.item) && r.state == RefundState::Requested);
        let refund = refund.map(|r| r.requested_at + schedule::refund_last_look(self.settle_of(attempt.item)));
        [refund, attempt.late_look()].into_iter().flatten().filter(|look| *look > self.now).min()
    }

    /// A closed attempt was asked again, because a notice claims otherwise or for a last look, and the answer is no news. What tells
    /// nothing is asked again until the horizon; then a person hears of it.
    pub(super) fn recheck_answer(
        &mut self,
        attempt: &Attempt,
        answer: &Answer,
        trust: StatusTrust,
        asked_at: Moment,
    ) -> Result<(), Refusal> {
        let kind = TaskKind::Recheck(attempt.reference.clone());
        if !self.recheck_is_due(attempt) || self.is_called(&kind, asked_at) {
            return Ok(());
        }
        let told = match answer {
            Answer::Unclear { .. } | Answer::Pending { .. } => false,
            Answer::NotFound => self.absence_tells(attempt, trust),
            Answer::Delivered { .. } | Answer::Refused { .. } | Answer::Failed { .. } => true,
        };
        let age = self.closed_for(attempt);
        let asked = self.attempt_mut(attempt.no)?;
        if !told && age < schedule::POLL_HORIZON {
            let wait = schedule::poll_wait(asked.polls, self.order.id);
            self.put_task(kind, self.now + wait);
            return Ok(());
        }
        asked.contested = false;
        asked.forget_absence();
        self.no_more_questions(attempt);
        if !told && !self.is_known_to_a_person(attempt) {
            let detail = format!("{} does not say whether it still delivered", attempt.supplier);
            self.alert(AlertKind::ItemReview, format!("attempt {}", attempt.no), detail);
        }
        Ok(())
    }

    /// A person was told when it was given up, because its item has its goods by another delivery; and that is all there is to know.
    fn is_known_to_a_person(&self, attempt: &Attempt) -> bool {
        let has_goods = self.order.item(attempt.item).is_some_and(|i| i.state == ItemState::Delivered);
        attempt.word.as_deref() == Some(NO_OUTCOME) && has_goods && !attempt.contested
    }

    /// How long ago its outcome was heard, or a person decided about it.
    fn closed_for(&self, attempt: &Attempt) -> TimeDelta {
        self.now.signed_duration_since(attempt.closed_at.unwrap_or(attempt.reserved_at))
    }

    /// Whether "not found" is an answer about a closed attempt. About what was delivered it never is; about what failed it must be said as
    /// often and as long as about what may never have been formed. Where it proves nothing, it does not outweigh a notice.
    fn absence_tells(&self, attempt: &Attempt, trust: StatusTrust) -> bool {
        let long = self.order.attempt(&attempt.reference).is_some_and(|a| a.is_long_absent(self.now));
        let age = self.closed_for(attempt);
        match attempt.state {
            AttemptState::Refused | AttemptState::Failed if attempt.contested => trust.absence && long,
            AttemptState::Refused => true,
            // What only we concluded is looked at when nobody asks on any more.
            AttemptState::Failed => long || age >= schedule::POLL_HORIZON && attempt.cause == Some(Cause::Concluded),
            AttemptState::Done
            | AttemptState::Reversed
            | AttemptState::Reserved
            | AttemptState::Pending
            | AttemptState::Unknown => false,
        }
    }

    /// A done attempt was asked again, for its serial or after a notice that claims otherwise.
    pub(super) fn serial_answer(
        &mut self,
        attempt: &Attempt,
        answer: &Answer,
        trust: StatusTrust,
        asked_at: Moment,
    ) -> Result<(), Refusal> {
        self.recheck_answer(attempt, answer, trust, asked_at)?;
        if !self.decides(attempt) || !self.asks_serial(attempt.item) {
            return Ok(());
        }
        let has_serial = matches!(answer, Answer::Delivered { serial: Some(_), .. });
        let is_code = trust.may_bring_code(self.item(attempt.item)?.category);
        let horizon = if is_code { schedule::POLL_HORIZON } else { schedule::RECEIPT_HORIZON };
        if has_serial || self.closed_for(attempt) >= horizon {
            self.item_mut(attempt.item)?.serial_pending = false;
            self.drop_task(&TaskKind::Item(attempt.item));
            if has_serial {
                self.note("the serial came");
            } else if is_code {
                let detail = "delivered, but no serial after a day of asking";
                self.alert(AlertKind::ItemReview, format!("item {}", attempt.item), detail);
            } else {
                self.note("no receipt came");
            }
        } else {
            let polls = self.attempt_mut(attempt.no)?.polls;
            self.next_question(
                TaskKind::Item(attempt.item),
                asked_at,
                self.now + schedule::poll_wait(polls, self.order.id),
            );
        }
        Ok(())
    }
}

//! What happens to the attempts of an item: reserved, sent, answered. What is asked about them is in `question_events`, and what that means
//! for the item in `item_events`.

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use super::event::Claim;
use crate::Moment;
use crate::alert::AlertKind;
use crate::catalogue::Category;
use crate::fulfilment::{
    Answer, Artifacts, Attempt, AttemptEvent, AttemptState, Cause, ItemEvent, NewAttempt, Standing, StatusTrust,
    doubt_until, pln_token, standing,
};
use crate::ids::{AttemptNo, Reference};
use crate::schedule;
use crate::task::TaskKind;

impl Draft<'_> {
    pub(super) fn attempt_reserved(&mut self, new: &NewAttempt) -> Outcome {
        if self.order.attempt(&new.reference).is_some() {
            return Ok(Effect::Nothing);
        }
        if !self.buying() {
            return Err(Refusal::NotNow("the order is not paid"));
        }
        let item = self.item(new.item)?;
        if new.cost.currency() != item.max_cost.currency() || new.cost.minor() > item.max_cost.minor() {
            return Err(Refusal::NotNow("the offer costs more than the price charged allows"));
        }
        if self.order.attempts.iter().any(|a| a.item == new.item && a.state.is_live()) {
            return Err(Refusal::NotNow("an attempt of this item is alive"));
        }
        if doubt_until(&self.order, new.item, self.now).is_some() {
            return Err(Refusal::NotNow("an earlier attempt is in doubt"));
        }
        match standing(&self.order, new.item, &new.supplier) {
            Standing::Free => {}
            Standing::FreeFrom(moment) if moment <= self.now => {}
            Standing::FreeFrom(_) | Standing::Tried => return Err(Refusal::NotNow("this supplier was tried")),
        }
        let no = AttemptNo(u16::try_from(self.order.attempts.len()).unwrap_or(u16::MAX));
        self.step_item(new.item, ItemEvent::AttemptReserved)?;
        self.item_mut(new.item)?.live_attempt = Some(no);
        self.order.attempts.push(Attempt {
            no,
            item: new.item,
            supplier: new.supplier.clone(),
            account: new.account.clone(),
            reference: new.reference.clone(),
            code: new.code.clone(),
            cost: new.cost,
            state: AttemptState::Reserved,
            cause: None,
            word: None,
            reserved_at: self.now,
            closed_at: None,
            polls: 0,
            not_found: 0,
            not_found_since: None,
            contested: false,
            artifacts: Artifacts::default(),
            reason: new.reason.clone(),
            settle: new.settle,
        });
        self.record_new(format!("attempt {no}"), AttemptState::Reserved.as_str());
        // The worker that commits this keeps its lease: until it ends, nobody else may touch the attempt. A task that is due
        // stays as it is.
        let due = self.order.task(&TaskKind::Item(new.item)).map_or(self.now, |task| task.run_at.min(self.now));
        self.put_task(TaskKind::Item(new.item), due);
        self.held = Some(TaskKind::Item(new.item));
        self.key = Some(new.reference.key(new.supplier.as_str(), &new.account));
        Ok(Effect::Changed)
    }

    pub(super) fn sender_lost(&mut self, reference: &Reference) -> Outcome {
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?.clone();
        if !self.step_attempt(attempt.no, AttemptEvent::SenderLost)? {
            return Ok(Effect::Nothing);
        }
        self.note("the sender is gone; only its status may be asked");
        self.ask_again(&attempt, self.now)?;
        Ok(Effect::Changed)
    }

    /// A proved delivery settles what is open, and what was never formed as far as we knew. Once the supplier took a purchase up
    /// and failed it, or took it back, the notice may be older than that: then it is only asked.
    pub(super) fn proved(&mut self, reference: &Reference, answer: &Answer, trust: StatusTrust) -> Outcome {
        match self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?.state {
            AttemptState::Failed | AttemptState::Reversed => self.nudged(reference, Claim::Delivered, true),
            AttemptState::Reserved
            | AttemptState::Pending
            | AttemptState::Unknown
            | AttemptState::Done
            | AttemptState::Refused => self.answered(reference, answer, trust, self.now),
        }
    }

    /// A supplier's answer, to the purchase or to a status question.
    pub(super) fn answered(
        &mut self,
        reference: &Reference,
        answer: &Answer,
        trust: StatusTrust,
        asked_at: Moment,
    ) -> Outcome {
        let attempt = self.order.attempt(reference).ok_or(Refusal::NoSuch("attempt"))?.clone();
        let answer = &self.without_placeholder(&attempt, answer)?;
        let called = self.is_called(&self.question_about(&attempt), asked_at);
        let event = self.read(&attempt, answer, trust, called)?;
        let moved = self.step_attempt(attempt.no, event)?;
        self.compare_serials(&attempt, answer)?;
        let state = self.attempt_mut(attempt.no)?.state;
        match state {
            AttemptState::Done if attempt.state == AttemptState::Done => {
                self.serial_answer(&attempt, answer, trust, asked_at)?
            }
            AttemptState::Done => self.delivered(&attempt)?,
            AttemptState::Pending | AttemptState::Unknown | AttemptState::Reserved => {
                self.ask_again(&attempt, asked_at)?;
            }
            AttemptState::Reversed if moved => self.taken_back(&attempt)?,
            AttemptState::Refused | AttemptState::Failed if moved => self.not_delivered(&attempt)?,
            AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => {
                self.recheck_answer(&attempt, answer, trust, asked_at)?;
            }
        }
        if called {
            self.doubt_older_answer(&attempt)?;
        }
        Ok(if self.order == *self.before { Effect::Nothing } else { Effect::Changed })
    }

    /// What is no electricity token yet is none, whoever tells it: a customer could type in nothing of it, and the first serial stands.
    fn without_placeholder(&self, attempt: &Attempt, answer: &Answer) -> Result<Answer, Refusal> {
        let is_token = self.item(attempt.item)?.category == Category::PlnToken;
        let mut said = answer.clone();
        if let Answer::Delivered { serial, .. } = &mut said
            && is_token
            && serial.as_ref().is_some_and(|serial| pln_token(serial.expose()).is_none())
        {
            *serial = None;
        }
        Ok(said)
    }

    /// Keeps what the answer says on the attempt and names it for the machine. `called`: a notice came after the question had left.
    fn read(
        &mut self,
        before: &Attempt,
        answer: &Answer,
        trust: StatusTrust,
        called: bool,
    ) -> Result<AttemptEvent, Refusal> {
        let now = self.now;
        let recheck = self.recheck_is_due(before);
        let asked = recheck || before.state.is_live() || self.decides(before) && self.asks_serial(before.item);
        let attempt = self.attempt_mut(before.no)?;
        // An answer to no question of ours is no step on the ladder: told twice, it changes nothing.
        if before.state != AttemptState::Reserved && asked {
            attempt.polls = attempt.polls.saturating_add(1);
        }
        if *answer != Answer::NotFound {
            attempt.forget_absence();
        }
        let event = match answer {
            Answer::Delivered { serial, price, supplier_ref } => {
                let kept = &mut attempt.artifacts;
                // The first serial may be with the customer already.
                kept.serial = kept.serial.take().or_else(|| serial.clone());
                // What was booked stays; until then the last word counts.
                kept.price = match before.state {
                    AttemptState::Done => kept.price.or(*price),
                    AttemptState::Reserved
                    | AttemptState::Pending
                    | AttemptState::Unknown
                    | AttemptState::Refused
                    | AttemptState::Failed
                    | AttemptState::Reversed => price.or(kept.price),
                };
                kept.supplier_ref = supplier_ref.clone().or_else(|| kept.supplier_ref.take());
                AttemptEvent::SaidDelivered
            }
            Answer::Pending { supplier_ref, price } => {
                let kept = &mut attempt.artifacts;
                kept.price = kept.price.or(*price);
                kept.supplier_ref = supplier_ref.clone().or_else(|| kept.supplier_ref.take());
                AttemptEvent::SaidPending
            }
            Answer::Refused { cause: Cause::NotFormed, code } if is_known_elsewhere(before) => {
                attempt.word = Some(code.clone());
                AttemptEvent::SaidUnclear
            }
            Answer::Refused { cause, code } => {
                attempt.cause = Some(*cause);
                attempt.word = Some(code.clone());
                AttemptEvent::SaidRefused
            }
            Answer::Failed { cause, code } => {
                attempt.cause = Some(*cause);
                attempt.word = Some(code.clone());
                AttemptEvent::SaidFailed
            }
            Answer::Unclear { why } => {
                attempt.word = Some(why.clone());
                #[cfg(feature = "test-hooks")]
                if crate::broken::is_broken(crate::broken::Rule::UnknownIsFailed) {
                    attempt.cause = Some(Cause::Supplier);
                    return Ok(AttemptEvent::SaidFailed);
                }
                AttemptEvent::SaidUnclear
            }
            Answer::NotFound => {
                let counts = match before.state {
                    AttemptState::Reserved | AttemptState::Unknown => {
                        let sent_by = attempt.reserved_at + schedule::SEND_WINDOW + trust.request_timeout;
                        now >= sent_by + schedule::ABSENCE_GRACE
                    }
                    AttemptState::Refused | AttemptState::Failed => recheck,
                    AttemptState::Pending | AttemptState::Done | AttemptState::Reversed => false,
                };
                if !counts || called {
                    return Ok(AttemptEvent::SaidNotFound);
                }
                attempt.count_absence(now);
                if before.state.is_live() && trust.absence && attempt.is_long_absent(now) {
                    attempt.cause = Some(Cause::Concluded);
                    attempt.word = Some("never formed".to_owned());
                    AttemptEvent::NotFoundBelieved
                } else {
                    AttemptEvent::SaidNotFound
                }
            }
        };
        Ok(event)
    }

    /// The first serial stands: the customer may have used it. Another one is called out, once.
    fn compare_serials(&mut self, before: &Attempt, answer: &Answer) -> Result<(), Refusal> {
        const OTHER: &str = "another serial";
        let Answer::Delivered { serial: Some(named), .. } = answer else { return Ok(()) };
        let differs = before.artifacts.serial.as_ref().is_some_and(|kept| kept != named);
        if differs && before.word.as_deref() != Some(OTHER) {
            self.attempt_mut(before.no)?.word = Some(OTHER.to_owned());
            let detail = format!("{} names another serial than before; the first one stands", before.supplier);
            self.alert(AlertKind::ItemReview, format!("attempt {}", before.no), detail);
        }
        Ok(())
    }

    pub(super) fn decides(&self, attempt: &Attempt) -> bool {
        self.order.item(attempt.item).is_some_and(|i| i.live_attempt == Some(attempt.no))
    }

    /// Closes an open attempt of which its supplier never said that it failed. What was never seen to be formed is refused, as where
    /// "not found" is believed: where asking may buy, nobody asks about it.
    pub(super) fn conclude(&mut self, no: AttemptNo, word: &str) -> Result<(), Refusal> {
        let formed = self.attempt_mut(no)?.state == AttemptState::Pending;
        self.step_attempt(no, if formed { AttemptEvent::SaidFailed } else { AttemptEvent::SaidRefused })?;
        let closed = self.attempt_mut(no)?;
        closed.cause = Some(Cause::Concluded);
        closed.word = Some(word.to_owned());
        closed.forget_absence();
        Ok(())
    }
}

/// Whether its supplier was heard or asked about it since it was reserved. Whoever says now that it never left us says it late: where a
/// question may buy, it may have been bought since.
const fn is_known_elsewhere(attempt: &Attempt) -> bool {
    match attempt.state {
        AttemptState::Reserved => false,
        AttemptState::Unknown => attempt.polls > 0,
        AttemptState::Pending
        | AttemptState::Done
        | AttemptState::Refused
        | AttemptState::Failed
        | AttemptState::Reversed => true,
    }
}

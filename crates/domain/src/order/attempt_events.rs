//! What happens to the attempts of an item: reserved, answered, asked about. What that means for the item is in
//! `item_events`.

use chrono::TimeDelta;

use super::decide::{Effect, Outcome, Refusal};
use super::draft::Draft;
use super::event::Claim;
use crate::Moment;
use crate::alert::AlertKind;
use crate::catalogue::Category;
use crate::fulfilment::{
    Answer, Artifacts, Attempt, AttemptEvent, AttemptState, Cause, ItemEvent, ItemState, NewAttempt, Standing,
    StatusTrust, doubt_until, pln_token, standing,
};
use crate::ids::{AttemptNo, ItemNo, Reference};
use crate::refund::RefundState;
use crate::schedule;
use crate::task::TaskKind;

/// The word of an attempt that was given up because its item has its goods.
const NO_OUTCOME: &str = "no outcome";

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
    fn question_about(&self, attempt: &Attempt) -> TaskKind {
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

    /// A notice came while the question was under way, and the answer, which is older, closed the attempt: it is asked once more, unless the
    /// notice said the same.
    fn doubt_older_answer(&mut self, before: &Attempt) -> Result<(), Refusal> {
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

    fn recheck_is_due(&self, attempt: &Attempt) -> bool {
        self.order.task(&TaskKind::Recheck(attempt.reference.clone())).is_some_and(|t| t.run_at <= self.now)
    }

    pub(super) fn decides(&self, attempt: &Attempt) -> bool {
        self.order.item(attempt.item).is_some_and(|i| i.live_attempt == Some(attempt.no))
    }

    /// The outcome is still open: put the next question on the ladder, or bring a person in at its end.
    fn ask_again(&mut self, attempt: &Attempt, asked_at: Moment) -> Result<(), Refusal> {
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

    /// Puts the next question, no later than one that was called for after the answered one left. Was that due already, it is
    /// now: put anew, it goes straight to whoever is free.
    fn next_question(&mut self, kind: TaskKind, asked_at: Moment, next: Moment) {
        let called = self.order.task(&kind).map(|t| t.run_at).filter(|run_at| *run_at > asked_at);
        self.put_task(kind, called.map_or(next, |called| called.min(next).max(self.now)));
    }

    /// Somebody called for a question after the answered one left: what was answered is older than the call.
    fn is_called(&self, kind: &TaskKind, asked_at: Moment) -> bool {
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
    fn recheck_answer(
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
    fn serial_answer(
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

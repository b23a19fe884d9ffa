//! How that supplier is asked for bills and pays them.

use domain::fulfilment::{Answer, Cause};
use domain::{Bill, BillLine, Moment, Private};

use super::broken::Broken;
use super::fake::Fake;
use super::world::{Bought, HOLDER, idr};
use crate::bill::{BillAnswer, BillHandle, BillQuery, NotOwed, Owed};
use crate::conformance::supplier::Word;
use crate::conformance::supplier::bills::{BillSituation, Told};
use crate::exchange::{Exchange, Sent};

impl Fake {
    pub(super) fn pay(&self, bought: &mut Bought) -> (Answer, Exchange) {
        let Some(situation) = bought.bill else { return self.say(Word::Unclear, None, None) };
        let must = situation.must(self.memory.bills());
        bought.truth.requests += if self.breaks(Broken::SendsTwice) { 2 } else { 1 };
        bought.truth.bill_inquiries += u32::from(self.breaks(Broken::AsksWhilePaying));
        bought.truth.formed = must.formed;
        let word = match (self.memory.broken, situation, must.pay[0]) {
            (Broken::UnclearIsFailed, _, Word::Unclear) => Word::Failed(Cause::Supplier),
            (Broken::HidesPendingPayments, BillSituation::PaymentPendingThenDone, _) => Word::Unclear,
            (Broken::PaysStaleHandles, BillSituation::StaleHandle, _) => Word::Pending,
            (_, _, right) => right,
        };
        self.say(word, None, None)
    }

    pub(super) fn paid(&self, situation: BillSituation) -> (Answer, Exchange) {
        let word = match (self.memory.broken, situation) {
            (Broken::FailedPaymentsArePending, BillSituation::PaymentFails)
            | (Broken::UnpaidIsPending, BillSituation::InquiredNotPaid) => Word::Pending,
            _ => situation.must(self.memory.bills()).status[0],
        };
        self.say(word, None, Some("RECEIPT-1".to_owned()))
    }

    pub(super) fn owed(&self, query: &BillQuery, now: Moment) -> (BillAnswer, Exchange) {
        let (situation, owes) = self.memory.on(&query.reference, |bought| {
            bought.truth.bill_inquiries += 1;
            bought.truth.formed += u32::from(self.breaks(Broken::PaysByAsking));
            (bought.bill, bought.owes)
        });
        // Of whoever is away nothing is known, but there is somebody to ask.
        let Some(situation) = situation else {
            return (BillAnswer::Unclear { why: "away".to_owned() }, self.exchange(Sent::Maybe, "***"));
        };
        let told = match (situation.must(self.memory.bills()).inquiry, self.memory.broken) {
            (Told::NotOwed(_), Broken::NothingOwedIsUnclear) => Told::Unclear,
            (told, _) => told,
        };
        let shown = if self.breaks(Broken::LeaksTheHolder) { HOLDER } else { "***" };
        let answer = match told {
            Told::Unclear if self.breaks(Broken::SilenceOwesNothing) => BillAnswer::NotOwed(NotOwed::Paid),
            Told::Unclear => BillAnswer::Unclear { why: "silence".to_owned() },
            Told::NotOwed(why) => BillAnswer::NotOwed(why),
            Told::Owed => {
                let rest = situation == BillSituation::SeveralBillsWithRest;
                let mut debt = if rest { idr(owes.debt.minor() / 2) } else { owes.debt };
                if self.breaks(Broken::MisreadsTheDebt) {
                    debt = idr(debt.minor() * 10);
                }
                let count = if rest { owes.bills / 2 } else { owes.bills };
                let remaining = if self.breaks(Broken::ForgetsTheRest) { 0 } else { owes.bills - count };
                let remaining = Some(remaining);
                let line = |n: u16| BillLine {
                    period: format!("2026{n:02}"),
                    amount: idr(debt.minor() / i64::from(count)),
                    penalty: idr(0),
                };
                let bill = Bill {
                    holder: Private::new(HOLDER),
                    lines: (1..=count).map(line).collect(),
                    debt,
                    admin: idr(10),
                    count,
                    remaining,
                    months: None,
                };
                let until = now + chrono::TimeDelta::minutes(30);
                BillAnswer::Owed(Owed { bill, cost: debt, handle: BillHandle("1".to_owned()), until, fresh: true })
            }
        };
        let sent = if told == Told::Unclear { Sent::Maybe } else { Sent::Replied };
        (answer, self.exchange(sent, shown))
    }
}

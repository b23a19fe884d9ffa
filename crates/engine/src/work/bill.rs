//! A bill is asked for again between its reservation and its payment, under the reservation's own reference, and paid only if
//! it is still what the customer saw. Until the payment leaves nothing was formed, whatever the inquiry said or did not say.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::catalogue::Offer;
use domain::fulfilment::{
    Answer, BILL_CHANGED, BILL_DEARER, BILL_NOT_ASKED, BILL_NOT_FRESH, BILL_NOT_PAYABLE, BILL_NOT_YET, BILL_PAID,
    Cause, Item, NewAttempt, StatusTrust, TARGET_REJECTED,
};
use domain::schedule::BILL_SEND_WINDOW;
use domain::{Bill, Moment, Money};
use fail::fail_point;
use ports::Supplier;
use ports::bill::{BillAnswer, BillQuery, NotOwed, Owed};
use ports::supplier::Purchase;
use ports::tasks::Leased;

use super::buy::lease_lasts;
use super::item::{Heard, purchase_of};
use crate::Engine;
use crate::signs::Signs;

/// Requests of one payment: the inquiry, and the payment.
const CALLS: i32 = 2;

/// How far a supplier is believed about an item, and how long a purchase of it may be under way.
pub(super) fn trust_of(supplier: &dyn Supplier, item: &Item) -> StatusTrust {
    let trust = supplier.trust();
    let calls = if item.bill.is_some() { CALLS } else { 1 };
    StatusTrust { request_timeout: trust.request_timeout * calls, ..trust }
}

/// The offer with what the item would cost by it. Of a bill the list knows only the fee, and few suppliers say whether it is taken
/// once or for each: so it ranks, and never shuts out. What is really taken is known before the payment.
pub(super) fn cost_for(item: &Item, offer: Offer, supplier: Option<&dyn Supplier>) -> Offer {
    let Some(bill) = &item.bill else { return offer };
    let whole = whole_cost(bill, offer.cost, supplier);
    Offer { cost: whole.map_or(item.max_cost, |whole| whole.min(item.max_cost)), ..offer }
}

/// The debt and the fee of a list, as often as the supplier says that it is taken. Nothing: more than can be counted.
pub(crate) fn whole_cost(bill: &Bill, fee: Money, supplier: Option<&dyn Supplier>) -> Option<Money> {
    let times = supplier.map_or(bill.count, |supplier| supplier.fees(bill.count));
    let fees = fee.minor().checked_mul(times.into())?;
    bill.debt.checked_add(Money::from_minor(fees, fee.currency())).ok()
}

/// A reservation of ours, about to be paid.
pub(super) struct Paying<'a> {
    pub(super) supplier: &'a dyn Supplier,
    pub(super) task: &'a Leased,
    pub(super) item: &'a Item,
    pub(super) seen: &'a Bill,
    pub(super) new: &'a NewAttempt,
    pub(super) began: Instant,
    pub(super) reserved_at: Moment,
}

impl Engine {
    /// What came of it, and what it says about the supplier: of the payment, or of the inquiry where nothing was paid.
    pub(super) async fn pay_bill(&self, paying: Paying<'_>) -> (Heard, Option<Signs>) {
        let Paying { supplier, item, seen, new, .. } = paying;
        let (asked_at, trust) = (self.clock.now(), trust_of(supplier, item));
        let query = BillQuery {
            reference: new.reference.clone(),
            code: new.code.clone(),
            target: item.target.clone(),
            category: item.category,
            months: seen.months,
        };
        let answered = supplier.inquire_bill(&query, asked_at).await;
        let signs = answered.as_ref().map(|(said, exchange)| Signs::of_inquiry(said, exchange));
        let (said, inquiry) = answered.unzip();
        if let Some(inquiry) = &inquiry {
            self.called(supplier.id(), inquiry);
        }
        fail_point!("engine.after_bill_inquiry");
        let owed = match as_seen(seen, item.max_cost, said) {
            Ok(owed) => self.may_pay(&paying, &owed).await.map(|()| owed).map_err(|why| refused(Cause::NotFormed, why)),
            Err(answer) => Err(answer),
        };
        match owed {
            Ok(owed) => {
                let purchase = purchase_of(item, &new.reference, &new.code, owed.cost);
                let mut heard = self.send(supplier, &Purchase { bill: Some(owed.handle), ..purchase }, trust).await;
                heard.exchanges.splice(0..0, inquiry);
                let signs = Signs::of(&heard.answer);
                (heard, Some(signs))
            }
            Err(answer) => {
                let exchanges = inquiry.into_iter().collect();
                (Heard { reference: new.reference.clone(), trust, answer, exchanges, asked_at }, signs)
            }
        }
    }

    /// The permit was for the inquiry: the payment is one more call. Both may take long: there must be time left, and nobody may have
    /// switched the supplier off meanwhile.
    async fn may_pay(&self, paying: &Paying<'_>, owed: &Owed) -> Result<(), &'static str> {
        let left = BILL_SEND_WINDOW.to_std().unwrap_or_default().saturating_sub(paying.began.elapsed());
        if let Some(slot) = self.suppliers.get(&paying.new.supplier)
            && !slot.permits.next(self.clock.as_ref(), left).await
        {
            return Err("too_many_calls");
        }
        let looked = self.last_look(paying.item, &paying.new.supplier).await;
        if self.may_still_pay(paying, owed) { looked } else { Err("too_late_to_send") }
    }

    /// The lease covers the payment, nobody believes the reservation lost yet, and the handle is good. Both clocks: one of
    /// them may stand still while the machine sleeps.
    fn may_still_pay(&self, paying: &Paying<'_>, owed: &Owed) -> bool {
        let now = self.clock.now();
        in_time(paying.began.elapsed(), now - paying.reserved_at)
            && now < owed.until
            && lease_lasts(paying.task, paying.supplier.trust())
    }
}

/// By the machine's clock and by business time.
fn in_time(elapsed: Duration, passed: TimeDelta) -> bool {
    elapsed <= BILL_SEND_WINDOW.to_std().unwrap_or_default() && passed <= BILL_SEND_WINDOW
}

/// What is owed, if it is what the customer saw and costs no more than the price allows; else what the attempt comes to.
fn as_seen(seen: &Bill, max_cost: Money, said: Option<BillAnswer>) -> Result<Owed, Answer> {
    match said {
        // As long as this supplier remembers it, whoever paid it meanwhile: somebody else may be able to look.
        Some(BillAnswer::Owed(owed)) if !owed.fresh => Err(refused(Cause::Supplier, BILL_NOT_FRESH)),
        Some(BillAnswer::Owed(owed)) if !seen.is_still(&owed.bill) => Err(refused(Cause::Supplier, BILL_CHANGED)),
        Some(BillAnswer::Owed(owed)) if !affordable(owed.cost, max_cost) => Err(refused(Cause::Supplier, BILL_DEARER)),
        Some(BillAnswer::Owed(owed)) => Ok(owed),
        Some(BillAnswer::NotOwed(why)) => Err(not_owed(why)),
        // Whom they can serve differs, too.
        Some(BillAnswer::Refused { cause: Cause::Customer, .. }) => Err(refused(Cause::Supplier, TARGET_REJECTED)),
        Some(BillAnswer::Refused { cause, code }) => Err(Answer::Refused { cause, code }),
        Some(BillAnswer::Unclear { .. }) => Err(refused(Cause::Closed, "inquiry_unclear")),
        // Not this bill, however often it is tried: more months than it takes at once.
        None => Err(refused(Cause::Supplier, BILL_NOT_ASKED)),
    }
}

fn affordable(cost: Money, max_cost: Money) -> bool {
    cost.currency() == max_cost.currency() && cost.minor() <= max_cost.minor()
}

/// Suppliers differ in how many bills they take at once and whom they can serve: the next one may see what the customer saw. Not
/// so what is paid, or may be ("not out yet" is the same word at one of them): another one, who does not know yet, would pay it
/// twice.
fn not_owed(why: NotOwed) -> Answer {
    match why {
        NotOwed::Paid => refused(Cause::Customer, BILL_PAID),
        NotOwed::NotYet => refused(Cause::Customer, BILL_NOT_YET),
        NotOwed::NotPayable => refused(Cause::Supplier, BILL_NOT_PAYABLE),
        NotOwed::UnknownTarget => refused(Cause::Supplier, TARGET_REJECTED),
    }
}

fn refused(cause: Cause, code: &str) -> Answer {
    Answer::Refused { cause, code: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use domain::schedule::{ABSENCE_GRACE, SEND_WINDOW};
    use ports::supplier::MockSupplier;

    use super::*;
    use crate::tests::world::{bill, bill_offer, idr, paid, paid_bill, supplier};

    #[test]
    fn a_payment_is_late_by_either_clock() {
        let seconds = TimeDelta::seconds;
        assert!(in_time(Duration::from_secs(45), seconds(45)));
        assert!(!in_time(Duration::from_millis(45_001), seconds(0)), "the business clock stood still");
        assert!(!in_time(Duration::ZERO, seconds(46)), "the machine slept");
    }

    /// Whatever the timeout: the payment is answered or lost before "not found" begins to count.
    #[test]
    fn no_reservation_is_believed_lost_while_its_bill_may_still_be_paid() {
        for timeout in [100, 1_000, 30_000, 60_000].map(TimeDelta::milliseconds) {
            let counts_from = SEND_WINDOW + timeout * CALLS + ABSENCE_GRACE;
            assert!(BILL_SEND_WINDOW + timeout < counts_from, "{timeout}");
        }
    }

    #[test]
    fn a_bill_takes_two_calls_and_goods_take_one() {
        let item = |order: domain::Order| order.items[0].clone();
        let timeout = |order| trust_of(&supplier("iak"), &item(order)).request_timeout;
        assert_eq!(timeout(paid()), TimeDelta::seconds(30));
        assert_eq!(timeout(paid_bill()), TimeDelta::seconds(60));
    }

    #[test]
    fn the_fee_of_the_list_ranks_bills_and_never_shuts_one_out() {
        let mut item = paid_bill().items[0].clone();
        let each = supplier("iak");
        let cost = |item: &Item, fee| cost_for(item, bill_offer("iak", fee), Some(&each)).cost;
        assert_eq!(cost(&item, 1_900), idr(301_900));
        item.bill = Some(Box::new(Bill { count: 4, ..bill() }));
        assert_eq!(cost(&item, 500), idr(302_000), "for each bill");
        let mut once = MockSupplier::new();
        once.expect_fees().return_const(1_u16);
        assert_eq!(cost_for(&item, bill_offer("iak", 500), Some(&once)).cost, idr(300_500), "once for all");
        assert_eq!(cost(&item, 1_000_000), item.max_cost, "whether for each is not known");
        assert_eq!(cost(&item, i64::MAX / 100), item.max_cost);
        let goods = paid().items[0].clone();
        assert_eq!(cost(&goods, 1_900), idr(1_900));
    }

    #[test]
    fn only_what_the_customer_saw_is_paid_and_only_at_a_cost_that_loses_nothing() {
        let owed = |bill: Bill, cost| {
            let handle = ports::bill::BillHandle("1".into());
            Some(BillAnswer::Owed(Owed { bill, cost, handle, until: Moment::MAX_UTC, fresh: true }))
        };
        let stale = |bill: Bill| match owed(bill, idr(301_900)) {
            Some(BillAnswer::Owed(owed)) => Some(BillAnswer::Owed(Owed { fresh: false, ..owed })),
            other => other,
        };
        let seen = bill();
        let most = idr(310_000);
        assert!(as_seen(&seen, most, owed(seen.clone(), most)).is_ok());
        let another_fee = Bill { admin: idr(5_000), lines: Vec::new(), ..bill() };
        assert!(as_seen(&seen, most, owed(another_fee, idr(301_900))).is_ok());
        let word = |said| match as_seen(&seen, most, said) {
            Err(Answer::Refused { cause, code }) => format!("{cause} {code}"),
            other => panic!("{other:?}"),
        };
        let penalised = Bill { debt: idr(300_001), ..bill() };
        let one_more = Bill { count: 2, ..bill() };
        let dollars = Money::from_minor(1, domain::Currency::Twd);
        for (said, expected) in [
            (owed(penalised, idr(301_900)), "supplier bill_changed"),
            (owed(one_more, idr(301_900)), "supplier bill_changed"),
            (owed(bill(), idr(310_001)), "supplier dearer_than_agreed"),
            (owed(bill(), dollars), "supplier dearer_than_agreed"),
            (stale(bill()), "supplier asked_before"),
            (stale(Bill { debt: idr(300_001), ..bill() }), "supplier asked_before"),
            (Some(BillAnswer::NotOwed(NotOwed::Paid)), "customer bill_paid"),
            (Some(BillAnswer::NotOwed(NotOwed::NotYet)), "customer bill_not_yet"),
            (Some(BillAnswer::NotOwed(NotOwed::NotPayable)), "supplier bill_not_payable"),
            (Some(BillAnswer::NotOwed(NotOwed::UnknownTarget)), "supplier target_rejected"),
            (Some(BillAnswer::Refused { cause: Cause::Deposit, code: "17".into() }), "deposit 17"),
            (Some(BillAnswer::Refused { cause: Cause::Customer, code: "15".into() }), "supplier target_rejected"),
            (Some(BillAnswer::Unclear { why: "timeout".into() }), "closed inquiry_unclear"),
            (None, "supplier not_asked_there"),
        ] {
            assert_eq!(word(said), expected);
        }
    }
}

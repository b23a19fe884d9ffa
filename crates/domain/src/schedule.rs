//! How long we wait for what: every business delay and bound, in one place.

use chrono::TimeDelta;

use crate::OrderId;

const fn minutes(n: i64) -> TimeDelta {
    TimeDelta::seconds(n * 60)
}

/// How long a customer may take to pay; the quoted price holds as long.
pub const PAYMENT_WINDOW: TimeDelta = minutes(60);
/// How long the gateway's page may stay open after it was opened.
pub const CHECKOUT_LIFE: TimeDelta = minutes(30);
/// Openings of one payment. More is a script, not a customer.
pub const MAX_CHECKOUTS: usize = 10;
/// When a payment is asked about after a page was opened: ECPay advises 10 and 20 or 40 minutes for what is paid on the page.
pub const PAGE_QUESTIONS: [TimeDelta; 3] = [minutes(10), minutes(20), minutes(40)];
/// Between two questions after those, and about a code that was issued: its notice tells, and the deadline asks at last. A
/// lost notice is then found on the day of the payment.
pub const CODE_QUESTIONS: TimeDelta = TimeDelta::hours(12);
/// The least between two questions about a payment; ECPay advises ten minutes and blocks who asks faster.
pub const PAYMENT_QUERY_SPACING: TimeDelta = minutes(10);
/// A notice that claims second money is checked after this long: a card's status may need 30 minutes to be right.
pub const SECOND_CHECK_WAIT: TimeDelta = minutes(40);
/// When a checkout is asked about although its payment no longer waits for it, counted from its opening: when its page has
/// closed, and once more while late money can still be bought for. What can be paid longer is looked at again when any payment
/// must be known. A lost notice must not be the only witness of money.
pub const LAST_LOOKS: [TimeDelta; 2] = [minutes(60), TimeDelta::hours(23)];
/// A payment that no gateway will speak about for this long after its deadline is called to a person.
pub const UNSURE_ALERT: TimeDelta = TimeDelta::hours(24);
/// Once a person was called, the gateway is asked no oftener than this.
pub const UNSURE_SPACING: TimeDelta = TimeDelta::hours(24);
/// Late money is fulfilled at the agreed price up to this age of the order; after that it goes back.
pub const LATE_MONEY_WINDOW: TimeDelta = TimeDelta::hours(24);
/// A reserved attempt may be sent this long after its commit.
pub const SEND_WINDOW: TimeDelta = TimeDelta::seconds(5);
/// Beyond the send window and the request's timeout, before "not found" begins to count.
pub const ABSENCE_GRACE: TimeDelta = TimeDelta::seconds(60);
/// "Not found" is believed after this many answers…
pub const ABSENCE_ANSWERS: u16 = 3;
/// …over at least this long.
pub const ABSENCE_SPAN: TimeDelta = minutes(10);
/// Before a supplier that never saw a purchase, or turned it away for now, is tried again for the same item: first, second… time.
/// After that it counts as tried. An outage of three quarters of an hour is survived without another supplier.
pub const NOT_FORMED_WAITS: [TimeDelta; 4] = [TimeDelta::seconds(30), minutes(2), minutes(10), minutes(30)];
/// An item that no supplier may be asked for at the moment (in trouble, switched off, no deposit) waits this long for one, from
/// its payment, the end of its last attempt, or the end of the hours in which that supplier is closed. Those are waited for whatever
/// the time.
pub const SUPPLY_PATIENCE: TimeDelta = minutes(45);
/// Where nobody else is left, a supplier that is only full for the moment is waited for so long, counted alike: a crowd that we kept
/// waiting ourselves, by an outage of an hour, is served one after the other and not sent away.
pub const QUEUE_PATIENCE: TimeDelta = TimeDelta::hours(6);
/// Between two looks whether one of them is there again.
pub const SUPPLY_SPACING: TimeDelta = minutes(1);
/// A claim about an earlier attempt that will be asked about within this time, or should have been within it, is waited for before
/// another supplier is tried.
pub const CLAIM_PATIENCE: TimeDelta = minutes(10);
/// Between two looks whether such a claim is settled.
pub const CLAIM_SPACING: TimeDelta = TimeDelta::seconds(5);
/// An attempt that only we concluded to have failed is asked about once more this long after that: suppliers tell of late
/// deliveries for a day.
pub const LATE_LOOK: TimeDelta = TimeDelta::hours(24);
/// After this long without an outcome a person looks.
pub const POLL_HORIZON: TimeDelta = TimeDelta::hours(24);
/// Where goods are no code, their receipt is asked for this long. It may still come by a call.
pub const RECEIPT_HORIZON: TimeDelta = TimeDelta::hours(2);
/// An automatic refund waits this long for goods that come late, where no supplier of the item has a settle time of its own.
pub const REFUND_SETTLE: TimeDelta = minutes(30);
/// So long before the settle time is over a failed item's suppliers are asked a last time: a call about a late delivery may
/// have been lost. The answer is there in time.
const LAST_LOOK_AHEAD: TimeDelta = minutes(5);
/// Between two looks whether the last questions are answered…
pub const REFUND_HOLD_SPACING: TimeDelta = minutes(10);
/// …and how long a refund waits for them at most, from when it was promised: until [`POLL_HORIZON`] is over, the last question (an hour and
/// an eighth of it later) is answered and, if it tells nothing, a person was told.
pub const REFUND_HOLD: TimeDelta = TimeDelta::hours(26);
/// A refund that finance has not paid is called again after this long.
pub const REFUND_REMINDER: TimeDelta = TimeDelta::hours(24);
/// An order in review is called again after this long.
pub const REVIEW_REMINDER: TimeDelta = TimeDelta::hours(4);
/// The same customer, target and product within this time needs an explicit confirmation.
pub const REPEAT_WINDOW: TimeDelta = minutes(10);
/// Amounts above this (TWD minor units) leave or enter suspense only by two people.
pub const SECOND_PERSON_ABOVE: i64 = 300_000;
/// How long what was asked about a bill may be ordered by. Penalties and the day's closing change what is owed.
pub const BILL_LIFE: TimeDelta = minutes(30);
/// How long after its reservation a bill may still be paid: it is asked for again first. Less than the send window, twice the
/// shortest timeout and [`ABSENCE_GRACE`] together, so that no "not found" is believed of what is about to be paid.
pub const BILL_SEND_WINDOW: TimeDelta = TimeDelta::seconds(45);
/// Items in one order: a phone screen's worth; also bounds the commit statement.
pub const MAX_ITEMS: usize = 10;

/// When a failed item's suppliers are asked a last time, counted from when its money was promised.
pub fn refund_last_look(settle: TimeDelta) -> TimeDelta {
    (settle - LAST_LOOK_AHEAD).max(TimeDelta::zero())
}

/// The wait before the next status question after `asked` questions.
pub const fn poll_delay(asked: u16) -> TimeDelta {
    match asked {
        0 => TimeDelta::seconds(5),
        1 => TimeDelta::seconds(15),
        2 => TimeDelta::seconds(30),
        3 => minutes(1),
        4 => minutes(2),
        5 => minutes(5),
        6 => minutes(10),
        7 => minutes(30),
        _ => minutes(60),
    }
}

/// [`poll_delay`], and from half an hour on up to an eighth of it more, by the order: of a crowd that bought at one moment not all
/// ask again at one moment, which a supplier with a limit per second would turn away time and again. The items of an order stay
/// together.
pub fn poll_wait(asked: u16, order: OrderId) -> TimeDelta {
    let least = poll_delay(asked);
    if least < minutes(30) {
        return least;
    }
    // The end of an id is random.
    let [.., random] = *order.uuid().as_bytes();
    least + TimeDelta::seconds(least.num_seconds() * i64::from(random) / SPREAD)
}

/// A byte of randomness is up to an eighth.
const SPREAD: i64 = 8 * 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_of_one_moment_are_asked_about_apart_and_never_early() {
        let order = |last: u8| OrderId::new(uuid::Uuid::from_u128(u128::from(last)));
        assert_eq!(poll_wait(8, order(0)), minutes(60));
        assert_eq!(poll_wait(8, order(255)), TimeDelta::seconds(3600 + 448));
        assert_eq!(poll_wait(6, order(255)), minutes(10), "at first nobody is made to wait");
    }

    #[test]
    fn the_ladder_reaches_its_horizon_in_about_thirty_questions() {
        let mut waited = TimeDelta::zero();
        let mut asked = 0;
        while waited < POLL_HORIZON {
            waited += poll_delay(asked);
            asked += 1;
        }
        assert!((30..=33).contains(&asked), "{asked}");
    }
}

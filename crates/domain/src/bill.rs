//! What somebody owes a biller, as a supplier told it: electricity by the month, health insurance, water, internet.
//! Not here: who pays it and for how much (`fulfilment`, `pricing`).

use crate::Moment;
use crate::money::Money;
use crate::private::Private;
use crate::schedule::BILL_LIFE;
use crate::supply::end_of_day;

/// What was owed when it was asked for. Personal data: kept sealed with the item, and the receipt is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Whose it is, as far as the supplier says.
    pub holder: Private,
    /// Oldest first; perhaps fewer than [`Bill::count`], where a supplier tells only the sum.
    pub lines: Vec<BillLine>,
    /// All that the biller asks for these bills, penalties included, without any seller's fee (IDR).
    pub debt: Money,
    /// What the supplier puts on top for the customer to see (IDR).
    pub admin: Money,
    /// Bills that one payment settles: one takes at most so many as the supplier allows, oldest first.
    pub count: u16,
    /// Bills left for another payment, as far as the supplier says: none known is not none.
    pub remaining: Option<u16>,
    /// Months paid in advance or in arrears, where the customer chose them (BPJS).
    pub months: Option<u8>,
}

/// One period of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// In the supplier's own writing: `202609`, `SEP 2026`.
    pub period: String,
    pub amount: Money,
    pub penalty: Money,
}

/// Until when an order may be placed by what was asked at this moment: suppliers know an inquiry for the same day (in Jakarta)
/// or half an hour.
pub fn good_until(asked_at: Moment) -> Moment {
    (asked_at + BILL_LIFE).min(end_of_day(asked_at))
}

impl Bill {
    /// The same bills: as many, and as much is owed. Fees differ between suppliers and do not count, nor do periods, which each
    /// writes in its own way.
    pub fn is_still(&self, asked_again: &Self) -> bool {
        self.count == asked_again.count && self.debt == asked_again.debt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn what_was_asked_is_good_for_half_an_hour_of_one_day_in_jakarta() {
        let at = |text: &str| text.parse::<Moment>().unwrap();
        assert_eq!(good_until(at("2026-11-22T05:00:00Z")), at("2026-11-22T05:30:00Z"));
        assert_eq!(good_until(at("2026-11-22T16:50:00Z")), at("2026-11-22T17:00:00Z"), "midnight");
    }

    fn bill(count: u16, debt: i64, admin: i64, period: &str) -> Bill {
        let idr = |minor| Money::from_minor(minor, Currency::Idr);
        let line = BillLine { period: period.to_owned(), amount: idr(debt), penalty: idr(0) };
        let holder = Private::new("BUDI");
        Bill { holder, lines: vec![line], debt: idr(debt), admin: idr(admin), count, remaining: None, months: None }
    }

    #[test]
    fn the_same_bills_are_told_by_their_number_and_sum() {
        let seen = bill(2, 300_000, 5_000, "202609");
        assert!(seen.is_still(&bill(2, 300_000, 2_500, "SEP26")), "another supplier's fee and writing");
        assert!(!seen.is_still(&bill(2, 310_000, 5_000, "202609")), "a penalty came on top");
        assert!(!seen.is_still(&bill(3, 300_000, 5_000, "202609")), "a bill more");
    }
}

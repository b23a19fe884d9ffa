//! What bills have in common at all suppliers, and what follows where one cannot be told for how many months.

use domain::fulfilment::Cause;
use ports::bill::{BillAnswer, BillQuery};

/// No biller lets so many bills be paid together: a larger number is none.
pub const COUNT_LIMIT: u16 = 120;
/// All that is owed, where so many months were asked for: another supplier may be told how many.
const OTHER_MONTHS: &str = "OTHER_MONTHS";

/// Whether a supplier can be asked that cannot be told how many months are wanted: one is asked for in the hope that no more are
/// owed.
pub fn one_month(query: &BillQuery) -> bool {
    query.months.is_none_or(|months| months == 1)
}

/// Its answer, where it tells of another number of bills than the months that were asked for. Nothing told is another number.
pub fn other_months(asked: Option<u8>, told: Option<u16>) -> Option<BillAnswer> {
    let other = asked.is_some_and(|months| told != Some(months.into()));
    other.then(|| BillAnswer::Refused { cause: Cause::Supplier, code: OTHER_MONTHS.to_owned() })
}

#[cfg(test)]
mod tests {
    use domain::Private;
    use domain::catalogue::Category;

    use super::*;

    #[test]
    fn one_month_is_asked_for_and_no_other_number_is_taken_for_it() {
        let query = |months| BillQuery {
            reference: "AAAAAAAAAAAAAAAAAAA2".parse().unwrap(),
            code: "bpjs".to_owned(),
            target: Private::new("8801234560001"),
            category: Category::Bpjs,
            months,
        };
        assert!(one_month(&query(None)) && one_month(&query(Some(1))) && !one_month(&query(Some(2))));
        for (asked, told) in [(None, None), (None, Some(8)), (Some(1), Some(1))] {
            assert_eq!(other_months(asked, told), None, "{asked:?} {told:?}");
        }
        let other = BillAnswer::Refused { cause: Cause::Supplier, code: "OTHER_MONTHS".to_owned() };
        for told in [None, Some(0), Some(2)] {
            assert_eq!(other_months(Some(1), told), Some(other.clone()), "{told:?}");
        }
    }
}

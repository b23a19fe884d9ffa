//! How long a deposit lasts at the pace at which it is spent.

use crate::money::Money;

/// What left a deposit lately, minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spending {
    pub last_2_hours: i64,
    pub last_24_hours: i64,
}

/// Whole hours, by the faster of the two paces: a rush that has just begun counts, and so does the evening at noon. `None`: nothing
/// is spent.
pub fn hours_left(balance: Money, spending: Spending) -> Option<u32> {
    let a_day = spending.last_24_hours.max(spending.last_2_hours.saturating_mul(12));
    let left = balance.minor().max(0).saturating_mul(24).checked_div(a_day.max(0))?;
    Some(u32::try_from(left).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn the_faster_pace_counts() {
        let balance = Money::from_minor(24_000, Currency::Idr);
        let left = |last_2_hours, last_24_hours| hours_left(balance, Spending { last_2_hours, last_24_hours });
        assert_eq!(left(0, 0), None);
        assert_eq!(left(0, 24_000), Some(24));
        assert_eq!(left(4_000, 24_000), Some(12));
        assert_eq!(left(-5, -7), None, "what came back is no spending");
        assert_eq!(
            hours_left(Money::from_minor(-1, Currency::Idr), Spending { last_2_hours: 1, last_24_hours: 1 }),
            Some(0)
        );
    }
}

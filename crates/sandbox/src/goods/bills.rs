//! What customers owe: the same to whichever supplier asks, until somebody pays it. Made from biller and number, so that
//! nobody has to plant it.

use std::collections::HashSet;

use serde::Serialize;

use super::catalogue::Goods;
use super::offers::hash;
use crate::clock::jakarta;

/// Whole rupiah of one bill.
const LEAST: u64 = 50_000;
const STEP: u64 = 100;
const STEPS: u64 = 4_500;
/// Of a hundred: what a bill of an earlier month costs more.
const PENALTY_PERCENT: i64 = 2;
/// Bills of a number that ends in 2, as at IAK.
const MANY: u64 = 8;
const HOLDERS: [&str; 6] =
    ["SITI AMINAH", "BUDI SANTOSO", "DEWI LESTARI", "AGUS SETIAWAN", "NI MADE SARI", "PT MAJU JAYA"];

/// One month of one customer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Bill {
    /// `202611`
    pub period: String,
    /// Whole rupiah, without the penalty.
    pub amount: i64,
    pub penalty: i64,
}

/// Oldest first.
#[derive(PartialEq, Eq, Debug, Serialize)]
pub struct Debt {
    pub holder: &'static str,
    pub bills: Vec<Bill>,
}

/// Bills that were paid: goods, number, period.
pub type Paid = HashSet<(String, String, String)>;

/// What that number owes now. Of a number that ends in 1 the bill of this month, of one in 2 those of eight months, of others of
/// one to three; what is older was paid at a counter.
pub fn owed(goods: &Goods, number: &str, paid: &Paid, now_ms: i64) -> Debt {
    let id = goods.id();
    let chance = hash(&[&id, number]);
    let months = match number.chars().last() {
        Some('1') => 1,
        Some('2') => MANY,
        _ => chance % 3 + 1,
    };
    let bill = |back: u64| {
        let period = period(now_ms, back);
        let steps = hash(&[&id, number, &period]) % STEPS;
        let amount = i64::try_from(LEAST + steps * STEP).unwrap_or(0);
        let penalty = if back == 0 { 0 } else { amount * PENALTY_PERCENT / 100 };
        Bill { period, amount, penalty }
    };
    let is_open = |bill: &Bill| !paid.contains(&(id.clone(), number.to_owned(), bill.period.clone()));
    let holder = usize::try_from(chance / 3).unwrap_or(0) % HOLDERS.len();
    Debt {
        holder: HOLDERS.get(holder).copied().unwrap_or("BUDI SANTOSO"),
        bills: (0..months).rev().map(bill).filter(is_open).collect(),
    }
}

/// The month so many months back, in Jakarta.
fn period(now_ms: i64, back: u64) -> String {
    let month: u64 =
        jakarta(now_ms, "%Y").parse::<u64>().unwrap_or(0) * 12 + jakarta(now_ms, "%m").parse().unwrap_or(1) - 1;
    let month = month.saturating_sub(back);
    format!("{:04}{:02}", month / 12, month % 12 + 1)
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::all;
    use super::*;

    /// 2026-02-11
    const FEBRUARY_MS: i64 = 1_770_800_000_000;

    fn water() -> &'static Goods {
        all().iter().find(|goods| goods.id() == "pdam/Kota Surabaya").unwrap()
    }

    #[test]
    fn a_number_owes_the_same_whoever_asks_and_oldest_first() {
        let debt = owed(water(), "10202002", &Paid::new(), FEBRUARY_MS);
        assert_eq!(debt, owed(water(), "10202002", &Paid::new(), FEBRUARY_MS));
        let periods: Vec<&str> = debt.bills.iter().map(|bill| bill.period.as_str()).collect();
        assert_eq!(periods, ["202507", "202508", "202509", "202510", "202511", "202512", "202601", "202602"]);
        assert!(debt.bills.iter().all(|bill| (50_000..500_000).contains(&bill.amount)));
        assert_eq!((debt.bills[7].penalty, debt.bills[0].penalty), (0, debt.bills[0].amount / 50));
        assert_ne!(debt.bills, owed(water(), "20202002", &Paid::new(), FEBRUARY_MS).bills);
    }

    #[test]
    fn what_was_paid_is_owed_no_more_and_next_month_there_is_a_new_bill() {
        let month_ms = 31 * 86_400_000;
        let first = owed(water(), "10202001", &Paid::new(), FEBRUARY_MS).bills;
        assert_eq!(first.len(), 1);
        let key = ("pdam/Kota Surabaya".to_owned(), "10202001".to_owned(), first[0].period.clone());
        let paid = Paid::from([key]);
        assert!(owed(water(), "10202001", &paid, FEBRUARY_MS).bills.is_empty());
        assert_eq!(owed(water(), "10202001", &paid, FEBRUARY_MS + month_ms).bills[0].period, "202603");
    }
}

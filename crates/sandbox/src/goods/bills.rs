//! What customers owe: the same to whichever supplier asks, until somebody pays it. Made from biller and number, so that
//! nobody has to plant it.

use std::collections::HashSet;

use serde::Serialize;

use super::catalogue::Goods;
use super::offers::hash;
use super::purchase::PaidBills;
use crate::clock::jakarta;

/// Whole rupiah of one bill.
const LEAST: u64 = 50_000;
const STEP: u64 = 100;
const STEPS: u64 = 4_500;
/// Of a hundred: what a bill of an earlier month costs more.
const PENALTY_PERCENT: i64 = 2;
/// Bills of a number that ends in 2, as at IAK.
const MANY: i64 = 8;
/// Those of IAK's own test numbers that owe fewer.
const FEWER: [(&str, i64); 2] = [("10202002", 4), ("6391601202", 3)];
/// Months that may be paid before they are owed: a year of them, as BPJS allows.
const MOST_AHEAD: i64 = 12;
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Debt {
    pub holder: &'static str,
    pub bills: Vec<Bill>,
}

impl Debt {
    /// Whole rupiah, without penalties.
    pub fn amount(&self) -> i64 {
        self.bills.iter().map(|bill| bill.amount).sum()
    }

    pub fn penalty(&self) -> i64 {
        self.bills.iter().map(|bill| bill.penalty).sum()
    }

    pub fn periods(&self) -> Vec<String> {
        self.bills.iter().map(|bill| bill.period.clone()).collect()
    }

    /// `202611`, or `202609-202611`.
    pub fn span(&self) -> String {
        match (self.bills.first(), self.bills.last()) {
            (Some(first), Some(last)) if first != last => format!("{}-{}", first.period, last.period),
            (Some(only), _) => only.period.clone(),
            (None, _) => String::new(),
        }
    }
}

/// Bills that were paid: goods, number, period.
pub type Paid = HashSet<(String, String, String)>;

/// What that number owes now. Of a number that ends in 1 the bill of this month, of one in 2 those of eight months or what IAK says, of others of
/// one to three; what is older was paid at a counter.
pub fn owed(goods: &Goods, number: &str, paid: &Paid, now_ms: i64) -> Debt {
    with_months_ahead(goods, number, paid, now_ms, 0)
}

/// The oldest so many months that are not paid, those to come included: what is not owed yet may be paid, too.
pub fn oldest(goods: &Goods, number: &str, paid: &Paid, now_ms: i64, months: u8) -> Debt {
    let mut debt = with_months_ahead(goods, number, paid, now_ms, MOST_AHEAD);
    debt.bills.truncate(usize::from(months));
    debt
}

/// Whether somebody paid one of these already.
pub fn any_paid(paid: &Paid, bills: &PaidBills) -> bool {
    let is_paid = |period: &String| paid.contains(&(bills.goods.clone(), bills.number.clone(), period.clone()));
    bills.periods.iter().any(is_paid)
}

/// The electricity company, for whom a meter's number is the same whether it pays before or after.
pub const ELECTRICITY: &str = "plnbill/pln";

/// Who has that number with whom, as goods are named.
pub fn holder(of: &str, number: &str) -> &'static str {
    let holder = usize::try_from(hash(&[of, number]) / 3).unwrap_or(0) % HOLDERS.len();
    HOLDERS.get(holder).copied().unwrap_or("BUDI SANTOSO")
}

fn with_months_ahead(goods: &Goods, number: &str, paid: &Paid, now_ms: i64, ahead: i64) -> Debt {
    let id = goods.id();
    let chance = hash(&[&id, number]);
    let months = match number.chars().last() {
        Some('1') => 1,
        Some('2') => FEWER.iter().find(|(known, _)| *known == number).map_or(MANY, |(_, bills)| *bills),
        _ => i64::try_from(chance % 3).unwrap_or(0) + 1,
    };
    let bill = |back: i64| {
        let period = period(now_ms, back);
        let steps = hash(&[&id, number, &period]) % STEPS;
        let amount = i64::try_from(LEAST + steps * STEP).unwrap_or(0);
        let penalty = if back <= 0 { 0 } else { amount * PENALTY_PERCENT / 100 };
        Bill { period, amount, penalty }
    };
    let is_open = |bill: &Bill| !paid.contains(&(id.clone(), number.to_owned(), bill.period.clone()));
    Debt { holder: holder(&id, number), bills: (-ahead..months).rev().map(bill).filter(is_open).collect() }
}

/// The month so many months back, in Jakarta.
fn period(now_ms: i64, back: i64) -> String {
    let month: i64 =
        jakarta(now_ms, "%Y").parse::<i64>().unwrap_or(0) * 12 + jakarta(now_ms, "%m").parse().unwrap_or(1) - 1;
    let month = month.saturating_sub(back);
    format!("{:04}{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
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
        assert_eq!(periods, ["202511", "202512", "202601", "202602"]);
        assert!(debt.bills.iter().all(|bill| (50_000..500_000).contains(&bill.amount)));
        assert_eq!((debt.bills[3].penalty, debt.bills[0].penalty), (0, debt.bills[0].amount / 50));
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
        let bills = |periods: &[&str]| PaidBills {
            goods: "pdam/Kota Surabaya".to_owned(),
            number: "10202001".to_owned(),
            periods: periods.iter().map(|period| (*period).to_owned()).collect(),
        };
        assert!(any_paid(&paid, &bills(&["202601", "202602"])) && !any_paid(&paid, &bills(&["202601"])));
    }

    #[test]
    fn months_to_come_can_be_paid_ahead_after_what_is_owed() {
        let health = all().iter().find(|goods| goods.id() == "bpjs/bpjs").unwrap();
        let debt = oldest(health, "8801234560001", &Paid::new(), FEBRUARY_MS, 3);
        assert_eq!(
            (debt.periods().join(" ").as_str(), debt.span().as_str()),
            ("202602 202603 202604", "202602-202604")
        );
        assert_eq!((debt.penalty(), debt.amount()), (0, debt.bills.iter().map(|bill| bill.amount).sum()));
        let behind = oldest(health, "8801234560002", &Paid::new(), FEBRUARY_MS, 2);
        assert_eq!((behind.span().as_str(), behind.bills.len()), ("202507-202508", 2));
    }
}

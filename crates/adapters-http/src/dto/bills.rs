//! A bill as its customer sees it, and as staff do.

use domain::{Bill, BillLine};
use serde::Serialize;
use utoipa::ToSchema;

use super::MoneyDto;

/// What is owed to a biller, in its currency.
// No Debug: it is about somebody.
#[derive(Serialize, ToSchema)]
pub struct BillView {
    /// Whose bill it is, as far as the supplier says.
    pub holder: String,
    /// Oldest first; perhaps fewer than `count`, or none, where only the sum is told.
    pub lines: Vec<BillLineView>,
    /// All that the biller asks for these bills, penalties included, without anybody's fee.
    pub debt: MoneyDto,
    /// A fee that sellers show on top. Part of the price where the supplier takes it.
    pub admin: MoneyDto,
    /// Bills that one payment settles, oldest first.
    pub count: u16,
    /// Bills that are left for another payment. Absent where the supplier does not say: there may be some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u16>,
    /// Months paid for, where they are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months: Option<u8>,
}

/// One period of a bill.
#[derive(Serialize, ToSchema)]
pub struct BillLineView {
    /// As the supplier writes it.
    #[schema(example = "202610")]
    pub period: String,
    pub amount: MoneyDto,
    pub penalty: MoneyDto,
}

impl From<&Bill> for BillView {
    fn from(bill: &Bill) -> Self {
        let line = |line: &BillLine| BillLineView {
            period: line.period.clone(),
            amount: line.amount.into(),
            penalty: line.penalty.into(),
        };
        Self {
            holder: bill.holder.expose().to_owned(),
            lines: bill.lines.iter().map(line).collect(),
            debt: bill.debt.into(),
            admin: bill.admin.into(),
            count: bill.count,
            remaining: bill.remaining,
            months: bill.months,
        }
    }
}

/// What an item is to pay, without whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorBill {
    pub debt: MoneyDto,
    pub count: u16,
    /// Null where the supplier does not say.
    pub remaining: Option<u16>,
    pub months: Option<u8>,
}

impl From<&Bill> for OperatorBill {
    fn from(bill: &Bill) -> Self {
        Self { debt: bill.debt.into(), count: bill.count, remaining: bill.remaining, months: bill.months }
    }
}

//! A bill at rest: one sealed text, with the item that pays it or with the inquiry that found it; and the rows of inquiries.

use domain::{Bill, BillLine, CustomerId, Money, OrderId, Private};
use ports::bills::BillInquiry;
use serde::{Deserialize, Serialize};

use super::columns::{BadRow, Reader, money, number, word};
use super::row;
use crate::cipher::{CipherKeys, Place, child_row};

const ITEM: &str = "item";
const INQUIRY: &str = "bill_inquiry";
const TARGET: &str = "target";
const BILL: &str = "bill";

#[derive(Serialize, Deserialize)]
struct Stored {
    holder: String,
    lines: Vec<StoredLine>,
    debt: Money,
    admin: Money,
    count: u16,
    remaining: Option<u16>,
    months: Option<u8>,
}

#[derive(Serialize, Deserialize)]
struct StoredLine {
    period: String,
    amount: Money,
    penalty: Money,
}

row! {
    /// Of one inquiry.
    InquiryRow {
        id: uuid::Uuid = Id,
        customer: uuid::Uuid = Id,
        product: String = Text,
        supplier: String = Text,
        target: Vec<u8> = Binary,
        bill: Vec<u8> = Binary,
        cost_minor: i64 = BigInt,
        cost_currency: String = Text,
        asked_at: domain::Moment = Timestamptz,
        expires_at: domain::Moment = Timestamptz,
    }
}

impl InquiryRow {
    pub(crate) fn read(self, keys: &CipherKeys) -> Result<BillInquiry, BadRow> {
        let row = self.id.to_string();
        let target = keys.open_text(&self.target, &place(INQUIRY, &row, TARGET)).map_err(BadRow)?;
        Ok(BillInquiry {
            id: self.id,
            customer: CustomerId::new(self.customer),
            product: word("product", &self.product)?,
            target: Private::new(target),
            bill: open(keys, &self.bill, &place(INQUIRY, &row, BILL))?,
            cost: money("cost", self.cost_minor, &self.cost_currency)?,
            supplier: word("supplier", &self.supplier)?,
            asked_at: self.asked_at,
            expires_at: self.expires_at,
        })
    }
}

/// The sealed columns of an inquiry, target and bill. Empty where they cannot be sealed, which the database does not take.
pub(crate) fn seal_inquiry(inquiry: &BillInquiry, keys: &CipherKeys) -> (Vec<u8>, Vec<u8>) {
    let row = inquiry.id.to_string();
    let target = keys.seal(inquiry.target.expose().as_bytes(), &place(INQUIRY, &row, TARGET));
    (target.unwrap_or_default(), seal(keys, &inquiry.bill, &place(INQUIRY, &row, BILL)))
}

pub(super) fn seal_of_item(order: OrderId, n: u16, bill: &Bill, keys: &CipherKeys) -> Vec<u8> {
    seal(keys, bill, &place(ITEM, &child_row(order, n), BILL))
}

pub(super) fn open_of_item(reader: &Reader<'_>, n: i32, sealed: &[u8]) -> Result<Bill, BadRow> {
    open(reader.keys, sealed, &place(ITEM, &child_row(reader.order, number("n", n)?), BILL))
}

fn place<'a>(table: &'static str, row: &'a str, column: &'static str) -> Place<'a> {
    Place { table, row, column }
}

fn seal(keys: &CipherKeys, bill: &Bill, place: &Place<'_>) -> Vec<u8> {
    let line = |line: &BillLine| StoredLine { period: line.period.clone(), amount: line.amount, penalty: line.penalty };
    let stored = Stored {
        holder: bill.holder.expose().to_owned(),
        lines: bill.lines.iter().map(line).collect(),
        debt: bill.debt,
        admin: bill.admin,
        count: bill.count,
        remaining: bill.remaining,
        months: bill.months,
    };
    serde_json::to_vec(&stored).ok().and_then(|plain| keys.seal(&plain, place)).unwrap_or_default()
}

fn open(keys: &CipherKeys, sealed: &[u8], place: &Place<'_>) -> Result<Bill, BadRow> {
    let plain = keys.open(sealed, place).map_err(BadRow)?;
    // The error of the parser would quote what it read.
    let stored: Stored =
        serde_json::from_slice(&plain).map_err(|_unreadable| BadRow(format!("{BILL}: not as it was written")))?;
    let line = |line: StoredLine| BillLine { period: line.period, amount: line.amount, penalty: line.penalty };
    Ok(Bill {
        holder: Private::new(stored.holder),
        lines: stored.lines.into_iter().map(line).collect(),
        debt: stored.debt,
        admin: stored.admin,
        count: stored.count,
        remaining: stored.remaining,
        months: stored.months,
    })
}

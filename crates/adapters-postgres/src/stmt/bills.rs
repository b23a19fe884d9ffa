//! What customers asked about bills.

use domain::{CustomerId, Moment};
use ports::bills::BillInquiry;
use uuid::Uuid;

use super::{Statement, text};
use crate::cipher::CipherKeys;
use crate::rows::seal_inquiry;

/// Inquiries forgotten by one statement: some tens of milliseconds, so that none holds locks for long.
const FORGET_AT_ONCE: i64 = 5000;

text! {
    KeepInquiry = "\
INSERT INTO bill_inquiry (id, customer, asked_at, expires_at, cost_minor, cost_currency, product, supplier, target, bill)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id"
}
text! {
    FindInquiry = "\
SELECT id, customer, product, supplier, target, bill, cost_minor, cost_currency, asked_at, expires_at
FROM bill_inquiry WHERE id = $1 AND customer = $2"
}
text! {
    ForgetInquiries = "\
WITH gone AS (
    DELETE FROM bill_inquiry WHERE id = ANY (ARRAY(SELECT id FROM bill_inquiry WHERE asked_at < $1 LIMIT $2)) RETURNING 1)
SELECT count(*) AS n FROM gone"
}

pub(crate) fn keep_inquiry(inquiry: &BillInquiry, keys: &CipherKeys) -> Statement<KeepInquiry> {
    let (target, bill) = seal_inquiry(inquiry, keys);
    Statement::with([
        inquiry.id.into(),
        inquiry.customer.uuid().into(),
        inquiry.asked_at.into(),
        inquiry.expires_at.into(),
        inquiry.cost.minor().into(),
        inquiry.cost.currency().code().into(),
        inquiry.product.as_str().into(),
        inquiry.supplier.as_str().into(),
        Some(target).into(),
        Some(bill).into(),
    ])
}

pub(crate) fn find_inquiry(id: Uuid, customer: CustomerId) -> Statement<FindInquiry> {
    Statement::with([id.into(), customer.uuid().into()])
}

pub(crate) fn forget_inquiries(before: Moment) -> Statement<ForgetInquiries> {
    Statement::with([before.into(), FORGET_AT_ONCE.into()])
}

//! For the oracle's tests: one order, paid and delivered, in which all is well, and parts to spoil it with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, OrderEvidence, Verdict, judge};
use crate::api::Acknowledged;
use crate::outside::{Charge, Delivery, Truth};
use crate::view::{Attempt, Change, LedgerLine, Money, OwnItem, OwnOrder, StaffCheckout, StaffItem, StaffOrder, Story};

pub fn verdict_of(evidence: &Evidence) -> Verdict {
    judge(evidence)
}

pub fn charge(reference: &str, amount_minor: i64) -> Charge {
    Charge {
        reference: reference.to_owned(),
        transaction: format!("T-{reference}"),
        way: "Credit".to_owned(),
        choose: "Credit".to_owned(),
        amount_minor,
        currency: "TWD".to_owned(),
        simulated: false,
        refunded_minor: 0,
    }
}

pub fn delivery(reference: &str, target: &str) -> Delivery {
    Delivery {
        provider: "iak".to_owned(),
        reference: reference.to_owned(),
        product: "htelkomsel10000".to_owned(),
        target: target.to_owned(),
        price_minor: 1_000_000,
        currency: "IDR".to_owned(),
        state: "delivered".to_owned(),
        serial: Some("123456789012".to_owned()),
    }
}

/// One transfer, as two lines.
pub fn ledger(template: &str, subject: &str, debit: &str, credit: &str, minor: i64, currency: &str) -> [LedgerLine; 2] {
    [(debit, minor), (credit, -minor)].map(|(account, minor)| LedgerLine {
        template: template.to_owned(),
        subject: subject.to_owned(),
        account: account.to_owned(),
        amount: Money { minor, currency: currency.to_owned() },
    })
}

/// An order of one item: placed, paid with 300.00 TWD by checkout C1, bought for 10,000.00 IDR by attempt A1.
pub fn paid_and_delivered() -> Evidence {
    let bookings = [
        ledger("receipt", "C1", "gateway_receivable:ecpay", "customer_liability", 30_000, "TWD"),
        ledger("receipt", "C1", "gateway_fees", "gateway_receivable:ecpay", 600, "TWD"),
        ledger("purchase", "A1", "cost_of_goods", "supplier_deposit:iak", 1_000_000, "IDR"),
        ledger("sale", "item 0", "customer_liability", "sales", 30_000, "TWD"),
    ];
    let change = |version, ledger| Change { version, changes: Vec::new(), ledger };
    let story = Story {
        order: StaffOrder {
            version: 2,
            status: "success".to_owned(),
            checkouts: vec![StaffCheckout {
                reference: "C1".to_owned(),
                payment: 0,
                transaction: Some("T-C1".to_owned()),
                received: Some(Money { minor: 30_000, currency: "TWD".to_owned() }),
            }],
            items: vec![StaffItem {
                no: 0,
                product: "pulsa-telkomsel-10000".to_owned(),
                max_cost: Money { minor: 1_050_000, currency: "IDR".to_owned() },
                failure: None,
                state: "delivered".to_owned(),
                live_attempt: Some(0),
                serial_pending: false,
            }],
            attempts: vec![Attempt {
                no: 0,
                item: 0,
                supplier: "iak".to_owned(),
                reference: "A1".to_owned(),
                code: "htelkomsel10000".to_owned(),
                state: "done".to_owned(),
            }],
            refunds: Vec::new(),
        },
        timeline: vec![change(1, Vec::new()), change(2, bookings.into_iter().flatten().collect())],
    };
    let own = OwnOrder {
        version: 2,
        status: "success".to_owned(),
        items: vec![OwnItem {
            no: 0,
            target: "081200000001".to_owned(),
            state: "delivered".to_owned(),
            serial: Some("123456789012".to_owned()),
        }],
    };
    Evidence {
        orders: vec![OrderEvidence { id: "o1".to_owned(), story: Some(story), own: Some(own) }],
        truth: Truth { charges: vec![charge("C1", 30_000)], deliveries: vec![delivery("A1", "081200000001")] },
        acknowledged: vec![
            Acknowledged::Placed { order: "o1".to_owned() },
            Acknowledged::Opened { order: "o1".to_owned(), reference: "C1".to_owned() },
        ],
        redirects_followed: 0,
        turned_away: Vec::new(),
        sellers: BTreeMap::new(),
        in_trouble: BTreeSet::new(),
    }
}

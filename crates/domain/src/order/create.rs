//! How an order begins.

use super::{Order, OrderStatus};
use crate::Moment;
use crate::bill::Bill;
use crate::catalogue::Product;
use crate::fulfilment::{Item, ItemState};
use crate::history::{Actor, Change, HistoryRow};
use crate::ids::{CustomerId, ItemNo, OrderId, PaymentNo};
use crate::money::Money;
use crate::payment::{Payment, PaymentState, Purpose};
use crate::pricing::Terms;
use crate::private::Private;
use crate::schedule;
use crate::task::{Task, TaskKind};

/// One thing to buy, already checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    pub product: Product,
    pub target: Private,
    /// What the customer saw to be owed; for bills, and only for them.
    pub bill: Option<Box<Bill>>,
}

/// A new order with its first history row, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    pub order: Order,
    pub status: OrderStatus,
    pub history: HistoryRow,
}

/// Places an order for `items` at `terms` (one line each, in the same order). Version 1.
/// An order that costs nothing needs no gateway: it starts paid.
pub fn place(id: OrderId, customer: CustomerId, items: Vec<NewItem>, terms: Terms, now: Moment) -> NewOrder {
    let free = terms.total.is_zero();
    let state = if free { PaymentState::Paid } else { PaymentState::Pending };
    let payment = Payment {
        no: PaymentNo(0),
        purpose: Purpose::Goods,
        amount: terms.total,
        state,
        review: None,
        proposed: None,
        deadline: now + schedule::PAYMENT_WINDOW,
        received: Money::zero(terms.total.currency()),
        promised: Money::zero(terms.total.currency()),
        paid_by: None,
        paid_at: free.then_some(now),
    };
    let items: Vec<Item> = (0..)
        .zip(items)
        .zip(&terms.lines)
        .map(|((no, new), line)| Item {
            no: ItemNo(no),
            product: new.product.id,
            category: new.product.category,
            name: new.product.name,
            target: new.target,
            bill: new.bill,
            state: ItemState::Queued,
            live_attempt: None,
            serial_pending: false,
            cost: line.cost,
            max_cost: line.max_cost,
            charged: line.charged,
            discount: line.discount,
            failure: None,
        })
        .collect();
    let tasks = if free {
        items.iter().map(|item| Task { kind: TaskKind::Item(item.no), run_at: now }).collect()
    } else {
        vec![Task { kind: TaskKind::Payment(payment.no), run_at: payment.deadline }]
    };
    let history = HistoryRow {
        version: 1,
        at: now,
        actor: Actor::Customer(customer).as_text(),
        cause: "placed",
        changes: vec![Change { subject: "payment 0".into(), from: String::new(), to: state.as_str().into() }],
        note: format!("{} items, {}", items.len(), terms.total),
    };
    let order = Order {
        id,
        version: 1,
        customer,
        created_at: now,
        promo_held: terms.promo.is_some(),
        terms,
        payments: vec![payment],
        checkouts: Vec::new(),
        items,
        attempts: Vec::new(),
        refunds: Vec::new(),
        tasks,
    };
    NewOrder { status: order.status(), order, history }
}

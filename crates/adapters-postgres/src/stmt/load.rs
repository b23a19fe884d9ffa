//! One order, whole: a statement per table, sent together. Each sees its own snapshot, so the version is read first and
//! last: when both agree, everything between belongs to it, since no commit leaves the version as it was. And of many
//! orders the versions alone.

use domain::OrderId;

use super::{Column, Statement, text};

text! { LoadOrder = "SELECT version, promo_held, customer, created_at, terms FROM orders WHERE id = $1" }
text! { LoadVersion = "SELECT version FROM orders WHERE id = $1" }
text! { LoadVersions = "SELECT id, version FROM orders WHERE id = ANY ($1)" }
text! {
    LoadPayments = "\
SELECT n, state, review, proposed, deadline, received_minor, received_currency, promised_minor, paid_by, paid_at, purpose,
       amount_minor, amount_currency
FROM payment WHERE order_id = $1 ORDER BY n"
}
text! {
    /// In the order of their opening, as the order holds them.
    LoadCheckouts = "\
SELECT reference, state, transaction, received_minor, received_currency, disputed_minor, disputed_currency, simulated,
       known_by, instructions, payment, gateway, account, method, opened_at
FROM checkout WHERE order_id = $1 ORDER BY opened_at, reference"
}
text! {
    LoadItems = "\
SELECT n, state, live_attempt, serial_pending, failure, product, category, name, target, bill, cost_minor, cost_currency,
       max_cost_minor, max_cost_currency, charged_minor, charged_currency, discount_minor, discount_currency
FROM item WHERE order_id = $1 ORDER BY n"
}
text! {
    LoadAttempts = "\
SELECT n, state, cause, word, polls, not_found, not_found_since, contested, price_minor, price_currency, supplier_ref, serial, item, supplier,
       account, reference, code, cost_minor, cost_currency, reserved_at, closed_at, reason, settle_s
FROM attempt WHERE order_id = $1 ORDER BY n"
}
text! {
    LoadRefunds = "\
SELECT n, state, confirmed_by, evidence, payment, checkout, item, amount_minor, amount_currency, reason, requested_at
FROM refund WHERE order_id = $1 ORDER BY n"
}
text! {
    /// Dead ones too: while an operator looks at one, the order's other events must still find it covered.
    LoadTasks = "SELECT key, run_at FROM task WHERE order_id = $1 ORDER BY key"
}

macro_rules! by_order {
    ($($name:ident: $text:ident;)+) => {
        $(pub(crate) fn $name(order: OrderId) -> Statement<$text> {
            Statement::with([order.uuid().into()])
        })+
    };
}
by_order! {
    load_order: LoadOrder;
    load_version: LoadVersion;
    load_payments: LoadPayments;
    load_checkouts: LoadCheckouts;
    load_items: LoadItems;
    load_attempts: LoadAttempts;
    load_refunds: LoadRefunds;
    load_tasks: LoadTasks;
}

pub(crate) fn load_versions(orders: &[OrderId]) -> Statement<LoadVersions> {
    let ids = Column::Uuid(orders.iter().map(|order| Some(order.uuid())).collect());
    Statement::with([ids.into()])
}

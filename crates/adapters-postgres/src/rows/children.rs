//! The order's children as rows: payments, checkouts, items, attempts, refunds. A row is whole each time.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::fulfilment::{Attempt, Item};
use domain::payment::{Checkout, Payment};
use domain::refund::Refund;
use domain::{AttemptNo, CustomerId, OrderId};

use super::write::json;
use super::{bill, instructions};
use crate::cipher::{CipherKeys, Place, child_row};
use crate::stmt::{Feed, FeedOf, Write};

pub(super) fn payments(write: Write, rows: &[(OrderId, &Payment)]) -> Feed {
    Feed::of("payment", write, rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .int("n", |(_, p)| p.no.0)
        .text("state", |(_, p)| p.state.as_str())
        .opt_text("review", |(_, p)| p.review.map(|review| review.as_str()))
        .opt_json("proposed", |(_, p)| p.proposed.as_ref().map(json))
        .time("deadline", |(_, p)| p.deadline)
        .money("received_minor", "received_currency", |(_, p)| Some(p.received))
        .bigint("promised_minor", |(_, p)| p.promised.minor())
        .opt_text("paid_by", |(_, p)| p.paid_by.as_ref().map(|reference| reference.as_str()))
        .opt_time("paid_at", |(_, p)| p.paid_at)
        .text("purpose", |(_, p)| p.purpose.as_str())
        .money("amount_minor", "amount_currency", |(_, p)| Some(p.amount))
        .done()
}

pub(super) fn checkouts(rows: &[(OrderId, &Checkout)], keys: &CipherKeys) -> Feed {
    Feed::of("checkout", Write::Put(&["order_id", "reference"]), rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .text("reference", |(_, c)| c.reference.as_str())
        .text("state", |(_, c)| c.state.as_str())
        .opt_text("transaction", |(_, c)| c.transaction.as_deref())
        .money("received_minor", "received_currency", |(_, c)| c.received)
        .money("disputed_minor", "disputed_currency", |(_, c)| c.disputed)
        .bool("simulated", |(_, c)| c.simulated)
        .time("known_by", |(_, c)| c.known_by)
        .opt_bytes("instructions", |(order, c)| instructions::seal(*order, c, keys))
        .int("payment", |(_, c)| c.payment.0)
        .text("gateway", |(_, c)| c.gateway.as_str())
        .text("account", |(_, c)| c.account.as_str())
        .text("method", |(_, c)| c.method.as_str())
        .time("opened_at", |(_, c)| c.opened_at)
        .done()
}

/// What can change of an item. Product and target are as they were ordered; commits make no items.
pub(super) fn changed_items(rows: &[(OrderId, &Item)]) -> Feed {
    item_states(Feed::of("item", Write::Update(&["order_id", "n"]), rows)).done()
}

fn item_states<'a, 'b>(feed: FeedOf<'a, (OrderId, &'b Item)>) -> FeedOf<'a, (OrderId, &'b Item)> {
    feed.uuid("order_id", |(order, _)| order.uuid())
        .int("n", |(_, i)| i.no.0)
        .text("state", |(_, i)| i.state.as_str())
        .opt_int("live_attempt", |(_, i)| i.live_attempt.map(|AttemptNo(n)| n))
        .bool("serial_pending", |(_, i)| i.serial_pending)
        .opt_text("failure", |(_, i)| i.failure.as_deref())
        .money("cost_minor", "cost_currency", |(_, i)| Some(i.cost))
        .money("max_cost_minor", "max_cost_currency", |(_, i)| Some(i.max_cost))
        .money("charged_minor", "charged_currency", |(_, i)| Some(i.charged))
        .money("discount_minor", "discount_currency", |(_, i)| Some(i.discount))
}

pub(super) fn new_items(
    rows: &[(OrderId, &Item)],
    customers: &BTreeMap<OrderId, CustomerId>,
    keys: &CipherKeys,
) -> Feed {
    item_states(Feed::of("item", Write::Insert, rows))
        .text("product", |(_, i)| i.product.as_str())
        .text("category", |(_, i)| i.category.as_str())
        .text("name", |(_, i)| i.name.as_str())
        .opt_bytes("target", |(order, i)| {
            let row = child_row(*order, i.no.0);
            keys.seal(i.target.expose().as_bytes(), &Place { table: "item", row: &row, column: "target" })
        })
        .opt_bytes("bill", |(order, i)| i.bill.as_ref().map(|bill| bill::seal_of_item(*order, i.no.0, bill, keys)))
        .opt_bytes("target_mark", |(order, i)| Some(keys.mark(*customers.get(order)?, &i.product, &i.target)))
        .done()
}

pub(super) fn attempts(rows: &[(OrderId, &Attempt)], keys: &CipherKeys) -> Feed {
    Feed::of("attempt", Write::Put(&["order_id", "n"]), rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .int("n", |(_, a)| a.no.0)
        .text("state", |(_, a)| a.state.as_str())
        .opt_text("cause", |(_, a)| a.cause.map(|cause| cause.as_str()))
        .opt_text("word", |(_, a)| a.word.as_deref())
        .int("polls", |(_, a)| a.polls)
        .int("not_found", |(_, a)| a.not_found)
        .opt_time("not_found_since", |(_, a)| a.not_found_since)
        .bool("contested", |(_, a)| a.contested)
        .money("price_minor", "price_currency", |(_, a)| a.artifacts.price)
        .opt_text("supplier_ref", |(_, a)| a.artifacts.supplier_ref.as_deref())
        .opt_bytes("serial", |(order, a)| {
            let row = child_row(*order, a.no.0);
            let place = Place { table: "attempt", row: &row, column: "serial" };
            a.artifacts.serial.as_ref().map(|serial| keys.seal(serial.expose().as_bytes(), &place).unwrap_or_default())
        })
        .int("item", |(_, a)| a.item.0)
        .text("supplier", |(_, a)| a.supplier.as_str())
        .text("account", |(_, a)| a.account.as_str())
        .text("reference", |(_, a)| a.reference.as_str())
        .text("code", |(_, a)| a.code.as_str())
        .money("cost_minor", "cost_currency", |(_, a)| Some(a.cost))
        .time("reserved_at", |(_, a)| a.reserved_at)
        .opt_time("closed_at", |(_, a)| a.closed_at)
        .text("reason", |(_, a)| a.reason.as_str())
        .int("settle_s", |(_, a)| seconds(a.settle))
        .done()
}

/// Of a time that settings bound to hours.
fn seconds(span: TimeDelta) -> i32 {
    i32::try_from(span.num_seconds()).unwrap_or(i32::MAX)
}

pub(super) fn refunds(rows: &[(OrderId, &Refund)]) -> Feed {
    Feed::of("refund", Write::Put(&["order_id", "n"]), rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .int("n", |(_, r)| r.no.0)
        .text("state", |(_, r)| r.state.as_str())
        .opt_text("confirmed_by", |(_, r)| r.confirmed_by.as_deref())
        .opt_text("evidence", |(_, r)| r.evidence.as_deref())
        .int("payment", |(_, r)| r.payment.0)
        .text("checkout", |(_, r)| r.checkout.as_str())
        .opt_int("item", |(_, r)| r.item.map(|item| item.0))
        .money("amount_minor", "amount_currency", |(_, r)| Some(r.amount))
        .text("reason", |(_, r)| r.reason.as_str())
        .time("requested_at", |(_, r)| r.requested_at)
        .done()
}

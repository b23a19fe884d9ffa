//! What must hold of every order, whatever happened. A decision that would break it is never committed.

use super::Order;
use crate::fulfilment::{Item, ItemState};
use crate::payment::{CheckoutState, Payment, PaymentState};
use crate::refund::RefundState;
use crate::task::TaskKind;

/// `Err` says which rule is broken, for the log.
pub(super) fn check(order: &Order) -> Result<(), String> {
    for payment in &order.payments {
        check_payment(order, payment)?;
    }
    for item in &order.items {
        check_item(order, item)?;
    }
    for attempt in order.attempts.iter().filter(|a| a.state.is_live()) {
        match order.item(attempt.item).filter(|i| i.live_attempt == Some(attempt.no)) {
            None => need(order, TaskKind::Recheck(attempt.reference.clone()))?,
            Some(item) if matches!(item.state, ItemState::InProgress | ItemState::Review) => {
                need(order, TaskKind::Item(item.no))?;
            }
            Some(item) => return Err(format!("item {} is {} beside its live attempt", item.no, item.state)),
        }
    }
    for refund in &order.refunds {
        match refund.state {
            RefundState::Requested | RefundState::Sending | RefundState::Manual | RefundState::Failed => {
                need(order, TaskKind::Refund(refund.no))?;
            }
            RefundState::Succeeded | RefundState::Cancelled => {}
        }
    }
    if order.needs_person() {
        need(order, TaskKind::Review)?;
    }
    Ok(())
}

fn check_payment(order: &Order, payment: &Payment) -> Result<(), String> {
    match payment.state {
        PaymentState::Pending => need(order, TaskKind::Payment(payment.no))?,
        PaymentState::Paid if order.items.iter().all(|i| i.state.is_final()) => {
            return Err(format!("payment {} is paid and has nothing left to do", payment.no));
        }
        PaymentState::Review if payment.review.is_none() => {
            return Err(format!("payment {} is in review without a reason", payment.no));
        }
        PaymentState::Paid
        | PaymentState::Success
        | PaymentState::Failed
        | PaymentState::Expired
        | PaymentState::Cancelled
        | PaymentState::Review => {}
    }
    for checkout in order.checkouts.iter().filter(|c| c.state == CheckoutState::SecondClaimed) {
        need(order, TaskKind::Confirm(checkout.reference.clone()))?;
    }
    if payment.promised.minor() > payment.received.minor() {
        return Err(format!("payment {}: {} promised back of {}", payment.no, payment.promised, payment.received));
    }
    Ok(())
}

fn check_item(order: &Order, item: &Item) -> Result<(), String> {
    let live = order.attempts.iter().filter(|a| a.item == item.no && a.state.is_live()).count();
    let deciding = order.live_attempt(item).is_some_and(|a| a.state.is_live());
    match item.state {
        ItemState::InProgress if !deciding => Err(format!("item {} waits for no attempt", item.no)),
        ItemState::InProgress if live > 1 => Err(format!("item {} has {live} live attempts", item.no)),
        ItemState::Queued if live > 0 => Err(format!("item {} is queued beside a live attempt", item.no)),
        ItemState::InProgress => need(order, TaskKind::Item(item.no)),
        ItemState::Queued if order.payments.iter().any(|p| p.state == PaymentState::Paid) => {
            need(order, TaskKind::Item(item.no))
        }
        ItemState::Delivered if item.serial_pending => need(order, TaskKind::Item(item.no)),
        ItemState::Queued
        | ItemState::Delivered
        | ItemState::Failed
        | ItemState::Review
        | ItemState::Cancelled
        | ItemState::Reversed => Ok(()),
    }
}

fn need(order: &Order, kind: TaskKind) -> Result<(), String> {
    if order.task(&kind).is_some() { Ok(()) } else { Err(format!("no task {kind}")) }
}

//! The books of one order, and what they must say about it.

use std::collections::BTreeMap;

use domain::fulfilment::{AttemptState, Item, ItemState};
use domain::payment::{PaymentState, ReviewReason};
use domain::refund::RefundState;
use domain::{ChangeSet, Currency, Order};

/// The sum of all lines per account.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Books(pub BTreeMap<(String, Currency), i64>);

impl Books {
    pub fn post(&mut self, change: &ChangeSet) {
        for transfer in change.postings.iter().flat_map(|posting| &posting.transfers) {
            for (account, sign) in [(&transfer.debit, 1), (&transfer.credit, -1)] {
                *self.0.entry((account.to_string(), transfer.amount.currency())).or_insert(0) +=
                    sign * transfer.amount.minor();
            }
        }
        self.0.retain(|_, minor| *minor != 0);
    }

    pub fn on(&self, account: &str, currency: Currency) -> i64 {
        self.0.get(&(account.to_owned(), currency)).copied().unwrap_or(0)
    }

    fn on_all(&self, prefix: &str, currency: Currency) -> i64 {
        self.0.iter().filter(|((a, c), _)| a.starts_with(prefix) && *c == currency).map(|(_, minor)| minor).sum()
    }

    /// What the books must say, told from the states alone.
    pub fn check(&self, order: &Order) -> Result<(), String> {
        for currency in Currency::ALL {
            let sum = self.on_all("", currency);
            equal(sum, 0, "the sum of all lines", currency)?;
        }
        let twd = Currency::Twd;
        equal(self.on("customer_liability", twd), -owed(order), "customer liability", twd)?;
        equal(self.on("refunds_payable", twd), -payable(order), "refunds payable", twd)?;
        equal(self.on("suspense", twd), in_suspense(order), "suspense", twd)?;
        equal(self.on("sales", twd), -sold(order), "sales", twd)?;
        let idr = Currency::Idr;
        equal(self.on_all("supplier_deposit", idr), -spent(order), "supplier deposits", idr)?;
        equal(self.on("cost_of_goods", idr), bought(order), "cost of goods", idr)?;
        equal(self.on("late_delivery_loss", idr), spent(order) - bought(order), "what was delivered in vain", idr)?;
        for payment in &order.payments {
            let promised: i64 = order.refunds.iter().filter(|r| r.state.holds_money()).map(|r| r.amount.minor()).sum();
            if promised > payment.received.minor() {
                return Err(format!("{promised} promised back of {}", payment.received));
            }
        }
        Ok(())
    }
}

fn equal(is: i64, should: i64, what: &str, currency: Currency) -> Result<(), String> {
    if is == should { Ok(()) } else { Err(format!("{what} is {is} {currency}, should be {should}")) }
}

/// The shares of what was paid for and is neither delivered nor promised back.
fn owed(order: &Order) -> i64 {
    let payment = &order.payments[0];
    if payment.paid_by.is_none() || payment.review == Some(ReviewReason::Mismatch) {
        return 0;
    }
    let promised = |item: &Item| order.refunds.iter().any(|r| r.item == Some(item.no) && r.state.holds_money());
    let waits = |item: &&Item| match item.state {
        ItemState::Queued | ItemState::InProgress | ItemState::Review => true,
        ItemState::Failed | ItemState::Reversed => !promised(item),
        ItemState::Delivered | ItemState::Cancelled => false,
    };
    order.items.iter().filter(waits).map(|i| i.charged.minor()).sum()
}

fn payable(order: &Order) -> i64 {
    let open = |state| !matches!(state, RefundState::Succeeded | RefundState::Cancelled);
    order.refunds.iter().filter(|r| open(r.state) && twd(r)).map(|r| r.amount.minor()).sum()
}

fn twd(refund: &domain::refund::Refund) -> bool {
    refund.amount.currency() == Currency::Twd
}

/// Money nobody has explained is owed; money taken back and disputed is claimed.
fn in_suspense(order: &Order) -> i64 {
    let payment = &order.payments[0];
    let in_twd =
        |money: Option<domain::Money>| money.filter(|m| m.currency() == Currency::Twd).map_or(0, |m| m.minor());
    let paid = in_twd(payment.paid_by.as_ref().and_then(|r| order.checkout(r)?.received));
    let claimed: i64 = order.checkouts.iter().map(|c| in_twd(c.disputed)).sum();
    let mismatch = payment.state == PaymentState::Review && payment.review == Some(ReviewReason::Mismatch);
    claimed - if mismatch { paid } else { 0 }
}

fn sold(order: &Order) -> i64 {
    let delivered = order.items.iter().filter(|i| i.state == ItemState::Delivered);
    delivered.map(|i| i.charged.minor() + i.discount.minor()).sum()
}

/// What customers hold: of each delivered item one attempt's, that decides it.
fn bought(order: &Order) -> i64 {
    let delivered = order.items.iter().filter(|i| i.state == ItemState::Delivered);
    let done = delivered.filter_map(|i| order.live_attempt(i)).filter(|a| a.state == AttemptState::Done);
    done.map(|a| a.artifacts.price.unwrap_or(a.cost).minor()).sum()
}

fn spent(order: &Order) -> i64 {
    let done = order.attempts.iter().filter(|a| a.state == AttemptState::Done);
    done.map(|a| a.artifacts.price.unwrap_or(a.cost).minor()).sum()
}

//! The books of the providers: every trade, purchase and deposit, changed by events alone, and the report of `/truth`.
//! Nothing here sends, waits or draws faults.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::goods::bills::Paid;
use crate::goods::deposit::Deposits;
use crate::goods::purchase::{Delivery, Purchase, PurchaseKey};
use crate::truth::{Event, Key, Trade, Way};

/// Entries shown on the overview page.
const RECENT: usize = 50;
/// Both TWD and IDR have two decimals in ISO 4217.
const MINOR: i64 = 100;

#[derive(Default)]
pub struct Books {
    pub trades: HashMap<Key, Trade>,
    pub purchases: HashMap<PurchaseKey, Purchase>,
    pub deposits: Deposits,
    pub paid_bills: Paid,
    pub recent_trades: VecDeque<Key>,
    pub recent_purchases: VecDeque<PurchaseKey>,
}

impl Books {
    /// Applies one event. Events about records that do not exist change nothing.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::TradeOpened { trade } => {
                let key = (trade.merchant.clone(), trade.reference.clone());
                remember(&mut self.recent_trades, &key);
                self.trades.insert(key, *trade);
            }
            Event::Formed { purchase } => {
                let key = purchase.key.clone();
                self.deposits.take(key.supplier, &key.account, purchase.price);
                remember(&mut self.recent_purchases, &key);
                self.purchases.insert(key, *purchase);
            }
            Event::TradeCoded { account, reference, code } => {
                self.on_trade(account, reference, |trade| {
                    trade.code = Some(code);
                    trade.unfinished_ms = None;
                });
            }
            Event::TradePaid { account, reference, payment, notice } => {
                self.on_trade(account, reference, |trade| {
                    trade.paid = Some(payment);
                    trade.unfinished_ms = None;
                    trade.notice_open = notice;
                });
            }
            Event::TradeSimulated { account, reference, at_ms } => {
                self.on_trade(account, reference, |trade| trade.simulated_ms = Some(at_ms));
            }
            Event::TradeUnfinished { account, reference, at_ms, abandoned } => {
                self.on_trade(account, reference, |trade| {
                    trade.unfinished_ms = Some(at_ms);
                    trade.abandoned |= abandoned;
                });
            }
            Event::NoticeClosed { account, reference } => {
                self.on_trade(account, reference, |trade| trade.notice_open = false);
            }
            Event::Asked { key } => self.on_purchase(&key, |purchase| purchase.asked += 1),
            Event::Checked { key } => self.on_purchase(&key, |purchase| purchase.checks += 1),
            Event::CallbackClosed { key } => self.on_purchase(&key, |purchase| purchase.callback_open = false),
            Event::BillsPaid { goods, number, periods } => {
                let bill = |period| (goods.clone(), number.clone(), period);
                self.paid_bills.extend(periods.into_iter().map(bill));
            }
            Event::DepositSet { supplier, account, deposit } => self.deposits.set(supplier, &account, deposit),
            Event::Moved { key, state, failed, serial, pin, at_ms, callback } => {
                self.count_bills(&key, state);
                let mut owed = 0;
                self.on_purchase(&key, |purchase| {
                    owed = match (purchase.state.holds_money(), state.holds_money()) {
                        (true, false) => -purchase.price,
                        (false, true) => purchase.price,
                        (true, true) | (false, false) => 0,
                    };
                    purchase.state = state;
                    purchase.failed = failed;
                    purchase.serial = serial;
                    purchase.pin = pin;
                    purchase.settled_ms = Some(at_ms);
                    purchase.callback_open = callback;
                });
                self.deposits.take(key.supplier, &key.account, owed);
            }
        }
    }

    /// How many codes were issued, by way to pay.
    pub fn codes(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for code in self.trades.values().filter_map(|trade| trade.code.as_ref()) {
            *counts.entry(code.way.choose()).or_insert(0) += 1;
        }
        counts
    }

    /// The document behind `GET /truth`, without the request counts.
    pub fn report(&self) -> (Vec<Value>, Vec<Value>) {
        let mut charges: Vec<(i64, Value)> = Vec::new();
        for trade in self.trades.values() {
            if let Some(paid) = trade.paid {
                charges.push((paid.at_ms, charge(trade, paid.amount, paid.way, false, paid.at_ms)));
            }
            if let Some(at_ms) = trade.simulated_ms {
                charges.push((at_ms, charge(trade, trade.amount, Way::of(trade), true, at_ms)));
            }
        }
        let mut deliveries: Vec<(i64, Value)> =
            self.purchases.values().map(|purchase| (purchase.formed_ms, delivery(purchase))).collect();
        charges.sort_by_key(|(at_ms, _)| *at_ms);
        deliveries.sort_by_key(|(at_ms, _)| *at_ms);
        let only_rows = |rows: Vec<(i64, Value)>| rows.into_iter().map(|(_, row)| row).collect();
        (only_rows(charges), only_rows(deliveries))
    }

    fn on_trade(&mut self, account: String, reference: String, change: impl FnOnce(&mut Trade)) {
        if let Some(trade) = self.trades.get_mut(&(account, reference)) {
            change(trade);
        }
    }

    /// What a payment pays is owed no more; when it is taken back, it is owed again.
    fn count_bills(&mut self, key: &PurchaseKey, to: Delivery) {
        let Some(purchase) = self.purchases.get(key) else { return };
        let Some(bills) = &purchase.bills else { return };
        let paid = bills.periods.iter().map(|period| (bills.goods.clone(), bills.number.clone(), period.clone()));
        match (purchase.state, to) {
            (_, Delivery::Delivered) => self.paid_bills.extend(paid),
            (Delivery::Delivered, _) => paid.for_each(|bill| {
                self.paid_bills.remove(&bill);
            }),
            _ => {}
        }
    }

    fn on_purchase(&mut self, key: &PurchaseKey, change: impl FnOnce(&mut Purchase)) {
        if let Some(purchase) = self.purchases.get_mut(key) {
            change(purchase);
        }
    }
}

fn remember<K: Clone>(recent: &mut VecDeque<K>, key: &K) {
    recent.push_front(key.clone());
    recent.truncate(RECENT);
}

fn charge(trade: &Trade, amount: i64, way: Way, simulated: bool, at_ms: i64) -> Value {
    json!({
        "provider": "ecpay",
        "account": trade.merchant,
        "reference": trade.reference,
        "transaction": trade.trade_no,
        "way": way,
        "choose": trade.choose,
        "amount_minor": amount * MINOR,
        "currency": "TWD",
        "simulated": simulated,
        "refunded_minor": 0,
        "at": rfc3339(at_ms),
    })
}

fn delivery(purchase: &Purchase) -> Value {
    json!({
        "provider": purchase.key.supplier,
        "account": purchase.key.account,
        "reference": purchase.key.reference,
        "product": purchase.product,
        "target": purchase.target,
        "bills": purchase.bills.as_ref().map(|bills| &bills.periods),
        "price_minor": purchase.price * MINOR,
        "currency": "IDR",
        "state": purchase.state.word(),
        "serial": purchase.serial,
        "pin": purchase.pin,
        "asked": purchase.asked,
        "checks": purchase.checks,
        "at": rfc3339(purchase.formed_ms),
    })
}

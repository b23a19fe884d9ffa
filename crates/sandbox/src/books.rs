//! The books of the providers: every trade, top-up and deposit, changed by events alone, and the report of `/truth`.
//! Nothing here sends, waits or draws faults.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::truth::{Event, Key, Topup, Trade, Way};

/// Entries shown on the overview page.
const RECENT: usize = 50;
/// Both TWD and IDR have two decimals in ISO 4217.
const MINOR: i64 = 100;

#[derive(Default)]
pub struct Books {
    pub trades: HashMap<Key, Trade>,
    pub topups: HashMap<Key, Topup>,
    /// Whole rupiah by username.
    pub deposits: HashMap<String, i64>,
    pub recent_trades: VecDeque<Key>,
    pub recent_topups: VecDeque<Key>,
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
            Event::TopupFormed { topup } => {
                let key = (topup.username.clone(), topup.reference.clone());
                self.charge_deposit(&topup.username, topup.price);
                remember(&mut self.recent_topups, &key);
                self.topups.insert(key, *topup);
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
            Event::TopupAsked { account, reference } => {
                self.on_topup(account, reference, |topup| topup.asked += 1);
            }
            Event::TopupChecked { account, reference } => {
                self.on_topup(account, reference, |topup| topup.checks += 1);
            }
            Event::CallbackClosed { account, reference } => {
                self.on_topup(account, reference, |topup| topup.callback_open = false);
            }
            Event::DepositSet { account, deposit } => {
                self.deposits.insert(account, deposit);
            }
            Event::TopupMoved { account, reference, state, rc, sn, pin, at_ms, callback } => {
                let mut owed = 0;
                self.on_topup(account.clone(), reference, |topup| {
                    owed = match (topup.state.holds_money(), state.holds_money()) {
                        (true, false) => -topup.price,
                        (false, true) => topup.price,
                        (true, true) | (false, false) => 0,
                    };
                    topup.state = state;
                    topup.rc = rc;
                    topup.sn = sn;
                    topup.pin = pin;
                    topup.settled_ms = Some(at_ms);
                    topup.callback_open = callback;
                });
                self.charge_deposit(&account, owed);
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

    /// What is left at IAK, whole rupiah.
    pub fn deposit(&self, username: &str) -> i64 {
        self.deposits.get(username).copied().unwrap_or(0)
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
            self.topups.values().map(|topup| (topup.formed_ms, delivery(topup))).collect();
        charges.sort_by_key(|(at_ms, _)| *at_ms);
        deliveries.sort_by_key(|(at_ms, _)| *at_ms);
        let only_rows = |rows: Vec<(i64, Value)>| rows.into_iter().map(|(_, row)| row).collect();
        (only_rows(charges), only_rows(deliveries))
    }

    fn charge_deposit(&mut self, username: &str, rupiah: i64) {
        *self.deposits.entry(username.to_owned()).or_insert(0) -= rupiah;
    }

    fn on_trade(&mut self, account: String, reference: String, change: impl FnOnce(&mut Trade)) {
        if let Some(trade) = self.trades.get_mut(&(account, reference)) {
            change(trade);
        }
    }

    fn on_topup(&mut self, account: String, reference: String, change: impl FnOnce(&mut Topup)) {
        if let Some(topup) = self.topups.get_mut(&(account, reference)) {
            change(topup);
        }
    }
}

fn remember(recent: &mut VecDeque<Key>, key: &Key) {
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

fn delivery(topup: &Topup) -> Value {
    json!({
        "provider": "iak",
        "account": topup.username,
        "reference": topup.reference,
        "product": topup.product,
        "target": topup.customer,
        "price_minor": topup.price * MINOR,
        "currency": "IDR",
        "state": topup.state.word(),
        "serial": topup.sn,
        "asked": topup.asked,
        "checks": topup.checks,
        "at": rfc3339(topup.formed_ms),
    })
}

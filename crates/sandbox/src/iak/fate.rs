//! How a pending top-up ends: by its time, by a fault, by a person's click. Each end is said in a callback.

use super::callback;
use super::catalogue::{self, Kind};
use super::{rc, sign};
use crate::clock::taiwan;
use crate::notices;
use crate::reading::Reading;
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::truth::{Delivery, Event, Key, Topup};

/// A voucher bought today is good for so long.
const VOUCHER_LIFE_MS: i64 = 365 * 86_400_000;
/// Rupiah per kWh of a household, in hundredths.
const TARIFF: i64 = 144_470;

/// Its time has come.
pub fn settle(sandbox: &Sandbox, key: &Key) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let Some(topup) = pending(&state, key) else {
        return;
    };
    match topup.fate.fail_rc.clone() {
        Some(code) => {
            move_to(sandbox, &mut state, &topup, Delivery::Failed, &code, now_ms);
            if let Some(after) = topup.fate.recover_after_ms {
                state.schedule.at(now_ms.saturating_add(after), Job::Recover(key.clone()));
            }
        }
        None => deliver(sandbox, &mut state, &topup, now_ms),
    }
}

/// A person clicked "deliver" or "fail".
pub fn click(sandbox: &Sandbox, key: &Key, delivered: bool) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let Some(topup) = pending(&state, key) else {
        return;
    };
    if delivered {
        deliver(sandbox, &mut state, &topup, now_ms);
    } else {
        move_to(sandbox, &mut state, &topup, Delivery::Failed, rc::FAILED, now_ms);
    }
}

/// What was delivered is taken back.
pub fn reverse(sandbox: &Sandbox, key: &Key) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let delivered = |topup: &&Topup| topup.state == Delivery::Delivered;
    if let Some(topup) = state.books.topups.get(key).filter(delivered).cloned() {
        move_to(sandbox, &mut state, &topup, Delivery::Reversed, rc::FAILED, now_ms);
    }
}

/// What had failed is delivered after all.
pub fn recover(sandbox: &Sandbox, key: &Key) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let failed = |topup: &&Topup| topup.state == Delivery::Failed;
    if let Some(topup) = state.books.topups.get(key).filter(failed).cloned() {
        deliver(sandbox, &mut state, &topup, now_ms);
    }
}

/// Takes up what a restart interrupted.
pub fn resume(state: &mut State, now_ms: i64) {
    let topups: Vec<Topup> = state.books.topups.values().cloned().collect();
    for topup in topups {
        let key = (topup.username.clone(), topup.reference.clone());
        let settled_ms = topup.settled_ms.unwrap_or(now_ms);
        let job = match (topup.state, &topup.fate) {
            (Delivery::Pending, _) => topup.due_ms.map(|due_ms| (due_ms, Job::Settle(key.clone()))),
            (Delivery::Delivered, fate) => {
                fate.reverse_after_ms.map(|after| (settled_ms + after, Job::Reverse(key.clone())))
            }
            (Delivery::Failed, fate) => {
                fate.recover_after_ms.map(|after| (settled_ms + after, Job::Recover(key.clone())))
            }
            (Delivery::Reversed, _) => None,
        };
        if let Some((due_ms, job)) = job {
            state.schedule.at(due_ms, job);
        }
        if topup.callback_open {
            callback::schedule_resend(state, now_ms, &topup);
        }
    }
}

fn pending(state: &State, key: &Key) -> Option<Topup> {
    state.books.topups.get(key).filter(|topup| topup.state == Delivery::Pending).cloned()
}

fn deliver(sandbox: &Sandbox, state: &mut State, topup: &Topup, now_ms: i64) {
    move_to(sandbox, state, topup, Delivery::Delivered, rc::SUCCESS, now_ms);
    if let Some(after) = topup.fate.reverse_after_ms {
        let key = (topup.username.clone(), topup.reference.clone());
        state.schedule.at(now_ms.saturating_add(after), Job::Reverse(key));
    }
}

/// Records a state and plans its callback.
fn move_to(sandbox: &Sandbox, state: &mut State, topup: &Topup, to: Delivery, code: &str, now_ms: i64) {
    let plan = callback::at(topup, |at| notices::plan(state, at));
    let wanted = state.settings.iak_callback_url.contains_key(&topup.username);
    let (sn, pin) = if to == Delivery::Delivered {
        let (sn, pin) = serial(topup, state.settings.iak_reading, now_ms);
        (Some(sn), pin)
    } else {
        (topup.sn.clone(), topup.pin.clone())
    };
    let event = Event::TopupMoved {
        account: topup.username.clone(),
        reference: topup.reference.clone(),
        state: to,
        rc: code.to_owned(),
        sn,
        pin,
        at_ms: now_ms,
        callback: wanted && !plan.lost,
    };
    sandbox.record(state, event);
    if wanted {
        callback::schedule(state, now_ms, topup, &plan);
    }
}

/// What the customer gets, made from the reference alone: asked twice, told the same.
fn serial(topup: &Topup, reading: Reading, now_ms: i64) -> (String, Option<String>) {
    let seed = sign::digest(&[&topup.username, &topup.reference]);
    let digits: String = seed.bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
    let letters: String = seed.bytes().map(|byte| char::from(b'A' + byte % 26)).collect();
    let cut = |text: &str, to: usize| text.get(..to).unwrap_or(text).to_owned();
    let Some(product) = catalogue::find(&topup.product) else {
        return (cut(&digits, 12), None);
    };
    match product.kind {
        Kind::Pulsa | Kind::Data => (cut(&digits, 12), None),
        Kind::Pln => {
            let tenths = product.nominal.parse::<i64>().unwrap_or(0) * 1_000 / TARIFF;
            let kwh = format!("{}.{}", tenths / 10, tenths % 10);
            let grouped = format!("{}/PT X/R1 /000001300/{kwh}", fours(&digits, 5));
            (reading.pick(grouped, format!("{}/PT X/R1M/900VA/{kwh}", cut(&digits, 20))), None)
        }
        Kind::Game if topup.customer.contains('|') || product.operator == "free_fire" => (cut(&digits, 9), None),
        Kind::Game => (fours(&letters, 4), Some(cut(&digits, 6))),
        Kind::Voucher => {
            let until = taiwan(now_ms.saturating_add(VOUCHER_LIFE_MS), "%Y-%m-%d");
            (format!("{} / {until}", cut(&letters, 10)), None)
        }
        Kind::Etoll => (format!("BUDI SANTOSO {}", cut(&digits, 12)), None),
    }
}

/// `1234-5678-…`
fn fours(text: &str, groups: usize) -> String {
    let groups: Vec<&str> = (0..groups).filter_map(|n| text.get(n * 4..n * 4 + 4)).collect();
    groups.join("-")
}

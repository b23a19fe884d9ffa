//! How a pending purchase ends: by its time, by a fault, by a person's click. Each end is said in a callback.

use super::purchase::{Delivery, Purchase, PurchaseKey};
use super::{Refusal, Why, bills, callback, offers, serial};
use crate::notices;
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::suppliers::seller;
use crate::truth::Event;

/// Its time has come.
pub fn settle(sandbox: &Sandbox, key: &PurchaseKey) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let Some(purchase) = standing(&state, key, Delivery::Pending) else {
        return;
    };
    match purchase.fate.fails.clone() {
        Some(refusal) => {
            move_to(sandbox, &mut state, &purchase, Delivery::Failed, Some(refusal), now_ms);
            if let Some(after) = purchase.fate.recover_after_ms {
                state.schedule.at(now_ms.saturating_add(after), Job::Recover(key.clone()));
            }
        }
        None => deliver(sandbox, &mut state, &purchase, now_ms),
    }
}

/// A person clicked "deliver" or "fail".
pub fn click(sandbox: &Sandbox, key: &PurchaseKey, delivered: bool) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    if !delivered {
        fail(sandbox, &mut state, key, Refusal::Why(Why::Failed));
    } else if let Some(purchase) = standing(&state, key, Delivery::Pending) {
        deliver(sandbox, &mut state, &purchase, now_ms);
    }
}

/// A pending purchase fails, for this reason.
pub fn fail(sandbox: &Sandbox, state: &mut State, key: &PurchaseKey, refusal: Refusal) {
    if let Some(purchase) = standing(state, key, Delivery::Pending) {
        move_to(sandbox, state, &purchase, Delivery::Failed, Some(refusal), sandbox.now_ms());
    }
}

/// It is over before its request is answered.
pub fn deliver_at_once(sandbox: &Sandbox, state: &mut State, key: &PurchaseKey, now_ms: i64) {
    if let Some(purchase) = standing(state, key, Delivery::Pending) {
        deliver(sandbox, state, &purchase, now_ms);
    }
}

/// What was delivered is taken back.
pub fn reverse(sandbox: &Sandbox, key: &PurchaseKey) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    if let Some(purchase) = standing(&state, key, Delivery::Delivered) {
        move_to(sandbox, &mut state, &purchase, Delivery::Reversed, Some(Refusal::Why(Why::Failed)), now_ms);
    }
}

/// What had failed is delivered after all.
pub fn recover(sandbox: &Sandbox, key: &PurchaseKey) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    if let Some(purchase) = standing(&state, key, Delivery::Failed) {
        deliver(sandbox, &mut state, &purchase, now_ms);
    }
}

/// Takes up what a restart interrupted.
pub fn resume(state: &mut State, now_ms: i64) {
    let purchases: Vec<Purchase> = state.books.purchases.values().cloned().collect();
    for purchase in purchases {
        let key = purchase.key.clone();
        let settled_ms = purchase.settled_ms.unwrap_or(now_ms);
        let job = match (purchase.state, &purchase.fate) {
            (Delivery::Pending, _) => purchase.due_ms.map(|due_ms| (due_ms, Job::Settle(key))),
            (Delivery::Delivered, fate) => fate.reverse_after_ms.map(|after| (settled_ms + after, Job::Reverse(key))),
            (Delivery::Failed, fate) => fate.recover_after_ms.map(|after| (settled_ms + after, Job::Recover(key))),
            (Delivery::Reversed, _) => None,
        };
        if let Some((due_ms, job)) = job {
            state.schedule.at(due_ms, job);
        }
        if purchase.callback_open {
            callback::schedule_resend(state, now_ms, &purchase);
        }
    }
}

fn standing(state: &State, key: &PurchaseKey, at: Delivery) -> Option<Purchase> {
    state.books.purchases.get(key).filter(|purchase| purchase.state == at).cloned()
}

fn deliver(sandbox: &Sandbox, state: &mut State, purchase: &Purchase, now_ms: i64) {
    // Somebody else was faster.
    if purchase.bills.as_ref().is_some_and(|bills| bills::any_paid(&state.books.paid_bills, bills)) {
        let refusal = Some(Refusal::Why(Why::BillPaid));
        return move_to(sandbox, state, purchase, Delivery::Failed, refusal, now_ms);
    }
    move_to(sandbox, state, purchase, Delivery::Delivered, None, now_ms);
    if let Some(after) = purchase.fate.reverse_after_ms {
        state.schedule.at(now_ms.saturating_add(after), Job::Reverse(purchase.key.clone()));
    }
}

/// Records a state and plans its callback.
fn move_to(
    sandbox: &Sandbox,
    state: &mut State,
    purchase: &Purchase,
    to: Delivery,
    failed: Option<Refusal>,
    now_ms: i64,
) {
    let Some(seller) = seller(purchase.key.supplier) else { return };
    let mut plan = callback::at(purchase, |at| notices::plan(state, at));
    let told = Purchase { state: to, ..purchase.clone() };
    plan.copies = plan.copies.max(seller.copies(state, &told));
    let wanted = seller.callback_url(sandbox, state, &told).is_some();
    let (serial, pin) = if to == Delivery::Delivered {
        let offer = offers::find(purchase.key.supplier, &purchase.product);
        let reading = state.settings.supplier(purchase.key.supplier).reading;
        let made = serial::make(&purchase.key, offer, now_ms);
        let made = if purchase.fate.serial_short { made.shorter() } else { made };
        let (serial, pin) = match purchase.bills {
            Some(_) => seller.receipt(&made, reading),
            None => seller.serial(&made, reading),
        };
        (Some(serial).filter(|serial| !serial.is_empty()), pin)
    } else {
        (purchase.serial.clone(), purchase.pin.clone())
    };
    let callback = wanted && !plan.lost;
    let key = purchase.key.clone();
    sandbox.record(state, Event::Moved { key, state: to, failed, serial, pin, at_ms: now_ms, callback });
    if wanted {
        callback::schedule(state, now_ms, purchase, &plan);
    }
}

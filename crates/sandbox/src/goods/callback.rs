//! Telling the shop how a purchase ended: planned, sent, sent again. What a callback says is the supplier's own.

use super::purchase::{Delivery, Purchase};
use super::seller::Seller;
use super::{Refusal, Why};
use crate::faults::{At, Call, Kind};
use crate::notices::{self, Message, Plan};
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::suppliers::seller;
use crate::truth::Event;

/// Once more after a restart, so much later.
const AFTER_RESTART_MS: i64 = 60_000;

/// With whose key a callback is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    Rightly,
    /// By somebody without the key.
    Wrongly,
}

/// One callback on its way: it says what was true when it was planned.
#[derive(Clone)]
pub struct Callback {
    purchase: Purchase,
    /// It says the opposite.
    lies: bool,
    retry: usize,
    plan: Plan,
}

/// Hands the callbacks of a purchase to `with`, as fault rules see them.
pub fn at<T>(purchase: &Purchase, with: impl FnOnce(&At<'_>) -> T) -> T {
    with(&At {
        provider: purchase.key.supplier,
        call: Call::Callback,
        account: &purchase.key.account,
        reference: &purchase.key.reference,
        product: &purchase.product,
    })
}

/// Plans the callback about the state the purchase has now.
pub fn schedule(state: &mut State, now_ms: i64, purchase: &Purchase, plan: &Plan) {
    let Some(current) = state.books.purchases.get(&purchase.key).cloned() else {
        return;
    };
    at(purchase, |at| {
        let lies = state.faults.draw(at, &[Kind::Lie]).has(Kind::Lie);
        let job = Job::Callback(Box::new(Callback { purchase: current, lies, retry: 0, plan: plan.clone() }));
        notices::schedule(state, now_ms, plan, at, job);
    });
}

/// After a restart: once more, about the state it has now.
pub fn schedule_resend(state: &mut State, now_ms: i64, purchase: &Purchase) {
    let plan = Plan { copies: 1, ..Plan::default() };
    let callback = Callback { purchase: purchase.clone(), lies: false, retry: 1, plan };
    state.schedule.at(now_ms.saturating_add(AFTER_RESTART_MS), Job::Callback(Box::new(callback)));
}

pub async fn deliver(sandbox: &Sandbox, callback: Callback) {
    let purchase = &callback.purchase;
    let Some(seller) = seller(purchase.key.supplier) else { return };
    // Nobody is told of an outcome that a crash could still forget.
    if sandbox.durable().await.is_err() {
        return;
    }
    if callback.plan.forged
        && callback.retry == 0
        && let Some(lie) = seller.callback(sandbox, &opposite(purchase), Signed::Wrongly)
    {
        post(sandbox, seller, &lie, 1).await;
    }
    if callback.plan.lost {
        return;
    }
    tokio::time::sleep(std::time::Duration::from_millis(callback.plan.latency_ms)).await;
    let said = if callback.lies { opposite(purchase) } else { purchase.clone() };
    if let Some(message) = seller.callback(sandbox, &said, Signed::Rightly) {
        let accepted = post(sandbox, seller, &message, callback.plan.copies).await;
        finish(sandbox, seller, callback, accepted);
    }
}

async fn post(sandbox: &Sandbox, seller: &dyn Seller, message: &Message, copies: usize) -> bool {
    let replies = notices::send(sandbox, message, copies).await;
    replies.iter().any(|reply| seller.accepts(reply))
}

fn finish(sandbox: &Sandbox, seller: &dyn Seller, mut callback: Callback, accepted: bool) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    let key = callback.purchase.key.clone();
    state.schedule.release_held(key.supplier, now_ms);
    let waits = seller.retries(state.settings.supplier(key.supplier).reading);
    let again = if accepted { None } else { waits.get(callback.retry) };
    if let Some(wait_ms) = again {
        callback.retry += 1;
        callback.plan = Plan { copies: state.settings.notice_copies, ..Plan::default() };
        state.schedule.at(now_ms.saturating_add(*wait_ms), Job::Callback(Box::new(callback)));
        return;
    }
    // A later state has its own callback, still open.
    let said = callback.purchase.state;
    if state.books.purchases.get(&key).is_some_and(|purchase| purchase.state == said) {
        sandbox.record(&mut state, Event::CallbackClosed { key });
    }
}

/// The same purchase as it did not go.
fn opposite(purchase: &Purchase) -> Purchase {
    let mut turned = purchase.clone();
    match purchase.state {
        Delivery::Delivered => {
            turned.state = Delivery::Failed;
            turned.failed = Some(Refusal::Why(Why::Failed));
        }
        Delivery::Pending | Delivery::Failed | Delivery::Reversed => {
            turned.state = Delivery::Delivered;
            turned.failed = None;
            turned.serial = Some("000000000000".to_owned());
        }
    }
    turned
}

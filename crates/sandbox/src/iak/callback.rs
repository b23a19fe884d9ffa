//! What IAK posts to an account's callback URL: final states, all values as strings, with a signature that covers neither
//! status nor serial (IAK documents).

use serde_json::json;

use super::{rc, sign, topup};
use crate::config::IakAccount;
use crate::faults::{At, Call, Provider};
use crate::notices::{self, Outgoing, Plan, Reply};
use crate::schedule::Job;
use crate::state::{Sandbox, State};
use crate::truth::{Delivery, Event, Key, Topup};

/// Virtual time before each of the three retries. Specified by us: IAK publishes neither number nor times.
const RETRY_AFTER_MS: [i64; 3] = [60_000, 300_000, 900_000];

/// One callback on its way: it says what was true when it was planned.
#[derive(Clone)]
pub struct Callback {
    topup: Topup,
    retry: usize,
    plan: Plan,
}

/// Hands the callbacks of a top-up to `with`, as fault rules see them.
pub fn at<T>(topup: &Topup, with: impl FnOnce(&At<'_>) -> T) -> T {
    with(&At {
        provider: Provider::Iak,
        call: Call::Callback,
        account: &topup.username,
        reference: &topup.reference,
        product: &topup.product,
    })
}

/// Plans the callback about the state the top-up has now.
pub fn schedule(state: &mut State, now_ms: i64, topup: &Topup, plan: &Plan) {
    let key = (topup.username.clone(), topup.reference.clone());
    let Some(current) = state.books.topups.get(&key).cloned() else {
        return;
    };
    let job = Job::Callback(Box::new(Callback { topup: current, retry: 0, plan: plan.clone() }));
    at(topup, |at| notices::schedule(state, now_ms, plan, at, job));
}

/// After a restart: once more, about the state it has now.
pub fn schedule_resend(state: &mut State, now_ms: i64, topup: &Topup) {
    let plan = Plan { copies: 1, ..Plan::default() };
    let callback = Callback { topup: topup.clone(), retry: 1, plan };
    state.schedule.at(now_ms.saturating_add(RETRY_AFTER_MS[0]), Job::Callback(Box::new(callback)));
}

pub async fn deliver(sandbox: &Sandbox, callback: Callback) {
    let topup = &callback.topup;
    let url = sandbox.state().settings.iak_callback_url.get(&topup.username).cloned();
    let Some((url, account)) = url.zip(sandbox.account(&topup.username)) else {
        return;
    };
    // Nobody is told of an outcome that a crash could still forget.
    if sandbox.durable().await.is_err() {
        return;
    }
    if callback.plan.forged && callback.retry == 0 {
        post(sandbox, &url, &forged(sandbox, topup), 1).await;
    }
    if callback.plan.lost {
        return;
    }
    tokio::time::sleep(std::time::Duration::from_millis(callback.plan.latency_ms)).await;
    let body = body(sandbox, topup, account);
    let accepted = post(sandbox, &url, &body, callback.plan.copies).await;
    finish(sandbox, callback, accepted);
}

async fn post(sandbox: &Sandbox, url: &str, body: &str, copies: usize) -> bool {
    let message = Outgoing { url, content_type: "application/json", body, copies };
    notices::send(sandbox, &message, is_accepted).await
}

fn is_accepted(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

fn finish(sandbox: &Sandbox, mut callback: Callback, accepted: bool) {
    let now_ms = sandbox.now_ms();
    let mut state = sandbox.state();
    state.schedule.release_held(Provider::Iak, now_ms);
    let waits = state.settings.iak_reading.pick(RETRY_AFTER_MS.as_slice(), &[]);
    let again = if accepted { None } else { waits.get(callback.retry) };
    if let Some(wait_ms) = again {
        callback.retry += 1;
        callback.plan = Plan { copies: state.settings.notice_copies, ..Plan::default() };
        state.schedule.at(now_ms.saturating_add(*wait_ms), Job::Callback(Box::new(callback)));
        return;
    }
    let key: Key = (callback.topup.username.clone(), callback.topup.reference.clone());
    // A later state has its own callback, still open.
    let said = callback.topup.state;
    if state.books.topups.get(&key).is_some_and(|topup| topup.state == said) {
        let (account, reference) = key;
        sandbox.record(&mut state, Event::CallbackClosed { account, reference });
    }
}

fn body(sandbox: &Sandbox, topup: &Topup, account: &IakAccount) -> String {
    let (sn, pin) = topup::visible(topup, sandbox.now_ms());
    let (balance, reading) = {
        let state = sandbox.state();
        (state.books.deposit(&topup.username), state.settings.iak_reading)
    };
    let (product, customer) = reading.pick(("product_code", "customer_id"), ("code", "hp"));
    let data = json!({
        "ref_id": topup.reference,
        "status": topup::status_number(topup.state).to_string(),
        (product): topup.product,
        (customer): topup.customer,
        "price": topup.price.to_string(),
        "message": rc::message(&topup.rc),
        "sn": sn.unwrap_or(""),
        "pin": pin.unwrap_or(""),
        "balance": balance.to_string(),
        "tr_id": topup.tr_id.to_string(),
        "rc": topup.rc,
        "sign": sign::sign(account, &topup.reference),
    });
    json!({ "data": data }).to_string()
}

/// Says the opposite, signed without the key.
fn forged(sandbox: &Sandbox, topup: &Topup) -> String {
    let mut turned = topup.clone();
    (turned.state, turned.rc) = match topup.state {
        Delivery::Delivered => (Delivery::Failed, rc::FAILED.to_owned()),
        Delivery::Pending | Delivery::Failed | Delivery::Reversed => {
            turned.sn = Some("000000000000".to_owned());
            (Delivery::Delivered, rc::SUCCESS.to_owned())
        }
    };
    let thief = IakAccount::test(&topup.username, "not-the-key");
    body(sandbox, &turned, &thief)
}

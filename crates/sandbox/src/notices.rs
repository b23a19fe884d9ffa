//! Sending: one client for all outbound messages, the faults of a message, and where it goes.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use crate::faults::{At, Kind, OUTBOUND};
use crate::state::{Sandbox, State};

/// How long a receiver may take, as at ECPay. Real time.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections are kept for less time than any server keeps them, so that none dies under a message.
const IDLE: Duration = Duration::from_secs(2);
/// Bytes of a reply we look at; the longest that matters is `1|OK`.
const REPLY_BYTES: usize = 1_024;
/// The fault `late` without a delay of its own.
const DEFAULT_LATE_MS: u64 = 6 * 3_600_000;
/// A message held behind the next goes alone when no next one came for so long. Virtual.
const HELD_AT_MOST_MS: i64 = 60_000;
const DEFAULT_LATENCY_MS: u64 = 2_000;
/// Copies of one message at once.
pub const MAX_COPIES: usize = 16;

/// The client of all outbound messages: it follows nothing and uses no proxy.
///
/// # Errors
/// When no TLS backend can be set up.
pub fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(REPLY_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .build()
}

/// What the faults make of one message.
#[derive(Clone, Default)]
pub struct Plan {
    pub lost: bool,
    pub forged: bool,
    pub copies: usize,
    /// Real time before the first byte.
    pub latency_ms: u64,
    /// Virtual time before the first try.
    pub late_ms: i64,
    pub behind_the_next: bool,
}

/// Draws the faults of a message that is about to be planned.
pub fn plan(state: &mut State, at: &At<'_>) -> Plan {
    let drawn = state.faults.draw(at, OUTBOUND);
    let duplicate = drawn.get(Kind::Duplicate).map_or(1, |rule| rule.copies.unwrap_or(2));
    Plan {
        lost: drawn.has(Kind::Lost),
        forged: drawn.has(Kind::Forged),
        copies: duplicate.max(state.settings.notice_copies),
        latency_ms: drawn.delay_ms(Kind::Latency, DEFAULT_LATENCY_MS).map_or(0, i64::unsigned_abs),
        late_ms: drawn.delay_ms(Kind::Late, DEFAULT_LATE_MS).unwrap_or(0),
        behind_the_next: drawn.has(Kind::Reorder),
    }
}

/// Puts the first try of a message into the schedule. Nothing is planned for a lost one that is not forged either.
pub fn schedule(state: &mut State, now_ms: i64, plan: &Plan, at: &At<'_>, job: crate::schedule::Job) {
    if plan.lost && !plan.forged {
        return;
    }
    let due_ms = now_ms.saturating_add(plan.late_ms);
    if plan.behind_the_next {
        state.schedule.behind_the_next(at.provider, due_ms.saturating_add(HELD_AT_MOST_MS), job);
    } else {
        state.schedule.at(due_ms, job);
    }
}

/// A reply that came within the timeout: status and the beginning of the body.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// One message to a shop.
pub struct Message {
    pub method: Method,
    pub url: String,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Sends all copies at once, spread over the targets; the replies that came.
pub async fn send(sandbox: &Sandbox, message: &Message, copies: usize) -> Vec<Reply> {
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..copies.clamp(1, MAX_COPIES) {
        let Some(url) = address(sandbox, &message.url) else {
            tracing::warn!("a notice URL cannot be read, nothing is sent");
            return Vec::new();
        };
        let mut request = sandbox
            .http
            .request(message.method.clone(), url)
            .header(reqwest::header::CONTENT_TYPE, message.content_type);
        for (name, value) in &message.headers {
            request = request.header(*name, value);
        }
        sending.spawn(exchange(request.body(message.body.clone())));
    }
    sending.join_all().await.into_iter().flatten().collect()
}

async fn exchange(request: reqwest::RequestBuilder) -> Option<Reply> {
    let mut response = request.send().await.ok()?;
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > REPLY_BYTES {
            break;
        }
    }
    Some(Reply { status, body })
}

/// The URL given by the merchant, moved to the next target when targets are set.
fn address(sandbox: &Sandbox, given: &str) -> Option<Url> {
    let given = Url::parse(given).ok()?;
    let target = {
        let mut state = sandbox.state();
        let turn = state.next_target;
        state.next_target = turn.wrapping_add(1);
        let targets = &state.settings.notice_targets;
        turn.checked_rem(targets.len()).and_then(|n| targets.get(n).cloned())
    };
    let Some(target) = target else {
        return Some(given);
    };
    let mut moved = Url::parse(&target).ok()?;
    moved.set_path(given.path());
    moved.set_query(given.query());
    Some(moved)
}

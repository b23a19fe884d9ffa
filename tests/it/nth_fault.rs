//! For every n, the n-th SQL statement and the n-th call between us and a provider fails, once, in every way it can: before it
//! was sent on, on the way there, and on the way back. Whatever it was, the order is closed, and truth and books agree.
//!
//! n runs from 1 until a run passes in which nothing failed. The soak takes every n; the daily share takes every few, each way
//! of failing beginning at another one. Runs follow each other in one world, with new orders each, and it is judged at the end:
//! what comes late (refunds, last looks) is part of the proof.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use demo::driver;
use demo::plan::Fate;
use serde_json::json;

use crate::crowd::Crowd;
use crate::line::{Counted, Line, Mode};
use crate::stage::soaks;

const ITEMS: usize = 2;
const BATCH: usize = 20;
/// Every so many n make the daily share.
const DAILY_STRIDE: usize = 19;
/// No order makes so many statements: it would go on for ever.
const MOST_N: usize = 2_000;
/// Real time for the orders of one run to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);
/// Nothing holds a task so long in real time but a lease whose holder never heard of it, or could not give it back.
const HELD_FOR_NOTHING: Duration = Duration::from_millis(900);
/// A jump goes a little beyond what is due next, so that what belongs together is done together.
const SLACK_MS: i64 = 2_000;
/// The shortest that is allowed, for calls that give up after a second.
const ENV: [(&str, &str); 3] =
    [("TASK_LEASE_S", "16"), ("SUPPLIER_IAK_TIMEOUT_MS", "1000"), ("SUPPLIER_IAK_B_TIMEOUT_MS", "1000")];
/// Leases that were taken long ago by that measure run out now instead of in 15 seconds.
const RUN_OUT: &str = "UPDATE task SET leased_until = clock_timestamp() - interval '1 second'
    WHERE leased_until BETWEEN clock_timestamp() AND clock_timestamp() + interval '15.2 seconds'";
const OPEN: &str =
    "SELECT count(*) FROM orders WHERE status NOT IN ('success', 'failed', 'expired', 'cancelled', 'review')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_n_th_statement_of_an_order_fails_in_each_way() {
    statements(Counted::All, 1, DAILY_STRIDE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_every_n_th_statement_of_an_order_fails_in_each_way() {
    if soaks() {
        statements(Counted::All, 1, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_n_th_statement_that_writes_for_many_of_twenty_orders_fails_in_each_way() {
    statements(Counted::Grouped, BATCH, DAILY_STRIDE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_every_n_th_statement_that_writes_for_many_of_twenty_orders_fails_in_each_way() {
    if soaks() {
        statements(Counted::Grouped, BATCH, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_n_th_call_of_an_order_fails_in_each_way() {
    calls(1, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_every_n_th_call_of_twenty_orders_fails_in_each_way() {
    if soaks() {
        calls(BATCH, 1).await;
    }
}

async fn statements(counted: Counted, orders: usize, stride: usize) {
    let mut play = Play::begin().await;
    let line = Line::to(play.crowd.world.database_url()).await;
    let through = ("DATABASE_URL".to_owned(), line.url().to_owned());
    play.crowd.world.restart_server(0, &[through]).await.unwrap();
    // The first order fetches the statements' plans and fills the memory.
    play.live("warm", orders, Fate::Pay).await;
    for (first, mode) in Mode::ALL.into_iter().enumerate() {
        let mut n = 1 + first * stride / Mode::ALL.len();
        let mut struck: BTreeMap<String, u32> = BTreeMap::new();
        loop {
            line.arm(counted, mode, n);
            play.live(&format!("{mode:?} at statement {n}"), orders, Fate::Pay).await;
            let Some(text) = line.disarm() else { break };
            *struck.entry(text.split_whitespace().take(5).collect::<Vec<_>>().join(" ")).or_default() += 1;
            n += stride;
            assert!(n < MOST_N, "{mode:?} without end");
        }
        eprintln!("{mode:?}: passed untouched from statement {n} on; struck {struck:#?}");
    }
    if counted == Counted::Grouped {
        let batches = play.crowd.metric("seberang_batches_total", &[]).await;
        let members = play.crowd.metric("seberang_batch_members_total", &[]).await;
        eprintln!("{members} commits and new orders in {batches} statements");
        assert!(members >= 2 * batches, "statements carried one member each");
    }
    play.end().await;
}

/// What can happen to our calls: refused, cut before, cut after. And to messages to us: never sent; sent twice, as after an
/// acknowledgement that was lost; sent late.
const OURS: [&str; 3] = ["error_before", "drop_before", "drop_after"];
const THEIRS: [&str; 3] = ["lost", "duplicate", "late"];

async fn calls(orders: usize, stride: usize) {
    let mut play = Play::begin().await;
    for (provider, call, kinds, fate) in [
        // The gateway is asked only about a payment that nobody reported.
        ("ecpay", "query", OURS, Fate::PaySilent),
        ("ecpay", "notice", THEIRS, Fate::Pay),
        ("iak", "topup", OURS, Fate::Pay),
        ("iak", "status", OURS, Fate::Pay),
        ("iak", "callback", THEIRS, Fate::Pay),
    ] {
        for kind in kinds {
            let mut n = 1;
            loop {
                let before = play.fired(kind).await;
                let rule = json!({ "provider": provider, "call": call, "kind": kind, "skip": n - 1, "times": 1 });
                play.crowd.faults(&[rule]).await;
                play.live(&format!("{kind} at {call} {n}"), orders, fate).await;
                let struck = play.fired(kind).await > before;
                play.clear_faults().await;
                if !struck {
                    break;
                }
                n += stride;
                assert!(n < MOST_N, "{kind} of {call} without end");
            }
            assert!(n > 1, "no {call} was there to fail");
            eprintln!("{kind} of {call}: passed untouched from {n} on");
        }
    }
    play.end().await;
}

/// Runs of one world.
struct Play {
    crowd: Crowd,
    client: tokio_postgres::Client,
    placed: usize,
    /// What failed under which order, for a person.
    tried: BTreeMap<String, String>,
    began: Instant,
}

impl Play {
    async fn begin() -> Self {
        let crowd = Crowd::start(1, &ENV).await;
        let client = crowd.client().await;
        Self { crowd, client, placed: 0, tried: BTreeMap::new(), began: Instant::now() }
    }

    /// So many orders at once, from the click until they are closed.
    async fn live(&mut self, what: &str, orders: usize, fate: Fate) {
        let mut plans = self.crowd.paying(self.placed, orders, |_| ITEMS);
        for plan in &mut plans {
            (plan.fate, plan.twice) = (fate, false);
        }
        self.placed += orders;
        let outcome = driver::drive(&self.crowd.shop(), &plans).await;
        assert!(outcome.broken_off.is_empty(), "{what}: {:#?}", outcome.broken_off);
        self.tried.extend(outcome.orders.iter().map(|order| (order.id.clone(), what.to_owned())));
        self.close(what).await;
    }

    /// Moves time on until no order is open.
    async fn close(&self, what: &str) {
        let began = Instant::now();
        while self.client.query_one(OPEN, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            assert!(began.elapsed() < CLOSE_WITHIN, "{what}: still open");
            let calm = driver::calm(&self.crowd.api, &self.crowd.outside, Instant::now() + HELD_FOR_NOTHING).await;
            match calm.unwrap() {
                Some(calm) => {
                    let now = self.crowd.now();
                    let due = calm.next_due_ms.unwrap_or(now).max(now);
                    calm.jump(&self.crowd.world, due + SLACK_MS).await.unwrap();
                }
                None => drop(self.client.execute(RUN_OUT, &[]).await.unwrap()),
            }
        }
    }

    async fn fired(&self, kind: &str) -> u64 {
        self.crowd.outside.faults_fired().await.unwrap().get(kind).copied().unwrap_or(0)
    }

    async fn clear_faults(&self) {
        let url = format!("{}/control/faults", self.crowd.world.sandbox_url());
        self.crowd.http.delete(url).send().await.unwrap().error_for_status().unwrap();
    }

    /// Nothing that failed may have lost a customer's order: both items of each were delivered, and all agrees.
    async fn end(self) {
        let runs = self.began.elapsed().as_secs_f64();
        let missed = "SELECT id::text, status FROM orders WHERE status <> 'success' ORDER BY id";
        let missed = self.client.query(missed, &[]).await.unwrap();
        let missed: Vec<(&str, &str)> =
            missed.iter().map(|row| (self.tried[row.get::<_, &str>(0)].as_str(), row.get(1))).collect();
        let held = self.crowd.verdict_at_rest().await.findings.into_iter().map(|found| {
            let under = self.tried.get(&found.order).cloned().unwrap_or_default();
            (under, found.words)
        });
        let held: Vec<_> = held.collect();
        assert!(held.is_empty(), "{held:#?}");
        assert!(missed.is_empty(), "not delivered: {missed:#?}");
        self.crowd.close_clean().await;
        self.crowd.everything_acknowledged_is_stored().await;
        eprintln!("{} orders in {runs:.1} s, judged after {:.1} s", self.placed, self.began.elapsed().as_secs_f64());
        self.crowd.end().await;
    }
}

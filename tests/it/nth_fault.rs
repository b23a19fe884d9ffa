//! For every n, the n-th SQL statement and the n-th call between us and a provider fails, once, in every way it can: before it
//! was sent on, on the way there, and on the way back. Whatever it was, the order is closed, and truth and books agree.
//!
//! n runs from 1 until a run passes in which nothing failed. The soak takes every n. The daily share takes every eighth statement
//! of one order, every twelfth of one that is paid by a code, every ninetieth that writes for many of twenty orders, each way of
//! failing beginning at another one, and each kind of call once. Runs follow each other in one world, with new orders each, and the world is judged at the end: what comes
//! late (refunds, last looks) is part of the proof.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use demo::driver::{self, Ended};
use demo::methods::{CARD, TRANSFER, Way};
use demo::plan::Fate;
use demo::seed;
use serde_json::json;

use crate::crowd::Crowd;
use crate::line::{Counted, Line, Mode};
use crate::stage::{place, soaks};

const ITEMS: usize = 2;
const BATCH: usize = 20;
/// Every so many n make the daily share.
const DAILY_STRIDE: usize = 8;
const DAILY_STRIDE_OF_CODES: usize = 12;
const DAILY_STRIDE_GROUPED: usize = 90;
/// Which statement is the n-th differs a little from run to run, for the server does several things at once.
const SOAK_ROUNDS: usize = 2;
/// No order makes so many statements: it would go on for ever.
const MOST_N: usize = 2_000;
/// Real time for the orders of one run to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);
/// Nothing holds a task so long in real time but a lease whose holder never heard of it, or could not give it back.
const HELD_FOR_NOTHING: Duration = Duration::from_millis(900);
const PRICES_KEPT_MS: i64 = 20 * 24 * 3_600_000;
/// A jump goes a little beyond what is due next, so that what belongs together is done together.
const SLACK_MS: i64 = 2_000;
/// The shortest that is allowed, for calls that give up after a second.
const ENV: [(&str, &str); 3] =
    [("TASK_LEASE_S", "17"), ("SUPPLIER_IAK_TIMEOUT_MS", "1000"), ("SUPPLIER_IAK_B_TIMEOUT_MS", "1000")];
/// Leases that were taken long ago by that measure run out now instead of in 16 seconds.
const RUN_OUT: &str = "UPDATE task SET leased_until = clock_timestamp() - interval '1 second'
    WHERE leased_until BETWEEN clock_timestamp() AND clock_timestamp() + interval '16.2 seconds'";
const OPEN: &str =
    "SELECT count(*) FROM orders WHERE status NOT IN ('success', 'failed', 'expired', 'cancelled', 'review')";

/// What an order cannot do without: each of them must have failed in each way in the soak.
const ESSENTIAL: [&str; 4] = [
    "UPDATE task SET lease_token",
    "SELECT version, promo_held, customer,",
    "WITH member_in(ord, order_id, version,",
    "WITH member_in(ord, order_id, decided_on,",
];
const WORDS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_survives_a_fault_at_its_n_th_statement_or_call() {
    let mut play = Play::begin().await;
    for mode in Mode::ALL {
        play.statements(Counted::All, mode, 1, BY_CARD, DAILY_STRIDE).await;
        play.statements(Counted::All, mode, 1, BY_CODE_UNTOLD, DAILY_STRIDE_OF_CODES).await;
        play.statements(Counted::Grouped, mode, BATCH, BY_CARD, DAILY_STRIDE_GROUPED).await;
    }
    play.batches_had_members().await;
    play.calls(1, MOST_N).await;
    play.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_every_n_th_statement_of_an_order_fails_in_each_way() {
    if !soaks() {
        return;
    }
    let mut play = Play::begin().await;
    for mode in Mode::ALL {
        play.struck.clear();
        for _ in 0..SOAK_ROUNDS {
            for kind in [BY_CARD, BY_CARD_UNTOLD, BY_CODE, BY_CODE_UNTOLD] {
                play.statements(Counted::All, mode, 1, kind, 1).await;
            }
        }
        for text in ESSENTIAL {
            assert!(play.struck.contains(text), "{mode:?} never struck {text}: {:#?}", play.struck);
        }
    }
    play.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_every_n_th_statement_that_writes_for_many_of_twenty_orders_fails_in_each_way() {
    if !soaks() {
        return;
    }
    for mode in Mode::ALL {
        for kind in [BY_CARD, BY_CODE] {
            let mut play = Play::begin().await;
            play.statements(Counted::Grouped, mode, BATCH, kind, 1).await;
            play.batches_had_members().await;
            play.end().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_every_n_th_call_of_one_order_and_of_twenty_fails_in_each_way() {
    if !soaks() {
        return;
    }
    let mut play = Play::begin().await;
    play.calls(1, 1).await;
    play.calls(BATCH, 1).await;
    play.end().await;
}

/// What can happen to our calls: refused, cut before, cut after. And to messages to us: never sent; sent twice, as after an
/// acknowledgement that was lost; sent late.
const OURS: [&str; 3] = ["error_before", "drop_before", "drop_after"];
const THEIRS: [&str; 3] = ["lost", "duplicate", "late"];

/// What an order is like: what its customer does, how they pay, and whether the gateway tells of a code they took.
#[derive(Clone, Copy)]
struct Kind {
    fate: Fate,
    way: Way,
    code_told: bool,
}

const BY_CARD: Kind = Kind { fate: Fate::Pay, way: CARD, code_told: true };
/// The gateway is asked only about a payment that nobody reported…
const BY_CARD_UNTOLD: Kind = Kind { fate: Fate::PaySilent, ..BY_CARD };
const BY_CODE: Kind = Kind { way: TRANSFER, ..BY_CARD };
/// …and for a code only when nobody told it.
const BY_CODE_UNTOLD: Kind = Kind { fate: Fate::PaySilent, way: TRANSFER, code_told: false };

/// Calls that fail, in which ways, and under what kind of order they come.
const CALLS: [(&str, &str, [&str; 3], Kind); 7] = [
    ("ecpay", "query", OURS, BY_CARD_UNTOLD),
    ("ecpay", "code_query", OURS, BY_CODE_UNTOLD),
    ("ecpay", "notice", THEIRS, BY_CARD),
    ("ecpay", "payment_info", THEIRS, BY_CODE),
    ("iak", "topup", OURS, BY_CARD),
    ("iak", "status", OURS, BY_CARD),
    ("iak", "callback", THEIRS, BY_CARD),
];

/// Runs of one world.
struct Play {
    crowd: Crowd,
    line: Line,
    client: tokio_postgres::Client,
    placed: usize,
    /// When prices were set last.
    priced_ms: i64,
    /// What failed under which order, for a person.
    tried: BTreeMap<String, String>,
    /// How the statements begin that failed.
    struck: BTreeSet<String>,
    began: Instant,
}

impl Play {
    async fn begin() -> Self {
        let mut crowd = Crowd::start(place().await, 1, &ENV).await;
        let line = Line::to(crowd.world.database_url()).await;
        let through = ("DATABASE_URL".to_owned(), line.url().to_owned());
        crowd.world.restart_server(0, &[through]).await.unwrap();
        let client = crowd.client().await;
        let (tried, struck) = (BTreeMap::new(), BTreeSet::new());
        let priced_ms = crowd.now();
        let mut play = Self { crowd, line, client, placed: 0, priced_ms, tried, struck, began: Instant::now() };
        // The first orders fetch the statements' plans.
        play.live("nothing", BATCH, BY_CARD).await;
        play
    }

    /// Every so many n; each way of failing begins at another one.
    async fn statements(&mut self, counted: Counted, mode: Mode, orders: usize, kind: Kind, stride: usize) {
        let way = Mode::ALL.iter().position(|one| *one == mode).unwrap();
        let mut n = 1 + way * stride / Mode::ALL.len();
        loop {
            self.keep_prices().await;
            self.line.arm(counted, mode, n);
            self.live(&format!("{mode:?} at statement {n} ({counted:?})"), orders, kind).await;
            let Some(text) = self.line.disarm() else { break };
            self.struck.insert(text.split_whitespace().take(WORDS).collect::<Vec<_>>().join(" "));
            n += stride;
            assert!(n < MOST_N, "{mode:?} without end");
        }
        let by = kind.way.name;
        eprintln!("{mode:?} of {counted:?}, {orders} at once by {by}: untouched from statement {n} on");
    }

    async fn calls(&mut self, orders: usize, stride: usize) {
        for (provider, call, faults, kind) in CALLS {
            for fault in faults {
                let mut n = 1;
                while n < MOST_N {
                    self.keep_prices().await;
                    let before = self.fired(fault).await;
                    let rule = json!({ "provider": provider, "call": call, "kind": fault, "skip": n - 1, "times": 1 });
                    self.crowd.faults(&[rule]).await;
                    self.live(&format!("{fault} at {call} {n}"), orders, kind).await;
                    let struck = self.fired(fault).await > before;
                    if !struck {
                        break;
                    }
                    n += stride;
                }
                assert!(n > 1, "there was no {call} to fail");
            }
        }
    }

    /// A rate holds for a month, and orders that wait for codes take days.
    async fn keep_prices(&mut self) {
        let now = self.crowd.now();
        if now - self.priced_ms > PRICES_KEPT_MS {
            seed::set_prices(&self.crowd.api, &self.crowd.admin, now).await.unwrap();
            self.priced_ms = now;
        }
    }

    async fn batches_had_members(&self) {
        let batches = self.crowd.metric("seberang_batches_total", &[]).await;
        let members = self.crowd.metric("seberang_batch_members_total", &[]).await;
        eprintln!("{members} commits and new orders in {batches} statements");
        assert!(members > batches, "every statement carried one member");
    }

    /// So many orders at once, from the click until they are closed. Then nothing fails any more.
    async fn live(&mut self, what: &str, orders: usize, kind: Kind) {
        let mut plans = self.crowd.paying(self.placed, orders, kind.way, |_| ITEMS);
        for plan in &mut plans {
            (plan.fate, plan.twice) = (kind.fate, false);
        }
        if !kind.code_told {
            let lost = json!({ "provider": "ecpay", "call": "payment_info", "kind": "lost" });
            self.crowd.faults(&[lost]).await;
        }
        self.placed += orders;
        let outcome = driver::drive(&self.crowd.shop(), &plans).await;
        assert!(outcome.broken_off.is_empty(), "{what}: {:#?}", outcome.broken_off);
        self.tried.extend(outcome.orders.iter().map(|order| (order.id.clone(), what.to_owned())));
        self.close(what).await;
        self.clear_faults().await;
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

    /// Nothing that failed may have cost a customer anything: every order was delivered whole, and all agrees.
    async fn end(self) {
        let runs = self.began.elapsed().as_secs_f64();
        let ended = self.crowd.close_within(CLOSE_WITHIN).await;
        assert_eq!(ended, Ended::Quiet);
        let missed = self.client.query("SELECT id::text, status FROM orders WHERE status <> 'success'", &[]).await;
        let missed = missed.unwrap();
        let missed: Vec<(&str, &str)> =
            missed.iter().map(|row| (self.tried[row.get::<_, &str>(0)].as_str(), row.get(1))).collect();
        assert!(missed.is_empty(), "not delivered: {missed:#?}");
        let findings = self.crowd.verdict_at_rest().await.findings;
        let found: Vec<_> = findings.iter().map(|found| (self.tried.get(&found.order), &found.words)).collect();
        assert!(found.is_empty(), "{found:#?}");
        self.crowd.everything_acknowledged_is_stored().await;
        eprintln!("{} orders in {runs:.1} s, judged after {:.1} s", self.placed, self.began.elapsed().as_secs_f64());
        self.crowd.end().await;
    }
}

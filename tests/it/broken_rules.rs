//! The oracle sees: with one rule switched off, orders that would have gone well show the harm that rule prevents, and
//! with all rules on they show none.

use std::time::Duration;

use demo::oracle::{Counter, Verdict};
use serde_json::{Value, json};

use crate::support::{FIRST, Play, topup_fault};

const ORDERS: usize = 4;
const ITEMS: usize = 3;
/// A broken world may never come to rest: it is looked at every so often, until the harm shows.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const LOOKS: u32 = 15;

/// What must happen so that the rules are needed: notices come several times, and the answers to the first purchases get
/// lost. That several items are bought at once is enough for the rule about versions.
fn troubles() -> [Value; 1] {
    [topup_fault(FIRST, "drop_after", &json!({ "times": ORDERS }))]
}

/// The same orders without the rule; one of these counters must rise.
async fn harm_without(rule: &str, counters: &[Counter]) {
    let mut play = Play::start(1, &[("SEBERANG_BREAK", rule)]).await;
    prepare(&mut play).await;
    let mut verdict = Verdict::default();
    for _ in 0..LOOKS {
        play.close_within(LOOK_EVERY).await;
        verdict = play.verdict().await;
        if counters.iter().any(|counter| verdict.count(*counter) > 0) {
            break;
        }
    }
    let counts: Vec<(&str, u64)> = Counter::ALL.iter().map(|c| (c.name(), verdict.count(*c))).collect();
    eprintln!("without {rule}: {counts:?}");
    play.end().await;
    assert!(counters.iter().any(|counter| verdict.count(*counter) > 0), "{counts:?} {:#?}", verdict.findings);
}

async fn prepare(play: &mut Play) {
    play.outside.change_settings(&json!({ "notice_copies": 3 })).await.unwrap();
    play.faults(&troubles()).await;
    let plans = play.paying(0, ORDERS, |_| ITEMS);
    play.drive(&plans).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_all_rules_on_the_same_orders_do_no_harm() {
    let mut play = Play::start(1, &[]).await;
    prepare(&mut play).await;
    play.close_clean().await;
    play.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_dedupe_a_notice_that_comes_again_is_booked_again() {
    harm_without("dedupe", &[Counter::ChargedTwice]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_reserving_first_a_purchase_whose_answer_is_lost_is_made_again() {
    harm_without("reserve_first", &[Counter::BoughtTwice, Counter::Lost]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_versions_those_who_write_at_once_overwrite_each_other() {
    let harm = [Counter::BoughtTwice, Counter::TruthMismatches, Counter::Open, Counter::ChargedTwice];
    harm_without("version", &harm).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_unknown_counts_as_failed_the_next_supplier_delivers_too() {
    harm_without("unknown_is_failed", &[Counter::BoughtTwice]).await;
}

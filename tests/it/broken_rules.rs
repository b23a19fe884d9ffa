//! The oracle sees: with one rule switched off, orders that go well with all rules on show the harm that rule prevents,
//! each in its own counter. Both runs have the same orders, faults, seed and servers, so the harm comes from the rule.

use std::time::Duration;

use demo::methods::CARD;
use demo::oracle::{Counter, Verdict};
use demo::report::Report;
use serde_json::json;

use crate::crowd::{Crowd, FIRST, topup_fault};
use crate::stage::place;

const ORDERS: usize = 6;
const ITEMS: usize = 3;
/// Two, and every notice at both: who decides at once on one version are two processes.
const SERVERS: usize = 2;
const COPIES: u32 = 4;
/// A broken world may never come to rest: it is looked at every so often, until the harm shows.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const LOOKS: u32 = 15;

/// What makes the rules needed: notices come several times, and the answers to the first purchases get lost.
async fn orders(env: &[(&str, &str)]) -> Crowd {
    let mut crowd = Crowd::start(place().await, SERVERS, env).await;
    crowd.outside.change_settings(&json!({ "notice_copies": COPIES })).await.unwrap();
    crowd.faults(&[topup_fault(FIRST, "drop_after", &json!({ "times": ORDERS }))]).await;
    let plans = crowd.paying(0, ORDERS, CARD, |_| ITEMS);
    // Without a rule some of it may break off.
    let _what_was_said = demo::driver::drive(&crowd.shop(), &plans).await;
    crowd
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_all_rules_on_the_same_orders_do_no_harm() {
    let crowd = orders(&[]).await;
    crowd.close_clean().await;
    let fired = crowd.outside.faults_fired().await.unwrap();
    assert_eq!(fired.get("drop_after").copied(), Some(ORDERS as u64), "what makes the rules needed happened");
    crowd.end().await;
}

/// The same orders without the rule: the counter that the demo names for it must rise.
async fn harm_without(rule: &str, counter: Counter) {
    assert_eq!(Report::harm_of(rule), Some(counter), "the demo looks for the same harm");
    let crowd = orders(&[("SEBERANG_BREAK", rule)]).await;
    let mut verdict = Verdict::default();
    for _ in 0..LOOKS {
        crowd.close_within(LOOK_EVERY).await;
        verdict = crowd.verdict().await;
        if verdict.count(counter) > 0 {
            break;
        }
    }
    let counts: Vec<(&str, u64)> = Counter::ALL.iter().map(|c| (c.name(), verdict.count(*c))).collect();
    eprintln!("without {rule}: {counts:?}");
    crowd.stop().await;
    assert!(verdict.count(counter) > 0, "{counts:?} {:#?}", verdict.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_dedupe_a_notice_that_comes_again_is_booked_again() {
    harm_without("dedupe", Counter::ChargedTwice).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_reserving_first_a_purchase_whose_answer_is_lost_is_made_again() {
    harm_without("reserve_first", Counter::BoughtTwice).await;
}

/// Two decide on the same version, and the second write buries the first: the books no longer say what the first one had
/// learned of the truth, or two last items end at once and each write knows of one, so that the order stays paid for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_versions_what_one_of_two_at_once_wrote_is_overwritten() {
    harm_without("version", Counter::TruthMismatches).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_unknown_counts_as_failed_the_next_supplier_delivers_too() {
    harm_without("unknown_is_failed", Counter::BoughtTwice).await;
}

//! The shapes that go out, as people and programs see them.

use domain::{Change, Currency, HistoryEntry, Money, Order};
use ports::store::{Story, StoryExchange, StoryLine, StoryTask};

use super::{OperatorOrder, OrderBrief, OrderView, StoryView};
use crate::testing::{SERIAL, TARGET, noon, order};

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_customer_sees_their_own_goods_in_full() {
    insta::assert_json_snapshot!(OrderView::from(&order()));
}

#[test]
fn a_kept_answer_holds_nothing_personal() {
    insta::assert_json_snapshot!(OrderBrief::from(&order()));
    let kept = text(&OrderBrief::from(&order()));
    assert!(!kept.contains(TARGET) && !kept.contains(SERIAL));
}

#[test]
fn staff_see_what_was_decided_and_why_but_no_number_and_no_token() {
    insta::assert_json_snapshot!(OperatorOrder::from(&order()));
    let seen = text(&OperatorOrder::from(&order()));
    assert!(!seen.contains(TARGET) && !seen.contains(SERIAL) && !seen.contains("12345678901"));
    assert!(seen.contains("********7890") && seen.contains("********3456"));
}

#[test]
fn customers_never_see_a_supplier_or_its_cost() {
    let order: Order = order();
    for seen in [text(&OrderView::from(&order)), text(&OrderBrief::from(&order))] {
        for word in ["iak", "20150", "10400", "hcode", "IDR", "CCCC", "margin", "0.002"] {
            assert!(!seen.contains(word), "{word} in {seen}");
        }
    }
}

#[test]
fn a_story_puts_calls_and_bookings_beside_the_change_they_belong_to() {
    let entry = |version, cause: &str| HistoryEntry {
        version,
        at: noon(),
        actor: "engine".into(),
        cause: cause.into(),
        changes: vec![Change { subject: "item 0".into(), from: "queued".into(), to: "in_progress".into() }],
        note: String::new(),
    };
    let exchange = |version| StoryExchange {
        version,
        provider: "iak".into(),
        call: "top-up".into(),
        at: noon(),
        elapsed_ms: 41,
        sent: "replied".into(),
        request: "{}".into(),
        status: Some(200),
        response: "{}".into(),
    };
    let line = |version, minor| StoryLine {
        version,
        at: noon(),
        template: "purchase".into(),
        subject: "CCCC".into(),
        account: "cost_of_goods".into(),
        amount: Money::from_minor(minor, Currency::Idr),
    };
    let task = |key: &str| StoryTask { key: key.into(), run_at: noon(), attempts: 0, dead: false, last_error: None };
    let story = Story {
        history: vec![entry(4, "attempt_reserved"), entry(5, "answered")],
        exchanges: vec![exchange(5)],
        ledger: vec![line(5, 100), line(5, -100)],
        tasks: vec![task("refund:0"), task("item:1"), task("from-a-later-version")],
        ..Story::default()
    };
    let view = StoryView::new(&order(), story);
    let counts: Vec<_> = view.timeline.iter().map(|c| (c.version, c.exchanges.len(), c.ledger.len())).collect();
    assert_eq!(counts, [(4, 0, 0), (5, 1, 2)]);
    let next: Vec<_> = view.next.iter().map(|n| n.what.as_str()).collect();
    assert_eq!(
        next,
        [
            "move refund 0 on, or remind finance of it",
            "buy item 1, or ask the supplier about it",
            "unknown to this version",
        ]
    );
}

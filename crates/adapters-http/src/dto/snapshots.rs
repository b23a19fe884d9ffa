//! The shapes that go out, as people and programs see them.

use chrono::TimeDelta;
use domain::payment::{CheckoutState, PaymentState};
use domain::{Bill, BillLine, Change, Currency, HistoryEntry, Instructions, Money, Order, PayCode, Private};
use ports::store::{Story, StoryExchange, StoryLine, StoryTask};

use super::bills::BillView;
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
    assert!(!seen.contains(TARGET) && !seen.contains(&SERIAL[..24]) && !seen.contains("12345678901"));
    assert!(seen.contains("********7890") && seen.contains("********13.8"));
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

#[test]
fn a_question_about_a_page_is_worded_by_what_is_asked() {
    let mut order = order();
    let page = order.checkouts[0].reference.clone();
    let mut words = |state| {
        order.checkouts[0].state = state;
        let key = format!("confirm:{page}");
        let task = StoryTask { key, run_at: noon(), attempts: 0, dead: false, last_error: None };
        let view = StoryView::new(&order, Story { tasks: vec![task], ..Story::default() });
        view.next[0].what.clone()
    };
    assert!(words(CheckoutState::Open).contains("came late by AAAAAAAAAAAAAAAAAAAA"));
    assert!(words(CheckoutState::SecondClaimed).contains("beside the money that pays this order"));
}

#[test]
fn a_customer_is_told_how_long_a_page_can_be_opened_and_paid() {
    let mut order = order();
    order.payments[0].state = PaymentState::Pending;
    order.checkouts[0].opened_at = noon() + TimeDelta::minutes(20);
    let payment = &OrderView::from(&order).payments[0];
    assert_eq!(payment.open_before, Some(noon() + TimeDelta::minutes(60)));
    assert_eq!(payment.page_open_until, Some(noon() + TimeDelta::minutes(50)));
    order.checkouts.clear();
    let payment = &OrderView::from(&order).payments[0];
    assert_eq!(payment.page_open_until, None, "no page was opened");
    order.payments[0].state = PaymentState::Paid;
    let payment = &OrderView::from(&order).payments[0];
    assert_eq!((payment.open_before, payment.page_open_until), (None, None), "nothing is to be paid any more");
}

#[test]
fn what_is_to_be_paid_into_is_shown_to_its_customer_alone_and_while_it_can_be_paid() {
    let mut order = order();
    order.payments[0].state = PaymentState::Pending;
    order.checkouts[0].state = CheckoutState::Open;
    let told = |order: &mut Order, code: PayCode| {
        order.checkouts[0].instructions = Some(Instructions { code, payable_until: noon() });
        let staff = text(&OperatorOrder::from(&*order));
        (serde_json::to_value(OrderView::from(&*order)).unwrap()["instructions"][0].clone(), staff)
    };
    let account = Private::new("9103522175887271");
    let (own, staff) = told(&mut order, PayCode::VirtualAccount { bank: "004".into(), account });
    assert_eq!((&own["kind"], &own["bank"]), (&"virtual_account".into(), &"004".into()));
    assert_eq!((&own["account"], &own["pay_until"]), (&"9103522175887271".into(), &"2026-11-21T12:00:00Z".into()));
    assert!(staff.contains("********7271") && !staff.contains("9103522175887271"), "{staff}");
    let (own, staff) = told(&mut order, PayCode::StoreCode(Private::new("LLL15091212345")));
    assert_eq!((&own["kind"], &own["code"]), (&"store_code".into(), &"LLL15091212345".into()));
    assert!(!staff.contains("LLL1509"), "{staff}");
    let barcodes = ["1511227EA", "3453010539999999", "120936000001500"];
    let (own, staff) = told(&mut order, PayCode::Barcodes(barcodes.map(Private::new)));
    assert_eq!(own["barcodes"], serde_json::json!(barcodes));
    assert!(barcodes.iter().all(|code| !staff.contains(code)), "{staff}");
    assert!(!text(&OrderBrief::from(&order)).contains("instructions"), "a kept answer holds nothing of it");
    order.payments[0].state = PaymentState::Paid;
    assert!(OrderView::from(&order).instructions.is_empty(), "it would be paid twice");
}

#[test]
fn a_bill_is_its_customers_receipt_and_staff_do_not_learn_whose_it_is() {
    let idr = |units| Money::from_units(units, Currency::Idr).unwrap();
    let line = BillLine { period: "202610".into(), amount: idr(300_000), penalty: idr(3_000) };
    let holder = Private::new("BUDI SANTOSO");
    let (debt, admin) = (idr(303_000), idr(2_500));
    let mut order = order();
    order.items[0].bill =
        Some(Box::new(Bill { holder, lines: vec![line], debt, admin, count: 1, remaining: Some(3), months: None }));
    let own = serde_json::to_value(OrderView::from(&order)).unwrap()["items"][0]["bill"].clone();
    assert_eq!((&own["holder"], &own["remaining"]), (&"BUDI SANTOSO".into(), &3.into()));
    assert_eq!(own["lines"][0]["penalty"]["amount"], "3000.00");
    let untold = Bill { remaining: None, ..order.items[0].bill.as_deref().unwrap().clone() };
    let untold = serde_json::to_value(BillView::from(&untold)).unwrap();
    assert!(untold.get("remaining").is_none(), "what nobody said is not none: {untold}");
    let staff = text(&OperatorOrder::from(&order));
    assert!(staff.contains("303000.00") && !staff.contains("BUDI"), "{staff}");
    assert!(!text(&OrderBrief::from(&order)).contains("BUDI"), "a kept answer holds nothing of it");
}

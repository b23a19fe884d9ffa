//! Load, decide, commit: and what each answer of the store means.

use domain::{Actor, Alert, AlertKind, Event, Order, What};
use ports::store::{CommitError, StoredAnswer, Unavailable};

use super::world::{Ports, counted, money, noon, opened, paid};
use crate::{ActError, Acted, Answer, Rendered, Request};

fn paid_event(order: &Order) -> Event {
    Event { what: What::Paid(money(order)), actor: Actor::Engine }
}

fn away() -> Unavailable {
    Unavailable("connection reset".to_owned())
}

#[tokio::test]
async fn an_event_is_decided_again_on_a_fresh_load_when_somebody_was_faster() {
    let mut ports = Ports::new();
    let loads = [opened(), paid()].map(Ok);
    let mut loads = loads.into_iter();
    ports.orders.expect_load().times(2).returning(move |_| loads.next().unwrap());
    ports.orders.expect_commit().times(1).returning(|_| vec![Err(CommitError::Stale)]);
    let engine = ports.engine();
    let acted = engine.act(opened().id, paid_event(&opened()), None).await.unwrap();
    // The faster one had booked the same money: nothing is left to commit.
    assert_eq!(acted, Acted::AlreadyApplied(Box::new(paid())));
}

#[tokio::test]
async fn after_five_stale_commits_an_act_is_given_up_and_never_called_done() {
    for silence in [vec![Err(CommitError::Stale)], Vec::new()] {
        let mut ports = Ports::new();
        ports.orders.expect_load().times(6).returning(|_| Ok(opened()));
        ports.orders.expect_commit().times(5).returning(move |_| silence.clone());
        let engine = ports.engine();
        let acted = engine.act(opened().id, paid_event(&opened()), None).await;
        assert_eq!(acted, Err(ActError::Conflict), "a store that says nothing has not said \"done\"");
        assert_eq!(counted(&engine, "seberang_commit_gave_up_total", &[("cause", "paid")]).await, 1);
        assert_eq!(counted(&engine, "seberang_commit_stale_total", &[]).await, 5);
    }
}

#[tokio::test]
async fn a_key_taken_before_is_answered_as_already_applied() {
    let mut ports = Ports::new();
    let mut loads = [opened(), paid()].into_iter();
    ports.orders.expect_load().times(2).returning(move |_| Ok(loads.next().unwrap()));
    ports.orders.expect_commit().times(1).returning(|batch| {
        let key = batch[0].change.keys[0].clone();
        vec![Err(CommitError::Duplicate(key))]
    });
    ports.orders.expect_holder_of().times(1).returning(|_| Ok(Some(opened().id)));
    let engine = ports.engine();
    let acted = engine.act(opened().id, paid_event(&opened()), None).await.unwrap();
    assert_eq!(acted, Acted::AlreadyApplied(Box::new(paid())));
    assert_eq!(counted(&engine, "seberang_commits_total", &[]).await, 0);
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_is_never_success_and_is_not_tried_again() {
    let mut ports = Ports::new();
    ports.orders.expect_load().times(1).returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(1).returning(|_| vec![Err(away().into())]);
    let engine = ports.engine();
    let acted = engine.act(opened().id, paid_event(&opened()), None).await;
    assert_eq!(acted, Err(ActError::Unavailable("connection reset".to_owned())));
    assert_eq!(counted(&engine, "seberang_commit_unavailable_total", &[]).await, 1);
    assert_eq!(counted(&engine, "seberang_commits_total", &[]).await, 0);
}

fn cancelled() -> Event {
    Event { what: What::Cancelled { payment: domain::PaymentNo(0) }, actor: Actor::Operator("rina".into()) }
}

fn kept(hash: u8) -> StoredAnswer {
    StoredAnswer {
        scope: "staff:rina".into(),
        key: "key-1".into(),
        request_hash: [hash; 32],
        order: opened().id,
        status: 200,
        body: "as it was".into(),
        at: noon(),
    }
}

/// The same request again, after the order has moved on so far that the act itself would be refused.
#[tokio::test]
async fn a_repeated_request_gets_its_first_answer_and_another_under_its_key_none() {
    let render = |_: &Order| Rendered { status: 200, body: "as it is".into() };
    let request = || Request { scope: "staff:rina", key: "key-1", hash: [1; 32], render: &render };
    let replayed = Answer { status: 200, body: "as it was".into(), replayed: true };
    for (hash, expected) in [(1, Ok(Acted::Replayed(replayed))), (2, Err(ActError::KeyReused))] {
        let mut ports = Ports::new();
        ports.orders.expect_load().times(1).returning(|_| Ok(paid()));
        ports.orders.expect_stored_answer().times(1).returning(move |_, _| Ok(Some(kept(hash))));
        let engine = ports.engine();
        assert_eq!(engine.act(paid().id, cancelled(), Some(request())).await, expected);
    }
}

#[tokio::test]
async fn the_answer_to_a_request_is_stored_in_the_commit_it_tells_of() {
    let mut ports = Ports::new();
    ports.orders.expect_load().times(1).returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(1).returning(|batch| {
        let answer = batch[0].answer.clone().unwrap();
        assert_eq!((answer.scope.as_str(), answer.key.as_str(), answer.body.as_str()), ("s", "k", "cancelled"));
        vec![Ok(vec![])]
    });
    let render = |order: &Order| Rendered { status: 200, body: order.status().as_str().to_owned() };
    let request = Request { scope: "s", key: "k", hash: [1; 32], render: &render };
    let acted = ports.engine().act(opened().id, cancelled(), Some(request)).await.unwrap();
    let Acted::Applied { answer: Some(answer), .. } = acted else { panic!("{acted:?}") };
    assert_eq!(answer, Answer { status: 200, body: "cancelled".into(), replayed: false });
}

/// Somebody waits for the answer: a busy order is no reason to send them away after a tenth of a second.
#[tokio::test]
async fn a_request_goes_on_where_a_task_would_come_back_later() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened()));
    let mut answers = vec![Err(CommitError::Stale); 12].into_iter().chain([Ok(vec![])]);
    ports.orders.expect_commit().times(13).returning(move |_| vec![answers.next().unwrap()]);
    let render = |order: &Order| Rendered { status: 200, body: order.status().as_str().to_owned() };
    let request = Request { scope: "s", key: "k", hash: [1; 32], render: &render };
    let acted = ports.engine().act(opened().id, cancelled(), Some(request)).await.unwrap();
    assert!(matches!(acted, Acted::Applied { .. }), "{acted:?}");
}

#[tokio::test]
async fn a_request_is_sent_away_in_the_end() {
    let mut ports = Ports::new();
    ports.orders.expect_load().returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(6..=200).returning(|_| vec![Err(CommitError::Stale)]);
    let render = |_: &Order| Rendered { status: 200, body: String::new() };
    let request = Request { scope: "s", key: "k", hash: [1; 32], render: &render };
    let began = std::time::Instant::now();
    let acted = ports.engine().act(opened().id, cancelled(), Some(request)).await;
    assert_eq!(acted, Err(ActError::Conflict));
    assert!(began.elapsed() < std::time::Duration::from_secs(6));
}

#[tokio::test]
async fn a_key_that_another_order_holds_calls_a_person() {
    let other = "0199aa00-0000-7000-8000-00000000000b".parse().unwrap();
    for alert_stored in [true, false] {
        let mut ports = Ports::new();
        ports.orders.expect_load().returning(|_| Ok(opened()));
        ports.orders.expect_commit().times(1).returning(|batch| {
            let key = batch[0].change.keys[0].clone();
            vec![Err(CommitError::Duplicate(key))]
        });
        ports.orders.expect_holder_of().times(1).returning(move |_| Ok(Some(other)));
        let raised = ports.upkeep.expect_raise().times(1);
        let subject = format!("order {}", opened().id);
        let fits = move |alert: &Alert| alert.kind == AlertKind::UnknownReference && alert.subject == subject;
        let stored = raised.withf(move |alert, _| fits(alert) && alert.detail.contains("00000000000b"));
        stored.returning(move |_, _| if alert_stored { Ok(()) } else { Err(away()) });
        let acted = ports.engine().act(opened().id, paid_event(&opened()), None).await;
        let expected = Ok(Acted::AlreadyApplied(Box::new(opened())));
        assert_eq!(
            acted,
            if alert_stored { expected } else { Err(away().into()) },
            "it is told again until a person knows"
        );
    }
}

#[tokio::test]
async fn what_the_store_refuses_for_good_is_not_tried_again() {
    let mut ports = Ports::new();
    ports.orders.expect_load().times(1).returning(|_| Ok(opened()));
    ports.orders.expect_commit().times(1).returning(|_| vec![Err(CommitError::Rejected("a check".into()))]);
    let acted = ports.engine().act(opened().id, paid_event(&opened()), None).await;
    assert_eq!(acted, Err(ActError::Rejected("a check".into())));
}

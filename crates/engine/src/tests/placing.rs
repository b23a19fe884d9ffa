//! Placing an order: what each answer of the store means for the customer.

use domain::schedule::REPEAT_WINDOW;
use domain::{Order, Private};
use ports::gateway::Method;
use ports::store::{CreateError, StoredAnswer, Unavailable};

use super::world::{Ports, TARGET, book, counted, noon, opened, product, stocked};
use crate::{Answer, Engine, Goes, PlaceError, PlaceItem, PlaceOrder, Rendered, Request};

/// Ports that sell the product, to somebody who has not ordered lately.
fn selling() -> Ports {
    let mut ports = Ports::new();
    ports.catalogue.expect_find().returning(|_| Ok(vec![stocked()]));
    ports.catalogue.expect_price_book().returning(|| Ok(Some(book())));
    let method = Method { name: "credit".into(), code_life: None, lag: chrono::TimeDelta::minutes(30) };
    ports.gateway.expect_methods().returning(move |_| vec![method.clone()]);
    ports
}

async fn place(ports: Ports) -> (Result<Answer, PlaceError>, u64) {
    let engine = ports.engine();
    let placed = place_at(&engine).await;
    (placed, counted(&engine, "seberang_orders_placed_total", &[]).await)
}

async fn place_at(engine: &Engine) -> Result<Answer, PlaceError> {
    let order = PlaceOrder {
        customer: opened().customer,
        items: vec![PlaceItem { product: product().id, goes: Goes::To(Private::new(TARGET)) }],
        promo: None,
        expected_total: opened().terms.total,
        confirm_repeat: false,
    };
    let render = |order: &Order| Rendered { status: 201, body: order.status().as_str().to_owned() };
    let request = Request { scope: "s", key: "k", hash: [1; 32], render: &render };
    engine.place_order(order, request).await
}

fn earlier(hash: u8) -> StoredAnswer {
    let (scope, key, body) = ("s".into(), "k".into(), "as it was".into());
    StoredAnswer { scope, key, request_hash: [hash; 32], order: opened().id, status: 201, body, at: noon() }
}

#[tokio::test]
async fn an_order_is_answered_when_it_is_stored_with_its_answer_and_its_tasks() {
    let mut ports = selling();
    ports.orders.expect_create().times(1).returning(|batch| {
        assert_eq!(batch[0].answer.body, "pending");
        assert_eq!(batch[0].unless_since, Some(noon() - REPEAT_WINDOW), "unless the same was ordered just before");
        assert!(!batch[0].new.order.tasks.is_empty(), "something will move it");
        vec![Ok(())]
    });
    let answer = Answer { status: 201, body: "pending".into(), replayed: false };
    assert_eq!(place(ports).await, (Ok(answer), 1));
}

#[tokio::test]
async fn a_new_order_is_remembered_for_what_comes_next() {
    let mut ports = selling();
    let new = std::sync::Arc::new(std::sync::Mutex::new(None));
    let stored = std::sync::Arc::clone(&new);
    ports.orders.expect_create().times(1).returning(move |batch| {
        *stored.lock().unwrap() = Some(batch[0].new.order.clone());
        vec![Ok(())]
    });
    let engine = ports.engine();
    assert!(place_at(&engine).await.is_ok());
    let order = new.lock().unwrap().take().unwrap();
    assert_eq!(engine.known(order.id).await.unwrap().order, order, "without a load");
}

#[tokio::test]
async fn a_store_that_says_nothing_has_not_stored_it() {
    for silence in [Vec::new(), vec![Err(CreateError::Unavailable(Unavailable("connection reset".into())))]] {
        let mut ports = selling();
        ports.orders.expect_create().times(1).returning(move |_| silence.clone());
        ports.orders.expect_stored_answer().times(1).returning(|_, _| Ok(None));
        let (placed, counted) = place(ports).await;
        assert!(matches!(placed, Err(PlaceError::Unavailable(_))), "{placed:?}");
        assert_eq!(counted, 0);
    }
}

/// The first try was stored and its answer lost; meanwhile the prices have changed.
#[tokio::test]
async fn the_same_request_gets_its_first_answer_whatever_has_changed_since() {
    let replayed = Answer { status: 201, body: "as it was".into(), replayed: true };
    for (hash, expected) in [(1, Ok(replayed)), (2, Err(PlaceError::KeyReused))] {
        let mut ports = Ports::new();
        ports.catalogue.expect_find().returning(|_| Ok(vec![stocked()]));
        ports.catalogue.expect_price_book().returning(|| Ok(None));
        ports.orders.expect_create().times(0);
        ports.orders.expect_stored_answer().times(1).returning(move |_, _| Ok(Some(earlier(hash))));
        assert_eq!(place(ports).await, (expected, 0));
    }
}

#[tokio::test]
async fn no_definite_no_is_given_while_it_cannot_be_told_whether_it_was_placed() {
    let mut ports = Ports::new();
    ports.catalogue.expect_find().returning(|_| Ok(vec![stocked()]));
    ports.catalogue.expect_price_book().returning(|| Ok(None));
    ports.orders.expect_stored_answer().returning(|_, _| Err(Unavailable("connection reset".into())));
    let (placed, _) = place(ports).await;
    assert!(matches!(placed, Err(PlaceError::Unavailable(_))), "not \"nothing is sold\": {placed:?}");
}

/// Whoever is told "come again" would come again for ever.
#[tokio::test]
async fn an_order_that_the_store_refuses_is_refused_for_good() {
    let mut ports = selling();
    ports.orders.expect_create().times(1).returning(|_| vec![Err(CreateError::Rejected("a check".into()))]);
    ports.orders.expect_stored_answer().times(1).returning(|_, _| Ok(None));
    assert_eq!(place(ports).await, (Err(PlaceError::Rejected("a check".into())), 0));
}

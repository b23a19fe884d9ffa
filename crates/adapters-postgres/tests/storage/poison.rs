//! A batch with a member that PostgreSQL refuses: it fails alone, soon found, and all others are stored and told so.

use domain::order::PromoChange;
use domain::payment::{Checkout, CheckoutState};
use domain::{Currency, Money, OrderId, PaymentNo};
use ports::catalogue::Catalogue;
use ports::conformance::store::make::{act, create, customer, mint, now, promo, touch};
use ports::store::{Commit, CommitError, Create, CreateError, LoadError, OrderStore};

use super::database::TestDb;
use adapters_postgres::PgStore;

const MEMBERS: usize = 100;
/// To find one among a hundred: 2·log2(100) + 2, rounded down. The first statement is one of them.
const STATEMENTS: u64 = 15;
/// The first, the last, and where halves and quarters meet.
const PLACES: [usize; 7] = [0, 17, 49, 50, 74, 75, 99];

async fn orders(store: &PgStore, count: usize) -> Vec<OrderId> {
    let new: Vec<Create> = (0..count).map(|_| create(1, customer(), None).unwrap()).collect();
    let ids = new.iter().map(|create| create.new.order.id).collect();
    assert!(store.create(new).await.iter().all(Result::is_ok));
    ids
}

/// Ways in which a change cannot be stored.
#[derive(Debug, Clone, Copy)]
enum Bad {
    /// A payment of less than nothing.
    Check,
    /// The version has no successor that fits its column.
    Range,
    /// A page of a payment that the order does not have.
    NoSuchRow,
}

async fn spoil(db: &TestDb, store: &PgStore, commit: &mut Commit, how: Bad) {
    let order = commit.change.order;
    match how {
        Bad::Check => {
            let mut payment = store.load(order).await.unwrap().payments[0].clone();
            payment.amount = Money::from_minor(-1, Currency::Twd);
            commit.change.payments = vec![payment];
        }
        Bad::Range => {
            let last = format!("UPDATE orders SET version = 2147483647 WHERE id = '{order}'");
            db.client().await.batch_execute(&last).await.unwrap();
            commit.change.decided_on = i32::MAX;
        }
        Bad::NoSuchRow => {
            commit.change.checkouts = vec![Checkout {
                payment: PaymentNo(9),
                reference: mint(now()),
                gateway: "ecpay".parse().unwrap(),
                account: "3002607".parse().unwrap(),
                method: "credit".into(),
                state: CheckoutState::Open,
                opened_at: now(),
                known_by: now(),
                transaction: None,
                received: None,
                disputed: None,
                simulated: false,
                instructions: None,
            }];
        }
    }
}

async fn versions(store: &PgStore, ids: &[OrderId]) -> Vec<i32> {
    let known = store.versions(ids).await.unwrap();
    ids.iter().map(|id| known.iter().find(|(known, _)| known == id).unwrap().1).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_change_among_a_hundred_is_found_in_fifteen_statements_wherever_it_stands() {
    let db = TestDb::new().await;
    let store = db.store().await;
    for (place, how) in PLACES.into_iter().zip([Bad::Check, Bad::Range, Bad::NoSuchRow].into_iter().cycle()) {
        let ids = orders(&store, MEMBERS).await;
        let mut batch: Vec<Commit> = ids.iter().map(|id| touch(*id, 1, None)).collect();
        spoil(&db, &store, &mut batch[place], how).await;
        let before = versions(&store, &ids).await;
        let (trips, rejected) = (store.counters().round_trips(), store.counters().rejected());

        let answers = store.commit(batch).await;

        let statements = store.counters().round_trips() - trips;
        assert!(statements <= STATEMENTS, "{how:?} at {place}: {statements} statements");
        assert_eq!(store.counters().rejected() - rejected, 1);
        let after = versions(&store, &ids).await;
        for (n, answer) in answers.iter().enumerate() {
            if n == place {
                assert!(matches!(answer, Err(CommitError::Rejected(_))), "{how:?} at {place}: {answer:?}");
                assert_eq!(after[n], before[n], "nothing of it is stored");
            } else {
                assert_eq!((answer, after[n]), (&Ok(vec![]), before[n] + 1), "member {n}, {how:?} at {place}");
            }
        }
    }
    assert_eq!(store.counters().conflicts(), 0);
}

/// Whoever comes after a bad member is stored and answered, or told what is really in their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_bad_changes_fail_and_everybody_else_hears_what_is_true_of_them() {
    let db = TestDb::new().await;
    let store = db.store().await;
    for (first, second) in [(0, 99), (49, 50), (98, 99), (30, 31)] {
        let ids = orders(&store, MEMBERS).await;
        let mut batch: Vec<Commit> = ids.iter().map(|id| touch(*id, 1, None)).collect();
        spoil(&db, &store, &mut batch[first], Bad::Check).await;
        spoil(&db, &store, &mut batch[second], Bad::NoSuchRow).await;
        // Decided on what is not there yet, and about nobody.
        let (stale, nobody) = (60, 61);
        batch[stale].change.decided_on = 7;
        batch[nobody].change.order = create(1, customer(), None).unwrap().new.order.id;
        let trips = store.counters().round_trips();
        let answers = store.commit(batch).await;
        let statements = store.counters().round_trips() - trips;
        assert!(statements <= 2 * STATEMENTS, "{first} and {second}: {statements} statements");
        let after = versions(&store, &ids).await;
        for (n, answer) in answers.iter().enumerate() {
            let stored = match answer {
                Ok(_) => n != first && n != second && n != stale && n != nobody,
                Err(CommitError::Rejected(_)) => {
                    assert!(n == first || n == second, "member {n}");
                    false
                }
                Err(CommitError::Stale) => {
                    assert_eq!(n, stale);
                    false
                }
                Err(CommitError::NotFound) => {
                    assert_eq!(n, nobody);
                    false
                }
                other => panic!("member {n}: {other:?}"),
            };
            assert_eq!(after[n], if stored { 2 } else { 1 }, "member {n} was answered {answer:?}");
        }
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), MEMBERS - 4);
    }
}

/// A row that stands where one must be written looks like somebody's race, which is run again before anybody is blamed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_taken_for_good_costs_two_statements_more() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let ids = orders(&store, MEMBERS).await;
    let taken = format!(
        "INSERT INTO history (order_id, version, at, actor, cause, changes, note, said)
         SELECT order_id, 2, at, actor, cause, changes, note, said FROM history WHERE order_id = '{}'",
        ids[50]
    );
    db.client().await.batch_execute(&taken).await.unwrap();
    let trips = store.counters().round_trips();
    let answers = store.commit(ids.iter().map(|id| touch(*id, 1, None)).collect()).await;
    let statements = store.counters().round_trips() - trips;
    assert!(statements <= STATEMENTS + 2, "{statements} statements");
    for (n, answer) in answers.iter().enumerate() {
        match n {
            50 => assert!(matches!(answer, Err(CommitError::Rejected(_))), "{answer:?}"),
            _ => assert_eq!(*answer, Ok(vec![]), "member {n}"),
        }
    }
}

/// Told to come again it would come again for ever, and have every batch divided that it is in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_new_order_among_a_hundred_is_refused_for_good_and_the_others_are_stored() {
    let db = TestDb::new().await;
    let store = db.store().await;
    for place in PLACES {
        let mut batch: Vec<Create> = (0..MEMBERS).map(|_| create(1, customer(), None).unwrap()).collect();
        batch[place].new.order.terms.total = Money::from_minor(-1, Currency::Twd);
        let ids: Vec<OrderId> = batch.iter().map(|create| create.new.order.id).collect();
        let names: Vec<_> = batch.iter().map(|c| (c.answer.scope.clone(), c.answer.key.clone())).collect();
        let trips = store.counters().round_trips();
        let answers = store.create(batch).await;
        let statements = store.counters().round_trips() - trips;
        assert!(statements <= STATEMENTS, "at {place}: {statements} statements");
        for (n, answer) in answers.iter().enumerate() {
            let (scope, key) = &names[n];
            let kept = store.stored_answer(scope, key).await.unwrap().is_some();
            if n == place {
                assert!(matches!(answer, Err(CreateError::Rejected(_))), "{answer:?}");
                assert!(!kept, "its answer is not kept");
                assert_eq!(store.load(ids[n]).await, Err(LoadError::NotFound));
            } else {
                assert_eq!((answer, kept), (&Ok(()), true), "member {n} of {place}");
            }
        }
        let stored = format!(
            "SELECT count(*) FROM orders WHERE id IN ('{}')",
            ids.iter().map(OrderId::to_string).collect::<Vec<_>>().join("','")
        );
        assert_eq!(db.ask(&stored).await, [(MEMBERS - 1).to_string()]);
    }
    assert_eq!(store.counters().rejected(), PLACES.len() as u64);
}

/// A bad member holds a promo's row and its place no longer than its statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_new_order_takes_nobodys_place_at_a_promo() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let promo = promo(1).unwrap();
    assert_eq!(store.put_promo(&promo, 9, &act("put_promo")).await, Ok(true));
    let mut batch: Vec<Create> = (0..10).map(|_| create(1, customer(), Some(promo.clone())).unwrap()).collect();
    batch[3].new.order.terms.total = Money::from_minor(-1, Currency::Twd);
    let answers = store.create(batch).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 9, "{answers:?}");
    assert_eq!(store.promo(&promo.code).await.unwrap().unwrap().used, 9);
    // One more place than an integer can count cannot be taken either, and is nobody else's harm.
    db.client().await.batch_execute("UPDATE promo SET used = 2147483647").await.unwrap();
    let ids = orders(&store, 10).await;
    let mut batch: Vec<Commit> = ids.iter().map(|id| touch(*id, 1, None)).collect();
    batch[4].change.promo = Some(PromoChange::TakeAgain { code: promo.code.clone() });
    let answers = store.commit(batch).await;
    assert!(matches!(answers[4], Err(CommitError::Rejected(_))), "{:?}", answers[4]);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 9);
}

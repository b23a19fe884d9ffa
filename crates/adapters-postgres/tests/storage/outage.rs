//! The database goes away and comes back; the store does not have to be started again.

use adapters_postgres::{ConnectError, PgStore, migrate};
use pgbox::{Options, PgBox};
use ports::conformance::store::make::{create, customer, now, touch};
use ports::store::{CommitError, CreateError, LoadError, OrderStore};
use ports::tasks::{NotReady, Upkeep};

use super::database::settings;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_database_is_unavailable_and_then_served_again() {
    let mut pgbox = tokio::task::spawn_blocking(|| PgBox::start(Options::default()).unwrap()).await.unwrap();
    let url = pgbox.url("postgres");
    migrate(&url).await.unwrap();
    pgbox.kill9().unwrap();

    let store = PgStore::connect(settings(&url)).await.unwrap();
    assert!(matches!(store.ready(now()).await, Err(NotReady::Unavailable(_))));
    let new = create(1, customer(), None).unwrap();
    let id = new.new.order.id;
    assert!(matches!(store.create(vec![new.clone()]).await[..], [Err(CreateError::Unavailable(_))]));
    assert!(matches!(store.load(id).await, Err(LoadError::Unavailable(_))));

    pgbox.start_again().unwrap();
    assert_eq!(store.ready(now()).await, Ok(()));
    assert_eq!(store.create(vec![new]).await, [Ok(())]);

    // Now the pool holds connections, which all die: a read finds a fresh one by itself, a write says that it does not know.
    pgbox.kill9().unwrap();
    pgbox.start_again().unwrap();
    assert_eq!(store.load(id).await.unwrap().version, 1);
    pgbox.kill9().unwrap();
    assert!(matches!(store.commit(vec![touch(id, 1, None)]).await[..], [Err(CommitError::Unavailable(_))]));
    pgbox.start_again().unwrap();
    assert_eq!(store.commit(vec![touch(id, 1, None)]).await, [Ok(vec![])]);
    assert!(store.counters().lost_connections() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_url_stops_the_start_without_showing_the_password() {
    let wrong = PgStore::connect(settings("postgres://me:hunter2@host:port/db")).await;
    let words = match wrong {
        Err(ConnectError::Url(words)) => words,
        other => panic!("{:?}", other.map(|_| ())),
    };
    assert!(!words.contains("hunter2"), "{words}");
    assert!(!format!("{:?}", settings("postgres://me:hunter2@host/db")).contains("hunter2"));
}

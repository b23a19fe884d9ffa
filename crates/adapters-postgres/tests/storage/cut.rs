//! A connection that breaks while a statement is under way: the caller never hears of success, and whether or not it happened,
//! the same change again makes nothing twice.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use adapters_postgres::PgStore;
use domain::{Actor, Decision, Event, decide};
use ports::catalogue::Catalogue;
use ports::conformance::store::make::{act, apply, commit, create, customer, mint, open_checkout, paid, promo, touch};
use ports::store::{CommitError, CreateError, OrderStore};
use ports::tasks::Upkeep;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::config::Host;

use super::database::{TestDb, settings};

/// What the line does to the next statement.
const PASS: u8 = 0;
/// It breaks before the statement is sent on: it did not happen.
const LOSE_ASK: u8 = 1;
/// It breaks when the server has answered, which it does after the transaction is on disk: it happened.
const LOSE_ANSWER: u8 = 2;
/// From now on it swallows what is sent on it, and stays open: what a firewall does that has forgotten it.
const SWALLOW: u8 = 3;

/// A line to the database that can be cut.
struct Line {
    address: SocketAddr,
    next: Arc<AtomicU8>,
}

impl Line {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self { address: listener.local_addr().unwrap(), next: Arc::default() };
        let next = Arc::clone(&line.next);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(pass_on(client, server, Arc::clone(&next)));
            }
        });
        line
    }

    fn cut(&self, how: u8) {
        self.next.store(how, Ordering::SeqCst);
    }

    fn was_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == PASS
    }
}

async fn pass_on(mut client: TcpStream, mut server: UnixStream, next: Arc<AtomicU8>) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                if next.compare_exchange(LOSE_ASK, PASS, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                    return;
                }
                if next.compare_exchange(SWALLOW, PASS, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                    while let Ok(1..) = client.read(&mut asked).await {}
                    return;
                }
                if server.write_all(&asked[..count]).await.is_err() { return }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                let done = is_done(&answered[..count]);
                if done && next.compare_exchange(LOSE_ANSWER, PASS, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                    return;
                }
                if client.write_all(&answered[..count]).await.is_err() { return }
            }
        }
    }
}

/// A statement's tag, and "ready, in no transaction": it is committed. Preparing a statement has no tag.
fn is_done(answer: &[u8]) -> bool {
    let tagged =
        [b"SELECT ".as_slice(), b"INSERT "].iter().any(|tag| answer.windows(tag.len()).any(|part| part == *tag));
    tagged && answer.ends_with(b"Z\0\0\0\x05I")
}

/// A store over a line that can be cut, and one beside it that sees the truth.
async fn stores(db: &TestDb) -> (PgStore, PgStore, Line) {
    let config: tokio_postgres::Config = db.url().parse().unwrap();
    let [Host::Unix(folder)] = config.get_hosts() else { panic!("the test server has a socket") };
    let line = Line::to(folder.join(".s.PGSQL.5432")).await;
    let url = format!("postgres://{}@{}/{}", config.get_user().unwrap(), line.address, config.get_dbname().unwrap());
    (PgStore::connect(settings(&url)).await.unwrap(), db.store().await, line)
}

/// Takes the twenty seconds that a silent connection is given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_swallows_is_given_up_and_nobody_gets_it_again() {
    let db = TestDb::new().await;
    let (store, truth, line) = stores(&db).await;
    let new = create(1, customer(), None).unwrap();
    let id = new.new.order.id;
    assert_eq!(store.create(vec![new]).await, [Ok(())]);
    line.cut(SWALLOW);
    let began = std::time::Instant::now();
    let lost = store.commit(vec![touch(id, 1, None)]).await;
    assert!(matches!(lost[..], [Err(CommitError::Unavailable(_))]), "{lost:?}");
    assert!(line.was_cut() && began.elapsed() < std::time::Duration::from_secs(40), "{:?}", began.elapsed());
    assert_eq!(truth.load(id).await.unwrap().version, 1);
    assert_eq!(store.commit(vec![touch(id, 1, None)]).await, [Ok(vec![])], "over another connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_got_lost_is_never_told_as_done_nor_done_twice() {
    let db = TestDb::new().await;
    let (store, truth, line) = stores(&db).await;
    let new = create(1, customer(), None).unwrap();
    let order = new.new.order.clone();
    assert_eq!(store.create(vec![new]).await, [Ok(())]);
    let reference = mint(order.created_at);
    let opened = apply(&order, open_checkout(&reference).unwrap(), order.created_at).unwrap();
    assert_eq!(store.commit(vec![commit(opened.change)]).await, [Ok(vec![])]);
    let order = opened.after;
    let event = Event { what: paid(&order, &reference).unwrap(), actor: Actor::Engine };
    let Decision::Applied(applied) = decide(&order, &event, order.created_at) else { panic!("money is taken") };

    line.cut(LOSE_ASK);
    let lost = store.commit(vec![commit(applied.change.clone())]).await;
    assert!(matches!(lost[..], [Err(CommitError::Unavailable(_))]), "{lost:?}");
    assert!(line.was_cut());
    assert_eq!(truth.load(order.id).await.unwrap().version, 2, "the statement never came");

    line.cut(LOSE_ANSWER);
    let lost = store.commit(vec![commit(applied.change.clone())]).await;
    assert!(matches!(lost[..], [Err(CommitError::Unavailable(_))]), "{lost:?}");
    assert!(line.was_cut());
    let after = truth.load(order.id).await.unwrap();
    assert_eq!(after.version, 3, "it happened all the same");

    // Whoever was told "unknown" may send it again, decide again, or claim its key: none of it counts.
    assert_eq!(store.commit(vec![commit(applied.change.clone())]).await, [Err(CommitError::Stale)]);
    assert_eq!(decide(&after, &event, order.created_at), Decision::AlreadyApplied);
    let key = applied.change.keys[0].clone();
    let duplicate = store.commit(vec![touch(order.id, 3, Some(key.clone()))]).await;
    assert_eq!(duplicate, [Err(CommitError::Duplicate(key))]);
    let story = truth.story(order.id).await.unwrap();
    assert_eq!(story.history.len(), 3);
    let transfers: usize = applied.change.postings.iter().map(|posting| posting.transfers.len()).sum();
    assert!(
        transfers > 0 && story.ledger.len() == 2 * transfers,
        "{} lines of {transfers} transfers",
        story.ledger.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_whose_answer_got_lost_is_made_once_and_uses_its_promo_once() {
    let db = TestDb::new().await;
    let (store, truth, line) = stores(&db).await;
    let promo = promo(1).unwrap();
    assert_eq!(store.put_promo(&promo, 5, &act("put_promo")).await, Ok(true));
    let new = create(1, customer(), Some(promo.clone())).unwrap();
    for (cut, made) in [(LOSE_ASK, 0), (LOSE_ANSWER, 1)] {
        line.cut(cut);
        let lost = store.create(vec![new.clone()]).await;
        assert!(matches!(lost[..], [Err(CreateError::Unavailable(_))]), "{lost:?}");
        assert!(line.was_cut());
        assert_eq!(db.ask("SELECT id FROM orders").await.len(), made);
    }
    assert_eq!(store.create(vec![new.clone()]).await, [Err(CreateError::AnswerExists)]);
    let answer = store.stored_answer(&new.answer.scope, &new.answer.key).await.unwrap();
    assert_eq!(answer.map(|answer| answer.order), Some(new.new.order.id));
    assert_eq!(truth.promo(&promo.code).await.unwrap().map(|row| row.used), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_of_staff_whose_answer_got_lost_is_done_and_traced_once() {
    let db = TestDb::new().await;
    let (store, truth, line) = stores(&db).await;
    let promo = promo(1).unwrap();
    let put = act("put_promo");
    assert_eq!(truth.put_promo(&promo, 1, &act("put_promo")).await, Ok(true));
    line.cut(LOSE_ANSWER);
    // Being safe to send twice, it is: the caller does not even notice.
    assert_eq!(store.put_promo(&promo, 5, &put).await, Ok(true));
    assert!(line.was_cut());
    let acts = truth.staff_acts(None, 10).await.unwrap();
    assert_eq!(acts.iter().filter(|act| act.id == put.id).count(), 1);
    assert_eq!(truth.promo(&promo.code).await.unwrap().map(|row| row.max_uses), Some(5));
    assert!(store.counters().lost_connections() > 0);
}

//! The pool, and what its errors mean. No statement and no row is known here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use ports::store::Unavailable;
use tokio::runtime::Handle;

use crate::cipher::CipherKeys;
use crate::counters::Counters;
use crate::dial::Dial;
use crate::stmt::{Fetch, Statement, Text};

/// A caller rather hears "unavailable" than waits longer for a free connection.
const WAIT_LIMIT: Duration = Duration::from_secs(5);
/// A database that does not answer a connect in this time is down for our purposes.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The server ends a statement after half of this. Who hears nothing by then has a connection that leads nowhere: a firewall
/// swallows, and without this everybody behind the statement would wait for hours.
const SILENCE_LIMIT: Duration = Duration::from_secs(20);
/// Settings of each connection. Statements are small, so ten seconds mean a fault; a lock is held for milliseconds, so three
/// seconds mean somebody is stuck. Sequential scans and JIT are off because every statement of ours looks up few rows by a
/// key: a plan cached while a table was empty must not walk it when it is full. What is answered "stored" is on disk, whatever
/// the server's default says: a reservation that a crash forgets would be bought twice.
const SESSION: &str = "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s \
                       -c enable_seqscan=off -c jit=off -c synchronous_commit=on";

/// How to reach the database.
pub struct PgSettings {
    /// `postgres://user:password@host/database`.
    pub url: String,
    /// Connections of this process; about four per core of the database serve best.
    pub pool_size: usize,
    /// The keys of what lies sealed.
    pub cipher: CipherKeys,
}

impl fmt::Debug for PgSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgSettings")
            .field("pool_size", &self.pool_size)
            .field("cipher", &self.cipher)
            .finish_non_exhaustive()
    }
}

/// A setting is wrong. A database that cannot be reached is none of these: it may come back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The words never repeat the URL, which holds a password.
    #[error("the database URL cannot be used: {0}")]
    Url(String),
    /// It has no size or no timer that could work.
    #[error("the pool cannot be built: {0}")]
    Pool(String),
}

const DEADLOCK: &[&str] = &["deadlock detected"];
const GOING_DOWN: &[&str] = &["terminating connection", "the database system is"];
/// Time, memory and disk: nothing is wrong with the statement.
const NOT_NOW: &[&str] =
    &["canceling statement", "out of ", "could not extend file", "could not write", "No space left"];

/// What an error of the database means for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection broke, or there was none: it may or may not have happened.
    Lost(String),
    /// Rolled back because of a neighbour: run it again.
    Conflict(Conflict, String),
    /// Rolled back because it took too long, or the server has no room: the same may be stored later.
    Slow(String),
    /// Rolled back because of what it says: a member of the batch cannot be stored, now or later.
    Poison(String),
    /// It may have been done, and the answer cannot be read: a fault of ours.
    Unreadable(String),
}

/// How a neighbour got in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    Deadlock,
    Serialization,
    /// The same key at the same moment. The second run sees who won.
    KeyRace,
}

impl From<Fault> for Unavailable {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost(why)
            | Fault::Conflict(_, why)
            | Fault::Slow(why)
            | Fault::Poison(why)
            | Fault::Unreadable(why) => Self(why),
        }
    }
}

impl From<Error> for Fault {
    /// diesel hides the SQLSTATE of most errors, so some are known by their English words. A server that speaks another
    /// language makes them `Poison`: rolled back all the same, but nobody waits for better times.
    fn from(error: Error) -> Self {
        use DatabaseErrorKind as Kind;
        let words = error.to_string();
        let says = |known: &[&str]| known.iter().any(|start| words.starts_with(start));
        match &error {
            // A server that became a standby is left for the one that took over.
            Error::DatabaseError(Kind::UnableToSendCommand | Kind::ClosedConnection | Kind::ReadOnlyTransaction, _) => {
                Self::Lost(words)
            }
            Error::DatabaseError(Kind::SerializationFailure, _) => Self::Conflict(Conflict::Serialization, words),
            Error::DatabaseError(Kind::UniqueViolation, _) => Self::Conflict(Conflict::KeyRace, words),
            Error::DatabaseError(Kind::Unknown, _) if says(DEADLOCK) => Self::Conflict(Conflict::Deadlock, words),
            Error::DatabaseError(Kind::Unknown, _) if says(GOING_DOWN) => Self::Lost(words),
            Error::DatabaseError(Kind::Unknown, _) if says(NOT_NOW) => Self::Slow(words),
            Error::DatabaseError(..) | Error::SerializationError(_) | Error::QueryBuilderError(_) => {
                Self::Poison(words)
            }
            _ => Self::Unreadable(words),
        }
    }
}

/// The pool with its counters. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    pool: Pool<AsyncPgConnection>,
    pub(crate) counters: Arc<Counters>,
}

impl Db {
    /// Opens the pool on the current runtime, which will drive all its connections: a connection opened by a web worker
    /// would be driven by that worker's only thread, and die with it.
    pub(crate) async fn open(url: &str, pool_size: usize) -> Result<Self, ConnectError> {
        let dial = session(url)?;
        let runtime = Handle::current();
        let mut manager = ManagerConfig::<AsyncPgConnection>::default();
        // `Verified` would ask the server at every checkout: one more round trip each.
        manager.recycling_method = RecyclingMethod::Fast;
        manager.custom_setup = Box::new(move |_url| {
            let (dial, runtime) = (dial.clone(), runtime.clone());
            Box::pin(async move {
                let opened = runtime.spawn(async move { dial.open().await }).await;
                opened.unwrap_or_else(|died| Err(ConnectionError::BadConnection(died.to_string())))
            })
        });
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(url, manager))
            .max_size(pool_size.max(1))
            .wait_timeout(Some(WAIT_LIMIT))
            .create_timeout(Some(CONNECT_LIMIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| ConnectError::Pool(error.to_string()))?;
        let db = Self { pool, counters: Arc::default() };
        if let Err(fault) = db.connection().await {
            tracing::warn!(error = ?fault, "the database cannot be reached yet");
        }
        Ok(db)
    }

    /// One connection. Never ask for a second one while holding it.
    pub(crate) async fn connection(&self) -> Result<Object<AsyncPgConnection>, Fault> {
        self.pool.get().await.map_err(|error| Fault::Lost(error.to_string()))
    }

    /// Runs one statement once.
    pub(crate) async fn run<T: Text, R: Fetch>(&self, statement: &Statement<T>) -> Result<Vec<R>, Fault> {
        self.once(async |c| statement.fetch(c).await).await
    }

    /// One round trip over one connection.
    pub(crate) async fn once<R>(
        &self,
        ask: impl AsyncFnOnce(&AsyncPgConnection) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let answer = match self.connection().await {
            Ok(connection) => self.heard(connection, ask).await,
            Err(fault) => Err(fault),
        };
        self.noting_loss(answer)
    }

    /// What a connection answers. One that says nothing is lost, and nobody gets it again.
    async fn heard<R>(
        &self,
        connection: Object<AsyncPgConnection>,
        ask: impl AsyncFnOnce(&AsyncPgConnection) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.counters.count_round_trip();
        match tokio::time::timeout(SILENCE_LIMIT, ask(&connection)).await {
            Ok(answer) => answer,
            Err(_elapsed) => {
                drop(Object::take(connection));
                Err(Fault::Lost(format!("no answer within {} s", SILENCE_LIMIT.as_secs())))
            }
        }
    }

    /// Runs one statement that may be run twice: again on a fresh connection when the first one was dead, again when a
    /// neighbour got in its way.
    pub(crate) async fn ask<T: Text, R: Fetch>(&self, statement: &Statement<T>) -> Result<Vec<R>, Fault> {
        match self.run(statement).await {
            Err(Fault::Lost(_)) => self.run(statement).await,
            Err(Fault::Conflict(how, _)) => self.run_again(how, statement).await,
            answer => answer,
        }
    }

    /// Runs one statement that must not be run twice when its outcome is unknown.
    pub(crate) async fn tell<T: Text, R: Fetch>(&self, statement: &Statement<T>) -> Result<Vec<R>, Fault> {
        match self.run(statement).await {
            Err(Fault::Conflict(how, _)) => self.run_again(how, statement).await,
            answer => answer,
        }
    }

    async fn run_again<T: Text, R: Fetch>(&self, how: Conflict, statement: &Statement<T>) -> Result<Vec<R>, Fault> {
        match how {
            Conflict::Deadlock => self.counters.count_deadlock(),
            Conflict::Serialization => self.counters.count_serialization_failure(),
            Conflict::KeyRace => self.counters.count_key_race(),
        }
        self.run(statement).await
    }

    /// After a lost connection the idle ones are dropped too: a server that restarted has closed them all.
    fn noting_loss<R>(&self, answer: Result<R, Fault>) -> Result<R, Fault> {
        if matches!(answer, Err(Fault::Lost(_))) {
            self.counters.count_lost_connection();
            self.pool.retain(|_, _| false);
        }
        answer
    }
}

/// The URL's own options come last and win.
fn session(url: &str) -> Result<Dial, ConnectError> {
    let mut dial = Dial::parse(url)?;
    let config = &mut dial.config;
    let options = match config.get_options() {
        Some(own) => format!("{SESSION} {own}"),
        None => SESSION.to_owned(),
    };
    config.options(options).connect_timeout(CONNECT_LIMIT);
    if config.get_application_name().is_none() {
        config.application_name("seberang");
    }
    Ok(dial)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: DatabaseErrorKind, words: &str) -> Fault {
        Error::DatabaseError(kind, Box::new(words.to_owned())).into()
    }

    #[test]
    fn a_refusal_a_conflict_and_a_bad_moment_are_told_apart() {
        use DatabaseErrorKind as Kind;
        let words = |text: &str| text.to_owned();
        let check = "new row for relation \"payment\" violates check constraint \"payment_promised\"";
        for (kind, text, expected) in [
            (Kind::CheckViolation, check, Fault::Poison(words(check))),
            (Kind::Unknown, "integer out of range", Fault::Poison(words("integer out of range"))),
            (Kind::UniqueViolation, "duplicate key", Fault::Conflict(Conflict::KeyRace, words("duplicate key"))),
            (Kind::SerializationFailure, "x", Fault::Conflict(Conflict::Serialization, words("x"))),
            (Kind::Unknown, "deadlock detected", Fault::Conflict(Conflict::Deadlock, words("deadlock detected"))),
            (Kind::Unknown, "out of shared memory", Fault::Slow(words("out of shared memory"))),
            (Kind::ReadOnlyTransaction, "standby", Fault::Lost(words("standby"))),
            (Kind::ClosedConnection, "gone", Fault::Lost(words("gone"))),
        ] {
            assert_eq!(fault(kind, text), expected);
        }
        // The statement ran: what it did is not undone by our failing to read the answer.
        assert!(matches!(Error::NotFound.into(), Fault::Unreadable(_)));
    }
}

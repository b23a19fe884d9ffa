//! The storage ports, each in a file of its own, on one struct.

mod batch;
mod bills;
mod catalogue;
mod orders;
mod reading;
mod tasks;
mod upkeep;

use std::sync::Arc;

use ports::store::{LoadError, Unavailable};

use crate::cipher::CipherKeys;
use crate::counters::Counters;
use crate::db::{ConnectError, Db, Fault, PgSettings};
use crate::rows::BadRow;

pub(crate) use upkeep::{FORGETTINGS, MONTHS_AHEAD};

/// Orders, tasks, schedules, upkeep and the catalogue in one database. Cheap to clone: clones share the pool.
#[derive(Clone)]
pub struct PgStore {
    db: Db,
    keys: Arc<CipherKeys>,
}

impl PgStore {
    /// Opens the pool on the current runtime, which must outlive the store and be a multi-thread one. A database that
    /// cannot be reached yet is no error: every call answers `Unavailable` until it can.
    ///
    /// # Errors
    /// A setting that can never work.
    pub async fn connect(settings: PgSettings) -> Result<Self, ConnectError> {
        let db = Db::open(&settings.url, settings.pool_size).await?;
        Ok(Self { db, keys: Arc::new(settings.cipher) })
    }

    /// What was asked of the database since [`Self::connect`], by all clones together.
    pub fn counters(&self) -> &Counters {
        &self.db.counters
    }
}

impl From<BadRow> for Unavailable {
    fn from(bad: BadRow) -> Self {
        Self(format!("a stored row cannot be read: {}", bad.0))
    }
}

impl From<BadRow> for LoadError {
    fn from(bad: BadRow) -> Self {
        Self::Corrupt(bad.0)
    }
}

impl From<Fault> for LoadError {
    fn from(fault: Fault) -> Self {
        Self::Unavailable(fault.into())
    }
}

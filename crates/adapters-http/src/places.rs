//! Places for the requests that are served at once. Whoever finds none is told so before anybody looks at what they want:
//! under a load that cannot be carried this is what is done most often, so it must cost next to nothing.

use prometheus::IntCounter;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::Problem;

/// A place is free again within milliseconds; the crowd that wants it has not gone by then.
const FULL_RETRY_S: u32 = 2;
/// Customers and staff. The others are open to anybody and need no place: providers bring money and come before everybody
/// else, and a prober must get its answer.
const TAKES_A_PLACE: &str = "/v1/";

/// The places of one listener.
pub struct Places {
    free: Semaphore,
    turned_away: IntCounter,
}

impl Places {
    pub fn new(places: usize, turned_away: IntCounter) -> Self {
        Self { free: Semaphore::new(places), turned_away }
    }

    /// A place for a request to this path, if it needs one.
    pub fn take(&self, path: &str) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        if !path.starts_with(TAKES_A_PLACE) {
            return Ok(None);
        }
        self.free.try_acquire().map(Some).map_err(|_full| {
            self.turned_away.inc();
            Problem::unavailable("overloaded", "Too many requests are being served", FULL_RETRY_S)
                .detail("nothing was done; ask again, with the same key")
        })
    }
}

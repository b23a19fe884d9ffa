//! Who decides about an order in this process: one after the other, so that each decides on what the one before left. Not
//! here: other processes, whose commits the order's version tells.

use std::time::Duration;

use domain::OrderId;
use tokio::sync::{Mutex, MutexGuard};

/// Orders share a turn by a part of their id. With the few hundred that are decided about at one time few meet another one
/// here; 4,096 turns are 160 KB.
const TURNS: usize = 4_096;

/// See the module.
pub(crate) struct Turns(Vec<Mutex<()>>);

/// Nobody else in this process decides about the order meanwhile.
pub(crate) type Turn<'a> = MutexGuard<'a, ()>;

impl Default for Turns {
    fn default() -> Self {
        Self(std::iter::repeat_with(Mutex::default).take(TURNS).collect())
    }
}

impl Turns {
    /// Waits for the turn. `None`: it was not got within `patience`.
    pub(crate) async fn of(&self, order: OrderId, patience: Duration) -> Option<Turn<'_>> {
        // The end of an id is random.
        let [.., a, b] = *order.uuid().as_bytes();
        let turn = self.0.get(usize::from(u16::from_be_bytes([a, b])) % TURNS)?;
        tokio::time::timeout(patience, turn.lock()).await.ok()
    }
}

//! How many calls a provider takes from us. Plain data; who keeps to it is the engine.

use std::num::NonZeroU16;
use std::time::Duration;

/// What a provider allows one account or address. Nothing: it says no number, and the engine's own bounds hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Calls at the same time.
    pub concurrent: Option<NonZeroU16>,
    /// Calls in a span of time.
    pub rate: Option<Rate>,
}

impl CallLimits {
    /// It says no number.
    pub const UNSAID: Self = Self { concurrent: None, rate: None };

    /// How many processes can each have a part of it: none takes less than one call. Nothing: any number.
    pub fn most_processes(self) -> Option<NonZeroU16> {
        self.concurrent.into_iter().chain(self.rate.map(|rate| rate.calls)).min()
    }
}

/// So many calls in each such span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub calls: NonZeroU16,
    pub per: Duration,
}

//! Business time and chance, as things that can be replaced.

use domain::Moment;

/// Business time. Leases and socket timeouts do not use it: they run on real time.
pub trait Clock: Send + Sync {
    /// Business time, in UTC.
    fn now(&self) -> Moment;
}

/// Fresh random bytes for references and ids. MUST be unpredictable in production.
pub trait Chance: Send + Sync {
    /// Sixteen fresh unpredictable bytes.
    fn bytes(&self) -> [u8; 16];
}

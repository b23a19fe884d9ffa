//! Fresh names, from the clock and from chance.

use domain::{Moment, OrderId, Reference};
use ports::tasks::LeaseToken;
use uuid::Uuid;

use crate::Engine;

impl Engine {
    pub(crate) fn fresh_reference(&self, now: Moment) -> Reference {
        let [a, b, c, d, e, f, g, h, ..] = self.chance.bytes();
        Reference::mint(now, [a, b, c, d, e, f, g, h])
    }

    /// A UUIDv7 of business time: ids of orders sort by when they were placed, and their month says their partition.
    pub(crate) fn fresh_order_id(&self, now: Moment) -> OrderId {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let [a, b, c, d, e, f, g, h, i, j, ..] = self.chance.bytes();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]).into_uuid();
        OrderId::new(id)
    }

    pub(crate) fn fresh_token(&self) -> LeaseToken {
        LeaseToken(Uuid::from_bytes(self.chance.bytes()))
    }
}

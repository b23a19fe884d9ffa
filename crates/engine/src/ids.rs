//! Fresh names, from the clock and from chance.

use domain::{Moment, OrderId, Reference};
use ports::store::StaffAct;
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
        OrderId::new(self.fresh_id(now))
    }

    /// What a member of staff does now: `act` to `subject`.
    pub(crate) fn staff_act(&self, by: &str, act: &str, subject: String, detail: String) -> StaffAct {
        let at = self.clock.now();
        StaffAct { id: self.fresh_id(at), at, actor: by.to_owned(), act: act.to_owned(), subject, detail }
    }

    pub(crate) fn fresh_id(&self, now: Moment) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let [a, b, c, d, e, f, g, h, i, j, ..] = self.chance.bytes();
        uuid::Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]).into_uuid()
    }

    pub(crate) fn fresh_token(&self) -> LeaseToken {
        LeaseToken(Uuid::from_bytes(self.chance.bytes()))
    }
}

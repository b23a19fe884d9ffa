//! Slots of recurring work: one holder at a time, and no slot again. What lies further ahead than the next slot was made by a
//! clock that was wrong: it counts as if it had never been. The next slot is not that far: two processes' clocks differ a bit.

use std::time::Duration;

use ports::tasks::LeaseToken;

use super::claim::lease_millis;
use super::{Statement, text};

text! {
    BeginSlot = "\
INSERT INTO schedule AS s (name, slot, lease_token, leased_until)
VALUES ($1, $2, $3, clock_timestamp() + $4::bigint * interval '1 millisecond')
ON CONFLICT (name) DO UPDATE
SET slot = excluded.slot, lease_token = excluded.lease_token, leased_until = excluded.leased_until
WHERE s.slot <> excluded.slot + 1 AND coalesce(s.last_slot NOT IN (excluded.slot, excluded.slot + 1), true)
  AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp())
RETURNING name"
}
text! {
    FinishSlot = "\
UPDATE schedule SET last_slot = slot, lease_token = NULL, leased_until = NULL
WHERE name = $1 AND slot = $2 AND lease_token = $3 RETURNING name"
}

text! {
    /// A lease that nobody holds.
    GiveBackSlot = "\
UPDATE schedule SET lease_token = NULL, leased_until = clock_timestamp() + $1::bigint * interval '1 millisecond'
WHERE name = $2 AND slot = $3 AND lease_token = $4 RETURNING name"
}

pub(crate) fn begin_slot(name: &str, slot: i64, lease: Duration, token: LeaseToken) -> Statement<BeginSlot> {
    Statement::with([name.into(), slot.into(), token.0.into(), lease_millis(lease).into()])
}

pub(crate) fn give_back_slot(name: &str, slot: i64, wait: Duration, token: LeaseToken) -> Statement<GiveBackSlot> {
    Statement::with([lease_millis(wait).into(), name.into(), slot.into(), token.0.into()])
}

pub(crate) fn finish_slot(name: &str, slot: i64, token: LeaseToken) -> Statement<FinishSlot> {
    Statement::with([name.into(), slot.into(), token.0.into()])
}

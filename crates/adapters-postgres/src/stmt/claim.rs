//! Taking due tasks. The rows are found by `ctid`: a join would let a cached plan believe that the limit is a tenth of the
//! table, and read it all (14 times slower, measured). A row that moved meanwhile is not found, and claimed the next time.
//!
//! Each task gets a token of its own, made from the holder's: a commit releases what its token holds, and must not free
//! another task of the same order that came with the same claim and is still being worked on.

use std::time::Duration;

use domain::Moment;
use ports::tasks::LeaseToken;

use super::{Statement, Text, text};
use crate::rows::row;

/// A text for each queue, because each has an index of its own.
macro_rules! claim_sql {
    ($queue:literal) => {
        concat!(
            "\
UPDATE task
SET lease_token = left(encode(sha256(convert_to($1::text || order_id || key, 'UTF8')), 'hex'), 32)::uuid,
    leased_until = clock_timestamp() + $2::bigint * interval '1 millisecond'
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM task
    WHERE queue = '",
            $queue,
            "' AND state = 'ready' AND run_at <= $3
      AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY run_at LIMIT $4 FOR UPDATE SKIP LOCKED))
RETURNING order_id, key, run_at, attempts, lease_token,
          (SELECT version FROM orders o WHERE o.id = task.order_id) AS version"
        )
    };
}
text! { ClaimGateway = claim_sql!("gateway") }
text! { ClaimSupplier = claim_sql!("supplier") }
text! { ClaimBackOffice = claim_sql!("back_office") }

row! {
    ClaimedRow {
        order_id: uuid::Uuid = Id,
        key: String = Text,
        run_at: domain::Moment = Timestamptz,
        attempts: i32 = Integer,
        lease_token: uuid::Uuid = Id,
        version: i32 = Integer,
    }
}

pub(crate) fn claim<T: Text>(limit: u16, lease: Duration, token: LeaseToken, now: Moment) -> Statement<T> {
    Statement::with([token.0.into(), lease_millis(lease).into(), now.into(), i64::from(limit).into()])
}

/// A lease in the unit of the statements. Leases are minutes; what does not fit is a very long one.
pub(crate) fn lease_millis(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
}

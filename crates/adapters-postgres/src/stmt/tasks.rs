//! The writes of a task's holder, each fenced by its token, and the operator's.

use domain::{AlertKind, Moment, OrderId, TaskKind};
use ports::store::StaffAct;
use ports::tasks::{LeaseToken, Leased};
use uuid::Uuid;

use super::{Statement, text};
use crate::rows::row;

text! {
    RetryLater = "\
UPDATE task SET run_at = $1, attempts = least(attempts + 1, 65535), last_error = $2, lease_token = NULL, leased_until = NULL
WHERE order_id = $3 AND key = $4 AND lease_token = $5 AND state = 'ready' RETURNING key"
}
text! {
    HandBack = "\
UPDATE task SET run_at = $1, lease_token = NULL, leased_until = NULL
WHERE order_id = $2 AND key = $3 AND lease_token = $4 AND state = 'ready' RETURNING key"
}
text! {
    Bury = "\
WITH dead AS (
    UPDATE task
    SET state = 'dead', attempts = least(attempts + 1, 65535), last_error = $1, lease_token = NULL, leased_until = NULL
    WHERE order_id = $2 AND key = $3 AND lease_token = $4 AND state = 'ready' RETURNING order_id, key),
alert_out AS (
    INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times)
    SELECT $5, order_id, key, $1, $6, $6, 1 FROM dead
    ON CONFLICT (kind, order_id, subject) WHERE closed_at IS NULL
    DO UPDATE SET times = alert.times + 1, last_at = excluded.last_at, detail = excluded.detail)
SELECT key FROM dead"
}
text! {
    Revive = "\
WITH live AS (
    UPDATE task SET state = 'ready', run_at = $1, attempts = 0, lease_token = NULL, leased_until = NULL
    WHERE order_id = $2 AND key = $3 AND state = 'dead' RETURNING key),
act_out AS (
    INSERT INTO staff_acts (at, id, actor, act, subject, detail) SELECT $1, $4, $5, $6, $7, $8 FROM live)
SELECT key FROM live"
}
text! {
    /// Reads the whole table, which holds live work only.
    OutlookNow = "\
SELECT count(*) FILTER (WHERE state = 'ready') AS live,
       count(*) FILTER (WHERE state = 'ready' AND leased_until >= clock_timestamp()) AS leased,
       count(*) FILTER (WHERE state = 'dead') AS dead,
       min(run_at) FILTER (WHERE state = 'ready') AS next_due,
       min(run_at) FILTER (WHERE state = 'ready' AND (leased_until IS NULL OR leased_until < clock_timestamp())) AS waiting
FROM task"
}

row! {
    OutlookRow {
        live: i64 = BigInt,
        leased: i64 = BigInt,
        dead: i64 = BigInt,
        next_due: Option<domain::Moment> = Nullable<Timestamptz>,
        waiting: Option<domain::Moment> = Nullable<Timestamptz>,
    }
}

pub(crate) fn retry_later(task: &Leased, run_at: Moment, error: &str) -> Statement<RetryLater> {
    let key = task.kind.to_string();
    Statement::with([run_at.into(), error.into(), task.order.uuid().into(), key.as_str().into(), task.token.0.into()])
}

pub(crate) fn hand_back(task: &Leased, run_at: Moment) -> Statement<HandBack> {
    let key = task.kind.to_string();
    Statement::with([run_at.into(), task.order.uuid().into(), key.as_str().into(), task.token.0.into()])
}

/// The key as it is stored, which may be none that we can read.
pub(crate) fn bury(order: Uuid, key: &str, token: LeaseToken, error: &str, now: Moment) -> Statement<Bury> {
    Statement::with([
        error.into(),
        order.into(),
        key.into(),
        token.0.into(),
        AlertKind::TaskDead.as_str().into(),
        now.into(),
    ])
}

pub(crate) fn revive(order: OrderId, kind: &TaskKind, act: &StaffAct) -> Statement<Revive> {
    Statement::with([
        act.at.into(),
        order.uuid().into(),
        kind.to_string().as_str().into(),
        act.id.into(),
        act.actor.as_str().into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
    ])
}

pub(crate) fn outlook() -> Statement<OutlookNow> {
    Statement::with([])
}

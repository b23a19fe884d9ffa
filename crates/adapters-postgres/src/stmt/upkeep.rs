//! Partitions, the sweep, alerts, and whether the schema is there.

use domain::{Alert, Moment};
use ports::store::StaffAct;

use super::{Statement, text};
use crate::rows::row;

/// Findings of one kind in one sweep: more are the same fault.
const FINDINGS: i64 = 100;
/// Answers forgotten by one statement: some tens of milliseconds, so that none holds locks for long.
const FORGET_AT_ONCE: i64 = 5000;
/// Alerts of one page, whatever is asked for: what a person reads at once, several times over.
const PAGE_LIMIT: u16 = 200;
const DAY_S: i64 = 86_400;
/// Between two sweeps. Each looks at one of the older days, so that none reads more than another, however many orders there
/// are: all of them daily while the oldest order is younger than a day has sweeps, and later in as many days as it takes.
const SWEEP_S: i64 = 600;

text! { MakePartitions = "SELECT make_partitions($1, $2) IS NULL AS done" }
text! { HasSchema = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS found" }
text! { AppliedVersions = "SELECT version::text AS name FROM __diesel_schema_migrations" }
text! {
    /// Of the month `$2` months from `$1`.
    MissingPartitions = "\
SELECT partition_name(parent, month_start($1, $2)) AS name FROM partitioned_tables()
WHERE to_regclass(partition_name(parent, month_start($1, $2))) IS NULL"
}
text! {
    /// Each part is bounded by live work or by some days' orders, never by the number of orders. The words are those of
    /// `AlertKind`. A day is a range of order ids, so that each order's rows are seen together: the days from `$1` on, and
    /// one of those before it. Sweep `$2` of all time takes the next one after the sweep before; `$3` sweeps are a day's.
    ///
    /// `needed` says what `order/guard.rs` of the domain says: which rows need a task, by its key. No index helps it, for
    /// one on a state would cost every change of that state its HOT update. Its subqueries look up one order each: a join
    /// might be planned over the whole table.
    Sweep = "\
WITH days(low, high) AS MATERIALIZED (
    SELECT uuid_floor(to_timestamp($1::bigint * 86400)), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
    UNION ALL
    SELECT uuid_floor(to_timestamp(day * 86400)), uuid_floor(to_timestamp((day + 1) * 86400))
    FROM (SELECT first + $2::bigint % greatest($3::bigint, $1 - first) AS day
          FROM (SELECT ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 86400000 AS first
                FROM orders ORDER BY id LIMIT 1) AS oldest) AS older
    WHERE day < $1),
looked_at(low, high) AS MATERIALIZED (
    SELECT low, high FROM days UNION ALL SELECT order_id, order_id FROM open_order),
bare AS MATERIALIZED (
    SELECT DISTINCT needed.order_id, needed.key FROM looked_at l CROSS JOIN LATERAL (
        SELECT order_id, CASE state WHEN 'pending' THEN 'payment:' || n ELSE 'review' END AS key FROM payment
        WHERE order_id BETWEEN l.low AND l.high AND state IN ('pending', 'review')
        UNION ALL
        SELECT order_id, 'confirm:' || reference FROM checkout
        WHERE order_id BETWEEN l.low AND l.high AND state = 'second_claimed'
        UNION ALL
        SELECT order_id, CASE state WHEN 'review' THEN 'review' ELSE 'item:' || n END FROM item i
        WHERE order_id BETWEEN l.low AND l.high
          AND (state IN ('in_progress', 'review') OR state = 'delivered' AND serial_pending
               OR state = 'queued'
                  AND 'paid' = ANY (ARRAY(SELECT p.state FROM payment p WHERE p.order_id = i.order_id)))
        UNION ALL
        SELECT order_id, CASE (SELECT i.live_attempt FROM item i WHERE i.order_id = a.order_id AND i.n = a.item)
                              WHEN n THEN 'item:' || item ELSE 'recheck:' || reference END
        FROM attempt a
        WHERE order_id BETWEEN l.low AND l.high AND state IN ('reserved', 'pending', 'unknown')
        UNION ALL
        SELECT order_id, 'refund:' || n FROM refund
        WHERE order_id BETWEEN l.low AND l.high AND state IN ('requested', 'sending', 'manual', 'failed')) needed
    WHERE NOT EXISTS (SELECT FROM task t WHERE t.order_id = needed.order_id AND t.key = needed.key)
    ORDER BY needed.order_id, needed.key LIMIT $4),
found AS MATERIALIZED (
    (SELECT 'order_without_task' AS kind, x.order_id, 'order' AS subject, 'not final, and no live task' AS detail
     FROM open_order x
     WHERE NOT EXISTS (SELECT FROM task t WHERE t.order_id = x.order_id AND t.state = 'ready')
     ORDER BY x.order_id LIMIT $4)
    UNION ALL
    (SELECT 'order_without_task', order_id, key, 'is needed as the order stands, and is not there' FROM bare)
    UNION ALL
    (SELECT 'task_overdue', order_id, key, 'was due at ' || to_char(run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
     FROM task WHERE state = 'ready' AND run_at < $5 - interval '15 minutes' ORDER BY run_at LIMIT $4)
    UNION ALL
    (SELECT 'task_dead', order_id, key, coalesce(last_error, '')
     FROM task WHERE state = 'dead' ORDER BY order_id, key LIMIT $4)
    UNION ALL
    (SELECT 'partition_missing', NULL, partition_name(parent, month_start($5, m)), 'to be made by the schedule'
     FROM partitioned_tables(), generate_series(0, 1) AS m
     WHERE to_regclass(partition_name(parent, month_start($5, m))) IS NULL)
    UNION ALL
    (SELECT 'partition_missing', NULL, name, 'holds rows of months without a partition'
     FROM (VALUES ('history_default', EXISTS (SELECT FROM history_default)),
                  ('ledger_default', EXISTS (SELECT FROM ledger_default)),
                  ('inbox_default', EXISTS (SELECT FROM inbox_default))) AS d (name, filled)
     WHERE filled))
INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times)
SELECT kind, order_id, subject, detail, $5, $5, 1 FROM found ORDER BY kind, order_id, subject
ON CONFLICT (kind, order_id, subject) WHERE closed_at IS NULL
DO UPDATE SET times = alert.times + 1, last_at = excluded.last_at, detail = excluded.detail
RETURNING kind, subject, detail"
}
text! {
    ForgetAnswers = "\
WITH gone AS (
    DELETE FROM answer WHERE ctid = ANY (ARRAY(SELECT ctid FROM answer WHERE at < $1 LIMIT $2)) RETURNING 1)
SELECT count(*) AS n FROM gone"
}
/// A page of alerts, newest first.
macro_rules! alerts_sql {
    ($which:literal) => {
        concat!(
            "SELECT id, kind, order_id, subject, detail, raised_at, last_at, times, closed_by FROM alert \
             WHERE id < coalesce($1, 9223372036854775807) ",
            $which,
            " ORDER BY id DESC LIMIT $2"
        )
    };
}
text! { AllAlerts = alerts_sql!("") }
text! {
    /// Found by their own index: they are few among those that were closed.
    OpenAlerts = alerts_sql!("AND closed_at IS NULL")
}
text! {
    RaiseAlert = "\
INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times) VALUES ($1, NULL, $2, $3, $4, $4, 1)
ON CONFLICT (kind, order_id, subject) WHERE closed_at IS NULL
DO UPDATE SET times = alert.times + 1, last_at = excluded.last_at, detail = excluded.detail
RETURNING id"
}
text! {
    CloseAlert = "\
WITH closed AS (
    UPDATE alert SET closed_at = $1, closed_by = $2 WHERE id = $3 AND closed_at IS NULL RETURNING id),
act_out AS (
    INSERT INTO staff_acts (at, actor, id, act, subject, detail) SELECT $1, $2, $4, $5, $6, $7 FROM closed)
SELECT id FROM closed"
}

row! { SweptRow { kind: String = Text, subject: String = Text, detail: String = Text } }

pub(crate) fn make_partitions(now: Moment, ahead: i32) -> Statement<MakePartitions> {
    Statement::with([now.into(), ahead.into()])
}

pub(crate) fn has_schema() -> Statement<HasSchema> {
    Statement::with([])
}

pub(crate) fn applied_versions() -> Statement<AppliedVersions> {
    Statement::with([])
}

pub(crate) fn missing_partitions(now: Moment, month: i32) -> Statement<MissingPartitions> {
    Statement::with([now.into(), month.into()])
}

pub(crate) fn sweep(now: Moment) -> Statement<Sweep> {
    let yesterday = now.timestamp().div_euclid(DAY_S) - 1;
    let sweep = now.timestamp().div_euclid(SWEEP_S);
    Statement::with([yesterday.into(), sweep.into(), (DAY_S / SWEEP_S).into(), FINDINGS.into(), now.into()])
}

pub(crate) fn forget_answers(before: Moment) -> Statement<ForgetAnswers> {
    Statement::with([before.into(), FORGET_AT_ONCE.into()])
}

pub(crate) fn all_alerts(before: Option<i64>, limit: u16) -> Statement<AllAlerts> {
    Statement::with([before.into(), i64::from(limit.min(PAGE_LIMIT)).into()])
}

pub(crate) fn open_alerts(before: Option<i64>, limit: u16) -> Statement<OpenAlerts> {
    Statement::with([before.into(), i64::from(limit.min(PAGE_LIMIT)).into()])
}

/// An alert about no order.
pub(crate) fn raise_alert(alert: &Alert, now: Moment) -> Statement<RaiseAlert> {
    Statement::with([
        alert.kind.as_str().into(),
        alert.subject.as_str().into(),
        alert.detail.as_str().into(),
        now.into(),
    ])
}

pub(crate) fn close_alert(id: i64, act: &StaffAct) -> Statement<CloseAlert> {
    Statement::with([
        act.at.into(),
        act.actor.as_str().into(),
        id.into(),
        act.id.into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
    ])
}

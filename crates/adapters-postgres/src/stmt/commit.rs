//! The commit of a batch of decisions, in the one order that loses no event and burns no key:
//! lock the orders that stand at the right version (by id), take the keys (by key), move the versions of those that got
//! theirs, and only then everything else. Whoever is not in `kept` changed nothing.
//!
//! All parts see one snapshot: nothing here inserts and deletes the same key. A locked order that was committed meanwhile
//! fails its version when the lock is gained, so the snapshot fits every order in `locked`. A key that another order takes at the
//! same moment makes the statement fail, and its second run sees who won: `ON CONFLICT` would write a promise for each key into
//! the log, for races that hardly ever happen.

use super::{Feed, Statement, text};
use crate::rows::row;

/// Somebody else holds the task, or whoever commits keeps it. The statement's own time: both columns agree.
macro_rules! held {
    () => {
        "(i.hold OR t.leased_until >= statement_timestamp()
            AND NOT EXISTS (SELECT FROM lease_in x WHERE x.lease = t.lease_token))"
    };
}

/// Counted from now: not from before a lock was waited for.
macro_rules! lease_end {
    () => {
        "clock_timestamp() + i.take_ms * interval '1 millisecond'"
    };
}

/// The statement's text, but for the condition by which a decision fits the order's version.
macro_rules! commit_sql {
    ($locked:literal, $kept:literal) => {
        concat!(
            "\
WITH {inputs},
locked AS MATERIALIZED (
    SELECT m.*, o.status AS was FROM orders o JOIN member_in m ON m.order_id = o.id
    WHERE ",
            $locked,
            "
      AND NOT EXISTS (SELECT FROM answer a WHERE a.id = m.answer_id)
    ORDER BY o.id FOR NO KEY UPDATE OF o),
keyed AS (
    INSERT INTO dedupe (key, order_id)
    SELECT DISTINCT ON (k.key) k.key, k.order_id FROM key_in k JOIN locked l ON l.order_id = k.order_id
    WHERE NOT EXISTS (SELECT FROM key_in x JOIN dedupe d ON d.key = x.key WHERE x.order_id = k.order_id)
    ORDER BY k.key, l.ord
    RETURNING order_id),
taken AS (SELECT order_id, count(*) AS keys FROM keyed GROUP BY order_id),
kept AS (
    UPDATE orders o
    SET version = o.version + 1, status = l.status, promo_held = coalesce(l.promo_held, o.promo_held)
    FROM locked l LEFT JOIN taken t ON t.order_id = l.order_id
    WHERE o.id = l.order_id AND ",
            $kept,
            "
      AND l.keys = coalesce(t.keys, 0)
    RETURNING o.id, o.version, l.was, l.is_final, l.frees_bills, l.at),
answer_out AS (
    INSERT INTO answer (id, request_hash, order_id, status, body, at)
    SELECT i.id, i.request_hash, i.order_id, i.status, i.body, i.at
    FROM answer_in i JOIN kept ON kept.id = i.order_id ORDER BY i.id),
side_out AS (
    INSERT INTO dedupe (key, order_id)
    SELECT DISTINCT ON (i.key) i.key, i.order_id FROM side_key_in i JOIN kept ON kept.id = i.order_id
    WHERE NOT EXISTS (SELECT FROM dedupe d WHERE d.key = i.key)
    ORDER BY i.key
    RETURNING key, order_id),
inbox_out AS (
    INSERT INTO inbox (id, order_id, at, provider, kind, key, body)
    SELECT i.id, i.order_id, kept.at, i.provider, i.kind, i.key, i.body
    FROM inbox_in i JOIN kept ON kept.id = i.order_id
    JOIN side_out s ON s.order_id = i.order_id AND s.key = i.taken),
task_gone AS (
    DELETE FROM task t USING task_in i JOIN kept ON kept.id = i.order_id
    WHERE i.run_at IS NULL AND t.order_id = i.order_id AND t.key = i.key),
task_moved AS (
    UPDATE task t
    SET run_at = i.run_at, state = 'ready', attempts = 0, last_error = NULL,
        lease_token = CASE WHEN ", held!(), " THEN t.lease_token ELSE i.take END,
        leased_until = CASE WHEN ", held!(), " THEN t.leased_until ELSE ", lease_end!(), " END
    FROM task_in i JOIN kept ON kept.id = i.order_id
    WHERE i.run_at IS NOT NULL AND t.order_id = i.order_id AND t.key = i.key
      AND NOT (i.hold AND t.run_at = i.run_at AND t.state = 'ready' AND t.attempts = 0)
    RETURNING t.order_id, CASE WHEN t.lease_token = i.take THEN i.take END AS token),
task_new AS (
    INSERT INTO task (order_id, key, queue, run_at, state, attempts, lease_token, leased_until)
    SELECT i.order_id, i.key, i.queue, i.run_at, 'ready', 0, i.take, ", lease_end!(), "
    FROM task_in i JOIN kept ON kept.id = i.order_id
    WHERE i.run_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM task t WHERE t.order_id = i.order_id AND t.key = i.key)
    RETURNING order_id, lease_token AS token),
task_taken AS (
    SELECT order_id, array_agg(token) AS tokens
    FROM (SELECT * FROM task_new UNION ALL SELECT * FROM task_moved) x WHERE token IS NOT NULL GROUP BY order_id),
task_released AS (
    UPDATE task t SET lease_token = NULL, leased_until = NULL FROM lease_in x JOIN kept ON kept.id = x.order_id
    WHERE t.order_id = kept.id AND t.lease_token = x.lease
      AND NOT EXISTS (SELECT FROM task_in i WHERE i.order_id = t.order_id AND i.key = t.key)),
closed AS (
    DELETE FROM open_order x USING kept WHERE x.order_id = kept.id AND kept.is_final),
reopened AS (
    INSERT INTO open_order SELECT id FROM kept
    WHERE NOT is_final AND was IN ('success', 'failed', 'expired', 'cancelled') ON CONFLICT DO NOTHING),
bill_closed AS (
    DELETE FROM open_bill x USING kept WHERE x.order_id = kept.id AND kept.frees_bills),
promo_back AS (
    DELETE FROM promo_use x USING promo_use_in i JOIN kept ON kept.id = i.order_id
    WHERE NOT i.takes AND x.order_id = i.order_id AND x.code = i.code RETURNING x.code, -1 AS uses),
promo_again AS (
    INSERT INTO promo_use (order_id, code)
    SELECT i.order_id, i.code FROM promo_use_in i JOIN kept ON kept.id = i.order_id WHERE i.takes
    ON CONFLICT DO NOTHING RETURNING code, 1 AS uses),
promo_locked AS MATERIALIZED (
    SELECT p.code, s.uses FROM promo p
    JOIN (SELECT code, sum(uses)::integer AS uses
          FROM (SELECT * FROM promo_back UNION ALL SELECT * FROM promo_again) x GROUP BY code) s ON s.code = p.code
    ORDER BY p.code FOR NO KEY UPDATE OF p),
promo_out AS (
    UPDATE promo p SET used = p.used + l.uses FROM promo_locked l WHERE p.code = l.code),
alert_out AS (
    INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times)
    SELECT i.kind, i.order_id, i.subject, i.detail, kept.at, kept.at, i.times
    FROM alert_in i JOIN kept ON kept.id = i.order_id ORDER BY i.kind, i.order_id, i.subject
    ON CONFLICT (kind, order_id, subject) WHERE closed_at IS NULL
    DO UPDATE SET times = alert.times + excluded.times, last_at = excluded.last_at, detail = excluded.detail){writes}
SELECT m.ord, o.id IS NOT NULL AS known, l.order_id IS NOT NULL AS current, kept.id IS NOT NULL AS done,
       EXISTS (SELECT FROM answer a WHERE a.id = m.answer_id) AS answered, coalesce(k.tokens, ARRAY[]::uuid[]) AS taken
FROM member_in m LEFT JOIN orders o ON o.id = m.order_id
LEFT JOIN locked l ON l.order_id = m.order_id LEFT JOIN kept ON kept.id = m.order_id
LEFT JOIN task_taken k ON k.order_id = m.order_id"
        )
    };
}

text! {
    /// `member_in` names each member once, and each order once.
    Commit = commit_sql!("o.version = m.decided_on", "o.version = l.decided_on")
}
#[cfg(feature = "test-hooks")]
text! {
    /// With the version rule switched off. `cargo xtask shipped` looks for this very condition in the program for use.
    AnyVersion = commit_sql!("o.version = o.version", "o.version = o.version")
}

row! {
    /// What became of one member.
    CommitAnswer {
        /// Its place in the batch.
        ord: i32 = Integer,
        known: bool = Bool,
        /// It was decided on the version that stands, and not answered before.
        current: bool = Bool,
        done: bool = Bool,
        answered: bool = Bool,
        /// The tokens of the tasks it got.
        taken: Vec<uuid::Uuid> = Array<Id>,
    }
}

pub(crate) fn commit(feeds: Vec<Feed>) -> Statement<Commit> {
    Statement::fed(feeds)
}

#[cfg(feature = "test-hooks")]
pub(crate) fn commit_on_any_version(feeds: Vec<Feed>) -> Statement<AnyVersion> {
    Statement::fed(feeds)
}

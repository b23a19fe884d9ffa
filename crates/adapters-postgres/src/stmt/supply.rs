//! What people switched off, what the machine knows of suppliers, and what happened there.

use domain::{Currency, Moment, Money, SupplierId};
use ports::store::StaffAct;
use ports::supply::{SupplierState, Switch};
use uuid::Uuid;

use super::{Feed, Statement, text};

/// Switches that stand at one time, as far as anybody reads: more than there are suppliers and kinds of goods.
const PAGE_LIMIT: i64 = 500;

text! {
    States = "\
SELECT supplier, version, broken_until, broken_since, held, held_since, needed_minor, needed_currency,
       balance_minor, balance_currency, balance_at, hours_left
FROM supplier_state ORDER BY supplier"
}
text! {
    /// A row that nobody has read as this version is left as it is; a first one is written by one of those who write it.
    PutState = "\
INSERT INTO supplier_state AS s (supplier, version, broken_until, broken_since, held, held_since, needed_minor, needed_currency,
                                 balance_minor, balance_currency, balance_at, hours_left)
SELECT $1, $2::integer + 1, $3::timestamptz, $4::timestamptz, $5, $6::timestamptz, $7::bigint, $8, $9::bigint, $10,
       $11::timestamptz, $12::bigint
WHERE $2 = 0 OR EXISTS (SELECT FROM supplier_state WHERE supplier = $1 AND version = $2)
ON CONFLICT (supplier) DO UPDATE
SET version = excluded.version, broken_until = excluded.broken_until, broken_since = excluded.broken_since,
    held = excluded.held, held_since = excluded.held_since, needed_minor = excluded.needed_minor,
    needed_currency = excluded.needed_currency, balance_minor = excluded.balance_minor,
    balance_currency = excluded.balance_currency, balance_at = excluded.balance_at, hours_left = excluded.hours_left
WHERE s.version = excluded.version - 1
RETURNING supplier"
}
text! {
    Release = "\
WITH freed AS (
    UPDATE supplier_state SET version = version + 1, held = NULL, held_since = NULL, needed_minor = NULL, needed_currency = NULL
    WHERE supplier = $1 AND held IS NOT NULL RETURNING supplier),
act_out AS (
    INSERT INTO staff_acts (id, at, actor, act, subject, detail) SELECT $2::uuid, $3, $4, $5, $6, $7 FROM freed
    ON CONFLICT (id) DO NOTHING)
SELECT supplier FROM freed"
}
text! {
    /// The same goods for as long are switched off once.
    SwitchOff = "\
WITH asked AS (
    SELECT $1::uuid AS id, $2::text AS supplier, $3::text AS product, $4::text AS category, $5::timestamptz AS from_at,
           $6::timestamptz AS until_at),
stands AS (
    SELECT s.id FROM switch_off s JOIN asked a
        ON (s.supplier, s.product, s.category, s.until_at) IS NOT DISTINCT FROM (a.supplier, a.product, a.category, a.until_at)
    WHERE s.ended_at IS NULL AND s.from_at <= a.from_at ORDER BY s.id LIMIT 1),
put AS (
    INSERT INTO switch_off (id, supplier, product, category, from_at, until_at, set_by, why)
    SELECT id, supplier, product, category, from_at, until_at, $7, $8 FROM asked WHERE NOT EXISTS (SELECT FROM stands)
    ON CONFLICT (id) DO NOTHING RETURNING id),
act_out AS (
    INSERT INTO staff_acts (id, at, actor, act, subject, detail) SELECT $9::uuid, $10, $11, $12, $13, $14 FROM put
    ON CONFLICT (id) DO NOTHING)
SELECT id FROM put UNION ALL SELECT id FROM stands"
}
text! {
    SwitchOn = "\
WITH ended AS (
    UPDATE switch_off SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at IS NULL RETURNING id),
act_out AS (
    INSERT INTO staff_acts (at, actor, id, act, subject, detail) SELECT $1, $2, $4, $5, $6, $7 FROM ended
    ON CONFLICT (id) DO NOTHING)
SELECT id FROM ended"
}
text! {
    Switches = "\
SELECT id, supplier, product, category, from_at, until_at, set_by, why FROM switch_off
WHERE ended_at IS NULL AND (until_at IS NULL OR until_at > $1) ORDER BY from_at, id LIMIT $2"
}
text! {
    /// `seen_in` names each minute of a supplier once.
    Observed = "\
WITH {inputs}
INSERT INTO supplier_minute AS m (minute, supplier, sent, delivered, refused, turned_away, failed, unclear, not_sent, reversed,
                                  deliver_ms, spent_minor)
SELECT minute, supplier, sent, delivered, refused, turned_away, failed, unclear, not_sent, reversed, deliver_ms, spent_minor
FROM seen_in ORDER BY minute, supplier
ON CONFLICT (minute, supplier) DO UPDATE
SET sent = m.sent + excluded.sent, delivered = m.delivered + excluded.delivered, refused = m.refused + excluded.refused,
    turned_away = m.turned_away + excluded.turned_away, failed = m.failed + excluded.failed,
    unclear = m.unclear + excluded.unclear, not_sent = m.not_sent + excluded.not_sent,
    reversed = m.reversed + excluded.reversed, deliver_ms = m.deliver_ms + excluded.deliver_ms,
    spent_minor = m.spent_minor + excluded.spent_minor
RETURNING minute"
}
text! {
    SumsSince = "\
SELECT supplier, sum(sent)::bigint AS sent, sum(delivered)::bigint AS delivered, sum(refused)::bigint AS refused,
       sum(turned_away)::bigint AS turned_away, sum(failed)::bigint AS failed, sum(unclear)::bigint AS unclear,
       sum(not_sent)::bigint AS not_sent, sum(reversed)::bigint AS reversed, sum(deliver_ms)::bigint AS deliver_ms,
       sum(spent_minor)::bigint AS spent_minor
FROM supplier_minute WHERE minute >= $1 GROUP BY supplier ORDER BY supplier"
}
text! {
    ForgetMinutes = "\
WITH gone AS (DELETE FROM supplier_minute WHERE minute < $1 RETURNING 1) SELECT count(*) AS n FROM gone"
}

pub(crate) fn states() -> Statement<States> {
    Statement::with([])
}

pub(crate) fn put_state(state: &SupplierState) -> Statement<PutState> {
    let needed = state.held.and_then(|held| held.needed);
    let balance = state.balance.map(|(balance, _)| balance);
    let currency = |money: Option<Money>| money.map(Money::currency).map(Currency::code);
    Statement::with([
        state.supplier.as_str().into(),
        state.version.into(),
        state.broken_until.into(),
        state.broken_since.into(),
        state.held.map(|held| held.hold.as_str()).into(),
        state.held.map(|held| held.since).into(),
        needed.map(Money::minor).into(),
        currency(needed).into(),
        balance.map(Money::minor).into(),
        currency(balance).into(),
        state.balance.map(|(_, at)| at).into(),
        state.hours_left.map(i64::from).into(),
    ])
}

pub(crate) fn release(supplier: &SupplierId, act: &StaffAct) -> Statement<Release> {
    Statement::with([
        supplier.as_str().into(),
        act.id.into(),
        act.at.into(),
        act.actor.as_str().into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
    ])
}

pub(crate) fn switch_off(switch: &Switch, act: &StaffAct) -> Statement<SwitchOff> {
    let goods = &switch.goods;
    Statement::with([
        switch.id.into(),
        goods.supplier.as_ref().map(|id| id.as_str()).into(),
        goods.product.as_ref().map(|id| id.as_str()).into(),
        goods.category.map(|category| category.as_str()).into(),
        switch.from.into(),
        switch.until.into(),
        switch.by.as_str().into(),
        switch.why.as_str().into(),
        act.id.into(),
        act.at.into(),
        act.actor.as_str().into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
    ])
}

pub(crate) fn switch_on(id: Uuid, act: &StaffAct) -> Statement<SwitchOn> {
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

pub(crate) fn switches(now: Moment) -> Statement<Switches> {
    Statement::with([now.into(), PAGE_LIMIT.into()])
}

pub(crate) fn observed(minutes: Feed) -> Statement<Observed> {
    Statement::fed(vec![minutes])
}

pub(crate) fn sums(since: Moment) -> Statement<SumsSince> {
    Statement::with([since.into()])
}

pub(crate) fn forget_minutes(before: Moment) -> Statement<ForgetMinutes> {
    Statement::with([before.into()])
}

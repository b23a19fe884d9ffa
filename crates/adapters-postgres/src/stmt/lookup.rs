//! Reading around orders: who holds a key, what was answered, what a customer ordered, lists; and parking a notice.

use domain::{Alert, CustomerId, DedupeKey, Moment, OrderId, Reference};
use ports::notice::NoticeRecord;
use ports::store::OrderFilter;
use uuid::Uuid;

use super::{Bind, Statement, text};
use crate::keys::{answer_id, key_id};
use crate::pack::pack;
use crate::rows::notice_key;

/// Orders looked at for one page when few of them fit: they lie side by side, on some two hundred pages of the table.
const LOOKED_AT: i64 = 5000;
/// The same of one customer's, which may lie on a page each.
const LOOKED_AT_OF_CUSTOMER: i64 = 1000;
/// Orders or notices of one page, whatever is asked for: what a person reads at once, several times over.
const PAGE_LIMIT: u16 = 200;

text! { HolderOf = "SELECT order_id FROM dedupe WHERE key = $1" }
text! {
    StoredAnswerBy = "SELECT request_hash, order_id, status, body, at FROM answer WHERE id = $1"
}
text! {
    /// The notice once; the alert each time.
    Park = "\
WITH noticed AS (
    INSERT INTO dedupe (key, order_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key),
inbox_out AS (
    INSERT INTO inbox (id, order_id, at, provider, kind, key, body)
    SELECT $3, $2, $4, $5, $6, $7, $8 FROM noticed),
alert_out AS (
    INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times)
    SELECT $9, $2, $10, d, $4, $4, 1 FROM unnest(ARRAY[$11]) AS d WHERE $9 IS NOT NULL
    ON CONFLICT (kind, order_id, subject) WHERE closed_at IS NULL
    DO UPDATE SET times = alert.times + 1, last_at = excluded.last_at, detail = excluded.detail)
SELECT count(*) AS stored FROM noticed"
}

text! {
    /// Sorted by the time, which no index serves: an order by id might be planned as a walk over all notices.
    NoticesAbout = "\
SELECT at, provider, kind, key, body FROM inbox WHERE split_part(key, ':', 3) = $1 ORDER BY at DESC, id DESC LIMIT $2"
}

/// A page of summaries, newest first, out of the first `$1` orders that are looked at: no index leads to a status, because one
/// on a column that changes would cost every change its HOT update. Where few fit, the page ends with the last order looked
/// at, which need not fit itself.
macro_rules! list_sql {
    ($columns:literal, $from:literal, $limit:literal) => {
        concat!(
            "\
SELECT id, customer, created_at, status, total_minor, total_currency, item_count, fits, place = $1 AS ends FROM (
    SELECT *, status = coalesce($2, status) AS fits, row_number() OVER (ORDER BY id DESC) AS place
    FROM (SELECT ",
            $columns,
            " FROM ",
            $from,
            " ORDER BY id DESC LIMIT $1) looked_at) numbered
WHERE fits OR place = $1 ORDER BY id DESC LIMIT ",
            $limit
        )
    };
}
/// The same over the orders themselves.
macro_rules! list_of_orders {
    ($from:literal, $limit:literal) => {
        list_sql!("id, customer, created_at, status, total_minor, total_currency, item_count", $from, $limit)
    };
}
text! { ListAll = list_of_orders!("orders WHERE id < $3", "$4") }
text! { ListOfCustomer = list_of_orders!("orders WHERE id < $3 AND customer = $4", "$5") }
text! {
    /// Orders that are not final are few, so all of them may be looked at. Each is fetched by a look-up of its own: a join might
    /// be planned as a walk over all orders.
    ListOpen = list_sql!(
        "x.order_id AS id, o.customer, o.created_at, o.status, o.total_minor, o.total_currency, o.item_count",
        "open_order x CROSS JOIN LATERAL (SELECT * FROM orders WHERE orders.id = x.order_id OFFSET 0) o WHERE x.order_id < $3",
        "$4"
    )
}

pub(crate) fn holder_of(key: &DedupeKey) -> Statement<HolderOf> {
    Statement::with([key_id(key.as_str()).into()])
}

pub(crate) fn stored_answer(scope: &str, key: &str) -> Statement<StoredAnswerBy> {
    Statement::with([answer_id(scope, key).into()])
}

pub(crate) fn park(
    id: Uuid,
    notice: &NoticeRecord,
    order: Option<OrderId>,
    alert: Option<&Alert>,
    now: Moment,
) -> Statement<Park> {
    Statement::with([
        key_id(&notice_key(&notice.key)).into(),
        order.map(OrderId::uuid).into(),
        id.into(),
        now.into(),
        notice.provider.as_str().into(),
        notice.kind.as_str().into(),
        notice.key.as_str().into(),
        pack(&notice.body).into(),
        alert.map(|alert| alert.kind.as_str()).into(),
        alert.map(|alert| alert.subject.as_str()).into(),
        alert.map(|alert| alert.detail.as_str()).into(),
    ])
}

pub(crate) fn notices_about(reference: &Reference, limit: u16) -> Statement<NoticesAbout> {
    Statement::with([reference.as_str().into(), i64::from(limit.min(PAGE_LIMIT)).into()])
}

pub(crate) fn list_all(filter: &OrderFilter) -> Statement<ListAll> {
    let [status, before, limit] = page(filter);
    Statement::with([looked_at(filter, LOOKED_AT), status, before, limit])
}

pub(crate) fn list_open(filter: &OrderFilter) -> Statement<ListOpen> {
    let [status, before, limit] = page(filter);
    Statement::with([looked_at(filter, i64::MAX), status, before, limit])
}

pub(crate) fn list_of_customer(customer: CustomerId, filter: &OrderFilter) -> Statement<ListOfCustomer> {
    let [status, before, limit] = page(filter);
    Statement::with([looked_at(filter, LOOKED_AT_OF_CUSTOMER), status, before, customer.uuid().into(), limit])
}

/// Where all fit, a page is all that need be looked at, and the plan is made for that.
fn looked_at(filter: &OrderFilter, most: i64) -> Bind {
    filter.status.map_or(i64::from(page_limit(filter)), |_| most).into()
}

fn page(filter: &OrderFilter) -> [Bind; 3] {
    let before = filter.before.map_or(Uuid::max(), OrderId::uuid);
    let status = filter.status.map(|status| status.as_str());
    [status.into(), before.into(), i64::from(page_limit(filter)).into()]
}

/// Lines of a page.
pub(crate) fn page_limit(filter: &OrderFilter) -> u16 {
    filter.limit.min(PAGE_LIMIT)
}

//! Reading around orders: who holds a key, what was answered, what a customer ordered, lists; and parking a notice.

use domain::{Alert, CustomerId, DedupeKey, Moment, OrderId, Reference};
use ports::notice::NoticeRecord;
use ports::store::OrderFilter;
use uuid::Uuid;

use super::{Bind, Column, Statement, text};

/// A customer's orders looked at for a repetition: many more within minutes are no customer's.
const RECENT_ORDERS: i64 = 100;
/// Orders or notices of one page, whatever is asked for: what a person reads at once, several times over.
const PAGE_LIMIT: u16 = 200;

text! { HolderOf = "SELECT order_id FROM dedupe WHERE key = $1" }
text! {
    StoredAnswerBy = "SELECT request_hash, order_id, status, body, at FROM answer WHERE scope = $1 AND key = $2"
}
text! {
    OrderedSince = "\
SELECT EXISTS (
    SELECT FROM (SELECT id, created_at FROM orders WHERE customer = $1 ORDER BY id DESC LIMIT $2) o
    JOIN item i ON i.order_id = o.id
    WHERE o.created_at >= $3 AND i.target_mark = ANY ($4)) AS found"
}
text! {
    /// The notice once; the alert each time.
    Park = "\
WITH noticed AS (
    INSERT INTO dedupe (key, order_id, at) VALUES ('notice:' || $1, $2, $3) ON CONFLICT DO NOTHING RETURNING key),
inbox_out AS (
    INSERT INTO inbox (id, order_id, at, provider, kind, key, body)
    SELECT $4, $2, $3, $5, $6, $1, $7 FROM noticed),
alert_out AS (
    INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times)
    SELECT $8, $2, $9, d, $3, $3, 1 FROM unnest(ARRAY[$10]) AS d WHERE $8 IS NOT NULL
    ON CONFLICT (kind, order_id, subject) WHERE closed_at IS NULL
    DO UPDATE SET times = alert.times + 1, last_at = excluded.last_at, detail = excluded.detail)
SELECT count(*) AS stored FROM noticed"
}

text! {
    /// Sorted by the time, which no index serves: an order by id might be planned as a walk over all notices.
    NoticesAbout = "\
SELECT at, provider, kind, key, body FROM inbox WHERE split_part(key, ':', 3) = $1 ORDER BY at DESC, id DESC LIMIT $2"
}

/// A page of summaries, newest first.
macro_rules! list_sql {
    ($from:literal, $limit:literal) => {
        concat!(
            "SELECT o.id, o.customer, o.created_at, o.status, o.total_minor, o.total_currency, o.item_count FROM ",
            $from,
            " ORDER BY o.id DESC LIMIT ",
            $limit
        )
    };
}
text! { ListAll = list_sql!("orders o WHERE o.id < $1 AND o.status = coalesce($2, o.status)", "$3") }
text! {
    ListOfCustomer =
        list_sql!("orders o WHERE o.id < $1 AND o.status = coalesce($2, o.status) AND o.customer = $3", "$4")
}
text! {
    /// Orders that are not final are few; they are found without walking the others.
    ListOpen = list_sql!(
        "open_order x JOIN orders o ON o.id = x.order_id WHERE x.order_id < $1 AND o.status = coalesce($2, o.status)",
        "$3"
    )
}

pub(crate) fn holder_of(key: &DedupeKey) -> Statement<HolderOf> {
    Statement::with([key.as_str().into()])
}

pub(crate) fn stored_answer(scope: &str, key: &str) -> Statement<StoredAnswerBy> {
    Statement::with([scope.into(), key.into()])
}

pub(crate) fn ordered_since(customer: CustomerId, marks: Vec<Vec<u8>>, since: Moment) -> Statement<OrderedSince> {
    let marks = Column::Bytes(marks.into_iter().map(Some).collect());
    Statement::with([customer.uuid().into(), RECENT_ORDERS.into(), since.into(), marks.into()])
}

pub(crate) fn park(
    id: Uuid,
    notice: &NoticeRecord,
    order: Option<OrderId>,
    alert: Option<&Alert>,
    now: Moment,
) -> Statement<Park> {
    Statement::with([
        notice.key.as_str().into(),
        order.map(OrderId::uuid).into(),
        now.into(),
        id.into(),
        notice.provider.as_str().into(),
        notice.kind.as_str().into(),
        notice.body.as_str().into(),
        alert.map(|alert| alert.kind.as_str()).into(),
        alert.map(|alert| alert.subject.as_str()).into(),
        alert.map(|alert| alert.detail.as_str()).into(),
    ])
}

pub(crate) fn notices_about(reference: &Reference, limit: u16) -> Statement<NoticesAbout> {
    Statement::with([reference.as_str().into(), i64::from(limit.min(PAGE_LIMIT)).into()])
}

pub(crate) fn list_all(filter: &OrderFilter) -> Statement<ListAll> {
    Statement::with(page(filter))
}

pub(crate) fn list_open(filter: &OrderFilter) -> Statement<ListOpen> {
    Statement::with(page(filter))
}

pub(crate) fn list_of_customer(customer: CustomerId, filter: &OrderFilter) -> Statement<ListOfCustomer> {
    let [before, status, limit] = page(filter);
    Statement::with([before, status, customer.uuid().into(), limit])
}

fn page(filter: &OrderFilter) -> [Bind; 3] {
    let before = filter.before.map_or(Uuid::max(), OrderId::uuid);
    let status = filter.status.map(|status| status.as_str());
    [before.into(), status.into(), i64::from(filter.limit.min(PAGE_LIMIT)).into()]
}

//! Commits and new orders as rows: one short list of columns per table.

use std::collections::BTreeMap;

#[cfg(feature = "test-hooks")]
use domain::broken::{Rule, is_broken};
use domain::fulfilment::Item;
use domain::ledger::{Posting, Transfer};
use domain::order::PromoChange;
use domain::task::TaskChange;
use domain::{Alert, AlertKind, DedupeKey, HistoryRow, Moment, OrderId, TaskKind};
use ports::Exchange;
use ports::store::{Commit, Create, StoredAnswer, Take};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::children::{attempts, changed_items, checkouts, new_items, payments, refunds};
use super::said::packed_said;
use crate::cipher::{CipherKeys, Place};
use crate::keys::{answer_id, key_id};
use crate::pack::pack;
use crate::stmt::{Feed, Write, lease_millis};

/// The rows of a batch of commits. `ord` is a member's place; the orders differ.
pub(crate) fn commit_feeds(batch: &[&Commit], keys: &CipherKeys) -> Vec<Feed> {
    vec![
        members(batch),
        keys_taken(batch),
        leases(batch),
        answers(&each(batch, |commit| commit.answer.iter().collect()), keys),
        side_keys(batch),
        inbox(batch),
        tasks(&each(batch, |commit| {
            commit.change.tasks.iter().map(|change| task_cells(change, &commit.takes)).collect()
        })),
        promo_uses(batch),
        alerts(batch),
        payments(Write::Put(&["order_id", "n"]), &each(batch, |commit| commit.change.payments.iter().collect())),
        checkouts(&each(batch, |commit| commit.change.checkouts.iter().collect()), keys),
        changed_items(&each(batch, |commit| commit.change.items.iter().collect())),
        attempts(&each(batch, |commit| commit.change.attempts.iter().collect()), keys),
        refunds(&each(batch, |commit| commit.change.refunds.iter().collect())),
        history(&each(batch, |commit| vec![(&commit.change.history, commit.exchanges.as_slice())])),
        ledger(batch),
    ]
}

/// The rows of new orders. `ord` is a member's place.
pub(crate) fn create_feeds(batch: &[&Create], keys: &CipherKeys) -> Vec<Feed> {
    let customers = batch.iter().map(|create| (create.order(), create.new.order.customer)).collect();
    vec![
        new_members(batch),
        marks(batch, keys),
        bill_marks(&each(batch, |create| create.new.order.items.iter().collect()), keys),
        answers(&each(batch, |create| vec![&create.answer]), keys),
        tasks(&each(batch, |create| {
            create.new.order.tasks.iter().map(|task| task_row(&task.kind, Some(task.run_at), false, None)).collect()
        })),
        payments(Write::Insert, &each(batch, |create| create.new.order.payments.iter().collect())),
        new_items(&each(batch, |create| create.new.order.items.iter().collect()), &customers, keys),
        history(&each(batch, |create| vec![(&create.new.history, [].as_slice())])),
    ]
}

/// What a batch is made of: one order each.
trait Member {
    fn order(&self) -> OrderId;
}
impl Member for Commit {
    fn order(&self) -> OrderId {
        self.change.order
    }
}
impl Member for Create {
    fn order(&self) -> OrderId {
        self.new.order.id
    }
}

/// The parts of all members, each with its order.
fn each<'a, M: Member, P>(batch: &[&'a M], parts: impl Fn(&'a M) -> Vec<P>) -> Vec<(OrderId, P)> {
    batch.iter().copied().flat_map(|member| parts(member).into_iter().map(|part| (member.order(), part))).collect()
}

fn members(batch: &[&Commit]) -> Feed {
    let rows: Vec<(i32, &Commit)> = (0..).zip(batch.iter().copied()).collect();
    Feed::of("member", Write::Text, &rows)
        .int("ord", |(ord, _)| *ord)
        .uuid("order_id", |(_, c)| c.change.order.uuid())
        .int("decided_on", |(_, c)| c.change.decided_on)
        .int("keys", |(_, c)| i32::try_from(admitting_keys(c).len()).unwrap_or(i32::MAX))
        .time("at", |(_, c)| c.change.history.at)
        .text("status", |(_, c)| c.change.status.as_str())
        .bool("is_final", |(_, c)| c.change.status.is_final())
        .bool("frees_bills", |(_, c)| c.change.frees_bills)
        .opt_bool("promo_held", |(_, c)| c.change.promo.as_ref().map(|p| matches!(p, PromoChange::TakeAgain { .. })))
        .opt_uuid("answer_id", |(_, c)| c.answer.as_ref().map(|answer| answer_id(&answer.scope, &answer.key)))
        .done()
}

fn new_members(batch: &[&Create]) -> Feed {
    let rows: Vec<(i32, &Create)> = (0..).zip(batch.iter().copied()).collect();
    Feed::of("member", Write::Text, &rows)
        .int("ord", |(ord, _)| *ord)
        .uuid("order_id", |(_, c)| c.new.order.id.uuid())
        .int("version", |(_, c)| c.new.order.version)
        .text("status", |(_, c)| c.new.status.as_str())
        .bool("is_final", |(_, c)| c.new.status.is_final())
        .bool("promo_held", |(_, c)| c.new.order.promo_held)
        .uuid("customer", |(_, c)| c.new.order.customer.uuid())
        .time("created_at", |(_, c)| c.new.order.created_at)
        .money("total_minor", "total_currency", |(_, c)| Some(c.new.order.terms.total))
        .int("item_count", |(_, c)| i32::try_from(c.new.order.items.len()).unwrap_or(i32::MAX))
        .opt_bytes("terms", |(_, c)| pack(&serde_json::to_string(&c.new.order.terms).ok()?))
        .opt_text("code", |(_, c)| {
            c.new.order.terms.promo.as_ref().filter(|_| c.new.order.promo_held).map(|promo| promo.code.as_str())
        })
        .opt_time("unless_since", |(_, c)| c.unless_since)
        .uuid("answer_id", |(_, c)| answer_id(&c.answer.scope, &c.answer.key))
        .done()
}

/// How what is ordered would be marked if it had been ordered before; under an older key, too.
fn marks(batch: &[&Create], keys: &CipherKeys) -> Feed {
    let rows = each(batch, |create| {
        let order = &create.new.order;
        let items = order.items.iter().filter(|_| create.unless_since.is_some());
        items.flat_map(|item| keys.marks(order.customer, &item.product, &item.target)).collect()
    });
    Feed::of("mark", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .bytes("mark", |(_, mark)| mark.clone())
        .done()
}

/// The bills that these items are to pay, by every mark.
fn bill_marks(items: &[(OrderId, &Item)], keys: &CipherKeys) -> Feed {
    let bills = items.iter().filter(|(_, item)| item.bill.is_some());
    let marks = bills
        .flat_map(|(order, item)| keys.bill_marks(&item.product, &item.target).into_iter().map(|mark| (*order, mark)));
    let rows: Vec<(OrderId, Vec<u8>)> = marks.collect();
    Feed::of("open_bill", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .bytes("mark", |(_, mark)| mark.clone())
        .done()
}

/// Joined to its order by the order that is changed, whatever order the answer speaks of.
fn answers(rows: &[(OrderId, &StoredAnswer)], keys: &CipherKeys) -> Feed {
    Feed::of("answer", Write::Text, rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .uuid("id", |(_, a)| answer_id(&a.scope, &a.key))
        .bytes("request_hash", |(_, a)| a.request_hash)
        .int("status", |(_, a)| a.status)
        .opt_bytes("body", |(_, a)| keys.seal(&pack(&a.body)?, &answer_place(&format!("{}|{}", a.scope, a.key))))
        .time("at", |(_, a)| a.at)
        .done()
}

/// Where an answer's sealed body lives.
pub(super) fn answer_place(row: &str) -> Place<'_> {
    Place { table: "answer", row, column: "body" }
}

/// The keys without which the commit does not happen.
fn admitting_keys(commit: &Commit) -> &[DedupeKey] {
    #[cfg(feature = "test-hooks")]
    if is_broken(Rule::Dedupe) {
        return &[];
    }
    &commit.change.keys
}

fn keys_taken(batch: &[&Commit]) -> Feed {
    let rows = each(batch, |commit| admitting_keys(commit).iter().collect());
    Feed::of("key", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .uuid("key", |(_, key)| key_id(key.as_str()))
        .done()
}

fn leases(batch: &[&Commit]) -> Feed {
    let rows = each(batch, |commit| commit.leases.iter().collect());
    Feed::of("lease", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .uuid("lease", |(_, lease)| lease.0)
        .done()
}

/// Keys that hinder nothing when they are taken: those of notices.
fn side_keys(batch: &[&Commit]) -> Feed {
    let rows = each(batch, |commit| {
        let keys = commit.notice.iter().map(|notice| notice_key(&notice.key));
        // The rule is switched off, and yet the key is written.
        #[cfg(feature = "test-hooks")]
        let keys = keys.chain(commit.change.keys.iter().filter(|_| is_broken(Rule::Dedupe)).map(ToString::to_string));
        keys.collect()
    });
    Feed::of("side_key", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .uuid("key", |(_, key)| key_id(key))
        .done()
}

fn inbox(batch: &[&Commit]) -> Feed {
    let rows = each(batch, |commit| {
        commit.notice.iter().map(|notice| (notice_id(commit.change.history.at), notice)).collect()
    });
    Feed::of("inbox", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .uuid("id", |(_, (id, _))| *id)
        .text("provider", |(_, (_, notice))| notice.provider.as_str())
        .text("kind", |(_, (_, notice))| notice.kind.as_str())
        .text("key", |(_, (_, notice))| notice.key.as_str())
        .opt_bytes("body", |(_, (_, notice))| pack(&notice.body))
        .uuid("taken", |(_, (_, notice))| key_id(&notice_key(&notice.key)))
        .done()
}

/// Among the keys that are taken, a notice's own.
pub(crate) fn notice_key(key: &str) -> String {
    format!("notice:{key}")
}

/// A notice's own id: a UUIDv7 of business time, so that it lands in that month's partition.
pub(crate) fn notice_id(at: Moment) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}

/// A task's key, queue, due time (`None`: it goes), whether its lease stays, and who takes it.
struct TaskCells<'a> {
    key: String,
    queue: &'static str,
    run_at: Option<Moment>,
    hold: bool,
    take: Option<&'a Take>,
}

fn task_cells<'a>(change: &TaskChange, takes: &'a [Take]) -> TaskCells<'a> {
    match change {
        TaskChange::Put { task, hold } => {
            let take = takes.iter().find(|take| take.kind == task.kind);
            task_row(&task.kind, Some(task.run_at), *hold, take)
        }
        TaskChange::Remove(kind) => task_row(kind, None, false, None),
    }
}

fn task_row<'a>(kind: &TaskKind, run_at: Option<Moment>, hold: bool, take: Option<&'a Take>) -> TaskCells<'a> {
    TaskCells { key: kind.to_string(), queue: kind.queue().as_str(), run_at, hold, take }
}

fn tasks(rows: &[(OrderId, TaskCells<'_>)]) -> Feed {
    Feed::of("task", Write::Text, rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .text("key", |(_, task)| task.key.as_str())
        .text("queue", |(_, task)| task.queue)
        .opt_time("run_at", |(_, task)| task.run_at)
        .bool("hold", |(_, task)| task.hold)
        .opt_uuid("take", |(_, task)| task.take.map(|take| take.token.0))
        .opt_bigint("take_ms", |(_, task)| task.take.map(|take| lease_millis(take.lease)))
        .done()
}

fn promo_uses(batch: &[&Commit]) -> Feed {
    let rows = each(batch, |commit| {
        let used = commit.change.promo.as_ref().map(|promo| match promo {
            PromoChange::GiveBack { code } => (code, false),
            PromoChange::TakeAgain { code } => (code, true),
        });
        used.into_iter().collect()
    });
    Feed::of("promo_use", Write::Text, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .text("code", |(_, (code, _))| code.as_str())
        .bool("takes", |(_, (_, takes))| *takes)
        .done()
}

/// The same alert twice in one commit is one row raised twice: a statement may touch a row once.
fn alerts(batch: &[&Commit]) -> Feed {
    let mut rows: BTreeMap<(OrderId, AlertKind, &str), (i32, &Alert)> = BTreeMap::new();
    for (order, alert) in each(batch, |commit| commit.change.alerts.iter().collect()) {
        let (times, last) = rows.entry((order, alert.kind, &alert.subject)).or_insert((0, alert));
        *times = times.saturating_add(1);
        *last = alert;
    }
    let rows: Vec<_> = rows.into_iter().collect();
    Feed::of("alert", Write::Text, &rows)
        .text("kind", |((_, kind, _), _)| kind.as_str())
        .uuid("order_id", |((order, ..), _)| order.uuid())
        .text("subject", |((.., subject), _)| *subject)
        .text("detail", |(_, (_, alert))| alert.detail.as_str())
        .int("times", |(_, (times, _))| *times)
        .done()
}

fn history(rows: &[(OrderId, (&HistoryRow, &[Exchange]))]) -> Feed {
    Feed::of("history", Write::Version, rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .time("at", |(_, (h, _))| h.at)
        .text("actor", |(_, (h, _))| h.actor.as_str())
        .text("cause", |(_, (h, _))| h.cause)
        .json("changes", |(_, (h, _))| {
            json(&h.changes.iter().map(|c| (&c.subject, &c.from, &c.to)).collect::<Vec<_>>())
        })
        .text("note", |(_, (h, _))| h.note.as_str())
        .opt_bytes("said", |(_, (_, exchanges))| packed_said(exchanges))
        .done()
}

/// All that a commit booked is one row.
fn ledger(batch: &[&Commit]) -> Feed {
    let rows =
        each(batch, |commit| Some(&commit.change).filter(|change| !change.postings.is_empty()).into_iter().collect());
    Feed::of("ledger", Write::Version, &rows)
        .uuid("order_id", |(order, _)| order.uuid())
        .time("at", |(_, change)| change.history.at)
        .json("transfers", |(_, change)| {
            let transfers = change.postings.iter().flat_map(|p| p.transfers.iter().map(move |t| transfer(p, t)));
            json(&transfers.collect::<Vec<_>>())
        })
        .done()
}

/// The words of one transfer, in the order in which the view of transfers names them.
fn transfer<'a>(posting: &'a Posting, moved: &Transfer) -> (&'a str, &'a str, String, String, i64, &'static str) {
    let Transfer { debit, credit, amount } = moved;
    let (amount, currency) = (amount.minor(), amount.currency().code());
    (posting.template, &posting.subject, debit.to_string(), credit.to_string(), amount, currency)
}

/// The domain's types have no map with keys that are not texts, the only thing that JSON refuses. Should one get such a map,
/// the database refuses its row: no column takes JSON's `null`.
pub(super) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

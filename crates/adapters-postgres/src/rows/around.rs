//! What is read around orders: summaries, stories, answers, alerts, tasks, acts of staff.

use std::time::Instant;

use domain::history::Change;
use domain::{HistoryEntry, Moment, OrderId, OrderStatus};
use ports::store::{
    OrderSummary, StaffAct, StoredAlert, StoredAnswer, StoryExchange, StoryLine, StoryNotice, StoryTask,
};
use ports::tasks::{LeaseToken, Leased, Outlook};
use serde_json::Value;
use uuid::Uuid;

use super::columns::{BadRow, json, money, number, packed, word};
use super::row;
use super::said::read_said;
use super::write::answer_place;
use crate::cipher::CipherKeys;
use crate::stmt::{ClaimedRow, OutlookRow};

row! {
    SummaryRow {
        id: Uuid = Id,
        customer: Uuid = Id,
        created_at: Moment = Timestamptz,
        status: String = Text,
        total_minor: i64 = BigInt,
        total_currency: String = Text,
        item_count: i32 = Integer,
        /// It is asked for.
        fits: bool = Bool,
        /// No more orders were looked at for this page.
        ends: bool = Bool,
    }
}

impl SummaryRow {
    pub(crate) fn read(self) -> Result<OrderSummary, BadRow> {
        Ok(OrderSummary {
            id: OrderId::new(self.id),
            customer: domain::CustomerId::new(self.customer),
            created_at: self.created_at,
            status: word::<OrderStatus>("status", &self.status)?,
            total: money("total", self.total_minor, &self.total_currency)?,
            items: number("item_count", self.item_count)?,
        })
    }
}

row! {
    AnswerRow {
        request_hash: Vec<u8> = Binary,
        order_id: Uuid = Id,
        status: i32 = Integer,
        body: Vec<u8> = Binary,
        at: Moment = Timestamptz,
    }
}

impl AnswerRow {
    pub(crate) fn read(self, scope: &str, key: &str, keys: &CipherKeys) -> Result<StoredAnswer, BadRow> {
        let row = format!("{scope}|{key}");
        Ok(StoredAnswer {
            scope: scope.to_owned(),
            key: key.to_owned(),
            request_hash: self.request_hash.try_into().map_err(|_wrong_length| BadRow("request_hash".into()))?,
            order: OrderId::new(self.order_id),
            status: number("status", self.status)?,
            body: packed("body", &keys.open(&self.body, &answer_place(&row)).map_err(BadRow)?)?,
            at: self.at,
        })
    }
}

row! {
    HistoryRow {
        version: i32 = Integer,
        at: Moment = Timestamptz,
        actor: String = Text,
        cause: String = Text,
        changes: Value = Jsonb,
        note: String = Text,
        said: Vec<u8> = Binary,
    }
}

impl HistoryRow {
    /// The calls that were stored with it.
    pub(crate) fn exchanges(&self) -> Result<Vec<StoryExchange>, BadRow> {
        read_said(self.version, &self.said)
    }

    pub(crate) fn read(self) -> Result<HistoryEntry, BadRow> {
        Ok(HistoryEntry {
            version: self.version,
            at: self.at,
            actor: self.actor,
            cause: self.cause,
            changes: json::<Vec<(String, String, String)>>("changes", self.changes)?
                .into_iter()
                .map(|(subject, from, to)| Change { subject, from, to })
                .collect(),
            note: self.note,
        })
    }
}

row! {
    LineRow {
        version: i32 = Integer,
        at: Moment = Timestamptz,
        template: String = Text,
        subject: String = Text,
        account: String = Text,
        amount_minor: i64 = BigInt,
        amount_currency: String = Text,
    }
}

impl LineRow {
    pub(crate) fn read(self) -> Result<StoryLine, BadRow> {
        Ok(StoryLine {
            version: self.version,
            at: self.at,
            template: self.template,
            subject: self.subject,
            account: self.account,
            amount: money("amount", self.amount_minor, &self.amount_currency)?,
        })
    }
}

row! {
    NoticeRow {
        at: Moment = Timestamptz,
        provider: String = Text,
        kind: String = Text,
        key: String = Text,
        body: Vec<u8> = Binary,
    }
}

impl NoticeRow {
    pub(crate) fn read(self) -> Result<StoryNotice, BadRow> {
        let Self { at, provider, kind, key, body } = self;
        Ok(StoryNotice { at, provider, kind, key, body: packed("body", &body)? })
    }
}

row! {
    AlertRow {
        id: i64 = BigInt,
        kind: String = Text,
        order_id: Option<Uuid> = Nullable<Id>,
        subject: String = Text,
        detail: String = Text,
        raised_at: Moment = Timestamptz,
        last_at: Moment = Timestamptz,
        times: i32 = Integer,
        closed_by: Option<String> = Nullable<Text>,
    }
}

impl AlertRow {
    pub(crate) fn read(self) -> Result<StoredAlert, BadRow> {
        Ok(StoredAlert {
            id: self.id,
            kind: self.kind,
            order: self.order_id.map(OrderId::new),
            subject: self.subject,
            detail: self.detail,
            raised_at: self.raised_at,
            last_at: self.last_at,
            times: self.times,
            closed_by: self.closed_by,
        })
    }
}

row! {
    StaffActRow {
        id: Uuid = Id,
        at: Moment = Timestamptz,
        actor: String = Text,
        act: String = Text,
        subject: String = Text,
        detail: String = Text,
    }
}

impl StaffActRow {
    pub(crate) fn read(self) -> StaffAct {
        let Self { id, at, actor, act, subject, detail } = self;
        StaffAct { id, at, actor, act, subject, detail }
    }
}

row! {
    StoryTaskRow {
        key: String = Text,
        run_at: Moment = Timestamptz,
        attempts: i32 = Integer,
        state: String = Text,
        last_error: Option<String> = Nullable<Text>,
    }
}

impl StoryTaskRow {
    pub(crate) fn read(self) -> Result<StoryTask, BadRow> {
        Ok(StoryTask {
            key: self.key,
            run_at: self.run_at,
            attempts: number("attempts", self.attempts)?,
            dead: self.state == "dead",
            last_error: self.last_error,
        })
    }
}

pub(crate) fn leased(row: &ClaimedRow, until: Instant) -> Result<Leased, BadRow> {
    Ok(Leased {
        order: OrderId::new(row.order_id),
        kind: word("key", &row.key)?,
        run_at: row.run_at,
        attempts: number("attempts", row.attempts)?,
        token: LeaseToken(row.lease_token),
        version: row.version,
        until,
    })
}

pub(crate) fn outlook(row: OutlookRow) -> Outlook {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Outlook {
        live: count(row.live),
        leased: count(row.leased),
        dead: count(row.dead),
        next_due: row.next_due,
        oldest_due: row.waiting,
    }
}

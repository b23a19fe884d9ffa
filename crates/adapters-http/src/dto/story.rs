//! The timeline of an order: each change with what was said and booked in its commit, and what happens next.

use chrono::{DateTime, Utc};
use domain::payment::CheckoutState;
use domain::{HistoryEntry, Order, TaskKind};
use ports::store::{Story, StoryExchange, StoryLine, StoryNotice, StoryTask};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AlertView, MoneyDto, OperatorOrder};

#[derive(Debug, Serialize, ToSchema)]
pub struct StoryView {
    pub order: OperatorOrder,
    /// One entry per version, oldest first.
    pub timeline: Vec<ChangeView>,
    /// What providers sent us.
    pub notices: Vec<NoticeView>,
    pub alerts: Vec<AlertView>,
    /// What happens by itself, and when.
    pub next: Vec<NextView>,
}

/// One version of the order.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeView {
    pub version: i32,
    pub at: DateTime<Utc>,
    pub actor: String,
    /// The event's name.
    pub cause: String,
    pub note: String,
    pub changes: Vec<StateChange>,
    pub exchanges: Vec<ExchangeView>,
    pub ledger: Vec<LedgerView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StateChange {
    pub subject: String,
    /// Empty for something new.
    pub from: String,
    pub to: String,
}

/// One call to a provider, redacted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExchangeView {
    pub provider: String,
    pub call: String,
    pub at: DateTime<Utc>,
    pub elapsed_ms: u32,
    /// `not_sent`, `maybe_sent` or `replied`.
    pub sent: String,
    pub request: String,
    pub status: Option<u16>,
    pub response: String,
}

/// A line of the books: debits positive, credits negative.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerView {
    pub at: DateTime<Utc>,
    pub template: String,
    pub subject: String,
    pub account: String,
    pub amount: MoneyDto,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    pub at: DateTime<Utc>,
    pub provider: String,
    pub kind: String,
    pub key: String,
    /// Redacted.
    pub body: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NextView {
    /// Names the task when it is to be revived.
    pub key: String,
    pub what: String,
    pub run_at: DateTime<Utc>,
    /// Failed tries so far.
    pub attempts: u16,
    /// Given up: it waits to be revived.
    pub dead: bool,
    pub last_error: Option<String>,
}

impl StoryView {
    pub fn new(order: &Order, story: Story) -> Self {
        let Story { history, exchanges, ledger, notices, alerts, tasks } = story;
        Self {
            order: order.into(),
            timeline: history.into_iter().map(|entry| change(entry, &exchanges, &ledger)).collect(),
            notices: notices.into_iter().map(Into::into).collect(),
            alerts: alerts.into_iter().map(Into::into).collect(),
            next: tasks.into_iter().map(|task| next(order, task)).collect(),
        }
    }
}

fn change(entry: HistoryEntry, exchanges: &[StoryExchange], ledger: &[StoryLine]) -> ChangeView {
    let version = entry.version;
    ChangeView {
        version,
        at: entry.at,
        actor: entry.actor,
        cause: entry.cause,
        note: entry.note,
        changes: entry
            .changes
            .into_iter()
            .map(|change| StateChange { subject: change.subject, from: change.from, to: change.to })
            .collect(),
        exchanges: exchanges.iter().filter(|e| e.version == version).map(Into::into).collect(),
        ledger: ledger.iter().filter(|line| line.version == version).map(Into::into).collect(),
    }
}

impl From<&StoryExchange> for ExchangeView {
    fn from(exchange: &StoryExchange) -> Self {
        Self {
            provider: exchange.provider.clone(),
            call: exchange.call.clone(),
            at: exchange.at,
            elapsed_ms: exchange.elapsed_ms,
            sent: exchange.sent.clone(),
            request: exchange.request.clone(),
            status: exchange.status,
            response: exchange.response.clone(),
        }
    }
}

impl From<&StoryLine> for LedgerView {
    fn from(line: &StoryLine) -> Self {
        Self {
            at: line.at,
            template: line.template.clone(),
            subject: line.subject.clone(),
            account: line.account.clone(),
            amount: line.amount.into(),
        }
    }
}

impl From<StoryNotice> for NoticeView {
    fn from(notice: StoryNotice) -> Self {
        Self { at: notice.at, provider: notice.provider, kind: notice.kind, key: notice.key, body: notice.body }
    }
}

fn next(order: &Order, task: StoryTask) -> NextView {
    NextView {
        what: sentence(order, &task.key),
        key: task.key,
        run_at: task.run_at,
        attempts: task.attempts,
        dead: task.dead,
        last_error: task.last_error,
    }
}

/// What a task will do, for a person.
fn sentence(order: &Order, key: &str) -> String {
    match key.parse::<TaskKind>() {
        Ok(TaskKind::Payment(no)) => format!("ask the gateway about payment {no}; let it expire when nothing was paid"),
        Ok(TaskKind::Confirm(reference)) => match order.checkout(&reference).map(|checkout| checkout.state) {
            Some(CheckoutState::SecondClaimed) => {
                format!("ask the gateway whether {reference} was really paid, beside the money that pays this order")
            }
            _ => format!("ask the gateway whether money came late by {reference}, a page that was left open"),
        },
        Ok(TaskKind::Item(no)) => format!("buy item {no}, or ask the supplier about it"),
        Ok(TaskKind::Recheck(reference)) => {
            format!("ask the supplier again about {reference}, which no longer decides")
        }
        Ok(TaskKind::Refund(no)) => format!("move refund {no} on, or remind finance of it"),
        Ok(TaskKind::Review) => "remind staff that a decision is waiting".to_owned(),
        Err(_) => "unknown to this version".to_owned(),
    }
}

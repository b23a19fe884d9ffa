//! What was stored around an order, for the operator. Bounded: an order with more rows than this is itself the news.

use domain::OrderId;

use super::{Statement, text};

/// Rows of one kind that are shown, newest first: an order of ten items that goes well has under a hundred.
const STORY_LIMIT: i64 = 1000;

text! {
    StoryHistory = "\
SELECT version, at, actor, cause, changes, note FROM history WHERE order_id = $1 ORDER BY version DESC LIMIT $2"
}
text! {
    StoryExchanges = "\
SELECT version, provider, call, at, elapsed_ms, sent, request, status, response FROM exchange WHERE order_id = $1
ORDER BY version DESC, n DESC LIMIT $2"
}
text! {
    StoryLines = "\
SELECT version, at, template, subject, account, amount_minor, amount_currency FROM ledger_line WHERE order_id = $1
ORDER BY version DESC, n DESC LIMIT $2"
}
text! {
    StoryNotices = "\
SELECT at, provider, kind, key, body FROM inbox WHERE order_id = $1 ORDER BY id DESC LIMIT $2"
}
text! {
    StoryAlerts = "\
SELECT id, kind, order_id, subject, detail, raised_at, last_at, times, closed_by FROM alert WHERE order_id = $1
ORDER BY id DESC LIMIT $2"
}
text! {
    StoryTasks = "\
SELECT key, run_at, attempts, state, last_error FROM task WHERE order_id = $1 ORDER BY run_at DESC, key DESC LIMIT $2"
}

macro_rules! of_order {
    ($($name:ident: $text:ident;)+) => {
        $(pub(crate) fn $name(order: OrderId) -> Statement<$text> {
            Statement::with([order.uuid().into(), STORY_LIMIT.into()])
        })+
    };
}
of_order! {
    story_history: StoryHistory;
    story_exchanges: StoryExchanges;
    story_lines: StoryLines;
    story_notices: StoryNotices;
    story_alerts: StoryAlerts;
    story_tasks: StoryTasks;
}

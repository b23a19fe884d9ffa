//! What was stored around an order, for the operator. Bounded: an order with more rows than this is itself the news.

use domain::OrderId;
use uuid::Uuid;

use super::{Statement, text};

/// Rows of one kind that are shown, newest first: an order of ten items that goes well has under a hundred.
const STORY_LIMIT: i64 = 1000;
const DAY_S: u64 = 86_400;

text! {
    StoryHistory = "\
SELECT version, at, actor, cause, changes::jsonb AS changes, note, said FROM history WHERE order_id = $1 ORDER BY version DESC LIMIT $2"
}
text! {
    StoryLines = "\
SELECT version, at, template, subject, account, amount_minor, amount_currency FROM ledger_line WHERE order_id = $1
ORDER BY version DESC, n DESC LIMIT $2"
}
text! {
    /// From `$2` on: the months before an order need not be looked into. Sorted by the time, which no index serves: an order by
    /// id might be planned as a walk over all notices.
    StoryNotices = "\
SELECT at, provider, kind, key, body FROM inbox WHERE order_id = $1 AND id >= $2 ORDER BY at DESC, id DESC LIMIT $3"
}
text! {
    /// Sorted as the notices.
    StoryAlerts = "\
SELECT id, kind, order_id, subject, detail, raised_at, last_at, times, closed_by FROM alert WHERE order_id = $1
ORDER BY raised_at DESC, id DESC LIMIT $2"
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
    story_lines: StoryLines;
    story_alerts: StoryAlerts;
    story_tasks: StoryTasks;
}

pub(crate) fn story_notices(order: OrderId) -> Statement<StoryNotices> {
    Statement::with([order.uuid().into(), a_day_before(order).into(), STORY_LIMIT.into()])
}

/// The least id of what was stored a day before the order or later: clocks of two servers differ by far less.
fn a_day_before(order: OrderId) -> Uuid {
    let made = order.uuid().get_timestamp().map_or(0, |at| at.to_unix().0);
    let millis = made.saturating_sub(DAY_S).saturating_mul(1000);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_an_order_is_younger_than_the_day_before_it() {
        let at = |text: &str| text.parse::<OrderId>().unwrap();
        let order = at("0199aa00-0000-7000-8000-00000000000a");
        let millis = |id: Uuid| id.as_u128() >> 80;
        let earlier = millis(order.uuid()) - millis(a_day_before(order));
        assert!((86_400_000..86_401_000).contains(&earlier), "{earlier}");
        assert!(
            a_day_before(at("00000000-0000-4000-8000-000000000001")) < order.uuid(),
            "an id without a time: all of it"
        );
    }
}

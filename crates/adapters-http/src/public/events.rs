//! An order's progress as server-sent events: each one its whole state, under its version.
//!
//! A stream never outlives its token, nor [`LIFE`]; whoever is interested connects again with what was seen last. What must
//! not live here: how a process learns that an order has moved (the engine's).

use std::convert::Infallible;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use domain::Order;
use engine::{Engine, Watcher};
use futures_util::stream::{Stream, unfold};
use tokio::time::Instant;

use super::orders::own_order;
use crate::answer::{Handled, json_text};
use crate::auth::Caller;
use crate::dto::OrderView;
use crate::problem::Problem;

const SEEN: &str = "Last-Event-ID";
/// How long a client waits before it connects again. As a change may take to be seen.
const RETRY_MS: u32 = 2_000;
/// A stream in which nothing happens says so this often: proxies close what is silent for a minute, and a connection whose
/// client is gone is noticed by the second one.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A page that somebody forgot holds its place no longer; who still looks connects again.
const LIFE: Duration = Duration::from_secs(600);

/// Watches an order: its whole state now, and again whenever it has changed.
///
/// Server-sent events; `data` is what reading the order answers, `id` its version. A client that connects again sends the id
/// seen last and hears of nothing twice. The stream ends when nothing more is expected, when the token expires, and every
/// ten minutes. 204: the client has seen the end, and need not connect again.
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders", operation_id = "watch_order",
    params(
        ("id" = String, Path, format = Uuid),
        ("Last-Event-ID" = Option<i32>, Header, description = "The id seen last"),
    ),
    responses(
        (status = 200, description = "A stream of events", body = String, content_type = "text/event-stream"),
        (status = 204, description = "All was seen, and nothing more is expected"),
        (status = 429, description = "This customer watches with too many connections"),
        (status = 503, description = "Nobody more can watch here at the moment"),
    ),
)]
pub async fn watch(request: HttpRequest, caller: Caller, engine: web::Data<Engine>) -> Handled {
    let seen = last_seen(&request)?;
    let order = own_order(&request, &caller, &engine).await?;
    if seen == Some(order.version) && is_over(&order) {
        return Ok(HttpResponse::NoContent().finish());
    }
    let engine = engine.into_inner();
    let watcher = engine.watch(&order)?;
    let left = (caller.until - engine.clock().now()).to_std().unwrap_or_default();
    let live = Live {
        watcher,
        opening: Some(opening(&order, seen)),
        over: is_over(&order),
        beat: HEARTBEAT,
        ends: Instant::now() + left.min(LIFE),
        may_look: Box::new(move || engine.clock().now() < caller.until),
    };
    let mut response = HttpResponse::Ok();
    // Some proxies collect an answer before they pass it on, unless told.
    response.content_type("text/event-stream").insert_header(("X-Accel-Buffering", "no"));
    // When it has ended nobody waits for another request: a server that stops has one connection less to wait for.
    Ok(response.force_close().streaming(live.events()))
}

/// The version that the client has.
fn last_seen(request: &HttpRequest) -> Result<Option<i32>, Problem> {
    let Some(value) = request.headers().get(SEEN) else { return Ok(None) };
    let wrong = || Problem::bad_request("invalid_header", "A header cannot be taken");
    let version = value.to_str().ok().and_then(|text| text.parse().ok());
    version.map(Some).ok_or_else(|| wrong().field(SEEN, "invalid", "it is the id of an event of this order"))
}

/// Whether the customer has nothing more to wait for. A serial may come after the order's end; a refund is not waited for, it
/// may take days.
fn is_over(order: &Order) -> bool {
    order.status().is_final() && !order.items.iter().any(|item| item.serial_pending)
}

fn opening(order: &Order, seen: Option<i32>) -> String {
    let news = if seen == Some(order.version) { "\n".to_owned() } else { event(order) };
    format!("retry: {RETRY_MS}\n{news}")
}

/// JSON holds no line break, so one line of data holds it.
fn event(order: &Order) -> String {
    format!("id: {}\ndata: {}\n\n", order.version, json_text(&OrderView::from(order)))
}

/// A stream under way.
struct Live {
    watcher: Watcher,
    /// Not said yet.
    opening: Option<String>,
    /// Nothing more is to come.
    over: bool,
    beat: Duration,
    ends: Instant,
    /// The caller's token is still good.
    may_look: Box<dyn Fn() -> bool>,
}

impl Live {
    /// It is asked for the next event when the one before is on its way, so a slow client hears of fewer, later states.
    fn events(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut live| async move {
            let text = live.next().await?;
            Some((Ok(Bytes::from(text)), live))
        })
    }

    async fn next(&mut self) -> Option<String> {
        if let Some(opening) = self.opening.take() {
            return Some(opening);
        }
        if self.over {
            return None;
        }
        let moved = tokio::select! {
            biased;
            () = tokio::time::sleep_until(self.ends) => false,
            moved = self.watcher.moved() => moved,
            () = tokio::time::sleep(self.beat) => return Some(":\n\n".to_owned()),
        };
        // Business time may have leapt.
        if !moved || !(self.may_look)() {
            return None;
        }
        match self.watcher.look().await {
            Ok(order) => {
                self.over = is_over(&order);
                Some(event(&order))
            }
            // The store is away: it is looked at again in a moment.
            Err(_) => Some(":\n\n".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::payment::PaymentState;

    use super::*;
    use crate::testing::{engine_with_order, engine_without_store, order};

    /// The same order before its end.
    fn open() -> Order {
        let mut open = order();
        open.version -= 1;
        open.payments[0].state = PaymentState::Paid;
        open
    }

    /// A stream that has something to say soon, if at all.
    fn live(engine: &Arc<Engine>) -> Live {
        Live {
            watcher: engine.watch(&open()).unwrap(),
            opening: Some(opening(&open(), None)),
            over: false,
            beat: Duration::from_millis(20),
            ends: Instant::now() + LIFE,
            may_look: Box::new(|| true),
        }
    }

    /// Somebody else has seen the next version already.
    fn with_news(engine: &Arc<Engine>) -> Live {
        let _ahead = engine.watch(&order()).unwrap();
        let watcher = engine.watch(&open()).unwrap();
        Live { beat: HEARTBEAT, watcher, ..live(engine) }
    }

    #[tokio::test]
    async fn a_stream_begins_with_the_state_beats_while_nothing_happens_and_ends_in_time() {
        let mut quiet = live(&engine_without_store());
        let first = quiet.next().await.unwrap();
        let (head, data) = first.split_once("\ndata: ").unwrap();
        assert_eq!(head, format!("retry: 2000\nid: {}", open().version));
        assert_eq!(data, format!("{}\n\n", json_text(&OrderView::from(&open()))));
        assert_eq!(quiet.next().await.as_deref(), Some(":\n\n"));
        quiet.ends = Instant::now();
        assert_eq!(quiet.next().await, None);
    }

    #[tokio::test]
    async fn who_has_the_state_hears_of_the_next_one_and_of_the_last_one_last() {
        let mut live = with_news(&engine_with_order(vec![order()]));
        live.opening = Some(opening(&open(), Some(open().version)));
        assert_eq!(live.next().await.as_deref(), Some("retry: 2000\n\n"));
        assert_eq!(live.next().await, Some(event(&order())));
        assert_eq!(live.next().await, None);
    }

    #[tokio::test]
    async fn with_its_token_gone_a_stream_says_nothing_more() {
        let mut live = with_news(&engine_with_order(vec![order()]));
        live.opening = None;
        live.may_look = Box::new(|| false);
        assert_eq!(live.next().await, None);
    }

    #[tokio::test]
    async fn a_store_that_is_away_ends_no_stream() {
        let mut live = with_news(&engine_without_store());
        live.opening = None;
        assert_eq!(live.next().await.as_deref(), Some(":\n\n"));
        assert!(!live.over);
    }

    #[test]
    fn a_serial_still_to_come_is_waited_for() {
        assert!(is_over(&order()) && !is_over(&open()));
        let mut without_serial = order();
        without_serial.items[0].serial_pending = true;
        assert!(!is_over(&without_serial));
    }
}

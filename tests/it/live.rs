//! Two servers over one database, and customers who watch their orders: whoever changes an order, everybody who watches it
//! sees the change within two seconds, once, and whatever breaks in between.

use std::process::Command;
use std::time::{Duration, Instant};

use demo::outside::Click;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::reading::text;
use crate::shop::{AIRTIME, MINUTE, Shop, phone};
use crate::stage::PATIENCE;

/// From a commit anywhere to the news at any server.
const SOON: Duration = Duration::from_secs(2);
/// What an open stream says for itself within.
const HEARTBEAT: Duration = Duration::from_secs(10);
const MAX_OF_CUSTOMER: usize = 16;

/// Something was said about an order, and when.
struct Heard {
    id: i64,
    state: Value,
    at: Instant,
}

/// A stream of events, read as a browser does.
struct Live {
    response: reqwest::Response,
    unread: String,
}

impl Live {
    /// The next event; comments are passed over. `None`: it ended as it should.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.unread = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let Some(data) = field("data: ") else { continue };
                let id = field("id: ").unwrap().parse().unwrap();
                return Some(Heard { id, state: serde_json::from_str(data).unwrap(), at: Instant::now() });
            }
            let chunk = self.response.chunk().await.expect("the stream breaks off")?;
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn soon(&mut self) -> Option<Heard> {
        tokio::time::timeout(PATIENCE, self.next()).await.expect("nothing is said, and the stream does not end")
    }

    async fn silent(&mut self) {
        let said = tokio::time::timeout(SOON, self.next()).await;
        assert!(said.is_err(), "{:?}", said.unwrap().map(|heard| heard.state));
    }
}

async fn connect(shop: &Shop, server: usize, who: &str, order: &str, seen: Option<i64>) -> reqwest::Response {
    let url = format!("{}/v1/orders/{order}/events", shop.world.servers()[server].public_url());
    // A client of its own: the usual one gives up after a while, and keeps connections for later.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut ask = http.get(url).bearer_auth(who);
    if let Some(seen) = seen {
        ask = ask.header("Last-Event-ID", seen.to_string());
    }
    ask.send().await.unwrap()
}

async fn watch(shop: &Shop, server: usize, who: &str, order: &str, seen: Option<i64>) -> Live {
    let response = connect(shop, server, who, order, seen).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Live { response, unread: String::new() }
}

/// Everything that a stream says until it ends.
async fn all(shop: &Shop, server: usize, who: &str, order: &str) -> JoinHandle<Vec<Heard>> {
    let mut live = watch(shop, server, who, order, None).await;
    tokio::spawn(async move {
        let mut heard = Vec::new();
        while let Some(next) = live.next().await {
            heard.push(next);
        }
        heard
    })
}

/// When each version of an order was in the database, until it is ended.
async fn versions(shop: &Shop, order: &str) -> JoinHandle<Vec<(i32, Instant)>> {
    let client = shop.client().await;
    let query = format!("SELECT version, status = 'success' FROM orders WHERE id = '{order}'");
    tokio::spawn(async move {
        let mut seen: Vec<(i32, Instant)> = Vec::new();
        loop {
            let row = client.query_one(&query, &[]).await.unwrap();
            let version: i32 = row.get(0);
            if seen.last().is_none_or(|(last, _)| *last < version) {
                seen.push((version, Instant::now()));
            }
            if row.get(1) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
}

async fn cancel(shop: &Shop, who: &str, order: &str) {
    shop.post(&format!("/v1/orders/{order}/cancel")).by(who).fresh_key().send().await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_seen_at_every_server_within_two_seconds() {
    let shop = Shop::open_alone(|options| options.servers = 2).await;
    let (who, order) = shop.order(&[(AIRTIME, &phone()), (AIRTIME, &phone())], None).await;
    let streams = [all(&shop, 0, &who, &order).await, all(&shop, 1, &who, &order).await];
    let committed = versions(&shop, &order).await;
    shop.click(&who, &order, Click::Pay).await;
    shop.pass(MINUTE).await;
    let committed = committed.await.unwrap();
    assert!(committed.len() > 3, "an order goes through many versions: {committed:?}");
    let end = shop.own(&who, &order).await;
    for (server, stream) in streams.into_iter().enumerate() {
        let heard = tokio::time::timeout(PATIENCE, stream).await.expect("the stream of an ended order ends").unwrap();
        assert!(heard.windows(2).all(|two| two[0].id < two[1].id), "nothing twice, nothing old");
        assert!(heard.iter().all(|heard| heard.state["version"] == heard.id));
        assert_eq!((heard[0].id, &heard.last().unwrap().state), (1, &end), "from the state at first to the last");
        let late = |(version, at): &(i32, Instant)| {
            let told = heard.iter().find(|heard| heard.id >= i64::from(*version)).unwrap();
            told.at.saturating_duration_since(*at)
        };
        let slowest = committed.iter().map(late).max().unwrap();
        eprintln!("server {server}: {} events, the slowest after {} ms", heard.len(), slowest.as_millis());
        assert!(slowest < SOON, "{slowest:?} at server {server}");
    }

    // Nothing is worked on here: what happens, happens at the first server, and the second one asks.
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let mut live = watch(&shop, 1, &who, &order, None).await;
    assert_eq!(live.soon().await.unwrap().id, 1);
    shop.checkout(&who, &order).await;
    assert_eq!(live.soon().await.unwrap().id, 2);
    drop(live);
    // Connected again: the newest state and nothing old, or nothing at all for who has it.
    let mut behind = watch(&shop, 1, &who, &order, Some(1)).await;
    let mut current = watch(&shop, 0, &who, &order, Some(2)).await;
    assert_eq!(behind.soon().await.unwrap().id, 2);
    tokio::join!(behind.silent(), current.silent());
    cancel(&shop, &who, &order).await;
    for live in [&mut behind, &mut current] {
        let last = live.soon().await.unwrap();
        assert_eq!((last.id, text(&last.state["status"])), (3, "cancelled".to_owned()));
        assert!(live.soon().await.is_none(), "nothing more is expected");
    }
    assert_eq!(connect(&shop, 0, &who, &order, Some(3)).await.status(), 204, "need not come again");
    let mut again = watch(&shop, 0, &who, &order, Some(1)).await;
    assert_eq!(again.soon().await.unwrap().id, 3);
    assert!(again.soon().await.is_none());

    let path = format!("/v1/orders/{order}/events");
    assert_eq!(shop.get(&path).by(&shop.stranger()).send().await.problem(), "404 no_such_order");
    let nobody = shop.get(&path).send().await;
    assert_eq!(nobody.problem(), "401 token_required Authorization=token_required");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_bounded_outlive_outages_and_end_with_their_token_or_their_server() {
    let mut shop = Shop::open_with(|options| options.servers = 2).await;
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let (_, other) = shop.order(&[(AIRTIME, &phone())], None).await;
    places_are_given_back(&shop, &who, &order).await;
    a_token_ends(&shop).await;

    let mut here = watch(&shop, 0, &who, &order, None).await;
    let mut there = watch(&shop, 1, &who, &order, None).await;
    assert_eq!((here.soon().await.unwrap().id, there.soon().await.unwrap().id), (1, 1));
    shop.world.pg().unwrap().kill9().unwrap();
    tokio::join!(here.silent(), there.silent());
    assert_eq!(connect(&shop, 0, &who, &other, None).await.status(), 503, "nobody begins to watch meanwhile");
    shop.world.pg().unwrap().start_again().unwrap();
    shop.until("it is ready again", async || (shop.get("/readyz").send().await.status == 200).then_some(())).await;
    shop.checkout(&who, &order).await;
    assert_eq!((here.soon().await.unwrap().id, there.soon().await.unwrap().id), (2, 2), "the same connections");

    let pid = shop.world.servers()[1].pid().unwrap();
    assert!(Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap().success());
    let told = Instant::now();
    assert!(there.soon().await.is_none(), "ended, not broken off");
    while !shop.world.server_has_ended(1).unwrap() {
        assert!(told.elapsed() < Duration::from_secs(10), "watchers hold up the stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut moved = watch(&shop, 0, &who, &order, Some(2)).await;
    cancel(&shop, &who, &order).await;
    assert_eq!((here.soon().await.unwrap().id, moved.soon().await.unwrap().id), (3, 3));
    shop.world.restart_server(1, &[]).await.unwrap();
    shop.end().await;
}

/// Also by clients that went without a word.
async fn places_are_given_back(shop: &Shop, who: &str, order: &str) {
    let mut streams = Vec::new();
    for _ in 0..MAX_OF_CUSTOMER {
        streams.push(watch(shop, 1, who, order, None).await);
    }
    let refused = connect(shop, 1, who, order, None).await;
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (429, true));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "watching_too_often");
    let (stranger, elsewhere) = shop.order(&[(AIRTIME, &phone())], None).await;
    drop(watch(shop, 1, &stranger, &elsewhere, None).await);
    assert_eq!(shop.metric_of_each("seberang_order_watchers", &[]).await[0], 0, "each server counts its own");
    let gone = Instant::now();
    drop(streams);
    shop.until("all places are free", async || (shop.metric("seberang_order_watchers", &[]).await == 0).then_some(()))
        .await;
    eprintln!("clients that left were noticed after {} ms", gone.elapsed().as_millis());
    assert!(gone.elapsed() < 2 * HEARTBEAT + SOON, "{:?}", gone.elapsed());
}

/// What happens after a token's end is not told to it, and its stream ends; the same customer goes on with another.
async fn a_token_ends(shop: &Shop) {
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let customer = shop.sql(&format!("SELECT customer::text FROM orders WHERE id = '{order}'")).await;
    let customer: String = customer[0].get(0);
    let short = shop.world.token("customer", &customer, 1).unwrap();
    let mut live = watch(shop, 1, &short, &order, None).await;
    assert_eq!(live.soon().await.unwrap().id, 1);
    shop.quiet().await;
    shop.world.advance(2 * MINUTE).await.unwrap();
    cancel(shop, &who, &order).await;
    assert!(live.soon().await.is_none(), "the news are not for an old token");
    let refused = connect(shop, 1, &short, &order, Some(1)).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "token_expired");
    assert_eq!(watch(shop, 1, &who, &order, Some(1)).await.soon().await.unwrap().id, 2);
}

//! More than can be served: whoever is served is served as quickly as ever, everybody else is told so at once, and what
//! was said is true.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demo::outside::Click;
use tokio::task::JoinSet;

use crate::flood::{Flood, Told};
use crate::reading::text;
use crate::shop::{AIRTIME, Shop, phone};
use crate::stage::soaks;

/// Enough that batches fill, few enough that nobody is turned away.
const CLOSED_LOOP: usize = 32;
/// Times the capacity that is offered.
const TOO_MUCH: f64 = 5.0;
/// Of the peak that must still be served, in percent. On a quiet machine it is above ninety; beside a compiler a core can
/// be gone for a second.
const GATE_PERCENT: f64 = 60.0;
/// A process that was asked for far too much may hold so much memory, in MB: 25 when idle, some 20 KB for each connection
/// and request (`PUBLIC_PLACES` and those that are told to go), and a build that is hardly optimised.
pub const MEMORY_MB: u64 = 160;
/// Kept open by the proxy that the crowd comes through: more than are served at once.
const CONNECTIONS: usize = 1_024;
/// Until the places are taken and the first of them are free again.
const SETTLING: Duration = Duration::from_secs(1);
/// Requests in flight beyond which the driver itself gives up: the server has stopped answering.
const HOPELESS: usize = 6_000;

pub fn count(told: &[Told], wanted: impl Fn(&Told) -> bool) -> usize {
    told.iter().filter(|told| wanted(told)).count()
}

fn percentile(told: &[Told], wanted: impl Fn(&Told) -> bool, percent: usize) -> Duration {
    let mut times: Vec<Duration> = told.iter().filter(|told| wanted(told)).map(|told| told.took).collect();
    times.sort();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

/// Each of some customers orders again as soon as they are answered.
async fn closed_loop(flood: &Arc<Flood>, customers: usize, lasts: Duration) -> Vec<Told> {
    let until = Instant::now() + lasts;
    let mut all = JoinSet::new();
    for _ in 0..customers {
        let flood = Arc::clone(flood);
        all.spawn(async move {
            let mut told = Vec::new();
            while Instant::now() < until {
                told.extend(flood.order(Instant::now()).await);
            }
            told
        });
    }
    all.join_all().await.into_iter().flatten().collect()
}

/// Customers come at this rate, whatever becomes of those before them.
async fn open_loop(flood: &Arc<Flood>, per_second: f64, lasts: Duration) -> Vec<Told> {
    let began = Instant::now();
    let mut all = JoinSet::new();
    let mut told = Vec::new();
    let mut sent = 0_u32;
    while began.elapsed() < lasts {
        let due = began.elapsed().as_secs_f64() * per_second;
        while f64::from(sent) < due {
            let flood = Arc::clone(flood);
            let due = began + Duration::from_secs_f64(f64::from(sent) / per_second);
            all.spawn(async move { flood.order(due).await });
            sent += 1;
        }
        while let Some(answered) = all.try_join_next() {
            told.extend(answered.unwrap());
        }
        assert!(all.len() < HOPELESS, "{} requests wait for an answer", all.len());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    told.extend(all.join_all().await.into_iter().flatten());
    told
}

pub fn memory_peak_mb(shop: &Shop) -> u64 {
    let pid = shop.world.servers()[0].pid().unwrap();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

/// Whoever was told "placed" has an order, nobody else has, and nobody was left without an answer.
pub async fn what_was_told_is_true(shop: &Shop, flood: &Flood, told: &[Told]) {
    assert_eq!(*flood.unanswered.lock().unwrap(), Vec::<String>::new());
    for odd in told.iter().filter(|told| !told.placed()) {
        assert!(matches!(odd.status, 429 | 503) && odd.retry_after, "{odd:?}");
    }
    let placed: Vec<&Told> = told.iter().filter(|told| told.placed()).collect();
    let ids: BTreeSet<String> = placed.iter().map(|told| text(&told.json()["id"])).collect();
    assert_eq!(ids.len(), placed.len(), "each was told of an order of their own");
    let orders = format!("SELECT id::text FROM orders WHERE customer::text IN ('{}')", flood.customers.join("', '"));
    let stored: BTreeSet<String> = shop.sql(&orders).await.iter().map(|row| row.get(0)).collect();
    assert_eq!(stored.difference(&ids).count(), 0, "stored, and yet refused");
    assert_eq!(ids.difference(&stored).count(), 0, "placed, and not stored");
}

/// Orders placed each second of that time.
fn report(name: &str, told: &[Told], from: Instant, lasts: Duration) -> f64 {
    let per_second = |wanted: &dyn Fn(&Told) -> bool| {
        count(told, |told| wanted(told) && (from..from + lasts).contains(&told.at)) as f64 / lasts.as_secs_f64()
    };
    let (served, away) = (per_second(&Told::placed), per_second(&|told| !told.placed()));
    eprintln!(
        "{name}: {served:.0}/s placed (p50 {:?}, p99 {:?}), {away:.0}/s turned away (p50 {:?}, p99 {:?})",
        percentile(told, Told::placed, 50),
        percentile(told, Told::placed, 99),
        percentile(told, |told| !told.placed(), 50),
        percentile(told, |told| !told.placed(), 99),
    );
    served
}

/// Statements that stored new orders, and the orders in them.
async fn batches(shop: &Shop) -> (u64, u64) {
    let kind = ["kind=\"create\""];
    (shop.metric("seberang_batches_total", &kind).await, shop.metric("seberang_batch_members_total", &kind).await)
}

/// While the crowd is there, customers who had their page open pay, one after the other. Their notices come first.
async fn pay(shop: &Shop, pages: Vec<reqwest::Url>, every: Duration) -> Duration {
    let mut slowest = Duration::ZERO;
    for page in pages {
        let began = Instant::now();
        shop.outside.click(&page, Click::Pay).await.unwrap();
        slowest = slowest.max(began.elapsed());
        tokio::time::sleep(every).await;
    }
    slowest
}

async fn overload(measured: Duration, flooded: Duration) {
    let shop = Shop::open_alone(|_| {}).await;
    let mut pages = Vec::new();
    for _ in 0..10 {
        let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
        pages.push(shop.checkout(&who, &order).await.1);
    }
    let paying = pages.len() as i64;
    let flood = Arc::new(Flood::of(&shop, None).await);
    let mut all = closed_loop(&flood, CLOSED_LOOP, SETTLING).await;
    let began = Instant::now();
    let calm = closed_loop(&flood, CLOSED_LOOP, measured).await;
    let peak = report("32 customers", &calm, began, measured);
    all.extend(calm);

    let receipts = "SELECT count(*) FROM ledger_line WHERE template = 'receipt' AND account = 'customer_liability'";
    flood.connect(CONNECTIONS).await;
    let written = batches(&shop).await;
    let began = Instant::now();
    let (crowd, slowest) = tokio::join!(
        open_loop(&flood, peak * TOO_MUCH, SETTLING + flooded),
        pay(&shop, pages, (SETTLING + flooded) / 2 / u32::try_from(paying).unwrap())
    );
    let answered = began.elapsed();
    let good = report("a crowd", &crowd, began + SETTLING, flooded);
    let (batches, members) = batches(&shop).await;
    eprintln!(
        "goodput {:.0} % of the peak, {:.0} orders in a statement; all answered after {answered:?}; {} connections; memory {} MB; \
         slowest payment {slowest:?}",
        good / peak * 100.0,
        (members - written.1) as f64 / (batches - written.0) as f64,
        flood.connections(),
        memory_peak_mb(&shop)
    );
    all.extend(crowd);
    shop.until("every payment is booked", async || (shop.count(receipts).await == paying).then_some(())).await;
    // Everything is as before.
    let began = Instant::now();
    let after = closed_loop(&flood, CLOSED_LOOP, measured).await;
    let calm_again = report("32 customers again", &after, began, measured);
    assert!(after.iter().all(Told::placed));
    all.extend(after);
    what_was_told_is_true(&shop, &flood, &all).await;
    // What the machine does for others is not held against the server.
    let share = good / peak.min(calm_again) * 100.0;
    assert!(share >= GATE_PERCENT, "{share:.0} % of what it can do is served");
    assert!(memory_peak_mb(&shop) <= MEMORY_MB, "{} MB", memory_peak_mb(&shop));
    shop.quiet().await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn five_times_too_many_orders_are_served_as_far_as_it_can_and_told_so_beyond() {
    overload(Duration::from_secs(2), Duration::from_secs(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn soak_a_crowd_stays_for_a_minute() {
    if soaks() {
        overload(Duration::from_secs(10), Duration::from_secs(60)).await;
    }
}

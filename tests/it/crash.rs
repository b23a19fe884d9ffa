//! SIGKILL to the server at every named place, and to PostgreSQL under load. Whatever a client was told is still there,
//! and what was under way is finished, once.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use demo::driver;
use demo::methods::CARD;
use demo::plan::{Fate, OrderPlan};
use demo::world::{EVERYBODY, World};

use crate::crowd::Crowd;
use crate::stage::{place, soaks};

/// The list of all places where the server can be made to die. Read, not linked: with the crate its test features would
/// come into every build of the workspace.
const HOOKS: &str = include_str!("../../crates/app/src/hooks.rs");
/// Comes by only when a bill is paid: its own test kills there.
const NEEDS_A_BILL: &str = "engine.after_bill_inquiry";
/// Comes by only when the gateway is asked about a payment that nobody reported, ten minutes after it was opened.
const NEEDS_SILENCE: &str = "engine.after_query";
const SILENCE_MS: i64 = 11 * 60_000;
/// Real time until a fail point must have been reached.
const DEATH_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A dead holder's task is free after its lease, which must outlast two calls by 15 s.
const ENV: [(&str, &str); 1] = [("TASK_LEASE_S", "17")];

fn fail_points() -> Vec<&'static str> {
    let list = HOOKS.split_once("FAIL_POINTS: &[&str] = &[").and_then(|(_, rest)| rest.split_once("];")).unwrap().0;
    list.split('"').filter(|word| word.contains('.')).collect()
}

fn points_of_goods() -> Vec<&'static str> {
    fail_points().into_iter().filter(|point| *point != NEEDS_A_BILL).collect()
}

#[test]
fn every_fail_point_of_the_sources_is_in_the_list_and_so_is_tried() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found = BTreeSet::new();
    for folder in ["engine/src", "adapters-http/src", "adapters-postgres/src"] {
        find_fail_points(&crates.join(folder), &mut found);
    }
    assert_eq!(found, fail_points().into_iter().map(str::to_owned).collect());
}

fn find_fail_points(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_fail_points(&path, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.split("fail_point!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(names.map(str::to_owned));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_anywhere_and_a_database_that_dies_once_lose_nothing() {
    crash(points_of_goods().len(), 3, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_fifty_deaths_of_the_server_and_five_of_the_database() {
    if soaks() {
        crash(50, 6, 5).await;
    }
}

/// So many deaths of the server, each under so many orders, and so many of PostgreSQL in between.
async fn crash(deaths: usize, orders: usize, database_deaths: usize) {
    let mut crowd = Crowd::of_all_suppliers(place().await, 1, &ENV).await;
    what_makes_commits_durable_is_on(&crowd).await;
    let points = points_of_goods();
    let mut number = 0;
    for death in 0..deaths {
        let point = points[death % points.len()];
        // The first time by, the second, the third: one order in hand, or several.
        let by = 1 + death / points.len() % 3;
        let plans = payments(&crowd, number, orders, point);
        number += plans.len();
        let shop = crowd.shop();
        let (outcome, ()) = tokio::join!(driver::drive(&shop, &plans), die(&mut crowd.world, point, by));
        Crowd::all_was_done(&outcome);
        let every = deaths / database_deaths;
        if death % every == every - 1 {
            let plans = payments(&crowd, number, orders, "");
            number += plans.len();
            let shop = crowd.shop();
            let (outcome, ()) = tokio::join!(driver::drive(&shop, &plans), kill_database(&mut crowd.world));
            Crowd::all_was_done(&outcome);
        }
    }
    what_makes_commits_durable_is_on(&crowd).await;
    crowd.close_clean().await;
    crowd.everything_acknowledged_is_stored().await;
    let suppliers = crowd.count("SELECT count(DISTINCT supplier) FROM attempt WHERE state = 'done'").await;
    assert_eq!(usize::try_from(suppliers).unwrap(), EVERYBODY.len(), "everybody sold something");
    crowd.end().await;
}

/// Payments that pass the point; the last order's customer changes their mind.
fn payments(crowd: &Crowd, from: usize, orders: usize, point: &str) -> Vec<OrderPlan> {
    let mut plans = crowd.paying(from, orders, CARD, |n| 1 + n % 2);
    if point == NEEDS_SILENCE {
        plans.iter_mut().for_each(|plan| plan.fate = Fate::PaySilent);
    }
    if let Some(last) = plans.last_mut() {
        last.fate = Fate::Cancel;
    }
    plans
}

/// The server dies by itself when it passes the point, and comes back.
async fn die(world: &mut World, point: &str, by: usize) {
    let started = world.restart_server(0, &[("SEBERANG_DIE_AT".to_owned(), format!("{point}:{by}"))]).await;
    // What the one before left to do may bring it to the point before it is ready.
    assert!(started.is_ok() || world.server_has_ended(0).unwrap(), "{started:?}");
    let began = Instant::now();
    while !world.server_has_ended(0).unwrap() {
        assert!(began.elapsed() < DEATH_WITHIN, "nobody passed {point} {by} times (built without test-hooks?)");
        if point == NEEDS_SILENCE {
            tokio::time::sleep(Duration::from_secs(1)).await;
            world.advance(SILENCE_MS).await.unwrap();
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    eprintln!("died at {point}:{by} after {:.1} s", began.elapsed().as_secs_f64());
    world.restart_server(0, &[]).await.unwrap();
}

/// Every process of PostgreSQL is killed while orders come in; the server lives through it.
async fn kill_database(world: &mut World) {
    tokio::time::sleep(Duration::from_millis(150)).await;
    let server = world.servers()[0].pid();
    tokio::task::block_in_place(|| {
        let pg = world.pg().unwrap();
        pg.kill9().unwrap();
        pg.start_again().unwrap();
    });
    assert!(!world.server_has_ended(0).unwrap(), "the server died with its database");
    assert_eq!(world.servers()[0].pid(), server);
}

async fn what_makes_commits_durable_is_on(crowd: &Crowd) {
    let client = crowd.client().await;
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let row = client.query_one(&format!("SHOW {setting}"), &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), "on", "{setting}");
    }
}

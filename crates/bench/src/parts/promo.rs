//! Whether one promo code that everybody has slows orders down: its row is one for all of them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{Bench, Outcome};
use crate::accept::{NO_PROMO, PromoOf, creates};
use crate::db;
use crate::error::BenchError;
use crate::report::{Bar, Measure, Table};
use crate::stage::{Kind, Stage};
use crate::stats::{Rate, middle, ratio};

/// Enough that batches fill, and that many want the one row at once.
const CONNECTIONS: usize = 32;
/// Minor units of TWD.
const OFF: i64 = 1_000;
/// The most that can be set, and more than is used.
const MAX_USES: u32 = 1_000_000;
/// The one everybody has.
const HOT: &str = "HOT0";
/// Those that are shared out.
const SPREAD: [&str; 64] = [
    "S00", "S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S13", "S14", "S15",
    "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S23", "S24", "S25", "S26", "S27", "S28", "S29", "S30", "S31",
    "S32", "S33", "S34", "S35", "S36", "S37", "S38", "S39", "S40", "S41", "S42", "S43", "S44", "S45", "S46", "S47",
    "S48", "S49", "S50", "S51", "S52", "S53", "S54", "S55", "S56", "S57", "S58", "S59", "S60", "S61", "S62", "S63",
];

const HOT_PROMO: PromoOf = |_| Some((HOT, OFF));
const SPREAD_PROMO: PromoOf = |turn| SPREAD.get(turn % SPREAD.len()).map(|code| (*code, OFF));

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let stage = Stage::start(&bench.programs, Kind { no_tasks: true, ..Kind::default() }).await?;
    for code in SPREAD.iter().chain([&HOT]) {
        let promo = json!({ "discount": { "amount": "10.00", "currency": "TWD" }, "max_uses": MAX_USES });
        stage.api.staff(Method::PUT, &format!("/v1/admin/promos/{code}"), &stage.staff, None, Some(promo)).await?;
    }
    let length = Duration::from_secs(u64::from(bench.pace.slice_s));
    creates(&stage, CONNECTIONS, length, SPREAD_PROMO).await?;
    let (mut none, mut spread, mut hot) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..bench.pace.rounds.max(2) {
        none.push(creates(&stage, CONNECTIONS, length, NO_PROMO).await?);
        // Who comes first changes: the machine may slow down or speed up in between.
        let order: [(PromoOf, &mut Vec<Rate>); 2] = [(SPREAD_PROMO, &mut spread), (HOT_PROMO, &mut hot)];
        let in_turn: Vec<_> =
            if round % 2 == 0 { order.into_iter().collect() } else { order.into_iter().rev().collect() };
        for (promo, rates) in in_turn {
            rates.push(creates(&stage, CONNECTIONS, length, promo).await?);
        }
    }
    every_use_is_counted(&stage).await?;
    stage.stop().await?;
    Ok(Outcome::from(Table {
        title: "A promo code everybody has",
        about: format!("Creates by {CONNECTIONS} connections, with {} codes in turn and with one.", SPREAD.len()),
        measures: vec![
            Measure::new("creates without a promo", middle(&none), "/s"),
            Measure::new("creates with many codes", middle(&spread), "/s"),
            Measure::new("creates with one code", middle(&hot), "/s"),
            Measure::ratio("one code ÷ many", ratio(&spread, &hot)).within(Bar::AtLeast(0.9)),
        ],
    }))
}

async fn every_use_is_counted(stage: &Stage) -> Result<(), BenchError> {
    let used = db::number(&stage.db, "SELECT sum(used)::bigint FROM promo").await?;
    let held = db::number(&stage.db, "SELECT count(*) FROM promo_use").await?;
    let with = db::number(&stage.db, "SELECT count(*) FROM orders WHERE promo_held").await?;
    if used == held && held == with {
        return Ok(());
    }
    Err(BenchError::Expected(format!("{with} orders hold a promo, {held} uses are written down, {used} are counted")))
}

//! Whether one supplier that everything is bought from slows orders down: the permits to call it are one for all of them. The
//! same orders are bought at one account and at all of the world's, in turn.

use std::time::Duration;

use super::{Bench, Outcome, Pace};
use crate::error::BenchError;
use crate::flow::{IN_FLIGHT, closed};
use crate::report::{Bar, Measure, Table};
use crate::shop::Placed;
use crate::stage::{Kind, Stage};
use crate::stats::{Rate, middle, ratio};
use crate::truth;

/// The server remembers for a second who offers what.
const REMEMBERED: Duration = Duration::from_millis(1_500);
/// The server reads all price lists at every quarter of an hour, which puts everybody's offers back.
const LISTS_READ_EVERY_S: u64 = 900;
/// How long that takes at most.
const LISTS_TAKE_S: u64 = 5;
/// Of its fair share, the least that each supplier must have sold where orders are spread.
const FAIR: f64 = 0.8;

/// Who sells what the shop has.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sold {
    /// The first supplier everything.
    ByOne,
    /// Each supplier as many products. Neighbours are bought together, so most orders have one supplier all the same.
    Spread,
}

impl Sold {
    /// The place of the supplier who sells the n-th of so many products.
    fn by(self, nth: usize, products: usize, suppliers: usize) -> usize {
        match self {
            Self::ByOne => 0,
            Self::Spread => nth * suppliers / products.max(1),
        }
    }

    /// Whether purchases, by supplier, went where they should: a ratio of two that did not would say nothing.
    fn happened(self, each: &[i64]) -> bool {
        let all: i64 = each.iter().sum();
        match self {
            Self::ByOne => all > 0 && each.first() == Some(&all),
            Self::Spread => all > 0 && each.iter().all(|sold| *sold as f64 >= FAIR * all as f64 / each.len() as f64),
        }
    }
}

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind::default()).await?;
    let suppliers = suppliers(&stage).await?;
    let (pace, mut placed) = (bench.pace, Vec::new());
    closed(&mut stage, IN_FLIGHT, pace.ramp, Duration::ZERO, &mut placed).await?;
    let (mut spread, mut one) = (Vec::new(), Vec::new());
    for round in 0..pace.rounds.max(2) {
        // Who comes first changes: the machine may slow down or speed up in between.
        let order = [(Sold::Spread, &mut spread), (Sold::ByOne, &mut one)];
        let in_turn: Vec<_> =
            if round % 2 == 0 { order.into_iter().collect() } else { order.into_iter().rev().collect() };
        for (sold, rates) in in_turn {
            rates.push(slice(&mut stage, pace, &suppliers, sold, &mut placed).await?);
        }
    }
    let counters = truth::compare(&stage, &placed).await?;
    stage.stop().await?;
    let many = suppliers.len();
    let table = Table {
        title: "A supplier everything is bought from",
        about: format!(
            "Whole orders with {IN_FLIGHT} in flight, bought at one account and at {many}, each with as many of the \
             products; both in turn."
        ),
        measures: vec![
            Measure::new(format!("whole orders, {many} suppliers"), middle(&spread), "/s"),
            Measure::new("whole orders, one supplier", middle(&one), "/s"),
            Measure::ratio(format!("one supplier ÷ {many}"), ratio(&spread, &one)).within(Bar::AtLeast(0.9)),
        ],
    };
    Ok(Outcome { tables: vec![table], counters })
}

async fn slice(
    stage: &mut Stage,
    pace: Pace,
    suppliers: &[String],
    sold: Sold,
    placed: &mut Vec<Placed>,
) -> Result<Rate, BenchError> {
    keep_clear_of_lists(pace.ramp + pace.flow).await;
    offer(stage, suppliers, sold).await?;
    let before = bought(stage, suppliers).await?;
    let slice = closed(stage, IN_FLIGHT, pace.ramp, pace.flow, placed).await?;
    let after = bought(stage, suppliers).await?;
    let each: Vec<i64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
    progress!("whole orders: {:.0}/s, bought at {suppliers:?}: {each:?}", slice.rate.per_s);
    if sold.happened(&each) {
        return Ok(slice.rate);
    }
    Err(BenchError::Expected(format!("{sold:?}: purchases at {suppliers:?} were {each:?}")))
}

/// Waits for the next quarter of an hour to be over if it would fall into a slice of this length.
async fn keep_clear_of_lists(slice: Duration) {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let next = LISTS_READ_EVERY_S - now % LISTS_READ_EVERY_S;
    // Twice: orders under way are finished after the slice.
    if next < (REMEMBERED + slice * 2).as_secs() {
        progress!("waiting for {next} s: price lists are about to be read");
        tokio::time::sleep(Duration::from_secs(next + LISTS_TAKE_S)).await;
    }
}

/// All that offer something.
async fn suppliers(stage: &Stage) -> Result<Vec<String>, BenchError> {
    let rows = stage.db.query("SELECT DISTINCT supplier FROM offer ORDER BY 1", &[]).await?;
    let suppliers: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if suppliers.len() < 2 {
        return Err(BenchError::Expected("orders can be spread over one supplier only".to_owned()));
    }
    Ok(suppliers)
}

/// Each product of the shop is offered by one supplier, as if the others' lists did not have it.
async fn offer(stage: &Stage, suppliers: &[String], sold: Sold) -> Result<(), BenchError> {
    let products = stage.shop.products();
    for (nth, product) in products.iter().enumerate() {
        let seller = suppliers.get(sold.by(nth, products.len(), suppliers.len()));
        let sql = "UPDATE offer SET active = (supplier = $2) WHERE product = $1";
        stage.db.execute(sql, &[product, &seller]).await?;
    }
    tokio::time::sleep(REMEMBERED).await;
    Ok(())
}

/// Purchases at each of them so far.
async fn bought(stage: &Stage, suppliers: &[String]) -> Result<Vec<i64>, BenchError> {
    let mut counts = Vec::with_capacity(suppliers.len());
    for supplier in suppliers {
        let sql = "SELECT count(*) FROM attempt WHERE supplier = $1";
        counts.push(stage.db.query_one(sql, &[supplier]).await?.try_get(0)?);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_products_are_sold_by_one_or_by_halves() {
        let sellers = |sold: Sold| (0..6).map(|nth| sold.by(nth, 6, 2)).collect::<Vec<_>>();
        assert_eq!((sellers(Sold::ByOne), sellers(Sold::Spread)), (vec![0; 6], vec![0, 0, 0, 1, 1, 1]));
    }

    #[test]
    fn purchases_that_went_elsewhere_are_noticed() {
        assert!(Sold::ByOne.happened(&[10, 0]) && Sold::Spread.happened(&[55, 45]));
        assert!(!Sold::ByOne.happened(&[9, 1]) && !Sold::Spread.happened(&[70, 30]));
        assert!(!Sold::ByOne.happened(&[0, 0]) && !Sold::Spread.happened(&[0, 0]) && !Sold::ByOne.happened(&[]));
    }
}

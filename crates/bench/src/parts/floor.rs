//! The floors alone, for a look at the machine.

use super::{Bench, Outcome, start_postgres};
use crate::error::BenchError;
use crate::floors::{CREATE, CREATE_ALONE, F1, F2, F3, Floors, NOTICE};
use crate::report::{Measure, Table};
use crate::stats::middle;

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let pg = start_postgres().await?;
    let floors = Floors::new(&pg).await?;
    let all = [CREATE_ALONE, CREATE, NOTICE, F1, F2, F3];
    let mut rates = all.map(|_| Vec::new());
    for _ in 0..bench.pace.rounds.div_ceil(2) {
        for (floor, rates) in all.iter().zip(&mut rates) {
            rates.push(floors.measure(floor, bench.pace.slice_s).await?);
        }
    }
    let measures = all.iter().zip(&rates).map(|(floor, rates)| Measure::new(floor.name, middle(rates), "/s"));
    Ok(Outcome::from(Table {
        title: "The floors",
        about: "What PostgreSQL itself does with the rows of an order of two items (`crates/bench/floors`), driven by pgbench over \
                its socket; medians."
            .to_owned(),
        measures: measures.collect(),
    }))
}

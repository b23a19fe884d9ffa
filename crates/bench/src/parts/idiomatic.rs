//! The same rows written as one writes them without a thought about cost, a transaction with a statement per row, beside what
//! the whole product does with them over HTTP: what the design buys.

use std::time::Duration;

use super::{Bench, Outcome};
use crate::accept::{NO_PROMO, creates, notices};
use crate::error::BenchError;
use crate::floors::{Floors, IDIOMATIC_CREATE, IDIOMATIC_NOTICE, IDIOMATIC_ORDER};
use crate::flow::{IN_FLIGHT, closed};
use crate::report::{Measure, Table};
use crate::stage::{Kind, Stage};
use crate::stats::{Rate, middle, ratio};
use crate::truth;

/// As many as wait for an answer in a busy hour.
const CONNECTIONS: usize = 32;

#[derive(Default)]
struct Beside {
    idiomatic: Vec<Rate>,
    ours: Vec<Rate>,
}

impl Beside {
    fn measures(&self, what: &str) -> [Measure; 3] {
        [
            Measure::new(format!("{what}, a statement per row"), middle(&self.idiomatic), "/s"),
            Measure::new(format!("{what}, ours"), middle(&self.ours), "/s"),
            Measure::ratio(format!("{what}, ours ÷ a statement per row"), ratio(&self.idiomatic, &self.ours)),
        ]
    }
}

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let [created, noticed] = accepted(bench).await?;
    let (ordered, counters) = whole(bench).await?;
    let table = Table {
        title: "What the design buys",
        about: format!(
            "The rows of the floors, written by pgbench with a transaction for each step and a statement for each row, 8 clients: \
             no HTTP, no checks, no supplier. Ours is the whole product over HTTP: creates and notices by {CONNECTIONS} \
             connections (`--no-tasks`), whole orders with {IN_FLIGHT} in flight, raw."
        ),
        measures: [created.measures("creates"), noticed.measures("notices"), ordered.measures("whole orders")].concat(),
    };
    Ok(Outcome { tables: vec![table], counters })
}

async fn accepted(bench: &Bench) -> Result<[Beside; 2], BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind { no_tasks: true, ..Kind::default() }).await?;
    let floors = Floors::new(stage.world.pg()?).await?;
    let length = Duration::from_secs(u64::from(bench.pace.slice_s));
    creates(&stage, CONNECTIONS, length, NO_PROMO).await?;
    let (mut created, mut noticed) = (Beside::default(), Beside::default());
    for _ in 0..bench.pace.rounds {
        created.idiomatic.push(floors.measure(&IDIOMATIC_CREATE, bench.pace.slice_s).await?);
        created.ours.push(creates(&stage, CONNECTIONS, length, NO_PROMO).await?);
        noticed.idiomatic.push(floors.measure(&IDIOMATIC_NOTICE, bench.pace.slice_s).await?);
        noticed.ours.push(notices(&stage, CONNECTIONS, bench.pace.notices).await?);
    }
    stage.stop().await?;
    Ok([created, noticed])
}

async fn whole(bench: &Bench) -> Result<(Beside, truth::Counters), BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind::default()).await?;
    let floors = Floors::new(stage.world.pg()?).await?;
    let (mut ordered, mut placed) = (Beside::default(), Vec::new());
    for _ in 0..bench.pace.rounds.div_ceil(2) {
        ordered.idiomatic.push(floors.measure(&IDIOMATIC_ORDER, bench.pace.slice_s).await?);
        let slice = closed(&mut stage, IN_FLIGHT, bench.pace.ramp, bench.pace.flow, &mut placed).await?;
        ordered.ours.push(slice.rate);
    }
    let counters = truth::compare(&stage, &placed).await?;
    stage.stop().await?;
    Ok((ordered, counters))
}

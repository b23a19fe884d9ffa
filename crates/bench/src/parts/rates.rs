//! Orders and notices accepted per second by few and by many connections, each beside the floor of one call at eight.

use std::time::Duration;

use super::{Bench, Outcome};
use crate::accept::{NO_PROMO, creates, notices};
use crate::db;
use crate::error::BenchError;
use crate::floors::{CREATE, Floor, Floors, NOTICE};
use crate::report::{Bar, Measure, Table};
use crate::stage::{Kind, Stage};
use crate::stats::{Rate, middle, ratio};

/// With the ratio to the floor that each must reach, where there is one.
const CONNECTIONS: [(usize, Option<f64>); 4] = [(1, None), (8, Some(0.8)), (32, Some(2.0)), (256, Some(2.0))];
/// One after the other notices take longer: a quarter of them is enough.
const ALONE: usize = 4;

/// Measurements of one kind of request, by connections.
struct Kept {
    what: &'static str,
    floor: [Vec<Rate>; CONNECTIONS.len()],
    ours: [Vec<Rate>; CONNECTIONS.len()],
}

impl Kept {
    fn new(what: &'static str) -> Self {
        Self { what, floor: Default::default(), ours: Default::default() }
    }

    fn measures(&self) -> Vec<Measure> {
        let all_floors: Vec<Rate> = self.floor.iter().flatten().copied().collect();
        let mut measures =
            vec![Measure::new(format!("{} by one call, 8 clients: the floor", self.what), middle(&all_floors), "/s")];
        for (((connections, least), floor), ours) in CONNECTIONS.iter().zip(&self.floor).zip(&self.ours) {
            let name = format!("{} by {connections} connections", self.what);
            measures.push(Measure::new(&name, middle(ours), "/s"));
            let ratio = Measure::ratio(format!("{name} ÷ floor"), ratio(floor, ours));
            measures.push(match least {
                Some(least) => ratio.within(Bar::AtLeast(*least)),
                None => ratio,
            });
        }
        measures
    }
}

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind { no_tasks: true, ..Kind::default() }).await?;
    let floors = Floors::new(stage.world.pg()?).await?;
    let length = Duration::from_secs(u64::from(bench.pace.slice_s));
    creates(&stage, 8, length, NO_PROMO).await?;
    let (mut created, mut noticed) = (Kept::new("creates"), Kept::new("notices"));
    let mut sent = 0;
    for _ in 0..bench.pace.rounds {
        for (place, (connections, _)) in CONNECTIONS.iter().enumerate() {
            keep(
                &mut created,
                place,
                floor(bench, &floors, &CREATE).await?,
                creates(&stage, *connections, length, NO_PROMO).await?,
            );
        }
        for (place, (connections, _)) in CONNECTIONS.iter().enumerate() {
            let many = if *connections == 1 { bench.pace.notices / ALONE } else { bench.pace.notices };
            sent += many;
            keep(
                &mut noticed,
                place,
                floor(bench, &floors, &NOTICE).await?,
                notices(&stage, *connections, many).await?,
            );
        }
    }
    everything_is_stored(&stage, sent).await?;
    stage.stop().await?;
    Ok(Outcome::from(Table {
        title: "What is accepted",
        about: "Orders of two items, and signed notices of their payments, answered after their commit. The server ran with \
                `--no-tasks`: nothing was bought meanwhile."
            .to_owned(),
        measures: [created.measures(), noticed.measures()].concat(),
    }))
}

async fn floor(bench: &Bench, floors: &Floors, floor: &Floor) -> Result<Rate, BenchError> {
    floors.measure(floor, bench.pace.slice_s).await
}

fn keep(kept: &mut Kept, place: usize, floor: Rate, ours: Rate) {
    if let (Some(floors), Some(all)) = (kept.floor.get_mut(place), kept.ours.get_mut(place)) {
        floors.push(floor);
        all.push(ours);
    }
}

/// What was answered is there: every order that was begun, and a paid one for every notice.
async fn everything_is_stored(stage: &Stage, sent: usize) -> Result<(), BenchError> {
    let orders = db::number(&stage.db, "SELECT count(*) FROM orders").await?;
    let paid = db::number(&stage.db, "SELECT count(*) FROM orders WHERE status = 'paid'").await?;
    let begun = i64::try_from(stage.shop.begun()).unwrap_or(i64::MAX);
    if orders == begun && usize::try_from(paid) == Ok(sent) {
        return Ok(());
    }
    Err(BenchError::Expected(format!(
        "{begun} orders and {sent} notices were acknowledged; {orders} are there, {paid} paid"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_of_connections_is_compared_with_the_floor_beside_it() {
        let mut kept = Kept::new("creates");
        let rate = |per_s| Rate { per_s, flush: Duration::from_millis(1) };
        for (place, ours) in [300.0, 900.0, 2_500.0, 1_500.0].into_iter().enumerate() {
            keep(&mut kept, place, rate(1_000.0), rate(ours));
        }
        let met: Vec<Option<bool>> = kept.measures().iter().map(|measure| measure.met).collect();
        assert_eq!(met, [None, None, None, None, Some(true), None, Some(true), None, Some(false)]);
    }
}

//! Whole orders per second, from the first request to the durable success, beside the floors; then how long a customer waits
//! at half of that. At the end no order is open, and truth and books are compared.

use std::time::Duration;

use super::{Bench, Outcome};
use crate::arrivals::at_a_rate;
use crate::cpu::{Used, memory_mb};
use crate::error::BenchError;
use crate::floors::{F1, F3, Floors};
use crate::flow::{IN_FLIGHT, Slice, closed};
use crate::report::{Bar, Measure, Table};
use crate::shop::Placed;
use crate::stage::{Kind, Stage};
use crate::stats::{Rate, middle, percentile, ratio};
use crate::truth;

/// Of the measured pipeline, for the waits.
const HALF: f64 = 0.5;

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind::default()).await?;
    let floors = Floors::new(stage.world.pg()?).await?;
    let mut placed = Vec::new();
    let pace = bench.pace;
    // The first orders prepare the statements on the connections.
    closed(&mut stage, IN_FLIGHT, pace.ramp, pace.ramp, &mut placed).await?;
    let mut rounds = Rounds::default();
    for _ in 0..pace.rounds {
        rounds.f1.push(floors.measure(&F1, pace.slice_s).await?);
        rounds.beside_f1.push(slice(&mut stage, bench, &mut placed).await?);
        rounds.f3.push(floors.measure(&F3, pace.slice_s).await?);
        rounds.beside_f3.push(slice(&mut stage, bench, &mut placed).await?);
    }
    let peak = memory_mb(stage.server_pid()?, "VmHWM")?;
    let waits = waits(bench, &stage, rounds.raw(), &mut placed).await?;
    let counters = truth::compare(&stage, &placed).await?;
    stage.stop().await?;
    Ok(Outcome { tables: vec![rounds.table(peak), waits], counters })
}

async fn slice(stage: &mut Stage, bench: &Bench, placed: &mut Vec<Placed>) -> Result<Slice, BenchError> {
    let slice = closed(stage, IN_FLIGHT, bench.pace.ramp, bench.pace.flow, placed).await?;
    let Used { server, postgres, outside, machine } = slice.used;
    progress!(
        "whole orders: {:.0}/s; processors in {:.1} s: server {server:.1} s, PostgreSQL {postgres:.1} s, outside world \
         {outside:.1} s, all programs of the machine {machine:.1} s",
        slice.rate.per_s,
        slice.seconds
    );
    Ok(slice)
}

/// Neighbours, round by round.
#[derive(Default)]
struct Rounds {
    f1: Vec<Rate>,
    beside_f1: Vec<Slice>,
    f3: Vec<Rate>,
    beside_f3: Vec<Slice>,
}

impl Rounds {
    fn all(&self) -> Vec<Slice> {
        self.beside_f1.iter().chain(&self.beside_f3).copied().collect()
    }

    fn raw(&self) -> f64 {
        middle(&self.all().iter().map(|slice| slice.rate).collect::<Vec<_>>())
    }

    fn table(&self, peak_mb: f64) -> Table {
        let all = self.all();
        let adjusted = |slices: &[Slice]| {
            let adjusted = |slice: &Slice| Rate { per_s: slice.used.adjusted(slice.rate.per_s), ..slice.rate };
            slices.iter().map(adjusted).collect::<Vec<_>>()
        };
        let raw = |slices: &[Slice]| slices.iter().map(|slice| slice.rate).collect::<Vec<_>>();
        let share = |part: fn(&Used) -> f64| {
            let sum = |f: &dyn Fn(&Slice) -> f64| all.iter().map(f).sum::<f64>();
            100.0 * sum(&|slice| part(&slice.used)) / sum(&|slice| slice.used.all()).max(f64::MIN_POSITIVE)
        };
        let each_us = |part: fn(&Used) -> f64| {
            let orders: f64 = all.iter().map(|slice| slice.rate.per_s * slice.seconds).sum();
            1e6 * all.iter().map(|slice| part(&slice.used)).sum::<f64>() / orders.max(1.0)
        };
        let measures = vec![
            Measure::new("F1, the best floor without batches", middle(&self.f1), "/s"),
            Measure::new("F3, the floor in batches of 100", middle(&self.f3), "/s"),
            Measure::new("whole orders", self.raw(), "/s"),
            Measure::new("whole orders, adjusted", middle(&adjusted(&all)), "/s")
                .noted(format!("the outside world used {:.0} % of the processor time", share(|used| used.outside))),
            Measure::ratio("whole orders ÷ F1", ratio(&self.f1, &raw(&self.beside_f1))).within(Bar::AtLeast(2.5)),
            Measure::ratio("whole orders, adjusted ÷ F3", ratio(&self.f3, &adjusted(&self.beside_f3)))
                .within(Bar::AtLeast(0.4)),
            Measure::new("processor time of the server per order", each_us(|used| used.server), "µs"),
            Measure::new("processor time of PostgreSQL per order", each_us(|used| used.postgres), "µs"),
            Measure::new("processor time of programs that are not of the bench", strangers(&all), "%")
                .noted("of all that was used; above a few percent the rates say little"),
            Measure::new("memory of the server at its peak", peak_mb, "MB").within(Bar::AtMost(80.0)),
        ];
        Table {
            title: "Whole orders",
            about: format!(
                "Orders of two items over HTTP: placed, page opened, paid, noticed, both items bought, called back and asked about, \
                 ended; {IN_FLIGHT} in flight. Counted when the success is durable; none is open at the end. The gateway, the \
                 supplier and the customers run on the same machine: \"adjusted\" is the rate × all processor time ÷ (all − theirs)."
            ),
            measures,
        }
    }
}

/// Percent of the used processor time that somebody else used.
fn strangers(slices: &[Slice]) -> f64 {
    let sum = |part: fn(&Used) -> f64| slices.iter().map(|slice| part(&slice.used)).sum::<f64>();
    100.0 * (1.0 - sum(|used| used.all()) / sum(|used| used.machine).max(f64::MIN_POSITIVE)).max(0.0)
}

async fn waits(bench: &Bench, stage: &Stage, raw: f64, placed: &mut Vec<Placed>) -> Result<Table, BenchError> {
    let flush = stage.flush().await?;
    let rate = raw * HALF;
    progress!("{rate:.0} orders/s begin, whatever becomes of those before");
    let mut took = at_a_rate(stage, rate, bench.pace.flow, placed).await?;
    let milliseconds = |wait: Duration| wait.as_secs_f64() * 1_000.0;
    let most = Bar::AtMost(milliseconds(flush) * 2.0 + 3.0);
    let mut measures =
        vec![Measure::new("orders begun", rate, "/s"), Measure::new("a flush, before", milliseconds(flush), "ms")];
    let all = [
        ("place an order", &mut took.place),
        ("open its checkout", &mut took.checkout),
        ("accept the notice of its payment", &mut took.notice),
    ];
    for (what, took) in all {
        measures.push(Measure::new(format!("p50, {what}"), milliseconds(percentile(took, 50)), "ms"));
        measures.push(Measure::new(format!("p99, {what}"), milliseconds(percentile(took, 99)), "ms").within(most));
    }
    Ok(Table {
        title: "Waits at half load",
        about: "Orders begin at a constant rate, half of the pipeline's, and go the whole way. The wait to place one counts from the \
                moment it was due. The gateway's notice is sent by the bench, which so knows when it was answered. The budget is two \
                flushes and 3 ms."
            .to_owned(),
        measures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_compares_neighbours_and_takes_the_outside_world_off() {
        let flush = Duration::from_millis(1);
        let rate = |per_s| Rate { per_s, flush };
        let slice = |per_s| Slice {
            rate: rate(per_s),
            used: Used { server: 2.0, postgres: 1.0, outside: 1.0, machine: 5.0 },
            seconds: 2.0,
        };
        let rounds = Rounds {
            f1: vec![rate(1_000.0)],
            beside_f1: vec![slice(3_000.0)],
            f3: vec![rate(8_000.0)],
            beside_f3: vec![slice(3_000.0)],
        };
        let table = rounds.table(70.0);
        let value = |what: &str| table.measures.iter().find(|measure| measure.what == what).unwrap();
        assert_eq!(value("whole orders ÷ F1").value, Some(3.0));
        assert_eq!(value("whole orders, adjusted ÷ F3").value, Some(0.5));
        assert_eq!(value("whole orders, adjusted").note, "the outside world used 25 % of the processor time");
        assert_eq!(value("processor time of the server per order").value.unwrap().round(), 333.0);
        assert_eq!(value("processor time of programs that are not of the bench").value.unwrap().round(), 20.0);
        assert!(table.measures.iter().all(|measure| measure.met != Some(false)));
    }
}

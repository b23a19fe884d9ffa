//! Whether whole orders still go through when far more customers come than can be served. At the end no order is open, and truth
//! and books are compared.

use std::time::Duration;

use super::{Bench, Outcome};
use crate::cpu::memory_mb;
use crate::crowd::{Rush, rush};
use crate::error::BenchError;
use crate::flow::{IN_FLIGHT, Slice, closed};
use crate::report::{Bar, Measure, Table};
use crate::stage::{Kind, Stage};
use crate::stats::{Rate, median, middle, ratio};
use crate::truth;

/// Times the whole orders that can be carried.
const TOO_MANY: f64 = 5.0;
/// After a rush new orders are let in more and more freely; by then as many as are wanted for a peak.
const REST: Duration = Duration::from_secs(20);

pub(super) async fn run(bench: &Bench) -> Result<Outcome, BenchError> {
    let mut stage = Stage::start(&bench.programs, Kind::default()).await?;
    let (pace, mut placed) = (bench.pace, Vec::new());
    closed(&mut stage, IN_FLIGHT, pace.ramp, pace.ramp, &mut placed).await?;
    let mut rounds = Rounds::default();
    for round in 0..pace.rounds.div_ceil(2) {
        if round > 0 {
            tokio::time::sleep(REST).await;
        }
        let peak = closed(&mut stage, IN_FLIGHT, pace.ramp, pace.flow, &mut placed).await?;
        progress!("whole orders: {:.0}/s", peak.rate.per_s);
        let rush = rush(&mut stage, peak.rate.per_s * TOO_MANY, pace.ramp, pace.flow, &mut placed).await?;
        progress!(
            "in a rush: {:.0?}/s; {} came, {} were turned away; calm after {:?}",
            rush.good.iter().map(|slice| slice.rate.per_s).collect::<Vec<_>>(),
            rush.came,
            rush.turned_away,
            rush.until_calm
        );
        rounds.peaks.push(peak);
        rounds.rushes.push(rush);
    }
    let peak = memory_mb(stage.server_pid()?, "VmHWM")?;
    let counters = truth::compare(&stage, &placed).await?;
    stage.stop().await?;
    Ok(Outcome { tables: vec![rounds.table(peak)], counters })
}

/// What can be carried, and what was while too many came, round by round.
#[derive(Default)]
struct Rounds {
    peaks: Vec<Slice>,
    rushes: Vec<Rush>,
}

impl Rounds {
    fn table(&self, peak_mb: f64) -> Table {
        let raw = |slices: &[Slice]| slices.iter().map(|slice| slice.rate).collect::<Vec<Rate>>();
        let adjusted = |slices: &[Slice]| {
            let adjusted = |slice: &Slice| Rate { per_s: slice.used.adjusted(slice.rate.per_s), ..slice.rate };
            slices.iter().map(adjusted).collect::<Vec<Rate>>()
        };
        let goods: Vec<Slice> = self.rushes.iter().flat_map(|rush| rush.good.iter().copied()).collect();
        let worst: Vec<Slice> = self.rushes.iter().filter_map(Rush::worst).collect();
        let of_all = |part: fn(&Rush) -> f64| median(&self.rushes.iter().map(part).collect::<Vec<_>>());
        let measures = vec![
            Measure::new(format!("whole orders, {IN_FLIGHT} in flight: the peak"), middle(&raw(&self.peaks)), "/s"),
            Measure::new("whole orders while too many came", middle(&raw(&goods)), "/s"),
            Measure::new("the same in the slice with the fewest", middle(&raw(&worst)), "/s"),
            Measure::ratio("the fewest, of the peak", ratio(&raw(&self.peaks), &raw(&worst))).within(Bar::AtLeast(0.9)),
            Measure::ratio("the fewest, of the peak, both adjusted", ratio(&adjusted(&self.peaks), &adjusted(&worst))),
            Measure::new("turned away", of_all(|rush| 100.0 * rush.turned_away as f64 / rush.came.max(1) as f64), "%")
                .noted("without an order; whoever has one comes back until it is paid"),
            Measure::new("until the last order had ended", of_all(|rush| rush.until_calm.as_secs_f64()), "s"),
            Measure::new("memory of the server at its peak", peak_mb, "MB").within(Bar::AtMost(80.0)),
        ];
        Table {
            title: "Too many orders",
            about: format!(
                "Customers come at {TOO_MANY} times the rate of whole orders that was measured just before, whatever becomes of those \
                 before them, for three slices one after the other. Counted are orders whose success is durable; truth and books are compared of every order that was \
                 placed. The crowd and the outside world run on the same machine: \"adjusted\" is the rate × all processor time ÷ (all − theirs)."
            ),
            measures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Used;

    #[test]
    fn what_went_through_in_a_rush_is_compared_with_the_peak_just_before() {
        let slice = |per_s, outside| Slice {
            rate: Rate { per_s, flush: Duration::from_millis(1) },
            used: Used { server: 2.0, postgres: 1.0, outside, machine: 5.0 },
            seconds: 2.0,
        };
        let good = vec![slice(390.0, 1.0), slice(320.0, 3.0), slice(410.0, 1.0)];
        let rush = Rush { good, came: 1_000, turned_away: 250, until_calm: Duration::from_secs(4) };
        let table = Rounds { peaks: vec![slice(400.0, 1.0)], rushes: vec![rush] }.table(70.0);
        let value = |what: &str| table.measures.iter().find(|measure| measure.what == what).unwrap();
        assert_eq!(value("whole orders while too many came").value, Some(390.0));
        let fewest = value("the fewest, of the peak");
        assert_eq!((fewest.value, fewest.met), (Some(0.8), Some(false)));
        assert_eq!(value("the fewest, of the peak, both adjusted").value, Some(1.2));
        assert_eq!(value("turned away").value, Some(25.0));
        assert_eq!(value("until the last order had ended").value, Some(4.0));
    }
}

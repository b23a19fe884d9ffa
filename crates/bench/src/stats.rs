//! Medians, percentiles, and pairs of rates measured one after the other. Pure.
//!
//! The time a flush takes may change tenfold from one second to the next, and all rates with it. So what counts is a ratio of
//! two neighbours, and only where a flush took about as long before both.

use std::time::Duration;

/// A pair whose flush times differ by more than this says something about the disk, not about us.
const VOID_BEYOND: f64 = 2.0;

/// The one in the middle; of an even number the mean of the two. 0 of none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (at(half.saturating_sub(1)) + at(half)) / 2.0 } else { at(half) }
}

/// The smallest value that so many percent do not exceed. Zero of none.
pub fn percentile(values: &mut [Duration], percent: u32) -> Duration {
    values.sort_unstable();
    let share = f64::from(percent) / 100.0;
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// A rate, and what a flush took just before it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Per second.
    pub per_s: f64,
    /// Before it.
    pub flush: Duration,
}

/// Rates of one kind, of all rounds.
pub fn middle(rates: &[Rate]) -> f64 {
    median(&rates.iter().map(|rate| rate.per_s).collect::<Vec<_>>())
}

/// What pairs of neighbours come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The median of ours ÷ floor over the pairs that count; `None` when none does.
    pub of: Option<f64>,
    /// Pairs measured.
    pub pairs: usize,
    /// Those of them that do not count.
    pub void: usize,
}

/// Compares the n-th of one with the n-th of the other.
pub fn ratio(floors: &[Rate], ours: &[Rate]) -> Ratio {
    let pairs: Vec<(&Rate, &Rate)> = floors.iter().zip(ours).collect();
    let counting = pairs.iter().filter(|(floor, ours)| floor.per_s > 0.0 && alike(floor.flush, ours.flush));
    let ratios: Vec<f64> = counting.map(|(floor, ours)| ours.per_s / floor.per_s).collect();
    let void = pairs.len() - ratios.len();
    Ratio { of: (!ratios.is_empty()).then(|| median(&ratios)), pairs: pairs.len(), void }
}

fn alike(one: Duration, other: Duration) -> bool {
    let (less, more) = (one.min(other), one.max(other));
    more.as_secs_f64() <= less.as_secs_f64() * VOID_BEYOND
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_s: f64, flush_us: u64) -> Rate {
        Rate { per_s, flush: Duration::from_micros(flush_us) }
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!((median(&[7.0]), median(&[])), (7.0, 0.0));
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut hundred: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut hundred, 50), Duration::from_millis(50));
        assert_eq!(percentile(&mut hundred, 99), Duration::from_millis(99));
        assert_eq!(percentile(&mut hundred, 100), Duration::from_millis(100));
        assert_eq!(percentile(&mut [Duration::from_millis(3)], 99), Duration::from_millis(3));
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
    }

    #[test]
    fn neighbours_are_compared_and_those_on_another_disk_left_out() {
        let floors = [rate(100.0, 200), rate(50.0, 400), rate(100.0, 200)];
        let ours = [rate(300.0, 300), rate(150.0, 400), rate(10_000.0, 401)];
        assert_eq!(ratio(&floors, &ours), Ratio { of: Some(3.0), pairs: 3, void: 1 });
    }

    #[test]
    fn without_a_pair_that_counts_there_is_no_ratio() {
        assert_eq!(ratio(&[rate(1.0, 100)], &[rate(1.0, 201)]), Ratio { of: None, pairs: 1, void: 1 });
        assert_eq!(ratio(&[rate(0.0, 100)], &[rate(1.0, 100)]).of, None);
        assert_eq!(ratio(&[], &[]), Ratio { of: None, pairs: 0, void: 0 });
    }
}

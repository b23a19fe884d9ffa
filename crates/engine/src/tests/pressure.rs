//! A crowd of several times what can be carried, people who pay seconds or minutes after they were let in, and a shop on
//! one machine: who is placed, pays, or is turned away takes time from the work, and before it. Simulated, in steps of 5 ms.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use crate::pressure::Pressure;

/// Orders a second that are carried when nobody comes too much.
const CARRIED: f64 = 400.0;
/// Orders worked on at once.
const HANDS: usize = 256;
/// Parts of an order's work. What is left buys its goods.
const PLACING: f64 = 0.15;
const PAYING: f64 = 0.25;
/// Of whoever is turned away.
const TURNING_AWAY: f64 = 0.01;
const STEP_MS: u64 = 5;

/// How long people take to pay, in seconds, by a number from 0 to 1.
type Pays = fn(f64) -> f64;

fn soon(_: f64) -> f64 {
    0.3
}

fn within_seconds(chance: f64) -> f64 {
    -chance.max(1e-9).ln()
}

fn within_a_minute(chance: f64) -> f64 {
    20.0 * within_seconds(chance)
}

/// Who comes to the shop.
struct Crowd {
    /// Times what is carried, at each second.
    comes: fn(u64) -> f64,
    pays: Pays,
    /// The part that pays at all.
    paying: f64,
    /// Until the supplier has delivered.
    supplier: Duration,
}

/// What became of it in each second: parts of what is carried, and how many were turned away.
struct Day {
    done: Vec<f64>,
    turned_away: Vec<u32>,
}

impl Day {
    /// The least of all slices of four seconds from then on.
    fn worst(&self, from: usize) -> f64 {
        self.done[from..].windows(4).map(|slice| slice.iter().sum::<f64>() / 4.0).fold(f64::MAX, f64::min)
    }

    fn turned_away(&self, seconds: std::ops::Range<usize>) -> u32 {
        self.turned_away[seconds].iter().sum()
    }
}

/// Numbers from 0 to 1, the same ones each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}

fn simulate(crowd: &Crowd, seconds: u64) -> Day {
    let start = Instant::now();
    let (door, mut chance) = (Pressure::new(start), Chance(7));
    let (mut paying, mut bought) = (BinaryHeap::new(), VecDeque::new());
    let mut queue: VecDeque<u64> = VecDeque::new();
    let (mut coming, mut time) = (0.0, 0.0);
    let mut day = Day { done: vec![0.0; seconds as usize], turned_away: vec![0; seconds as usize] };
    for ms in (0..seconds * 1_000).step_by(STEP_MS as usize) {
        let (now, second) = (start + Duration::from_millis(ms), (ms / 1_000) as usize);
        let step = STEP_MS as f64 / 1_000.0 * CARRIED;
        time += step;
        coming += step * (crowd.comes)(ms / 1_000);
        while coming >= 1.0 {
            coming -= 1.0;
            if !door.let_in(false, now) {
                day.turned_away[second] += 1;
                time -= TURNING_AWAY;
                continue;
            }
            time -= PLACING;
            if chance.next() < crowd.paying {
                paying.push(Reverse(ms + ((crowd.pays)(chance.next()) * 1_000.0) as u64));
            }
        }
        while paying.peek().is_some_and(|Reverse(at)| *at <= ms) {
            queue.extend(paying.pop().map(|Reverse(at)| at));
            time -= PAYING;
        }
        while time >= 1.0 - PLACING - PAYING && queue.pop_front().is_some() {
            time -= 1.0 - PLACING - PAYING;
            door.half_done(now);
            bought.push_back(now + crowd.supplier);
            day.done[second] += 1.0 / CARRIED;
        }
        if queue.is_empty() {
            // Time that nobody needed is gone.
            time = time.min(0.0);
        }
        while bought.front().is_some_and(|there| *there <= now) {
            bought.pop_front();
            door.half_done(now);
        }
        let waited = queue.get(HANDS).map_or(0, |paid_at| ms - paid_at);
        door.looked(queue.len() > HANDS, Some(Duration::from_millis(waited)), now);
    }
    day
}

fn crowd(comes: fn(u64) -> f64, pays: Pays) -> Crowd {
    Crowd { comes, pays, paying: 1.0, supplier: Duration::ZERO }
}

#[test]
fn five_times_too_many_customers_leave_no_waves_however_long_they_take_to_pay() {
    for (pays, settled) in [(soon as Pays, 8), (within_seconds, 10), (within_a_minute, 60)] {
        let day = simulate(&crowd(|_| 5.0, pays), 180);
        assert!(day.worst(settled) >= 0.9, "{:?}", day.done);
    }
}

#[test]
fn a_supplier_who_takes_his_time_changes_nothing_for_long() {
    for seconds in [3, 10] {
        let slow = Crowd { supplier: Duration::from_secs(seconds), ..crowd(|_| 5.0, within_seconds) };
        let day = simulate(&slow, 120);
        assert!(day.worst(10 + 3 * seconds as usize) >= 0.9, "{:?}", day.done);
        assert!(day.worst(4) >= 0.3, "{:?}", day.done);
    }
}

#[test]
fn where_some_never_pay_more_are_let_in() {
    let day = simulate(&Crowd { paying: 0.7, ..crowd(|_| 5.0, within_seconds) }, 120);
    // Those who never pay take their part of the time.
    assert!(day.worst(15) >= 0.7, "{:?}", day.done);
}

#[test]
fn nobody_is_turned_away_while_the_work_keeps_up() {
    let day = simulate(&crowd(|second| if second < 10 { 0.01 } else { 0.8 }, within_seconds), 60);
    assert_eq!(day.turned_away(0..60), 0);
}

#[test]
fn after_a_rush_the_shop_is_open_to_all_again() {
    let day = simulate(&crowd(|second| if second < 30 { 5.0 } else { 0.6 }, within_seconds), 60);
    assert!(day.turned_away(10..30) > 10_000);
    assert_eq!(day.turned_away(32..60), 0);
}

#[test]
fn a_shop_that_works_nothing_off_lets_a_few_in_and_finds_out_when_it_can_again() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let door = Pressure::new(start);
    let mut let_in = 0;
    for ms in (0..70_000).step_by(2) {
        if ms % 10 == 0 {
            door.looked(ms < 60_000, Some(Duration::from_secs(1)), at(ms));
        }
        let_in += u32::from((1_000..60_000).contains(&ms) && door.let_in(false, at(ms)));
    }
    assert!(!door.is_behind(at(70_000)));
    assert!((200..=400).contains(&let_in), "{let_in} in a minute");
    let after = (70_000..130_000).filter(|ms| door.let_in(false, at(*ms))).count();
    assert!(after > 10_000, "{after} in the minute after");
}

#[test]
fn more_decisions_than_a_statement_takes_are_pressure_too_when_it_lasts() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let door = Pressure::new(start);
    door.looked(false, None, start);
    assert!(door.let_in(true, at(10)) && !door.is_behind(at(100)));
    assert!(door.let_in(false, at(120)));
    assert!(door.let_in(true, at(140)) && !door.is_behind(at(280)), "it was written in between");
    assert!(door.let_in(true, at(250)) && !door.is_behind(at(250)));
    assert!(door.let_in(true, at(300)) && door.is_behind(at(300)));
    assert!(!door.is_behind(at(450)), "nobody came since: who knows");
    assert!(door.let_in(true, at(900)) && !door.is_behind(at(900)), "nobody has seen that it lasted");
}

#[test]
fn a_process_that_has_just_begun_turns_nobody_away_for_what_it_does_not_know() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let door = Pressure::new(start);
    door.looked(false, None, at(10));
    // A crowd that waited for it, and the first of it come again while the others are still worked on.
    assert!((0..256).all(|_| door.let_in(false, at(20))));
    door.looked(true, None, at(1_010));
    for ms in (1_200..1_600).step_by(10) {
        door.half_done(at(ms));
        assert!(door.let_in(false, at(ms)), "after {ms} ms");
    }
    assert!(door.is_behind(at(1_600)));
    for ms in (1_600..2_500).step_by(5) {
        door.half_done(at(ms));
    }
    let let_in = (0..1_000).filter(|ms| door.let_in(false, at(2_500 + ms))).count();
    assert!((50..150).contains(&let_in), "then it knows: {let_in} beside some hundred worked off");
}

#[test]
fn who_is_let_in_and_does_not_order_leaves_it_to_somebody_else() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let door = Pressure::new(start);
    // Behind, and nothing worked off in half a second.
    for ms in [0, 1_000, 1_500] {
        door.looked(true, Some(Duration::ZERO), at(ms));
    }
    assert!(door.let_in(false, at(1_500)));
    assert!(!door.let_in(false, at(1_501)));
    door.left_again();
    assert!(door.let_in(false, at(1_502)));
    assert!(!door.let_in(false, at(1_503)));
}

#[test]
fn where_nobody_works_everybody_comes_in() {
    let now = Instant::now();
    let door = Pressure::new(now);
    assert!((0..100_000).all(|_| door.let_in(true, now)));
}

//! The production `decide`, walked through every interleaving of a small world: one order, two or three suppliers, a
//! gateway, two workers whose leases expire and who may die between any two steps.
//!
//! What costs a *fault* (a crash, a lost answer, a late delivery, a second payment…) may happen anywhere, but only so often
//! in one run. Everything else may happen at any time, in any order, as often as it can. Walked exhaustively: one item with
//! any one fault, two items without a fault, two bought items with a crash or an expired lease between any two steps, and one
//! bought item with three suppliers that fail as they like, two of which deliver after all.
//! In every world of one item everything foolish is said too. Chance walks two items with several faults and two or three
//! suppliers, and the soak walks two bought items with any one fault.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests; clippy excuses only the test functions themselves, not what they share"
)]

mod actions;
#[cfg(feature = "test-hooks")]
mod arms;
#[path = "../support/books.rs"]
mod books;
mod explore;
mod noise;
mod world;

use std::sync::{RwLock, RwLockReadGuard};

use explore::{Found, explore};
use world::{SpentOn, World};

/// Breaking a rule holds for the whole process: who breaks one is alone.
static RULES: RwLock<()> = RwLock::new(());

fn rules_hold() -> RwLockReadGuard<'static, ()> {
    RULES.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn walk(name: &str, world: World, also: fn(&World) -> Result<(), String>) {
    let began = std::time::Instant::now();
    let Found { states, steps, ends, broken } = explore(world, also);
    println!("{name}: {states} states, {steps} steps, {ends} ends, {:.1} s", began.elapsed().as_secs_f32());
    if let Some(broken) = broken {
        panic!("{name}: {broken}");
    }
}

/// What may go wrong in one run: as much as the walks can bear within two minutes on two slow cores.
const FAULTS_ONE_ITEM: u8 = 1;
const FAULTS_TWO_ITEMS: u8 = 0;
const FAULTS_TWO_BOUGHT: u8 = 1;
/// Of three suppliers each may deliver what it called failed.
const LATE_SUCCESSES: u8 = 2;
const WANDERINGS: u64 = 1_500;
const WANDER_STEPS: usize = 150;
const WANDER_FAULTS: u8 = 4;

#[test]
fn every_interleaving_keeps_every_rule() {
    let _rules = rules_hold();
    std::thread::scope(|walks| {
        let bought = actions::bought(2, FAULTS_TWO_BOUGHT).unwrap();
        walks.spawn(|| walk("two bought items", bought, |_| Ok(())));
        let three =
            World { spent_on: SpentOn::LateSuccess, suppliers: 3, ..actions::bought(1, LATE_SUCCESSES).unwrap() };
        walks.spawn(|| walk("three suppliers", three, |_| Ok(())));
        walks.spawn(|| walk("two items", World::placed(2, FAULTS_TWO_ITEMS), |_| Ok(())));
        walks.spawn(|| walk("one item", World::placed(1, FAULTS_ONE_ITEM), noise::survives));
        walks.spawn(wander);
    });
    #[cfg(feature = "test-hooks")]
    arms::all_reached();
}

/// More faults in one run than an exhaustive walk can bear: chance picks the ways, the same ones every time.
fn wander() {
    for suppliers in [2, 3] {
        let start = World { suppliers, ..World::placed(2, WANDER_FAULTS) };
        for seed in 0..WANDERINGS {
            if let Err(broken) = explore::wander(&start, seed, WANDER_STEPS) {
                panic!("wandering {seed} among {suppliers} suppliers: {broken}");
            }
        }
    }
}

/// As far as an exhaustive walk of two items goes; too long for every day.
#[test]
#[ignore = "takes minutes: part of the soak"]
fn two_bought_items_with_any_one_fault_keep_every_rule() {
    let _rules = rules_hold();
    let world = World { spent_on: SpentOn::Everything, ..actions::bought(2, 1).unwrap() };
    walk("two bought items, any fault", world, |_| Ok(()));
}

/// The same walk with a rule switched off: what it finds is the proof that it looks.
#[cfg(feature = "test-hooks")]
mod broken {
    use domain::broken::{Rule, break_rule};

    use super::{RULES, World, explore};

    fn found(world: World) -> String {
        explore(world, |_| Ok(())).broken.unwrap_or_else(|| panic!("the broken rule was not noticed"))
    }

    #[test]
    fn what_is_unknown_and_called_failed_is_bought_twice() {
        let _alone = RULES.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        break_rule(Some(Rule::UnknownIsFailed));
        let found = std::panic::catch_unwind(|| found(World::placed(1, 1)));
        break_rule(None);
        let found = found.expect("the walk ends");
        assert!(found.starts_with("item 0 was bought 2 times"), "{found}");
    }

    #[test]
    fn what_is_sent_before_it_is_reserved_is_bought_twice() {
        let _rules = super::rules_hold();
        let found = found(World { send_first: true, ..World::placed(1, 1) });
        assert!(found.starts_with("item 0 was bought 2 times"), "{found}");
    }
}

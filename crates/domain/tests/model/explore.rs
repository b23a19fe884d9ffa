//! Breadth first over all worlds, every property in every one of them, and from each a way to an end.

use std::collections::HashMap;

use domain::Currency;
use domain::fulfilment::AttemptState;
use domain::payment::CheckoutState;

use crate::actions::Successors;
use crate::world::{Truth, World};

/// For each world the one it was first reached from, and its fingerprint.
type Parents = Vec<(u32, u64)>;

/// More than this is a mistake in the world, not a bigger world.
const MAX_STATES: usize = 3_000_000;

pub struct Found {
    pub states: usize,
    pub steps: usize,
    pub ends: usize,
    /// A broken property, with the shortest way to it.
    pub broken: Option<String>,
}

/// Walks from `start`; `also` is asked of every world too.
pub fn explore(start: World, also: fn(&World) -> Result<(), String>) -> Found {
    let mut ids = HashMap::from([(start.fingerprint(), 0_u32)]);
    let mut parents: Parents = vec![(0, start.fingerprint())];
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    let mut layer = vec![(0_u32, start.clone())];
    let found = |states, steps, ends, broken| Found { states, steps, ends, broken };
    while !layer.is_empty() {
        let mut below = Vec::new();
        for (id, world) in layer {
            if let Err(broken) = holds(&world).and_then(|()| also(&world)) {
                return found(parents.len(), edges.len(), ends.len(), Some(way(&start, &parents, id, &broken)));
            }
            if is_end(&world) {
                ends.push(id);
            }
            let next = match Successors::of(&world) {
                Ok(next) => next,
                Err(broken) => {
                    return found(parents.len(), edges.len(), ends.len(), Some(way(&start, &parents, id, &broken)));
                }
            };
            for (_, world) in next {
                let new = u32::try_from(parents.len()).unwrap();
                let print = world.fingerprint();
                let to = *ids.entry(print).or_insert(new);
                edges.push((id, to));
                if to == new {
                    assert!(parents.len() < MAX_STATES, "the world does not end");
                    parents.push((id, print));
                    below.push((new, world));
                }
            }
        }
        layer = below;
    }
    let stuck = without_end(parents.len(), &edges, &ends);
    let broken = stuck.map(|id| way(&start, &parents, id, "no end can be reached from here"));
    found(parents.len(), edges.len(), ends.len(), broken)
}

/// One way through the worlds, chosen by chance; every property in every world on it.
pub fn wander(start: &World, seed: u64, steps: usize) -> Result<(), String> {
    let mut world = start.clone();
    let mut told = Vec::new();
    let mut dice = seed;
    for _ in 0..steps {
        let next = Successors::of(&world).map_err(|broken| format!("{broken} after {told:#?}"))?;
        if next.is_empty() {
            break;
        }
        // A linear congruence is chance enough, and the same everywhere.
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(dice >> 33).unwrap() % next.len();
        let (label, after) = next.into_iter().nth(place).unwrap();
        told.push(format!("{label}: {}", summary(&after)));
        holds(&after).map_err(|broken| format!("{broken} after {told:#?}"))?;
        world = after;
    }
    Ok(())
}

/// What must be true of every world.
fn holds(world: &World) -> Result<(), String> {
    world.books.check(&world.order)?;
    for item in &world.order.items {
        let live = world.order.attempts.iter().filter(|a| a.item == item.no && a.state.is_live()).count();
        if live > 1 {
            return Err(format!("item {} has {live} live attempts", item.no));
        }
        let bought = || world.goods.values().filter(|g| g.item == item.no.0);
        let delivered = bought().filter(|g| matches!(g.truth, Truth::Delivered { .. })).count();
        // Only a supplier that called a delivery failed can have made us buy twice.
        if delivered > 1 && !bought().any(|g| g.late) {
            return Err(format!("item {} was bought {delivered} times", item.no));
        }
    }
    let booked = world.charges.iter().filter(|c| world.is_booked(c));
    let booked: i64 = booked.map(|c| c.amount.minor()).sum();
    let receivable = world.books.on("gateway_receivable:ecpay", Currency::Twd);
    if receivable != booked - world.disputed - world.returned {
        return Err(format!(
            "the gateway holds {receivable}: {booked} booked, {} disputed, {} returned",
            world.disputed, world.returned
        ));
    }
    if world.order.payments[0].received.minor() != booked {
        return Err("what was received is not what was booked".into());
    }
    Ok(())
}

/// Nothing is left to do, and the order knows all that is true.
fn is_end(world: &World) -> bool {
    world.order.status().is_final()
        && world.order.tasks.is_empty()
        && world.jobs.is_empty()
        && world.charges.iter().all(|c| world.is_booked(c))
        && world.order.checkouts.iter().all(|c| c.state != CheckoutState::SecondClaimed)
        && world.goods.iter().all(|(reference, goods)| {
            let delivered = matches!(goods.truth, Truth::Delivered { .. });
            world.order.attempt(reference).is_some_and(|a| (a.state == AttemptState::Done) == delivered)
        })
}

/// A world from which no end can be reached.
fn without_end(states: usize, edges: &[(u32, u32)], ends: &[u32]) -> Option<u32> {
    let mut into: Vec<Vec<u32>> = vec![Vec::new(); states];
    for (from, to) in edges {
        into[usize::try_from(*to).unwrap()].push(*from);
    }
    let mut good = vec![false; states];
    let mut queue = ends.to_vec();
    while let Some(id) = queue.pop() {
        let place = usize::try_from(id).unwrap();
        if !std::mem::replace(&mut good[place], true) {
            queue.extend(into[place].iter().filter(|from| !good[usize::try_from(**from).unwrap()]));
        }
    }
    good.iter().position(|good| !good).map(|place| u32::try_from(place).unwrap())
}

/// The shortest way to a world, told step by step: the same walk again, to see each world on the way.
fn way(start: &World, parents: &Parents, id: u32, broken: &str) -> String {
    let mut prints = Vec::new();
    let mut at = id;
    while at != 0 {
        let (before, print) = parents[usize::try_from(at).unwrap()];
        prints.push(print);
        at = before;
    }
    let mut story = format!("{broken}\n");
    let mut world = start.clone();
    for print in prints.into_iter().rev() {
        let next = Successors::of(&world).unwrap_or_default();
        let Some((label, after)) = next.into_iter().find(|(_, after)| after.fingerprint() == print) else { break };
        story.push_str(&format!("  {label}: {}\n", summary(&after)));
        world = after;
    }
    story
}

fn summary(world: &World) -> String {
    let o = &world.order;
    let items: Vec<_> = o.items.iter().map(|i| i.state.as_str()).collect();
    let attempts: Vec<_> = o.attempts.iter().map(|a| a.state.as_str()).collect();
    let refunds: Vec<_> = o.refunds.iter().map(|r| r.state.as_str()).collect();
    let tasks: Vec<_> = o.tasks.iter().map(|t| t.kind.to_string()).collect();
    format!("{} items{items:?} attempts{attempts:?} refunds{refunds:?} tasks{tasks:?}", o.payments[0].state)
}

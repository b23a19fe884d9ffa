//! Suppliers in trouble and switched off: who is spared, who hears of it, and how each comes back. Holds are in `holds`.

use std::num::NonZeroU16;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use chrono::TimeDelta;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, AttemptState, Cause, Shut};
use domain::supply::{Hold, LONGEST_OPEN, Off, Seen, Standing};
use domain::{AlertKind, CustomerId, Moment, Money, SupplierId};
use ports::catalogue::Stocked;
use ports::limits::CallLimits;
use ports::supplier::ReadFailed;
use ports::supply::{MockSupplyStore, SupplierState};
use tokio::sync::Notify;

use super::buying::{LONG_LEASE, one_purchase_due, refused_once};
use super::world::{Hour, Ports, delivered, idr, listing, noon, stocked, supplier};
use crate::{Engine, PlaceError, QuoteItem};

pub(super) fn id(name: &str) -> SupplierId {
    name.parse().unwrap()
}

/// The states of suppliers as a store keeps them.
#[derive(Clone, Default)]
pub(super) struct Shelf(pub(super) Arc<Mutex<Vec<SupplierState>>>);

impl Shelf {
    pub(super) fn of(&self, name: &str) -> Option<SupplierState> {
        self.0.lock().unwrap().iter().find(|state| state.supplier == id(name)).cloned()
    }

    /// A store with it, in which nothing was ever sent.
    pub(super) fn store(&self) -> MockSupplyStore {
        let mut supply = MockSupplyStore::new();
        let (read, write) = (self.clone(), self.clone());
        supply.expect_states().returning(move || Ok(read.0.lock().unwrap().clone()));
        supply.expect_put_state().returning(move |state| {
            let mut all = write.0.lock().unwrap();
            let stands = all.iter().position(|known| known.supplier == state.supplier);
            if stands.map_or(0, |n| all[n].version) != state.version {
                return Ok(false);
            }
            stands.map(|n| all.remove(n));
            all.push(SupplierState { version: state.version + 1, ..state.clone() });
            Ok(true)
        });
        supply.expect_sums().returning(|_| Ok(Vec::new()));
        supply.expect_observed().returning(|_| Ok(()));
        supply
    }
}

pub(super) fn shut(engine: &Engine, name: &str) -> Option<Shut> {
    let now = engine.clock.now();
    let views = engine.views(Category::Airtime, &[], now);
    views.into_iter().find(|view| view.supplier == id(name)).unwrap().shut_for(idr(10_400))
}

/// So many purchases at a supplier that bring nothing but trouble.
pub(super) fn trouble(engine: &Engine, name: &str, purchases: usize) {
    let health = &engine.suppliers[&id(name)].health;
    for _ in 0..purchases {
        let now = engine.clock.now();
        let call = health.enter(idr(10_000), now).unwrap();
        engine.say(&id(name), health.heard(call, Seen::Trouble, now));
    }
}

pub(super) fn at(seconds: i64) -> Moment {
    noon() + TimeDelta::seconds(seconds)
}

/// Lets the rounds go until it is so.
pub(super) async fn round_until(engine: &Arc<Engine>, so: impl Fn() -> bool) {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let rounds = tokio::spawn(Arc::clone(engine).go_rounds(stopped));
    let waited = async {
        while !so() {
            engine.rounds.call();
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let came = tokio::time::timeout(std::time::Duration::from_secs(20), waited).await;
    stop.send(true).unwrap();
    rounds.await.unwrap();
    assert!(came.is_ok(), "it never came to that");
}

#[tokio::test]
async fn five_troubles_shut_a_supplier_and_two_balances_and_a_purchase_open_it_again() {
    let (shelf, clock) = (Shelf::default(), Arc::new(Hour::default()));
    let mut ports = Ports { supply: shelf.store(), clock: Arc::clone(&clock), ..Ports::new() };
    ports.suppliers = vec![supplier("aa"), supplier("bb")];
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    ports.suppliers[0].expect_balance().times(2).returning(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(idr(1_000))
    });
    let engine = ports.engine();
    trouble(&engine, "aa", 5);
    assert_eq!(shut(&engine, "aa"), Some(Shut::Broken(at(15))));
    assert_eq!(shut(&engine, "bb"), None, "others are tried");
    round_until(&engine, || shelf.of("aa").is_some()).await;
    let told = shelf.of("aa").unwrap();
    assert_eq!((told.broken_until, told.broken_since), (Some(at(15)), Some(noon())), "all processes know");

    // Before its time nobody asks it anything.
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    clock.pass(16);
    let now = engine.clock.now();
    let health = &engine.suppliers[&id("aa")].health;
    assert_eq!(health.enter(idr(10_000), now), Err("supplier_in_trouble"), "no order is the first to try");
    round_until(&engine, || shut(&engine, "aa").is_none()).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // One purchase is let in, and a second one waits for its answer.
    let call = health.enter(idr(10_000), now).unwrap();
    assert_eq!(health.enter(idr(10_000), now), Err("supplier_in_trouble"));
    engine.say(&id("aa"), health.heard(call, Seen::Answered, now));
    assert!(health.enter(idr(10_000), now).is_ok() && health.enter(idr(10_000), now).is_ok(), "everybody is let in");
    round_until(&engine, || shelf.of("aa").unwrap().broken_until.is_none()).await;
    assert_eq!(shelf.of("aa").unwrap().broken_since, None);
}

#[tokio::test]
async fn what_another_process_found_in_trouble_is_spared_here_too() {
    let engine = Ports::new().engine();
    let standing = Standing { supplier: id("iak"), off: None, hold: None, needed: None, broken_until: Some(at(15)) };
    let shown = Stocked { standings: vec![standing], ..stocked() };
    engine.hear_of_standings(&[shown]);
    assert_eq!(shut(&engine, "iak"), Some(Shut::Broken(at(15))));
    let health = &engine.suppliers[&id("iak")].health;
    assert_eq!(health.news(), None, "who was told tells nobody");
    engine.hear_of_standings(&[stocked()]);
    assert_eq!(shut(&engine, "iak"), None, "the other one found that it is well again");

    // Whoever saw the trouble is gone: its time is over, and nobody has seen the supplier well since.
    let old = Standing { supplier: id("iak"), off: None, hold: None, needed: None, broken_until: Some(at(-60)) };
    engine.hear_of_standings(&[Stocked { standings: vec![old], ..stocked() }]);
    assert!(matches!(shut(&engine, "iak"), Some(Shut::Broken(_))), "it is asked first");
    let health = &engine.suppliers[&id("iak")].health;
    for n in 0..3 {
        let call = if n < 2 { health.probe(noon()) } else { health.enter(idr(10_400), noon()).ok() };
        let call = call.unwrap();
        let change = if n < 2 {
            health.probed(call, Seen::Answered, noon())
        } else {
            health.heard(call, Seen::Answered, noon())
        };
        assert_eq!(change.is_some(), n == 2);
    }
    assert_eq!(health.news().map(|news| news.broken_until), Some(Some(None)), "everybody is told");
}

#[tokio::test]
async fn trouble_that_another_clock_has_found_is_not_believed() {
    let engine = Ports::new().engine();
    let broken_until = Some(at(0) + LONGEST_OPEN + TimeDelta::seconds(1));
    let standing = Standing { supplier: id("iak"), off: None, hold: None, needed: None, broken_until };
    engine.hear_of_standings(&[Stocked { standings: vec![standing], ..stocked() }]);
    assert_eq!(shut(&engine, "iak"), None);
}

/// Its balances are written in a form that we cannot read, or not at all: it sells all the same.
#[tokio::test]
async fn a_supplier_whose_balance_cannot_be_read_is_tried_by_a_purchase_when_it_was_asked_three_times() {
    let clock = Arc::new(Hour::default());
    let engine = Ports { clock: Arc::clone(&clock), ..Ports::new() }.engine();
    let health = &engine.suppliers[&id("iak")].health;
    trouble(&engine, "iak", 5);
    let asked_in_vain = || {
        for _ in 0..3 {
            assert!(shut(&engine, "iak").is_some());
            clock.pass(301);
            assert!(matches!(shut(&engine, "iak"), Some(Shut::Broken(_))), "the balance is asked for first");
            let now = engine.clock.now();
            let call = health.probe(now).unwrap();
            assert!(health.probed(call, Seen::Trouble, now).is_some());
        }
        assert!(shut(&engine, "iak").is_some(), "not before its time");
        clock.pass(301);
        assert_eq!(health.probe(engine.clock.now()), None);
        assert_eq!(shut(&engine, "iak"), None);
    };
    asked_in_vain();
    trouble(&engine, "iak", 1);
    asked_in_vain();
    let now = engine.clock.now();
    for left in (0..3).rev() {
        let call = health.enter(idr(1), now).unwrap();
        assert_eq!(health.enter(idr(1), now), Err("supplier_in_trouble"), "one at a time");
        assert_eq!(health.heard(call, Seen::Answered, now).is_some(), left == 0);
    }
    assert_eq!(shut(&engine, "iak"), None);
    trouble(&engine, "iak", 5);
    asked_in_vain();
}

/// Nothing but silence, whenever it is asked.
#[tokio::test]
async fn trouble_that_lasts_calls_a_person_once_in_a_while() {
    let (clock, called) = (Arc::new(Hour::default()), Arc::new(AtomicU32::new(0)));
    let mut ports = Ports { clock: Arc::clone(&clock), ..Ports::new() };
    let silence = || Err(ReadFailed::Unavailable("no reply".into()));
    ports.supplier().expect_balance().times(2).returning(move |_| silence());
    let count = Arc::clone(&called);
    let raised = ports.upkeep.expect_raise().times(2);
    raised.withf(|alert, _| (alert.kind, alert.subject.as_str()) == (AlertKind::SupplierTrouble, "iak")).returning(
        move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        },
    );
    let engine = ports.engine();
    trouble(&engine, "iak", 5);
    let calls = || called.load(Ordering::SeqCst);
    for n in 0..2 {
        // Ten minutes after the trouble began, and after each call: it is asked once more, and nobody is called yet.
        clock.pass(if n == 0 { 600 } else { 599 });
        let slot = &engine.suppliers[&id("iak")];
        assert_eq!(slot.health.at_a_glance(engine.clock.now()).0, "half_open");
        round_until(&engine, || slot.health.at_a_glance(engine.clock.now()).0 == "open").await;
        assert_eq!(calls(), n);
        clock.pass(1);
        round_until(&engine, || calls() > n).await;
    }
}

/// While the reservation is being written, a person switches the supplier off.
#[tokio::test]
async fn what_is_switched_off_between_choice_and_request_is_not_sent() {
    let mut ports = one_purchase_due(LONG_LEASE);
    ports.catalogue.checkpoint();
    let switched = Arc::new(Mutex::new(None));
    let off = Arc::clone(&switched);
    ports.catalogue.expect_find().returning(move |_, _| {
        let off = *off.lock().unwrap();
        let standing = Standing { supplier: id("iak"), off, hold: None, needed: None, broken_until: None };
        Ok(vec![Stocked { standings: off.map(|_| standing).into_iter().collect(), ..stocked() }])
    });
    ports.supplier().expect_purchase().times(0);
    let (over, words) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
    let (told, heard) = (Arc::clone(&over), Arc::clone(&words));
    let process: Arc<OnceLock<Arc<Engine>>> = Arc::default();
    let ours = Arc::clone(&process);
    ports.orders.expect_commit().times(2).returning(move |batch| {
        let attempt = &batch[0].change.attempts[0];
        *switched.lock().unwrap() = Some(Off::Open);
        ours.get().unwrap().memory.forget_products();
        if attempt.state == AttemptState::Refused {
            heard.lock().unwrap().push((attempt.cause, attempt.word.clone().unwrap()));
            told.notify_one();
        }
        vec![Ok(vec![])]
    });
    ports.tasks.expect_hand_back().returning(|_, _| Ok(true));
    let engine = ports.engine();
    assert!(process.set(Arc::clone(&engine)).is_ok());
    let workers = crate::Workers::start(&engine);
    tokio::time::timeout(std::time::Duration::from_secs(20), over.notified()).await.unwrap();
    workers.stop().await;
    assert_eq!(*words.lock().unwrap(), [(Some(Cause::NotFormed), "switched_off".to_owned())]);
}

fn two_sellers(cheap: i64, dear: i64) -> Stocked {
    let (aa, bb) = (listing("aa", "x", cheap), listing("bb", "y", dear));
    Stocked { product: aa.product, offers: vec![aa.offer, bb.offer], standings: Vec::new() }
}

fn priced(standings: Vec<Standing>) -> (Option<Money>, Option<Moment>) {
    let mut ports = Ports::new();
    ports.suppliers = vec![supplier("aa"), supplier("bb")];
    let engine = ports.engine();
    engine.hear_of_standings(&[Stocked { standings: standings.clone(), ..two_sellers(10_000, 11_000) }]);
    let deal = engine.best_deal(&Stocked { standings, ..two_sellers(10_000, 11_000) }, noon());
    (deal.map(|deal| deal.cost), deal.and_then(|deal| deal.opens_at))
}

#[tokio::test]
async fn what_is_shut_is_not_the_cheapest_and_what_is_off_or_held_is_not_for_sale() {
    let of =
        |name: &str, off, hold, broken_until| Standing { supplier: id(name), off, hold, needed: None, broken_until };
    let off = |name: &str| of(name, Some(Off::Open), None, None);
    let until = |name: &str, seconds| of(name, Some(Off::Until(at(seconds))), None, None);
    let (cheap, dear) = (Some(idr(10_000)), Some(idr(11_000)));
    for (standings, expected) in [
        (vec![], (cheap, None)),
        (vec![off("aa")], (dear, None)),
        (vec![of("aa", None, Some(Hold::Account), None)], (dear, None)),
        (vec![of("aa", None, None, Some(at(15)))], (dear, None)),
        (vec![until("aa", 60)], (dear, None)),
        (vec![until("aa", 60), off("bb")], (cheap, Some(at(60)))),
        (vec![until("aa", 0)], (cheap, None)),
        (vec![of("aa", None, None, Some(at(15))), off("bb")], (cheap, None)),
        (vec![until("aa", 60), of("bb", None, None, Some(at(15)))], (dear, None)),
        (vec![off("aa"), of("bb", None, Some(Hold::Deposit), None)], (None, None)),
    ] {
        let words = format!("{standings:?}");
        assert_eq!(priced(standings), expected, "{words}");
    }
}

/// What was refused for is what is not for sale, and the least of it counts.
#[tokio::test]
async fn a_deposit_that_did_not_suffice_for_one_thing_sells_what_costs_less() {
    let shelf = Shelf::default();
    let mut ports = Ports { supply: shelf.store(), ..Ports::new() };
    ports.suppliers = vec![supplier("aa"), supplier("bb")];
    let engine = ports.engine();
    let health = &engine.suppliers[&id("aa")].health;
    let cost = || engine.best_deal(&two_sellers(10_000, 11_000), noon()).map(|deal| deal.cost);
    for (refused, expected) in [(600_000, 10_000), (10_000, 11_000), (500_000, 11_000)] {
        health.refuse(Hold::Deposit, Some(idr(refused)));
        assert_eq!(cost(), Some(idr(expected)), "{refused}");
    }
    round_until(&engine, || shelf.of("aa").is_some_and(|state| state.held.is_some())).await;
    assert_eq!(shelf.of("aa").unwrap().held.unwrap().needed, Some(idr(10_000)));
    health.refuse(Hold::Account, None);
    round_until(&engine, || shelf.of("aa").unwrap().held.unwrap().hold == Hold::Account).await;
    assert_eq!(health.enter(idr(1), noon()), Err("account_held"), "an account that is not accepted buys nothing");
}

#[tokio::test]
async fn nothing_is_ordered_that_every_seller_has_been_switched_off_for() {
    let mut ports = Ports::new();
    let standing = Standing { supplier: id("iak"), off: Some(Off::Open), hold: None, needed: None, broken_until: None };
    let shown = Stocked { standings: vec![standing], ..stocked() };
    ports.catalogue.expect_find().returning(move |_, _| Ok(vec![shown.clone()]));
    let wanted = QuoteItem { product: stocked().product.id, inquiry: None };
    let customer = CustomerId::new(uuid::Uuid::from_u128(1));
    let quoted = ports.engine().quote(customer, &[wanted], None).await;
    assert_eq!(quoted, Err(PlaceError::NotAvailable { index: 0 }));
}

/// Five articles that its list still offers: the copy of the list is old.
#[tokio::test]
async fn a_supplier_that_refuses_what_it_lists_has_its_list_read_at_once() {
    let mut ports = Ports::new();
    ports.supplier().expect_price_list().times(1).returning(|_| Ok(vec![listing("iak", "x", 10_000)]));
    ports.catalogue.expect_sold_by().returning(|_| Ok(std::collections::BTreeSet::new()));
    let read = Arc::new(Mutex::new(false));
    let done = Arc::clone(&read);
    ports.catalogue.expect_put_list().times(1).returning(move |_, _, _| {
        *done.lock().unwrap() = true;
        Ok(())
    });
    let engine = ports.engine();
    let reserved = super::world::after(&super::world::paid(), super::world::reserved());
    let answer = Answer::Refused { cause: Cause::Supplier, code: "106".into() };
    let refused = super::world::decided(&reserved, super::world::answered(answer));
    for _ in 0..5 {
        engine.saw(&refused);
    }
    round_until(&engine, || *read.lock().unwrap()).await;
    let minutes = engine.sightings.take();
    assert!(minutes.is_empty(), "added up when the rounds ended");
}

/// All calls that the cheaper supplier takes are under way.
#[tokio::test]
async fn a_supplier_without_a_free_call_is_waited_for_five_seconds_and_then_another_one_is_as_good() {
    for (waited, asked) in [(4, None), (5, Some("bb"))] {
        let mut ports = one_purchase_due(LONG_LEASE);
        ports.suppliers.push(supplier("bb"));
        ports.limits = CallLimits { concurrent: NonZeroU16::new(1), rate: None };
        ports.clock.pass(waited);
        ports.catalogue.checkpoint();
        ports.catalogue.expect_find().returning(|_, _| {
            let dearer = listing("bb", "dearer", 10_401).offer;
            let mut stocked = stocked();
            stocked.offers.push(dearer);
            Ok(vec![stocked])
        });
        let (over, tried) = (Arc::new(Notify::new()), Arc::new(Mutex::new(None)));
        let (told, chosen) = (Arc::clone(&over), Arc::clone(&tried));
        ports.suppliers[1].expect_purchase().returning(|_, _| delivered());
        ports.orders.expect_commit().returning(move |batch| {
            let attempt = &batch[0].change.attempts[0];
            *chosen.lock().unwrap() = Some((attempt.supplier.to_string(), attempt.reason.clone()));
            if attempt.state == AttemptState::Done {
                told.notify_one();
            }
            vec![Ok(vec![])]
        });
        let told = Arc::clone(&over);
        let waits = usize::from(asked.is_none());
        ports.tasks.expect_hand_back().times(waits).returning(move |_, run_at| {
            assert_eq!(run_at, at(4) + TimeDelta::milliseconds(500));
            told.notify_one();
            Ok(true)
        });
        let engine = ports.engine();
        let all_there_are = engine.suppliers[&id("iak")].permits.try_take(engine.clock.as_ref()).unwrap();
        let workers = crate::Workers::start(&engine);
        tokio::time::timeout(std::time::Duration::from_secs(20), over.notified()).await.unwrap();
        workers.stop().await;
        drop(all_there_are);
        let tried = tried.lock().unwrap().clone();
        assert_eq!(tried.as_ref().map(|(supplier, _)| supplier.as_str()), asked);
        assert!(tried.is_none_or(|(_, reason)| reason.contains("busy with others")));
    }
}

/// It says "too many calls", or that all of it is closed: nothing is asked of it for a while, questions neither. That the goods of one
/// seller are not to be had at this hour is no reason for that, nor trouble of the supplier.
#[tokio::test]
async fn a_supplier_that_is_busy_is_left_alone_and_one_whose_goods_are_not_to_be_had_now_is_not() {
    for (cause, busy) in [(Cause::Busy, true), (Cause::Closed, false)] {
        let engine = refused_once(one_purchase_due(LONG_LEASE), cause).await;
        let slot = &engine.suppliers[&id("iak")];
        assert_eq!(slot.permits.try_take(engine.clock.as_ref()).is_err(), busy, "{cause}");
        // Four more troubles in a row would make five.
        for _ in 0..4 {
            let call = slot.health.enter(idr(1), noon()).unwrap();
            let _ = slot.health.heard(call, Seen::Trouble, noon());
        }
        assert_eq!(slot.health.shut(noon()).is_some(), busy, "{cause}");
    }
}

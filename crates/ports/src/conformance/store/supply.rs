//! How suppliers fare, at rest: switches that every look obeys, states that nobody overwrites unseen, sums that add up.

use std::sync::Arc;

use domain::catalogue::{Category, Offer, Product};
use domain::supply::{Hold, Off, Standing, Sums};
use domain::{Currency, Money, ProductId, SupplierId};

use super::make::{act, fresh, later, now};
use super::{Case, Findings, Store, line};
use crate::supplier::Listing;
use crate::supply::{Goods, Held, SupplierMinute, SupplierState, Switch};

fn supplier() -> Result<SupplierId, String> {
    let name: String = fresh().simple().to_string().chars().skip(12).collect();
    format!("h-{name}").parse().map_err(line)
}

/// A product that two suppliers sell.
async fn sold(store: &Store) -> Result<(ProductId, SupplierId, SupplierId), String> {
    let id: ProductId = format!("h-{}", fresh().simple()).parse().map_err(line)?;
    let (one, other) = (supplier()?, supplier()?);
    for supplier in [&one, &other] {
        let cost = Money::from_units(1000, Currency::Idr).map_err(line)?;
        let product = Product { id: id.clone(), category: Category::Voucher, brand: "B".into(), name: "P".into() };
        let (product_id, supplier_id) = (id.clone(), supplier.clone());
        let offer =
            Offer { product: product_id, supplier: supplier_id, code: "c".into(), cost, active: true, closed: None };
        store.put_list(supplier, vec![Listing { product, offer }], now()).await.map_err(line)?;
    }
    Ok((id, one, other))
}

fn switch(goods: Goods, seconds: Option<i64>) -> Switch {
    let from = now();
    let until = seconds.map(|seconds| later(from, seconds));
    Switch { id: fresh(), goods, from, until, by: "ops".into(), why: "trouble".into() }
}

async fn standings(store: &Store, product: &ProductId, seconds: i64) -> Result<Vec<Standing>, String> {
    let found = store.find(std::slice::from_ref(product), later(now(), seconds)).await.map_err(line)?;
    Ok(found.into_iter().flat_map(|stocked| stocked.standings).collect())
}

/// Of the product, by supplier.
async fn offs(store: &Store, product: &ProductId, seconds: i64) -> Result<Vec<(SupplierId, Option<Off>)>, String> {
    let all = standings(store, product, seconds).await?;
    Ok(all.into_iter().map(|standing| (standing.supplier, standing.off)).collect())
}

pub(super) async fn switched(store: &Store) -> Case {
    let mut found = Findings::default();
    let (product, one, other) = sold(store).await?;
    let nothing = standings(store, &product, 0).await?;
    found.expect(nothing.is_empty(), || format!("nothing was switched off, and {nothing:?}"));

    let of_one = switch(Goods { supplier: Some(one.clone()), ..Goods::default() }, None);
    let (first, again) = (act("switch_off"), act("switch_off"));
    let id = store.switch_off(&of_one, &first).await.map_err(line)?;
    let off = offs(store, &product, 0).await?;
    found.expect(off == [(one.clone(), Some(Off::Open))], || format!("one supplier is off, and {off:?}"));
    let twice = Switch { id: fresh(), from: now(), ..of_one.clone() };
    let same = store.switch_off(&twice, &again).await.map_err(line)?;
    found.expect((id, same) == (of_one.id, of_one.id), || "the same goods are off by two switches".into());

    // A window of the product at both, and one to come that lasts longer.
    let of_product = Goods { product: Some(product.clone()), ..Goods::default() };
    let window = switch(of_product.clone(), Some(60));
    let mut to_come = switch(of_product, Some(600));
    to_come.from = later(to_come.from, 30);
    for switch in [&window, &to_come] {
        store.switch_off(switch, &act("switch_off")).await.map_err(line)?;
    }
    let mut both = vec![(one.clone(), Some(Off::Open)), (other.clone(), window.until.map(Off::Until))];
    both.sort_by(|a, b| a.0.cmp(&b.0));
    let off = offs(store, &product, 1).await?;
    found.expect(off == both, || format!("an open end and one within a minute: {off:?}"));
    let listed = store.switches(now()).await.map_err(line)?;
    let ours = listed.iter().filter(|s| [of_one.id, window.id, to_come.id].contains(&s.id)).count();
    found.expect(ours == 3, || format!("{ours} of three switches are told"));

    let ended = act("switch_on");
    let mut heard = vec![store.switch_on(of_one.id, &ended).await.map_err(line)?];
    heard.push(store.switch_on(of_one.id, &act("switch_on")).await.map_err(line)?);
    heard.push(store.switch_on(fresh(), &act("switch_on")).await.map_err(line)?);
    found.expect(heard == [true, false, false], || format!("one switch was ended once: {heard:?}"));
    let off = offs(store, &product, 31).await?;
    let later_end = to_come.until.map(Off::Until);
    found.expect(off.iter().all(|(_, off)| *off == later_end), || format!("the later end counts: {off:?}"));
    let off = offs(store, &product, 700).await?;
    found.expect(off.is_empty(), || format!("all windows are over, and {off:?}"));
    let acts = store.staff_acts(None, 200).await.map_err(line)?;
    let stored = |act: &crate::store::StaffAct| acts.iter().filter(|stored| stored.id == act.id).count();
    let traces = [stored(&first), stored(&again), stored(&ended)];
    found.expect(traces == [1, 0, 1], || format!("traces of an act, one in vain, and its end: {traces:?}"));
    Ok(found)
}

pub(super) async fn known(store: &Store) -> Case {
    let mut found = Findings::default();
    let (product, one, _) = sold(store).await?;
    let needed = Some(Money::from_units(25_000, Currency::Idr).map_err(line)?);
    let balance = Money::from_units(-5, Currency::Idr).map_err(line)?;
    let whole = SupplierState {
        broken_until: Some(later(now(), 15)),
        broken_since: Some(now()),
        held: Some(Held { hold: Hold::Deposit, since: now(), needed }),
        balance: Some((balance, now())),
        hours_left: Some(u32::MAX),
        ..SupplierState::unknown(one.clone())
    };
    let read = async || {
        let all = store.states().await.map_err(line)?;
        Ok::<_, String>(all.into_iter().find(|state| state.supplier == one))
    };
    let mut written = vec![store.put_state(&whole).await.map_err(line)?];
    let back = read().await?;
    found.expect(back.as_ref() == Some(&SupplierState { version: 1, ..whole.clone() }), || {
        format!("written {whole:?}, read {back:?}")
    });
    let standing = standings(store, &product, 0).await?;
    let right = standing
        .first()
        .is_some_and(|s| (s.hold, s.needed) == (Some(Hold::Deposit), needed) && s.broken_until == whole.broken_until);
    found.expect(right && standing.len() == 1, || format!("how it stands is told with its offers: {standing:?}"));

    let act = act("release_supplier");
    let released = [store.release(&one, &act).await.map_err(line)?, store.release(&one, &act).await.map_err(line)?];
    let after = read().await?;
    let free = SupplierState { version: 2, held: None, ..whole.clone() };
    found.expect(released == [true, false] && after.as_ref() == Some(&free), || {
        format!("let go {released:?}: {after:?}")
    });
    let acts = store.staff_acts(None, 200).await.map_err(line)?;
    found.expect(acts.iter().filter(|stored| stored.id == act.id).count() == 1, || "no trace of who let it go".into());

    // Nobody who has not seen the last version writes.
    written.push(store.put_state(&whole).await.map_err(line)?);
    let free = SupplierState { version: 2, ..SupplierState::unknown(one.clone()) };
    written.push(store.put_state(&free).await.map_err(line)?);
    written.push(store.put_state(&free).await.map_err(line)?);
    found.expect(written == [true, false, true, false], || format!("written by who knew the last one: {written:?}"));
    let standing = standings(store, &product, 0).await?;
    found.expect(standing.is_empty(), || format!("it is free again, and {standing:?}"));

    let racers = (0..4).map(|_| {
        let (store, state) = (Arc::clone(store), SupplierState { version: 3, ..free.clone() });
        tokio::spawn(async move { store.put_state(&state).await })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        won += usize::from(racer.await.map_err(line)?.map_err(line)?);
    }
    found.expect(won == 1, || format!("{won} of four who write one version are told that they did"));
    Ok(found)
}

pub(super) async fn summed(store: &Store) -> Case {
    let mut found = Findings::default();
    let (one, other) = (supplier()?, supplier()?);
    // Long ago, where no other case looks.
    let minute = |n: i64| later(domain::Moment::UNIX_EPOCH, n * 60);
    let sums = Sums {
        sent: 1,
        delivered: 2,
        refused: 3,
        turned_away: 4,
        failed: 5,
        unclear: 6,
        not_sent: 7,
        reversed: 8,
        deliver_ms: 9,
        spent_minor: -10,
    };
    let of = |supplier: &SupplierId, n| SupplierMinute { supplier: supplier.clone(), minute: minute(n), sums };
    store.observed(vec![of(&one, 0), of(&one, 1), of(&other, 1)]).await.map_err(line)?;
    store.observed(vec![of(&one, 1)]).await.map_err(line)?;
    store.observed(Vec::new()).await.map_err(line)?;
    let since = async |n| {
        let all = store.sums(minute(n)).await.map_err(line)?;
        let of = |id: &SupplierId| all.iter().find(|(supplier, _)| supplier == id).map(|(_, sums)| *sums);
        Ok::<_, String>((of(&one), of(&other)))
    };
    let times = |n: usize| {
        let mut all = Sums::default();
        (0..n).for_each(|_| all += sums);
        Some(all)
    };
    let all = since(0).await?;
    found.expect(all == (times(3), times(1)), || format!("three and one minute's worth: {all:?}"));
    let newer = since(1).await?;
    found.expect(newer == (times(2), times(1)), || format!("without the first minute: {newer:?}"));
    let gone = store.forget_minutes(minute(1)).await.map_err(line)?;
    let left = since(0).await?;
    found.expect(gone == 1 && left == newer, || format!("{gone} minutes were forgotten, left is {left:?}"));
    store.forget_minutes(minute(2)).await.map_err(line)?;
    Ok(found)
}

//! What staff did: a trace of each act that happened, and of no other.

use super::leases::{LONG, claim, token};
use super::make::{act, create, customer, now, promo};
use super::orders::stored;
use super::{Case, Findings, Store, line};
use crate::store::StaffAct;

async fn traces(store: &Store, act: &StaffAct) -> Result<Vec<StaffAct>, String> {
    let all = store.staff_acts(None, 200).await.map_err(line)?;
    Ok(all.into_iter().filter(|stored| stored.id == act.id).collect())
}

pub(super) async fn traced(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let kind = order.tasks.first().map(|task| task.kind.clone()).ok_or("a new order has a task")?;
    let promo = promo(3)?;
    let dearer =
        domain::pricing::Promo { discount: domain::Money::from_minor(1, promo.discount.currency()), ..promo.clone() };
    let acts: Vec<StaffAct> = (0..7).map(|n| act(&format!("act {n}"))).collect();
    let [live, revive, made, used, record, close, again] = acts.as_slice() else { return Err("seven acts".into()) };

    let task = claim(store, &order, LONG, token()).await?.ok_or("a due task was not claimed")?;
    let mut happened = vec![store.revive(order.id, &kind, live).await.map_err(line)?];
    store.bury(&task, "gave up", now()).await.map_err(line)?;
    happened.push(store.revive(order.id, &kind, revive).await.map_err(line)?);
    happened.push(store.put_promo(&promo, 5, made).await.map_err(line)?);
    let bought = store.create(vec![create(1, customer(), Some(promo.clone()))?]).await;
    found.expect(bought == [Ok(())], || format!("an order with the promo: {bought:?}"));
    happened.push(store.put_promo(&dearer, 5, used).await.map_err(line)?);
    for _ in 0..2 {
        store.record_act(record).await.map_err(line)?;
    }
    happened.push(true);
    let alert = store.story(order.id).await.map_err(line)?.alerts.first().map(|alert| alert.id).ok_or("no alert")?;
    happened.push(store.close_alert(alert, close).await.map_err(line)?);
    happened.push(store.close_alert(alert, again).await.map_err(line)?);

    found.expect(happened == [false, true, true, false, true, true, false], || {
        format!("the acts happened: {happened:?}")
    });
    for (act, happened) in acts.iter().zip(&happened) {
        let stored = traces(store, act).await?;
        let right = if *happened { stored == [act.clone()] } else { stored.is_empty() };
        found.expect(right, || format!("{} happened: {happened}, stored: {stored:?}", act.act));
    }
    Ok(found)
}

pub(super) async fn paged(store: &Store) -> Case {
    let mut found = Findings::default();
    let mut acts: Vec<StaffAct> = (0..3).map(|n| act(&format!("page {n}"))).collect();
    for act in &acts {
        store.record_act(act).await.map_err(line)?;
    }
    acts.reverse();
    let first = store.staff_acts(None, 2).await.map_err(line)?;
    let rest = store.staff_acts(first.last().map(|act| act.id), 1).await.map_err(line)?;
    found.expect([first, rest].concat() == acts, || "three acts are not read newest first, page by page".into());
    Ok(found)
}

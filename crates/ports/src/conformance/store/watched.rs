//! Everything that is not at its end is watched by a task, and the sweep notices where one is missing.

use std::collections::BTreeSet;

use domain::fulfilment::{Answer, Cause};
use domain::task::TaskChange;
use domain::{AlertKind, ItemNo, Order, Task, TaskKind};

use super::make::{answered, delivered, failed, mint, now, open_checkout, paid, reserve, reserve_at, touch};
use super::orders::{one, step, stored};
use super::{Case, Findings, Store, line};

/// Takes each task of the order away in turn: exactly those that are needed are missed. Returns the order as it stands then.
async fn without(store: &Store, found: &mut Findings, order: Order, needed: &[TaskKind]) -> Result<Order, String> {
    let seen = missed(store, &order).await?;
    found.expect(seen.is_empty(), || format!("{seen:?} are missed while all of {:?} are there", order.tasks));
    let mut version = order.version;
    for task in &order.tasks {
        changed(store, &order, &mut version, TaskChange::Remove(task.kind.clone())).await?;
        let seen = missed(store, &order).await?;
        let expected: BTreeSet<String> =
            needed.iter().filter(|kind| **kind == task.kind).map(ToString::to_string).collect();
        found.expect(seen == expected, || format!("{} is taken away, missed are {seen:?}", task.kind));
        changed(store, &order, &mut version, TaskChange::Put { task: task.clone(), hold: false }).await?;
    }
    let there: Vec<&Task> = order.tasks.iter().filter(|task| needed.contains(&task.kind)).collect();
    found.expect(there.len() == needed.len(), || format!("the case expects {needed:?}, the order has {there:?}"));
    Ok(Order { version, ..order })
}

async fn changed(store: &Store, order: &Order, version: &mut i32, task: TaskChange) -> Result<(), String> {
    let mut commit = touch(order.id, *version, None);
    commit.change.status = order.status();
    commit.change.tasks = vec![task];
    one(store, commit).await.map_err(line)?;
    *version = version.saturating_add(1);
    Ok(())
}

/// The tasks of the order that a sweep finds missing now. What an earlier sweep found is out of the way.
async fn missed(store: &Store, order: &Order) -> Result<BTreeSet<String>, String> {
    let word = AlertKind::OrderWithoutTask.as_str();
    let open = async || -> Result<Vec<_>, String> {
        let open = store.alerts(true, None, 200).await.map_err(line)?;
        Ok(open.into_iter().filter(|alert| alert.kind == word && alert.order == Some(order.id)).collect())
    };
    for old in open().await? {
        store.close_alert(old.id, &super::make::act("close_alert")).await.map_err(line)?;
    }
    store.sweep(now()).await.map_err(line)?;
    Ok(open().await?.into_iter().map(|alert| alert.subject).filter(|subject| subject != "order").collect())
}

pub(super) async fn missing(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 2).await?;
    let made = order.created_at;
    let (payment, item, refund) = (
        order.payments.first().ok_or("no payment")?.no,
        |n| TaskKind::Item(ItemNo(n)),
        TaskKind::Refund(domain::RefundNo(0)),
    );
    let order = without(store, &mut found, order, &[TaskKind::Payment(payment)]).await?;

    let (page, second) = (mint(made), mint(made));
    let order = step(store, &order, open_checkout(&page)?).await?;
    let order = step(store, &order, open_checkout(&second)?).await?;
    let order = step(store, &order, paid(&order, &page)?).await?;
    // The second page is looked at again, but nothing stands or falls with it.
    let order = without(store, &mut found, order, &[item(0), item(1)]).await?;
    let order = step(store, &order, paid(&order, &second)?).await?;
    let confirm = TaskKind::Confirm(second);
    let order = without(store, &mut found, order, &[confirm.clone(), item(0), item(1)]).await?;

    let (first, other) = (mint(made), mint(made));
    let order = step(store, &order, reserve(&order, ItemNo(0), &first)?).await?;
    let order = without(store, &mut found, order, &[confirm.clone(), item(0), item(1)]).await?;
    let unserialled = Answer::Delivered { serial: None, price: None, supplier_ref: None };
    let order = step(store, &order, answered(&first, unserialled)).await?;
    let order = without(store, &mut found, order, &[confirm.clone(), item(0), item(1)]).await?;
    let order = step(store, &order, reserve(&order, ItemNo(1), &other)?).await?;
    let order = step(store, &order, failed(&other)).await?;
    found.expect(order.status().is_final(), || format!("an order with one item delivered is {}", order.status()));
    without(store, &mut found, order, &[confirm, item(0), refund]).await?;
    Ok(found)
}

pub(super) async fn missing_in_doubt(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let made = order.created_at;
    let (page, first, second) = (mint(made), mint(made), mint(made));
    let order = step(store, &order, open_checkout(&page)?).await?;
    let order = step(store, &order, paid(&order, &page)?).await?;
    let order = step(store, &order, reserve(&order, ItemNo(0), &first)?).await?;
    let refused = Answer::Refused { cause: Cause::Supplier, code: "CLOSED".into() };
    let order = step(store, &order, answered(&first, refused)).await?;
    let order = step(store, &order, reserve_at("other", &order, ItemNo(0), &second)?).await?;
    // The first one delivers after all, and the second one is still out.
    let order = step(store, &order, delivered(&order, ItemNo(0), &first)).await?;
    let order = without(store, &mut found, order, &[TaskKind::Recheck(second.clone())]).await?;

    let order = step(store, &order, failed(&second)).await?;
    found.expect(order.status().is_final(), || format!("a delivered order is {}", order.status()));
    let order = stored(store, 1).await?;
    let (page, first) = (mint(made), mint(made));
    let order = step(store, &order, open_checkout(&page)?).await?;
    let order = step(store, &order, paid(&order, &page)?).await?;
    let order = step(store, &order, reserve(&order, ItemNo(0), &first)?).await?;
    let repeat = Answer::Refused { cause: Cause::Repeat, code: "AGAIN".into() };
    let order = step(store, &order, answered(&first, repeat)).await?;
    without(store, &mut found, order, &[TaskKind::Review]).await?;
    Ok(found)
}

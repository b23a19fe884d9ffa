//! One order at a time: what is written is what is read.

use domain::{CustomerId, ItemNo, Moment, Order, OrderStatus, TaskKind, What};

use super::make::{
    apply, charged_back, commit, create, customer, delivered, failed, fresh, later, mint, open_checkout, paid, product,
    reserve, target, touch,
};
use super::{Case, Findings, Store, is_missing, line};
use crate::exchange::{Exchange, Sent};
use crate::store::{Commit, CommitError, Create, CreateError, OrderFilter, OrderStore, Taken};

/// Tasks have no order of their own.
pub(super) fn sorted(mut order: Order) -> Order {
    order.tasks.sort_by_key(|task| task.kind.to_string());
    order
}

pub(super) async fn stored(store: &Store, items: usize) -> Result<Order, String> {
    let new = create(items, customer(), None)?;
    let order = new.new.order.clone();
    let results = store.create(vec![new]).await;
    results.into_iter().next().ok_or("no answer to a create")?.map_err(line)?;
    Ok(order)
}

/// Decides and commits one event; returns the order as decided.
pub(super) async fn step(store: &Store, order: &Order, what: What) -> Result<Order, String> {
    let applied = apply(order, what, order.created_at)?;
    one(store, commit(applied.change)).await.map_err(line)?;
    Ok(applied.after)
}

pub(super) async fn one(store: &Store, commit: Commit) -> Result<Taken, CommitError> {
    store.commit(vec![commit]).await.into_iter().next().unwrap_or(Err(CommitError::Stale))
}

pub(super) async fn created(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 3).await?;
    let read = store.load(order.id).await.map_err(line)?;
    found.expect(sorted(read.clone()) == sorted(order.clone()), || format!("stored {order:?}, read {read:?}"));
    let story = store.story(order.id).await.map_err(line)?;
    found.expect(story.history.len() == 1, || format!("{} history rows of a new order", story.history.len()));
    found.expect(story.tasks.len() == order.tasks.len(), || "the story misses a task".into());
    Ok(found)
}

/// Checkout, payment, two attempts, one delivery: after each commit the stored order is the decided one.
pub(super) async fn walked(store: &Store) -> Case {
    let mut found = Findings::default();
    let mut order = stored(store, 2).await?;
    let (checkout, first, second) = (mint(order.created_at), mint(order.created_at), mint(order.created_at));
    for n in 0..5_u8 {
        let what = match n {
            0 => open_checkout(&checkout)?,
            1 => paid(&order, &checkout)?,
            2 => reserve(&order, ItemNo(0), &first)?,
            3 => delivered(&order, ItemNo(0), &first),
            _ => reserve(&order, ItemNo(1), &second)?,
        };
        let name = what.name();
        order = step(store, &order, what).await.map_err(|error| format!("{name}: {error}"))?;
        let read = store.load(order.id).await.map_err(line)?;
        found.expect(sorted(read.clone()) == sorted(order.clone()), || {
            format!("after {name}: decided {order:?}, read {read:?}")
        });
    }
    let story = store.story(order.id).await.map_err(line)?;
    let versions: Vec<i32> = story.history.iter().map(|row| row.version).collect();
    found
        .expect(versions == (1..=order.version).collect::<Vec<_>>(), || format!("history holds versions {versions:?}"));
    found.expect(!story.ledger.is_empty(), || "nothing was booked".into());
    let sum: i64 =
        story.ledger.iter().filter(|l| l.amount.currency() == domain::Currency::Twd).map(|l| l.amount.minor()).sum();
    found.expect(sum == 0, || format!("the ledger of the order sums to {sum}"));
    for (reference, provider, account) in [(&checkout, "ecpay", "3002607"), (&first, "iak", "0812")] {
        let key = reference.key(provider, &account.parse().map_err(line)?);
        let holder = store.holder_of(&key).await.map_err(line)?;
        found.expect(holder == Some(order.id), || format!("{key} is held by {holder:?}"));
    }
    Ok(found)
}

/// Money on its way back, and money the bank took back, on a page with a test button: promise, refund and dispute are read as
/// decided.
pub(super) async fn returned(store: &Store) -> Case {
    let mut found = Findings::default();
    let mut order = stored(store, 2).await?;
    let (checkout, first, second) = (mint(order.created_at), mint(order.created_at), mint(order.created_at));
    for n in 0..8_u8 {
        let what = match n {
            0 => open_checkout(&checkout)?,
            1 => What::Simulated { reference: checkout.clone() },
            2 => paid(&order, &checkout)?,
            3 => reserve(&order, ItemNo(0), &first)?,
            4 => failed(&first),
            5 => reserve(&order, ItemNo(1), &second)?,
            6 => delivered(&order, ItemNo(1), &second),
            _ => charged_back(&order, &checkout),
        };
        let name = what.name();
        order = step(store, &order, what).await.map_err(|error| format!("{name}: {error}"))?;
        let read = store.load(order.id).await.map_err(line)?;
        found.expect(sorted(read.clone()) == sorted(order.clone()), || {
            format!("after {name}: decided {order:?}, read {read:?}")
        });
    }
    let promised = order.payments.first().map(|payment| payment.promised);
    let owed = order.refunds.first().map(|refund| (refund.amount, refund.checkout.clone()));
    found.expect(owed.is_some() && promised == owed.as_ref().map(|(amount, _)| *amount), || {
        format!("{promised:?} is promised, {owed:?} is owed")
    });
    let disputed = order.checkouts.first().and_then(|checkout| checkout.disputed);
    found.expect(disputed.is_some(), || "no dispute is on record".into());
    Ok(found)
}

pub(super) async fn stale(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    one(store, touch(order.id, 1, None)).await.map_err(line)?;
    let again = one(store, touch(order.id, 1, None)).await;
    found.expect(again == Err(CommitError::Stale), || format!("an old version answered {again:?}"));
    let ahead = one(store, touch(order.id, 7, None)).await;
    found.expect(ahead == Err(CommitError::Stale), || format!("a version that never was answered {ahead:?}"));
    let nowhere = domain::OrderId::new(fresh());
    let missing = one(store, touch(nowhere, 1, None)).await;
    found.expect(missing == Err(CommitError::NotFound), || format!("a missing order answered {missing:?}"));
    let twice = store.commit(vec![touch(order.id, 2, None), touch(order.id, 2, None)]).await;
    found.expect(twice == [Ok(Vec::new()), Err(CommitError::Stale)], || {
        format!("one order twice in a batch: {twice:?}")
    });
    let read = store.load(order.id).await.map_err(line)?;
    found.expect(read.version == 3, || format!("two commits happened, the version is {}", read.version));
    let story = store.story(order.id).await.map_err(line)?;
    found.expect(story.history.len() == 3, || format!("{} history rows of three versions", story.history.len()));
    Ok(found)
}

pub(super) async fn versions(store: &Store) -> Case {
    let mut found = Findings::default();
    let (still, moved, nowhere) = (stored(store, 1).await?, stored(store, 1).await?, domain::OrderId::new(fresh()));
    let asked = [moved.id, still.id, nowhere, moved.id];
    for version in 1..=3 {
        let mut told = store.versions(&asked).await.map_err(line)?;
        told.sort();
        let expected = [(still.id, 1), (moved.id, version)];
        found.expect(told == expected, || format!("told {told:?}, not {expected:?}"));
        one(store, touch(moved.id, version, None)).await.map_err(line)?;
    }
    let none = store.versions(&[]).await.map_err(line)?;
    found.expect(none.is_empty(), || format!("of no orders told {none:?}"));
    Ok(found)
}

pub(super) async fn evidence(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let mut commit = touch(order.id, 1, None);
    let exchange = |response: &str| Exchange {
        provider: "iak".into(),
        call: "top-up",
        at: order.created_at,
        elapsed_ms: 4_000_000_000,
        sent: Sent::Replied,
        request: "{}".into(),
        status: Some(200),
        busy: false,
        response: response.into(),
    };
    commit.exchanges = vec![exchange("nul \0 and 漢字 and \u{1f980}"), exchange(&"long ".repeat(6000))];
    one(store, commit).await.map_err(line)?;
    let story = store.story(order.id).await.map_err(line)?;
    let kept: Vec<usize> = story.exchanges.iter().map(|e| e.response.chars().count()).collect();
    found.expect(kept == [18, 30_000], || format!("the replies are kept with {kept:?} characters"));
    found.expect(story.exchanges.iter().all(|e| e.elapsed_ms == 4_000_000_000 && e.version == 2), || {
        format!("{:?}", story.exchanges)
    });
    Ok(found)
}

pub(super) async fn listed(store: &Store) -> Case {
    let mut found = Findings::default();
    let customer = customer();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let new = create(2, customer, None)?;
        ids.push(new.new.order.id);
        store.create(vec![new]).await.into_iter().collect::<Result<Vec<()>, _>>().map_err(line)?;
    }
    ids.reverse();
    let listed = |filter: OrderFilter| async move {
        let page = OrderStore::list(store.as_ref(), &filter).await.map_err(line)?;
        let listed: Vec<_> = page.orders.iter().map(|order| order.id).collect();
        let full = listed.len() >= usize::from(filter.limit);
        if full && page.next != listed.last().copied() {
            return Err(format!("a full page ends with {:?} and goes on at {:?}", listed.last(), page.next));
        }
        Ok(listed)
    };
    let of_customer = OrderFilter { customer: Some(customer), limit: 10, ..OrderFilter::default() };
    let all = listed(of_customer.clone()).await?;
    found.expect(all == ids, || format!("listed {all:?}, not {ids:?}"));
    let newest = listed(OrderFilter { limit: 2, ..of_customer.clone() }).await?;
    found.expect(ids.starts_with(&newest) && newest.len() == 2, || format!("the first page is {newest:?}"));
    let rest = listed(OrderFilter { before: newest.last().copied(), ..of_customer.clone() }).await?;
    found.expect(ids.ends_with(&rest) && rest.len() == 1, || format!("the second page is {rest:?}"));
    let paid = listed(OrderFilter { status: Some(OrderStatus::Paid), ..of_customer }).await?;
    found.expect(paid.is_empty(), || format!("nothing is paid, listed {paid:?}"));
    let pending =
        listed(OrderFilter { status: Some(OrderStatus::Pending), limit: 3, ..OrderFilter::default() }).await?;
    found.expect(pending == ids, || format!("the newest pending orders are {ids:?}, listed {pending:?}"));
    let first =
        OrderStore::list(store.as_ref(), &OrderFilter { limit: 1, ..OrderFilter::default() }).await.map_err(line)?;
    let order = store.load(*ids.first().ok_or("no order")?).await.map_err(line)?;
    found.expect(
        first
            .orders
            .first()
            .is_some_and(|o| o.total == order.terms.total && o.items == 2 && o.status == OrderStatus::Pending),
        || format!("the summary is {first:?}"),
    );
    Ok(found)
}

pub(super) async fn repeated(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let since = order.created_at;
    let stranger = customer();
    // What is ordered, by whom, unless it was ordered since then: is it refused?
    let asks: [(CustomerId, usize, usize, Option<Moment>, bool); 6] = [
        (order.customer, 0, 0, Some(since), true),
        (order.customer, 0, 0, Some(later(since, 1)), false),
        (order.customer, 1, 0, Some(since), false),
        (order.customer, 0, 1, Some(since), false),
        (customer(), 0, 0, Some(since), false),
        (order.customer, 0, 0, None, false),
    ];
    for (n, (customer, product_no, target_no, since, refused)) in asks.into_iter().enumerate() {
        let mut again = create(1, customer, None)?;
        let item = again.new.order.items.first_mut().ok_or("an order has an item")?;
        (item.product, item.target) = (product(product_no)?.id, target(target_no));
        again.unless_since = since;
        let id = again.new.order.id;
        let expected = if refused { Err(CreateError::Repeated) } else { Ok(()) };
        let made = store.create(vec![again.clone()]).await;
        found.expect(made == [expected], || format!("order {n} was answered {made:?}"));
        found.expect(is_missing(store, id).await == refused, || {
            format!("order {n} is there, or not, against its answer")
        });
        let kept = store.stored_answer(&again.answer.scope, &again.answer.key).await.map_err(line)?;
        found.expect(kept.is_none() == refused, || format!("the answer to order {n} is kept, or not"));
        let told = store.create(vec![again]).await;
        let twice = if refused { CreateError::Repeated } else { CreateError::AnswerExists };
        found.expect(told == [Err(twice)], || format!("the request of order {n} again: {told:?}"));
    }
    let [one, two, knows] = [Some(since), Some(since), None].map(|since| {
        let new = create(1, stranger, None);
        new.map(|new| Create { unless_since: since, ..new })
    });
    let made = store.create(vec![one?, two?, knows?]).await;
    found.expect(made == [Ok(()), Err(CreateError::Repeated), Ok(())], || format!("twice at one moment: {made:?}"));
    let kind = TaskKind::Payment(domain::PaymentNo(0));
    found.expect(order.task(&kind).is_some(), || "a pending order has its payment task".into());
    Ok(found)
}

//! Bills: what customers were told of them, and that one is in one order at a time, whoever orders.

use domain::order::{Claim, NewItem};
use domain::schedule::REFUND_HOLD;
use domain::{Bill, Money, Order, What};
use tokio::task::JoinSet;

use super::make::{
    self, apply, bill_item, commit, create_of, customer, delivered, failed, fresh, later, mint, open_checkout, paid,
    reserve,
};
use super::orders::{one, sorted, step};
use super::{Case, Findings, Store, is_missing, line};
use crate::bills::BillInquiry;
use crate::store::{Create, CreateError};

/// Customers who order one bill at the same moment.
const AT_ONCE: usize = 12;

fn inquiry(item: &NewItem, asked_at: domain::Moment) -> Result<BillInquiry, String> {
    let bill: Bill = *item.bill.clone().ok_or("a bill")?;
    Ok(BillInquiry {
        id: fresh(),
        customer: customer(),
        product: item.product.id.clone(),
        target: item.target.clone(),
        cost: bill.debt,
        bill,
        supplier: "iak".parse().map_err(line)?,
        asked_at,
        expires_at: later(asked_at, 1_800),
    })
}

pub(super) async fn kept(store: &Store) -> Case {
    let mut found = Findings::default();
    let now = make::now();
    let old = inquiry(&bill_item()?, later(now, -600))?;
    let young = inquiry(&bill_item()?, now)?;
    for kept in [&old, &young, &young] {
        store.keep_inquiry(kept).await.map_err(line)?;
    }
    for kept in [&old, &young] {
        let own = store.inquiry(kept.id, kept.customer).await.map_err(line)?;
        found.expect(own.as_ref() == Some(kept), || format!("kept {kept:?}, read {own:?}"));
        let others = store.inquiry(kept.id, customer()).await.map_err(line)?;
        found.expect(others.is_none(), || "somebody else reads an inquiry".into());
    }
    let other = BillInquiry { cost: Money::zero(young.cost.currency()), ..young.clone() };
    store.keep_inquiry(&other).await.map_err(line)?;
    let own = store.inquiry(young.id, young.customer).await.map_err(line)?;
    found.expect(own.as_ref() == Some(&young), || "the same id was kept twice".into());

    let gone = store.forget_inquiries(later(now, -300)).await.map_err(line)?;
    found.expect(gone >= 1, || format!("{gone} old inquiries were forgotten"));
    let (old, young) =
        (store.inquiry(old.id, old.customer).await.map_err(line)?, store.inquiry(young.id, young.customer).await);
    found.expect(old.is_none(), || "an old inquiry was not forgotten".into());
    found.expect(matches!(young, Ok(Some(_))), || format!("a young inquiry was forgotten: {young:?}"));
    Ok(found)
}

async fn created(store: &Store, create: Create) -> Result<(), CreateError> {
    let silent = || CreateError::Unavailable(crate::store::Unavailable("no answer".into()));
    store.create(vec![create]).await.into_iter().next().unwrap_or_else(|| Err(silent()))
}

/// The bill is read back; nobody has it beside its order, in the same batch or later; it is free when the order is over.
pub(super) async fn one_order(store: &Store) -> Case {
    let mut found = Findings::default();
    let item = bill_item()?;
    let (first, second) = (create_of(item.clone(), customer())?, create_of(item.clone(), customer())?);
    let other = create_of(bill_item()?, customer())?;
    let order = first.new.order.clone();
    let told = store.create(vec![first, second.clone(), other]).await;
    found.expect(told == [Ok(()), Err(CreateError::BillTaken), Ok(())], || format!("in one batch: {told:?}"));
    let read = store.load(order.id).await.map_err(line)?;
    found.expect(sorted(read.clone()) == sorted(order.clone()), || format!("stored {order:?}, read {read:?}"));
    let again = created(store, second.clone()).await;
    found.expect(again == Err(CreateError::BillTaken), || format!("later: {again:?}"));
    let same_customer = created(store, create_of(item.clone(), order.customer)?).await;
    found.expect(same_customer == Err(CreateError::BillTaken), || format!("the same customer: {same_customer:?}"));
    let of_another_number = NewItem { target: bill_item()?.target, ..item.clone() };
    let free = created(store, create_of(of_another_number, customer())?).await;
    found.expect(free == Ok(()), || format!("another number: {free:?}"));
    let missing = is_missing(store, second.new.order.id).await;
    found.expect(missing, || "an order whose bill is taken was stored".into());

    let order = walked(store, order).await?;
    let kept = store.load(order.id).await.map_err(line)?.items.first().and_then(|item| item.bill.clone());
    found.expect(kept == item.bill, || format!("after the delivery the bill reads {kept:?}"));
    let next = created(store, second).await;
    found.expect(next == Ok(()), || format!("the first order is over: {next:?}"));
    Ok(found)
}

/// Paid and delivered; at each step before the last the bill is the order's.
async fn walked(store: &Store, mut order: Order) -> Result<Order, String> {
    let item = order.items.first().cloned().ok_or("an item")?;
    let (checkout, purchase) = (mint(order.created_at), mint(order.created_at));
    for n in 0..4_u8 {
        let product = bill_item()?.product;
        let same = NewItem { product, target: item.target.clone(), bill: item.bill.clone() };
        let other = created(store, create_of(same, customer())?).await;
        if other != Err(CreateError::BillTaken) {
            return Err(format!("before step {n} another order got the bill: {other:?}"));
        }
        let what = match n {
            0 => open_checkout(&checkout)?,
            1 => paid(&order, &checkout)?,
            2 => reserve(&order, item.no, &purchase)?,
            _ => delivered(&order, item.no, &purchase),
        };
        order = step(store, &order, what).await?;
    }
    Ok(order)
}

/// What its supplier called failed may still arrive while the money waits; that a notice claims so is kept, too.
pub(super) async fn may_arrive(store: &Store) -> Case {
    let mut found = Findings::default();
    let item = bill_item()?;
    let (first, second) = (create_of(item.clone(), customer())?, create_of(item, customer())?);
    let mut order = first.new.order.clone();
    created(store, first).await.map_err(line)?;
    let (checkout, purchase) = (mint(order.created_at), mint(order.created_at));
    let no = order.items.first().map(|item| item.no).ok_or("an item")?;
    let claims = What::Nudged { reference: purchase.clone(), claim: Claim::Delivered, vouched: true };
    for n in 0..5_u8 {
        let what = match n {
            0 => open_checkout(&checkout)?,
            1 => paid(&order, &checkout)?,
            2 => reserve(&order, no, &purchase)?,
            3 => failed(&purchase),
            _ => claims.clone(),
        };
        order = step(store, &order, what).await?;
    }
    let read = store.load(order.id).await.map_err(line)?;
    found.expect(read.attempts.iter().all(|a| a.contested), || "it is not kept that a notice says otherwise".into());
    let waits = created(store, second.clone()).await;
    found.expect(waits == Err(CreateError::BillTaken), || format!("while its money waits: {waits:?}"));
    let refund = order.refunds.first().map(|refund| refund.no).ok_or("a refund")?;
    let after_all = apply(&order, What::RefundDue { refund }, order.created_at + REFUND_HOLD)?;
    one(store, commit(after_all.change)).await.map_err(line)?;
    let free = created(store, second).await;
    found.expect(free == Ok(()), || format!("its money is finance's: {free:?}"));
    Ok(found)
}

pub(super) async fn raced(store: &Store) -> Case {
    let mut found = Findings::default();
    for _ in 0..3 {
        let item = bill_item()?;
        let mut racing = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (store, create) = (store.clone(), create_of(item.clone(), customer())?);
            racing.spawn(async move { (create.new.order.id, created(&store, create).await) });
        }
        let told = racing.join_all().await;
        let made = told.iter().filter(|(_, told)| told.is_ok()).count();
        found.expect(made == 1, || format!("{made} orders of one bill: {told:?}"));
        for (order, told) in &told {
            let right = matches!(told, Ok(()) | Err(CreateError::BillTaken));
            found.expect(right, || format!("a customer was told {told:?}"));
            let stored = !is_missing(store, *order).await;
            found.expect(stored == told.is_ok(), || format!("told {told:?}, stored: {stored}"));
        }
    }
    Ok(found)
}

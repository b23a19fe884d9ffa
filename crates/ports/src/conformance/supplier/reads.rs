//! What a supplier tells of itself: its price list, and our deposit there.

use std::sync::Arc;

use domain::Money;

use super::{Situation, SupplierWorld};
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::supplier::{ReadFailed, Supplier};

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    report.run("price list".to_owned(), false, price_list(world)).await;
    report.run("balance".to_owned(), false, balance(world)).await;
    report.run("reading without credentials or connection".to_owned(), false, not_read(world)).await;
}

/// A list of offers that can be bought, each of this supplier and of its own product.
async fn price_list(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let healthy = world.arrange(Situation::Delivers).await?.supplier;
    match healthy.price_list(world.now()).await {
        Err(error) => found.expect(false, || format!("the price list cannot be read: {error}")),
        Ok(list) => {
            found.expect(!list.is_empty(), || "the price list is empty".to_owned());
            for line in list {
                let (offer, product) = (&line.offer, &line.product);
                let ours = offer.supplier == *healthy.id() && offer.product == product.id;
                found.expect(ours, || format!("{}: not this supplier's offer of this product", offer.code));
                // Of a bill it is what is taken beyond the debt, which may be nothing.
                let least = i64::from(!product.category.is_bill());
                let priced = offer.cost.minor() >= least && !offer.code.is_empty();
                found.expect(priced, || format!("{:?}: without a code or a price", offer.code));
            }
        }
    }
    Ok(found)
}

/// The deposit as the supplier counts it: asking leaves it alone, buying takes from it, and one that is too low for a
/// purchase is read as such.
async fn balance(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let stage = world.arrange(Situation::Delivers).await?;
    let first = read(world, &mut found, &stage.supplier).await;
    let again = read(world, &mut found, &stage.supplier).await;
    found.expect(first == again, || format!("asking changed the balance: {first:?}, then {again:?}"));
    stage.supplier.purchase(&stage.purchase, world.now()).await;
    world.settle(&stage.purchase.reference).await;
    let after = read(world, &mut found, &stage.supplier).await;
    let fell = first
        .zip(after)
        .is_some_and(|(first, after)| after.currency() == first.currency() && after.minor() < first.minor());
    found.expect(fell, || format!("a purchase was delivered, and the balance went from {first:?} to {after:?}"));

    let poor = world.arrange(Situation::RefusedLowDeposit).await?;
    let left = read(world, &mut found, &poor.supplier).await;
    let cost = poor.purchase.cost;
    let low = left.is_some_and(|left| left.currency() == cost.currency() && left.minor() < cost.minor());
    found.expect(low, || format!("too low for a purchase of {cost}, and read as {left:?}"));
    Ok(found)
}

async fn read(world: &dyn SupplierWorld, found: &mut Findings, supplier: &Arc<dyn Supplier>) -> Option<Money> {
    let balance = supplier.balance(world.now()).await;
    found.expect(balance.is_ok(), || format!("the balance cannot be read: {balance:?}"));
    balance.ok()
}

/// A supplier that is away is looked at again; one that does not know us needs a person. They must be told apart.
async fn not_read(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let away = world.arrange(Situation::Unreachable).await?.supplier;
    let stranger = world.arrange(Situation::RefusedCredentials).await?.supplier;
    let now = world.now();
    for error in [told(away.price_list(now).await), told(away.balance(now).await)] {
        found.expect(matches!(error, Some(ReadFailed::Unavailable(_))), || {
            format!("an unreachable supplier must be unavailable, not {error:?}")
        });
        found.expect_no_secret(&world.secrets(), "a read error", &format!("{error:?}"));
    }
    for error in [told(stranger.price_list(now).await), told(stranger.balance(now).await)] {
        found.expect(matches!(error, Some(ReadFailed::Unauthorised(_))), || {
            format!("a refused credential must be unauthorised, not {error:?}")
        });
        found.expect_no_secret(&world.secrets(), "a read error", &format!("{error:?}"));
    }
    Ok(found)
}

fn told<T>(read: Result<T, ReadFailed>) -> Option<ReadFailed> {
    read.err()
}

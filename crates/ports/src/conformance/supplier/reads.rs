//! What a supplier tells of itself: its price list, our deposit there, and what it knows before a purchase.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Money;

use super::claims::{Capability, Duty};
use super::{Listed, Situation, SupplierWorld, Turn, inquiries};
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::supplier::{Listing, ReadFailed, Supplier};

pub(super) async fn run(world: &dyn SupplierWorld, report: &mut Report) {
    report.begin("reads");
    report.run("PriceList".to_owned(), false, price_list(world)).await;
    report.run("PriceListWithBrokenLines".to_owned(), false, broken_lines(world)).await;
    report.run("Balance".to_owned(), false, balance(world)).await;
    report.run("WithoutCredentialsOrConnection".to_owned(), false, not_read(world)).await;
    let may_skip = world.claims().may_skip(Duty::Claims(Capability::Inquiries));
    report.run("Inquiries".to_owned(), may_skip, inquiries::told_and_not(world)).await;
}

async fn list(
    world: &dyn SupplierWorld,
    found: &mut Findings,
) -> Result<(Arc<dyn Supplier>, Vec<Listing>), Unsupported> {
    let supplier = world.arrange(Situation::Delivers).await?.supplier;
    let list = supplier.price_list(world.now()).await;
    found.expect(list.is_ok(), || format!("the price list cannot be read: {:?}", list.as_ref().err()));
    Ok((supplier, list.unwrap_or_default()))
}

/// A list of offers that can be bought, each of this supplier and of its own product, at the price it has there.
async fn price_list(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let (supplier, list) = list(world, &mut found).await?;
    found.expect(!list.is_empty(), || "the price list is empty".to_owned());
    for line in &list {
        let (offer, product) = (&line.offer, &line.product);
        let ours = offer.supplier == *supplier.id() && offer.product == product.id;
        found.expect(ours, || format!("{}: not this supplier's offer of this product", offer.code));
        // What a bill costs beyond the debt may be nothing.
        let least = i64::from(!product.category.is_bill());
        let priced = offer.cost.minor() >= least && !offer.code.is_empty();
        found.expect(priced, || format!("{:?}: without a code or a price", offer.code));
    }
    let lines = by_code(&list);
    for Listed { code, price, open } in world.listed().await {
        let Some(line) = lines.get(code.as_str()) else { continue };
        let same = price.is_none_or(|price| price == line.offer.cost);
        found.expect(same, || format!("{code} costs {price:?}, and is read as {}", line.offer.cost));
        found.expect(open || !line.offer.active, || format!("{code} is switched off, and on sale here"));
    }
    let has_hours = list.iter().any(|line| line.offer.closed.is_some());
    found.expect(!has_hours || world.claims().cut_off.is_some(), || "it has hours, and claims none".to_owned());
    found.saw(format!("{} lines", list.len()));
    Ok(found)
}

/// A line that cannot be read costs itself alone; a list that cannot be read is no list.
async fn broken_lines(world: &dyn SupplierWorld) -> Result<Findings, Unsupported> {
    let mut found = Findings::default();
    let (_, list) = list(world, &mut found).await?;
    let lines = by_code(&list);
    let listed = world.listed().await;
    let (good, broken): (Vec<_>, Vec<_>) = listed.iter().partition(|line| line.price.is_some());
    found.expect(!good.is_empty() && !broken.is_empty(), || "the sandbox has no list with broken lines".to_owned());
    for line in good {
        found.expect(lines.contains_key(line.code.as_str()), || format!("the line of {} is lost", line.code));
    }
    for line in &broken {
        let sold = lines.get(line.code.as_str()).is_some_and(|line| line.offer.active);
        found.expect(!sold, || format!("{} has no price, and is on sale", line.code));
    }
    found.saw(format!("{} of {} lines broken", broken.len(), listed.len()));
    for situation in [Situation::ListHuge, Situation::ListEmpty] {
        let supplier = world.arrange(situation).await?.supplier;
        let read = supplier.price_list(world.now()).await;
        found.expect(matches!(read, Err(ReadFailed::Unavailable(_))), || {
            format!("{situation:?}: it must be unavailable, not {:?}", read.map(|list| list.len()))
        });
    }
    Ok(found)
}

fn by_code(list: &[Listing]) -> HashMap<&str, &Listing> {
    list.iter().map(|line| (line.offer.code.as_str(), line)).collect()
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
    world.turn(&stage.purchase.reference, Turn::Settles).await;
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

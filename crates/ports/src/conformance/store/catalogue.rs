//! Price lists and price books: taken whole, and no more than once.

use std::sync::Arc;

use domain::catalogue::{Category, Offer, Product};
use domain::supply::DailyWindow;
use domain::{Currency, Money, ProductId, SupplierId};

use super::make::{act, book, fresh, now};
use super::{Case, Findings, Store, line};
use crate::catalogue::Stocked;
use crate::supplier::Listing;

/// Enough lines that a list written one by one would be seen half written.
const LINES: usize = 60;
/// Lists taken while another task reads.
const LISTS: i64 = 20;

fn supplier() -> Result<SupplierId, String> {
    let name: String = fresh().simple().to_string().chars().skip(12).collect();
    format!("s-{name}").parse().map_err(line)
}

/// Lines of products that only this case has, all at one price.
fn list(supplier: &SupplierId, family: &str, rupiah: i64) -> Result<Vec<Listing>, String> {
    let cost = Money::from_units(rupiah, Currency::Idr).map_err(line)?;
    let lines = (0..LINES).map(|n| {
        let id: ProductId = format!("p-{family}-{n}").parse().map_err(line)?;
        let product =
            Product { id: id.clone(), category: Category::Airtime, brand: "B".into(), name: format!("P {n}") };
        let offer =
            Offer { product: id, supplier: supplier.clone(), code: format!("c{n}"), cost, active: true, closed: None };
        Ok(Listing { product, offer })
    });
    lines.collect()
}

fn ids(list: &[Listing]) -> Vec<ProductId> {
    list.iter().map(|listing| listing.product.id.clone()).collect()
}

/// What one supplier offers of these products: price and whether it is on.
fn offers(stocked: &[Stocked], supplier: &SupplierId) -> Vec<(i64, bool)> {
    let offers = stocked.iter().flat_map(|s| &s.offers).filter(|offer| offer.supplier == *supplier);
    offers.map(|offer| (offer.cost.minor(), offer.active)).collect()
}

pub(super) async fn replaced(store: &Store) -> Case {
    let mut found = Findings::default();
    let (ours, other, family) = (supplier()?, supplier()?, fresh().simple().to_string());
    let first = list(&ours, &family, 1000)?;
    let all = ids(&first);
    store.put_list(&ours, first.clone(), now()).await.map_err(line)?;
    store.put_list(&other, list(&other, &family, 900)?, now()).await.map_err(line)?;
    let shown = store.find(&all, now()).await.map_err(line)?;
    for _ in 0..2 {
        store.put_list(&ours, first.clone(), now()).await.map_err(line)?;
        store.put_list(&ours, Vec::new(), now()).await.map_err(line)?;
    }
    let again = store.find(&all, now()).await.map_err(line)?;
    found.expect(shown == again && shown.len() == LINES, || {
        "the same list again, or an empty one, changed something".into()
    });

    let mut nightly = first.clone();
    let night = "23:00-01:00".parse::<DailyWindow>().map_err(line)?;
    nightly.iter_mut().take(1).for_each(|listing| listing.offer.closed = Some(night));
    for (list, hours) in [(nightly, Some(night)), (first, None)] {
        store.put_list(&ours, list, now()).await.map_err(line)?;
        let shown = store.find(&all, now()).await.map_err(line)?;
        let closed = shown.iter().flat_map(|s| &s.offers).filter_map(|o| o.closed.map(|hours| (hours, &o.supplier)));
        let closed: Vec<_> = closed.collect();
        let right = closed == hours.map(|hours| vec![(hours, &ours)]).unwrap_or_default();
        found.expect(right, || format!("hours in which it is closed: {closed:?}"));
    }

    let shorter: Vec<Listing> = list(&ours, &family, 1100)?.into_iter().skip(1).collect();
    store.put_list(&ours, shorter, now()).await.map_err(line)?;
    let after = store.find(&all, now()).await.map_err(line)?;
    let off: Vec<_> = offers(&after, &ours).into_iter().filter(|(_, active)| !active).collect();
    let sold = store.sold_by(&ours).await.map_err(line)?;
    let right = sold.len() == LINES - 1 && sold.iter().all(|product| all.iter().skip(1).any(|id| id == product));
    found.expect(right, || format!("it sells all but the first of {LINES} products, and {sold:?}"));
    found.expect(off.len() == 1, || format!("one product left the list, {} are off", off.len()));
    let others = offers(&after, &other).iter().filter(|(_, active)| *active).count();
    found.expect(others == LINES, || format!("another supplier has {others} offers of {LINES}"));
    let unknown = store.find(&[format!("p-{family}-none").parse().map_err(line)?], now()).await.map_err(line)?;
    found.expect(unknown.is_empty(), || format!("a product nobody lists was found: {unknown:?}"));
    Ok(found)
}

pub(super) async fn never_half(store: &Store) -> Case {
    let mut found = Findings::default();
    let (ours, family) = (supplier()?, fresh().simple().to_string());
    let first = list(&ours, &family, 1000)?;
    let all = ids(&first);
    store.put_list(&ours, first, now()).await.map_err(line)?;
    let writer = {
        let (store, ours) = (Arc::clone(store), ours.clone());
        tokio::spawn(async move {
            for n in 1..=LISTS {
                store.put_list(&ours, list(&ours, &family, 1000 + n)?, now()).await.map_err(line)?;
            }
            Ok::<_, String>(())
        })
    };
    let mut last = 0;
    while last != 100 * (1000 + LISTS) && !(writer.is_finished() && last != 0) {
        let shown = offers(&store.find(&all, now()).await.map_err(line)?, &ours);
        let price = shown.first().map_or(0, |(cost, _)| *cost);
        let one_price = shown.len() == LINES && shown.iter().all(|offer| *offer == (price, true));
        found.expect(one_price, || format!("two lists are seen at once: {shown:?}"));
        found.expect(price >= last, || "an older list is seen after a newer one".into());
        last = price;
    }
    writer.await.map_err(line)??;
    Ok(found)
}

pub(super) async fn book_once(store: &Store) -> Case {
    let mut found = Findings::default();
    let (mut old, mut new) = (book(now()), book(now()));
    old.fx.id = fresh().to_string();
    new.fx.id = fresh().to_string();
    let first = act("set_price_book");
    store.set_price_book(&old, &first).await.map_err(line)?;
    store.set_price_book(&new, &act("set_price_book")).await.map_err(line)?;
    store.set_price_book(&old, &first).await.map_err(line)?;
    let read = store.price_book().await.map_err(line)?;
    found.expect(read.as_ref() == Some(&new), || "an act sent again brought its old prices back".into());
    let acts = store.staff_acts(None, 200).await.map_err(line)?;
    let stored = acts.iter().filter(|act| act.id == first.id).count();
    found.expect(stored == 1, || format!("one act is stored {stored} times"));
    Ok(found)
}

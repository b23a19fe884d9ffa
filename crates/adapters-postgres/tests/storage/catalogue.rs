//! Price lists, price books and promos.

use chrono::TimeDelta;
use domain::catalogue::{Category, Offer, Product};
use domain::pricing::{FxRate, MarginRule, PriceBook};
use domain::{Currency, Money, SupplierId};
use ports::catalogue::{Catalogue, ProductFilter};
use ports::conformance::store::make::{act, later, now};
use ports::supplier::Listing;
use rust_decimal::Decimal;

use super::database::TestDb;

fn listing(n: u16, supplier: &SupplierId, rupiah: i64) -> Listing {
    let id: domain::ProductId = format!("pulsa-{n:05}").parse().unwrap();
    let category = if n.is_multiple_of(2) { Category::Airtime } else { Category::Data };
    let product = Product { id: id.clone(), category, brand: "Tsel".into(), name: format!("Pulsa {n}") };
    let cost = Money::from_units(rupiah, Currency::Idr).unwrap();
    Listing {
        product,
        offer: Offer {
            product: id,
            supplier: supplier.clone(),
            code: format!("c{n}"),
            cost,
            active: true,
            closed: None,
        },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_taken_whole_and_only_changes_are_written() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (iak, other): (SupplierId, SupplierId) = ("iak".parse().unwrap(), "other".parse().unwrap());
    let list: Vec<Listing> = (0..6000).map(|n| listing(n, &iak, 1000)).collect();
    let first = now();
    store.put_list(&iak, list.clone(), first).await.unwrap();
    store.put_list(&other, vec![listing(0, &other, 900)], first).await.unwrap();
    let written = format!("SELECT count(*) FROM offer WHERE changed_at > '{first}'");

    store.put_list(&iak, list.clone(), later(first, 60)).await.unwrap();
    store.put_list(&iak, Vec::new(), later(first, 120)).await.unwrap();
    assert_eq!(db.ask(&written).await, ["0"], "nothing new was written");
    assert_eq!(db.ask("SELECT count(*) FROM offer WHERE xmax <> 0").await, ["0"], "nor locked");
    let mut taken = store.lists_taken().await.unwrap();
    taken.sort();
    let again = (iak.clone(), later(first, 60));
    assert_eq!(taken, [again, (other.clone(), first)], "an empty list was not taken");

    let mut next = list;
    next.remove(1);
    next[0].offer.cost = Money::from_units(1100, Currency::Idr).unwrap();
    // Of two lines of one product the cheaper one that is on counts.
    next.push(listing(2, &iak, 800));
    store.put_list(&iak, next, later(first, 180)).await.unwrap();
    assert_eq!(db.ask(&written).await, ["3"], "one dearer, one cheaper, one gone");

    let page = store.list(&ProductFilter { limit: 2, ..ProductFilter::default() }, now()).await.unwrap();
    let offers: Vec<_> = page.iter().map(|s| (s.product.id.as_str(), s.offers.len())).collect();
    assert_eq!(offers, [("pulsa-00000", 2), ("pulsa-00002", 1)], "a product without an active offer is not listed");
    assert_eq!(page[1].offers[0].cost, Money::from_units(800, Currency::Idr).unwrap());
    let after = ProductFilter { after: Some(page[1].product.id.clone()), category: Some(Category::Data), limit: 1 };
    let page = store.list(&after, now()).await.unwrap();
    assert_eq!(page[0].product.id.as_str(), "pulsa-00003");
    let found = store.find(&["pulsa-00001".parse().unwrap(), "nothing-here".parse().unwrap()], now()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(!found[0].offers[0].active, "also those switched off");

    let retire = async |unread_since| store.retire(&iak, later(first, unread_since), later(first, 240)).await.unwrap();
    assert_eq!(retire(180).await, 0, "its list was taken then");
    assert_eq!(retire(181).await, 5_999);
    assert_eq!(retire(181).await, 0, "they are off");
    assert!(store.sold_by(&iak).await.unwrap().is_empty());
    assert_eq!(store.sold_by(&other).await.unwrap().len(), 1, "others sell on");
    let taken = store.lists_taken().await.unwrap();
    assert!(taken.contains(&(iak.clone(), later(first, 180))), "no list was taken");
    store.put_list(&iak, vec![listing(7, &iak, 1000)], later(first, 360)).await.unwrap();
    assert_eq!(store.sold_by(&iak).await.unwrap().len(), 1, "it is back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_price_book_is_read_to_the_last_digit() {
    let db = TestDb::new().await;
    let store = db.store().await;
    assert_eq!(store.price_book().await, Ok(None));
    let book = |rate: i64| PriceBook {
        fx: FxRate {
            id: "fx".into(),
            source: "manual".into(),
            base: Currency::Idr,
            quote: Currency::Twd,
            rate: Decimal::new(rate, 18),
            as_of: now(),
            fetched_at: now(),
        },
        buffer_percent: Decimal::new(1, 28),
        margin: MarginRule {
            id: "m".into(),
            percent: Decimal::new(-25, 1),
            fixed: Money::from_minor(150, Currency::Twd),
            minimum: Money::zero(Currency::Twd),
        },
        charge_unit: 100,
        max_rate_age: TimeDelta::hours(26),
    };
    let (old, new) = (book(2_034_567_890_123_456), book(2_034_567_890_123_457));
    store.set_price_book(&old, &act("set_price_book")).await.unwrap();
    store.set_price_book(&new, &act("set_price_book")).await.unwrap();
    assert_eq!(store.price_book().await, Ok(Some(new)));
    assert_eq!(db.ask("SELECT count(*) FROM price_book").await, ["2"]);
}

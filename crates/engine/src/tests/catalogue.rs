//! What is for sale: what a page leaves out, and what is said when nothing can be sold.

use chrono::TimeDelta;
use domain::pricing::{PriceBook, Promo};
use domain::{Alert, AlertKind, Currency, Moment, Money, ProductId};
use mockall::predicate::eq;
use ports::catalogue::{ProductFilter, PromoRow, Stocked};

use super::world::{Ports, bill_product, book, listing, noon, opened, stocked, stocked_bill};
use crate::{PlaceError, QuoteItem, Tag};

/// A product that only a supplier sells whom this installation does not have.
fn of_nobody(id: &str) -> Stocked {
    let mut listing = listing("elsewhere", "x", 10_000);
    listing.product.id = id.parse().unwrap();
    listing.offer.product = listing.product.id.clone();
    Stocked { product: listing.product, offers: vec![listing.offer], standings: Vec::new() }
}

fn priced(ports: &mut Ports, book: PriceBook) {
    ports.catalogue.expect_price_book().returning(move || Ok(Some(book.clone())));
}

fn old(hours: i64) -> PriceBook {
    let mut book = book();
    book.fx.as_of = noon() - TimeDelta::hours(hours);
    book
}

#[tokio::test]
async fn a_page_without_anything_to_sell_does_not_end_the_list() {
    let mut ports = Ports::new();
    priced(&mut ports, book());
    let all = [of_nobody("aa"), of_nobody("bb"), stocked()];
    ports.catalogue.expect_list().times(4).returning(move |filter, _| {
        let after = |s: &&Stocked| filter.after.as_ref().is_none_or(|after| s.product.id > *after);
        Ok(all.iter().filter(after).take(usize::from(filter.limit)).cloned().collect())
    });
    let engine = ports.engine();
    let mut filter = ProductFilter { limit: 1, ..ProductFilter::default() };
    let mut sold: Vec<ProductId> = Vec::new();
    loop {
        let shelf = engine.catalogue(&filter).await.unwrap();
        sold.extend(shelf.products.into_iter().map(|priced| priced.product.id));
        match shelf.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    assert_eq!(sold, [stocked().product.id]);
}

#[tokio::test]
async fn with_a_rate_too_old_nothing_is_said_to_be_for_sale() {
    let mut ports = Ports::new();
    priced(&mut ports, old(25));
    ports.catalogue.expect_list().returning(|_, _| Ok(vec![stocked()]));
    let told = ports.engine().catalogue(&ProductFilter { limit: 10, ..ProductFilter::default() }).await;
    assert!(matches!(told, Err(PlaceError::NotSelling(_))), "{told:?}");
}

#[tokio::test]
async fn a_shop_that_read_no_list_yet_is_not_open_and_one_that_sold_out_is() {
    for (taken, open) in [(None, false), (Some("elsewhere"), false), (Some("iak"), true)] {
        let mut ports = Ports::new();
        priced(&mut ports, book());
        ports.catalogue.expect_list().returning(|_, _| Ok(Vec::new()));
        let taken: Vec<_> = taken.into_iter().map(|id| (id.parse().unwrap(), noon())).collect();
        ports.catalogue.expect_lists_taken().returning(move || Ok(taken.clone()));
        let told = ports.engine().catalogue(&ProductFilter { limit: 10, ..ProductFilter::default() }).await;
        assert_eq!(told.is_ok(), open, "{told:?}");
    }
}

fn is_called(ports: &mut Ports, kind: AlertKind, subject: &'static str, times: usize) {
    let raised = ports.upkeep.expect_raise().times(times);
    let fits = move |alert: &Alert| alert.kind == kind && alert.subject == subject;
    raised.withf(move |alert, _| fits(alert)).returning(|_, _| Ok(()));
}

#[tokio::test]
async fn a_person_is_called_before_the_rate_is_too_old() {
    for (hours, called) in [(0, 0), (19, 0), (20, 1), (30, 1)] {
        let mut ports = Ports::new();
        priced(&mut ports, old(hours));
        ports.catalogue.expect_lists_taken().returning(|| Ok(vec![("iak".parse().unwrap(), noon())]));
        is_called(&mut ports, AlertKind::RateStale, "price book", called);
        let engine = ports.engine();
        engine.mind_ages().await.unwrap();
        let metrics = engine.age_metrics().await;
        let ages: Vec<_> = metrics.iter().map(|metric| (metric.name, metric.value)).collect();
        let age = u64::try_from(hours * 3600).unwrap();
        assert!(ages.contains(&("seberang_rate_age_seconds", age)), "{ages:?}");
        assert!(ages.contains(&("seberang_rate_max_age_seconds", 86_400)), "{ages:?}");
    }
}

#[tokio::test]
async fn a_person_is_called_about_a_price_list_that_could_not_be_read_for_six_hours() {
    let at = |hours: i64| -> Moment { noon() - TimeDelta::hours(hours) };
    // One that was never read counts from the start of the process.
    for (taken, called, age) in [(Some(at(6)), 0, 6), (Some(at(7)), 1, 7), (None, 0, 0)] {
        let mut ports = Ports::new();
        priced(&mut ports, book());
        let lists: Vec<_> = taken.into_iter().map(|at| ("iak".parse().unwrap(), at)).collect();
        ports.catalogue.expect_lists_taken().returning(move || Ok(lists.clone()));
        is_called(&mut ports, AlertKind::PriceListStale, "iak", called);
        let engine = ports.engine();
        engine.mind_ages().await.unwrap();
        let metrics = engine.age_metrics().await;
        let shown = metrics.iter().find(|metric| metric.name == "seberang_price_list_age_seconds").unwrap();
        assert_eq!((shown.labels.clone(), shown.value), (vec![("supplier", "iak".to_owned())], age * 3600));
    }
}

#[tokio::test]
async fn offers_of_who_was_taken_out_of_the_settings_leave_the_shelf_after_a_day() {
    for (hours, retired) in [(24, 0), (25, 1)] {
        let mut ports = Ports::new();
        priced(&mut ports, book());
        let lists = vec![
            ("iak".parse().unwrap(), noon() - TimeDelta::hours(5)),
            ("gone".parse().unwrap(), noon() - TimeDelta::hours(hours)),
        ];
        ports.catalogue.expect_lists_taken().returning(move || Ok(lists.clone()));
        let retire = ports.catalogue.expect_retire().times(retired);
        retire.withf(|id, unread_since, now| {
            id.as_str() == "gone" && *unread_since == noon() - TimeDelta::days(1) && *now == noon()
        });
        retire.returning(|_, _, _| Ok(7));
        ports.engine().mind_ages().await.unwrap();
    }
}

/// What a promo's page says may be a moment old; that it is used up or unknown is asked anew each time.
#[tokio::test]
async fn a_promo_with_room_is_asked_about_once_and_one_without_each_time() {
    let promo = |code: &str| Promo { code: code.into(), discount: Money::from_units(5, Currency::Twd).unwrap() };
    let mut ports = Ports::new();
    priced(&mut ports, book());
    ports.catalogue.expect_find().returning(|_, _| Ok(vec![stocked()]));
    let row = move |code: &str, used| Ok(Some(PromoRow { promo: promo(code), max_uses: 7, used }));
    ports.catalogue.expect_promo().with(eq("OPEN")).times(1).returning(move |code| row(code, 6));
    ports.catalogue.expect_promo().with(eq("SPENT")).times(2).returning(move |code| row(code, 7));
    ports.catalogue.expect_promo().with(eq("NONE")).times(2).returning(|_| Ok(None));
    let engine = ports.engine();
    let customer = opened().customer;
    let wanted = [QuoteItem { product: stocked().product.id, inquiry: None }];
    for _ in 0..2 {
        assert_eq!(engine.quote(customer, &wanted, Some("OPEN")).await.unwrap().discount.minor(), 500);
        assert_eq!(engine.quote(customer, &wanted, Some("SPENT")).await, Err(PlaceError::PromoSpent));
        assert_eq!(engine.quote(customer, &wanted, Some("NONE")).await, Err(PlaceError::PromoUnknown));
    }
}

/// What is owed nobody knows before it is asked; the fee alone is no price.
#[tokio::test]
async fn a_bill_is_listed_with_the_least_that_is_paid_beyond_it() {
    let mut ports = Ports::new();
    priced(&mut ports, book());
    ports.catalogue.expect_list().returning(|_, _| Ok(vec![stocked_bill(), stocked()]));
    let shelf = ports.engine().catalogue(&ProductFilter { limit: 5, ..ProductFilter::default() }).await.unwrap();
    let twd = |minor| Money::from_minor(minor, Currency::Twd);
    let tags: Vec<_> = shelf.products.iter().map(|priced| (priced.product.id.clone(), priced.tag)).collect();
    // 1,900 × 0.002 × 1.01 = 3.84, and 5.00; 10,400 likewise.
    let expected = [(bill_product().id, Tag::Fee(twd(900))), (stocked().product.id, Tag::Price(twd(2_700)))];
    assert_eq!(tags, expected);
}

//! Price lists and deposits: one supplier's trouble is nobody else's, and a refused credential calls a person.

use std::collections::BTreeSet;

use domain::{AlertKind, Money};
use ports::store::Unavailable;
use ports::supplier::ReadFailed;

use super::world::{Ports, idr, listing, noon, supplier};
use crate::supply::Shrunk;
use crate::{ActError, Engine};

impl Engine {
    async fn read_all(&self, shrunk: Shrunk) -> Result<usize, ActError> {
        self.read_lists(self.suppliers.keys(), shrunk).await
    }
}

/// Ports with these suppliers.
fn with(names: &[&str]) -> Ports {
    let mut ports = Ports::new();
    ports.suppliers = names.iter().map(|name| supplier(name)).collect();
    ports
}

fn is_called_about(ports: &mut Ports, supplier: &'static str, words: &'static str) {
    let raised = ports.upkeep.expect_raise().times(1);
    let fits = move |alert: &domain::Alert| {
        alert.kind == AlertKind::SupplierAccount && alert.subject == supplier && alert.detail.contains(words)
    };
    raised.withf(move |alert, _| fits(alert)).returning(|_, _| Ok(()));
}

#[tokio::test]
async fn one_bad_line_costs_itself_alone() {
    let mut ports = Ports::new();
    ports.supplier().expect_price_list().returning(|_| {
        let mut of_another = listing("iak", "x4", 10_000);
        of_another.offer.product = "pulsa-20000".parse().unwrap();
        let lines = [
            listing("iak", "x1", 10_000),
            listing("iak", "x2", 0),
            listing("iak", "", 10_000),
            listing("other", "x3", 10_000),
            of_another,
            listing("iak", "x5", 20_000),
        ];
        Ok(lines.to_vec())
    });
    ports.catalogue.expect_put_list().times(1).returning(|_, list, _| {
        let codes: Vec<&str> = list.iter().map(|line| line.offer.code.as_str()).collect();
        assert_eq!(codes, ["x1", "x5"]);
        Ok(())
    });
    assert_eq!(ports.engine().read_all(Shrunk::Taken).await, Ok(1));
}

#[tokio::test]
async fn a_supplier_that_is_away_keeps_its_list_and_holds_up_nobody() {
    let mut ports = with(&["aa", "bb"]);
    ports.suppliers[0].expect_price_list().returning(|_| Err(ReadFailed::Unavailable("no reply".into())));
    ports.suppliers[1].expect_price_list().returning(|_| Ok(vec![listing("bb", "x1", 10_000)]));
    let put = ports.catalogue.expect_put_list().times(1);
    put.withf(|id, _, _| id.as_str() == "bb").returning(|_, _, _| Ok(()));
    assert_eq!(ports.engine().read_all(Shrunk::Taken).await, Ok(1));
}

#[tokio::test]
async fn a_list_that_the_store_does_not_take_holds_up_no_other_and_is_told() {
    let mut ports = with(&["aa", "bb"]);
    for (supplier, name) in ports.suppliers.iter_mut().zip(["aa", "bb"]) {
        supplier.expect_price_list().times(1).returning(move |_| Ok(vec![listing(name, "x1", 10_000)]));
    }
    ports.catalogue.expect_put_list().times(2).returning(|id, _, _| match id.as_str() {
        "aa" => Err(Unavailable("connection reset".into())),
        _ => Ok(()),
    });
    let told = ports.engine().read_all(Shrunk::Taken).await;
    assert_eq!(told, Err(ActError::Unavailable("connection reset".into())));
}

#[tokio::test]
async fn a_supplier_that_refuses_our_credentials_calls_a_person() {
    let refuses = || ReadFailed::Unauthorised("result code 204".into());
    let mut ports = with(&["aa", "bb"]);
    ports.suppliers[0].expect_price_list().returning(move |_| Err(refuses()));
    ports.suppliers[1].expect_price_list().returning(|_| Ok(vec![listing("bb", "x1", 10_000)]));
    ports.catalogue.expect_put_list().times(1).returning(|_, _, _| Ok(()));
    is_called_about(&mut ports, "aa", "result code 204");
    assert_eq!(ports.engine().read_all(Shrunk::Taken).await, Ok(1));

    let mut ports = Ports::new();
    ports.supplier().expect_balance().returning(move |_| Err(refuses()));
    is_called_about(&mut ports, "iak", "refuses our credentials");
    assert_eq!(ports.engine().read_balances().await, Ok(()));
}

#[tokio::test]
async fn a_balance_that_nobody_can_read_for_an_hour_calls_a_person() {
    for (minutes, calls) in [(60, 0), (61, 1)] {
        let mut ports = Ports::new();
        let clock = std::sync::Arc::clone(&ports.clock);
        ports.supplier().expect_balance().returning(|_| Err(ReadFailed::Unavailable("not a number".into())));
        let raised = ports.upkeep.expect_raise().times(calls);
        raised.withf(|alert, _| alert.detail.contains("could not be read")).returning(|_, _| Ok(()));
        let engine = ports.engine();
        clock.pass(minutes * 60);
        assert_eq!(engine.read_balances().await, Ok(()));
    }
}

#[tokio::test]
async fn an_alert_that_could_not_be_stored_is_told_so_that_it_is_tried_again() {
    let mut ports = Ports::new();
    ports.supplier().expect_balance().returning(|_| Err(ReadFailed::Unauthorised("result code 204".into())));
    ports.upkeep.expect_raise().times(1).returning(|_, _| Err(Unavailable("connection reset".into())));
    assert!(ports.engine().read_balances().await.is_err());
}

fn deposit(ports: &mut Ports, balance: Money) {
    ports.supplier().expect_balance().returning(move |_| Ok(balance));
}

#[tokio::test]
async fn a_deposit_is_shown_and_a_low_one_calls_a_person() {
    for (balance, low, called) in
        [(idr(499_999), Some(idr(500_000)), true), (idr(500_000), Some(idr(500_000)), false), (idr(0), None, false)]
    {
        let mut ports = Ports::new();
        ports.low_deposit = low;
        deposit(&mut ports, balance);
        if called {
            is_called_about(&mut ports, "iak", "less than");
        }
        let engine = ports.engine();
        engine.read_balances().await.unwrap();
        let shown = engine.balance_metrics();
        assert_eq!(shown[0].name, "seberang_supplier_balance");
        assert_eq!(shown[0].labels, [("supplier", "iak".to_owned()), ("currency", "IDR".to_owned())]);
        assert_eq!(shown[0].value, u64::try_from(balance.minor() / 100).unwrap());
    }
}

#[tokio::test]
async fn a_deposit_that_cannot_be_read_shows_nothing_and_calls_nobody() {
    let mut ports = Ports::new();
    ports.supplier().expect_balance().returning(|_| Err(ReadFailed::Unavailable("no reply".into())));
    let engine = ports.engine();
    assert_eq!(engine.read_balances().await, Ok(()));
    assert!(engine.balance_metrics().is_empty());
}

fn many(n: usize) -> Vec<ports::supplier::Listing> {
    let lines = (0..n).map(|n| {
        let mut line = listing("iak", &format!("c{n}"), 10_000);
        line.product.id = format!("pulsa-{n:03}").parse().unwrap();
        line.offer.product = line.product.id.clone();
        line
    });
    lines.collect()
}

/// Cut short on its way, or true: only a person knows.
#[tokio::test]
async fn a_list_that_lacks_most_of_what_was_sold_is_refused_unless_a_person_asked_for_it() {
    for (known, left, shrunk, taken) in [
        (100, 49, Shrunk::Refused, 0),
        (100, 49, Shrunk::Taken, 1),
        (100, 50, Shrunk::Refused, 1),
        (20, 1, Shrunk::Refused, 1),
        (0, 60, Shrunk::Refused, 1),
    ] {
        let mut ports = Ports::new();
        ports.catalogue.expect_sold_by().returning(move |_| {
            let sold = many(known).into_iter();
            Ok(sold.map(|line| line.product.id).collect())
        });
        ports.supplier().expect_price_list().returning(move |_| Ok(many(left)));
        ports.catalogue.expect_put_list().times(taken).returning(|_, _, _| Ok(()));
        let raised = ports.upkeep.expect_raise().times(1 - taken);
        raised.withf(|alert, _| alert.kind == AlertKind::PriceListStale).returning(|_, _| Ok(()));
        assert_eq!(ports.engine().read_all(shrunk).await, Ok(taken), "{left} of {known}");
    }
}

#[tokio::test]
async fn only_lists_that_nobody_ever_took_are_read_first() {
    let mut ports = with(&["aa", "bb"]);
    ports.catalogue.expect_lists_taken().returning(|| Ok(vec![("aa".parse().unwrap(), noon())]));
    ports.catalogue.expect_sold_by().returning(|_| Ok(BTreeSet::new()));
    ports.suppliers[1].expect_price_list().times(1).returning(|_| Ok(vec![listing("bb", "x1", 10_000)]));
    let put = ports.catalogue.expect_put_list().times(1);
    put.withf(|id, _, _| id.as_str() == "bb").returning(|_, _, _| Ok(()));
    let engine = ports.engine();
    let missing = engine.lists_never_read().await.unwrap();
    assert_eq!(engine.read_lists(missing.iter(), Shrunk::Refused).await, Ok(1));
}

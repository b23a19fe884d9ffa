//! Suppliers nothing can be bought from at the moment: passed over while another one can serve, waited for while none can, and
//! given up when it takes too long.

use chrono::{TimeDelta, Timelike};
use domain::catalogue::Offer;
use domain::fulfilment::{Cause, Next, Shut, SupplierView, choose};
use domain::order::ItemResolution;
use domain::schedule::{SUPPLY_PATIENCE, SUPPLY_SPACING};
use domain::supply::DailyWindow;

use crate::story::{PULSA, Story, failed, idr, refused, unclear};

fn offer(supplier: &str, cost: i64) -> Offer {
    let (product, supplier) = ("pulsa-10000".parse().unwrap(), supplier.parse().unwrap());
    Offer { product, supplier, code: "p".into(), cost: idr(cost), active: true, closed: None }
}

fn view(rank: u16, supplier: &str, shut: Option<Shut>) -> SupplierView {
    SupplierView { supplier: supplier.parse().unwrap(), rank, shut, too_dear: None, opened: None }
}

fn next(s: &Story, offers: &[Offer], views: &[SupplierView]) -> Next {
    choose(&s.order, &s.order.items[0], offers, views, s.now)
}

fn tries(next: Next) -> (String, String) {
    match next {
        Next::Try(choice) => (choice.offer.supplier.to_string(), choice.reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn at_one_price_the_order_of_the_settings_decides_not_the_alphabet() {
    let s = Story::bought(&[PULSA]);
    let offers = [offer("alpha", PULSA), offer("zeta", PULSA)];
    let zeta_first = [view(1, "alpha", None), view(0, "zeta", None)];
    assert_eq!(tries(next(&s, &offers, &zeta_first)).0, "zeta");
    let cheaper = [offer("alpha", PULSA - 1), offer("zeta", PULSA)];
    assert_eq!(tries(next(&s, &cheaper, &zeta_first)).0, "alpha", "the price comes first");
}

/// While a supplier is added some processes have it and others do not, and any of them may work on what was sold.
#[test]
fn an_offer_of_a_supplier_that_this_process_does_not_have_is_left_to_one_that_has_it() {
    let mut s = Story::bought(&[PULSA]);
    let offers = [offer("gone", PULSA - 50), offer("iak", PULSA)];
    assert_eq!(tries(next(&s, &offers, &[view(0, "iak", None)])).0, "iak");
    let (_, reason) = tries(next(&s, &offers, &[view(0, "iak", None)]));
    assert!(reason.contains("unknown to the process"), "{reason}");
    assert_eq!(next(&s, &offers, &[]), Next::Wait(s.now + SUPPLY_SPACING), "its money does not go back at once");
    let closed = Offer { closed: "00:00-23:59".parse().ok(), ..offers[0].clone() };
    assert_eq!(next(&s, &[closed], &[]), Next::Wait(s.now + SUPPLY_SPACING), "nor is it waited for all day");
    let off = Offer { active: false, ..offers[0].clone() };
    assert_eq!(next(&s, &[off], &[]), Next::Exhausted);
    s.now += SUPPLY_PATIENCE;
    assert_eq!(next(&s, &offers, &[]), Next::Exhausted, "nobody has it");
}

#[test]
fn who_is_shut_is_passed_over_and_the_reason_says_why() {
    let s = Story::bought(&[PULSA]);
    let offers = [offer("iak", PULSA), offer("second", PULSA + 10)];
    let later = s.now + TimeDelta::minutes(5);
    for (shut, word) in [
        (Shut::Closed(later), "closed at this hour"),
        (Shut::Broken(later), "in trouble"),
        (Shut::Held, "our account there is held"),
        (Shut::Off, "switched off by hand"),
        (Shut::Full, "busy with others"),
    ] {
        let (supplier, reason) = tries(next(&s, &offers, &[view(0, "iak", Some(shut)), view(1, "second", None)]));
        assert_eq!(supplier, "second");
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn a_reason_names_three_others_at_most() {
    let s = Story::bought(&[PULSA]);
    let names = ["a", "b", "c", "d", "e", "f"].map(|name| format!("supplier-{name}"));
    let offers: Vec<Offer> = (0..).zip(&names).map(|(n, name)| offer(name, PULSA + n)).collect();
    let views: Vec<SupplierView> = (0..).zip(&names).map(|(rank, name)| view(rank, name, None)).collect();
    let (_, reason) = tries(next(&s, &offers, &views));
    assert_eq!(reason.matches("no cheaper").count(), 3, "{reason}");
}

#[test]
fn while_nobody_can_serve_it_is_waited_for_three_quarters_of_an_hour() {
    let mut s = Story::bought(&[PULSA]);
    let (offers, begun) = ([offer("iak", PULSA)], s.now);
    for shut in [Shut::Held, Shut::Off, Shut::Full] {
        assert_eq!(next(&s, &offers, &[view(0, "iak", Some(shut))]), Next::Wait(s.now + SUPPLY_SPACING));
    }
    let broken = |until| [view(0, "iak", Some(Shut::Broken(until)))];
    let soon = s.now + TimeDelta::seconds(15);
    assert_eq!(next(&s, &offers, &broken(soon)), Next::Wait(soon), "no longer than it takes");
    assert_eq!(
        next(&s, &offers, &broken(s.now + TimeDelta::minutes(5))),
        Next::Wait(s.now + SUPPLY_SPACING),
        "another process may find it well again"
    );
    s.now = begun + SUPPLY_PATIENCE;
    for shut in [Shut::Held, Shut::Full, Shut::Broken(s.now + TimeDelta::seconds(15))] {
        assert_eq!(next(&s, &offers, &[view(0, "iak", Some(shut))]), Next::Exhausted, "{shut:?}");
    }
}

/// One large order that our deposit did not suffice for takes no supplier from the small ones.
#[test]
fn where_the_deposit_did_not_suffice_only_what_costs_as_much_is_held() {
    let s = Story::bought(&[PULSA]);
    let short_of = |cost| [SupplierView { too_dear: Some(idr(cost)), ..view(0, "iak", None) }];
    let offers = [offer("iak", PULSA)];
    assert_eq!(tries(next(&s, &offers, &short_of(PULSA + 1))).0, "iak");
    for refused in [PULSA, PULSA - 1] {
        assert_eq!(next(&s, &offers, &short_of(refused)), Next::Wait(s.now + SUPPLY_SPACING), "{refused}");
    }
    let dollars = Some(domain::Money::from_minor(1, domain::Currency::Twd));
    assert_eq!(
        next(&s, &offers, &[SupplierView { too_dear: dollars, ..view(0, "iak", None) }]),
        Next::Wait(s.now + SUPPLY_SPACING),
        "what cannot be compared is not tried"
    );
    let closed = view(0, "iak", Some(Shut::Closed(s.now + TimeDelta::hours(3))));
    let both = [SupplierView { too_dear: Some(idr(1)), ..closed }];
    assert_eq!(next(&s, &offers, &both), Next::Wait(s.now + TimeDelta::hours(3)), "its hours end for certain");
}

#[test]
fn patience_begins_anew_with_every_attempt() {
    let mut s = Story::bought(&[PULSA]);
    s.minutes(40);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Busy));
    s.minutes(40);
    let held = [view(0, "iak", Some(Shut::Held))];
    assert_eq!(next(&s, &[offer("iak", PULSA)], &held), Next::Wait(s.now + SUPPLY_SPACING));
}

/// An attempt that was unclear for long must not leave the next supplier without patience.
#[test]
fn patience_begins_when_an_attempt_is_over_not_when_it_began() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, unclear());
    s.minutes(49);
    s.answer(&first, failed(Cause::Supplier));
    let over = s.now;
    let offers = [offer("iak", PULSA), offer("second", PULSA + 10)];
    let views = |until| [view(0, "iak", None), view(1, "second", Some(Shut::Broken(until)))];
    let soon = s.now + TimeDelta::seconds(15);
    assert_eq!(next(&s, &offers, &views(soon)), Next::Wait(soon));
    s.now = over + SUPPLY_PATIENCE;
    assert_eq!(next(&s, &offers, &views(s.now + TimeDelta::seconds(15))), Next::Exhausted);
}

#[test]
fn patience_begins_anew_when_a_person_says_try_again() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Repeat));
    s.is("paid", "review", "");
    s.wait(TimeDelta::days(1));
    s.resolve_item(0, ItemResolution::Retry);
    let held = [view(1, "second", Some(Shut::Held))];
    assert_eq!(next(&s, &[offer("second", PULSA)], &held), Next::Wait(s.now + SUPPLY_SPACING));
}

/// Everything that waited for the hours to end would else fail in the second they end.
#[test]
fn patience_begins_anew_when_the_hours_of_a_supplier_end() {
    let mut s = Story::bought(&[PULSA]);
    let closed = Offer { closed: Some(hours(&s, 30, 100)), ..offer("iak", PULSA) };
    s.minutes(30);
    let Next::Wait(opened) = next(&s, std::slice::from_ref(&closed), &[view(0, "iak", None)]) else { panic!() };
    assert!(opened > s.now + SUPPLY_PATIENCE, "or the test proves nothing");
    s.now = opened;
    let soon = opened + TimeDelta::seconds(5);
    let broken = view(0, "iak", Some(Shut::Broken(soon)));
    assert_eq!(next(&s, std::slice::from_ref(&closed), std::slice::from_ref(&broken)), Next::Wait(soon));
    // The same where the hours are the supplier's, not the offer's.
    let whole_supplier = SupplierView { opened: Some(opened), ..broken };
    assert_eq!(next(&s, &[offer("iak", PULSA)], std::slice::from_ref(&whole_supplier)), Next::Wait(soon));
    s.now = opened + SUPPLY_PATIENCE;
    let held = SupplierView { shut: Some(Shut::Held), ..whole_supplier };
    assert_eq!(next(&s, &[closed], &[held]), Next::Exhausted);
}

/// Daily, from and until so many minutes from now.
fn hours(s: &Story, from: u32, until: u32) -> DailyWindow {
    let jakarta = s.now + TimeDelta::hours(7);
    let minute = |n: u32| u16::try_from((jakarta.hour() * 60 + jakarta.minute() + n) % (24 * 60)).unwrap();
    DailyWindow::of_minutes(minute(from), minute(until)).unwrap()
}

#[test]
fn the_hours_of_a_supplier_are_waited_for_to_their_end() {
    let mut s = Story::bought(&[PULSA]);
    s.wait(TimeDelta::hours(2));
    // Until an hour from now by the clock of Jakarta.
    let hours = hours(&s, 23 * 60, 60);
    let until = hours.closed_until(s.now).unwrap();
    assert!(until > s.now + SUPPLY_PATIENCE, "or the test proves nothing");
    let closed = Offer { closed: Some(hours), ..offer("iak", PULSA) };
    let open = [view(0, "iak", None), view(1, "second", None)];
    assert_eq!(next(&s, std::slice::from_ref(&closed), &open), Next::Wait(until));
    let whole_supplier = [view(0, "iak", Some(Shut::Closed(until)))];
    assert_eq!(next(&s, &[offer("iak", PULSA)], &whole_supplier), Next::Wait(until));
    let other = offer("second", PULSA + 10);
    assert_eq!(tries(next(&s, &[closed, other], &open)).0, "second", "nobody waits whom another can serve");
}

#[test]
fn a_supplier_that_is_shut_does_not_hold_up_an_end_that_is_certain() {
    let mut s = Story::bought(&[PULSA]);
    let first = s.reserve(0, "iak");
    s.answer(&first, refused(Cause::Supplier));
    let held = [view(0, "iak", Some(Shut::Held))];
    assert_eq!(next(&s, &[offer("iak", PULSA)], &held), Next::Exhausted, "it was tried there");
}

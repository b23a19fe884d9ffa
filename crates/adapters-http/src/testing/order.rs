//! An order with a past.

use chrono::TimeDelta;
use domain::catalogue::{Category, Product};
use domain::fulfilment::{Answer, NewAttempt, StatusTrust};
use domain::order::{NewItem, place};
use domain::payment::{Evidence, NewCheckout, PaidReport};
use domain::pricing::{FxRate, MarginRule, PriceBook, price};
use domain::*;

use super::{CUSTOMER, noon};

pub const TARGET: &str = "081234567890";
pub const SERIAL: &str = "1234-5678-9012-3456-7890/PT X/R1 /000001300/13.8";

/// A paid order of two items: one delivered with its token, one that the supplier finally failed.
pub fn order() -> Order {
    let idr = |units| Money::from_units(units, Currency::Idr).unwrap();
    let twd = |minor| Money::from_minor(minor, Currency::Twd);
    let book = PriceBook {
        fx: FxRate {
            id: "fx-1".into(),
            source: "manual".into(),
            base: Currency::Idr,
            quote: Currency::Twd,
            rate: "0.002".parse().unwrap(),
            as_of: noon(),
            fetched_at: noon(),
        },
        buffer_percent: "1".parse().unwrap(),
        margin: MarginRule { id: "m-1".into(), percent: "5".parse().unwrap(), fixed: twd(0), minimum: twd(500) },
        charge_unit: 100,
        max_rate_age: TimeDelta::days(1),
    };
    let terms = price(&[idr(20_150), idr(10_400)], &book, None, noon()).unwrap();
    let item = |id: &str, category, target| NewItem {
        product: Product { id: id.parse().unwrap(), category, brand: "Brand".into(), name: format!("Name of {id}") },
        target: Private::new(target),
        bill: None,
    };
    let items =
        vec![item("pln-20000", Category::PlnToken, "12345678901"), item("pulsa-10000", Category::Airtime, TARGET)];
    let id = "0199aa00-0000-7000-8000-00000000000a".parse().unwrap();
    let mut order = place(id, CUSTOMER.parse().unwrap(), items, terms, noon()).order;

    let account: Account = "3002607".parse().unwrap();
    let gateway: GatewayId = "ecpay".parse().unwrap();
    let paid_by: Reference = "AAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    happen(
        &mut order,
        What::CheckoutOpened(NewCheckout {
            payment: PaymentNo(0),
            reference: paid_by.clone(),
            gateway: gateway.clone(),
            account: account.clone(),
            method: "credit".into(),
            code_life: None,
            lag: TimeDelta::minutes(5),
        }),
    );
    let amount = order.terms.total;
    happen(
        &mut order,
        What::Paid(PaidReport {
            gateway,
            account: account.clone(),
            reference: paid_by,
            transaction: "2611211200001".into(),
            amount,
            fee: None,
            simulated: false,
            evidence: Evidence::Query,
        }),
    );
    let delivered = Answer::Delivered {
        serial: Some(Private::new(SERIAL)),
        price: Some(idr(20_150)),
        supplier_ref: Some("771".into()),
    };
    let failed = Answer::Failed { cause: domain::fulfilment::Cause::Customer, code: "14".into() };
    for (no, reference, answer) in [(0, "BBBBBBBBBBBBBBBBBBBB", delivered), (1, "CCCCCCCCCCCCCCCCCCCC", failed)] {
        let reference: Reference = reference.parse().unwrap();
        let cost = order.items[usize::from(no)].cost;
        happen(
            &mut order,
            What::AttemptReserved(NewAttempt {
                item: ItemNo(no),
                supplier: "iak".parse().unwrap(),
                account: account.clone(),
                reference: reference.clone(),
                code: "hcode".into(),
                cost,
                reason: "iak: cheapest that may be tried".into(),
                settle: domain::schedule::REFUND_SETTLE,
            }),
        );
        let trust = StatusTrust { absence: true, game_codes: true, request_timeout: TimeDelta::seconds(30) };
        happen(&mut order, What::Answered { reference, answer, trust, asked_at: noon() });
    }
    order
}

fn happen(order: &mut Order, what: What) {
    let event = Event { what, actor: Actor::Engine };
    match decide(order, &event, noon()) {
        Decision::Applied(applied) => *order = applied.after,
        other => panic!("{}: {other:?}", event.what.name()),
    }
}

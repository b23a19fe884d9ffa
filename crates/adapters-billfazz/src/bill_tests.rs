//! Stories of what is owed: whole bills, errors, and everything that is no bill.

use domain::fulfilment::Cause;
use ports::bill::NotOwed;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn query() -> BillQuery {
    BillQuery {
        reference: "AAAAAAAAAAAAAAAAAAA2".parse().unwrap(),
        code: "PLNPASCA".to_owned(),
        target: Private::new("530000000002"),
        category: Category::PlnBill,
        months: None,
    }
}

/// Two months of electricity, the older one with a penalty.
fn reply() -> Value {
    json!({
        "inquiryId": "inq-1", "productCode": "PLNPASCA", "destinationNo": "530000000002", "customerName": "BUDI SANTOSO",
        "period": "202609,202610", "billAmount": 300_000, "adminFee": 5_000, "penalty": 7_500, "totalAmount": 312_500,
        "bills": [
            {"period": "202609", "amount": 140_000, "penalty": 7_500, "admin": 2_500},
            {"period": 202_610, "amount": "160.000", "penalty": null, "admin": 2_500},
        ],
        "expiresAt": "2026-11-22T15:30:00+07:00",
    })
}

fn with(changes: &Value) -> Value {
    let mut body = reply();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn ask(body: &Value) -> BillAnswer {
    read(&query(), 200, body.to_string().as_bytes())
}

fn rupiah(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn assert_unclear(answer: &BillAnswer, why: &str) {
    assert!(matches!(answer, BillAnswer::Unclear { .. }), "{why}: {answer:?}");
}

#[test]
fn a_bill_is_told_whole() {
    let line = |period: &str, amount, penalty| BillLine {
        period: period.to_owned(),
        amount: rupiah(amount),
        penalty: rupiah(penalty),
    };
    let owed = Owed {
        bill: Bill {
            holder: Private::new("BUDI SANTOSO"),
            lines: vec![line("202609", 140_000, 7_500), line("202610", 160_000, 0)],
            debt: rupiah(307_500),
            admin: rupiah(5_000),
            count: 2,
            remaining: None,
            months: None,
        },
        cost: rupiah(312_500),
        handle: BillHandle("inq-1".to_owned()),
        until: "2026-11-22T08:30:00Z".parse().unwrap(),
        fresh: true,
    };
    for body in [reply(), json!({ "data": reply() }), json!({ "data": [reply()] })] {
        for http in [200, 201] {
            assert_eq!(read(&query(), http, body.to_string().as_bytes()), BillAnswer::Owed(owed.clone()));
        }
    }
}

#[test]
fn a_number_that_lost_its_zeros_is_the_same_number() {
    let short = BillQuery { target: Private::new("0010202001"), ..query() };
    let body = with(&json!({"destinationNo": 10_202_001}));
    assert!(matches!(read(&short, 200, body.to_string().as_bytes()), BillAnswer::Owed(_)));
}

#[test]
fn months_are_for_health_insurance() {
    let of = |category, chosen| months(&BillQuery { category, months: chosen, ..query() });
    assert_eq!(of(Category::Bpjs, Some(3)), Some(3));
    assert_eq!(of(Category::Bpjs, None), None);
    assert_eq!(of(Category::PlnBill, Some(3)), None);

    let asked = BillQuery { category: Category::Bpjs, months: Some(2), ..query() };
    let BillAnswer::Owed(owed) = read(&asked, 200, reply().to_string().as_bytes()) else { panic!("owed") };
    assert_eq!(owed.bill.months, Some(2));
}

#[test]
fn three_kinds_of_bills_are_paid_here() {
    for category in [Category::PlnBill, Category::Bpjs, Category::Pdam] {
        assert!(pays(category));
    }
    for category in [Category::Internet, Category::PlnToken, Category::Airtime, Category::Data, Category::EMoney] {
        assert!(!pays(category), "{category:?}");
    }
}

#[test]
fn amounts_that_do_not_add_up_are_no_bill() {
    for changes in [
        json!({"totalAmount": 312_501}),
        json!({"totalAmount": 307_500}),
        json!({"adminFee": 0}),
        json!({"adminFee": null}),
        json!({"penalty": null}),
        json!({"penalty": 7_501}),
        json!({"billAmount": 299_999, "totalAmount": 312_499}),
        json!({"bills": [{"period": "202609", "amount": 300_000, "penalty": 0}]}),
        json!({"bills": [{"period": "202609", "amount": 150_000, "penalty": 7_500}]}),
        json!({"bills": [["202609", 300_000, 7_500]]}),
        json!({"bills": []}),
        json!({"bills": null}),
        json!({"billAmount": 0, "penalty": 0, "adminFee": 0, "totalAmount": 0, "bills": [{"period": "x", "amount": 0}]}),
        json!({"billAmount": -300_000}),
        json!({"billAmount": 300_000.5}),
        json!({"billAmount": "300,000"}),
        json!({"totalAmount": i64::MAX}),
    ] {
        assert_unclear(&ask(&with(&changes)), &changes.to_string());
    }
    let none = with(&json!({
        "adminFee": null, "penalty": null, "totalAmount": 300_000,
        "bills": [{"period": "202609", "amount": 300_000}],
    }));
    let BillAnswer::Owed(owed) = ask(&none) else { panic!("no fee and no penalty") };
    assert_eq!((owed.cost, owed.bill.admin), (rupiah(300_000), rupiah(0)));
}

#[test]
fn a_bill_of_somebody_else_or_without_a_way_to_pay_it_is_none() {
    for changes in [
        json!({"destinationNo": "530000000003"}),
        json!({"destinationNo": null}),
        json!({"destinationNo": ""}),
        json!({"productCode": "PLN"}),
        json!({"productCode": null}),
        json!({"inquiryId": ""}),
        json!({"inquiryId": null}),
        json!({"inquiryId": "x".repeat(129)}),
        json!({"inquiryId": "a\nb"}),
        json!({"customerName": " "}),
        json!({"customerName": "x".repeat(101)}),
        json!({"expiresAt": "soon"}),
        json!({"expiresAt": "2026-11-22 15:30:00"}),
        json!({"expiresAt": 1_790_000_000}),
        json!({"expiresAt": null}),
    ] {
        assert_unclear(&ask(&with(&changes)), &changes.to_string());
    }
}

#[test]
fn errors_say_why_nothing_can_be_paid_or_that_nobody_knows() {
    let told = |http, code: &str| read(&query(), http, json!({"code": code, "message": "no"}).to_string().as_bytes());
    assert_eq!(told(422, "BILL_ALREADY_PAID"), BillAnswer::NotOwed(NotOwed::Paid));
    assert_eq!(told(404, "BILL_NOT_FOUND"), BillAnswer::NotOwed(NotOwed::UnknownTarget));
    assert_eq!(told(422, "INVALID_DESTINATION"), BillAnswer::NotOwed(NotOwed::UnknownTarget));
    let refused = |cause, code: &str| BillAnswer::Refused { cause, code: code.to_owned() };
    assert_eq!(told(503, "CUTOFF"), refused(Cause::Closed, "CUTOFF"));
    assert_eq!(told(402, "INSUFFICIENT_DEPOSIT"), refused(Cause::Deposit, "INSUFFICIENT_DEPOSIT"));
    for (http, code) in [(404, "BILL_ALREADY_PAID"), (200, "BILL_ALREADY_PAID"), (500, "INTERNAL"), (422, "NEW")] {
        assert_unclear(&told(http, code), code);
    }
    for (http, body) in [(404, "<html>Not Found</html>"), (422, ""), (503, "<html></html>"), (307, ""), (202, "{}")] {
        assert_unclear(&read(&query(), http, body.as_bytes()), body);
    }
}

#[test]
fn no_answer_prints_a_name_or_a_number() {
    for body in [reply(), with(&json!({"productCode": "530000000002"})), json!({"code": "530000000002"})] {
        for http in [200, 422] {
            let printed = format!("{:?}", read(&query(), http, body.to_string().as_bytes()));
            assert!(!printed.contains("BUDI") && !printed.contains("530000000002"), "{printed}");
        }
    }
}

/// A bill that lost what it rests on is no bill; what it does not rest on makes no difference.
#[test]
fn a_bill_that_lost_a_field_is_unclear_or_the_same() {
    let whole = ask(&reply());
    let names: Vec<String> = reply().as_object().unwrap().keys().cloned().collect();
    for name in names {
        let own = reply()[&name].clone();
        let mut gone = reply();
        gone.as_object_mut().unwrap().remove(&name);
        let mut renamed = gone.clone();
        renamed[format!("{name}_")] = own.clone();
        let others = [json!([own]), json!({"x": own}), json!(true), json!(1.5), json!("x"), json!(7), Value::Null];
        let retyped = others.into_iter().map(|other| with(&json!({ &name: other })));
        for body in [gone, renamed].into_iter().chain(retyped) {
            match ask(&body) {
                BillAnswer::Unclear { .. } => {}
                // A name or an id may be any text.
                BillAnswer::Owed(_) if ["customerName", "inquiryId", "period"].contains(&name.as_str()) => {
                    assert!(name == "period" || !body[&name].is_null(), "{body}");
                }
                other => panic!("{name}: {other:?} instead of {whole:?}"),
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_unclear(http in any::<u16>(), body in any::<Vec<u8>>()) {
        let unclear = matches!(read(&query(), http, &body), BillAnswer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_bill_that_is_owed_adds_up(
        lines in prop::collection::vec((0..1_000_000_i64, 0..10_000_i64), 1..8), admin in 0..10_000_i64, wrong in -1..2_i64
    ) {
        let bills: Vec<Value> = lines.iter().map(|(amount, penalty)| json!({"period": "x", "amount": amount, "penalty": penalty})).collect();
        let billed: i64 = lines.iter().map(|(amount, _)| amount).sum();
        let penalty: i64 = lines.iter().map(|(_, penalty)| penalty).sum();
        let body = with(&json!({
            "bills": bills, "billAmount": billed, "penalty": penalty, "adminFee": admin,
            "totalAmount": (billed + penalty + admin + wrong).max(0),
        }));
        match ask(&body) {
            BillAnswer::Owed(owed) => {
                prop_assert_eq!(wrong, 0);
                prop_assert_eq!(owed.cost, rupiah(billed + penalty + admin));
                prop_assert_eq!(owed.bill.debt, rupiah(billed + penalty));
                prop_assert_eq!(usize::from(owed.bill.count), lines.len());
            }
            _ => prop_assert!(wrong != 0 || billed + penalty == 0),
        }
    }
}

//! Stories of inquiries.

use domain::Reference;
use domain::catalogue::Category;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const OURS: &str = "AAAAAAAAAAAAAAAAAAA2";

fn electricity() -> Value {
    json!({ "data": {
        "ref_id": OURS, "customer_no": "530000000002", "customer_name": "BUDI SANTOSO", "buyer_sku_code": "pln", "admin": 6_000,
        "message": "Transaksi Sukses", "status": "Sukses", "rc": "00", "sn": "", "buyer_last_saldo": 1, "price": 305_000,
        "selling_price": 308_000,
        "desc": { "tarif": "R1", "daya": 1_300, "lembar_tagihan": "2", "lembar_tagihan_sisa": 5, "detail": [
            { "periode": "202609", "nilai_tagihan": "100.000", "admin": "3000", "denda": "2000" },
            { "periode": "202610", "nilai_tagihan": 200_000, "admin": 3_000, "denda": 0 },
        ] },
    } })
}

fn asked(category: Category, http: u16, reply: &Value) -> BillAnswer {
    asked_for(None, category, http, reply)
}

fn asked_for(months: Option<u8>, category: Category, http: u16, reply: &Value) -> BillAnswer {
    let reference: Reference = OURS.parse().unwrap();
    let about = About { reference: &reference, code: Some("pln"), category: Some(category) };
    read(&about, months, http, reply.to_string().as_bytes(), "2026-11-20T05:00:00.5Z".parse().unwrap())
}

fn owed(reply: &Value) -> Owed {
    match asked(Category::PlnBill, 200, reply) {
        BillAnswer::Owed(owed) => owed,
        other => panic!("{other:?}"),
    }
}

fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

#[test]
fn several_bills_are_told_line_by_line_with_what_is_left() {
    let Owed { bill, cost, handle, until, fresh } = owed(&electricity());
    assert_eq!(
        (bill.holder.expose(), bill.debt, bill.admin, cost),
        ("BUDI SANTOSO", idr(302_000), idr(6_000), idr(305_000))
    );
    assert_eq!((bill.count, bill.remaining, bill.months), (2, Some(5), None));
    let lines: Vec<_> = bill.lines.iter().map(|line| (line.period.as_str(), line.amount, line.penalty)).collect();
    assert_eq!(lines, [("202609", idr(100_000), idr(2_000)), ("202610", idr(200_000), idr(0))]);
    assert_eq!((handle.0.as_str(), until), ("", "2026-11-20T17:00:00Z".parse().unwrap()), "midnight in Jakarta");
    assert!(fresh);
}

#[test]
fn health_insurance_names_months_and_no_amounts() {
    let mut reply = electricity();
    reply["data"]["desc"] =
        json!({ "jumlah_peserta": "1", "lembar_tagihan": 1, "alamat": "X", "detail": [{ "periode": "01" }] });
    let BillAnswer::Owed(Owed { bill, .. }) = asked_for(Some(1), Category::Bpjs, 200, &reply) else {
        panic!("{reply}")
    };
    assert_eq!((bill.lines[0].amount, bill.count, bill.months), (idr(302_000), 1, Some(1)));
    reply["data"]["desc"] = json!({ "lembar_tagihan": 2, "detail": [{ "periode": "01" }, { "periode": "02" }] });
    assert!(owed(&reply).bill.lines.is_empty(), "only the sum is told");
    reply["data"].as_object_mut().unwrap().remove("desc");
    assert_eq!((owed(&reply).bill.count, owed(&reply).bill.lines.len()), (1, 0));
    assert_eq!(owed(&reply).bill.remaining, None, "it does not say");
}

/// It cannot be told how many months: it answers all that is owed.
#[test]
fn another_number_of_months_than_was_asked_for_is_no_answer() {
    let mut reply = electricity();
    let other = BillAnswer::Refused { cause: Cause::Supplier, code: "OTHER_MONTHS".to_owned() };
    assert_eq!(asked_for(Some(1), Category::Bpjs, 200, &reply), other, "two");
    assert!(matches!(asked_for(None, Category::Bpjs, 200, &reply), BillAnswer::Owed(_)), "nobody chose");
    reply["data"]["desc"] = json!({ "jumlah_peserta": 1 });
    assert_eq!(asked_for(Some(1), Category::Bpjs, 200, &reply), other, "it does not say how many");
    reply["data"]["desc"] = json!({ "detail": [{ "periode": "01" }] });
    assert!(matches!(asked_for(Some(1), Category::Bpjs, 200, &reply), BillAnswer::Owed(_)), "one");
}

#[test]
fn amounts_that_do_not_add_up_are_no_bill() {
    for (field, other) in [
        ("selling_price", json!(309_000)),
        ("selling_price", json!(6_000)),
        ("selling_price", json!("x")),
        ("admin", json!(-1)),
        ("price", json!(0)),
        ("price", json!(1.5)),
        ("customer_name", json!(" ")),
        ("customer_name", json!("A\nB")),
        ("desc", json!([1, 0, []])),
        ("desc", json!({ "detail": [["202609", 302_000, 0]] })),
    ] {
        let mut reply = electricity();
        reply["data"][field] = other.clone();
        assert!(matches!(asked(Category::PlnBill, 200, &reply), BillAnswer::Unclear { .. }), "{field} {other}");
    }
    for (field, other) in
        [("lembar_tagihan", json!(0)), ("lembar_tagihan", json!(1)), ("lembar_tagihan", json!("many"))]
    {
        let mut reply = electricity();
        reply["data"]["desc"][field] = other.clone();
        assert!(matches!(asked(Category::PlnBill, 200, &reply), BillAnswer::Unclear { .. }), "{field} {other}");
    }
}

#[test]
fn that_nothing_is_there_must_be_said_of_our_own_question() {
    let mut reply = electricity();
    reply["data"]["rc"] = json!("60");
    reply["data"]["status"] = json!("Gagal");
    assert_eq!(asked(Category::PlnBill, 200, &reply), BillAnswer::NotOwed(NotOwed::NotYet));
    for field in ["ref_id", "buyer_sku_code", "status"] {
        let mut less = reply.clone();
        less["data"].as_object_mut().unwrap().remove(field);
        assert!(matches!(asked(Category::PlnBill, 200, &less), BillAnswer::Unclear { .. }), "{field}");
    }
}

#[test]
fn months_are_not_for_the_customer_to_choose() {
    let query = |category, months| BillQuery {
        reference: OURS.parse().unwrap(),
        code: "bpjs".to_owned(),
        target: Private::new("8801234560001"),
        category,
        months,
    };
    assert!(can_ask(&query(Category::Bpjs, None)) && can_ask(&query(Category::Bpjs, Some(1))));
    assert!(!can_ask(&query(Category::Bpjs, Some(2))) && !can_ask(&query(Category::PlnToken, None)));
}

proptest! {
    #[test]
    fn any_bytes_are_unclear(http in 100_u16..600, body in any::<Vec<u8>>()) {
        let reference: Reference = OURS.parse().unwrap();
        let about = About { reference: &reference, code: Some("pln"), category: Some(Category::PlnBill) };
        let is_unclear = matches!(read(&about, None, http, &body, Moment::UNIX_EPOCH), BillAnswer::Unclear { .. });
        prop_assert!(is_unclear);
    }

    #[test]
    fn a_field_less_is_never_another_sum(field in prop::sample::select(vec!["ref_id", "rc", "status", "price", "selling_price", "customer_name"])) {
        let mut reply = electricity();
        reply["data"].as_object_mut().unwrap().remove(field);
        let is_unclear = matches!(asked(Category::PlnBill, 200, &reply), BillAnswer::Unclear { .. });
        prop_assert!(is_unclear, "{}", field);
    }
}

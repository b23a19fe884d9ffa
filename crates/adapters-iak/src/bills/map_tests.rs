//! Stories of bills with literal JSON (IAK docs, "postpaid"): what is owed, what became of a payment, and everything that says
//! nothing.

use domain::Currency;
use domain::fulfilment::{Answer, Cause};
use ports::bill::{BillAnswer, NotOwed};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

fn idr(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn noon() -> Moment {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

/// One bill of electricity, as in IAK's example.
fn pln(rc: &str) -> Value {
    json!({
        "tr_id": 9_900, "code": "PLNPOSTPAID", "hp": "530000000001", "tr_name": "BUDI SANTOSO", "period": "202610",
        "nominal": 300_000, "admin": 2_500, "ref_id": REFERENCE, "response_code": rc, "message": "INQUIRY SUCCESS",
        "price": 302_500, "selling_price": 301_900,
        "desc": {
            "tarif": "R1", "daya": 1_300, "lembar_tagihan": "1",
            "tagihan": { "detail": [{
                "periode": "202610", "nilai_tagihan": "297000", "admin": "2500", "denda": "3000", "total": 302_500,
                "meter_awal": "00080800", "meter_akhir": "00085200",
            }] },
        },
    })
}

fn with(mut data: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        data[name] = value.clone();
    }
    data
}

fn body(data: &Value) -> Vec<u8> {
    json!({ "data": data, "meta": [] }).to_string().into_bytes()
}

fn asked<T>(ask: impl FnOnce(About<'_>) -> T) -> T {
    let reference: Reference = REFERENCE.parse().unwrap();
    let number = Private::new("530000000001");
    ask(About { reference: &reference, code: "PLNPOSTPAID", number: &number, tr_id: None })
}

fn inquiry(data: &Value) -> BillAnswer {
    asked(|about| inquired(about, None, noon(), 200, &body(data)))
}

/// The same places in a list.
fn listed(data: &Value) -> Value {
    let fields = [
        "tr_id",
        "code",
        "hp",
        "tr_name",
        "period",
        "nominal",
        "admin",
        "ref_id",
        "response_code",
        "price",
        "selling_price",
        "status",
    ];
    fields.iter().map(|field| data[field].clone()).collect()
}

#[test]
fn a_list_is_no_bill_and_no_payment() {
    let list = listed(&with(pln("00"), json!({ "status": 1 })));
    assert!(matches!(inquiry(&list), BillAnswer::Unclear { .. }), "{:?}", inquiry(&list));
    assert!(matches!(payment(&list), Answer::Unclear { .. }), "{:?}", payment(&list));
}

fn payment(data: &Value) -> Answer {
    asked(|about| paid(About { tr_id: Some(9_900), ..about }, 200, &body(data)))
}

fn question(data: &Value) -> Answer {
    asked(|about| status(about, 200, &body(data)))
}

fn bill(data: &Value) -> Bill {
    match inquiry(data) {
        BillAnswer::Owed(owed) => owed.bill,
        other => panic!("{other:?}"),
    }
}

fn unclear(answer: &BillAnswer) -> bool {
    matches!(answer, BillAnswer::Unclear { .. })
}

#[test]
fn one_bill_is_owed_with_its_line_its_cost_and_the_day_it_can_be_paid() {
    let BillAnswer::Owed(owed) = inquiry(&pln("00")) else { panic!() };
    assert_eq!((owed.cost, owed.handle.0.as_str()), (idr(301_900), "9900"));
    assert_eq!(owed.until, "2026-11-22T17:00:00Z".parse::<Moment>().unwrap(), "the end of the day in Jakarta");
    let bill = owed.bill;
    assert_eq!((bill.holder.expose(), bill.debt, bill.admin), ("BUDI SANTOSO", idr(300_000), idr(2_500)));
    assert_eq!((bill.count, bill.remaining, bill.months), (1, None, None));
    let line = BillLine { period: "202610".into(), amount: idr(297_000), penalty: idr(3_000) };
    assert_eq!(bill.lines, [line]);
}

#[test]
fn of_eight_bills_four_are_payable_and_four_remain() {
    let detail: Vec<Value> = (1..=4)
        .map(|month| json!({"periode": format!("2026{month:02}"), "nilai_tagihan": 75_000, "admin": 2_500, "denda": 0}))
        .collect();
    let desc = json!({"lembar_tagihan": 4, "lembar_tagihan_sisa": "4", "tagihan": {"detail": detail}});
    let several = with(
        pln("00"),
        json!({"nominal": "300.000", "admin": 10_000, "price": "310000", "selling_price": 307_600, "desc": desc}),
    );
    let bill = bill(&several);
    assert_eq!((bill.count, bill.remaining, bill.lines.len()), (4, Some(4), 4));
}

#[test]
fn water_is_told_by_its_own_words_and_health_by_months() {
    let detail = json!([
        {"period": "AGT26", "bill_amount": "50000", "penalty": 5_000, "misc_amount": "2500", "stand": "1-2"},
        {"period": "SEP26", "bill_amount": 50_000},
    ]);
    let water = with(pln("00"), json!({"desc": {"bill_quantity": 2, "address": "JL X", "bill": {"detail": detail}}}));
    let told = bill(&water);
    assert_eq!((told.count, told.remaining), (2, None), "of water it does not say what is left");
    assert_eq!((told.lines[0].amount, told.lines[0].penalty), (idr(52_500), idr(5_000)));
    assert_eq!((told.lines[1].amount, told.lines[1].penalty), (idr(50_000), idr(0)));

    let health = with(pln("00"), json!({"desc": {"kode_cabang": "1", "sisa_pembayaran": 0, "jumlah_peserta": "2"}}));
    let answer = asked(|about| inquired(about, Some(3), noon(), 200, &body(&health)));
    let BillAnswer::Owed(owed) = answer else { panic!("{answer:?}") };
    assert_eq!((owed.bill.count, owed.bill.months), (3, Some(3)));
    assert_eq!(owed.bill.lines, [], "only the sum is told");
}

#[test]
fn half_a_list_of_lines_is_none_and_their_number_still_counts() {
    let detail = json!([{"periode": "202609", "nilai_tagihan": 1}, {"periode": "202610", "nilai_tagihan": 1.5}]);
    let told = bill(&with(pln("00"), json!({"desc": {"tagihan": {"detail": detail}}})));
    assert_eq!((told.count, told.lines.len()), (2, 0));
    let told = bill(&with(pln("00"), json!({"desc": null, "tr_name": null})));
    assert_eq!((told.count, told.holder.expose()), (1, ""));
}

#[test]
fn what_cannot_be_paid_is_told_apart_from_what_nobody_knows() {
    let refused = |rc| inquiry(&json!({"response_code": rc, "message": "x", "ref_id": REFERENCE}));
    assert_eq!(refused("01"), BillAnswer::NotOwed(NotOwed::Paid));
    assert_eq!(refused("14"), BillAnswer::NotOwed(NotOwed::UnknownTarget));
    assert_eq!(refused("109"), BillAnswer::Refused { cause: Cause::Closed, code: "109".into() });
    assert_eq!(refused("110"), BillAnswer::Refused { cause: Cause::Busy, code: "110".into() });
    assert!(unclear(&refused("103")) && unclear(&refused("11")) && unclear(&refused("999")));
    let nothing_named = json!({"response_code": "01", "tr_id": 0, "hp": "", "code": "", "ref_id": ""});
    assert_eq!(inquiry(&nothing_named), BillAnswer::NotOwed(NotOwed::Paid));
}

#[test]
fn an_inquiry_that_does_not_add_up_or_is_about_another_says_nothing() {
    for change in [
        json!({"nominal": 300_001}),
        json!({"nominal": 0, "price": 2_500}),
        json!({"nominal": null}),
        json!({"nominal": 300_000.5}),
        json!({"nominal": -300_000}),
        json!({"admin": null}),
        json!({"price": null}),
        json!({"selling_price": null}),
        json!({"selling_price": 0}),
        json!({"selling_price": "Rp 301.900,00"}),
        json!({"tr_id": null}),
        json!({"tr_id": 0}),
        json!({"tr_id": "99-00"}),
        json!({"tr_id": "1234567890123456789"}),
        json!({"ref_id": "BBBBBBBBBBBBBBBBBBB2"}),
        json!({"ref_id": null}),
        json!({"code": "BPJS"}),
        json!({"code": null}),
        json!({"hp": "530000000002"}),
        json!({"response_code": 0}),
        json!({"response_code": null}),
        json!({"desc": {"lembar_tagihan": "many"}}),
        json!({"desc": {"lembar_tagihan_sisa": -1}}),
        json!({"desc": {"tagihan": {"detail": vec![json!({}); 101]}}}),
    ] {
        let answer = inquiry(&with(pln("00"), change.clone()));
        assert!(unclear(&answer), "{change}: {answer:?}");
    }
}

#[test]
fn a_paid_bill_has_its_receipt_in_either_spelling() {
    for name in ["noref", "no_ref"] {
        let receipt = "0BNS21D8A9C24B4E8A1A0B3F6C7D8E9F";
        let mut whole = with(pln("00"), json!({"datetime": "20261122120000", "balance": 997_000}));
        whole[name] = json!(receipt);
        let Answer::Delivered { serial, price, supplier_ref } = payment(&whole) else { panic!() };
        assert_eq!(serial.unwrap().expose(), receipt);
        assert_eq!((price, supplier_ref.as_deref()), (Some(idr(301_900)), Some("9900")));
        whole["status"] = json!(1);
        assert!(matches!(question(&whole), Answer::Delivered { serial: Some(_), .. }));
    }
    assert!(matches!(payment(&pln("00")), Answer::Delivered { serial: None, .. }), "the receipt may come later");
}

#[test]
fn doubt_about_a_payment_is_asked_about_and_never_called_a_failure() {
    for rc in ["91", "92", "103", "105", "01", "34", "40", "42", "02", "09", "11", "999"] {
        assert!(matches!(payment(&pln(rc)), Answer::Unclear { .. }), "{rc}");
    }
    assert_eq!(payment(&pln("37")), Answer::Failed { cause: Cause::Supplier, code: "37".into() });
    assert!(matches!(payment(&pln("39")), Answer::Pending { .. }));
    let late = json!({"response_code": "04", "message": "x"});
    assert_eq!(payment(&late), Answer::Refused { cause: Cause::Closed, code: "04".into() });
    // Others may take so many arrears, or serve this number; nobody what is not out.
    for (rcs, cause, word) in [
        (&["30", "31", "32", "35", "36", "41"][..], Cause::Supplier, "bill_not_payable"),
        (&["08", "13", "14", "15", "16", "108"], Cause::Supplier, "target_rejected"),
        (&["10"], Cause::Customer, "bill_not_yet"),
    ] {
        for rc in rcs {
            let told = payment(&json!({ "response_code": rc }));
            assert_eq!(told, Answer::Refused { cause, code: word.into() }, "{rc}");
        }
    }
}

#[test]
fn a_payment_of_another_inquiry_or_with_a_contradicting_status_says_nothing() {
    for change in [
        json!({"tr_id": 9_901}),
        json!({"ref_id": "BBBBBBBBBBBBBBBBBBB2"}),
        json!({"ref_id": null}),
        json!({"code": "BPJS"}),
        json!({"hp": "530000000002"}),
        json!({"status": 2}),
        json!({"selling_price": 1.5}),
    ] {
        let answer = payment(&with(pln("00"), change.clone()));
        assert!(matches!(answer, Answer::Unclear { .. }), "{change}: {answer:?}");
    }
}

#[test]
fn a_question_needs_the_status_that_goes_with_its_code() {
    let asked = |rc, status: Value| question(&with(pln(rc), json!({"status": status})));
    assert!(matches!(asked("00", json!(1)), Answer::Delivered { .. }));
    assert!(matches!(asked("00", json!("1")), Answer::Delivered { .. }));
    assert!(matches!(asked("39", json!(3)), Answer::Pending { .. }));
    assert!(matches!(asked("37", json!(2)), Answer::Failed { .. }));
    assert_eq!(asked("42", json!(0)), Answer::NotFound);
    let bare =
        |reference: Value| question(&json!({"response_code": "42", "status": 0, "ref_id": reference, "code": ""}));
    assert_eq!(bare(json!(REFERENCE)), Answer::NotFound, "what was not paid need not be named");
    assert!(matches!(bare(json!("")), Answer::Unclear { .. }));
    for (rc, status) in [("00", json!(2)), ("00", json!(null)), ("39", json!(1)), ("37", json!(1)), ("42", json!(1))] {
        assert!(matches!(asked(rc, status.clone()), Answer::Unclear { .. }), "{rc} {status}");
    }
}

/// Both readings of a reference that IAK does not know [unsure].
#[test]
fn an_unknown_reference_is_not_found_in_either_way() {
    for bare in [json!({"response_code": "06"}), json!({"response_code": "06", "status": 2, "ref_id": REFERENCE})] {
        assert_eq!(question(&bare), Answer::NotFound, "{bare}");
    }
    let contradiction = json!({"response_code": "06", "status": 1});
    assert!(matches!(question(&contradiction), Answer::Unclear { .. }));
    let another = json!({"response_code": "06", "ref_id": "BBBBBBBBBBBBBBBBBBB2"});
    assert!(matches!(question(&another), Answer::Unclear { .. }));
}

#[test]
fn other_http_statuses_and_other_texts_say_nothing() {
    let whole = body(&pln("00"));
    for http in [201, 302, 400, 401, 404, 429, 500, 503] {
        asked(|about| {
            assert!(unclear(&inquired(about, None, noon(), http, &whole)), "{http}");
            assert!(matches!(paid(about, http, &whole), Answer::Unclear { .. }), "{http}");
            assert!(matches!(status(about, http, &whole), Answer::Unclear { .. }), "{http}");
        });
    }
    let half = &whole[..whole.len() / 2];
    for text in [b"".as_slice(), b"<html>", b"{}", b"{\"data\":[]}", b"{\"data\":null}", half] {
        asked(|about| {
            assert!(unclear(&inquired(about, None, noon(), 200, text)));
            assert!(matches!(paid(about, 200, text), Answer::Unclear { .. }));
        });
    }
}

/// Evidence of a delivery: how much a reply tells. A spoilt one must never tell more, and never be another outcome.
fn evidence(answer: &Answer) -> u8 {
    match answer {
        Answer::Delivered { serial, price, supplier_ref } => {
            2 + u8::from(serial.is_some()) + u8::from(price.is_some()) + u8::from(supplier_ref.is_some())
        }
        Answer::Pending { .. } | Answer::Unclear { .. } | Answer::NotFound => 1,
        Answer::Refused { .. } | Answer::Failed { .. } => 0,
    }
}

#[test]
fn a_field_removed_retyped_or_renamed_never_makes_a_delivery_of_something_else_or_a_refusal_of_a_delivery() {
    for rc in ["00", "39", "37", "42", "92"] {
        let status = json!({"00": 1, "39": 3, "37": 2, "42": 0, "92": 0})[rc].clone();
        let whole = with(pln(rc), json!({"noref": "0BNS21D8", "status": status}));
        let fields: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let mut spoilt = vec![whole.clone(), whole.clone()];
            let removed = spoilt[0].as_object_mut().unwrap().remove(&field).unwrap();
            spoilt[1].as_object_mut().unwrap().remove(&field);
            spoilt[1][format!("{field}_")] = removed;
            for other in [json!(null), json!(true), json!([]), json!({}), json!(""), json!(1.5), json!(77), json!("x")]
            {
                spoilt.push(with(whole.clone(), json!({ field.as_str(): other })));
            }
            for reply in spoilt {
                for (judged, honest) in [(payment(&reply), payment(&whole)), (question(&reply), question(&whole))] {
                    let same_kind = std::mem::discriminant(&judged) == std::mem::discriminant(&honest);
                    let unclear = matches!(judged, Answer::Unclear { .. });
                    assert!(same_kind || unclear, "{rc} {field}: {judged:?} of {reply}");
                    assert!(!same_kind || evidence(&judged) <= evidence(&honest), "{rc} {field}: {judged:?}");
                }
            }
        }
    }
}

#[test]
fn a_field_given_twice_makes_the_whole_unreadable() {
    let twice = br#"{"data":{"response_code":"00","response_code":"37"}}"#;
    asked(|about| assert!(matches!(paid(about, 200, twice), Answer::Unclear { .. })));
}

proptest! {
    #[test]
    fn any_bytes_are_no_bill_and_no_payment(bytes in any::<Vec<u8>>(), http in any::<u16>()) {
        asked(|about| {
            assert!(unclear(&inquired(about, None, noon(), http, &bytes)));
            assert!(matches!(paid(about, http, &bytes), Answer::Unclear { .. }));
            assert!(matches!(status(about, http, &bytes), Answer::Unclear { .. }));
        });
    }

    #[test]
    fn any_description_is_read_without_panic(text in "\\PC{0,30}", number in any::<i64>(), fraction in any::<f64>()) {
        for value in [json!(text), json!(number), json!(fraction), json!([text]), json!({"detail": [{"periode": text}]})] {
            for name in ["tagihan", "bill", "lembar_tagihan", "lembar_tagihan_sisa", "bill_quantity"] {
                let mut desc = json!({});
                desc[name] = value.clone();
                match inquiry(&with(pln("00"), json!({ "desc": desc }))) {
                    BillAnswer::Owed(owed) => prop_assert!(owed.bill.count >= 1 && owed.bill.debt == idr(300_000)),
                    BillAnswer::Unclear { .. } => {}
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}

//! Stories of what Redision answers and what we make of it, with literal JSON.

use domain::Currency;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const REFERENCE: &str = "AAAAAAAAAAAAAAAAAAA2";

/// As specified.
const PENDING: &str = r#"{"success":true,"retcode":"0000","message":"success","data":{"reference_id":"RD0000010001",
    "merchant_transaction_id":"AAAAAAAAAAAAAAAAAAA2","status_code":1001,"price":10350}}"#;
const DELIVERED: &str = r#"{"success":true,"retcode":"0000","message":"success","data":{"reference_id":"RD0000010001",
    "merchant_transaction_id":"AAAAAAAAAAAAAAAAAAA2","status_code":1000,"price":10350,"serial_number":"0123456789012",
    "reason":null}}"#;
const FAILED: &str = r#"{"success":true,"retcode":"0000","message":"success","data":{"reference_id":"RD0000010001",
    "merchant_transaction_id":"AAAAAAAAAAAAAAAAAAA2","status_code":1005,"price":10350,"serial_number":null,
    "reason":"operator"}}"#;

fn ask(asked: Asked, http: u16, body: &str) -> Answer {
    answer(asked, &REFERENCE.parse().unwrap(), http, body.as_bytes())
}

/// The delivered reply with some fields of the purchase changed; a null takes the field away.
fn with(changes: &Value) -> String {
    let mut body: Value = serde_json::from_str(DELIVERED).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        let data = body["data"].as_object_mut().unwrap();
        if value.is_null() {
            data.remove(name);
        } else {
            data.insert(name.clone(), value.clone());
        }
    }
    body.to_string()
}

fn refusal(retcode: &str, data: Value) -> String {
    json!({ "success": false, "retcode": retcode, "message": "no", "data": data }).to_string()
}

fn rupiah(units: i64) -> Money {
    Money::from_units(units, Currency::Idr).unwrap()
}

fn assert_unclear(answer: &Answer, why: &str) {
    assert!(matches!(answer, Answer::Unclear { .. }), "{why}: {answer:?}");
}

#[test]
fn what_is_accepted_is_pending_with_their_number_and_price() {
    let pending = Answer::Pending { supplier_ref: Some("RD0000010001".to_owned()), price: Some(rupiah(10_350)) };
    let paid_first = with(&json!({"status_code": "1003", "serial_number": null}));
    for asked in [Asked::TopUp, Asked::Check] {
        assert_eq!(ask(asked, 200, PENDING), pending);
        assert_eq!(ask(asked, 200, &paid_first), pending, "paid is not delivered");
    }
}

#[test]
fn a_delivery_is_told_with_its_serial_by_either_call() {
    let delivered = Answer::Delivered {
        serial: Some(Private::new("0123456789012")),
        price: Some(rupiah(10_350)),
        supplier_ref: Some("RD0000010001".to_owned()),
    };
    assert_eq!(ask(Asked::TopUp, 200, DELIVERED), delivered);
    assert_eq!(ask(Asked::Check, 200, DELIVERED), delivered);
    assert_eq!(ask(Asked::Check, 200, &with(&json!({"status_code": "1000"}))), delivered);
    for none in [json!(null), json!(""), json!("  "), json!("9".repeat(1_001))] {
        let late = ask(Asked::Check, 200, &with(&json!({ "serial_number": none })));
        assert!(matches!(late, Answer::Delivered { serial: None, .. }), "{late:?}");
    }
}

#[test]
fn a_failure_was_formed_and_keeps_its_code() {
    let failed = |cause, code: &str| Answer::Failed { cause, code: code.to_owned() };
    for asked in [Asked::TopUp, Asked::Check] {
        assert_eq!(ask(asked, 200, FAILED), failed(Cause::Supplier, "1005"));
    }
    let told = |code, status_code| {
        refusal(code, json!({"merchant_transaction_id": REFERENCE, "reference_id": "RD1", "status_code": status_code}))
    };
    assert_eq!(ask(Asked::Check, 200, &told("E0020", 1005)), failed(Cause::Customer, "E0020"));
    assert_eq!(ask(Asked::Check, 200, &told("E0011", 1005)), failed(Cause::Supplier, "E0011"));
    for status_code in [1000, 1001, 1003, 1004] {
        assert_unclear(&ask(Asked::Check, 200, &told("E0020", status_code)), "declined, and in another state");
    }
    assert_unclear(&ask(Asked::Check, 400, &refusal("E0020", Value::Null)), "declined, and nobody says what");
}

#[test]
fn a_refusal_speaks_of_nothing_that_was_formed() {
    let refused = |cause, code: &str| Answer::Refused { cause, code: code.to_owned() };
    for (http, code, cause) in [
        (400, "E0010", Cause::Customer),
        (400, "E0012", Cause::Price),
        (200, "E0015", Cause::Deposit),
        (401, "E0002", Cause::Account),
        (403, "E0003", Cause::Account),
        (400, "E0099", Cause::Busy),
    ] {
        for data in [Value::Null, json!([]), json!({}), json!({"merchant_transaction_id": REFERENCE})] {
            assert_eq!(ask(Asked::TopUp, http, &refusal(code, data)), refused(cause, code));
        }
        for data in [
            json!({"status_code": 1001}),
            json!({"reference_id": "RD0000010001"}),
            json!({"merchant_transaction_id": "AAAAAAAAAAAAAAAAAAA3"}),
            json!("no"),
            json!([1]),
        ] {
            assert_unclear(&ask(Asked::TopUp, http, &refusal(code, data)), code);
        }
    }
}

#[test]
fn a_used_reference_is_asked_about_and_an_unknown_one_is_an_answer_to_a_question_only() {
    for asked in [Asked::TopUp, Asked::Check] {
        for http in [200, 400] {
            assert_unclear(&ask(asked, http, &refusal("E0023", Value::Null)), "E0023");
        }
    }
    for http in [200, 400, 404] {
        assert_eq!(ask(Asked::Check, http, &refusal("E0030", Value::Null)), Answer::NotFound);
        assert_unclear(
            &ask(Asked::TopUp, http, &refusal("E0030", Value::Null)),
            "a purchase is not missing in its own reply",
        );
    }
    let formed = json!({"merchant_transaction_id": REFERENCE, "status_code": 1001});
    assert_unclear(&ask(Asked::Check, 400, &refusal("E0030", formed)), "not found, and pending");
}

#[test]
fn errors_upstream_are_unclear_in_every_dress() {
    for code in ["E0050", "E0051"] {
        for http in [200, 400, 500] {
            for asked in [Asked::TopUp, Asked::Check] {
                assert_unclear(&ask(asked, http, &refusal(code, Value::Null)), code);
            }
        }
    }
    for code in ["E0001", "E0011", "E0015", "E0030", "E0099"] {
        for http in [0, 202, 301, 307, 409, 429, 500, 502, 503, 504] {
            assert_unclear(&ask(Asked::TopUp, http, &refusal(code, Value::Null)), code);
            assert_unclear(&ask(Asked::Check, http, &refusal(code, Value::Null)), code);
        }
    }
    for http in [0, 201, 202, 307, 400, 401, 404, 500, 503] {
        for body in [PENDING, DELIVERED, FAILED] {
            assert_unclear(&ask(Asked::TopUp, http, body), &http.to_string());
        }
    }
}

#[test]
fn an_envelope_that_contradicts_itself_is_unclear() {
    let places = format!(r#"["{REFERENCE}","RD1",1000,10350,"77"]"#);
    for body in
        [format!(r#"{{"success":true,"retcode":"0000","data":{places}}}"#), format!(r#"[true,"0000",{places}]"#)]
    {
        assert_unclear(&ask(Asked::Check, 200, &body), "a list is no reply");
    }
    for (from, to) in [
        (r#""success":true"#, r#""success":false"#),
        (r#""success":true"#, r#""success":"true""#),
        (r#""success":true"#, r#""success":1"#),
        (r#""success":true,"#, ""),
        (r#""retcode":"0000","#, ""),
        (r#""retcode":"0000""#, r#""retcode":0"#),
        (r#""retcode":"0000""#, r#""retcode":"E9999""#),
        (r#""retcode":"0000""#, r#""retcode":" 0000""#),
        (r#""retcode":"0000""#, r#""retcode":null"#),
        ("AAAAAAAAAAAAAAAAAAA2", "AAAAAAAAAAAAAAAAAAA3"),
        ("AAAAAAAAAAAAAAAAAAA2", "aaaaaaaaaaaaaaaaaaa2"),
        ("1000", "1004"),
        ("1000", "true"),
    ] {
        let body = DELIVERED.replace(from, to);
        assert_ne!(body, DELIVERED);
        assert_unclear(&ask(Asked::TopUp, 200, &body), to);
        assert_unclear(&ask(Asked::Check, 200, &body), to);
    }
    let refused = refusal("E0012", Value::Null).replace("false", "true");
    assert_unclear(&ask(Asked::TopUp, 400, &refused), "a success that is refused");
    for body in [r#"{"success":true,"retcode":"0000","data":null}"#, r#"{"success":true,"retcode":"0000"}"#] {
        assert_unclear(&ask(Asked::TopUp, 200, body), "accepted, and nobody says what");
    }
}

#[test]
fn prices_are_whole_rupiah_or_the_reply_is_unclear() {
    let price = |value: Value| match ask(Asked::Check, 200, &with(&json!({"price": value}))) {
        Answer::Delivered { price, .. } => Ok(price),
        other => Err(other),
    };
    for good in [json!(10881), json!("10881"), json!("10.881"), json!("Rp10.881"), json!(10881.0)] {
        assert_eq!(price(good.clone()), Ok(Some(rupiah(10_881))), "{good}");
    }
    assert_eq!(price(Value::Null), Ok(None));
    for bad in [json!(10881.5), json!("10,881"), json!(-1), json!("free"), json!("")] {
        assert_unclear(&price(bad.clone()).unwrap_err(), &bad.to_string());
    }
    let failed = FAILED.replace("10350", r#""free""#);
    assert!(matches!(ask(Asked::Check, 200, &failed), Answer::Failed { .. }), "nothing was taken for it");
}

#[test]
fn what_cannot_be_read_is_unclear() {
    let utf16: String = DELIVERED.chars().map(|c| format!("{c}\0")).collect();
    let half = &DELIVERED[..DELIVERED.len() / 2];
    let behind = format!("{DELIVERED}<!-- cache -->");
    for body in ["", "<html></html>", "{", "{}", "[]", "null", "0", "success", half, &utf16, &behind] {
        for http in [200, 400, 401, 500] {
            assert_unclear(&ask(Asked::TopUp, http, body), body);
            assert_unclear(&ask(Asked::Check, http, body), body);
        }
    }
}

#[test]
fn no_answer_prints_the_number_or_the_serial() {
    let noisy = with(&json!({"status_code": "081234567890", "reference_id": "081234567890 x"}));
    for body in [DELIVERED, FAILED, PENDING, &noisy, &refusal("081234567890", Value::Null)] {
        let printed = format!("{:?}", ask(Asked::Check, 200, body));
        assert!(!printed.contains("081234567890") && !printed.contains("0123456789012"), "{printed}");
    }
}

/// What an answer rests on.
fn evidence(body: &Value) -> [&Value; 4] {
    [&body["success"], &body["retcode"], &body["data"]["merchant_transaction_id"], &body["data"]["status_code"]]
}

/// Every reply with one field taken away, renamed or of another type.
fn spoiled(body: &str) -> Vec<Value> {
    let whole: Value = serde_json::from_str(body).unwrap();
    let mut all = Vec::new();
    for pointer in ["", "/data"] {
        let names: Vec<String> = whole.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let own = whole.pointer(pointer).unwrap()[&name].clone();
            let others = [json!([own]), json!({"x": own}), json!(true), json!(1.5), json!("x"), json!(7), Value::Null];
            let spoil = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
                let mut spoiled = whole.clone();
                change(spoiled.pointer_mut(pointer).unwrap().as_object_mut().unwrap());
                spoiled
            };
            all.push(spoil(&|fields| drop(fields.remove(&name))));
            all.push(spoil(&|fields| {
                let value = fields.remove(&name).unwrap();
                fields.insert(format!("{name}_"), value);
            }));
            all.extend(others.iter().map(|other| spoil(&|fields| drop(fields.insert(name.clone(), other.clone())))));
        }
    }
    all
}

#[test]
fn a_reply_that_lost_a_field_says_no_more_than_what_is_left() {
    let whole: Value = serde_json::from_str(DELIVERED).unwrap();
    for body in spoiled(DELIVERED) {
        for asked in [Asked::TopUp, Asked::Check] {
            match ask(asked, 200, &body.to_string()) {
                Answer::Delivered { serial, price, .. } => {
                    assert_eq!(evidence(&body), evidence(&whole), "{body}");
                    let of = |name: &str| filled(serde_json::from_value(body["data"][name].clone()).ok().as_ref());
                    assert_eq!(serial.map(|serial| serial.expose().to_owned()), of("serial_number"), "{body}");
                    assert_eq!(
                        price.is_some(),
                        body["data"].get("price").is_some_and(|price| !price.is_null()),
                        "{body}"
                    );
                }
                Answer::Unclear { .. } => {}
                other => panic!("{other:?} of {body}"),
            }
        }
    }
    for (asked, body) in
        [(Asked::TopUp, PENDING), (Asked::TopUp, FAILED), (Asked::Check, PENDING), (Asked::Check, FAILED)]
    {
        let said = ask(asked, 200, body);
        for body in spoiled(body) {
            let left = ask(asked, 200, &body.to_string());
            let same = std::mem::discriminant(&left) == std::mem::discriminant(&said);
            assert!(same || matches!(left, Answer::Unclear { .. }), "{left:?} of {body}");
        }
    }
    let not_found = refusal("E0030", Value::Null);
    for body in spoiled(&not_found.replace("null", "{}")) {
        let left = ask(Asked::Check, 400, &body.to_string());
        assert!(matches!(left, Answer::NotFound | Answer::Unclear { .. }), "{left:?} of {body}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    supplier_lab::any_json(
        "AAAAAAAAAAAAAAAAAAA2|100[0-9]|E00[0-9]{2}|0000",
        "data|success|retcode|status_code|price|serial_number",
    )
}

fn any_asked() -> impl Strategy<Value = Asked> {
    prop_oneof![Just(Asked::TopUp), Just(Asked::Check)]
}

proptest! {
    #[test]
    fn any_bytes_are_unclear(asked in any_asked(), http in any::<u16>(), body in any::<Vec<u8>>()) {
        let unclear = matches!(answer(asked, &REFERENCE.parse().unwrap(), http, &body), Answer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_json_that_does_not_name_our_purchase_is_no_delivery_and_no_failure(asked in any_asked(), data in any_json()) {
        let body = json!({"success": true, "retcode": "0000", "data": data});
        let unclear = matches!(ask(asked, 200, &body.to_string()), Answer::Unclear { .. });
        prop_assert!(unclear || body["data"]["merchant_transaction_id"] == REFERENCE);
    }

    #[test]
    fn undocumented_codes_are_unclear(asked in any_asked(), code in "E?[0-9]{1,5}", success in any::<bool>()) {
        prop_assume!(meaning(&code).is_none());
        let body = json!({"success": success, "retcode": code, "data": null});
        let unclear = matches!(ask(asked, 200, &body.to_string()), Answer::Unclear { .. });
        prop_assert!(unclear);
    }

    #[test]
    fn any_serial_and_price_are_read_without_panic(serial in any::<String>(), price in any::<String>()) {
        ask(Asked::Check, 200, &with(&json!({"serial_number": serial, "price": price})));
    }
}
